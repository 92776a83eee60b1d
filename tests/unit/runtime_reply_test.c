#include "runtime/core/reply.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"
#include "tests/support/check.h"

static struct str filled(struct ctx *cx, char c, size_t size)
{
    char *text = ARENA_ARRAY(cx->arena, char, size);
    memset(text, c, size);
    return (struct str){.ptr = text, .len = size};
}

/* ---- plain replies --------------------------------------------------------------------------- */

static void reply_json_is_sent_as_it_is(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    CHECK_STATUS(&t.cx, reply_json(&t.cx, &reply, STR("{ \"a\" : 1 }")), OK);
    CHECK_I64("mode", reply.mode, REPLY_BUFFERED);
    CHECK_STR("type", reply.content_type, STR("application/json"));
    CHECK_STR("body", reply.body, STR("{ \"a\" : 1 }"));
}

static void reply_bytes_has_a_type(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str type, want;
    } cases[] = {
        {"given", STR_INIT("text/csv; charset=utf-8"), STR_INIT("text/csv; charset=utf-8")},
        {"none", STR_INIT(""), STR_INIT("application/octet-stream")},
        {"blanks", STR_INIT(" \t"), STR_INIT("application/octet-stream")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct reply reply = {0};
        struct str type = exact_copy(&t.cx, cases[i].type);
        CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, type, STR("x")), OK);
        CHECK_STR(cases[i].name, reply.content_type, cases[i].want);
    }
}

static void reply_bytes_refuses_a_type_that_is_no_header_value(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct str types[] = {
        STR("text/plain\r\nX-Evil: 1"), STR("a\nb"), STR("a\x7f"), STR("caf\xc3\xa9"), {"a\0b", 3},
        filled(&t.cx, 'a', 257),
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct reply reply = {0};
        CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, types[i], STR("x")), ERR_INVALID);
        CHECK_I64("nothing given", reply.mode, REPLY_NONE);
    }
    struct reply reply = {0};
    CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, filled(&t.cx, 'a', 256), STR("x")), OK);
}

static void reply_is_refused_above_lambdas_limit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    struct str most = filled(&t.cx, 'a', 6291556);
    CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, STR(""), most), OK);
    CHECK_I64("limit", reply.was_too_large, false);
    struct str more = filled(&t.cx, 'a', 6291557);
    CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, STR(""), more), ERR_TOO_LARGE);
    CHECK_I64("limit + 1", reply.was_too_large, true);
    CHECK_I64("what was given stays", reply.body.len, most.len);
    assert_non_null(strstr(t.cx.err.text, "6291557 bytes"));
}

static void reply_given_later_replaces_the_earlier(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    CHECK_STATUS(&t.cx, reply_json(&t.cx, &reply, STR("1")), OK);
    CHECK_STATUS(&t.cx, reply_bytes(&t.cx, &reply, STR("text/plain"), STR("two")), OK);
    CHECK_STR("type", reply.content_type, STR("text/plain"));
    CHECK_STR("body", reply.body, STR("two"));
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

static void check_envelope(const char *name, const struct http_answer *answer, struct str want)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, answer), OK);
    CHECK_STR(name, reply.body, want);
    CHECK_STR("type", reply.content_type, STR("application/json"));
}

#define HEADERS(...)                                                                               \
    .headers = (const struct http_header[]){__VA_ARGS__},                                          \
    .header_count = ARRAY_LEN(((const struct http_header[]){__VA_ARGS__}))
#define COOKIES(...)                                                                               \
    .cookies = (const struct str[]){__VA_ARGS__},                                                  \
    .cookie_count = ARRAY_LEN(((const struct str[]){__VA_ARGS__}))
#define HEADER(name, value)                                                                        \
    {                                                                                              \
        STR_INIT(name), STR_INIT(value)                                                            \
    }

static void reply_http_writes_the_envelope(void **state)
{
    (void)state;
    check_envelope("zero", &(struct http_answer){0},
                   STR("{\"statusCode\":200,\"headers\":{},\"cookies\":[],\"body\":\"\","
                       "\"isBase64Encoded\":false}"));
    check_envelope("body alone is JSON", &(struct http_answer){.body = STR("{\"a\":\"\xc3\xa9\"}")},
                   STR("{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},"
                       "\"cookies\":[],\"body\":\"{\\\"a\\\":\\\"\xc3\xa9\\\"}\","
                       "\"isBase64Encoded\":false}"));
    check_envelope("all of it",
                   &(struct http_answer){.status = 404,
                                         HEADERS(HEADER("X-A", "1"), HEADER("x-b", "")),
                                         COOKIES(STR_INIT("a=1; Secure"), STR_INIT("b=2")),
                                         .content_type = STR("text/plain"),
                                         .body = STR("no")},
                   STR("{\"statusCode\":404,\"headers\":{\"content-type\":\"text/plain\",\"X-A\":"
                       "\"1\",\"x-b\":\"\"},\"cookies\":[\"a=1; Secure\",\"b=2\"],\"body\":\"no\","
                       "\"isBase64Encoded\":false}"));
}

static void reply_http_sends_bytes_in_base64(void **state)
{
    (void)state;
    check_envelope("flagged",
                   &(struct http_answer){.content_type = STR("image/png"),
                                         .body = STR("abc"),
                                         .body_is_binary = true},
                   STR("{\"statusCode\":200,\"headers\":{\"content-type\":\"image/png\"},"
                       "\"cookies\":[],\"body\":\"YWJj\",\"isBase64Encoded\":true}"));
    check_envelope("not UTF-8, not flagged",
                   &(struct http_answer){.content_type = STR("image/png"), .body = STR("\xff\x00")},
                   STR("{\"statusCode\":200,\"headers\":{\"content-type\":\"image/png\"},"
                       "\"cookies\":[],\"body\":\"/wA=\",\"isBase64Encoded\":true}"));
}

