#include "infra/local/lambda/wire.h"

#include "shared/base/field.h"

enum chunk_state {
    CHUNK_SIZE_FIRST,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    TRAILER_FIRST,
    TRAILER,
    TRAILER_LF,
    TRAILER_END_LF
};

enum { MAX_CHUNK_LINE = 256, MAX_TRAILER = 64 * 1024 };

static const char *read_request_line(struct str line, struct wire_head *head)
{
    struct str version = {0};
    if (!str_split_next(&line, ' ', &head->method) || !str_split_next(&line, ' ', &head->target) ||
        !str_split_next(&line, ' ', &version) || line.ptr != NULL) {
        return "the request line is not METHOD TARGET VERSION";
    }
    if (!field_is_token(head->method) || head->target.len == 0 || head->target.ptr[0] != '/' ||
        !field_is_value(head->target)) {
        return "the request line has an impossible method or target";
    }
    return str_eq(version, STR("HTTP/1.1")) ? NULL : "not HTTP/1.1";
}

static const char *read_field(struct str line, struct wire_head *head)
{
    size_t colon = str_find_char(line, ':');
    if (colon == SIZE_MAX || !field_is_token(str_slice(line, 0, colon))) {
        return "a header line without a name";
    }
    struct header field = {
        .name = str_slice(line, 0, colon),
        .value = str_trim(str_slice(line, colon + 1, line.len)),
    };
    if (!field_is_value(field.value)) {
        return "a header value with control characters";
    }
    if (head->header_count == WIRE_MAX_HEADERS) {
        return "more than 64 headers";
    }
    head->headers[head->header_count++] = field;
    return NULL;
}

static const char *apply_length(struct str value, bool *seen, struct wire_head *head)
{
    int64_t length = 0;
    if (*seen || value.len == 0 || value.ptr[0] == '-' || !str_to_i64(value, &length)) {
        return "Content-Length is not one number";
    }
    *seen = true;
    head->content_length = (size_t)length;
    return NULL;
}

static const char *apply_host(UNUSED struct str value, bool *seen, UNUSED struct wire_head *head)
{
    const char *why = *seen ? "two Host headers" : NULL;
    *seen = true;
    return why;
}

static const char *apply_encoding(struct str value, bool *seen, struct wire_head *head)
{
    bool chunked = !*seen && str_eq_nocase(value, STR("chunked"));
    *seen = true;
    head->chunked = true;
    return chunked ? NULL : "a Transfer-Encoding other than chunked";
}

static const char *apply_connection(struct str value, UNUSED bool *seen, struct wire_head *head)
{
    head->keep_alive = head->keep_alive && !str_eq_nocase(value, STR("close"));
    return NULL;
}

static const char *apply_expect(struct str value, UNUSED bool *seen, struct wire_head *head)
{
    head->expects_continue = str_eq_nocase(value, STR("100-continue"));
    return NULL;
}

enum framing { FRAMING_HOST, FRAMING_LENGTH, FRAMING_ENCODING, FRAMING_CONNECTION, FRAMING_EXPECT };

/* The few headers that say where the message ends. */
static const char *apply_fields(struct wire_head *head)
{
    static const struct {
        struct str name;
        const char *(*apply)(struct str value, bool *seen, struct wire_head *head);
    } fields[] = {
        [FRAMING_HOST] = {STR_INIT("host"), apply_host},
        [FRAMING_LENGTH] = {STR_INIT("content-length"), apply_length},
        [FRAMING_ENCODING] = {STR_INIT("transfer-encoding"), apply_encoding},
        [FRAMING_CONNECTION] = {STR_INIT("connection"), apply_connection},
        [FRAMING_EXPECT] = {STR_INIT("expect"), apply_expect},
    };
    bool seen[ARRAY_LEN(fields)] = {false};
    const char *why = NULL;
    for (size_t i = 0; i < head->header_count && why == NULL; i++) {
        for (size_t f = 0; f < ARRAY_LEN(fields) && why == NULL; f++) {
            if (str_eq_nocase(head->headers[i].name, fields[f].name)) {
                why = fields[f].apply(head->headers[i].value, &seen[f], head);
            }
        }
    }
    if (why == NULL && !seen[FRAMING_HOST]) {
        why = "no Host header";
    }
    return why == NULL && seen[FRAMING_LENGTH] && head->chunked ? "Content-Length beside chunks"
                                                                : why;
}

static const char *read_lines(struct str text, struct wire_head *head)
{
    bool first = true;
    while (text.len > 0) {
        size_t end = str_find(text, STR("\r\n"));
        struct str line = str_slice(text, 0, end);
        const char *why = first ? read_request_line(line, head) : read_field(line, head);
        if (why != NULL) {
            return why;
        }
        first = false;
        text = str_slice(text, end == SIZE_MAX ? text.len : end + 2, text.len);
    }
    return apply_fields(head);
}

