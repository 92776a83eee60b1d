#!/bin/bash
# The dashboard of the local gateway in headless Chromium: tests/integration/dashboard.py has the claims.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec python3 tests/integration/dashboard.py
