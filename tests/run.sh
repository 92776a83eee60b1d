#!/usr/bin/env bash
# Runs the tests that `make tests` built and adds them up.
#
#   tests/run.sh [unit|conformance|integration|all]...      all, if nothing is named
#
# Each source (tests/**/*_test.c, tests/fuzz/*_fuzz.c, tests/**/*_test.sh) must have its program: a missing
# one is a failure. One line for each program; its output is kept in build/test/results/<suite>-<name>.log.
# A program that crashes, passes TEST_TIMEOUT_S or reports fewer tests than it announced counts as failed.
# Unit and conformance tests run TEST_JOBS at a time; integration tests one after the other, on one database
# that is made for them (DATABASE_URL, ADMIN_DATABASE_URL) and taken away at the end.
#
# The last line is "N passed, M failed" and ", K skipped" if some were; exit 0 only if M is 0 and N is not.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly root=$PWD
readonly build=${CLAMBDA_BUILD:-build}
readonly results=$build/test/results
readonly timeout_s=${TEST_TIMEOUT_S:-300} jobs=${TEST_JOBS:-2}
readonly tail_lines=40 failed_line='^not ok(?!.*# SKIP)'

export CLAMBDA_BUILD=$build
export CLAMBDA_PROBE=$build/test/tests/conformance/probe
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

die() {
    printf 'tests/run.sh: %s\n' "$*" >&2
    exit 2
}

# ---- what there is: "name program" a line ---------------------------------------------------------

# programs FOLDER PATTERN: sources of that kind, with the program that each becomes.
programs() {
    local source name
    for source in "tests/$1"/$2; do
        [ -e "$source" ] || continue
        name=${source#tests/}
        case $source in
        *.sh) printf '%s %s\n' "${name%.sh}" "$source" ;;
        *_fuzz.c) printf '%s %s\n' "${name%.c}_test" "$build/test/${source%.c}_test" ;;
        *) printf '%s %s\n' "${name%.c}" "$build/test/${source%.c}" ;;
        esac
    done
}

list() {
    local folder
    case $1 in
    unit)
        for folder in unit functions fault emulators; do
            programs $folder '*_test.c'
            programs $folder '*_test.sh'
        done
        programs fuzz '*_fuzz.c'
        programs fuzz '*_test.sh'
        ;;
    conformance | integration)
        programs "$1" '*_test.c'
        programs "$1" '*_test.sh'
        ;;
    esac
}

# ---- one program ------------------------------------------------------------------------------------

# Reads TAP, prints "passed failed skipped announced". cmocka says "not ok 1 # SKIP name".
tap_count() {
    awk '/^1\.\.[0-9]+/ { announced += substr($1, 4) }
        /^(not )?ok [0-9]*.*# SKIP/ { skipped++; next }
        /^ok [0-9]/ { passed++ }
        /^not ok [0-9]/ { failed++ }
        END { print passed + 0, failed + 0, skipped + 0, announced + 0 }' "$1"
}

# The failed tests with the lines around them; for a program that named none, the end of what it said. (Leaks that a
# failed test leaves behind come last and are long: the end alone would show only those.)
faults_of() {
    if grep -qP "$failed_line" "$1"; then
        grep -P -B 4 -A 2 "$failed_line" "$1" | grep -v '^ok ' | head -n $tail_lines || true
    else
        tail -n $tail_lines "$1"
    fi
}

