#!/usr/bin/env bash
# tests/run.sh itself, in a folder of its own with programs that pass, fail, crash, hang, fall silent or are missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
number=0 failed=0
unset CLAMBDA_BUILD TEST_TIMEOUT_S TEST_JOBS

# check NAME CONDITION...
check() {
    number=$((number + 1))
    if "${@:2}"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$dir/out"
        failed=$((failed + 1))
    fi
}

fresh() {
    rm -rf "$dir/tests" "$dir/build" "$dir/infra"
    mkdir -p "$dir"/tests/{unit,integration,fuzz} "$dir"/build/test/tests/{unit,integration,fuzz} "$dir/infra/db"
    cp "$here/run.sh" "$dir/tests/run.sh"
}

# program SUITE/NAME: a source, and a program that is the script on standard input.
program() {
    : >"$dir/tests/$1.c"
    { echo '#!/bin/bash' && cat; } >"$dir/build/test/tests/$1"
    chmod +x "$dir/build/test/tests/$1"
}

run() {
    status=0
    "$dir/tests/run.sh" "$@" >"$dir/out" 2>&1 || status=$?
    last=$(tail -n 1 "$dir/out")
}

says() {
    grep -qE -- "$1" "$dir/out"
}

silent() {
    ! says "$1"
}

# is_gone FILE: the process whose number it holds runs no more; one that nobody has waited for yet has ended too.
is_gone() {
    local state
    state=$(sed 's/.*) //; s/ .*//' "/proc/$(cat "$1")/stat" 2>/dev/null || true)
    [ -z "$state" ] || [ "$state" = Z ]
}

ended() {
    [ "$last" = "$1" ] && [ "$status" -eq "$2" ]
}

fresh
program unit/good_test <<<'printf "1..2\nok 1 - a\nok 2 - b\n"'
run unit
check "passes are counted" ended "2 passed, 0 failed" 0
check "a program has its line" says '^unit/good_test +2 passed, 0 failed \([0-9.]+ s\)$'
check "its output is kept" grep -q '^ok 2 - b$' "$dir/build/test/results/unit-good_test.log"

program unit/skip_test <<<'printf "1..2\nok 1 - a\n# no suite here\nnot ok 2 # SKIP b\n"'
run unit
check "skips are counted, not as failures" ended "3 passed, 0 failed, 1 skipped" 0
check "a skip says why" says '^# no suite here$'

program unit/bad_test <<<'printf "1..2\nok 1 - a\nnot ok 2 - b\n# because\n"; exit 1'
run unit
check "a failure is counted" ended "4 passed, 1 failed, 1 skipped" 1
check "the failed test is shown" says '^# because$'

fresh
program unit/leak_test <<<'printf "1..1\nwhy not\nnot ok 1 - a\n"; seq 100; exit 1'
run unit
check "it is shown, whatever came after it" says '^why not$'
check "and what is far from it is not" silent '^100$'

fresh
program unit/crash_test <<<'printf "1..3\nok 1 - a\n"; kill -SEGV $$'
run unit
check "a crash fails what had not run" ended "1 passed, 2 failed" 1
check "a crash is named" says 'ended by signal 11'

fresh
program unit/quit_test <<<'printf "1..3\nok 1 - a\nok 2 - b\n"; exit 0'
run unit
check "an early exit 0 is a failure" ended "2 passed, 1 failed" 1

fresh
program unit/leak_test <<<'printf "1..1\nok 1 - a\n"; exit 23'
run unit
check "a bad exit after good tests is a failure" ended "1 passed, 1 failed" 1

fresh
program unit/silent_test <<<'exit 0'
run unit
check "a program without results is a failure" ended "0 passed, 1 failed" 1

fresh
program unit/hang_test <<<'printf "1..1\n"; sleep 300 & echo $! >hang.pid; wait'
TEST_TIMEOUT_S=1 run unit
check "a program that hangs is ended" ended "0 passed, 1 failed" 1
check "and is named" says 'ended after 1 s'
check "with its children" is_gone "$dir/hang.pid"

fresh
program unit/good_test <<<'printf "1..1\nok 1 - a\n"'
: >"$dir/tests/unit/gone_test.c"
: >"$dir/tests/fuzz/lost_fuzz.c"
run unit
check "programs that were not built are failures" ended "1 passed, 2 failed" 1
check "each of them is named" says 'fuzz/lost_fuzz_test .*no program'

fresh
run unit
check "no tests at all is a failure" ended "0 passed, 0 failed" 1
run nonsense
check "an unknown suite is refused" [ "$status" -eq 2 ]

fresh
printf '#!/bin/bash\nprintf "1..1\\nok 1 - shell\\n"\n' >"$dir/tests/unit/shell_test.sh"
chmod +x "$dir/tests/unit/shell_test.sh"
run unit
check "shell tests run" ended "1 passed, 0 failed" 0

# A database that writes down what is asked of it.
database() {
    mkdir -p "$dir/build/release/infra/db/tool"
    cat >"$dir/infra/db/cluster.sh" <<'END'
#!/bin/bash
echo "$1" >>database.calls
[ "$1" != start ] || printf 'DATABASE_URL=postgresql://a?b=c\nADMIN_DATABASE_URL=postgresql://d\n'
END
    printf '#!/bin/bash\necho "$1 $ADMIN_DATABASE_URL" >>database.calls\nexit %s\n' "$1" \
        >"$dir/build/release/infra/db/tool/clambda-db"
    chmod +x "$dir/infra/db/cluster.sh" "$dir/build/release/infra/db/tool/clambda-db"
    rm -f "$dir/database.calls"
}

calls() {
    [ "$(tr '\n' ',' <"$dir/database.calls")" = "$1" ]
}

fresh
database 0
program integration/a_test <<<'printf "1..1\n"; [ "$DATABASE_URL" = "postgresql://a?b=c" ] && echo "ok 1 - a"'
program integration/b_test <<<'printf "1..1\nok 1 - b\n"'
run integration
check "integration tests get a database" ended "2 passed, 0 failed" 0
check "one for all, stopped at the end" calls \
    "stop,start,migrate postgresql://d,seed postgresql://d,stop,"

database 1
run integration
check "without a database every test fails" ended "0 passed, 3 failed" 1
check "and what started is stopped" calls "stop,start,migrate postgresql://d,stop,"

database 0
program integration/a_test <<<'printf "1..1\n"; echo $$ >started.pid; sleep 300'
rm -f "$dir/started.pid"
"$dir/tests/run.sh" integration >"$dir/out" 2>&1 &
runner=$!
for ((i = 0; i < 200; i++)); do
    [ ! -s "$dir/started.pid" ] || break
    sleep 0.05
done
status=0
kill -TERM $runner
wait $runner || status=$?
check "a signal ends the run" [ $status -eq 130 ]
check "its programs" is_gone "$dir/started.pid"
check "and the database" calls "stop,start,migrate postgresql://d,seed postgresql://d,stop,"

echo "1..$number"
[ $failed -eq 0 ]
