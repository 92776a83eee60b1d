/* HTTP events from anybody: what is read can be looked up, and answered in JSON or refused. */
#include "runtime/core/reply.h"
#include "runtime/event/event_http.h"
#include "runtime/lambda.h"
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz.h"

static bool is_in(struct str part, const struct http_header *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(pairs[i].name, part)) {
            return true;
        }
    }
    return false;
}

static void check_headers(const struct http_event *event)
{
    FUZZ_CHECK(event->header_count <= event->header_value_count);
    for (size_t i = 0; i < event->header_value_count; i++) {
        struct str name = event->header_values[i].name;
        struct str value = {0};
        size_t at = 0;
        FUZZ_CHECK(is_in(name, event->headers, event->header_count));
        FUZZ_CHECK(http_event_header(event, name).ptr != NULL);
        FUZZ_CHECK(http_event_header_next(event, name, &at, &value) && at <= i + 1);
    }
}

/* The string and the map say the same, but for how V2's gateway has read it. */
static void check_query(struct ctx *cx, const struct http_event *event)
{
    struct str rest = event->query;
    struct str name = {0};
    struct str value = {0};
    while (http_query_next(cx->arena, &rest, &name, &value)) {
        struct str again = event->query;
        struct str first = {0};
        FUZZ_CHECK(http_query_find_next(cx->arena, &again, name, &first));
    }
    for (size_t i = 0; event->format == HTTP_V1 && i < event->query_param_count; i++) {
        struct str param = event->query_params[i].name;
        rest = event->query;
        FUZZ_CHECK(http_query_find_next(cx->arena, &rest, param, &value));
    }
}

static void check_url(struct ctx *cx, struct str text)
{
    struct str back = {0};
    FUZZ_CHECK(http_url_decode(cx->arena, http_url_encode(cx->arena, text), &back));
    FUZZ_CHECK(str_eq(back, text));
    FUZZ_CHECK(!http_url_decode(cx->arena, text, &back) || back.len <= text.len);
    FUZZ_CHECK(!http_form_decode(cx->arena, text, &back) || back.len <= text.len);
}

/* What came in goes out again, as a caller could make a careless function do. */
static void check_answer(struct ctx *cx, struct str source, const struct http_event *event)
{
    struct invocation inv = {.event = source};
    struct reply reply = {.inv = &inv};
    const struct http_answer answer = {
        .headers = event->header_values,
        .header_count = event->header_value_count < 64 ? event->header_value_count : 64,
        .cookies = event->cookies,
        .cookie_count = event->cookie_count,
        .content_type = event->user_agent,
        .body = event->body,
    };
    enum status status = reply_http(cx, &reply, &answer);
    FUZZ_CHECK(status == OK || status == ERR_INVALID || status == ERR_TOO_LARGE);
    if (status == OK) {
        const struct json *root = NULL;
        FUZZ_CHECK(json_read(cx, reply.body, &(struct json_options){.allow_duplicate_keys = true},
                             &root) == OK);
        FUZZ_CHECK(json_find(root, STR("statusCode")) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct http_event event;
    fuzz_open(&f);
    struct str source = fuzz_str(data, size);
    struct http_kind kind = http_event_kind(source);
    enum http_format format = http_event_format(source);
    FUZZ_CHECK(kind.format == format || (format == HTTP_NONE && kind.format == HTTP_V2));
    FUZZ_CHECK(!kind.is_multi_value || kind.format == HTTP_ALB);
    check_url(&f.cx, source);
    if (http_event_read(&f.cx, source, &event) == OK) {
        FUZZ_CHECK(event.method.len > 0 && event.path.len > 0);
        check_headers(&event);
        check_query(&f.cx, &event);
        check_answer(&f.cx, source, &event);
        for (size_t i = 0; i < event.cookie_count; i++) {
            struct str rest = event.cookies[i];
            struct str name = {0};
            bool has_value = str_find_char(rest, '=') != SIZE_MAX;
            (void)str_split_next(&rest, '=', &name);
            FUZZ_CHECK(!has_value || http_event_cookie(&event, name).ptr != NULL);
        }
    } else {
        FUZZ_CHECK(f.cx.err.text[0] != '\0');
    }
    fuzz_close(&f);
    return 0;
}
