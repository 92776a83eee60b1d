#!/bin/bash
# Feeds forbidden.sh lines that it must refuse and lines that it must let pass. Speaks TAP.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/shared/pg" "$dir/shared/base" "$dir/tests/unit"
tests=0
failed=0

# expect WANT PATH LINE: WANT is "refused" or "passes".
expect() {
    local got=passes
    printf '%s\n' "$3" >"$dir/$2"
    (cd "$dir" && "$here/forbidden.sh" "$2") 2>"$dir/out" || got=refused
    tests=$((tests + 1))
    if [ $got != "$1" ]; then
        printf 'not '
        failed=$((failed + 1))
    fi
    printf 'ok %d - forbidden %s %s: %s\n' $tests "$1" "$2" "${3//$'\n'/ }"
}

expect refused shared/pg/a.c 'strcpy(a, b);'
expect refused shared/pg/a.c 'int x = atoi (text);'
expect refused shared/pg/a.c 'if (ok) { sprintf(a, "%d", 1); }'
expect refused shared/pg/a.c 'char *p = malloc(4);'
expect refused shared/pg/a.c 'f("a\"b"); free(p);'
expect refused shared/pg/a.c '/* a comment */ strcat(a, b);'
expect refused shared/base/a.c 'gets(a);'
expect refused tests/unit/a.c 'strtok(a, b);'
expect passes shared/base/a.c 'char *p = malloc(4);'
expect passes tests/unit/a.c 'free(p);'
expect passes shared/pg/a.c 'snprintf(a, sizeof(a), "%d", 1);'
expect passes shared/pg/a.c 'json_free(p); my_atoi(q);'
expect passes shared/pg/a.c 'ops->free(p); ops.malloc(4);'
expect passes shared/pg/a.c '/* never strcpy(a, b) */ f("gets(a)"); // atoi(x)'
expect passes shared/pg/a.c $'/* one\n strcpy(a, b)\n*/ f();'
expect passes shared/pg/a.c 'free(p); /* NOLINT(forbidden-call): libyaml gave it */'

printf '1..%d\n' $tests
[ $failed -eq 0 ]
