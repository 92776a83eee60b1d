#include "shared/http1/http1.h"

#include "shared/base/field.h"

enum { MAX_SIZE_DIGITS = 15 }; /* of a chunk: no overflow, and beyond every machine */

static enum http1_step broken(struct http1 *http, const char *fault)
{
    http->state = HTTP1_FAULTY;
    http->fault = fault;
    return HTTP1_BROKEN;
}

void http1_begin(struct http1 *http, struct buf *head)
{
    buf_clear(head);
    *http = (struct http1){.head = head};
}

/* ---- fields ---------------------------------------------------------------------------------- */

struct str http1_fields(const struct http1 *http)
{
    struct str rest = buf_str(http->head);
    struct str status_line = {0};
    (void)str_split_next(&rest, '\n', &status_line);
    return rest;
}

bool http1_field_next(struct str *rest, struct str *name, struct str *value)
{
    struct str line = {0};
    if (!str_split_next(rest, '\n', &line) || !str_split_next(&line, ':', name) ||
        line.ptr == NULL) {
        return false;
    }
    *value = str_trim(line);
    return true;
}

/*
 * RFC 9110 section 5.5: CR, LF and NUL are dangerous, other control characters may be kept. Some
 * values are a caller's, such as the client context: they must not end the environment.
 */
static bool is_value(struct str value)
{
    return str_find_char(value, '\r') == SIZE_MAX && str_find_char(value, '\0') == SIZE_MAX;
}

/* `line` has no end of line. */
static bool is_field(struct str line)
{
    struct str value = line;
    struct str name = {0};
    return str_split_next(&value, ':', &name) && value.ptr != NULL && field_is_token(name) &&
           is_value(value);
}

/* ---- framing: RFC 9112 section 6.3 ----------------------------------------------------------- */

struct framing {
    bool is_chunked, has_coding, has_length, closes, keeps;
    uint64_t length;
    const char *fault;
};

static void framing_length(struct framing *framing, struct str value)
{
    struct str part = {0};
    while (str_split_next(&value, ',', &part)) { /* "5, 5" says the same twice */
        int64_t length = -1;
        part = str_trim(part);
        bool is_digits = part.len > 0 && part.ptr[0] >= '0' && part.ptr[0] <= '9';
        if (!is_digits || !str_to_i64(part, &length)) {
            framing->fault = "a content length that is no number";
            return;
        }
        if (framing->has_length && framing->length != (uint64_t)length) {
            framing->fault = "two content lengths";
        }
        framing->has_length = true;
        framing->length = (uint64_t)length;
    }
}

static void framing_connection(struct framing *framing, struct str value)
{
    struct str part = {0};
    while (str_split_next(&value, ',', &part)) {
        framing->closes |= str_eq_nocase(str_trim(part), STR("close"));
        framing->keeps |= str_eq_nocase(str_trim(part), STR("keep-alive"));
    }
}

static struct framing framing_of(const struct http1 *http)
{
    struct framing framing = {0};
    struct str rest = http1_fields(http), name = {0}, value = {0};
    while (http1_field_next(&rest, &name, &value)) {
        if (str_eq_nocase(name, STR("content-length"))) {
            framing_length(&framing, value);
        } else if (str_eq_nocase(name, STR("transfer-encoding"))) {
            framing.is_chunked = !framing.has_coding && str_eq_nocase(value, STR("chunked"));
            framing.has_coding = true;
        } else if (str_eq_nocase(name, STR("connection"))) {
            framing_connection(&framing, value);
        }
    }
    if (framing.has_coding && !framing.is_chunked) {
        framing.fault = "a transfer coding other than chunked";
    } else if (framing.has_coding && framing.has_length) {
        framing.fault = "both a content length and a transfer coding";
    }
    return framing;
}

static enum http1_state body_state(const struct http1 *http, const struct framing *framing)
{
    if (http->status == 204 || http->status == 304) {
        return HTTP1_OVER;
    }
    if (framing->is_chunked) {
        return HTTP1_CHUNK_SIZE;
    }
    if (framing->has_length) {
        return framing->length == 0 ? HTTP1_OVER : HTTP1_SIZED;
    }
    return HTTP1_UNTIL_CLOSE;
}

