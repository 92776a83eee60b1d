#!/usr/bin/env bash
# The model gateway beside its peers: one mock provider, one request, one run, every round in turn. Prints tables and keeps
# them in build/bench/gateway/report.txt, with each round's figures beside it. Nothing is judged.
#
#   tests/bench/gateway/run.sh [whole] [stream] [cost]      all, if none is named
#
# Environment: BUILD (build); BENCH_ROUNDS (3), BENCH_MS (1500) of each, BENCH_CONNECTIONS ("1 16 64"), BENCH_GATEWAYS
# ("portkey litellm"; fetched when first asked for, which takes a minute).
#
# `direct` is the provider itself: what a gateway adds is its figure less that one, of the same round. Provider, client and
# gateway share the machine's processors. What is not here is a line of the report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly build=${BUILD:-build}
readonly bench=$build/bench bin=$build/release out=$build/bench/gateway
readonly rounds=${BENCH_ROUNDS:-3} ms=${BENCH_MS:-1500} connections=${BENCH_CONNECTIONS:-1 16 64}
readonly peers=${BENCH_GATEWAYS-portkey litellm}
targets=() absent=() started=()
declare -A what=() address=() fields=() group=() path_of=()

die() {
    printf 'bench: %s\n' "$1" >&2
    exit 1
}

# ---- start and end ---------------------------------------------------------------------------------

# launch NAME COMMAND ...: in a session of its own, so that all it starts can be counted and ended with it
launch() {
    local name=$1
    shift
    setsid "$@" >"$out/$name.out" 2>"$out/$name.log" </dev/null &
    started+=($!)
    group[$name]=$!
}

end() {
    local pid
    trap - EXIT INT TERM
    for pid in "${started[@]}"; do
        kill -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    infra/db/cluster.sh stop --data "$bench/db" >/dev/null 2>&1 || true
    exit "$1"
}

