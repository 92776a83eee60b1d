#include "runtime/reply.h"

#include "shared/base/base64.h"
#include "shared/base/utf8.h"
#include "shared/json/json.h"

#define CONTENT_TYPE STR("content-type")
#define SET_COOKIE   STR("set-cookie")

enum { ENVELOPE_ROOM = 512 };

/* ---- checks ---------------------------------------------------------------------------------- */

/* RFC 9110 section 5.6.2 */
static bool is_token(struct str name)
{
    static const struct str marks = STR_INIT("!#$%&'*+-.^_`|~");
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && str_find_char(marks, c) == SIZE_MAX) {
            return false;
        }
    }
    return name.len > 0;
}

/* RFC 9110 section 5.5: text, blanks and tabs; nothing that could start a new line. */
static bool is_field_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return utf8_is_valid(value); /* the envelope is JSON */
}

static enum status answer_check(struct ctx *cx, const struct http_answer *answer)
{
    if (answer->status != 0 && (answer->status < 100 || answer->status > 599)) {
        return fail(cx, ERR_INVALID, "reply: %d is no HTTP status", answer->status);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct http_header *header = &answer->headers[i];
        if (!is_token(header->name)) {
            return fail(cx, ERR_INVALID, "reply: the name of header %zu is no token", i);
        }
        if (!is_field_value(header->value)) {
            return fail(cx, ERR_INVALID, "reply: the value of " STR_FMT " is no header value",
                        STR_ARG(header->name));
        }
    }
    for (size_t i = 0; i < answer->cookie_count; i++) {
        if (!is_field_value(answer->cookies[i])) {
            return fail(cx, ERR_INVALID, "reply: cookie %zu is no header value", i);
        }
    }
    if (!is_field_value(answer->content_type)) {
        return fail(cx, ERR_INVALID, "reply: the content type is no header value");
    }
    return OK;
}

/* ---- the envelope ---------------------------------------------------------------------------- */

static bool header_is(const struct http_answer *answer, size_t i, struct str name)
{
    return str_eq_nocase(answer->headers[i].name, name);
}

static bool header_is_first(const struct http_answer *answer, size_t i)
{
    size_t first = 0;
    while (!header_is(answer, first, answer->headers[i].name)) {
        first++;
    }
    return first == i;
}

/* All values of that name, in order, joined as RFC 9110 section 5.3 allows. */
static struct str header_joined(struct ctx *cx, const struct http_answer *answer, size_t i)
{
    struct str value = answer->headers[i].value;
    for (size_t k = i + 1; k < answer->header_count; k++) {
        if (header_is(answer, k, answer->headers[i].name)) {
            value = arena_format(cx->arena, STR_FMT ", " STR_FMT, STR_ARG(value),
                                 STR_ARG(answer->headers[k].value));
        }
    }
    return value;
}

static void add_headers(struct json_writer *w, struct ctx *cx, const struct http_answer *answer)
{
    bool has_type = answer->content_type.len > 0;
    json_member_object(w, "headers");
    if (has_type) {
        json_member_str(w, "content-type", answer->content_type);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        bool is_type = header_is(answer, i, CONTENT_TYPE);
        bool is_elsewhere = header_is(answer, i, SET_COOKIE) || (is_type && has_type);
        if (!is_elsewhere && header_is_first(answer, i)) {
            has_type |= is_type;
            json_key(w, answer->headers[i].name);
            json_str(w, is_type ? answer->headers[i].value : header_joined(cx, answer, i));
        }
    }
    if (!has_type && answer->body.len > 0) {
        json_member_cstr(w, "content-type", "application/json");
    }
    json_object_end(w);
}

static void add_cookies(struct json_writer *w, const struct http_answer *answer)
{
    json_member_array(w, "cookies");
    for (size_t i = 0; i < answer->cookie_count; i++) {
        json_str(w, answer->cookies[i]);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        if (header_is(answer, i, SET_COOKIE)) {
            json_str(w, answer->headers[i].value);
        }
    }
    json_array_end(w);
}

/* True if it fits. */
static bool envelope_write(struct ctx *cx, const struct http_answer *answer, struct buf *out)
{
    bool in_base64 = answer->body_is_binary || !utf8_is_valid(answer->body);
    struct str body = in_base64 ? base64_encode(cx->arena, answer->body) : answer->body;
    size_t guess = body.len + body.len / 8 + ENVELOPE_ROOM; /* most of what is escaped is quotes */
    if (guess <= out->max) {
        (void)buf_reserve(out, guess);
    }
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_i64(&w, "statusCode", answer->status == 0 ? 200 : answer->status);
    add_headers(&w, cx, answer);
    add_cookies(&w, answer);
    json_member_str(&w, "body", body);
    json_member_bool(&w, "isBase64Encoded", in_base64);
    json_object_end(&w);
    return !out->full;
}

enum status reply_http(struct ctx *cx, struct reply *reply, const struct http_answer *answer)
{
    TRY(answer_check(cx, answer));
    struct buf envelope = buf_in(cx->arena, LAMBDA_REPLY_MAX_BYTES);
    /* A body beyond the limit is not even encoded. */
    if (answer->body.len > LAMBDA_REPLY_MAX_BYTES || !envelope_write(cx, answer, &envelope)) {
        return reply_refuse_size(cx, reply, answer->body.len);
    }
    return reply_json(cx, reply, buf_str(&envelope));
}
