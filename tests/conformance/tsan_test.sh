#!/usr/bin/env bash
# The concurrent scenarios once more, with a probe that ThreadSanitizer watches: its words would be in the probe's log,
# where each test looks for them.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${CLAMBDA_BUILD:-build}
export CLAMBDA_PROBE=$build/tsan/tests/conformance/probe

# A probe without the sanitizer would prove nothing.
if ! grep -q __tsan_init "$CLAMBDA_PROBE"; then
    printf '1..1\nnot ok 1 - the probe is built with ThreadSanitizer\n'
    exit 1
fi
exec "$build/test/tests/conformance/concurrency_test"
