#!/usr/bin/env bash
# Loads a folder of FoodData Central CSV files into the database of `make run`, or into ADMIN_DATABASE_URL if it is set.
#
#   infra/db/seed-usda.sh DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly db=$build/run/db tool=$build/release/infra/db/tool/clambda-db

if [ -z "${ADMIN_DATABASE_URL:-}" ]; then
    if ! infra/db/cluster.sh status --data "$db" >/dev/null 2>&1; then
        infra/db/cluster.sh start --data "$db" >/dev/null
        trap 'infra/db/cluster.sh stop --data "$db" >/dev/null' EXIT
    fi
    # shellcheck disable=SC1091
    . "$db/env"
    export ADMIN_DATABASE_URL
fi
"$tool" migrate
"$tool" seed-usda "$1"
