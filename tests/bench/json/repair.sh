#!/usr/bin/env bash
# Repair beside jsonrepair (npm) and json-repair (PyPI), in two tables: the corpus of tests/cases/repair, whose wanted outcomes are
# ours and are what our own tests check, and documents that breaks.py broke one way each, where what was meant is known.
# Kept in build/bench/json/repair.txt. Environment: BUILD (build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly build=${BUILD:-build}
readonly out=$build/bench/json
absent=() npm='' pypi=''

# table WORDS TEXTS
table() {
    local grade name
    name=$(basename "$2" .json)
    for grade in L0 L1 L2; do
        "$out/repair_clambda" "$2" $grade >"$out/$name-$grade.json" 2>"$out/$name-$grade.us"
    done
    [ -z "$npm" ] || node tests/bench/json/jsonrepair.mjs "$npm" "$2" >"$out/$name-npm.json" 2>"$out/$name-npm.us"
    [ -z "$pypi" ] || "$pypi/venv/bin/python" tests/bench/json/json_repair_all.py "$2" >"$out/$name-pypi.json" 2>"$out/$name-pypi.us"
    echo "$1"
    python3 tests/bench/json/repair_table.py "$2" "clambda: lossless edits alone=$out/$name-L0.json" "clambda: unambiguous ones too=$out/$name-L1.json" \
        "clambda: all, each told in the log of edits=$out/$name-L2.json" "jsonrepair (npm)=$out/$name-npm.json" "json-repair (PyPI)=$out/$name-pypi.json"
    echo
}

main() {
    rm -f "$out"/*.us "$out"/*.json
    npm=$(tests/bench/peers/build.sh jsonrepair 2>"$out/absent") || absent+=("jsonrepair: $(tail -n 1 "$out/absent")")
    pypi=$(tests/bench/peers/build.sh json-repair 2>"$out/absent") || absent+=("json-repair: $(tail -n 1 "$out/absent")")
    cp tests/cases/repair/corpus.json "$out/corpus.json"
    python3 tests/bench/json/breaks.py >"$out/breaks.json"
    table 'repair: what models break (tests/cases/repair; the wanted outcomes are ours)' "$out/corpus.json"
    table 'repair: documents broken on purpose, one way each' "$out/breaks.json"
    [ ${#absent[@]} -eq 0 ] || printf '  not measured: %s\n' "${absent[@]}"
}

mkdir -p "$out"
main > >(tee "$out/repair.txt")
