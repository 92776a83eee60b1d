#!/bin/bash
# Installs requirements.txt, or the file that is named, into a virtual environment under the cache, once per content, and
# prints its folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=${1:-$here/requirements.txt}
cache=${CLAMBDA_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/clambda}/venv

die() {
    printf 'venv.sh: %s\n' "$1" >&2
    exit 1
}

command -v python3 >/dev/null || die "python3 is missing: run infra/setup/install.sh lint"
key=$({
    cat "$requirements"
    python3 --version
} | sha256sum | cut -c1-16)
venv=$cache/$key

# A virtual environment cannot be moved, so it is made in place and counts once this file is there.
if [ ! -e "$venv/.complete" ]; then
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    if [ ! -e "$venv/.complete" ]; then
        echo "venv.sh: installing $(grep -v '^#' "$requirements" | tr '\n' ' ')" >&2
        rm -rf "$venv"
        python3 -m venv "$venv" >&2 || die "python3 -m venv failed: run infra/setup/install.sh lint"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2 || die "pip install failed; see above"
        touch "$venv/.complete"
    fi
fi
printf '%s\n' "$venv"
