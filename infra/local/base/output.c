#include "infra/local/base/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { PATIENCE_MS = 100 };

static bool has_room(int timeout_ms)
{
    struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&wait, 1, timeout_ms) == 1 && (wait.revents & POLLOUT) != 0;
}

/* How much of it went out. With room in a pipe, PIPE_BUF bytes never wait (pipe(7)). */
static size_t write_out(struct str bytes, int timeout_ms)
{
    size_t done = 0;
    while (done < bytes.len && has_room(timeout_ms)) {
        struct str part = str_slice(bytes, done, done + PIPE_BUF);
        ssize_t n = write(STDERR_FILENO, part.ptr, part.len);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return done;
}

static void tell_lost(struct output *out)
{
    char note[128];
    int len = snprintf(note, sizeof(note),
                       "\n[clambda-local] %zu bytes of log were not read in time and are lost\n",
                       out->lost);
    if (write_out((struct str){.ptr = note, .len = (size_t)len}, 0) > 0) {
        out->lost = 0;
    }
}

void output_flush(struct output *out)
{
    if (out->lost > 0) {
        tell_lost(out);
    }
    /* Once for a slow reader; one that has stopped must not slow each turn of the loop down. */
    int timeout_ms = out->lost > 0 ? 0 : PATIENCE_MS;
    out->lost += out->len - write_out((struct str){.ptr = out->bytes, .len = out->len}, timeout_ms);
    out->len = 0;
}

static void put(struct output *out, struct str bytes)
{
    while (bytes.len > 0) {
        if (out->len == OUTPUT_BYTES) {
            output_flush(out);
        }
        struct str part = str_slice(bytes, 0, OUTPUT_BYTES - out->len);
        memcpy(out->bytes + out->len, part.ptr, part.len);
        out->len += part.len;
        bytes = str_slice(bytes, part.len, bytes.len);
    }
}

static void put_line(struct output *out, struct str name, struct str line)
{
    if (out->tap != NULL) {
        out->tap(out->tap_owner, name, line);
    }
    put(out, STR("["));
    put(out, name);
    put(out, STR("] "));
    put(out, line);
    put(out, STR("\n"));
}

/* What we say may quote a function's answer, or a client: it must not pass for a line of its own.
 */
static void hide_controls(char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_control = ((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f;
        if (is_control) {
            line[i] = ' ';
        }
    }
}

void output_say(struct output *out, struct str name, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    size_t size = len < 0 ? 0 : (size_t)len;
    size = size < sizeof(line) ? size : sizeof(line) - 1;
    hide_controls(line, size);
    put_line(out, name, (struct str){.ptr = line, .len = size});
}

void output_feed(struct output *out, struct str name, struct output_line *line, struct str bytes)
{
    while (bytes.len > 0) {
        size_t end = str_find_char(bytes, '\n');
        struct str part = str_slice(bytes, 0, end);
        part = str_slice(part, 0, OUTPUT_LINE_BYTES - line->len);
        memcpy(line->bytes + line->len, part.ptr, part.len);
        line->len += part.len;
        bytes = str_slice(bytes, part.len, bytes.len);
        bool whole = bytes.len > 0 && bytes.ptr[0] == '\n';
        if (whole) {
            bytes = str_slice(bytes, 1, bytes.len);
        }
        if (whole || line->len == OUTPUT_LINE_BYTES) {
            put_line(out, name, (struct str){.ptr = line->bytes, .len = line->len});
            line->len = 0;
        }
    }
}

void output_end(struct output *out, struct str name, struct output_line *line)
{
    if (line->len > 0) {
        put_line(out, name, (struct str){.ptr = line->bytes, .len = line->len});
        line->len = 0;
    }
}
