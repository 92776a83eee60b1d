#!/usr/bin/env bash
# JSON reading and writing beside jansson and cJSON, on values of the schema benchmark. Kept in build/bench/json/codec.txt.
# Environment: BUILD (build); BENCH_ROUNDS (3), BENCH_MS (200) of each of three measures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly build=${BUILD:-build}
readonly out=$build/bench/json rounds=${BENCH_ROUNDS:-3} ms=${BENCH_MS:-200}
readonly codecs='clambda jansson cjson' sets='chat geojson log package'

# rate NAME SET FIELD BYTES: MB a second, the median of the rounds
rate() {
    local bytes
    bytes=$(sed -n "s/.*\b$4=\([0-9]*\).*/\1/p" "$out/$1-$2.txt" | head -n 1)
    sed -n "s/.*\b$3=\([0-9.]*\).*/\1/p" "$out/$1-$2.txt" | sort -n | awk -v bytes="${bytes:-0}" '{ v[NR] = $1 } END { if (NR) printf "%.0f", bytes / v[int((NR + 1) / 2)]; else print "-" }'
}

main() {
    local round set codec
    rm -f "$out"/*-*.txt
    python3 tests/bench/schema/sets.py "$out/sets"
    for round in $(seq "$rounds"); do
        for set in $sets; do
            for codec in $codecs; do
                "$out/codec_$codec" "$out/sets/$set.values.json" "$ms" >>"$out/$codec-$set.txt"
            done
        done
    done
    printf 'JSON, MB a second (%s x %s ms, load %s)%8s   %27s   %27s   %27s\n' "$rounds" "$ms" "$(cut -d' ' -f1 /proc/loadavg)" '' 'read' 'read, each number a double' 'write'
    printf '  %-24s %10s  ' file bytes
    printf ' %9s %9s %9s  ' clambda jansson cJSON clambda jansson cJSON clambda jansson cJSON
    echo
    for set in $sets; do
        printf '  %-24s %10s  ' "$set" "$(stat -c %s "$out/sets/$set.values.json")"
        for codec in $codecs; do printf ' %9s' "$(rate "$codec" "$set" read_us in)"; done
        printf '  '
        for codec in $codecs; do printf ' %9s' "$(rate "$codec" "$set" numbers_us in)"; done
        printf '  '
        for codec in $codecs; do printf ' %9s' "$(rate "$codec" "$set" write_us out)"; done
        echo
    done
}

mkdir -p "$out/sets"
main > >(tee "$out/codec.txt")
