#!/bin/bash
# make install, as a user has it: what docs/runtime.md prints is compiled, linked and run with what was installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
build=$(realpath "${CLAMBDA_BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/support/tap.sh
readonly warn='-Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function'

# The job server of a make above is not this one's.
make_there() {
    env -u MAKEFLAGS -u MFLAGS MAKELEVEL=1 make --no-print-directory BUILD="$build" DESTDIR="$work/root" PREFIX=/opt/x "$@"
}

pc() {
    PKG_CONFIG_PATH=$work/root/opt/x/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root pkg-config "$@"
}

# The C blocks of the page, in order: block-1.c ...
blocks() {
    awk -v dir="$work" '/^```c$/ { file = dir "/block-" ++n ".c"; next } /^```$/ { file = "" } file { print >file }' docs/runtime.md
}

every_block_compiles() {
    local block
    for block in "$work"/block-*.c; do
        # shellcheck disable=SC2046
        cc $warn $(pc --cflags clambda-plain) -fsyntax-only "$block" || return 1
    done
}

hello_is_short() {
    [ "$(wc -l <"$work/block-1.c")" -lt 15 ]
}

# hello_links MODULE OUT [FLAGS ...]
hello_links() {
    local module=$1 out=$2
    shift 2
    # shellcheck disable=SC2046
    cc -O2 "$work/block-1.c" -o "$work/$out" "$@" $(pc --cflags --libs "$module")
}

# Every member of the archive, used or not, finds what it calls in the archive, in libcurl and in glibc.
the_archive_is_whole() {
    local lib=$work/root/opt/x/lib
    # shellcheck disable=SC2046
    cc "$work/block-1.c" -o "$work/all" $(pc --cflags clambda-plain) -Wl,--whole-archive "$lib/libclambda.a" \
        -Wl,--no-whole-archive "$lib/clambda/libcurl-plain.a" -static-libgcc -pthread
}

# The page's unit test of a handler.
the_unit_test_passes() {
    local block
    block=$(grep -l lambda_sim_open "$work"/block-*.c) || return 1
    # shellcheck disable=SC2046
    cc "$block" -o "$work/unit" $(pc --cflags --libs clambda-plain) && "$work/unit"
}

every_header_stands_alone() {
    local header cflags
    cflags=$(pc --cflags clambda-plain)
    cd "$work/root/opt/x/include/clambda"
    for header in $(find . -name '*.h'); do
        # shellcheck disable=SC2086
        echo "#include \"$header\"" | cc -std=c17 $warn $cflags -fsyntax-only -xc - || return 1
        # shellcheck disable=SC2086
        echo "#include \"$header\"" | g++ -std=c++17 -Wall -Werror $cflags -fsyntax-only -xc++ - || return 1
    done
    cd "$root"
}

a_cxx_program_links() {
    cat >"$work/hello.cpp" <<'END'
#include <lambda.h>

static enum status hello(struct ctx *cx, const struct invocation *, struct reply *reply, void *)
{
    return reply_json(cx, reply, STR("{}"));
}

int main()
{
    lambda_options options = {};
    options.handler = hello;
    return lambda_run(&options);
}
END
    # shellcheck disable=SC2046
    g++ -std=c++20 "$work/hello.cpp" -o "$work/hello-cxx" $(pc --cflags --libs clambda-plain)
}

# A Runtime API for one event; a 500 to the second poll ends the program.
cat >"$work/api.py" <<'END'
import http.server
import os
import subprocess
import sys
import threading

class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    polls = 0
    posted = []

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        Api.polls += 1
        if Api.polls > 1:
            self.answer(500, b"{}")
        else:
            self.answer(200, b"{}", [("Lambda-Runtime-Aws-Request-Id", "r1")])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Api.posted.append((self.path, body))
        self.answer(202, b"{}")

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = "127.0.0.1:%d" % server.server_address[1]
subprocess.run([sys.argv[1]], env={**os.environ, "AWS_LAMBDA_RUNTIME_API": address}, timeout=20)
want = [("/2018-06-01/runtime/invocation/r1/response", b'{"hello":"world"}')]
if Api.posted != want:
    sys.exit("posted: %r" % (Api.posted,))
END

# A program that has functions of its own by names that the library's insides have too.
a_program_keeps_its_names() {
    local name
    cp "$work/block-1.c" "$work/names.c"
    for name in serve layers_call slot_open next_event post_error api_init conn_open stream_write; do
        echo "__attribute__((noreturn)) void $name(void); void $name(void) { __builtin_trap(); }" >>"$work/names.c"
    done
    # shellcheck disable=SC2046
    cc "$work/names.c" -o "$work/names" $(pc --cflags --libs clambda-plain) && python3 "$work/api.py" "$work/names"
}

leaves_nothing() {
    make_there uninstall && [ -z "$(find "$work/root" -type f)" ]
}

# A relative PREFIX, from another folder than the one it was given in.
a_relative_prefix_is_found_later() {
    make_there install DESTDIR="$work/far" PREFIX=here && cd "$work/far$root/here" &&
        grep -qxF "prefix=$root/here" lib/pkgconfig/clambda-plain.pc && cd "$root" &&
        make_there uninstall DESTDIR="$work/far" PREFIX=here && [ -z "$(find "$work/far" -type f)" ]
}

blocks
check "make install puts it under DESTDIR and PREFIX" make_there install
check "hello is short" hello_is_short
check "every C block of the page compiles" every_block_compiles
check "hello links with what was installed" hello_links clambda-plain hello -Wl,-z,now
check "hello needs nothing shared but glibc" infra/package/check.sh "$work/hello"
check "hello answers an event" python3 "$work/api.py" "$work/hello"
check "hello links with the system's libcurl" hello_links clambda hello-shared
check "and answers" python3 "$work/api.py" "$work/hello-shared"
check "the archive is whole and needs libcurl alone" the_archive_is_whole
check "the unit test of the page passes" the_unit_test_passes
check "a static libcurl's needs are told" pc --static --libs clambda
check "every header stands alone, in C and in C++" every_header_stands_alone
check "a C++ program links" a_cxx_program_links
check "a program may have names that the library uses inside" a_program_keeps_its_names
check "make uninstall leaves nothing" leaves_nothing
check "a relative PREFIX is found later" a_relative_prefix_is_found_later
echo "1..$count"
exit $failed
