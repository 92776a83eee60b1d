#include "runtime/http/http_answer.h"

#include "shared/base/base64.h"
#include "shared/base/field.h"
#include "shared/base/utf8.h"

#define CONTENT_LENGTH STR("content-length")
#define CONTENT_TYPE   STR("content-type")
#define SET_COOKIE     STR("set-cookie")

enum { ENVELOPE_ROOM = 512, DEFAULT_STATUS = 200 };

/* ---- checks ---------------------------------------------------------------------------------- */

/* The envelope is JSON: text is UTF-8 there. */
static bool is_field_value(struct str value)
{
    return field_is_value(value) && utf8_is_valid(value);
}

static bool header_is(const struct http_answer *answer, size_t i, struct str name)
{
    return str_eq_nocase(answer->headers[i].name, name);
}

static size_t cookie_total(const struct http_answer *answer)
{
    size_t count = answer->cookie_count;
    for (size_t i = 0; i < answer->header_count; i++) {
        count += header_is(answer, i, SET_COOKIE);
    }
    return count;
}

enum status http_answer_check(struct ctx *cx, const struct http_kind *kind,
                              const struct http_answer *answer)
{
    if (answer->status != 0 && (answer->status < 100 || answer->status > 599)) {
        return fail(cx, ERR_INVALID, "reply: %d is no HTTP status", answer->status);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct http_header *header = &answer->headers[i];
        if (!field_is_token(header->name)) {
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
    if (kind->format == HTTP_ALB && !kind->is_multi_value && cookie_total(answer) > 1) {
        return fail(cx, ERR_INVALID,
                    "reply: %zu cookies, and an ALB takes one unless its target group has "
                    "multi-value headers on",
                    cookie_total(answer));
    }
    return OK;
}

/* ---- headers --------------------------------------------------------------------------------- */

/* What goes out: the content type, then the answer's headers but for cookies. */
struct head {
    struct ctx *cx;
    const struct http_answer *answer;
    bool is_stream; /* the body's length is not told */
    bool has_body;
};

static struct str content_type_of(const struct head *head)
{
    const struct http_answer *answer = head->answer;
    if (answer->content_type.len > 0) {
        return answer->content_type;
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        if (header_is(answer, i, CONTENT_TYPE)) {
            return (struct str){0}; /* the first of them stands where it is */
        }
    }
    return head->has_body ? STR("application/json") : (struct str){0};
}

static bool is_first(const struct http_answer *answer, size_t i)
{
    size_t first = 0;
    while (!header_is(answer, first, answer->headers[i].name)) {
        first++;
    }
    return first == i;
}

/* True if header `i` opens a group of its name that is to be written here. */
static bool opens_group(const struct head *head, size_t i)
{
    const struct http_answer *answer = head->answer;
    bool is_elsewhere = header_is(answer, i, SET_COOKIE) ||
                        (head->is_stream && header_is(answer, i, CONTENT_LENGTH)) ||
                        (header_is(answer, i, CONTENT_TYPE) && answer->content_type.len > 0);
    return !is_elsewhere && is_first(answer, i);
}

/* One of a kind: of two, the first. */
static bool is_single(const struct http_answer *answer, size_t i)
{
    return header_is(answer, i, CONTENT_TYPE);
}

/* All values of that name, in order, joined as RFC 9110 section 5.3 allows. */
static struct str joined(const struct head *head, size_t i)
{
    const struct http_answer *answer = head->answer;
    struct str value = answer->headers[i].value;
    for (size_t k = i + 1; k < answer->header_count && !is_single(answer, i); k++) {
        if (header_is(answer, k, answer->headers[i].name)) {
            value = arena_format(head->cx->arena, STR_FMT ", " STR_FMT, STR_ARG(value),
                                 STR_ARG(answer->headers[k].value));
        }
    }
    return value;
}

static void cookie_values(struct json_writer *w, const struct http_answer *answer)
{
    for (size_t i = 0; i < answer->cookie_count; i++) {
        json_str(w, answer->cookies[i]);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        if (header_is(answer, i, SET_COOKIE)) {
            json_str(w, answer->headers[i].value);
        }
    }
}

static struct str only_cookie(const struct http_answer *answer)
{
    if (answer->cookie_count > 0) {
        return answer->cookies[0];
    }
    size_t i = 0;
    while (!header_is(answer, i, SET_COOKIE)) {
        i++;
    }
    return answer->headers[i].value;
}

/* "headers":{"name":"value, value"} */
static void add_headers(struct json_writer *w, const struct head *head, bool with_cookie)
{
    const struct http_answer *answer = head->answer;
    struct str type = content_type_of(head);
    json_member_object(w, "headers");
    if (type.len > 0) {
        json_member_str(w, "content-type", type);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        if (opens_group(head, i)) {
            json_key(w, answer->headers[i].name);
            json_str(w, joined(head, i));
        }
    }
    if (with_cookie && cookie_total(answer) > 0) {
        json_member_str(w, "set-cookie", only_cookie(answer));
    }
    json_object_end(w);
}

static void add_cookies_to_map(struct json_writer *w, const struct http_answer *answer)
{
    if (cookie_total(answer) > 0) {
        json_member_array(w, "set-cookie");
        cookie_values(w, answer);
        json_array_end(w);
    }
}

/* "multiValueHeaders":{"name":["value","value"]} */
static void add_header_lists(struct json_writer *w, const struct head *head)
{
    const struct http_answer *answer = head->answer;
    struct str type = content_type_of(head);
    json_member_object(w, "multiValueHeaders");
    if (type.len > 0) {
        json_member_array(w, "content-type");
        json_str(w, type);
        json_array_end(w);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!opens_group(head, i)) {
            continue;
        }
        json_key(w, answer->headers[i].name);
        json_array_begin(w);
        json_str(w, answer->headers[i].value);
        for (size_t k = i + 1; k < answer->header_count && !is_single(answer, i); k++) {
            if (header_is(answer, k, answer->headers[i].name)) {
                json_str(w, answer->headers[k].value);
            }
        }
        json_array_end(w);
    }
    add_cookies_to_map(w, answer);
    json_object_end(w);
}

static void add_cookie_list(struct json_writer *w, const struct http_answer *answer)
{
    json_member_array(w, "cookies");
    cookie_values(w, answer);
    json_array_end(w);
}

/* ---- the envelope ---------------------------------------------------------------------------- */

static int status_of(const struct http_answer *answer)
{
    return answer->status == 0 ? DEFAULT_STATUS : answer->status;
}

/* An ALB wants "200 OK"; the words are nobody's but a person's. RFC 9110 section 15. */
static struct str status_description(struct ctx *cx, int status)
{
    static const struct {
        int status;
        const char *words;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    static const char *const classes[] = {"Informational", "Success", "Redirection", "Client Error",
                                          "Server Error"};
    const char *words = classes[status / 100 - 1];
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        words = known[i].status == status ? known[i].words : words;
    }
    return arena_format(cx->arena, "%d %s", status, words);
}

static void add_head(struct json_writer *w, const struct head *head, const struct http_kind *kind)
{
    switch (kind->format) {
    case HTTP_V1:
        add_header_lists(w, head);
        break;
    case HTTP_ALB:
        json_member_str(w, "statusDescription",
                        status_description(head->cx, status_of(head->answer)));
        if (kind->is_multi_value) {
            add_header_lists(w, head);
        } else {
            add_headers(w, head, true);
        }
        break;
    case HTTP_V2:
    case HTTP_NONE:
        add_headers(w, head, false);
        add_cookie_list(w, head->answer);
        break;
    }
}

void http_envelope_write(struct ctx *cx, const struct http_kind *kind,
                         const struct http_answer *answer, struct buf *out)
{
    bool in_base64 = answer->body_is_binary || !utf8_is_valid(answer->body);
    struct str body = in_base64 ? base64_encode(cx->arena, answer->body) : answer->body;
    size_t guess = body.len + body.len / 8 + ENVELOPE_ROOM; /* most of what is escaped is quotes */
    if (guess <= out->max) {
        (void)buf_reserve(out, guess);
    }
    struct head head = {.cx = cx, .answer = answer, .has_body = answer->body.len > 0};
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_i64(&w, "statusCode", status_of(answer));
    add_head(&w, &head, kind);
    json_member_str(&w, "body", body);
    json_member_bool(&w, "isBase64Encoded", in_base64);
    json_object_end(&w);
}

void http_prelude_write(struct ctx *cx, const struct http_kind *kind,
                        const struct http_answer *answer, bool has_body, struct buf *out)
{
    static const char zeros[8] = {0};
    struct head head = {.cx = cx, .answer = answer, .is_stream = true, .has_body = has_body};
    struct json_writer w = json_writer_on(out);
    json_object_begin(&w);
    json_member_i64(&w, "statusCode", status_of(answer));
    add_headers(&w, &head, false);
    if (kind->format == HTTP_V1) {
        json_member_object(&w, "multiValueHeaders");
        add_cookies_to_map(&w, answer);
        json_object_end(&w);
    } else {
        add_cookie_list(&w, answer);
    }
    json_object_end(&w);
    buf_add(out, (struct str){zeros, sizeof zeros});
}
