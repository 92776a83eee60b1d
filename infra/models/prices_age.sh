#!/usr/bin/env bash
# Warns of prices that nobody has compared with their source for 90 days: list prices change.
#
#   prices_age.sh FILE [TODAY]      FILE is models.json, a model a line; TODAY is YYYY-MM-DD
#
# A retired model's price counts no more. It is a warning, never a failure: an old price is no reason not to build.
# To refresh: compare with the pages under "sources" in FILE, change what changed, set "checked" to the day.
set -euo pipefail
file=$1
today=${2:-$(date -u +%F)}
oldest_good=$(date -u -d "$today -90 days" +%F)

awk -v today="$today" -v good="$oldest_good" -v file="$file" '
function member(name,    text) {
    if (!match($0, "\"" name "\": *\"[^\"]*\"")) return ""
    text = substr($0, RSTART, RLENGTH)
    sub("^\"" name "\": *\"", "", text)
    sub("\"$", "", text)
    return text
}
/"prices":/ {
    checked = member("checked")
    retires = member("retires")
    if (checked >= good || (retires != "" && retires <= today)) next
    old++
    if (oldest == "" || checked < oldest) { oldest = checked; which = member("provider") "/" member("id") }
}
END {
    if (old > 0)
        printf "warning: %s: %d price%s last checked more than 90 days ago, the oldest, %s, on %s; see \"sources\" there\n",
            file, old, old == 1 ? " was" : "s were", which, oldest
}' "$file" >&2
