#!/bin/bash
# Builds the static libraries that the bootstraps link: OpenSSL, libcurl (with TLS, and plain), libpq and PCRE2, from
# Debian's source packages.
#
#   infra/deps/build.sh                 build what is missing (the second call does nothing)
#   infra/deps/build.sh --link PATH     the same, then make PATH a symbolic link to the result, touched only if it changes
#   infra/deps/build.sh --prefix        print the folder: include/ and lib/ are in it; fails if it has not been built
#
# The result lies in $CLAMBDA_CACHE/deps/<key>, outside the tree, so that checkouts share it. The key covers the source
# versions, the recipes (flags.sh, lib-*.sh), the compiler and the architecture; a change of any of them builds beside
# the old result. Source versions are looked up again when APT's lists change, so a security update of Debian arrives
# with the next `apt-get update`. A version whose files the mirror no longer (or not yet) has is passed over, with a note.
#
# Environment: CLAMBDA_CACHE, DEPS_CC (gcc), DEPS_JOBS (number of processors). Without HOME, as some runners start a
# job, the cache is in the home folder of the user database: bash's ~.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CLAMBDA_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/clambda}/deps
lists_dir=${CLAMBDA_APT_LISTS:-/var/lib/apt/lists}
cc=${DEPS_CC:-gcc}

# Library and Debian source package, in build order: libcurl and libpq link OpenSSL.
libraries=(openssl:openssl curl:curl curl-plain:curl libpq:postgresql-15 pcre2:pcre2)

# A make that calls this script must not lend it flags or a job server.
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS LIBS

die() {
    printf 'deps: %s\n' "$1" >&2
    exit 1
}

