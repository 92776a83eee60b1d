#!/usr/bin/env bash
# `make eval`: a database and a user for eval.py, which has the rest. EVAL_INPUTS (300) says how many inputs.
#
#   tests/eval/eval.sh [BEHAVIOUR ...]      all of behaviours.py, if none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${BUILD:-build}
work=$(mktemp -d)
trap 'infra/db/cluster.sh stop --data "$work/db" >/dev/null 2>&1 || true; rm -rf "$(readlink -f "$work/db")" "$work"' EXIT
chmod 755 "$work"
infra/db/cluster.sh start --fast --data "$work/db" >/dev/null
# shellcheck disable=SC1091
. "$work/db/env"
export DATABASE_URL ADMIN_DATABASE_URL
"$build/release/infra/db/tool/clambda-db" migrate >/dev/null
# So many at a time are no user's; what is refused for that would say nothing of models.
psql --quiet "$ADMIN_DATABASE_URL" -c 'UPDATE dreamcut_refiner_settings SET per_minute = 100000, per_hour = 1000000' \
    -c 'UPDATE llm_budgets SET cap_nano = 1000000000000' -c 'UPDATE llm_settings SET user_rpm = NULL, user_tpm = NULL, operations_per_hour = 1000000'
"$build/release/infra/auth/clambda-token" keygen --alg ES256 --out "$work/keys" >/dev/null
TOKEN=$("$build/release/infra/auth/clambda-token" --keys "$work/keys/private" --sub 00000000-0000-4000-8000-00000000e0a1 \
    --iss http://localhost/clambda --aud authenticated --ttl 3600)
export TOKEN
BUILD=$build python3 tests/eval/eval.py "$work" "${EVAL_INPUTS:-300}" "$@"
