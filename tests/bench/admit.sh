#!/usr/bin/env bash
# How long a reservation takes (llm_admit) at a fixed rate, each followed by its settlement, through PgBouncer, on a
# database of its own with fsync on. Three cases, a line each:
#
#   apart    16 keys of 16 tenants, each with a budget: no two calls share a row
#   tenant   16 keys of one tenant, whose budget all calls share
#   global   16 keys of 16 tenants, each with a budget, and one budget over all of them
#
# waited: from when a call was due; served: from when it was sent. Environment: BUILD (build), BENCH_RATE (1000),
# BENCH_SECONDS (10), BENCH_CONNECTIONS (16).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly data=$build/bench/admit-db tool=$build/release/infra/db/tool/clambda-db
readonly rate=${BENCH_RATE:-1000} seconds=${BENCH_SECONDS:-10} connections=${BENCH_CONNECTIONS:-16}
readonly tenants=16

end() {
    infra/db/cluster.sh stop --data "$data" >/dev/null || true
    rm -rf "$data"
}

# key_make TENANT
key_make() {
    "$tool" key create "$1" bench | sed -n 's/^key //p'
}

# case_run NAME KEY...
case_run() {
    printf '%-8s' "$1"
    shift
    "$build/bench/admit" "$rate" "$seconds" "$connections" "$@"
}

trap end EXIT
trap 'exit 1' INT TERM
infra/db/cluster.sh start --data "$data" >/dev/null
# shellcheck disable=SC1091
. "$data/env"
export DATABASE_URL ADMIN_DATABASE_URL
"$tool" migrate >/dev/null
apart=() together=()
for ((i = 0; i < tenants; i++)); do
    "$tool" tenant set "tenant$i" >/dev/null
    "$tool" budget set tenant "tenant$i" month 1000000 >/dev/null
    apart+=("$(key_make "tenant$i")")
    together+=("$(key_make tenant0)")
done
case_run apart "${apart[@]}"
case_run tenant "${together[@]}"
"$tool" budget set global all day 1000000 >/dev/null
case_run global "${apart[@]}"
