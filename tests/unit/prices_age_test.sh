#!/usr/bin/env bash
# The warning of old prices: at 90 days and at 91, of retired models, and in the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source tests/support/tap.sh

cat >"$work/models.json" <<'JSON'
{"provider": "a", "id": "one", "checked": "2026-08-30", "prices": [{"input": 1, "output": 1}]},
{"provider": "b", "id": "two/x", "checked": "2026-09-01", "prices": [{"input": 1, "output": 1}]},
{"provider": "b", "id": "gone", "retires": "2026-10-01", "checked": "2020-01-01", "prices": [{"input": 1, "output": 1}]},
{"provider": "b", "id": "unpriced"}
JSON

says() {
    infra/models/prices_age.sh "$work/models.json" "$1" 2>"$work/err" && [ "$(cat "$work/err")" = "$2" ]
}
warning="warning: $work/models.json:"
builds() {
    make -n --no-print-directory "$1" >"$work/make" 2>/dev/null || return 1
    grep -q 'infra/models/prices_age.sh shared/llm/models/models.json' "$work/make"
}
lines_are_models() {
    [ "$(grep -c '"prices":' shared/llm/models/models.json)" = "$(grep -c '"checked":.*"prices":' shared/llm/models/models.json)" ]
}

echo 1..7
check "90 days are not old" says 2026-11-28 ""
check "91 days are" says 2026-11-29 "$warning 1 price was last checked more than 90 days ago, the oldest, a/one, on 2026-08-30; see \"sources\" there"
check "the oldest is named" says 2027-01-01 "$warning 2 prices were last checked more than 90 days ago, the oldest, a/one, on 2026-08-30; see \"sources\" there"
check "a retired model counts up to its day" says 2026-09-30 "$warning 1 price was last checked more than 90 days ago, the oldest, b/gone, on 2020-01-01; see \"sources\" there"
check "make bootstraps warns" builds bootstraps
check "make lint warns" builds lint
check "each price of the table stands on the line of its day" lines_are_models
exit $failed
