/*
 * Answers in each format, and the head of a streamed one.
 */
#include "runtime/core/reply.h"
#include "runtime/http/http_answer.h"

#include "tests/support/check.h"

#define V2_EVENT STR_INIT("{\"version\":\"2.0\",\"requestContext\":{}}")
#define V1_EVENT STR_INIT("{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{}}")
#define ALB_EVENT                                                                                  \
    STR_INIT("{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"GET\",\"headers\":{}}")
#define ALB_MULTI_EVENT                                                                            \
    STR_INIT("{\"requestContext\":{\"elb\":{}},\"httpMethod\":\"GET\",\"multiValueHeaders\":{}}")

static const struct http_header headers[] = {
    {STR_INIT("Vary"), STR_INIT("Accept")},      {STR_INIT("X-A"), STR_INIT("1")},
    {STR_INIT("vary"), STR_INIT("Origin")},      {STR_INIT("Set-Cookie"), STR_INIT("b=2")},
    {STR_INIT("Content-Length"), STR_INIT("2")},
};
static const struct str cookies[] = {STR_INIT("a=1; Secure")};

static const struct http_answer full_answer = {
    .status = 404,
    .headers = headers,
    .header_count = ARRAY_LEN(headers),
    .cookies = cookies,
    .cookie_count = ARRAY_LEN(cookies),
    .content_type = STR_INIT("text/plain"),
    .body = STR_INIT("no"),
};

static enum status reply_to(struct ctx *cx, struct str event, const struct http_answer *answer,
                            struct reply *reply)
{
    struct invocation *inv = ARENA_NEW(cx->arena, struct invocation);
    inv->event = exact_copy(cx, event);
    *reply = (struct reply){.inv = inv};
    return reply_http(cx, reply, answer);
}

static void check_reply(const char *name, struct str event, const struct http_answer *answer,
                        struct str want)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply;
    CHECK_STATUS(&t.cx, reply_to(&t.cx, event, answer, &reply), OK);
    CHECK_STR(name, reply.body, want);
    CHECK_STR("type", reply.content_type, STR("application/json"));
}

#define LISTS                                                                                      \
    "\"multiValueHeaders\":{\"content-type\":[\"text/plain\"],\"Vary\":[\"Accept\",\"Origin\"],"   \
    "\"X-A\":[\"1\"],\"Content-Length\":[\"2\"],\"set-cookie\":[\"a=1; Secure\",\"b=2\"]}"

static void reply_http_answers_in_the_format_of_the_event(void **state)
{
    (void)state;
    check_reply("v2", (struct str)V2_EVENT, &full_answer,
                STR("{\"statusCode\":404,\"headers\":{\"content-type\":\"text/plain\",\"Vary\":"
                    "\"Accept, Origin\",\"X-A\":\"1\",\"Content-Length\":\"2\"},\"cookies\":["
                    "\"a=1; Secure\",\"b=2\"],\"body\":\"no\",\"isBase64Encoded\":false}"));
    check_reply("v1", (struct str)V1_EVENT, &full_answer,
                STR("{\"statusCode\":404," LISTS ",\"body\":\"no\",\"isBase64Encoded\":false}"));
    check_reply("ALB, many", (struct str)ALB_MULTI_EVENT, &full_answer,
                STR("{\"statusCode\":404,\"statusDescription\":\"404 Not Found\"," LISTS
                    ",\"body\":\"no\",\"isBase64Encoded\":false}"));
    struct http_answer one_cookie = full_answer;
    one_cookie.cookie_count = 0;
    check_reply("ALB, single", (struct str)ALB_EVENT, &one_cookie,
                STR("{\"statusCode\":404,\"statusDescription\":\"404 Not Found\",\"headers\":{"
                    "\"content-type\":\"text/plain\",\"Vary\":\"Accept, Origin\",\"X-A\":\"1\","
                    "\"Content-Length\":\"2\",\"set-cookie\":\"b=2\"},\"body\":\"no\","
                    "\"isBase64Encoded\":false}"));
}

static void reply_http_answers_with_nothing_in_each_format(void **state)
{
    (void)state;
    static const struct http_answer nothing = {0};
    check_reply("v1", (struct str)V1_EVENT, &nothing,
                STR("{\"statusCode\":200,\"multiValueHeaders\":{},\"body\":\"\","
                    "\"isBase64Encoded\":false}"));
    check_reply("ALB, single", (struct str)ALB_EVENT, &nothing,
                STR("{\"statusCode\":200,\"statusDescription\":\"200 OK\",\"headers\":{},"
                    "\"body\":\"\",\"isBase64Encoded\":false}"));
    check_reply("ALB, many", (struct str)ALB_MULTI_EVENT, &nothing,
                STR("{\"statusCode\":200,\"statusDescription\":\"200 OK\",\"multiValueHeaders\":{},"
                    "\"body\":\"\",\"isBase64Encoded\":false}"));
    check_reply("no HTTP event", STR("{\"source\":\"aws.events\"}"), &nothing,
                STR("{\"statusCode\":200,\"headers\":{},\"cookies\":[],\"body\":\"\","
                    "\"isBase64Encoded\":false}"));
    check_reply("a status nobody knows", (struct str)ALB_EVENT,
                &(struct http_answer){.status = 599},
                STR("{\"statusCode\":599,\"statusDescription\":\"599 Server Error\",\"headers\":{},"
                    "\"body\":\"\",\"isBase64Encoded\":false}"));
}