# listening NAME: the address it prints
listening() {
    local found
    for _ in $(seq 100); do
        found=$(sed -n 's/^listening on \(http:\/\/\)\{0,1\}//p' "$out/$1.out")
        [ -z "$found" ] || { printf '%s' "$found" && return 0; }
        sleep 0.1
    done
    tail -n 5 "$out/$1.log" >&2
    die "$1 does not start"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# answers ADDRESS SECONDS: until somebody accepts there
answers() {
    for _ in $(seq "$(($2 * 5))"); do
        ! (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null || return 0
        sleep 0.2
    done
    return 1
}

# ---- who is measured -------------------------------------------------------------------------------

# target NAME WORDS ADDRESS [FIELD ...]
target() {
    local name=$1
    targets+=("$name")
    what[$name]=$2
    address[$name]=$3
    shift 3
    fields[$name]=$(printf '%s\n' "$@")
}

add_direct() {
    launch upstream "$out/upstream"
    upstream=$(listening upstream)
    target direct 'the mock provider itself' "$upstream"
}

add_nginx() {
    local port nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ] || { absent+=('nginx: not installed') && return; }
    port=$(free_port)
    cat >"$out/nginx.conf" <<CONF
daemon off;
worker_processes auto;
pid $PWD/$out/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    upstream provider { server $upstream; keepalive 64; }
    server {
        listen 127.0.0.1:$port;
        keepalive_requests 10000000;
        location / {
            proxy_pass http://provider;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }
    }
}
CONF
    launch nginx "$nginx" -c "$PWD/$out/nginx.conf" -e stderr
    answers "127.0.0.1:$port" 5 || die 'nginx does not start'
    target nginx "$("$nginx" -v 2>&1 | sed 's/.*: //'), proxy_pass" "127.0.0.1:$port"
}

add_portkey() {
    local folder port version command
    folder=$(tests/bench/peers/build.sh portkey 2>"$out/portkey.absent") || {
        absent+=("portkey: $(tail -n 1 "$out/portkey.absent")") && return
    }
    version=$(jq -r '.dependencies["@portkey-ai/gateway"]' "$folder/package.json")
    mapfile -t command <"$folder/command"
    port=$(free_port)
    launch portkey "${command[@]}" "--port=$port"
    answers "127.0.0.1:$port" 20 || die 'portkey does not start'
    target portkey "npm @portkey-ai/gateway $version" "127.0.0.1:$port" 'x-portkey-provider: openai' \
        "x-portkey-custom-host: http://$upstream/v1" 'authorization: Bearer sk-bench'
}

add_litellm() {
    local folder port version command
    folder=$(tests/bench/peers/build.sh litellm 2>"$out/litellm.absent") || {
        absent+=("litellm: $(tail -n 1 "$out/litellm.absent")") && return
    }
    version=$(sed -n 's/^litellm==\([^ ]*\).*/\1/p' "$folder/requirements.txt")
    mapfile -t command <"$folder/command"
    port=$(free_port)
    # Without our database, which it would take for its own.
    launch litellm env -u DATABASE_URL -u ADMIN_DATABASE_URL UPSTREAM_URL="http://$upstream/v1" "${command[@]}" --host 127.0.0.1 --port "$port"
    answers "127.0.0.1:$port" 60 || die 'litellm does not start'
    target litellm "PyPI litellm[proxy] $version, one worker, no database" "127.0.0.1:$port" 'authorization: Bearer sk-bench'
}

# Ours, on a private database with fsync on: every call is admitted, held and settled there, as in production.
database_start() {
    local tool=$bin/infra/db/tool/clambda-db
    infra/db/cluster.sh start --data "$bench/db" >/dev/null
    # shellcheck disable=SC1091
    . "$bench/db/env"
    export DATABASE_URL ADMIN_DATABASE_URL
    "$tool" migrate >/dev/null
    [ -e "$bench/keys/jwks.json" ] || "$bin/infra/auth/clambda-token" keygen --alg ES256 --out "$bench/keys" >/dev/null
    "$tool" tenant set bench >/dev/null
    "$tool" budget set global all day 1000 >/dev/null
    key=$("$tool" key create bench load | sed -n 's/^key //p')
}

# The mock provider under a name and a price of its own.
write_models() {
    jq -n --arg url "http://$upstream" --arg day "$(date -u +%F)" '{
        providers: [{name: "bench", wire: "openai", base_url: $url, needs_no_key: true}],
        models: [{provider: "bench", id: "bench", context_tokens: 100000, max_output_tokens: 1000,
            accepts: ["temperature", "stop", "tools", "max_tokens", "stream"], checked: $day, prices: [{input: 1, output: 2}]}]}' >"$out/models.json"
}

write_environment() {
    (umask 077
        jq -n --arg url "$DATABASE_URL" --arg keys "$PWD/$bench/keys/jwks.json" \
            '{DatabaseUrl: $url, AuthIssuer: "http://localhost/clambda", AuthAudience: "authenticated", AuthKeysFile: $keys, LogLevel: "WARN",
              GatewayConcurrency: 160}' >"$out/parameters.json"
        jq -n --arg config "$PWD/$out/models.json" '{AiGatewayFunction: {LLM_CONFIG_FILE: $config}}' >"$out/env.json"
        jq -n --arg key "$key" --rawfile body "$out/whole.json" '{version: "2.0", routeKey: "ANY /v1/{path+}", rawPath: "/v1/chat/completions", rawQueryString: "",
            headers: {authorization: ("Bearer " + $key), "content-type": "application/json"}, isBase64Encoded: false, body: $body,
            requestContext: {accountId: "123456789012", apiId: "bench", domainName: "bench.lambda-url.eu-central-1.on.aws", domainPrefix: "bench",
                http: {method: "POST", path: "/v1/chat/completions", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "bench"},
                requestId: "bench", routeKey: "$default", stage: "$default", time: "28/Nov/2026:00:00:00 +0000", timeEpoch: 1795824000000}}' >"$out/event.json")
}

