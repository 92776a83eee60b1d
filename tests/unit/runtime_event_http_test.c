#include "runtime/lambda.h"

#include "tests/support/check.h"

/* In the shape of API Gateway's own example of payload format 2.0, with values of ours. */
static const struct str full_event = STR_INIT(
    "{\"version\":\"2.0\",\"routeKey\":\"POST /plans/{id}\",\"rawPath\":\"/plans/a%2Fb\","
    "\"rawQueryString\":\"x=1&x=2&q=%C3%A9\",\"cookies\":[\"s=1\",\"t=2\"],"
    "\"headers\":{\"content-type\":\"application/json\",\"accept\":\"a,b\",\"x-empty\":\"\"},"
    "\"queryStringParameters\":{\"x\":\"1,2\",\"q\":\"\xc3\xa9\"},"
    "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"api\",\"authorizer\":{\"jwt\":"
    "{\"claims\":{\"sub\":\"u\"},\"scopes\":null}},\"domainName\":\"api.example\","
    "\"http\":{\"method\":\"POST\",\"path\":\"/plans/a/b\",\"protocol\":\"HTTP/1.1\","
    "\"sourceIp\":\"192.0.2.1\",\"userAgent\":\"agent\"},\"requestId\":\"gw-1\","
    "\"routeKey\":\"POST /plans/{id}\",\"stage\":\"$default\","
    "\"time\":\"12/Mar/2026:19:03:58 +0000\",\"timeEpoch\":1773342238000},"
    "\"pathParameters\":{\"id\":\"a/b\"},\"stageVariables\":{\"v\":\"1\"},"
    "\"body\":\"{\\\"a\\\":1}\",\"isBase64Encoded\":false}");

#define CONTEXT        "\"requestContext\":{\"http\":{\"method\":\"GET\",\"path\":\"/\"}}"
#define EVENT(members) STR_INIT("{\"version\":\"2.0\",\"rawPath\":\"/\"," CONTEXT members "}")

static void http_event_read_finds_every_member(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event;
    struct str source = exact_copy(&t.cx, full_event);
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), OK);
    CHECK_STR("method", event.method, STR("POST"));
    CHECK_STR("path, raw", event.path, STR("/plans/a%2Fb"));
    CHECK_STR("query, raw", event.query, STR("x=1&x=2&q=%C3%A9"));
    CHECK_STR("body", event.body, STR("{\"a\":1}"));
    CHECK_STR("route key", event.route_key, STR("POST /plans/{id}"));
    CHECK_STR("stage", event.stage, STR("$default"));
    CHECK_STR("request id", event.request_id, STR("gw-1"));
    CHECK_STR("source ip", event.source_ip, STR("192.0.2.1"));
    CHECK_STR("user agent", event.user_agent, STR("agent"));
    CHECK_STR("domain", event.domain, STR("api.example"));
    CHECK_I64("headers", event.header_count, 3);
    CHECK_I64("cookies", event.cookie_count, 2);
    CHECK_STR("second cookie", event.cookies[1], STR("t=2"));
    CHECK_STR("path parameter", http_event_path_param(&event, STR("id")), STR("a/b"));
    CHECK_STR("query parameter", http_event_query_param(&event, STR("x")), STR("1,2"));
    CHECK_STR("decoded", http_event_query_param(&event, STR("q")), STR("\xc3\xa9"));
}

static void http_event_lookup_tells_absent_from_empty(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event;
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, full_event, &event), OK);
    CHECK_STR("any case", http_event_header(&event, STR("Content-TYPE")), STR("application/json"));
    struct str empty = http_event_header(&event, STR("X-Empty"));
    assert_true(empty.ptr != NULL && empty.len == 0);
    assert_null(http_event_header(&event, STR("x-none")).ptr);
    assert_null(http_event_path_param(&event, STR("ID")).ptr);
    assert_null(http_event_query_param(&event, STR("y")).ptr);
}

static void http_event_read_takes_members_absent_or_null(void **state)
{
    (void)state;
    static const struct str events[] = {
        EVENT(""),
        EVENT(",\"headers\":null,\"cookies\":null,\"body\":null,\"isBase64Encoded\":null,"
              "\"pathParameters\":null,\"queryStringParameters\":null,\"rawQueryString\":null"),
        EVENT(",\"headers\":{},\"cookies\":[],\"body\":\"\",\"isBase64Encoded\":true"),
    };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event;
        struct str source = exact_copy(&t.cx, events[i]);
        CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), OK);
        CHECK_I64("headers", event.header_count, 0);
        CHECK_I64("cookies", event.cookie_count, 0);
        CHECK_I64("parameters", event.path_param_count + event.query_param_count, 0);
        CHECK_STR("body", event.body, STR(""));
        assert_null(http_event_header(&event, STR("accept")).ptr);
    }
}

static void http_event_read_decodes_base64(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct str encoded = EVENT(",\"body\":\"AP8KeA==\",\"isBase64Encoded\":true");
    struct http_event event;
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, encoded, &event), OK);
    CHECK_STR("bytes", event.body, STR("\x00\xff\nx"));
    static const struct str plain = EVENT(",\"body\":\"AP8KeA==\",\"isBase64Encoded\":false");
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, plain, &event), OK);
    CHECK_STR("not flagged", event.body, STR("AP8KeA=="));
}

static void http_event_read_takes_the_context_path_without_a_raw_one(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event;
    CHECK_STATUS(&t.cx, http_event_read(&t.cx, STR("{\"version\":\"2.0\"," CONTEXT "}"), &event),
                 OK);
    CHECK_STR("path", event.path, STR("/"));
}

