#!/usr/bin/env bash
# The runtime beside its peers: one emulator, one event, one run, every round in turn. Prints tables and keeps them in
# build/bench/runtime/report.txt, with each round's figures beside it. Nothing is judged.
#
#   tests/bench/runtime.sh [single] [slots]        both, if none is named
#
# Environment: BUILD (build); BENCH_ROUNDS (5), BENCH_MS (1000) of each, BENCH_STARTS (20), BENCH_PEERS ("rust go node
# python"; built when first asked for, which takes some minutes).
#
# The emulator has one CPU, the program another, both at real-time priority where that is allowed: what else the machine
# does then shows less. What a peer lacks or why it is not here is a line of the report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly bench=$build/bench out=$build/bench/runtime event=tests/bench/event.json
readonly rounds=${BENCH_ROUNDS:-5} ms=${BENCH_MS:-1000} starts=${BENCH_STARTS:-20}
readonly peers=${BENCH_PEERS-rust go node python}
programs=() absent=()
declare -A what=() command=() package=() interpreter=()
prefix=()

die() {
    printf 'bench: %s\n' "$1" >&2
    exit 1
}

# ---- what is measured ------------------------------------------------------------------------------

# program NAME WORDS COMMAND [ARGUMENT ...]: the command as lines, for there may be spaces in a path
program() {
    local name=$1
    programs+=("$name")
    what[$name]=$2
    shift 2
    command[$name]=$(printf '%s\n' "$@")
}

zip_of() {
    local zip
    zip=$(realpath -m "$out/$1.zip")
    rm -f "$zip"
    zip -q -9 -X -j "$zip" "$2"
    package[$1]=$zip
}

add_ours() {
    program floor 'bare socket, static C' "$(realpath "$bench/floor")"
    program clambda "runtime/examples/echo" "$(realpath "$build/examples/echo/bootstrap")"
    zip_of floor "$bench/floor"
    zip_of clambda "$build/examples/echo/bootstrap"
}

peer_words() {
    case $1 in
    rust) echo "crate lambda_runtime $(sed -n 's/^lambda_runtime.*version = "=\([^"]*\)".*/\1/p' tests/bench/peers/rust/Cargo.toml), RawValue" ;;
    go) echo "aws-lambda-go $(sed -n 's/^require .*aws-lambda-go v//p' tests/bench/peers/go/go.mod), bytes" ;;
    node) echo "aws-lambda-ric $(sed -n 's/.*"aws-lambda-ric": "\(.*\)".*/\1/p' tests/bench/peers/node/package.json), Node 22" ;;
    python) echo "awslambdaric $(sed -n 's/^awslambdaric==\([^ ]*\).*/\1/p' tests/bench/peers/python/requirements.txt), Python 3.11" ;;
    esac
}

add_peers() {
    local peer folder words
    for peer in $peers; do
        words=$(peer_words "$peer")
        if folder=$(tests/bench/peers/build.sh "$peer" 2>"$out/$peer.absent"); then
            mapfile -t words_of_command <"$folder/command"
            program "$peer" "$words" "${words_of_command[@]}"
            package[$peer]=$folder/package.zip
            [ -x "$folder/bootstrap" ] || interpreter[$peer]='+ interpreter'
        else
            absent+=("$peer ($words): $(tail -n 1 "$out/$peer.absent")")
        fi
    done
}

# ---- one measurement -------------------------------------------------------------------------------

# measure NAME FILE OPTION ...: one run of one program, a line into FILE; a run that failed is counted there as well
measure() {
    local name=$1 file=$2 argv
    shift 2
    mapfile -t argv <<<"${command[$name]}"
    # Python and Node look for the handler in the folder of the code.
    LAMBDA_TASK_ROOT=$(dirname "${package[$name]}") "${prefix[@]}" "$bench/api" "$@" -l "$out/$name.log" "$event" \
        "${argv[@]}" >>"$file" 2>>"$out/$name.err" || echo "failed=1" >>"$file"
}

