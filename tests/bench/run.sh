#!/usr/bin/env bash
# What `make bench` runs, on programs that are built. Prints three tables and keeps them in build/bench/report.txt,
# with every single figure beside it (*.us, *.ms, wrk-*.txt). Nothing is judged: a figure means something only
# beside another of the same run.
#
#   tests/bench/run.sh [start] [requests] [plan]      all three, if none is named
#
# Environment: BUILD (build); BENCH_STARTS (40), BENCH_SECONDS (5), BENCH_ROUNDS (3), BENCH_COLD (7), BENCH_PLANS (60).
#
# The database is a private one with fsync on, seeded; it and the gateway are ended at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly build=${BUILD:-build}
readonly bench=$build/bench bin=$build/release
readonly starts=${BENCH_STARTS:-40} seconds=${BENCH_SECONDS:-5} rounds=${BENCH_ROUNDS:-3}
readonly cold=${BENCH_COLD:-7} plans=${BENCH_PLANS:-60}
readonly connections=8
readonly issuer=http://localhost/clambda audience=authenticated
readonly user=11111111-1111-4111-8111-111111111111 # Ada, infra/db/seed/demo.sql: as many plans as she likes
gateway='' nginx='' url=''

die() {
    printf 'bench: %s\n' "$1" >&2
    exit 1
}

# ---- start and end ---------------------------------------------------------------------------------

gateway_stop() {
    [ -n "$gateway" ] || return 0
    kill "$gateway" 2>/dev/null || true
    wait "$gateway" 2>/dev/null || true
    gateway=''
}

end() {
    trap - EXIT INT TERM
    gateway_stop
    [ -z "$nginx" ] || { kill "$nginx" && wait "$nginx"; } 2>/dev/null || true
    infra/db/cluster.sh stop --data "$bench/db" >/dev/null || true
    exit "$1"
}

absolute() {
    realpath "$1"
}

database_start() {
    infra/db/cluster.sh start --data "$bench/db" >/dev/null
    # shellcheck disable=SC1091
    . "$bench/db/env"
    export DATABASE_URL ADMIN_DATABASE_URL
    "$bin/infra/db/tool/clambda-db" migrate >/dev/null
    "$bin/infra/db/tool/clambda-db" seed >/dev/null
    [ -e "$bench/keys/jwks.json" ] || "$bin/infra/auth/clambda-token" keygen --alg ES256 --out "$bench/keys" >/dev/null
    token=$("$bin/infra/auth/clambda-token" --keys "$bench/keys/private" --sub "$user" --iss "$issuer" --aud "$audience")
}

gateway_start() {
    : >"$bench/gateway.out" # there before it is read, however late the gateway starts
    "$bin/infra/local/clambda-local" --listen 127.0.0.1:0 --bootstraps "$bin/functions" \
        --parameter "DatabaseUrl=$DATABASE_URL" --parameter "AuthIssuer=$issuer" --parameter "AuthAudience=$audience" \
        --parameter "AuthKeysFile=$(absolute "$bench/keys/jwks.json")" "$@" template.yaml \
        >"$bench/gateway.out" 2>"$bench/gateway.log" &
    gateway=$!
    for _ in $(seq 100); do
        url=$(sed -n 's/^listening on //p' "$bench/gateway.out")
        [ -z "$url" ] || return 0
        kill -0 "$gateway" 2>/dev/null || break
        sleep 0.05
    done
    die "the gateway did not start; see $bench/gateway.log"
}

# ---- numbers ---------------------------------------------------------------------------------------

# Reads numbers, one a line; prints median, 95th percentile (nearest rank), least and most.
summary() {
    sort -n | awk '{ v[NR] = $1 } END {
        if (NR == 0) { exit 1 }
        p95 = int(0.95 * NR); if (p95 < 0.95 * NR) p95++
        print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[p95], v[1], v[NR]
    }'
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

# ---- exec to the first /next -----------------------------------------------------------------------

start_line() {
    local name=$1 file=$2 floor=$3 median p95 least most
    read -r median p95 least most < <(summary <"$file")
    printf '  %-48s %8.0f %8.0f %8.0f %8.0f %8s\n' "$name" "$median" "$p95" "$least" "$most" "$(ratio "$median" "$floor")"
}

# starts NAME [VARIABLE=VALUE ...]: floor and bootstrap in turn, in that environment, into start-NAME-PROGRAM.us
starts() {
    local name=$1 program times
    shift
    env -u DATABASE_URL AUTH_ISSUER=$issuer AUTH_AUDIENCE=$audience "$@" "$bench/start" "$starts" "$bench/floor" \
        "$bin/functions/plan-generator/bootstrap" >"$bench/start-$name.txt" 2>"$bench/start-$name.log" ||
        die "start: $(tail -n 1 "$bench/start-$name.log")"
    while read -r program times; do
        printf '%s\n' "$times" | tr ' ' '\n' >"$bench/start-$name-$(basename "$program").us"
    done <"$bench/start-$name.txt"
}

