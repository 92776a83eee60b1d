#!/usr/bin/env bash
# The emulator of Secrets Manager and Parameter Store, before anything of ours is judged by it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/secrets"
PYTHONDONTWRITEBYTECODE=1 exec python3 emulator_check.py
