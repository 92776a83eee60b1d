#!/bin/bash
# A bootstrap started by hand with --invoke: one event, no server. Run with the examples, as they ship, and the probe.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${CLAMBDA_BUILD:-build}
probe=${CLAMBDA_PROBE:-$build/test/tests/conformance/probe}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/support/tap.sh

# gives CODE STDOUT PROGRAM ARGUMENTS...: standard input is ours.
gives() {
    local want_code=$1 want_out=$2 code=0
    shift 2
    env -u AWS_LAMBDA_RUNTIME_API "$@" >"$work/out" 2>"$work/err" || code=$?
    [ "$code" -eq "$want_code" ] || { echo "exit $code, want $want_code"; return 1; }
    printf '%b' "$want_out" | cmp - "$work/out"
}

# The last line of standard error.
said() {
    [ "$(tail -n 1 "$work/err")" = "$1" ]
}

printf '{"n":1}' >"$work/event.json"
printf 'fail' >"$work/fail"
printf 'no reply' >"$work/none"
printf 'context' >"$work/context"

deadline_is_set() {
    local now
    gives 0 '' true
    env -u AWS_LAMBDA_RUNTIME_API "$probe" --deadline-ms 60000 --invoke "$work/context" >"$work/out" 2>"$work/err" || return 1
    now=$(date +%s%3N)
    jq -e --argjson now "$now" '.ctx_deadline_ms > $now + 50000 and .ctx_deadline_ms <= $now + 60000' "$work/out"
}

is_stopped() {
    local try
    for try in $(seq 200); do
        ! grep -q '^State:.T' "/proc/$1/status" || return 0
        sleep 0.01
    done
    echo "not stopped after try $try"
    return 1
}

# The program stops itself between two writes: the first line is here before the second is written.
# full SCRIPT: its reply goes where there is no room.
full() {
    local code=0
    printf 'script %s' "$1" >"$work/event"
    env -u AWS_LAMBDA_RUNTIME_API "$probe" --invoke "$work/event" >/dev/full 2>"$work/err" || code=$?
    [ "$code" -eq 1 ] && grep -q '"errorMessage":"writing the reply' "$work/err"
}

a_stream_comes_as_it_is_written() {
    local pid line
    printf '%s' $'script !stream|one\n|!stop|two\n' >"$work/event"
    mkfifo "$work/pipe"
    env -u AWS_LAMBDA_RUNTIME_API "$probe" --invoke "$work/event" >"$work/pipe" 2>"$work/err" &
    pid=$!
    exec 3<"$work/pipe"
    read -r -t 10 line <&3 && [ "$line" = one ] && is_stopped $pid || { kill -KILL $pid; return 1; }
    kill -CONT $pid
    read -r -t 10 line <&3 && [ "$line" = two ] && wait $pid
}

a_terminal_gets_a_line() {
    env -u AWS_LAMBDA_RUNTIME_API script -qec "$build/examples/hello/bootstrap --invoke $work/event.json" /dev/null </dev/null >"$work/out"
    printf '{"hello":"world"}\r\n' | cmp - "$work/out"
}

check "hello replies on standard output" gives 0 '{"hello":"world"}' "$build/examples/hello/bootstrap" --invoke "$work/event.json"
check "echo sends the event back" gives 0 '{"n":1}' "$build/examples/echo/bootstrap" --invoke "$work/event.json"
check "the event may come from standard input" gives 0 'a\0b' "$build/examples/echo/bootstrap" --invoke - < <(printf 'a\0b')
check "the stream example writes its table" gives 0 "$(awk 'BEGIN { print "number,square"; for (i = 1; i <= 1000; i++) print i "," i * i }')\\n" "$build/examples/stream/bootstrap" --invoke "$work/event.json"
check "layers stand around the handler" gives 0 '"from the layer"' "$probe" --invoke - < <(printf layer)
printf '{"version":"2.0","routeKey":"$default","rawPath":"/words","body":"{}","requestContext":{"http":{"method":"POST"}}}' >"$work/words"
check "the router answers" gives 0 '{"statusCode":422,"headers":{"content-type":"application/json"},"cookies":[],"body":"{\\"message\\":\\"\\\\\\"text\\\\\\" must be a string\\"}","isBase64Encoded":false}' "$build/examples/http/bootstrap" --invoke "$work/words"
check "and logs the route of its own that failed" grep -q '"route":"/words","status":422' "$work/err"
check "a failure exits with 1" gives 1 '' "$probe" --invoke "$work/fail"
check "and tells it as Lambda would be told" said $'{"errorMessage":"no plan \\"caf\xc3\xa9\\"\\n\xef\xbf\xbd","errorType":"Function.NotFound","stackTrace":[]}'
check "a handler without a reply fails" gives 1 '' "$probe" --invoke "$work/none"
check "by its own type" said '{"errorMessage":"the handler returned OK and gave no reply","errorType":"Runtime.NoReply","stackTrace":[]}'
check "a reply that cannot be written exits with 1" full '!json'
check "so does one that was ended by the handler" full '!json|!end'
check "a stream comes as it is written" a_stream_comes_as_it_is_written
check "a stream that fails exits with 1" gives 1 'one' "$probe" --invoke - < <(printf 'script !stream|one|!fail')
check "a deadline is set on demand" deadline_is_set
check "a deadline that is no number is refused" gives 2 '' "$probe" --invoke "$work/event.json" --deadline-ms soon
check "a handler that comes back after its deadline fails" gives 1 '' timeout 10 "$probe" --invoke - --deadline-ms 30 < <(printf 'too long')
check "as a timeout" grep -qE '^\{"errorMessage":"the handler came back [0-9]+ ms after its deadline","errorType":"Function.Timeout","stackTrace":\[\]\}$' "$work/err"
check "on a terminal the reply is a line" a_terminal_gets_a_line
check "--invoke wants a file" gives 2 '' "$probe" --invoke
check "and says so" said '--invoke: it wants a file with one event, or - for standard input'
check "a file that is not there is named" gives 2 '' "$probe" --invoke "$work/none.json"
check "with the reason" said "--invoke $work/none.json: No such file or directory"
check "without --invoke it says how" gives 1 '' "$build/examples/hello/bootstrap"
check "in one line" grep -q 'by hand, for one event: --invoke event.json' "$work/err"
echo "1..$count"
exit $failed