# record NAME PASSED FAILED SKIPPED SECONDS [WHY]: the program's line, and the end of its log if something failed.
record() {
    local name=$1 log=$results/${1//\//-}.log text
    printf '%s %s %s\n' "$2" "$3" "$4" >"${log%.log}.count"
    text=$(printf '%-44s %4d passed, %d failed' "$name" "$2" "$3")
    [ "$4" -eq 0 ] || text+=", $4 skipped"
    text+=" ($5 s)${6:+: $6}"
    if [ "$3" -gt 0 ]; then
        text+=$'\n'"---- of $log"$'\n'$(faults_of "$log")$'\n'"----"
    elif [ "$4" -gt 0 ]; then
        text+=$'\n'$(grep -E '^# (no |skip)' "$log" || true)
    fi
    printf '%s\n' "$text" # one write: two programs may end together
}

run_one() {
    local name=$1 program=$2 log=$results/${1//\//-}.log status=0 start passed failed skipped announced missing why=''
    : >"$log"
    if [ ! -x "$program" ]; then
        echo "$program is not there, or cannot be executed" >"$log"
        record "$name" 0 1 0 0.0 "no program"
        return
    fi
    start=$EPOCHREALTIME
    # timeout puts the program into a process group of its own, and ends all of that group.
    timeout --kill-after=5 "$timeout_s" "$program" >"$log" 2>&1 </dev/null 8>&- &
    trap 'kill -TERM '$!' 2>/dev/null; wait '$!'; exit 130' TERM INT
    wait $! || status=$?
    trap - TERM INT
    read -r passed failed skipped announced < <(tap_count "$log")
    missing=$((announced - passed - failed - skipped))
    if [ $status -eq 124 ] || [ $status -eq 137 ]; then
        why="ended after $timeout_s s"
    elif [ $status -gt 128 ]; then
        why="ended by signal $((status - 128))"
    elif [ "$announced" -eq 0 ]; then
        why="no result, exit $status"
    elif [ $missing -gt 0 ]; then
        why="$missing of $announced tests missing, exit $status"
    elif [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then
        why="exit $status"
    fi
    if [ -n "$why" ]; then
        failed=$((failed + (missing > 0 ? missing : 1)))
    fi
    record "$name" "$passed" "$failed" "$skipped" "$(seconds_since "$start")" "$why"
}

seconds_since() {
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

# run_all SUITE JOBS
run_all() {
    local name program running=0
    while read -r name program; do
        if [ $running -ge "$2" ]; then
            wait -n || true
            running=$((running - 1))
        fi
        run_one "$name" "$program" &
        running=$((running + 1))
    done < <(list "$1")
    wait
}

# ---- the database of the integration tests ---------------------------------------------------------

pg_data=''

# In the build folder, unless the user `postgres` (the servers refuse root) cannot get there.
pg_folder() {
    local folder=$root/$build/test/pg
    if [ "$(id -u)" -eq 0 ] && ! (cd / && runuser -u postgres -- test -x "$root"); then
        folder=/var/lib/clambda/test-$(printf '%s' "$root" | cksum | cut -d' ' -f1)
    fi
    printf '%s\n' "$folder"
}

# Exports the two addresses, so not in a subshell. Called as a condition, where `set -e` does nothing.
database_start() {
    local line tool=$build/release/infra/db/tool/clambda-db
    pg_data=$(pg_folder)
    # What a run that was killed left behind.
    infra/db/cluster.sh stop --data "$pg_data" || return 1
    [ ! -f "$pg_data/lock" ] || rm -rf "$pg_data"
    mkdir -p "$(dirname "$pg_data")"
    infra/db/cluster.sh start --fast --data "$pg_data" >"$results/database.env" 8>&- || return 1
    while IFS= read -r line; do
        case $line in
        DATABASE_URL=* | ADMIN_DATABASE_URL=*) export "${line?}" ;;
        esac
    done <"$results/database.env"
    rm -f "$results/database.env"
    [ -n "${ADMIN_DATABASE_URL:-}" ] && "$tool" migrate && "$tool" seed
}

database_stop() {
    [ -n "$pg_data" ] || return 0
    infra/db/cluster.sh stop --data "$pg_data" || true
    pg_data=''
}

run_integration() {
    local start=$EPOCHREALTIME log=$results/integration-database.log name program
    [ -n "$(list integration)" ] || return 0
    if database_start >"$log" 2>&1; then
        run_all integration 1
    else
        record integration/database 0 1 0 "$(seconds_since "$start")" "did not start"
        while read -r name program; do
            echo "not run: no database, see $log" >"$results/${name//\//-}.log"
            record "$name" 0 1 0 0.0 "not run: no database"
        done < <(list integration)
    fi
    database_stop
}

# ---- all of it ----------------------------------------------------------------------------------------

end() {
    local pid
    trap - EXIT INT TERM
    for pid in $(jobs -p); do
        kill -TERM "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    database_stop
    exit "$1"
}

summary() {
    cat "$results"/*.count 2>/dev/null | awk '{ passed += $1; failed += $2; skipped += $3 }
        END {
            printf "%d passed, %d failed", passed, failed
            if (skipped > 0) printf ", %d skipped", skipped
            print ""
            exit failed > 0 || passed == 0
        }'
}

main() {
    local suite suites=()
    [ $# -gt 0 ] || set -- all
    for suite in "$@"; do
        case $suite in
        all) suites+=(unit conformance integration) ;;
        unit | conformance | integration) suites+=("$suite") ;;
        *) die "no suite \"$suite\": unit, conformance, integration or all" ;;
        esac
    done
    mkdir -p "$results"
    exec 8>"$results.lock" # what is started closes it, lest a server keep it
    flock -n 8 || { echo "tests/run.sh: waiting for another run in this checkout" >&2 && flock 8; }
    rm -f "$results"/*.log "$results"/*.count
    trap 'end $?' EXIT
    trap 'end 130' INT TERM
    for suite in "${suites[@]}"; do
        if [ "$suite" = integration ]; then
            run_integration
        else
            run_all "$suite" "$jobs"
        fi
    done
    summary
}

main "$@"
