#!/bin/bash
# Each test, and fuzzer, that docs/PROMISES.md names is there: a promise whose proof was renamed or dropped shows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

known=$({ grep -rhoE 'cmocka_unit_test[a-z_]*\([a-z0-9_]+' tests --include='*_test.c' | sed 's/.*(//'
    find tests infra \( -name '*_test.*' -o -name '*_fuzz.c' \) -exec basename {} \; | sed 's/\..*//'; } | sort -u)
named=$(grep -oE '\b[a-z0-9]+(_[a-z0-9]+){2,}\b' docs/PROMISES.md | sort -u)
missing=$(comm -23 <(printf '%s\n' "$named") <(printf '%s\n' "$known"))

echo "1..2"
if [ "$(printf '%s\n' "$named" | wc -l)" -ge 30 ]; then echo "ok 1 - the page names tests"; else echo "not ok 1 - the page names tests"; fi
if [ -z "$missing" ]; then
    echo "ok 2 - every test it names exists"
else
    echo "not ok 2 - every test it names exists"
    printf '# missing: %s\n' $missing
    exit 1
fi
