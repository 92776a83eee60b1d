#!/usr/bin/env bash
# The scripts that keep a cache find its folder without HOME, which some runners do not set: in the home folder of the
# user database.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

number=0 failed=0
home=$(getent passwd "$(id -u)" | cut -d: -f6)

# check NAME EXPECTED SCRIPT: the folder that its line `cache=` gives, without HOME.
check() {
    local line got
    number=$((number + 1))
    line=$(grep -m 1 '^cache=' "$3")
    got=$(env -i PATH="$PATH" bash -euc "$line; printf '%s' \"\$cache\"" 2>&1) || true
    if [ "$got" = "$2" ]; then
        echo "ok $number - $1"
    else
        printf 'not ok %d - %s\n# wanted %s\n# got    %s\n' "$number" "$1" "$2" "$got"
        failed=1
    fi
}

echo "1..4"
check "static libraries" "$home/.cache/clambda/deps" infra/deps/build.sh
check "lint tools" "$home/.cache/clambda/venv" infra/setup/venv.sh
check "load tools" "$home/.cache/clambda/load" infra/load/run.sh

# The whole script too: built or not, it comes to the end that it was written for.
number=$((number + 1))
if out=$(env -i PATH="$PATH" infra/deps/build.sh --prefix 2>&1) || [[ $out == "deps: not built yet"* ]]; then
    echo "ok $number - build.sh runs without HOME"
else
    printf 'not ok %d - build.sh runs without HOME\n# %s\n' "$number" "$out"
    failed=1
fi
exit $failed
