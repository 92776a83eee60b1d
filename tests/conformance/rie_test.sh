#!/bin/bash
# AWS's own emulator as the judge: every example and every bootstrap that ships answers behind it, in classic mode and in
# managed-instances mode, four invocations at a time. The extension stands beside the echo, and must print the reports that
# it gets as telemetry. Where the emulator cannot be had (infra/setup/rie.sh) all are skipped.
#
# What it does that Lambda does not:
#   - managed instances: runs /var/task/bootstrap and nothing else, whatever its command line says; so it gets a /var of
#     its own, in a mount namespace, and there a host sandbox.localdomain, to which alone it sends telemetry. It refuses an invocation that finds no poll waiting ("Runtime.Unavailable") at once.
#   - classic: starts the program at the first invocation, and is not safe under two at a time, so there is one.
#     It has no telemetry.
#   - both buffer a streamed response.
#   - without a command or with an option it does not know, such as --help, it stays up for ever.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${CLAMBDA_BUILD:-build}
readonly slots=4 invocations=12 secret=arn:aws:secretsmanager:us-east-1:123456789012:secret
shopt -s nullglob
programs=("$build"/examples/*/bootstrap "$build"/release/functions/*/bootstrap)
cases=()
for mode in classic managed; do
    for program in "${programs[@]}"; do
        [ "$mode $program" = "classic $build/examples/extension/bootstrap" ] || cases+=("$mode $program")
    done
done
readonly cases
work=$(mktemp -d)
rie='' pid='' port=''

stop() {
    [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=''
}
trap 'stop; rm -rf "$work"' EXIT

# ---- what each is asked, and must answer -------------------------------------------------------------

# http_event METHOD PATH BODY
http_event() {
    printf '{"version":"2.0","routeKey":"$default","rawPath":"%s","rawQueryString":"","headers":{"content-type":"application/json"},' "$2"
    printf '"requestContext":{"http":{"method":"%s","path":"%s","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"rie"},' "$1" "$2"
    printf '"stage":"$default","requestId":"r-1"},"body":%s,"isBase64Encoded":false}' "$3"
}

# event NAME NUMBER
event() {
    case $1 in
    http) http_event GET "/hello/J%C3%BCrg$2" null ;;
    sqs)
        printf '{"Records":[{"messageId":"good","receiptHandle":"r","body":"{\\"order\\":\\"o-%s\\",\\"cents\\":5}","attributes":{},' "$2"
        printf '"messageAttributes":{},"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-central-1:1:q","awsRegion":"eu-central-1"},'
        printf '{"messageId":"bad-%s","receiptHandle":"r","body":"{}","attributes":{},"messageAttributes":{},"eventSource":"aws:sqs",' "$2"
        printf '"eventSourceARN":"arn:aws:sqs:eu-central-1:1:q","awsRegion":"eu-central-1"}]}'
        ;;
    plan-generator | nutrition-validator | ai-gateway | refiner) http_event POST "/$1" '"{}"' ;;
    *) printf '{"number":%s}' "$2" ;;
    esac
}

# answered NAME NUMBER FILE: is that the answer?
answered() {
    case $1 in
    hello) [ "$(<"$3")" = '{"hello":"world"}' ] ;;
    echo | extension) cmp -s "$3" <(event "$1" "$2") ;;
    http) jq -e --arg body "hello, Jürg$2"$'\n' '.statusCode == 200 and .body == $body' "$3" >/dev/null ;;
    stream) [ "$(head -n 1 "$3")" = number,square ] && [ "$(tail -n 1 "$3")" = 1000,1000000 ] && [ "$(wc -l <"$3")" -eq 1001 ] ;;
    sqs) jq -e --arg id "bad-$2" '. == {batchItemFailures: [{itemIdentifier: $id}]}' "$3" >/dev/null ;;
    plan-generator | nutrition-validator | ai-gateway | refiner) jq -e '.statusCode == 401' "$3" >/dev/null ;; # no token, so neither keys nor database
    *) return 1 ;; # a new example: say here what it answers
    esac
}

# ---- the emulator --------------------------------------------------------------------------------------

port_free() {
    local candidate
    for _ in $(seq 100); do
        candidate=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate" && return; }
    done
}

# Run in a mount namespace: $1 emulator, $2 program, $3 extension or nothing, then the emulator's options.
readonly managed='exec 3<"$1" 4<"$2" 5<"${3:-/dev/null}"; extension=$3; shift 3
    mount -t tmpfs none /var && mount -t tmpfs none /opt && mkdir -p /var/task /var/rie /opt/extensions &&
        cat <&3 >/var/rie/rie && cat <&4 >/var/task/bootstrap && chmod 755 /var/rie/rie /var/task/bootstrap || exit 1
    if [ -n "$extension" ]; then
        cat <&5 >/opt/extensions/reports && chmod 755 /opt/extensions/reports &&
            echo "127.0.0.1 localhost sandbox.localdomain" >/var/hosts && mount --bind /var/hosts /etc/hosts || exit 1
    fi
    exec 3<&- 4<&- 5<&-
    exec /var/rie/rie "$@" /var/task/bootstrap'