add_clambda() {
    launch clambda "$bin/infra/local/clambda-local" --listen 127.0.0.1:0 --bootstraps "$bin/functions" \
        --parameters "$out/parameters.json" --env-vars "$out/env.json" template.yaml
    target clambda 'ours, behind the local gateway' "$(listening clambda)" "authorization: Bearer $key"
    path_of[clambda]=/_url/ai-gateway/v1/chat/completions
}

# ---- one measurement -------------------------------------------------------------------------------

# measure NAME FILE BODY TEXT CONNECTIONS: one round of one target, a line into FILE; one that failed is counted there as well
measure() {
    local name=$1 file=$2 body=$3 text=$4 options=() field
    while read -r field; do
        [ -z "$field" ] || options+=(-H "$field")
    done <<<"${fields[$name]}"
    timeout 60 "$out/client" -c "$5" -w "$((20 + $5))" -t "$ms" -x "$text" "${options[@]}" "${address[$name]}" \
        "${path_of[$name]:-/v1/chat/completions}" "$body" >>"$file" 2>>"$out/$name.err" || echo "failed=1" >>"$file"
}

# median FILE FIELD: of all rounds in the file that have it; "-" if none
median() {
    sed -n "s/.*\b$2=\([0-9.]*\).*/\1/p" "$1" | sort -n |
        awk '{ v[NR] = $1 } END { if (NR == 0) print "-"; else print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

sum() {
    sed -n "s/.*\b$2=\([0-9.]*\).*/\1/p" "$1" | awk '{ n += $1 } END { print n + 0 }'
}

less() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b == "-") print "-"; else printf "%.1f", a - b }'
}

# peak_kib NAME: VmHWM of all its processes, added up
peak_kib() {
    local pid sum=0 kib
    for pid in $(ps -o pid= -s "${group[$1]:-0}" 2>/dev/null); do
        kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || kib=0
        sum=$((sum + ${kib:-0}))
    done
    echo "$sum"
}

# ---- tables ----------------------------------------------------------------------------------------

write_bodies() {
    local chat='"model":"bench","messages":[{"role":"user","content":"Name three lunches with chickpeas."}],"max_tokens":200'
    printf '{%s}' "$chat" >"$out/whole.json"
    printf '{%s,"stream":true}' "$chat" >"$out/stream.json"
}

# bare CONNECTIONS: our bootstrap alone, a Runtime API for a caller; each slot is a connection
bare() {
    DATABASE_URL=$DATABASE_URL AUTH_KEYS_FILE=$bench/keys/jwks.json AUTH_ISSUER=http://localhost/clambda AUTH_AUDIENCE=authenticated LOG_LEVEL=WARN \
        LLM_CONFIG_FILE=$out/models.json CLAMBDA_STREAM_HTTP=0 timeout 60 "$bench/api" -s "$1" -w "$((20 + $1))" -t "$ms" -l "$out/bare.log" -x Chickpea "$out/event.json" \
        "$bin/functions/ai-gateway/bootstrap" >>"$out/whole-$1-bare.txt" 2>>"$out/bare.err" || echo "failed=1" >>"$out/whole-$1-bare.txt"
}

row() {
    local name=$1 file=$2 direct=$3
    printf '  %-70s %8.1f %9s %8.1f %9s %9.0f %6s\n' "$name: ${what[$name]}" "$(median "$file" p50_us)" "$(less "$(median "$file" p50_us)" "$(median "$direct" p50_us)")" \
        "$(median "$file" p99_us)" "$(less "$(median "$file" p99_us)" "$(median "$direct" p99_us)")" "$(median "$file" per_second)" \
        "$(($(sum "$file" wrong) + $(sum "$file" failed)))"
}

