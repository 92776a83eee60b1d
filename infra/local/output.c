#include "infra/local/output.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool can_retry(void)
{
    struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};
    return errno == EINTR || (errno == EAGAIN && poll(&wait, 1, 1000) == 1);
}

void output_flush(struct output *out)
{
    size_t done = 0;
    while (done < out->len) {
        ssize_t n = write(STDERR_FILENO, out->bytes + done, out->len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (!can_retry()) {
            break; /* nobody reads: lines are lost, requests are not */
        }
    }
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
    put(out, STR("["));
    put(out, name);
    put(out, STR("] "));
    put(out, line);
    put(out, STR("\n"));
}

void output_say(struct output *out, struct str name, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    size_t size = len < 0 ? 0 : (size_t)len;
    put_line(out, name,
             (struct str){.ptr = line, .len = size < sizeof(line) ? size : sizeof(line) - 1});
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
