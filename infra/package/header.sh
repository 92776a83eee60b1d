#!/bin/bash
# Prints a header as it is installed: the public ones lie in one folder, and C++ finds our functions by their C names.
#
#   infra/package/header.sh HEADER
#
# What C++ needs is put around the declarations here and not in the sources, which are C alone; a C array parameter
# that says `static` is an error there, and only a hint to the compiler here.
set -euo pipefail

sed 's|^#include "runtime/|#include "|; s|\[static |[|' "$1" | awk '
    { line[NR] = $0 }
    !begun && /^#include/ { seen = NR }
    !begun && seen && !/^#include/ && !/^$/ { begun = NR; }
    END {
        for (i = 1; i <= NR; i++) {
            if (i == begun) { print "#ifdef __cplusplus\nextern \"C\" {\n#endif\n" }
            print line[i]
        }
        if (begun) { print "\n#ifdef __cplusplus\n}\n#endif" }
    }'
