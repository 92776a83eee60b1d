#include "tests/support/check.h"

#include "infra/local/http/cors.h"
#include "infra/local/http/reply_v2.h"

/* "200 name=value;name=value;|body", as the gateway would answer; "500" if it is no answer. */
static struct str answer_of(struct ctx *cx, struct str payload)
{
    struct http_reply *reply = ARENA_NEW(cx->arena, struct http_reply);
    if (reply_v2_read(cx, exact_copy(cx, payload), reply) != OK) {
        return STR("500");
    }
    struct buf out = buf_in(cx->arena, KIB(4));
    buf_addf(&out, "%d ", reply->status);
    for (size_t i = 0; i < reply->header_count; i++) {
        buf_addf(&out, STR_FMT "=" STR_FMT ";", STR_ARG(reply->headers[i].name),
                 STR_ARG(reply->headers[i].value));
    }
    buf_add_char(&out, '|');
    buf_add(&out, reply->body);
    return buf_str(&out);
}

static void reply_v2_infers_as_the_gateway(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str payload, want;
    } cases[] = {
        {"object without statusCode", STR_INIT("{\"a\": 1}"),
         STR_INIT("200 content-type=application/json;|{\"a\": 1}")},
        {"string", STR_INIT("\"Hello \\u00e9\""),
         STR_INIT("200 content-type=application/json;|Hello \xc3\xa9")},
        {"array", STR_INIT("[1,2]"), STR_INIT("200 content-type=application/json;|[1,2]")},
        {"number", STR_INIT("12"), STR_INIT("200 content-type=application/json;|12")},
        {"null", STR_INIT("null"), STR_INIT("200 content-type=application/json;|null")},
        {"status alone", STR_INIT("{\"statusCode\":204}"),
         STR_INIT("204 content-type=text/plain;charset=UTF-8;|")},
        {"status as text", STR_INIT("{\"statusCode\":\"201\",\"body\":\"x\"}"),
         STR_INIT("201 content-type=text/plain;charset=UTF-8;|x")},
        {"headers of three types",
         STR_INIT("{\"statusCode\":200,\"headers\":{\"X-A\":\"b\",\"N\":1.50,\"T\":true}}"),
         STR_INIT("200 x-a=b;n=1.50;t=true;content-type=text/plain;charset=UTF-8;|")},
        {"own content type",
         STR_INIT("{\"statusCode\":200,\"headers\":{\"Content-Type\":\"text/html\"}}"),
         STR_INIT("200 content-type=text/html;|")},
        {"cookies", STR_INIT("{\"statusCode\":200,\"cookies\":[\"a=1\",\"b=2; Secure\"]}"),
         STR_INIT(
             "200 set-cookie=a=1;set-cookie=b=2; Secure;content-type=text/plain;charset=UTF-8;|")},
        {"base64", STR_INIT("{\"statusCode\":200,\"body\":\"aGk=\",\"isBase64Encoded\":true}"),
         STR_INIT("200 content-type=text/plain;charset=UTF-8;|hi")},
        {"nulls", STR_INIT("{\"statusCode\":200,\"headers\":null,\"cookies\":null,\"body\":null}"),
         STR_INIT("200 content-type=text/plain;charset=UTF-8;|")},
        {"the connection's headers are dropped",
         STR_INIT("{\"statusCode\":200,\"headers\":{\"Content-Length\":\"9\",\"connection\":"
                  "\"close\"}}"),
         STR_INIT("200 content-type=text/plain;charset=UTF-8;|")},
        {"not JSON", STR_INIT("hello"), STR_INIT("500")},
        {"empty", STR_INIT(""), STR_INIT("500")},
        {"status 99", STR_INIT("{\"statusCode\":99}"), STR_INIT("500")},
        {"status 600", STR_INIT("{\"statusCode\":600}"), STR_INIT("500")},
        {"status is a word", STR_INIT("{\"statusCode\":\"ok\"}"), STR_INIT("500")},
        {"status is null", STR_INIT("{\"statusCode\":null}"), STR_INIT("500")},
        {"body is an object", STR_INIT("{\"statusCode\":200,\"body\":{}}"), STR_INIT("500")},
        {"body is not base64",
         STR_INIT("{\"statusCode\":200,\"body\":\"a\",\"isBase64Encoded\":true}"), STR_INIT("500")},
        {"headers is a list", STR_INIT("{\"statusCode\":200,\"headers\":[]}"), STR_INIT("500")},
        {"a header is a list", STR_INIT("{\"statusCode\":200,\"headers\":{\"a\":[\"b\"]}}"),
         STR_INIT("500")},
        {"a header's name has a blank",
         STR_INIT("{\"statusCode\":200,\"headers\":{\"a b\":\"c\"}}"), STR_INIT("500")},
        {"a header's value ends the line",
         STR_INIT("{\"statusCode\":200,\"headers\":{\"a\":\"b\\r\\nc: d\"}}"), STR_INIT("500")},
        {"a cookie is a number", STR_INIT("{\"statusCode\":200,\"cookies\":[1]}"), STR_INIT("500")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        CHECK_STR(cases[i].name, answer_of(&t.cx, cases[i].payload), cases[i].want);
    }
}

static struct str reply_with_headers(struct ctx *cx, size_t count)
{
    struct buf out = buf_in(cx->arena, KIB(16));
    buf_add(&out, STR("{\"statusCode\":200,\"headers\":{"));
    for (size_t i = 0; i < count; i++) {
        buf_addf(&out, "%s\"x%zu\":\"1\"", i > 0 ? "," : "", i);
    }
    buf_add(&out, STR("}}"));
    return buf_str(&out);
}

static void reply_v2_takes_a_hundred_headers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_reply *reply = ARENA_NEW(&t.arena, struct http_reply);
    size_t most = REPLY_MAX_HEADERS - 1; /* the default content type takes one place */
    CHECK_STATUS(&t.cx, reply_v2_read(&t.cx, reply_with_headers(&t.cx, most), reply), OK);
    CHECK_STATUS(&t.cx, reply_v2_read(&t.cx, reply_with_headers(&t.cx, most + 1), reply),
                 ERR_INVALID);
}

static void cors_answers_allowed_origins_only(void **state)
{
    (void)state;
    struct node second = {.text = STR("https://*")};
    struct node first = {.text = STR("http://app.example"), .next = &second};
    struct node origins = {.kind = NODE_LIST, .first = &first};
    struct cors cors = {
        .enabled = true, .origins = &origins, .methods = STR("GET"), .max_age = STR("9")};
    struct header headers[CORS_MAX_HEADERS];
    CHECK_I64("exact", cors_headers(&cors, STR("http://app.example"), false, headers), 1);
    CHECK_STR("exact", headers[0].value, STR("http://app.example"));
    CHECK_I64("scheme", cors_headers(&cors, STR("https://x.example"), true, headers), 3);
    CHECK_I64("stranger", cors_headers(&cors, STR("http://evil.example"), true, headers), 0);
    CHECK_I64("longer", cors_headers(&cors, STR("http://app.example.evil"), true, headers), 0);
    CHECK_I64("no origin", cors_headers(&cors, STR(""), true, headers), 0);
    assert_true(cors_is_preflight(&cors, STR("OPTIONS"), STR("x"), STR("GET")));
    assert_false(cors_is_preflight(&cors, STR("OPTIONS"), STR("x"), STR("")));
    assert_false(cors_is_preflight(&cors, STR("GET"), STR("x"), STR("GET")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reply_v2_infers_as_the_gateway),
        cmocka_unit_test(reply_v2_takes_a_hundred_headers),
        cmocka_unit_test(cors_answers_allowed_origins_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