# Changes whenever APT's lists of source packages do; empty if there are none.
lists_stamp() {
    local files
    files=("$lists_dir"/*_source_Sources*)
    [ -e "${files[0]}" ] || return 0
    stat -c '%n %s %Y' "${files[@]}" | sha256sum | cut -c1-32
}

# The versions found last time, "package version" lines under the stamp they were found with.
recorded_stamp() {
    [ -e "$cache/versions" ] && head -n 1 "$cache/versions"
}

recorded_versions() {
    [ -e "$cache/versions" ] && tail -n +2 "$cache/versions"
}

# Prints the folder for the recorded versions.
prefix_path() {
    local versions key
    versions=$(recorded_versions) || return 1
    key=$({
        printf '%s\n' "$versions"
        uname -m
        "$cc" -dumpfullversion -dumpmachine 2>/dev/null || die "no compiler \"$cc\": run infra/setup/install.sh"
        cat "$here"/flags.sh "$here"/lib-*.sh
    } | sha256sum | cut -c1-16) || return 1
    printf '%s/%s\n' "$cache" "$key"
}

# Prints the versions of a source package that APT knows, newest first.
versions_of() {
    local sorted=() v i
    while read -r v; do
        for ((i = 0; i < ${#sorted[@]}; i++)); do
            if dpkg --compare-versions "$v" gt "${sorted[i]}"; then
                break
            fi
        done
        sorted=("${sorted[@]:0:i}" "$v" "${sorted[@]:i}")
    done < <(apt-cache showsrc --only-source "$1" 2>/dev/null | awk '$1 == "Version:" && !seen[$2]++ { print $2 }')
    [ ${#sorted[@]} -gt 0 ] && printf '%s\n' "${sorted[@]}"
}

# Downloads the newest version of a source package that the mirror serves; prints "package version".
# APT checks every file against the signed lists.
fetch() {
    local package=$1 version newest='' log=$cache/logs/fetch-$1.log sandbox=()
    # As root, APT would hand the download to user _apt, who cannot write here.
    [ "$(id -u)" -ne 0 ] || sandbox=(-o APT::Sandbox::User=root)
    : >"$log"
    for version in $(versions_of "$package"); do
        newest=${newest:-$version}
        if (cd "$cache/sources" && apt-get "${sandbox[@]}" -qq source --download-only --only-source "$package=$version") >>"$log" 2>&1; then
            [ "$version" = "$newest" ] ||
                printf 'deps: note: %s %s cannot be fetched, using %s\n' "$package" "$newest" "$version" >&2
            printf '%s %s\n' "$package" "$version"
            return 0
        fi
    done
    [ -n "$newest" ] || die "APT knows no source package $package: run infra/setup/install.sh"
    die "no version of source package $package can be fetched: see $log"
}

# The source packages, each once.
packages() {
    printf '%s\n' "${libraries[@]#*:}" | awk '!seen[$0]++'
}

# Looks the versions up again if APT's lists changed. Without lists (a slim image), what was found last time stands;
# without the network too, so that an old cache keeps working off line.
resolve() {
    local stamp package versions
    stamp=$(lists_stamp)
    if [ -e "$cache/versions" ] && { [ -z "$stamp" ] || [ "$stamp" = "$(recorded_stamp)" ]; }; then
        return 0
    fi
    mkdir -p "$cache/sources" "$cache/logs"
    if versions=$(for package in $(packages); do fetch "$package" || exit 1; done); then
        printf '%s\n%s\n' "$stamp" "$versions" >"$cache/versions.new"
        mv "$cache/versions.new" "$cache/versions"
    elif [ -e "$cache/versions" ]; then
        echo "deps: note: keeping the versions found before" >&2
    else
        exit 1
    fi
}

# Unpacks one source package and runs its recipe, which installs into $stage; all output goes to a log.
build_library() {
    local library=$1 package=$2 version=$3 started=$SECONDS log=$cache/logs/$1.log
    printf 'deps: %-10s %-22s ' "$library" "$version"
    if ! (
        set -e
        cd "$work"
        dpkg-source --no-check -x "$cache/sources/${package}_${version#*:}.dsc" "$library"
        cd "$library"
        bash -euo pipefail -c '. "$0"; . "$1"' "$here/flags.sh" "$here/lib-$library.sh"
    ) >"$log" 2>&1; then
        echo failed
        tail -n 15 "$log" >&2
        die "building $library failed; the whole log is $log"
    fi
    rm -rf "${work:?}/$library"
    printf '%3d s\n' $((SECONDS - started))
}

build_all() {
    local prefix=$1 entry version
    work=$(mktemp -d "$cache/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    export stage=$work/stage cc
    export jobs=${DEPS_JOBS:-$(nproc)}
    mkdir -p "$stage/usr/include" "$stage/usr/lib"
    for entry in "${libraries[@]}"; do
        version=$(recorded_versions | awk -v p="${entry#*:}" '$1 == p { print $2 }')
        build_library "${entry%:*}" "${entry#*:}" "$version"
    done
    recorded_versions >"$stage/usr/VERSIONS"
    rm -rf "${stage:?}"/usr/bin "${stage:?}"/usr/share "${stage:?}"/usr/lib/pkgconfig "${stage:?}"/usr/lib/*.la
    mv "$stage/usr" "$prefix"
    rm -rf "$work"
    trap - EXIT
}

# Prints nothing if the result is there; else builds it, one process at a time.
ensure() {
    local stamp prefix
    stamp=$(lists_stamp)
    if [ -z "$stamp" ] || [ "$stamp" = "$(recorded_stamp)" ]; then
        if prefix=$(prefix_path 2>/dev/null) && [ -d "$prefix" ]; then
            return 0
        fi
    fi
    mkdir -p "$cache/logs"
    exec 9>"$cache/lock"
    flock 9
    resolve
    prefix=$(prefix_path) || exit 1
    if [ ! -d "$prefix" ]; then
        # Left by a build that was killed; nobody else builds while we hold the lock.
        rm -rf "$cache"/work.*
        build_all "$prefix"
    fi
    exec 9>&-
}

case ${1:-} in
    "")
        ensure
        ;;
    --link)
        [ $# -eq 2 ] || die "usage: build.sh --link PATH"
        ensure
        prefix=$(prefix_path)
        if [ "$(readlink "$2" || true)" != "$prefix" ]; then
            # A tree copied by a tool that follows links has a folder there, and ln would link inside it.
            [ -L "$2" ] || [ ! -d "$2" ] || rm -rf "$2"
            ln -sfn "$prefix" "$2"
        fi
        ;;
    --prefix)
        prefix=$(prefix_path) && [ -d "$prefix" ] || die "not built yet: run infra/deps/build.sh"
        printf '%s\n' "$prefix"
        ;;
    *)
        die "unknown option \"$1\"; see the head of build.sh"
        ;;
esac