static void http_event_read_names_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        struct str event;
        const char *words;
    } cases[] = {
        {STR_INIT(""), "event"},
        {STR_INIT("{\"version\":\"2.0\""), "event"},
        {STR_INIT("[]"), "not an HTTP event"},
        {STR_INIT("{\"version\":\"1.0\"," CONTEXT "}"), "not an HTTP event"},
        {STR_INIT("{\"version\":2.0," CONTEXT "}"), "not an HTTP event"},
        {STR_INIT("{\"version\":\"2.0\"}"), "requestContext.http.method is missing"},
        {STR_INIT("{\"version\":\"2.0\",\"requestContext\":[]}"), "requestContext is"},
        {STR_INIT("{\"version\":\"2.0\",\"requestContext\":{\"http\":\"GET\"}}"), "http is"},
        {STR_INIT("{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":1}}}"),
         "requestContext.http.method is a number"},
        {STR_INIT("{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"GET\"}}}"),
         "rawPath is missing"},
        {EVENT(",\"rawQueryString\":{}"), "rawQueryString is an object"},
        {EVENT(",\"headers\":[]"), "headers is an array"},
        {EVENT(",\"headers\":{\"a\":1}"), "headers.a is a number"},
        {EVENT(",\"pathParameters\":{\"id\":[]}"), "pathParameters.id is an array"},
        {EVENT(",\"queryStringParameters\":\"a=1\""), "queryStringParameters is a string"},
        {EVENT(",\"cookies\":{}"), "cookies is an object"},
        {EVENT(",\"cookies\":[1]"), "cookies holds a number"},
        {EVENT(",\"body\":{}"), "body is an object"},
        {EVENT(",\"isBase64Encoded\":\"true\""), "isBase64Encoded is a string"},
        {EVENT(",\"body\":\"AP8KeA=\",\"isBase64Encoded\":true"), "base64"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event;
        struct str source = exact_copy(&t.cx, cases[i].event);
        CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), ERR_INVALID);
        bool says_so = strstr(t.cx.err.text, cases[i].words) != NULL;
        CHECK_I64(t.cx.err.text, says_so, true);
    }
}

static void http_event_read_survives_every_cut(void **state)
{
    (void)state;
    for (size_t len = 0; len < full_event.len; len++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event;
        struct str source = exact_copy(&t.cx, str_slice(full_event, 0, len));
        (void)http_event_is(source);
        CHECK_STATUS(&t.cx, http_event_read(&t.cx, source, &event), ERR_INVALID);
    }
}

static void http_event_is_tells_kinds_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str event;
        bool want;
    } cases[] = {
        {"smallest", EVENT(""), true},
        {"with blanks", STR_INIT(" {\n\t\"version\" : \"2.0\" ,\r\n \"requestContext\" : {} } "),
         true},
        {"context first", STR_INIT("{\"requestContext\":{},\"version\":\"2.0\"}"), true},
        {"behind nested brackets",
         STR_INIT(
             "{\"a\":[{\"b\":\"]}\\\"\"}],\"version\":\"2.0\",\"c\":-1e3,\"requestContext\":{}}"),
         true},
        {"schedule",
         STR_INIT("{\"version\":\"0\",\"id\":\"1\",\"detail-type\":\"Scheduled Event\","
                  "\"source\":\"aws.events\",\"detail\":{}}"),
         false},
        {"schedule that carries an HTTP event",
         STR_INIT("{\"detail\":{\"version\":\"2.0\"," CONTEXT "},\"version\":\"0\"}"), false},
        {"text that looks like one",
         STR_INIT("{\"Records\":[{\"body\":\"{\\\"version\\\":\\\"2.0\\\"," CONTEXT "}\"}]}"),
         false},
        {"older format", STR_INIT("{\"version\":\"1.0\",\"requestContext\":{}}"), false},
        {"older still", STR_INIT("{\"resource\":\"/\",\"requestContext\":{}}"), false},
        {"version is a number", STR_INIT("{\"version\":2.0,\"requestContext\":{}}"), false},
        {"no context", STR_INIT("{\"version\":\"2.0\"}"), false},
        {"context is text", STR_INIT("{\"version\":\"2.0\",\"requestContext\":\"{\"}"), false},
        {"array", STR_INIT("[\"version\",\"2.0\"]"), false},
        {"string", STR_INIT("\"version\""), false},
        {"empty", STR_INIT(""), false},
        {"brace", STR_INIT("{"), false},
        {"name without end", STR_INIT("{\"version"), false},
        {"escape without end", STR_INIT("{\"version\\"), false},
        {"no colon", STR_INIT("{\"version\" \"2.0\"}"), false},
        {"closed too often", STR_INIT("{\"a\":1]]]}"), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str source = exact_copy(&t.cx, cases[i].event);
        CHECK_I64(cases[i].name, http_event_is(source), cases[i].want);
    }
    assert_true(http_event_is(full_event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_event_read_finds_every_member),
        cmocka_unit_test(http_event_lookup_tells_absent_from_empty),
        cmocka_unit_test(http_event_read_takes_members_absent_or_null),
        cmocka_unit_test(http_event_read_decodes_base64),
        cmocka_unit_test(http_event_read_takes_the_context_path_without_a_raw_one),
        cmocka_unit_test(http_event_read_names_what_is_wrong),
        cmocka_unit_test(http_event_read_survives_every_cut),
        cmocka_unit_test(http_event_is_tells_kinds_apart),
    };
    return cmocka_run_group_tests_name("runtime_event_http", tests, NULL, NULL);
}