static void reply_http_gives_each_header_once(void **state)
{
    (void)state;
    check_envelope("joined, in any case",
                   &(struct http_answer){HEADERS(HEADER("Vary", "Accept"), HEADER("X-A", "1"),
                                                 HEADER("vary", "Origin"), HEADER("VARY", "X"))},
                   STR("{\"statusCode\":200,\"headers\":{\"Vary\":\"Accept, Origin, X\",\"X-A\":"
                       "\"1\"},\"cookies\":[],\"body\":\"\",\"isBase64Encoded\":false}"));
    check_envelope(
        "Set-Cookie is a cookie",
        &(struct http_answer){HEADERS(HEADER("Set-Cookie", "b=2"), HEADER("set-cookie", "c=3")),
                              COOKIES(STR_INIT("a=1"))},
        STR("{\"statusCode\":200,\"headers\":{},\"cookies\":[\"a=1\",\"b=2\",\"c=3\"],"
            "\"body\":\"\",\"isBase64Encoded\":false}"));
    check_envelope("content_type wins",
                   &(struct http_answer){HEADERS(HEADER("Content-Type", "text/html")),
                                         .content_type = STR("text/css"), .body = STR("x")},
                   STR("{\"statusCode\":200,\"headers\":{\"content-type\":\"text/css\"},"
                       "\"cookies\":[],\"body\":\"x\",\"isBase64Encoded\":false}"));
    check_envelope("two types, no field: the first",
                   &(struct http_answer){HEADERS(HEADER("Content-Type", "text/html"),
                                                 HEADER("content-type", "text/css")),
                                         .body = STR("x")},
                   STR("{\"statusCode\":200,\"headers\":{\"Content-Type\":\"text/html\"},"
                       "\"cookies\":[],\"body\":\"x\",\"isBase64Encoded\":false}"));
}

static void reply_http_refuses_what_would_break_http(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct http_answer answer;
        enum status want;
    } cases[] = {
        {"status 99", {.status = 99}, ERR_INVALID},
        {"status 100", {.status = 100}, OK},
        {"status 599", {.status = 599}, OK},
        {"status 600", {.status = 600}, ERR_INVALID},
        {"status below zero", {.status = -200}, ERR_INVALID},
        {"name empty", {HEADERS(HEADER("", "1"))}, ERR_INVALID},
        {"name with a blank", {HEADERS(HEADER("x y", "1"))}, ERR_INVALID},
        {"name with a colon", {HEADERS(HEADER("x:", "1"))}, ERR_INVALID},
        {"value with a line end", {HEADERS(HEADER("x", "1\r\ny: 2"))}, ERR_INVALID},
        {"value with DEL", {HEADERS(HEADER("x", "\x7f"))}, ERR_INVALID},
        {"value not UTF-8", {HEADERS(HEADER("x", "\xe9"))}, ERR_INVALID},
        {"value with a tab", {HEADERS(HEADER("x", "1\t2"))}, OK},
        {"cookie with a line end", {COOKIES(STR_INIT("a=1\n"))}, ERR_INVALID},
        {"type with a line end", {.content_type = STR_INIT("a\nb")}, ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct reply reply = {0};
        enum status status = reply_http(&t.cx, &reply, &cases[i].answer);
        CHECK_I64(cases[i].name, status, cases[i].want);
        CHECK_I64(cases[i].name, reply.mode == REPLY_NONE, status != OK);
    }
}

static void reply_http_limits_the_envelope_not_the_body(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    struct http_answer answer = {.content_type = STR("text/plain")};
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), OK);
    size_t room = LAMBDA_REPLY_MAX_BYTES - reply.body.len;

    answer.body = filled(&t.cx, 'a', room);
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), OK);
    CHECK_I64("at the limit", reply.body.len, LAMBDA_REPLY_MAX_BYTES);
    answer.body = filled(&t.cx, 'a', room + 1);
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), ERR_TOO_LARGE);
    answer.body = filled(&t.cx, '"', room / 2 + 1); /* two bytes each, once escaped */
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), ERR_TOO_LARGE);
    answer.body_is_binary = true;
    answer.body = filled(&t.cx, 'a', room / 4 * 3 + 6); /* four bytes for three */
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), ERR_TOO_LARGE);
    CHECK_I64("remembered", reply.was_too_large, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_json_is_sent_as_it_is),
        cmocka_unit_test(reply_bytes_has_a_type),
        cmocka_unit_test(reply_bytes_refuses_a_type_that_is_no_header_value),
        cmocka_unit_test(reply_is_refused_above_lambdas_limit),
        cmocka_unit_test(reply_given_later_replaces_the_earlier),
        cmocka_unit_test(reply_http_writes_the_envelope),
        cmocka_unit_test(reply_http_sends_bytes_in_base64),
        cmocka_unit_test(reply_http_gives_each_header_once),
        cmocka_unit_test(reply_http_refuses_what_would_break_http),
        cmocka_unit_test(reply_http_limits_the_envelope_not_the_body),
    };
    return cmocka_run_group_tests_name("runtime_reply", tests, NULL, NULL);
}