# start MODE PROGRAM
start() {
    local mode=$1 program=$2 extension='' options
    if [ "$program" = "$build/examples/extension/bootstrap" ]; then
        extension=$program
        program=$build/examples/echo/bootstrap
    fi
    port=$(port_free)
    options=(--log-level info --runtime-interface-emulator-address "127.0.0.1:$port" --runtime-api-address "127.0.0.1:$(port_free)")
    local environment=(env -u DATABASE_URL "AUTH_ISSUER=http://localhost/clambda" AUTH_AUDIENCE=authenticated
        "DATABASE_SECRET_ARN=$secret:database-a1B2c3" "JWT_KEYS_SECRET_ARN=$secret:keys-a1B2c3" AWS_REGION=us-east-1)
    case $mode in
    classic) "${environment[@]}" "$rie" "${options[@]}" "$program" >"$work/log" 2>&1 & ;;
    managed)
        "${environment[@]}" AWS_LAMBDA_MAX_CONCURRENCY=$slots "${namespace[@]}" bash -c "$managed" bash "$rie" "$program" \
            "$extension" "${options[@]}" >"$work/log" 2>&1 &
        ;;
    esac
    pid=$!
    for _ in $(seq 100); do
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# invoke NAME NUMBER: asks again while no poll waits
invoke() {
    local answer=$work/answer-$2
    for _ in $(seq 200); do
        event "$1" "$2" | curl --silent --max-time 10 --header 'content-type: application/json' --data-binary @- --output "$answer" \
            "http://127.0.0.1:$port/2015-03-31/functions/function/invocations" || return 1
        if ! grep -q '^{"errorType":"Runtime.Unavailable"' "$answer"; then
            answered "$1" "$2" "$answer" && return 0
            { printf 'answer %s: ' "$2" && head -c 500 "$answer"; } >>"$work/log"
            return 1
        fi
        sleep 0.01
    done
    return 1
}

# judge MODE PROGRAM: 12 invocations, as many at a time as the mode takes
judge() {
    local name number failed=0 jobs=()
    name=$(basename "$(dirname "$2")")
    start "$1" "$2" || { stop && return 1; }
    for number in $(seq $invocations); do
        if [ "$1" = classic ]; then
            invoke "$name" "$number" || failed=1
            continue
        fi
        invoke "$name" "$number" &
        jobs+=($!)
        if [ ${#jobs[@]} -eq $slots ]; then
            wait "${jobs[0]}" || failed=1
            jobs=("${jobs[@]:1}")
        fi
    done
    for number in "${jobs[@]}"; do
        wait "$number" || failed=1
    done
    kill -0 "$pid" 2>/dev/null || failed=1
    stop # the extension gets what is left, then SHUTDOWN
    [ "$name" != extension ] || [ "$(grep -c '^report .*: success' "$work/log")" -eq $invocations ] || failed=1
    return $failed
}

# ---- all of it -----------------------------------------------------------------------------------------

# skip FROM REASON: this one and the rest
skip() {
    local i
    for i in $(seq "$1" ${#cases[@]}); do
        echo "ok $i # SKIP behind AWS's emulator"
    done
    echo "# skip: $2"
    exit 0
}

echo "1..${#cases[@]}"
rie=$(infra/setup/rie.sh 2>"$work/why") || skip 1 "no AWS emulator: $(tail -n 1 "$work/why")"
namespace=(unshare --mount)
[ "$(id -u)" -eq 0 ] || namespace+=(--map-root-user)
can_mount=no
! "${namespace[@]}" mount -t tmpfs none /var 2>"$work/why" || can_mount=yes

failed=0 count=0
for case in "${cases[@]}"; do
    mode=${case%% *} program=${case#* }
    if [ "$mode$can_mount" = managedno ]; then
        [ $failed -eq 0 ] || exit 1
        skip $((count + 1)) "no mount namespace for the managed-instances mode: $(tail -n 1 "$work/why")"
    fi
    count=$((count + 1))
    claim="$(basename "$(dirname "$program")") answers behind AWS's emulator, $mode mode"
    if judge "$mode" "$program"; then
        echo "ok $count - $claim"
    else
        echo "not ok $count - $claim"
        tail -n 15 "$work/log" | sed 's/^/# /'
        failed=1
    fi
done
exit $failed
