#include "tests/bench/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DECIMAL = 10, HEXADECIMAL = 16, SIZE_LINE_MAX = 32 };

/* The value of a header, or NULL; `head` ends with an empty line and NUL is not needed. */
static const char *header_find(const char *head, const char *end, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = head; line != NULL && line < end;) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL || (size_t)(end - ++line) <= len) {
            return NULL;
        }
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            const char *value = line + len + 1;
            return value + strspn(value, " ");
        }
    }
    return NULL;
}

/* Finds where a chunked body ends; `*body_len` is its length without the sizes. */
static enum request_state chunks_measure(const char *at, const char *end, size_t *body_len,
                                         const char **after)
{
    *body_len = 0;
    for (;;) {
        const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (line_end == NULL) {
            return end - at > SIZE_LINE_MAX ? REQUEST_BAD : REQUEST_PARTIAL;
        }
        size_t size = strtoul(at, NULL, HEXADECIMAL);
        const char *next = line_end + 2;
        if ((size_t)(end - next) < size + 2) {
            return REQUEST_PARTIAL;
        }
        at = next + size + 2;
        *body_len += size;
        if (size == 0) {
            *after = at; /* no trailers: nobody fails here */
            return REQUEST_WHOLE;
        }
    }
}

/* Moves the chunks together. They were measured: all sizes are right. */
static void chunks_join(char *body)
{
    char *to = body;
    const char *at = body;
    for (;;) {
        char *next = NULL;
        size_t size = strtoul(at, &next, HEXADECIMAL);
        if (size == 0) {
            return;
        }
        next += strcspn(next, "\n") + 1;
        memmove(to, next, size);
        to += size;
        at = next + size + 2;
    }
}

enum request_state request_read(struct inbox *in, struct request *out)
{
    char *end = in->bytes + in->len;
    char *empty_line = in->len == 0 ? NULL : memmem(in->bytes, in->len, "\r\n\r\n", 4);
    if (empty_line == NULL) {
        return REQUEST_PARTIAL;
    }
    char *body = empty_line + 4;
    *out = (struct request){.is_post = strncmp(in->bytes, "POST ", 5) == 0, .body = body};
    out->path = in->bytes + (out->is_post ? 5 : 4);
    out->path_len = strcspn(out->path, " \r");
    const char *length = header_find(in->bytes, body, "Content-Length");
    const char *coding = header_find(in->bytes, body, "Transfer-Encoding");
    const char *after = body;
    if (coding != NULL) {
        enum request_state state = chunks_measure(body, end, &out->body_len, &after);
        if (state != REQUEST_WHOLE) {
            return state;
        }
        chunks_join(body);
    } else {
        out->body_len = length == NULL ? 0 : strtoul(length, NULL, DECIMAL);
        after += out->body_len;
    }
    out->bytes = (size_t)(after - in->bytes);
    return after > end ? REQUEST_PARTIAL : REQUEST_WHOLE;
}

void request_drop(struct inbox *in, const struct request *request)
{
    in->len -= request->bytes;
    if (in->len > 0) {
        memmove(in->bytes, in->bytes + request->bytes, in->len);
    }
}
