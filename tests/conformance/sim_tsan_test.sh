#!/usr/bin/env bash
# The simulator's tests once more under ThreadSanitizer: the loop, its slots, the deadline guard and the test in one process.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=${CLAMBDA_BUILD:-build}/tsan/tests/unit/sim_test
suppressions=$(mktemp)
trap 'rm -f "$suppressions"' EXIT

# Its library does not know pthread_mutex_clocklock, and takes the unlock after it for one without a lock.
echo 'mutex:stream_unlock' >"$suppressions"
if ! grep -q __tsan_init "$program"; then
    printf '1..1\nnot ok 1 - the program is built with ThreadSanitizer\n'
    exit 1
fi
TSAN_OPTIONS="suppressions=$suppressions exitcode=66 print_suppressions=0" "$program"
