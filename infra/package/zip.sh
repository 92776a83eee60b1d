#!/bin/bash
# Packs one bootstrap for Lambda: a zip whose bytes depend on the bootstrap's bytes alone.
#
#   infra/package/zip.sh BOOTSTRAP OUT.zip
#
# Same time (1980-01-01, the earliest a zip can say), same mode, no owner, no extra fields. So equal code has an equal
# hash, and a deployment that changes nothing is seen to change nothing. Packed twice, compared, before it counts.
set -euo pipefail

die() {
    printf 'zip.sh: %s\n' "$1" >&2
    exit 1
}

# Packs file $1 as "bootstrap" into $2, from a fresh folder.
pack() {
    local dir
    dir=$(mktemp -d "$work/pack.XXXXXX")
    cp "$1" "$dir/bootstrap"
    chmod 755 "$dir/bootstrap"
    (
        export TZ=UTC
        cd "$dir"
        touch -d '1980-01-01 00:00:00' bootstrap
        zip -q -X -9 out.zip bootstrap
    )
    mv "$dir/out.zip" "$2"
}

[ $# -eq 2 ] || die "usage: zip.sh BOOTSTRAP OUT.zip"
command -v zip >/dev/null || die "zip is missing: run infra/setup/install.sh"
mkdir -p "$(dirname "$2")"
work=$(mktemp -d "$(dirname "$2")/.zip.XXXXXX")
trap 'rm -rf "$work"' EXIT
pack "$1" "$work/first.zip"
(
    umask 077
    pack "$1" "$work/second.zip"
)
cmp "$work/first.zip" "$work/second.zip" || die "packing $1 twice gave two different files"
mv "$work/first.zip" "$2"
