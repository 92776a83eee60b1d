#!/bin/bash
# Runs the load test against the local gateway: the one that runs already, or one started for it and stopped after it.
#
#   infra/load/run.sh [REPORT.json]
#
# Environment: CLAMBDA_CACHE; BUILD (build); CLAMBDA_URL and CLAMBDA_TOKEN point at another gateway;
# CLAMBDA_LOAD_OVERRIDES is artillery's --overrides (JSON), for a shorter run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/${BUILD:-build}
report=${1:-$build/load/plan.json}
cache=${CLAMBDA_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/clambda}/load
readonly start_timeout_s=300
gateway=

die() {
    printf 'load: %s\n' "$1" >&2
    exit 1
}

# Artillery is 590 MB of node_modules, so it comes when first asked for. Its own scripts do not run: all they would do
# is fetch a browser and compile what an HTTP test never loads. The version is the last that runs on Debian 12's Node 18;
# package.json holds cheerio back for the same reason.
artillery_install() {
    local key
    command -v npm >/dev/null && command -v node >/dev/null || "$root/infra/setup/install.sh" load
    key=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c1-16)
    modules=$cache/$key
    [ ! -e "$modules/.complete" ] || return 0
    echo "load: installing artillery (590 MB, once)"
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    if [ ! -e "$modules/.complete" ]; then
        rm -rf "$modules"
        mkdir -p "$modules"
        cp "$here/package.json" "$here/package-lock.json" "$modules/"
        (cd "$modules" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error) ||
            die "npm ci failed; see above"
        touch "$modules/.complete"
    fi
    exec 9>&-
}

# Takes CLAMBDA_URL and CLAMBDA_TOKEN from the file that `make run` writes. It is read, not executed.
read_env() {
    local line
    [ -e "$build/run/env" ] || return 1
    while read -r line; do
        case $line in
            CLAMBDA_URL=* | CLAMBDA_TOKEN=*) export "${line?}" ;;
        esac
    done <"$build/run/env"
    [ -n "${CLAMBDA_URL:-}" ] && [ -n "${CLAMBDA_TOKEN:-}" ]
}

# Any answer will do: a gateway whose database is away is still the one to measure, and no reason to start another.
is_up() {
    curl --silent --output /dev/null --max-time 5 "$CLAMBDA_URL/health"
}

stop_gateway() {
    [ -n "$gateway" ] || return 0
    kill -TERM "$gateway" 2>/dev/null || true
    wait "$gateway" 2>/dev/null || true
    gateway=
}

start_gateway() {
    local deadline=$((SECONDS + start_timeout_s))
    echo "load: no gateway runs, starting one (log: $build/load/run.log)"
    # What an earlier run left says nothing about this one.
    rm -f "$build/run/env"
    unset CLAMBDA_URL CLAMBDA_TOKEN
    "$root/infra/local/run.sh" >"$build/load/run.log" 2>&1 &
    gateway=$!
    trap stop_gateway EXIT
    until read_env && is_up; do
        kill -0 "$gateway" 2>/dev/null || { tail -n 15 "$build/load/run.log" >&2; die "the gateway ended at its start: $build/load/run.log"; }
        [ $SECONDS -lt $deadline ] || die "the gateway did not answer within $start_timeout_s s: $build/load/run.log"
        sleep 0.5
    done
}

mkdir -p "$build/load" "$(dirname "$report")"
artillery_install
if [ -n "${CLAMBDA_URL:-}" ] && [ -n "${CLAMBDA_TOKEN:-}" ]; then
    is_up || die "nothing answers at $CLAMBDA_URL/health"
elif ! { read_env && is_up; }; then
    start_gateway
fi
echo "load: infra/load/plan.yml against $CLAMBDA_URL"
overrides=()
[ -z "${CLAMBDA_LOAD_OVERRIDES:-}" ] || overrides=(--overrides "$CLAMBDA_LOAD_OVERRIDES")
rm -f "$report"
ARTILLERY_DISABLE_TELEMETRY=true node "$modules/node_modules/artillery/bin/run" run --quiet --output "$report" \
    "${overrides[@]}" "$here/plan.yml" >"$build/load/artillery.log" 2>&1 || true
[ -s "$report" ] || { tail -n 15 "$build/load/artillery.log" >&2; die "artillery wrote no report: $build/load/artillery.log"; }
node "$here/summary.js" "$report" || die "no request succeeded"
