#!/usr/bin/env bash
# A private PostgreSQL with PgBouncer in transaction mode before it, for one checkout.
#
#   cluster.sh start  [--data DIR] [--port P] [--pooler-port P] [--fast]
#   cluster.sh stop   [--data DIR]
#   cluster.sh status [--data DIR]        exit 0: both run, 3: not
#   cluster.sh where  [--data DIR]        prints the folder
#
# Everything lives in DIR (default: build/db of this checkout): data, sockets, logs, configuration, and
# the file `env`, which `start` and `status` also print:
#
#   DATABASE_URL        through the pooler, as `authenticator`: what the functions get
#   ADMIN_DATABASE_URL  straight to PostgreSQL, as the owner: what migrations and seeds get
#
# Both servers listen on loopback and on sockets in DIR, with passwords made at the first start. Ports
# that are not given are chosen free and kept for the next start. --fast trades durability for speed
# (fsync off): for tests. Only processes recorded in DIR are ever ended.
#
# PostgreSQL refuses to run as root: started by root, both servers run as the user `postgres`. If that user cannot get
# to DIR (a checkout under /root), DIR becomes a link to a folder under /var/lib/clambda.
set -euo pipefail

readonly OWNER=clambda_owner DATABASE=clambda LOGIN=authenticator
readonly STOPPED=3
readonly MAX_SOCKET_PATH=107 # sun_path of Linux, less its final NUL

die() {
    printf 'cluster: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Runs a command as the user the servers belong to.
as_server() {
    if [ "$server_user" = "$(id -un)" ]; then
        "$@"
    else
        # From / : the current folder may be closed to that user, and each program would complain.
        (cd / && runuser -u "$server_user" -- "$@")
    fi
}

# The folder of the server programs: Debian keeps one per major version, out of PATH.
bin_find() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
        if [ -x "$dir/initdb" ]; then
            echo "$dir"
            return
        fi
    done
    if dir=$(command -v initdb); then
        dirname "$(realpath "$dir")"
        return
    fi
    die "no PostgreSQL server programs (initdb, pg_ctl); on Debian: apt-get install postgresql"
}

