#!/usr/bin/env bash
# Runs built fuzzers one after the other: run.sh SECONDS NAME...   (from the root of the checkout; see mk/fuzz.mk)
# Ends with one line, and with 1 if any of them broke.
set -euo pipefail

build=${CLAMBDA_BUILD:-build}
seconds=$1
shift
broken=()
[ $# -gt 0 ] || {
    echo "fuzz: no fuzzer of that name under tests/fuzz" >&2
    exit 1
}
for fuzzer in "$@"; do
    name=${fuzzer%_fuzz}
    corpus=$build/fuzz/corpus/$name log=$build/fuzz/$name.log
    options=(-max_total_time="$seconds" -timeout=10 -max_len=4096 -print_final_stats=1
        -artifact_prefix="$build/fuzz/$name-")
    [ ! -f "tests/fuzz/$name.dict" ] || options+=(-dict="tests/fuzz/$name.dict")
    mkdir -p "$corpus"
    if "$build/fuzz/$fuzzer" "${options[@]}" "$corpus" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        printf 'fuzz: %-12s %12d inputs, %d kept\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(find "$corpus" -type f | wc -l)"
    else
        broken+=("$name")
        echo "fuzz: $name broke; the end of $log:"
        tail -n 40 "$log"
    fi
done
if [ ${#broken[@]} -gt 0 ]; then
    echo "fuzz: broken: ${broken[*]}; the inputs: $build/fuzz/NAME-{crash,timeout,oom,leak}-*"
    exit 1
fi
echo "fuzz: $# fuzzers, $seconds s each, nothing found"