static void reply_http_gives_a_body_its_type_in_lists_too(void **state)
{
    (void)state;
    static const struct http_header types[] = {
        {STR_INIT("Content-Type"), STR_INIT("text/html")},
        {STR_INIT("content-type"), STR_INIT("text/css")},
    };
    check_reply("none given", (struct str)V1_EVENT, &(struct http_answer){.body = STR("\xff")},
                STR("{\"statusCode\":200,\"multiValueHeaders\":{\"content-type\":["
                    "\"application/json\"]},\"body\":\"/w==\",\"isBase64Encoded\":true}"));
    check_reply("two given: the first", (struct str)V1_EVENT,
                &(struct http_answer){.headers = types, .header_count = 2},
                STR("{\"statusCode\":200,\"multiValueHeaders\":{\"Content-Type\":[\"text/html\"]},"
                    "\"body\":\"\",\"isBase64Encoded\":false}"));
}

static void an_alb_takes_two_cookies_only_with_multi_value_headers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply;
    struct str single = ALB_EVENT;
    struct str many = ALB_MULTI_EVENT;
    CHECK_STATUS(&t.cx, reply_to(&t.cx, single, &full_answer, &reply), ERR_INVALID);
    assert_non_null(strstr(t.cx.err.text, "2 cookies"));
    CHECK_I64("nothing given", reply.mode, REPLY_NONE);
    struct http_answer answer = {.cookies = cookies, .cookie_count = 1};
    CHECK_STATUS(&t.cx, reply_to(&t.cx, single, &answer, &reply), OK);
    CHECK_STATUS(&t.cx, reply_to(&t.cx, many, &full_answer, &reply), OK);
}

static void an_alb_takes_one_megabyte(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply;
    struct str event = ALB_EVENT;
    struct http_answer answer = {.content_type = STR("text/plain")};
    CHECK_STATUS(&t.cx, reply_to(&t.cx, event, &answer, &reply), OK);
    size_t room = HTTP_ALB_MAX_BYTES - reply.body.len;
    char *bytes = ARENA_ARRAY(&t.arena, char, room + 1);
    memset(bytes, 'a', room + 1);
    answer.body = (struct str){bytes, room};
    CHECK_STATUS(&t.cx, reply_to(&t.cx, event, &answer, &reply), OK);
    CHECK_I64("at the limit", reply.body.len, HTTP_ALB_MAX_BYTES);
    answer.body.len++;
    CHECK_STATUS(&t.cx, reply_to(&t.cx, event, &answer, &reply), ERR_TOO_LARGE);
    CHECK_I64("remembered", reply.was_too_large, true);
    struct str gateway = V1_EVENT;
    CHECK_STATUS(&t.cx, reply_to(&t.cx, gateway, &answer, &reply), OK);
}

static void check_prelude(const char *name, enum http_format format,
                          const struct http_answer *answer, struct str want)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_kind kind = {.format = format};
    struct buf out = buf_in(&t.arena, KIB(64));
    http_prelude_write(&t.cx, &kind, answer, answer->body.len > 0, &out);
    struct str got = buf_str(&out);
    static const char zeros[8] = {0};
    assert_true(str_has_suffix(got, (struct str){zeros, sizeof zeros}));
    CHECK_STR(name, str_slice(got, 0, got.len - 8), want);
    CHECK_I64("no zero before", str_find_char(got, '\0'), want.len);
}

static void a_prelude_is_json_and_eight_zeros_without_a_length(void **state)
{
    (void)state;
    check_prelude("URL", HTTP_V2, &full_answer,
                  STR("{\"statusCode\":404,\"headers\":{\"content-type\":\"text/plain\",\"Vary\":"
                      "\"Accept, Origin\",\"X-A\":\"1\"},\"cookies\":[\"a=1; Secure\",\"b=2\"]}"));
    check_prelude("REST", HTTP_V1, &full_answer,
                  STR("{\"statusCode\":404,\"headers\":{\"content-type\":\"text/plain\",\"Vary\":"
                      "\"Accept, Origin\",\"X-A\":\"1\"},\"multiValueHeaders\":{\"set-cookie\":["
                      "\"a=1; Secure\",\"b=2\"]}}"));
    check_prelude("nothing said", HTTP_V2, &(struct http_answer){0},
                  STR("{\"statusCode\":200,\"headers\":{},\"cookies\":[]}"));
    check_prelude("a body alone", HTTP_V2, &(struct http_answer){.body = STR("x")},
                  STR("{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},"
                      "\"cookies\":[]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_http_answers_in_the_format_of_the_event),
        cmocka_unit_test(reply_http_answers_with_nothing_in_each_format),
        cmocka_unit_test(reply_http_gives_a_body_its_type_in_lists_too),
        cmocka_unit_test(an_alb_takes_two_cookies_only_with_multi_value_headers),
        cmocka_unit_test(an_alb_takes_one_megabyte),
        cmocka_unit_test(a_prelude_is_json_and_eight_zeros_without_a_length),
    };
    return cmocka_run_group_tests_name("runtime_reply_formats", tests, NULL, NULL);
}