/* ---- the head -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.x NNN", and a reason or none */
static int status_of(struct str line)
{
    if (line.len < 12 || !is_digit(line.ptr[7]) || line.ptr[8] != ' ' ||
        (line.len > 12 && line.ptr[12] != ' ')) {
        return 0;
    }
    int64_t status = 0;
    bool is_number = is_digit(line.ptr[9]) && str_to_i64(str_slice(line, 9, 12), &status);
    return is_number && status >= 100 && field_is_value(line) ? (int)status : 0;
}

static enum http1_step head_done(struct http1 *http)
{
    int status = http->line_status;
    if (status == 101) {
        return broken(http, "another protocol, which nobody asked for");
    }
    if (status < 200) { /* RFC 9110 section 15.2 */
        buf_clear(http->head);
        http->line_start = 0;
        http->state = HTTP1_STATUS_LINE;
        return HTTP1_MORE;
    }
    struct framing framing = framing_of(http);
    if (framing.fault != NULL) {
        return broken(http, framing.fault);
    }
    http->status = status;
    http->state = body_state(http, &framing);
    http->is_sized = http->state == HTTP1_SIZED;
    http->left = http->is_sized ? framing.length : 0;
    bool is_1_0 = http->head->ptr[7] == '0';
    http->is_last =
        framing.closes || (is_1_0 && !framing.keeps) || http->state == HTTP1_UNTIL_CLOSE;
    return HTTP1_HEAD;
}

/* A line that goes on from the one before (RFC 9112 section 5.2): its end becomes blanks. */
static void unfold(struct http1 *http)
{
    for (size_t i = http->line_start; i > 0; i--) {
        char *c = &http->head->ptr[i - 1];
        if (*c != '\n' && *c != '\r') {
            return;
        }
        *c = ' ';
    }
}

static enum http1_step line_done(struct http1 *http)
{
    struct str line = str_slice(buf_str(http->head), http->line_start, http->head->len - 1);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    if (http->state == HTTP1_STATUS_LINE) {
        http->line_status = status_of(line);
        if (http->line_status == 0) {
            return broken(http, "no status line of HTTP/1");
        }
        http->state = HTTP1_FIELDS;
        http->line_start = http->head->len;
        return HTTP1_MORE;
    }
    if (line.len == 0) {
        return head_done(http);
    }
    bool goes_on = line.ptr[0] == ' ' || line.ptr[0] == '\t';
    struct str before = str_slice(buf_str(http->head), 0, http->line_start);
    bool has_field = str_find_char(before, '\n') + 1 < before.len;
    if (goes_on ? !has_field || !is_value(line) : !is_field(line)) {
        return broken(http, "a line of the head that is no field");
    }
    if (goes_on) {
        unfold(http);
    }
    http->line_start = http->head->len;
    return HTTP1_MORE;
}

/* What cannot become a status line is refused at once: it may never end. */
static bool starts_well(const struct http1 *http)
{
    static const struct str version = STR_INIT("HTTP/1.");
    struct str line = str_slice(buf_str(http->head), http->line_start, version.len);
    return str_has_prefix(version, line) || str_has_prefix(line, version);
}

static enum http1_step head_next(struct http1 *http, struct str *in)
{
    size_t end = str_find_char(*in, '\n');
    size_t len = end == SIZE_MAX ? in->len : end + 1;
    http->meta_bytes += len;
    if (http->meta_bytes > http->head->max) {
        return broken(http, "a head beyond the limit");
    }
    buf_add(http->head, str_slice(*in, 0, len));
    *in = str_slice(*in, len, in->len);
    if (http->state == HTTP1_STATUS_LINE && !starts_well(http)) {
        return broken(http, "no status line of HTTP/1");
    }
    return end == SIZE_MAX ? HTTP1_MORE : line_done(http);
}

/* ---- chunks: RFC 9112 section 7.1 ------------------------------------------------------------ */

static enum http1_step size_char(struct http1 *http, char c)
{
    int value = str_hex_value(c);
    if (value >= 0) {
        http->left = http->left * 16 + (uint64_t)value;
        return ++http->line_bytes <= MAX_SIZE_DIGITS ? HTTP1_MORE
                                                     : broken(http, "a chunk beyond reason");
    }
    if (http->line_bytes == 0 || (c != '\r' && c != ';' && c != ' ' && c != '\t')) {
        return broken(http, "a chunk without a size");
    }
    http->state = c == '\r' ? HTTP1_CHUNK_LF : HTTP1_CHUNK_REST;
    http->line_bytes = 1;
    return HTTP1_MORE;
}