# A folder that the server's user cannot get to (root's checkout under /root) becomes a link to one that it can.
folder_settle() {
    local parent=$data
    [ "$(id -u)" -eq 0 ] && [ ! -e "$data" ] || return 0
    while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
    ! as_server test -x "$parent" || return 0
    local elsewhere
    elsewhere=/var/lib/clambda/$(printf '%s' "$data" | cksum | cut -d' ' -f1)
    mkdir -p "$(dirname "$data")" "$elsewhere"
    ln -sfn "$elsewhere" "$data"
    data=$elsewhere
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the kernel's range for outgoing connections (32768 on), so that none takes it between two starts.
port_choose() {
    local port try
    for ((try = 0; try < 100; try++)); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if [ "$port" != "${1:-}" ] && port_is_free "$port"; then
            echo "$port"
            return
        fi
    done
    die "no free port between 20000 and 32000"
}

port_check() {
    [[ $1 =~ ^[0-9]{1,5}$ ]] && [ "$1" -ge 1 ] && [ "$1" -le 65535 ] || die "not a port: $1"
}

secret_make() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# Reads KEY of DIR/settings (ports, passwords and socket folder of the last start); empty when unset.
setting() {
    [ -f "$data/settings" ] || return 0
    sed -n "s/^$1=//p" "$data/settings"
}

# settings_write PORT POOLER_PORT
settings_write() {
    local tmp="$data/settings.new"
    (
        umask 077
        printf '%s\n' "port=$1" "pooler_port=$2" "sockets=$sockets" \
            "owner_password=$owner_password" "login_password=$login_password" >"$tmp"
    )
    mv "$tmp" "$data/settings"
}

server_is_up() {
    as_server "$bin/pg_ctl" status -s -D "$data/pg" >/dev/null 2>&1
}

# Ours only if the recorded process runs with our configuration file: pids are used again.
pooler_pid() {
    local pid
    [ -f "$data/pgbouncer.pid" ] || return 1
    # Both files may vanish at any time: it is ending.
    pid=$(cat "$data/pgbouncer.pid" 2>/dev/null | tr -cd 0-9)
    [ -n "$pid" ] || return 1
    cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' '\n' | grep -qxF "$data/pgbouncer.ini" || return 1
    echo "$pid"
}

folder_make() {
    if [ -d "$data" ] && [ ! -f "$data/lock" ] && [ -n "$(ls -A "$data")" ]; then
        die "$data: holds something else; give an empty or a new folder"
    fi
    mkdir -p "$data"
    chown "$server_user" "$data" 2>/dev/null || die "$data: belongs to somebody else"
    chmod 711 "$data"
    as_server test -w "$data" -a -x "$data" ||
        die "$data: the user $server_user cannot get there; give another folder with --data"
}

sockets_choose() {
    sockets=$(setting sockets)
    if [ -z "$sockets" ]; then
        sockets="$data/run"
        if [ $((${#sockets} + ${#socket_longest})) -gt $MAX_SOCKET_PATH ]; then
            sockets=$(mktemp -d /tmp/clambda-db.XXXXXX)
        fi
    fi
    mkdir -p "$sockets"
    chown "$server_user" "$sockets"
    chmod 711 "$sockets"
}
readonly socket_longest=/.s.PGSQL.65535.lock

server_init() {
    local pwfile="$data/pwfile"
    (umask 077 && printf '%s\n' "$owner_password" >"$pwfile")
    chown "$server_user" "$pwfile"
    as_server "$bin/initdb" --pgdata="$data/pg.new" --username=$OWNER --pwfile="$pwfile" --no-sync \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$data/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 3 "$data/initdb.log" | tr '\n' ' ')"
    rm -f "$pwfile"
    echo "include_if_exists = '$data/postgresql.conf'" >>"$data/pg.new/postgresql.conf"
    mv "$data/pg.new" "$data/pg" # the name says that initdb ended well
}

server_configure() {
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "port = $port"
        echo "unix_socket_directories = '$sockets'"
        echo "max_connections = 60"
        echo "shared_buffers = 64MB"
        echo "jit = off" # our queries are short: compiling them costs more than running them
        echo "timezone = 'UTC'"
        echo "log_line_prefix = '%m [%p] %u '"
        if [ "$fast" = yes ]; then
            printf '%s\n' "fsync = off" "synchronous_commit = off" "full_page_writes = off" \
                "wal_level = minimal" "max_wal_senders = 0"
        fi
    } >"$data/postgresql.conf"
}

pooler_configure() {
    # Plain passwords, readable by the server's user alone: PgBouncer needs them for SCRAM on both sides.
    (
        umask 077
        printf '"%s" "%s"\n' $LOGIN "$login_password" >"$data/userlist.txt"
    )
    chown "$server_user" "$data/userlist.txt"
    cat >"$data/pgbouncer.ini" <<END
[databases]
$DATABASE = host=127.0.0.1 port=$port dbname=$DATABASE
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir = $sockets
auth_type = scram-sha-256
auth_file = $data/userlist.txt
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
; a server that comes back is used again at once, not after the default 15 s
server_login_retry = 1
; with the server away a caller hears so in seconds, well within a request's deadline
query_wait_timeout = 10
; libpq sends it when told to; nothing of ours depends on it
ignore_startup_parameters = extra_float_digits
logfile = $data/pgbouncer.log
pidfile = $data/pgbouncer.pid
log_connections = 0
log_disconnections = 0
END
}

sql_as_owner() {
    PGPASSWORD=$owner_password psql -X -q -v ON_ERROR_STOP=1 -h "$sockets" -p "$port" -U $OWNER "$@"
}

# The login role has its password from here and its rights from the migrations.
database_make() {
    local has
    has=$(sql_as_owner -d postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$DATABASE'")
    if [ -z "$has" ]; then
        sql_as_owner -d postgres <<END
CREATE ROLE $LOGIN LOGIN NOINHERIT PASSWORD '$login_password';
CREATE DATABASE $DATABASE;
END
    fi
}

env_write() {
    local tmp="$data/env.new"
    (
        umask 077
        cat >"$tmp" <<END
DATABASE_URL=postgresql://$LOGIN:$login_password@127.0.0.1:$pooler_port/$DATABASE?sslmode=disable
ADMIN_DATABASE_URL=postgresql://$OWNER:$owner_password@127.0.0.1:$port/$DATABASE?sslmode=disable
END
    )
    mv "$tmp" "$data/env"
}

server_start() {
    as_server "$bin/pg_ctl" start -s -w -t 60 -D "$data/pg" -l "$data/postgresql.log" ||
        die "PostgreSQL did not start: $(tail -n 5 "$data/postgresql.log" | tr '\n' ' ')"
}

pooler_start() {
    local try
    as_server "$pgbouncer" -q -d "$data/pgbouncer.ini" || die "PgBouncer did not start: see $data/pgbouncer.log"
    for ((try = 0; try < 100; try++)); do
        if pooler_pid >/dev/null && ! port_is_free "$pooler_port"; then
            return
        fi
        sleep 0.05
    done
    die "PgBouncer does not answer on port $pooler_port: $(tail -n 3 "$data/pgbouncer.log" | tr '\n' ' ')"
}

# The port asked for; else the last one, if nobody took it; else a free one.
port_settle() {
    local wanted=$1 last=$2 other=${3:-}
    if [ -n "$wanted" ]; then
        port_check "$wanted"
        port_is_free "$wanted" || die "port $wanted is taken"
        echo "$wanted"
    elif [ -n "$last" ] && [ "$last" != "$other" ] && port_is_free "$last"; then
        echo "$last"
    else
        port_choose "$other"
    fi
}

start() {
    pgbouncer=$(command -v pgbouncer || true)
    [ -n "$pgbouncer" ] || [ ! -x /usr/sbin/pgbouncer ] || pgbouncer=/usr/sbin/pgbouncer
    [ -n "$pgbouncer" ] || die "no pgbouncer; on Debian: apt-get install pgbouncer"
    folder_make
    exec 9>"$data/lock"
    flock -w 60 9 || die "$data: another start or stop is under way"
    if server_is_up && pooler_pid >/dev/null; then
        cat "$data/env"
        return
    fi
    halt # one of the two may still run, on ports that may be about to change
    sockets_choose
    owner_password=$(setting owner_password)
    login_password=$(setting login_password)
    owner_password=${owner_password:-$(secret_make)}
    login_password=${login_password:-$(secret_make)}
    port=$(port_settle "$port" "$(setting port)")
    pooler_port=$(port_settle "$pooler_port" "$(setting pooler_port)" "$port")
    [ "$port" != "$pooler_port" ] || die "PostgreSQL and PgBouncer cannot share port $port"
    settings_write '' '' # the passwords before initdb uses them, the ports once they have worked
    if [ ! -d "$data/pg" ]; then
        rm -rf "$data/pg.new"
        server_init
    fi
    server_configure
    pooler_configure
    # The servers must not inherit the lock, or no later call gets it.
    server_start 9>&-
    database_make
    pooler_start 9>&-
    settings_write "$port" "$pooler_port"
    env_write
    cat "$data/env"
}

halt() {
    local pid try
    if pid=$(pooler_pid); then
        kill -TERM "$pid"
        for ((try = 0; try < 100; try++)); do
            pooler_pid >/dev/null || break # asks for the command line: one that awaits its parent has none
            sleep 0.05
        done
        ! pooler_pid >/dev/null || die "PgBouncer (pid $pid) does not end"
    fi
    rm -f "$data/pgbouncer.pid"
    if server_is_up; then
        as_server "$bin/pg_ctl" stop -s -w -t 60 -m fast -D "$data/pg"
    fi
}

stop() {
    [ -d "$data" ] || return 0
    exec 9>"$data/lock"
    flock -w 60 9 || die "$data: another start or stop is under way"
    halt
}

status() {
    if [ -d "$data/pg" ] && server_is_up && pooler_pid >/dev/null; then
        cat "$data/env"
    else
        echo "not running: $data" >&2
        exit $STOPPED
    fi
}

command=${1:-}
[ -n "$command" ] || usage
shift
data='' port='' pooler_port='' fast=no
while [ $# -gt 0 ]; do
    case $1 in
    --data | --port | --pooler-port)
        [ $# -ge 2 ] || usage
        case $1 in
        --data) data=$2 ;;
        --port) port=$2 ;;
        --pooler-port) pooler_port=$2 ;;
        esac
        shift 2
        ;;
    --fast)
        fast=yes
        shift
        ;;
    *) usage ;;
    esac
done

server_user=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    server_user=postgres
    id postgres >/dev/null 2>&1 || die "no user postgres; on Debian: apt-get install postgresql"
fi
bin=$(bin_find)
data=$(realpath -m "${data:-$(dirname "$0")/../../build/db}")
case $data in
*[!A-Za-z0-9/._+-]*) die "$data: only letters, digits and / . _ + - in the folder's name" ;;
esac
[ "$command" != start ] || folder_settle

case $command in
start) start ;;
stop) stop ;;
status) status ;;
where) echo "$data" ;;
*) usage ;;
esac
