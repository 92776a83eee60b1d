#!/bin/bash
# Refuses a bootstrap that would not start on Amazon Linux 2023, or that lost a hardening flag on the way.
#
#   infra/package/check.sh FILE ...      one line per good file (bytes, SHA-256, name); every fault of a bad one on stderr
#
# Amazon Linux 2023 has glibc 2.34, and the provided.al2023 image little else: any other shared library, or a symbol
# version above that, fails at the first cold start and not before.
set -euo pipefail
export LC_ALL=C

readonly glibc_max=2.34
faults=0

fault() {
    printf 'check: %s: %s\n' "$file" "$1" >&2
    faults=$((faults + 1))
}

check_libraries() {
    local library
    while read -r library; do
        case $library in
            libc.so.6 | libm.so.6 | ld-linux-x86-64.so.2 | ld-linux-aarch64.so.1) ;;
            *) fault "needs the shared library $library" ;;
        esac
    done < <(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
    ! grep -qE '\((RPATH|RUNPATH)\)' <<<"$dynamic" || fault "has an RPATH or RUNPATH: it would look for libraries outside the system's folders"
}

check_symbol_versions() {
    local version symbols
    while read -r version; do
        if [[ $version =~ ^GLIBC_[0-9]+(\.[0-9]+)+$ ]]; then
            [ "$(printf '%s\n%s\n' "${version#GLIBC_}" $glibc_max | sort -V | tail -n 1)" != $glibc_max ] || continue
        elif [[ $version != GLIBC_* ]]; then
            continue # another library's version: the library itself is refused
        fi
        symbols=$(readelf -W --dyn-syms "$file" | grep -oE '[^ ]+@+'"$version"'( |$)' | sed 's/@.*//' | sort -u | tr '\n' ' ' || true)
        fault "needs $version, Amazon Linux 2023 has GLIBC_$glibc_max: ${symbols:-required by the linker}"
    done < <(readelf -W -V "$file" 2>/dev/null | sed -n 's/.*Name: \([^ ]*\) .*Flags:.*/\1/p' | sort -u)
}

check_hardening() {
    grep -q 'Type: *DYN' <<<"$header" && grep -qE 'FLAGS_1.*PIE' <<<"$dynamic" || fault "is not position independent (-pie)"
    grep -q 'GNU_RELRO' <<<"$segments" || fault "has no read-only relocations (-z relro)"
    grep -qE 'FLAGS.*(BIND_NOW|NOW)' <<<"$dynamic" || fault "binds lazily (-z now)"
    grep 'GNU_STACK' <<<"$segments" | grep -q ' RW ' || fault "has an executable stack (-z noexecstack)"
    ! grep -q 'TEXTREL' <<<"$dynamic" || fault "writes to its own code at start (TEXTREL): something was not compiled with -fPIE"
    ! grep 'LOAD' <<<"$segments" | grep -q 'RWE' || fault "has a segment both writable and executable"
}

check_file() {
    local header dynamic segments before=$faults
    if ! header=$(readelf -W -h "$file" 2>/dev/null); then
        fault "is not an ELF file"
        return
    fi
    dynamic=$(readelf -W -d "$file")
    segments=$(readelf -W -l "$file")
    grep -qE 'Machine: *(Advanced Micro Devices X86-64|AArch64)' <<<"$header" || fault "is for no architecture that Lambda has"
    [ -x "$file" ] || fault "is not executable"
    check_libraries
    check_symbol_versions
    check_hardening
    if [ $faults -eq $before ]; then
        printf '%10d  %s  %s\n' "$(stat -c %s "$file")" "$(sha256sum <"$file" | cut -c1-64)" "$file"
    fi
}

[ $# -gt 0 ] || { echo "usage: check.sh FILE ..." >&2; exit 2; }
for file in "$@"; do
    check_file
done
[ $faults -eq 0 ]
