# One line of TAP for each check of a shell test that sources this. It needs a folder of its own in $work; the test says
# how many checks there are, and exits with $failed.
failed=0
count=0

# check NAME COMMAND ...: what the command said is shown if it fails, and the files $work/out and $work/err with it.
check() {
    local name=$1 part
    shift
    count=$((count + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $count - $name"
        return
    fi
    echo "not ok $count - $name"
    sed 's/^/# /' "$work/said"
    for part in out err; do
        [ ! -e "$work/$part" ] || sed "s/^/# $part: /" "$work/$part"
    done
    failed=1
}
