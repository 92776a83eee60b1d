#!/bin/bash
# Refuses calls for which this code has something better: functions that trust a length nobody gave, conversions that
# cannot fail, and the heap outside shared/base (memory comes from an arena; see the style guide).
#
#   infra/setup/forbidden.sh FILE ...      file:line: words, for each; fails if there is one
#
# Strings and comments do not count. A line that must is excused by NOLINT(forbidden-call) and its reason.
set -euo pipefail

exec awk '
    function complain(call, why) {
        printf "%s:%d: %s: %s\n", FILENAME, FNR, call, why > "/dev/stderr"
        faults++
    }

    # The line without comments, strings and character constants. `open` says that a comment goes on.
    function code_of(line,    out, c, two, quote) {
        out = ""
        while (line != "") {
            two = substr(line, 1, 2)
            c = substr(line, 1, 1)
            if (open) {
                if (two == "*/") { open = 0; line = substr(line, 3) } else { line = substr(line, 2) }
            } else if (two == "/*") {
                open = 1
                line = substr(line, 3)
            } else if (two == "//") {
                return out
            } else if (c == "\"" || c == "\x27") {
                quote = c
                line = substr(line, 2)
                while (line != "" && substr(line, 1, 1) != quote) line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
                line = substr(line, 2)
                out = out " "
            } else {
                out = out c
                line = substr(line, 2)
            }
        }
        return out
    }

    BEGIN {
        n = split("strcpy strcat sprintf vsprintf gets", names, " ")
        for (i = 1; i <= n; i++) reason[names[i]] = "knows no limit; use struct buf"
        n = split("atoi atol atoll atof", names, " ")
        for (i = 1; i <= n; i++) reason[names[i]] = "cannot say that it failed; use the readers of shared/base"
        reason["strtok"] = "keeps state between calls; use struct str"
        n = split("malloc calloc realloc reallocarray free strdup strndup", names, " ")
        for (i = 1; i <= n; i++) heap[names[i]] = "heap outside shared/base; use the arena"
    }
    FNR == 1 {
        open = 0
        # Tests want exact blocks, so that a sanitizer sees the first byte too far.
        may_use_heap = FILENAME ~ /(^|\/)(shared\/base|tests)\//
    }
    {
        line = code_of($0)
        if ($0 ~ /NOLINT\(forbidden-call\)/) next
        while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
            before = RSTART > 1 ? substr(line, RSTART - 1, 1) : ""
            call = substr(line, RSTART, RLENGTH)
            sub(/[ \t]*\($/, "", call)
            line = substr(line, RSTART + RLENGTH)
            if (before == "." || before == ">") continue # a member: not the library
            if (call in reason) complain(call, reason[call])
            if (call in heap && !may_use_heap) complain(call, heap[call])
        }
    }
    END { exit faults > 0 }' "$@"
