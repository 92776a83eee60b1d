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
    corpus=$build/fuzz/corpus/$name
    mkdir -p "$corpus"
    echo "fuzz: $name, $seconds s"
    "$build/fuzz/$fuzzer" -max_total_time="$seconds" -timeout=10 -max_len=4096 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/fuzz/$name-" "$corpus" "tests/fuzz/corpus/$name" 2>&1 |
        tee "$build/fuzz/$name.log" | grep -vE '^(INFO|stat::(new_units|slowest|peak))' || [ "${PIPESTATUS[0]}" -eq 0 ] ||
        broken+=("$name")
done
if [ ${#broken[@]} -gt 0 ]; then
    echo "fuzz: broken: ${broken[*]} (inputs: $build/fuzz/*-crash-*, *-timeout-*, *-oom-*)"
    exit 1
fi
echo "fuzz: $# fuzzers, $seconds s each, nothing found"
