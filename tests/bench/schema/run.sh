#!/usr/bin/env bash
# Validation beside ajv (npm) and fastjsonschema (PyPI): the schemas of sets/ and that of the refiner's answer, their values, in
# turn for several rounds. Prints a table and keeps it in build/bench/schema/report.txt. Nothing is judged.
#
# Environment: BUILD (build); BENCH_ROUNDS (3), BENCH_MS (400) of each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly build=${BUILD:-build}
readonly out=$build/bench/schema rounds=${BENCH_ROUNDS:-3} ms=${BENCH_MS:-400}
declare -A folder=()
absent=()

# peer NAME: builds it, or notes why not
peer() {
    folder[$1]=$(tests/bench/peers/build.sh "$1" 2>"$out/$1.absent") || absent+=("$1: $(tail -n 1 "$out/$1.absent")")
}

# measure WHO SET: a line into WHO-SET.txt; what cannot be judged leaves none
measure() {
    local schema=$out/$2.json values=$out/$2.values.json
    case $1 in
    clambda) "$out/clambda" "$schema" "$values" "$ms" ;;
    ajv) [ -z "${folder[ajv]}" ] || node tests/bench/schema/ajv.mjs "${folder[ajv]}" "$schema" "$values" "$ms" ;;
    fastjsonschema)
        [ -z "${folder[fastjsonschema]}" ] || "${folder[fastjsonschema]}/venv/bin/python" tests/bench/schema/fastjsonschema_set.py "$schema" "$values" "$ms"
        ;;
    esac >>"$out/$1-$2.txt" 2>>"$out/$1-$2.err" || true
}

# field WHO SET NAME: the median of its rounds, "-" if none
field() {
    sed -n "s/.*\b$3=\([0-9.]*\).*/\1/p" "$out/$1-$2.txt" | sort -n | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "-" }'
}

verdicts() {
    sed -n 's/.*verdicts=//p' "$out/$1-$2.txt" | head -n 1
}

# times A B: how often B goes into A
times() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-") print "-"; else printf "%.2f", a / b }'
}

# differ A B: how many places of two words of one length differ
differ() {
    [ -n "$2" ] && cmp -l <(printf %s "$1") <(printf %s "$2") | wc -l || echo -
}

row() {
    local set=$1 ours ajv fast read_ours read_ajv
    read_ours=$(field clambda "$set" read_us) read_ajv=$(field ajv "$set" read_us)
    ours=$(field clambda "$set" pass_us) ajv=$(field ajv "$set" pass_us) fast=$(field fastjsonschema "$set" pass_us)
    printf '  %-12s %6s %10s %10s %10s %8s %8s   %10s %10s %8s   %9s %9s %9s   %6s %6s\n' "$set" "$(field clambda "$set" values)" "$ours" "$ajv" "$fast" "$(times "$ajv" "$ours")" \
        "$(times "$fast" "$ours")" "$read_ours" "$read_ajv" "$(times "$read_ajv" "$read_ours")" "$(field clambda "$set" compile_us)" "$(field ajv "$set" compile_us)" "$(field fastjsonschema "$set" compile_us)" \
        "$(differ "$(verdicts clambda "$set")" "$(verdicts ajv "$set")")" "$(differ "$(verdicts clambda "$set")" "$(verdicts fastjsonschema "$set")")"
}

main() {
    local sets=() set round who
    rm -f "$out"/*.txt "$out"/*.err "$out"/*.json
    peer ajv
    peer fastjsonschema
    python3 tests/eval/inputs.py 40 >"$out/analyses"
    "$build/bench/refine" "$out/analyses" >"$out/refined.valid.json"
    python3 tests/bench/schema/sets.py "$out"
    for set in "$out"/*.values.json; do
        sets+=("$(basename "$set" .values.json)")
    done
    for round in $(seq "$rounds"); do
        for set in "${sets[@]}"; do
            for who in clambda ajv fastjsonschema; do
                measure $who "$set"
            done
        done
    done
    printf 'validation, warm, us for all values of a set; valid ones; formats off (%s x %s ms, load %s)\n' "$rounds" "$ms" "$(cut -d' ' -f1 /proc/loadavg)"
    printf '  %-12s %6s %10s %10s %10s %8s %8s   %10s %10s %8s   %9s %9s %9s   %6s %6s\n' set values clambda ajv fastjson. 'ajv x' 'fastj. x' 'with text' ajv 'ajv x' compile ajv fastj. 'd ajv' 'd fast'
    for set in "${sets[@]}"; do
        row "$set"
    done
    printf '  "ajv x": ours goes so often into theirs. "with text": reading included. compile: us, apart. "d": of the 200 changed values, judged otherwise than by us.\n'
    [ ${#absent[@]} -eq 0 ] || printf '  not measured: %s\n' "${absent[@]}"
}

mkdir -p "$out"
main > >(tee "$out/report.txt.new")
mv "$out/report.txt.new" "$out/report.txt"
