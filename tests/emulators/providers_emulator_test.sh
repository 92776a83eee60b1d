#!/usr/bin/env bash
# The emulator of the model providers, before anything of ours is judged by it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/providers"
PYTHONDONTWRITEBYTECODE=1 exec python3 emulator_check.py
