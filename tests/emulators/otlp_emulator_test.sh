#!/usr/bin/env bash
# The collector of traces, before anything of ours is judged by it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/otlp"
PYTHONDONTWRITEBYTECODE=1 exec python3 collector_check.py
