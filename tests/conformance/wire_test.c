#include "tests/conformance/fake_api.h"

/* What goes over the wire, byte for byte. */

static struct str in_head(struct fake *fake, const char *format)
{
    return arena_format(&fake->arena, "%.*s127.0.0.1:%d%s", (int)strcspn(format, "@"), format,
                        fake->port, strchr(format, '@') + 1);
}

static void poll_is_a_plain_get(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    struct wire wire = fake_request(&fake);
    CHECK_STR("head", wire.head,
              in_head(&fake, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: @\r\n"
                             "User-Agent: clambda/0.1\r\n\r\n"));
    CHECK_STR("body", wire.body, STR(""));
}

static void response_echoes_the_invocation_id(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_reply(&fake, 200, ID_HEADER "Lambda-Runtime-Invocation-Id: n/0+=once \r\n", STR("hi\0!"));
    struct wire wire = fake_request(&fake);
    CHECK_STR("head", wire.head,
              in_head(&fake,
                      "POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\nHost: @\r\n"
                      "User-Agent: clambda/0.1\r\nContent-Type: application/x-echo\r\n"
                      "Lambda-Runtime-Invocation-Id: n/0+=once\r\n"
                      "Content-Length: 4\r\n\r\n"));
    CHECK_STR("body", wire.body, STR("hi\0!"));
    CHECK_I64("head and small body in one write", wire.reads, 1);
    fake_accepted(&fake);
    fake_expect_next(&fake);
}

static void response_without_invocation_id_has_no_such_header(void **state)
{
    (void)state;
    static const char *const headers[] = {ID_HEADER, ID_HEADER "Lambda-Runtime-Invocation-Id:\r\n"};
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        fake_expect_next(&fake);
        fake_reply(&fake, 200, headers[i], STR("hi"));
        struct wire wire = fake_expect_response(&fake);
        CHECK_I64("not there", str_find(wire.head, STR("Invocation-Id")), SIZE_MAX);
        fake_accepted(&fake);
    }
}

static void error_report_is_whole(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_reply(&fake, 200, ID_HEADER "Lambda-Runtime-Invocation-Id: nonce\r\n", STR("fail"));
    struct wire wire = fake_request(&fake);
    CHECK_STR(
        "head", wire.head,
        in_head(&fake,
                "POST /2018-06-01/runtime/invocation/r1/error HTTP/1.1\r\nHost: @\r\n"
                "User-Agent: clambda/0.1\r\nContent-Type: application/json\r\n"
                "Lambda-Runtime-Function-Error-Type: Function.NotFound\r\n"
                "Lambda-Runtime-Function-XRay-Error-Cause: {\"working_directory\":\"/var/task\","
                "\"exceptions\":[{\"message\":\"no plan \\\"caf\\u00e9\\\"\\n\\ufffd\","
                "\"type\":\"Function.NotFound\",\"stack\":[]}],\"paths\":[]}\r\n"
                "Lambda-Runtime-Invocation-Id: nonce\r\nContent-Length: 89\r\n\r\n"));
    CHECK_STR("body", wire.body,
              STR("{\"errorMessage\":\"no plan \\\"caf\xc3\xa9\\\"\\n\xef\xbf\xbd\","
                  "\"errorType\":\"Function.NotFound\",\"stackTrace\":[]}"));
    fake_accepted(&fake);
    fake_expect_next(&fake);
    CHECK_LOG(&fake, "invocation_failed", 1);
    CHECK_LOG(&fake, "no plan", 1);              /* once in the whole log */
    CHECK_LOG(&fake, "\"requestId\":\"r1\"", 2); /* that line, and the one of the after hook */
}

