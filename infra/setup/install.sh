#!/bin/bash
# Installs the Debian packages of apt-packages.txt that are missing, and makes sure source packages can be fetched.
#
#   infra/setup/install.sh [group ...]      groups of apt-packages.txt; all but `load` when none is named
#
# Run again it changes nothing and takes a fraction of a second. Needs root only when something is missing (sudo is used
# if the caller is not root). Servers that come with a package are installed but not started: this project starts its
# own, in private folders and on private ports.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=${CLAMBDA_APT_LIST:-$here/apt-packages.txt}
apt_dir=${CLAMBDA_APT_DIR:-/etc/apt}
lists_dir=${CLAMBDA_APT_LISTS:-/var/lib/apt/lists}
our_sources=$apt_dir/sources.list.d/clambda-src.sources

die() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "root is needed to run: $*"
    fi
}

# Prints the packages of the named groups, one a line, as "package" or "package|command".
wanted() {
    awk -v groups=" $* " '
        { sub(/#.*/, ""); gsub(/[ \t]/, "") }
        /^\[.*\]$/ { group = substr($0, 2, length($0) - 2); known[group] = 1; next }
        $0 != "" && index(groups, " " group " ") { print }
        END {
            n = split(groups, g, " ")
            for (i = 1; i <= n; i++) if (!(g[i] in known)) { print "install.sh: no group \"" g[i] "\"" > "/dev/stderr"; exit 1 }
        }' "$list"
}

# Prints those of the packages on stdin that are not installed.
missing() {
    local entry packages=()
    while read -r entry; do
        case $entry in
            *"|"*) command -v "${entry#*|}" >/dev/null || packages+=("${entry%|*}") ;;
            *) packages+=("$entry") ;;
        esac
    done
    [ ${#packages[@]} -gt 0 ] || return 0
    { dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true; } |
        awk -v all="${packages[*]}" '
            $2 == "installed" { have[$1] = 1 }
            END { n = split(all, p, " "); for (i = 1; i <= n; i++) if (!(p[i] in have)) print p[i] }'
}

# Is there an index of source packages? (The index itself, not the line that asks for it: images come with neither.)
has_source_index() {
    compgen -G "$lists_dir/*_source_Sources*" >/dev/null
}

# Does any source of APT's ask for source packages? (No pipe from cat: under pipefail it fails when grep -q is done first.)
asks_for_sources() {
    grep -qsE '^[[:space:]]*deb-src[[:space:]]' "$apt_dir/sources.list" "$apt_dir"/sources.list.d/*.list ||
        grep -qsE '^Types:.*deb-src' "$apt_dir"/sources.list.d/*.sources
}

# Prints a deb-src twin of every binary source of Debian's `main`, so that a mirror in use stays in use.
source_twins() {
    local f
    for f in "$apt_dir"/sources.list.d/*.sources; do
        [ -e "$f" ] && [ "$f" != "$our_sources" ] || continue
        # deb822: one stanza per source, empty line between; comments may stand anywhere in it.
        awk 'BEGIN { RS = ""; FS = "\n" }
            /(^|\n)Components:[^\n]*main/ && /(^|\n)Suites:[^\n]*bookworm/ && !/(^|\n)Enabled:[ \t]*no/ {
                for (i = 1; i <= NF; i++) {
                    if ($i ~ /^#/) continue
                    if ($i ~ /^Types:/) $i = "Types: deb-src"
                    if ($i ~ /^Architectures:/) continue
                    print $i
                }
                print ""
            }' "$f"
    done
    for f in "$apt_dir/sources.list" "$apt_dir"/sources.list.d/*.list; do
        [ -e "$f" ] || continue
        awk '$1 == "deb" && / bookworm/ && / main/ {
                options = ""; i = 2
                if ($2 ~ /^\[/) { while ($i !~ /\]$/) i++; for (j = 2; j <= i; j++) options = options " " $j; i++ }
                print "Types: deb-src\nURIs: " $i "\nSuites: " $(i + 1) "\nComponents: main"
                if (match(options, /signed-by=[^] ]+/)) print "Signed-By: " substr(options, RSTART + 10, RLENGTH - 10)
                print ""
            }' "$f"
    done
}

add_sources() {
    local twins
    twins=$(source_twins)
    [ -n "$twins" ] || die "no source of Debian 12 (bookworm) packages under $apt_dir; add one, then run this again"
    printf '# Source packages for the static libraries of clambda (infra/deps). Written by infra/setup/install.sh.\n%s\n' \
        "$twins" | as_root tee "$our_sources" >/dev/null
    echo "install.sh: added $our_sources (source packages)"
}

# Installs without starting servers: policy-rc.d's 101 means "not allowed" to the packages' scripts. A policy that the
# machine has of its own is left alone.
install_packages() {
    local policy=/usr/sbin/policy-rc.d ours=no status=0
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        ours=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 -qq "$@" || status=$?
    if [ $ours = yes ]; then
        as_root rm -f $policy
    fi
    return $status
}

# What the policy held back would still start at the next boot.
disable_servers() {
    [ -d /run/systemd/system ] || return 0
    local package
    for package in "$@"; do
        case $package in
            nginx-light) as_root systemctl disable -q nginx || true ;;
            pgbouncer) as_root systemctl disable -q pgbouncer || true ;;
            postgresql-15) as_root systemctl disable -q postgresql || true ;;
        esac
    done
}

main() {
    [ $# -gt 0 ] || set -- run test lint
    command -v apt-get >/dev/null || die "needs apt-get: this project builds on Debian 12"
    local names packages=()
    names=$(wanted "$@")
    mapfile -t packages < <(missing <<<"$names")

    local update=no
    if ! asks_for_sources; then
        add_sources
        update=yes
    elif ! has_source_index; then
        update=yes
    fi
    [ ${#packages[@]} -eq 0 ] || update=yes
    if [ $update = yes ]; then
        echo "install.sh: apt-get update"
        as_root apt-get update -qq || die "apt-get update failed; see above"
    fi
    if [ ${#packages[@]} -gt 0 ]; then
        echo "install.sh: installing ${packages[*]}"
        install_packages "${packages[@]}" || die "apt-get install failed; see above"
        disable_servers "${packages[@]}"
    fi
}

main "$@"
