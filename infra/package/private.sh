#!/bin/bash
# Prints, for objcopy --redefine-syms, another name for each global of an archive that no header declares: a program may
# have a `serve` of its own, and an archive has no other way to keep one to itself.
#
#   infra/package/private.sh ARCHIVE HEADER ...
set -euo pipefail

archive=$1
shift

# Without comments, which speak of functions too; what is no function's name among these does no harm.
declared() {
    cat "$@" | gcc -fpreprocessed -dD -E -P -w -x c - | grep -oE '\b[a-z]\w*\(' | tr -d '(' | LC_ALL=C sort -u
}

# Names that begin with an underscore are glibc's.
defined() {
    nm -g --defined-only "$archive" | awk 'NF == 3 && $3 !~ /^_/ { print $3 }' | LC_ALL=C sort -u
}

LC_ALL=C comm -13 <(declared "$@") <(defined) | sed 's/.*/& clambda_&/'
