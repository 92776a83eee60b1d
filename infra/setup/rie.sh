#!/bin/bash
# Builds AWS's runtime interface emulator with the Go toolchain, once, into the cache, and prints the program's path. Where
# that cannot be done it says why on standard error and exits with 3. Pinned: AWS tags no versions of the module.
set -euo pipefail

readonly module=github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie
readonly version=v0.0.0-20261030222936-bef5c4ba774d
readonly go_wanted=1.21 # from here on Go fetches the toolchain that a module asks for
readonly timeout_s=${RIE_TIMEOUT_S:-240}
folder=${CLAMBDA_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/clambda}/rie/$version

absent() {
    printf '%s\n' "$1" >&2
    exit 3
}

if [ ! -x "$folder/aws-lambda-rie" ]; then
    command -v go >/dev/null || absent "Go is not installed"
    have=$(go env GOVERSION)
    [ "$(printf '%s\n' "${have#go}" $go_wanted | sort -V | head -n 1)" = $go_wanted ] || absent "needs Go $go_wanted, here is ${have#go}"
    mkdir -p "$folder"
    exec 9>"$folder/lock"
    flock 9
    if [ ! -x "$folder/aws-lambda-rie" ]; then
        work=$(mktemp -d "$folder/work.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        GOFLAGS='' GOBIN=$work timeout "$timeout_s" go install -trimpath "$module@$version" >"$folder/log" 2>&1 9>&- ||
            absent "did not build: $(tail -n 1 "$folder/log")"
        mv "$work/aws-lambda-rie" "$folder/"
    fi
fi
printf '%s\n' "$folder/aws-lambda-rie"
