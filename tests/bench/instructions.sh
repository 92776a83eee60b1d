#!/bin/bash
# Instructions per invocation in user space, of the examples as they ship, under callgrind. They are the same in every
# run on every machine that has the same compiler, C library and vector unit, so a change of the code shows.
#
#   tests/bench/instructions.sh             prints what is: "built-with ...", then PROGRAM EVENT-BYTES INSTRUCTIONS
#   tests/bench/instructions.sh --record    writes it to tests/bench/instructions.txt (make instructions)
#
# Two runs of different length, subtracted: what the start costs is not in it. Environment: BUILD (build).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-${CLAMBDA_BUILD:-build}}
readonly short=100 long=500 record=tests/bench/instructions.txt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
    printf 'instructions: %s\n' "$1" >&2
    exit 1
}

# What the figures depend on beside the code. The C library picks its string functions by the vector unit.
built_with() {
    local vectors=none
    ! grep -qw avx2 /proc/cpuinfo || vectors=avx2
    printf 'built-with gcc %s, %s, glibc %s, %s, %s\n' "$(gcc -dumpfullversion)" "$(uname -m)" \
        "$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" "$(valgrind --version)" $vectors
}

# total PROGRAM EVENT COUNT: all instructions of a run of so many invocations
total() {
    local out=$work/callgrind.out
    "$build/bench/api" -e -w 0 -n "$3" -l "$work/log" "$2" \
        valgrind --tool=callgrind --callgrind-out-file="$out" "$build/examples/$1/bootstrap" >/dev/null ||
        die "$1: $(tail -n 3 "$work/log")"
    sed -n 's/^summary: //p' "$out"
}

# An event of so many bytes: JSON, as the echo posts it back.
event() {
    head -c $(($1 - 13)) /dev/zero | tr '\0' 'x' | sed 's/^/{"padding":"/; s/$/"/' | tr -d '\n'
    printf '}'
}

measure() {
    local program bytes
    built_with
    for bytes in 2048 65536; do
        event $bytes >"$work/event-$bytes"
        for program in hello echo; do
            printf '%s %s %s\n' $program $bytes \
                $((($(total $program "$work/event-$bytes" $long) - $(total $program "$work/event-$bytes" $short)) / (long - short)))
        done
    done
}

[ -x "$build/bench/api" ] || die "no $build/bench/api: make instructions builds it"
if [ "${1:-}" = --record ]; then
    measure >"$work/record"
    { sed -n '/^#/p' $record && cat "$work/record"; } >"$work/whole"
    cp "$work/whole" $record
    cat "$work/record"
else
    measure
fi