enum wire_result wire_head_read(struct str bytes, struct wire_head *head, size_t *used,
                                const char **why)
{
    size_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end == SIZE_MAX) {
        *why = "a request head of more than 128 KiB";
        return bytes.len > WIRE_MAX_HEAD_BYTES ? WIRE_BAD : WIRE_MORE;
    }
    head->header_count = 0;
    head->content_length = 0;
    head->chunked = head->expects_continue = false;
    head->keep_alive = true;
    *used = end + 4;
    *why = *used > WIRE_MAX_HEAD_BYTES ? "a request head of more than 128 KiB"
                                       : read_lines(str_slice(bytes, 0, end), head);
    return *why == NULL ? WIRE_DONE : WIRE_BAD;
}

void wire_body_begin(struct wire_body *body, const struct wire_head *head)
{
    *body = (struct wire_body){.chunked = head->chunked, .left = head->content_length};
}

static void take(struct wire_body *body, struct str *input, struct buf *out)
{
    struct str part = str_slice(*input, 0, body->left);
    body->left -= part.len;
    body->total += part.len;
    *input = str_slice(*input, part.len, input->len);
    buf_add(out, part); /* a full buf drops it */
}

static const char *size_char(struct wire_body *body, char c)
{
    int digit = str_hex_value(c);
    if (digit >= 0) {
        if (body->left > SIZE_MAX / 32) {
            return "a chunk of impossible size";
        }
        body->left = body->left * 16 + (size_t)digit;
        body->state = CHUNK_SIZE;
        return NULL;
    }
    if (body->state == CHUNK_SIZE_FIRST) {
        return "a chunk without a size";
    }
    if (c == '\r') {
        body->state = CHUNK_SIZE_LF;
    } else if (c == ';' || c == ' ' || c == '\t') {
        body->state = CHUNK_EXTENSION;
    } else {
        return "a chunk size that is not hexadecimal";
    }
    return NULL;
}

static const char *extension_char(struct wire_body *body, char c)
{
    if (c == '\n') {
        return "a bare LF in a chunk extension";
    }
    body->state = c == '\r' ? CHUNK_SIZE_LF : CHUNK_EXTENSION;
    return NULL;
}

/* Where exactly this character must stand. */
static const char *fixed_char(struct wire_body *body, char c, char want, int next)
{
    body->state = next;
    body->line_bytes = 0;
    return c == want ? NULL : "a chunk or trailer without its CRLF";
}

static const char *trailer_char(struct wire_body *body, char c)
{
    bool first = body->state == TRAILER_FIRST;
    if (c == '\n') {
        return "a bare LF in the trailers";
    }
    if (body->trailers != NULL) {
        buf_add(body->trailers, c == '\r' ? STR("\n") : (struct str){.ptr = &c, .len = 1});
        if (body->trailers->full) {
            return "more trailers than are read";
        }
    }
    body->state = TRAILER;
    if (c == '\r') {
        body->state = first ? TRAILER_END_LF : TRAILER_LF;
    }
    return NULL;
}

/* Steps over one character of what is not data. NULL: fine. */
static const char *chunk_char(struct wire_body *body, char c)
{
    size_t limit = body->state >= TRAILER_FIRST ? MAX_TRAILER : MAX_CHUNK_LINE;
    if (++body->line_bytes > limit) {
        return "a chunk line of more than 256 bytes, or a trailer of more than 64 KiB";
    }
    switch ((enum chunk_state)body->state) {
    case CHUNK_SIZE_FIRST:
    case CHUNK_SIZE:
        return size_char(body, c);
    case CHUNK_EXTENSION:
        return extension_char(body, c);
    case CHUNK_SIZE_LF:
        return fixed_char(body, c, '\n', body->left > 0 ? CHUNK_DATA : TRAILER_FIRST);
    case CHUNK_DATA_CR:
        return fixed_char(body, c, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return fixed_char(body, c, '\n', CHUNK_SIZE_FIRST);
    case TRAILER_FIRST:
    case TRAILER:
        return trailer_char(body, c);
    case TRAILER_LF:
        return fixed_char(body, c, '\n', TRAILER_FIRST);
    case TRAILER_END_LF:
    case CHUNK_DATA:
        break;
    }
    return c == '\n' ? NULL : "a body without its last LF";
}

enum wire_result wire_body_read(struct wire_body *body, struct str *input, struct buf *out,
                                const char **why)
{
    if (!body->chunked) {
        take(body, input, out);
        return body->left == 0 ? WIRE_DONE : WIRE_MORE;
    }
    while (input->len > 0) {
        if (body->state == CHUNK_DATA) {
            take(body, input, out);
            body->state = body->left == 0 ? CHUNK_DATA_CR : CHUNK_DATA;
            continue;
        }
        bool last = body->state == TRAILER_END_LF;
        *why = chunk_char(body, input->ptr[0]);
        *input = str_slice(*input, 1, input->len);
        if (*why != NULL || last) {
            return *why != NULL ? WIRE_BAD : WIRE_DONE;
        }
    }
    return WIRE_MORE;
}

struct str wire_trailer_find(struct str trailers, struct str name)
{
    struct str line;
    while (str_split_next(&trailers, '\n', &line)) {
        size_t colon = str_find_char(line, ':');
        if (colon != SIZE_MAX && str_eq_nocase(str_slice(line, 0, colon), name)) {
            struct str value = str_trim(str_slice(line, colon + 1, line.len));
            return field_is_value(value) ? value : (struct str){0};
        }
    }
    return (struct str){0};
}