# median FILE FIELD: of all runs in the file that have it; "-" if none
median() {
    sed -n "s/.*\b$2=\([0-9.]*\).*/\1/p" "$1" | sort -n |
        awk '{ v[NR] = $1 } END { if (NR == 0) print "-"; else print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

sum() {
    sed -n "s/.*\b$2=\([0-9.]*\).*/\1/p" "$1" | awk '{ n += $1 } END { print n + 0 }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-" || b == 0) print "-"; else printf "%.2f", a / b }'
}

in_kib() {
    awk -v n="$(stat -c %s "$1")" 'BEGIN { printf "%.0f", n / 1024 }'
}

# ---- one event at a time ---------------------------------------------------------------------------

bench_single() {
    local round name file size
    rm -f "$out"/single-*.txt "$out"/start-*.txt
    for round in $(seq "$starts"); do
        for name in "${programs[@]}"; do
            measure "$name" "$out/start-$name.txt" "${cpus[@]}" -w 0 -n 0
        done
    done
    for round in $(seq "$rounds"); do
        for name in "${programs[@]}"; do
            measure "$name" "$out/single-$name.txt" "${cpus[@]}" -w 1000 -t "$ms"
        done
    done
    printf '%-50s %8s %8s %8s %8s %8s %8s %8s %8s %6s\n' "echo of $(stat -c %s $event) bytes, one at a time ($rounds x $ms ms)" \
        'start us' 'p50 us' 'p99 us' 'events/s' 'CPU us' 'peak KiB' 'file KiB' 'zip KiB' wrong
    for name in "${programs[@]}"; do
        file=$out/single-$name.txt
        size=$(head -n 1 <<<"${command[$name]}")
        [ -z "${interpreter[$name]:-}" ] && size=$(in_kib "$size") || size='-'
        printf '  %-48s %8.0f %8.1f %8.1f %8.0f %8.1f %8.0f %8s %8s %6s%s\n' "$name: ${what[$name]}" \
            "$(median "$out/start-$name.txt" first_us)" "$(median "$file" p50_us)" "$(median "$file" p99_us)" \
            "$(median "$file" per_second)" "$(median "$file" cpu_us)" "$(median "$file" peak_kib)" "$size" \
            "$(in_kib "${package[$name]}")" "$(($(sum "$file" wrong) + $(sum "$file" failed)))" "${interpreter[$name]:+ ${interpreter[$name]}}"
    done
    ratios single
}

# ratios KIND: every median against the floor's and against ours
ratios() {
    local name of field
    for of in floor clambda; do
        printf '%-50s %8s %8s %8s %8s %8s %8s\n' "the same, as a multiple of $of" start p50 p99 events/s CPU peak
        for name in "${programs[@]}"; do
            [ "$name" != "$of" ] || continue
            printf '  %-48s %8s' "$name" "$(ratio "$(median "$out/start-$name.txt" first_us)" "$(median "$out/start-$of.txt" first_us)")"
            for field in p50_us p99_us per_second cpu_us peak_kib; do
                printf ' %8s' "$(ratio "$(median "$out/$1-$name.txt" $field)" "$(median "$out/$1-$of.txt" $field)")"
            done
            printf '\n'
        done
    done
}

# ---- several at a time -----------------------------------------------------------------------------

bench_slots() {
    local slots round name file
    rm -f "$out"/slots-*.txt
    for slots in 1 8 64; do
        for round in $(seq "$(((rounds + 1) / 2))"); do
            for name in "${programs[@]}"; do
                measure "$name" "$out/slots-$slots-$name.txt" "${cpus[@]}" -s "$slots" -w 1000 -t "$ms"
            done
        done
    done
    for slots in 1 8 64; do
        printf '%-50s %8s %8s %8s %8s %8s %8s %8s %6s\n' "AWS_LAMBDA_MAX_CONCURRENCY=$slots ($(((rounds + 1) / 2)) x $ms ms)" \
            'p50 us' 'p99 us' 'events/s' 'of floor' 'CPU us' 'peak KiB' 'at once' wrong
        for name in "${programs[@]}"; do
            file=$out/slots-$slots-$name.txt
            printf '  %-48s %8.1f %8.1f %8.0f %8s %8.1f %8.0f %8s %6s\n' "$name" "$(median "$file" p50_us)" \
                "$(median "$file" p99_us)" "$(median "$file" per_second)" \
                "$(ratio "$(median "$file" per_second)" "$(median "$out/slots-$slots-floor.txt" per_second)")" \
                "$(median "$file" cpu_us)" "$(median "$file" peak_kib)" "$(median "$file" at_once)" \
                "$(($(sum "$file" wrong) + $(sum "$file" failed)))"
        done
    done
}

# ---- the hello example -----------------------------------------------------------------------------

bench_hello() {
    local hello=$build/examples/hello/bootstrap round
    [ -x "$hello" ] || die "no $hello: make examples"
    rm -f "$out"/start-hello.txt "$out"/start-floor.txt "$out"/hello.txt
    command[hello]=$(realpath "$hello")
    zip_of hello "$hello"
    for round in $(seq "$starts"); do
        measure floor "$out/start-floor.txt" "${cpus[@]}" -w 0 -n 0
        measure hello "$out/start-hello.txt" "${cpus[@]}" -w 0 -n 0
    done
    measure hello "$out/hello.txt" "${cpus[@]}" -w 1000 -t "$ms" # its answer is not the event: "wrong" says nothing here
    printf '%-50s %8s %8s %8s %8s %8s\n' "runtime/examples/hello ($starts starts, in turn)" 'start us' 'of floor' 'peak KiB' 'file KiB' 'zip KiB'
    printf '  %-48s %8.0f %8s %8.0f %8s %8s\n' hello "$(median "$out/start-hello.txt" first_us)" \
        "$(ratio "$(median "$out/start-hello.txt" first_us)" "$(median "$out/start-floor.txt" first_us)")" \
        "$(median "$out/hello.txt" peak_kib)" "$(in_kib "$hello")" "$(in_kib "${package[hello]}")"
}

# ---- all of it -------------------------------------------------------------------------------------

machine() {
    printf '%s, %s x %s, load %s; %s; %s\n' "$(date -u +%Y-%m-%d)" "$(nproc)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d' ' -f1 /proc/loadavg)" "$placement" "$priority"
}

main() {
    local part
    [ $# -gt 0 ] || set -- hello single slots
    for part in "$@"; do
        case $part in
        hello | single | slots) ;;
        *) die "unknown part $part: hello, single, slots" ;;
        esac
    done
    cpus=() placement='one CPU for all' priority='ordinary priority'
    [ "$(nproc)" -lt 2 ] || { cpus=(-c 0,1) && placement='emulator on CPU 0, program on CPU 1'; }
    if chrt -r 1 true 2>/dev/null; then
        prefix=(chrt -r 1)
        priority='real-time priority'
    fi
    rm -f "$out"/*.log "$out"/*.err
    add_ours
    add_peers
    machine
    for part in "$@"; do
        echo
        "bench_$part"
    done
    echo
    printf '%d of %d peers measured\n' $((${#programs[@]} - 2)) "$(wc -w <<<"$peers")"
    [ ${#absent[@]} -eq 0 ] || printf '  not measured: %s\n' "${absent[@]}"
}

mkdir -p "$out"
main "$@" | tee "$out/report.txt"