/* The end of a line that has a chunk's size (`line_bytes` is not 0) or follows its bytes. */
static enum http1_step chunk_lf(struct http1 *http, char c)
{
    if (c != '\n') {
        return broken(http, "a chunk that does not end where it should");
    }
    if (http->line_bytes == 0) {
        http->state = HTTP1_CHUNK_SIZE;
    } else {
        http->state = http->left == 0 ? HTTP1_TRAILERS : HTTP1_CHUNK;
        http->meta_bytes = 0; /* many small chunks are no fault */
    }
    http->line_bytes = 0;
    return HTTP1_MORE;
}

static enum http1_step trailer_char(struct http1 *http, char c)
{
    if (c == '\n' && http->line_bytes == 0) {
        http->state = HTTP1_OVER;
    } else if (c == '\n') {
        http->line_bytes = 0;
    } else if (c != '\r') {
        http->line_bytes++;
    }
    return HTTP1_MORE;
}

static enum http1_step meta_char(struct http1 *http, char c)
{
    if (++http->meta_bytes > http->head->max) {
        return broken(http, "chunk sizes and trailers beyond the limit");
    }
    switch (http->state) {
    case HTTP1_CHUNK_SIZE:
        return size_char(http, c);
    case HTTP1_CHUNK_REST:
        if (c == '\r') {
            http->state = HTTP1_CHUNK_LF;
        }
        return field_is_value((struct str){&c, 1}) || c == '\r'
                   ? HTTP1_MORE
                   : broken(http, "a chunk's extension that is no text");
    case HTTP1_CHUNK_CR:
        http->state = HTTP1_CHUNK_LF;
        return c == '\r' ? HTTP1_MORE : broken(http, "a chunk that does not end where it should");
    case HTTP1_CHUNK_LF:
        return chunk_lf(http, c);
    case HTTP1_TRAILERS:
        return trailer_char(http, c);
    case HTTP1_STATUS_LINE:
    case HTTP1_FIELDS:
    case HTTP1_SIZED:
    case HTTP1_CHUNK:
    case HTTP1_UNTIL_CLOSE:
    case HTTP1_OVER:
    case HTTP1_FAULTY:
        break;
    }
    return HTTP1_BROKEN;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum http1_step body_next(struct http1 *http, struct str *in, struct str *body)
{
    size_t len = in->len;
    if (http->state != HTTP1_UNTIL_CLOSE) {
        len = len < http->left ? len : (size_t)http->left;
        http->left -= len;
    }
    if (http->state == HTTP1_SIZED && http->left == 0) {
        http->state = HTTP1_OVER;
    } else if (http->state == HTTP1_CHUNK && http->left == 0) {
        http->state = HTTP1_CHUNK_CR;
    }
    *body = str_slice(*in, 0, len);
    *in = str_slice(*in, len, in->len);
    return HTTP1_BODY;
}

enum http1_step http1_next(struct http1 *http, struct str *in, struct str *body)
{
    enum http1_step step = HTTP1_MORE;
    http->has_begun |= in->len > 0;
    while (step == HTTP1_MORE) {
        if (http->state == HTTP1_OVER) {
            return HTTP1_DONE;
        }
        if (http->state == HTTP1_FAULTY) {
            return HTTP1_BROKEN;
        }
        if (in->len == 0) {
            return HTTP1_MORE;
        }
        if (http->state == HTTP1_STATUS_LINE || http->state == HTTP1_FIELDS) {
            step = head_next(http, in);
        } else if (http->state == HTTP1_SIZED || http->state == HTTP1_CHUNK ||
                   http->state == HTTP1_UNTIL_CLOSE) {
            step = body_next(http, in, body);
        } else {
            char c = in->ptr[0];
            *in = str_slice(*in, 1, in->len);
            step = meta_char(http, c);
        }
    }
    return step;
}

enum http1_step http1_end(struct http1 *http)
{
    if (http->state == HTTP1_UNTIL_CLOSE) {
        http->state = HTTP1_OVER;
    }
    if (http->state == HTTP1_OVER) {
        return HTTP1_DONE;
    }
    return broken(http, http->has_begun ? "the connection ended within the reply"
                                        : "the connection ended before any reply");
}

uint64_t http1_body_ahead(const struct http1 *http)
{
    bool is_counted = http->state == HTTP1_SIZED || http->state == HTTP1_CHUNK;
    return is_counted ? http->left : 0;
}
