#!/bin/bash
# Feeds check.sh one good program and one for each fault it must see. A check that passes everything fails here.
# Speaks TAP.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tests=0
failed=0

# result NAME WORDS: WORDS say what is wrong; none if it is right.
result() {
    tests=$((tests + 1))
    if [ -z "$2" ]; then
        printf 'ok %d - check %s\n' $tests "$1"
    else
        printf 'not ok %d - check %s\n# %s\n' $tests "$1" "${2//$'\n'/$'\n# '}"
        failed=$((failed + 1))
    fi
}

readonly good=(-O2 -fPIE -pie -Wl,-z,relro,-z,now,-z,noexecstack)

program() {
    cat >"$dir/t.c"
}

build() {
    gcc "$dir/t.c" -o "$dir/$1" "${@:2}" 2>"$dir/gcc.log" || {
        cat "$dir/gcc.log" >&2
        echo "check_test: cannot build the program for \"$1\"" >&2
        exit 1
    }
}

# refuses NAME WORDS: check.sh must fail on the file, and say the words.
refuses() {
    local out wrong=
    if out=$("$here/check.sh" "$dir/$1" 2>&1); then
        wrong="was accepted"
    elif [[ $out != *"$2"* ]]; then
        wrong="want \"$2\", got: $out"
    fi
    result "refuses $1" "$wrong"
}

program <<'C'
#include <math.h>
#include <stdio.h>
int main(int argc, char **argv) { (void)argv; return printf("%f\n", pow(argc, 2.5)) < 0; }
C
build good "${good[@]}" -lm
wrong=
"$here/check.sh" "$dir/good" >"$dir/out" 2>&1 && grep -q "$(sha256sum <"$dir/good" | cut -c1-64)" "$dir/out" ||
    wrong="was refused, or no hash printed: $(cat "$dir/out")"
result "accepts good" "$wrong"
build not_pie -O2 -no-pie -Wl,-z,relro,-z,now,-z,noexecstack -lm
refuses not_pie "position independent"
build no_relro -O2 -fPIE -pie -Wl,-z,norelro,-z,now,-z,noexecstack -lm
refuses no_relro "read-only relocations"
build lazy -O2 -fPIE -pie -Wl,-z,relro,-z,lazy,-z,noexecstack -lm
refuses lazy "binds lazily"
build execstack -O2 -fPIE -pie -Wl,-z,relro,-z,now,-z,execstack -lm
refuses execstack "executable stack"
build rpath "${good[@]}" -Wl,-rpath,/opt/lib -lm
refuses rpath "RPATH"
build library "${good[@]}" -Wl,--no-as-needed -lm -lcurl
refuses library "libcurl"
cp "$dir/good" "$dir/not_executable"
chmod 644 "$dir/not_executable"
refuses not_executable "is not executable"
echo 'echo hello' >"$dir/script"
chmod 755 "$dir/script"
refuses script "not an ELF file"

# arc4random came with glibc 2.36. On an older glibc this cannot be built; the failure would then show above.
program <<'C'
#include <stdlib.h>
int main(void) { return arc4random() == 7; }
C
build newer_glibc "${good[@]}"
refuses newer_glibc "arc4random"

program <<'C'
static int f(void) { return 3; }
int (*const table[])(void) = {f};
__attribute__((section(".text"))) int (*pointer)(void) = f;
int main(void) { return pointer() + table[0](); }
C
build textrel "${good[@]}" -Wl,-z,notext -Wa,--noexecstack
refuses textrel "writes to its own code"

printf '1..%d\n' $tests
[ $failed -eq 0 ]
