#!/bin/bash
# The examples take as many instructions per invocation as tests/bench/instructions.txt says, give or take 3 %: what got
# slower shows, and what got faster is written down. With another compiler or C library than the record's it says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly record=tests/bench/instructions.txt tolerance=3
readonly figures='^[a-z]+ [0-9]+ [0-9]+$'
count=$(grep -cE "$figures" $record)
echo "1..$count"

# skip REASON: none was measured
skip() {
    for i in $(seq "$count"); do
        echo "ok $i # SKIP instructions per invocation"
    done
    echo "# skip: $1"
    exit 0
}

command -v valgrind >/dev/null || skip "valgrind is not installed"
is=$(mktemp)
trap 'rm -f "$is"' EXIT
tests/bench/instructions.sh >"$is"
[ "$(grep '^built-with' "$is")" = "$(grep '^built-with' $record)" ] ||
    skip "$(grep '^built-with' "$is"); the record: $(grep '^built-with' $record)"

failed=0 number=0
while read -r program bytes want; do
    number=$((number + 1))
    have=$(awk -v p="$program" -v b="$bytes" '$1 == p && $2 == b { print $3 }' "$is")
    claim="$program takes $want instructions for an event of $bytes bytes"
    if awk -v a="${have:-0}" -v b="$want" -v t=$tolerance 'BEGIN { d = 100 * (a - b) / b; exit !(d <= t && -d <= t) }'; then
        echo "ok $number - $claim"
    else
        echo "not ok $number - $claim"
        echo "# has ${have:-none}; if that is meant: make instructions, and commit $record"
        failed=1
    fi
done < <(grep -E "$figures" $record)
exit $failed
