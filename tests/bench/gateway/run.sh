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
declare -A what=() address=() fields=() group=()

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
    UPSTREAM_URL=http://$upstream/v1 launch litellm "${command[@]}" --host 127.0.0.1 --port "$port"
    answers "127.0.0.1:$port" 60 || die 'litellm does not start'
    target litellm "PyPI litellm[proxy] $version, one worker, no database" "127.0.0.1:$port" 'authorization: Bearer sk-bench'
}

# ---- one measurement -------------------------------------------------------------------------------

# measure NAME FILE BODY TEXT CONNECTIONS: one round of one target, a line into FILE; one that failed is counted there as well
measure() {
    local name=$1 file=$2 body=$3 text=$4 options=() field
    while read -r field; do
        [ -z "$field" ] || options+=(-H "$field")
    done <<<"${fields[$name]}"
    timeout 60 "$out/client" -c "$5" -w "$((20 + $5))" -t "$ms" -x "$text" "${options[@]}" "${address[$name]}" \
        /v1/chat/completions "$body" >>"$file" 2>>"$out/$name.err" || echo "failed=1" >>"$file"
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
