#!/bin/bash
# `clambda-local invoke`: one event without a server, as `sam local invoke` takes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${CLAMBDA_BUILD:-build}
readonly local=$build/release/infra/local/clambda-local probe=$PWD/$build/test/tests/integration/bootstraps/local_probe
readonly template=tests/cases/local/invoke/template.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/scratch"
for slug in echo env error hang crash chunks after; do
    mkdir "$folder/$slug" && ln -s "$probe" "$folder/$slug/bootstrap"
done

number=0 failed=0
echo "1..18"

# check NAME GOT WANT
check() {
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '# got:  %s\n# want: %s\n' "$2" "$3"
        failed=1
    fi
}

# once FUNCTION OPTION...: its standard output, ":" and the exit code
once() {
    local code=0 out
    out=$(TMPDIR=$folder/scratch "$local" invoke "$@" --bootstraps "$folder" "$template" 2>"$folder/log") || code=$?
    printf '%s:%s' "$out" "$code"
}

printf '{"a": 1}' >"$folder/event.json"
check "no event is an empty one" "$(once EchoFunction)" '{}:0'
check "the event comes from a file" "$(once EchoFunction --event "$folder/event.json")" '{"a": 1}:0'
check "or from standard input" "$(printf '[1,2]' | once echo --event -)" '[1,2]:0'
check "the log is on standard error" "$(grep -c '^\[echo\] REPORT RequestId: ' "$folder/log")" 1
printf '{"EnvFunction": {"GREETING": "good day"}}' >"$folder/env.json"
check "variables come from SAM's file" "$(once env --env-vars "$folder/env.json" | grep -o '"GREETING":"[a-z ]*"')" '"GREETING":"good day"'
check "an error of the function is told, and the exit code is 1" "$(once error)" \
    '{"errorType":"Broken","errorMessage":"as asked","stackTrace":[]}:1'
check "and so does the log" "$(grep -c 'Status: error.Error Type: Function.Broken$' "$folder/log")" 1
check "work after the answer is waited for" "$(once after; grep -cE 'Duration: [2-9][0-9]{2}\.' "$folder/log")" '{}:01'
check "a timeout too" "$(once hang | sed 's/RequestId: [0-9a-f-]*/RequestId: X/')" \
    '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: X Error: Task timed out after 1.00 seconds"}:1'
check "a crash too" "$(once crash | grep -o 'SIGKILL"}:1')" 'SIGKILL"}:1'
check "a streamed answer is collected" "$(once chunks)" '{"a":"chunks"}:0'
check "no bootstrap" "$(once MissingFunction | grep -o 'Runtime.InvalidEntrypoint')" 'Runtime.InvalidEntrypoint'
check "an unknown function is a wrong use" "$(once nobody)" ':2'
check "and the known ones are named" "$(grep -o 'it has .*' "$folder/log")" 'it has echo, env, error, hang, crash, chunks, missing, after'
printf '{"a":' >"$folder/broken.json"
check "so is an event that is not JSON" "$(once echo --event "$folder/broken.json")" ':2'
printf '{"a":"\177"}' >"$folder/context.json"
check "so is a client context that no header can hold" "$(once echo --client-context "$folder/context.json")" ':2'
check "so is a file that is not there" "$(once echo --event "$folder/none.json")" ':2'
check "nothing stays behind" "$(ls "$folder/scratch")" ''
exit $failed