bench_whole() {
    local count round name
    rm -f "$out"/whole-*.txt
    for count in $connections; do
        for round in $(seq "$rounds"); do
            for name in "${targets[@]}"; do
                measure "$name" "$out/whole-$count-$name.txt" "$out/whole.json" Chickpea "$count"
            done
            bare "$count"
        done
        printf '%-72s %8s %9s %8s %9s %9s %6s\n' "whole answers, $count at a time ($rounds x $ms ms)" 'p50 us' added 'p99 us' added 'per s' wrong
        for name in "${targets[@]}" bare; do
            row "$name" "$out/whole-$count-$name.txt" "$out/whole-$count-direct.txt"
        done
        echo
    done
}

bench_stream() {
    local count round name file
    rm -f "$out"/stream-*.txt
    for count in $connections; do
        for round in $(seq "$rounds"); do
            for name in "${targets[@]}"; do
                measure "$name" "$out/stream-$count-$name.txt" "$out/stream.json" '[DONE]' "$count"
            done
        done
        printf '%-72s %9s %9s %9s %9s %6s\n' "streams of 20 chunks, one in 5 ms, $count at a time ($rounds x $ms ms)" 'first p50' 'first p99' 'lag p50' 'lag p99' wrong
        for name in "${targets[@]}"; do
            file=$out/stream-$count-$name.txt
            printf '  %-70s %9s %9s %9s %9s %6s\n' "$name: ${what[$name]}" "$(median "$file" first_p50_us)" "$(median "$file" first_p99_us)" \
                "$(median "$file" lag_p50_us)" "$(median "$file" lag_p99_us)" "$(($(sum "$file" wrong) + $(sum "$file" failed)))"
        done
        echo
    done
}

# After all of it: the most memory that anybody had at once.
memory() {
    local name most pid program
    printf '%-72s %9s\n' 'memory at its peak' KiB
    for name in nginx portkey litellm; do
        [ -z "${group[$name]:-}" ] || printf '  %-70s %9s\n' "$name: all its processes" "$(peak_kib "$name")"
    done
    program=$(realpath "$bin/functions/ai-gateway/bootstrap")
    most=$(for pid in $(pgrep -x bootstrap); do
        [ "$(readlink "/proc/$pid/exe")" != "$program" ] || awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"
    done | sort -n | tail -n 1)
    printf '  %-70s %9s\n' 'clambda: the largest bootstrap; on Lambda each call has one' "${most:--}"
}

# Source: AWS Lambda's price list, us-east-1: 0.0000133334 USD a GB-second on arm64, 0.0000166667 on x86-64, 0.20 USD a million requests.
bench_cost() {
    printf '%-72s %9s %9s %9s\n' 'a million calls on Lambda at 128 MB, in USD' '2 s' '10 s' '30 s'
    awk 'BEGIN {
        split("arm64 x86-64", name); split("0.0000133334 0.0000166667", price); split("2 10 30", seconds)
        for (i = 1; i <= 2; i++) {
            printf "  %-70s", name[i]
            for (k = 1; k <= 3; k++) printf " %9.2f", 1e6 * (seconds[k] * 0.125 * price[i]) + 0.20
            printf "\n"
        }
    }'
}

machine() {
    printf '%s, %s x %s, load %s\n\n' "$(date -u +%Y-%m-%d)" "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d' ' -f1 /proc/loadavg)"
}

main() {
    local part peer
    [ $# -gt 0 ] || set -- whole stream cost
    for part in "$@"; do
        case $part in
        whole | stream | cost) ;;
        *) die "unknown part $part: whole, stream, cost" ;;
        esac
    done
    rm -f "$out"/*.log "$out"/*.err "$out"/*.out
    trap 'end 130' INT TERM
    trap 'end 1' EXIT
    machine
    write_bodies
    add_direct
    add_nginx
    database_start
    write_models
    write_environment
    add_clambda
    what[bare]='ours, the bootstrap alone, called through its Runtime API'
    for peer in $peers; do
        "add_$peer"
    done
    for part in "$@"; do
        "bench_$part"
    done
    echo
    memory
    [ ${#absent[@]} -eq 0 ] || printf '  not measured: %s\n' "${absent[@]}"
    end 0
}

mkdir -p "$out"
main "$@" > >(tee "$out/report.txt")