static void http_event_gets_an_http_envelope(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("{\"version\":\"2.0\",\"rawPath\":\"/a%20b\",\"requestContext\":"
                               "{\"http\":{\"method\":\"PUT\"}},\"body\":\"eA==\","
                               "\"isBase64Encoded\":true}"));
    struct wire wire = fake_expect_response(&fake);
    CHECK_STR("type", wire_header(&wire, "content-type"), STR("application/json"));
    CHECK_STR(
        "body", wire.body,
        STR("{\"statusCode\":201,\"headers\":{\"content-type\":\"text/plain\"},\"cookies\":[],"
            "\"body\":\"PUT /a%20b x\",\"isBase64Encoded\":false}"));
}

static void address_with_a_prefix_is_joined_unparsed(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *want;
    } cases[] = {
        {"/_runtime/fn", "GET /_runtime/fn/2018-06-01/runtime/invocation/next"},
        {"/", "GET //2018-06-01/runtime/invocation/next"},
        {"/a/../b", "GET /a/../b/2018-06-01/runtime/invocation/next"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start_at(&fake, cases[i].prefix, NULL);
        (void)fake_expect(&fake, cases[i].want);
    }
}

static void request_id_is_encoded_into_the_path(void **state)
{
    (void)state;
    static const struct {
        const char *id, *want;
    } cases[] = {
        {"8476a536-e9f4-11e8-9739-2dfe598c3fcd", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"},
        {"a b/../c?d#e%f", "a%20b%2F..%2Fc%3Fd%23e%25f"},
        {"Az.09_~", "Az.09_~"},
    };
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fake_expect_next(&fake);
        struct str header =
            arena_format(&fake.arena, "Lambda-Runtime-Aws-Request-Id: %s\r\n", cases[i].id);
        fake_reply(&fake, 200, header.ptr, STR("hi"));
        struct str line = arena_format(&fake.arena, "POST " RUNTIME_PATH "/invocation/%s/response",
                                       cases[i].want);
        (void)fake_expect(&fake, line.ptr);
        fake_accepted(&fake);
    }
}

static void connection_is_kept(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int i = 0; i < 20; i++) {
        fake_give_event(&fake, i % 2 == 0 ? STR("hi") : STR("fail"));
        (void)fake_request(&fake);
        fake_accepted(&fake);
    }
    fake_expect_next(&fake);
    CHECK_I64("connections", fake.connections, 1);
}

static void large_response_does_not_wait_for_a_continue(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("size 6291556"));
    struct wire wire = fake_expect_response(&fake); /* nothing was sent to it so far */
    CHECK_STR("no Expect", wire_header(&wire, "expect"), STR(""));
    CHECK_STR("sized", wire_header(&wire, "content-length"), STR("6291556"));
    CHECK_I64("bytes", wire.body.len, 6291556);
    fake_accepted(&fake);
    fake_check_alive(&fake);
}

static void proxy_variables_never_apply(void **state)
{
    (void)state;
    /* Port 1 answers nobody: a request that took this way would fail. */
    static const char *const proxies[] = {
        "http_proxy=http://127.0.0.1:1",
        "HTTP_PROXY=http://127.0.0.1:1",
        "all_proxy=http://127.0.0.1:1",
        "ALL_PROXY=http://127.0.0.1:1",
        "no_proxy=example.com",
        "NO_PROXY=example.com",
        NULL,
    };
    DEFER(fake_close) struct fake fake;
    fake_start_at(&fake, "", proxies);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 1);
    CHECK_LOG(&fake, "failed", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poll_is_a_plain_get),
        cmocka_unit_test(response_echoes_the_invocation_id),
        cmocka_unit_test(response_without_invocation_id_has_no_such_header),
        cmocka_unit_test(error_report_is_whole),
        cmocka_unit_test(http_event_gets_an_http_envelope),
        cmocka_unit_test(address_with_a_prefix_is_joined_unparsed),
        cmocka_unit_test(request_id_is_encoded_into_the_path),
        cmocka_unit_test(connection_is_kept),
        cmocka_unit_test(large_response_does_not_wait_for_a_continue),
        cmocka_unit_test(proxy_variables_never_apply),
    };
    return cmocka_run_group_tests_name("conformance wire", tests, NULL, NULL);
}