bench_start() {
    local floor secret=arn:aws:secretsmanager:us-east-1:123456789012:secret
    starts deployed DATABASE_SECRET_ARN="$secret:database-a1B2c3" JWT_KEYS_SECRET_ARN="$secret:keys-a1B2c3"
    starts files DATABASE_URL="$DATABASE_URL" AUTH_KEYS_FILE="$bench/keys/jwks.json"
    read -r floor _ < <(summary <"$bench/start-deployed-floor.us")
    printf '%-50s %8s %8s %8s %8s %8s\n' "exec to first /next, us ($starts starts each, in turn)" median p95 least most ratio
    start_line 'floor: static, connects, sends one request' "$bench/start-deployed-floor.us" "$floor"
    start_line 'plan-generator, secrets by ARN (as deployed)' "$bench/start-deployed-bootstrap.us" "$floor"
    start_line 'plan-generator, key set from a file (make run)' "$bench/start-files-bootstrap.us" "$floor"
}

# ---- requests per second ---------------------------------------------------------------------------

port_free() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    die "no free port"
}

# A proxy and, behind it, a server whose answer is as long as /health's: one worker each way.
nginx_start() {
    local folder=$bench/nginx proxy upstream answer
    proxy=$(port_free)
    upstream=$(port_free)
    answer=$(curl --silent --fail "$url/health")
    mkdir -p "$folder"
    cat >"$folder/nginx.conf" <<END
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
    access_log off;
    keepalive_requests 10000000;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    upstream answers { server 127.0.0.1:$upstream; keepalive 64; keepalive_requests 10000000; }
    server {
        listen 127.0.0.1:$proxy;
        location / { proxy_pass http://answers; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
    server {
        listen 127.0.0.1:$upstream;
        default_type application/json;
        location / { return 200 '$answer'; }
    }
}
END
    nginx -p "$(absolute "$folder")" -c nginx.conf -e error.log >"$folder/out" 2>&1 &
    nginx=$!
    nginx_url=http://127.0.0.1:$proxy
    for _ in $(seq 100); do
        ! curl --silent --fail --output /dev/null "$nginx_url/health" || return 0
        sleep 0.05
    done
    die "nginx did not start; see $folder"
}

# load NAME URL ROUND: one line of requests per second into NAME.rps, of answers that were no 2xx into NAME.bad
load() {
    local out=$bench/wrk-$1-$3.txt
    wrk --threads 1 --connections $connections --duration "${seconds}s" --latency "$2/health" >"$out"
    awk '/^Requests\/sec:/ { print $2 }' "$out" >>"$bench/$1.rps"
    awk '/Non-2xx/ { bad = $NF } /Socket errors/ { bad += 1 } END { print bad + 0 }' "$out" >>"$bench/$1.bad"
    awk '/^ +50%/ { print $2 }' "$out" | awk '/us$/ { print $1 / 1000; next } /ms$/ { print $1 + 0; next } { print $1 * 1000 }' >>"$bench/$1.p50"
}

requests_line() {
    local median least most latency bad
    read -r median _ least most < <(summary <"$bench/$2.rps")
    read -r latency _ < <(summary <"$bench/$2.p50")
    bad=$(awk '{ n += $1 } END { print n }' "$bench/$2.bad")
    printf '  %-48s %8.0f %8.0f %8.0f %8.2f %8s %8s\n' "$1" "$median" "$least" "$most" "$latency" "$(ratio "$median" "$3")" "$bad"
}

bench_requests() {
    local round base
    gateway_start --quiet
    nginx_start
    rm -f "$bench"/gateway.rps "$bench"/nginx.rps "$bench"/{gateway,nginx}.{bad,p50}
    wrk --threads 1 --connections $connections --duration 1s "$url/health" >/dev/null # starts the instances
    for round in $(seq "$rounds"); do
        load gateway "$url" "$round"
        load nginx "$nginx_url" "$round"
    done
    read -r base _ < <(summary <"$bench/nginx.rps")
    printf '%-50s %8s %8s %8s %8s %8s %8s\n' "GET /health, requests/s ($rounds x $seconds s each, in turn)" median least most 'p50 ms' ratio 'not 2xx'
    requests_line 'nginx before a static answer of that length' nginx "$base"
    requests_line 'local gateway, bootstrap, SELECT 1' gateway "$base"
    kill "$nginx" && wait "$nginx" || true
    nginx=''
    gateway_stop
}

# ---- a week's plan ---------------------------------------------------------------------------------

# One plan; prints the milliseconds until the whole answer is here.
plan_once() {
    local seconds_total
    seconds_total=$(curl --silent --show-error --fail --output "$bench/plan.json" --write-out '%{time_total}' --max-time 60 \
        -X POST "$url/plan-generator" -H "authorization: Bearer $token" -d '{"force_regenerate":true}') || die "no plan; see $bench/gateway.log"
    awk -v s="$seconds_total" 'BEGIN { print s * 1000 }'
}

# Clock ticks that the bootstraps of the gateway have used.
bootstrap_ticks() {
    local pid
    for pid in $(pgrep -P "$gateway"); do
        [[ $(readlink "/proc/$pid/exe") != *plan-generator/bootstrap ]] || cat "/proc/$pid/stat"
    done | awk '{ sub(/^.*\) /, ""); ticks += $12 + $13 } END { print ticks + 0 }'
}

# part NAME FILE TOTAL: a line with its share of the total
part() {
    local median p95
    read -r median p95 _ < <(summary <"$2")
    printf '  %-48s %8.1f %8.1f %7.0f%%\n' "$1" "$median" "$p95" "$(awk -v a="$median" -v b="$3" 'BEGIN { print 100 * a / b }')"
}

log_field() {
    jq -r "select(.message == \"plan_generated\") | .$1 / 1000" "$bench/plans.jsonl"
}

bench_plan() {
    local round ticks total cpu
    : >"$bench/plan-cold.ms"
    : >"$bench/plan-warm.ms"
    for round in $(seq "$cold"); do
        gateway_start
        plan_once >>"$bench/plan-cold.ms"
        [ "$round" -eq "$cold" ] || gateway_stop
    done
    ticks=$(bootstrap_ticks)
    for round in $(seq "$plans"); do
        plan_once >>"$bench/plan-warm.ms"
    done
    ticks=$(($(bootstrap_ticks) - ticks))
    sleep 0.2 # the log comes after the answer
    sed -n 's/^\[plan-generator\] \({.*\)/\1/p' "$bench/gateway.log" | grep plan_generated | tail -n "$plans" >"$bench/plans.jsonl"
    log_field loadUs >"$bench/plan-load.ms"
    log_field saveUs >"$bench/plan-save.ms"
    log_field menuUs >"$bench/plan-menu.ms"
    log_field portionsUs >"$bench/plan-portions.ms"
    paste -d' ' "$bench/plan-warm.ms" "$bench/plan-load.ms" "$bench/plan-save.ms" "$bench/plan-menu.ms" "$bench/plan-portions.ms" |
        awk '{ print $1 - $2 - $3 - $4 - $5 }' >"$bench/plan-rest.ms"
    read -r total _ < <(summary <"$bench/plan-warm.ms")
    cpu=$(awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" -v n="$plans" 'BEGIN { printf "%.1f", 1000 * t / hz / n }')
    printf '%-50s %8s %8s %8s\n' "a plan of 7 days, ms ($plans warm, one after the other)" median p95 share
    part 'until the caller has it' "$bench/plan-warm.ms" "$total"
    part 'SQL: profile, foods, recipes, and reading them' "$bench/plan-load.ms" "$total"
    part 'menu' "$bench/plan-menu.ms" "$total"
    part 'portions' "$bench/plan-portions.ms" "$total"
    part 'SQL: saving under the quota lock' "$bench/plan-save.ms" "$total"
    part 'verdict, JSON, log row, gateway' "$bench/plan-rest.ms" "$total"
    printf '  %-48s %8s %8s %7.0f%%\n' "our code: CPU time of the bootstrap" "$cpu" '' "$(awk -v a="$cpu" -v b="$total" 'BEGIN { print 100 * a / b }')"
    part "the first one: new process, new connection ($cold)" "$bench/plan-cold.ms" "$total"
    gateway_stop
}

# ---- all of it -------------------------------------------------------------------------------------

machine() {
    printf '%s, %s x %s, load %s\n' "$(date -u +%Y-%m-%d)" "$(nproc)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(cut -d' ' -f1 /proc/loadavg)"
}

main() {
    local what
    [ $# -gt 0 ] || set -- start requests plan
    for what in "$@"; do
        case $what in
        start | requests | plan) ;;
        *) die "unknown part $what: start, requests, plan" ;;
        esac
    done
    trap 'end $?' EXIT
    trap 'end 130' INT TERM
    database_start
    machine
    for what in "$@"; do
        echo
        "bench_$what"
    done
}

mkdir -p "$bench"
main "$@" | tee "$bench/report.txt"
