#!/bin/bash
# The refiner's page in headless Chromium: tests/integration/refiner_page.py has the claims. The function is the real one, on a
# database of its own.
#
#   refiner_page_test.sh [--screenshot FILE.png]      the picture of docs/refiner.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=${CLAMBDA_BUILD:-build}
work=$(mktemp -d)
trap 'infra/db/cluster.sh stop --data "$work/db" >/dev/null 2>&1 || true; rm -rf "$(readlink -f "$work/db")" "$work"' EXIT
chmod 755 "$work"
infra/db/cluster.sh start --fast --data "$work/db" >/dev/null
# shellcheck disable=SC1091
. "$work/db/env"
export DATABASE_URL ADMIN_DATABASE_URL
"$build/release/infra/db/tool/clambda-db" migrate >/dev/null
"$build/release/infra/auth/clambda-token" keygen --alg ES256 --out "$work/keys" >/dev/null
TOKEN=$("$build/release/infra/auth/clambda-token" --keys "$work/keys/private" --sub 00000000-0000-4000-8000-00000000ada0 \
    --iss http://localhost/clambda --aud authenticated --ttl 3600)
export TOKEN
CLAMBDA_BUILD=$build python3 tests/integration/refiner_page.py "$work" "$@"
