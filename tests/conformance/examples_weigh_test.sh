#!/bin/bash
# An example links what it uses and no more: no TLS, nothing shared but glibc, and hello's zip is far below 1 MB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
examples=${CLAMBDA_BUILD:-build}/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/support/tap.sh

# Without symbols the next two would find nothing, whatever is linked.
has_symbols() {
    [ "$(nm "$1.debug" | grep -cE ' [Tt] (main|curl_easy_init)$')" -eq 2 ]
}

# OpenSSL names its functions so; our own sources have none that begin alike.
has_no_tls() {
    ! nm "$1.debug" | grep -E ' [TtRrDd] (SSL_|OPENSSL_|EVP_|CRYPTO_)'
}

# Nothing of the other parts of the tree: of the simulator, of PostgreSQL.
has_no_guests() {
    ! nm "$1.debug" | grep -E ' [Tt] (lambda_sim|PQ|pg_)'
}

zip_is_small() {
    infra/package/zip.sh "$1" "$work/zip" && [ "$(stat -c %s "$work/zip")" -lt 1000000 ]
}

sources=(runtime/examples/*/main.c)
echo "1..$((5 * ${#sources[@]}))"
for source in "${sources[@]}"; do
    name=$(basename "$(dirname "$source")")
    check "$name starts on Amazon Linux 2023" infra/package/check.sh "$examples/$name/bootstrap"
    check "$name has its symbols" has_symbols "$examples/$name/bootstrap"
    check "$name has no TLS" has_no_tls "$examples/$name/bootstrap"
    check "$name has nothing it does not use" has_no_guests "$examples/$name/bootstrap"
    check "$name is a zip below 1 MB" zip_is_small "$examples/$name/bootstrap"
done
exit $failed
