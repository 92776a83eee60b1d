#include "shared/json/json.h"
#include "tests/conformance/fake_api.h"

/* Events as they may come in: headers, framing, sizes, and the places where a reply is split. */

/* ---- headers --------------------------------------------------------------------------------- */

/* Gives the event "context" with these headers and reads what the handler saw. */
static const struct json *seen_with(struct fake *fake, struct ctx *cx, const char *headers)
{
    fake_expect_next(fake);
    fake_reply(fake, 200, headers, STR("context"));
    struct wire wire = fake_request(fake);
    const struct json *seen = NULL;
    CHECK_STATUS(cx, json_read(cx, wire.body, NULL, &seen), OK);
    fake_accepted(fake);
    return seen;
}

static void check_seen(const struct json *seen, const char *name, const char *want)
{
    const struct json *value = json_find(seen, str_from_cstr(name));
    assert_non_null(value);
    CHECK_STR(name, value->text, str_from_cstr(want));
}

static const char *const every_header[][2] = {
    {"request_id", "r1"},
    {"ctx_request_id", "r1"},
    {"trace_id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=a:b"},
    {"trace_env", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=a:b"},
    {"function_arn", "arn:aws:lambda:eu-west-1:123456789012:function:f:live"},
    {"client_context", "{\"client\":{\"a\":[1]},\"custom\":{\"k\":{\"n\":null}}}"},
    {"cognito_identity", "{\"cognitoIdentityId\":\"i\",\"cognitoIdentityPoolId\":\"p\"}"},
    {"tenant_id", "tenant-7"},
    {"content_type", "application/json; charset=utf-8"},
    {"deadline_ms", "1895000000123"},
    {"ctx_deadline_ms", "1895000000123"},
};

static void check_every_header(struct fake *fake, struct ctx *cx, const char *headers)
{
    const struct json *seen = seen_with(fake, cx, headers);
    for (size_t i = 0; i < ARRAY_LEN(every_header); i++) {
        check_seen(seen, every_header[i][0], every_header[i][1]);
    }
}

static void headers_reach_the_handler_in_any_case_and_padding(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    check_every_header(&fake, &t.cx,
                       "Lambda-Runtime-Aws-Request-Id: r1\r\n"
                       "Lambda-Runtime-Trace-Id: "
                       "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=a:b\r\n"
                       "Lambda-Runtime-Invoked-Function-Arn: "
                       "arn:aws:lambda:eu-west-1:123456789012:function:f:live\r\n"
                       "Lambda-Runtime-Client-Context: "
                       "{\"client\":{\"a\":[1]},\"custom\":{\"k\":{\"n\":null}}}\r\n"
                       "Lambda-Runtime-Cognito-Identity: "
                       "{\"cognitoIdentityId\":\"i\",\"cognitoIdentityPoolId\":\"p\"}\r\n"
                       "Lambda-Runtime-Aws-Tenant-Id: tenant-7\r\n"
                       "Content-Type: application/json; charset=utf-8\r\n"
                       "Lambda-Runtime-Deadline-Ms: 1895000000123\r\n");
    check_every_header(
        &fake, &t.cx,
        "LAMBDA-RUNTIME-AWS-REQUEST-ID:r1\r\n"
        "lambda-runtime-trace-id:\t Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1;Lineage=a:b "
        "\t\r\n"
        "lAMBDA-rUNTIME-iNVOKED-fUNCTION-aRN:   "
        "arn:aws:lambda:eu-west-1:123456789012:function:f:live\r\n"
        "lambda-runtime-client-context:{\"client\":{\"a\":[1]},\"custom\":{\"k\":{\"n\":null}}}\r\n"
        "LAMBDA-runtime-COGNITO-identity: "
        "{\"cognitoIdentityId\":\"i\",\"cognitoIdentityPoolId\":\"p\"}\r\n"
        "lambda-runtime-aws-tenant-id:tenant-7  \r\n"
        "content-TYPE:application/json; charset=utf-8\r\n"
        "lambda-runtime-deadline-ms:  1895000000123  \r\n"
        "X-Unknown: 1\r\nX-Empty:\r\n");
}

static void headers_missing_or_empty_are_empty(void **state)
{
    (void)state;
    static const char *const headers[] = {
        ID_HEADER,
        ID_HEADER "Lambda-Runtime-Trace-Id:\r\nLambda-Runtime-Invoked-Function-Arn: \r\n"
                  "Lambda-Runtime-Client-Context:\t\r\nLambda-Runtime-Cognito-Identity:\r\n"
                  "Lambda-Runtime-Aws-Tenant-Id:\r\nContent-Type:\r\n"
                  "Lambda-Runtime-Deadline-Ms:\r\nLambda-Runtime-Invocation-Id:\r\n",
    };
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct json *seen = seen_with(&fake, &t.cx, headers[i]);
        check_seen(seen, "request_id", "r1");
        for (size_t k = 2; k < ARRAY_LEN(every_header) - 2; k++) {
            check_seen(seen, every_header[k][0], "");
        }
        check_seen(seen, "deadline_ms", "0");
        check_seen(seen, "ctx_deadline_ms", "0");
    }
}

static void deadline_that_is_no_time_is_none(void **state)
{
    (void)state;
    static const char *const values[] = {"soon", "-5",  "99999999999999999999",
                                         "1.5",  "1e3", "0x10"};
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str headers =
            arena_format(&t.arena, ID_HEADER "Lambda-Runtime-Deadline-Ms: %s\r\n", values[i]);
        check_seen(seen_with(&fake, &t.cx, headers.ptr), "deadline_ms", "0");
    }
}

static void header_sent_twice_counts_once(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    const struct json *seen = seen_with(
        &fake, &t.cx,
        ID_HEADER "Lambda-Runtime-Aws-Request-Id: r2\r\nLambda-Runtime-Aws-Tenant-Id: a\r\n"
                  "Lambda-Runtime-Aws-Tenant-Id: b\r\n");
    check_seen(seen, "request_id", "r1");
    check_seen(seen, "tenant_id", "a");
}

static void header_of_an_interim_reply_does_not_count(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_send(&fake, STR("HTTP/1.1 103 Early Hints\r\nLambda-Runtime-Aws-Request-Id: early\r\n"
                         "Lambda-Runtime-Aws-Tenant-Id: early\r\n\r\n"));
    fake_reply(&fake, 200, ID_HEADER, STR("context"));
    const struct json *seen = NULL;
    CHECK_STATUS(&t.cx, json_read(&t.cx, fake_expect_response(&fake).body, NULL, &seen), OK);
    check_seen(seen, "request_id", "r1");
    check_seen(seen, "tenant_id", "");
}

static void header_behind_the_body_does_not_count(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_send(&fake, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" ID_HEADER
                         "\r\n7\r\ncontext\r\n0\r\nLambda-Runtime-Aws-Tenant-Id: late\r\n\r\n"));
    const struct json *seen = NULL;
    CHECK_STATUS(&t.cx, json_read(&t.cx, fake_expect_response(&fake).body, NULL, &seen), OK);
    check_seen(seen, "tenant_id", "");
}

static void trace_variable_follows_the_event(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char longest[1026];
    memset(longest, 't', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const struct {
        const char *id;
        bool is_set;
    } cases[] = {
        {"Root=1-a;Sampled=0", true},
        {"Root=1-b", true},
        {"", false},
        {"Root=1-c", true},
        {longest, false},
        {longest + 1, true},
        {"", false},
    };
    static const char *const env[] = {"_X_AMZN_TRACE_ID=from outside", NULL};
    DEFER(fake_close) struct fake fake;
    fake_start_at(&fake, "", env);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str headers =
            arena_format(&t.arena, ID_HEADER "Lambda-Runtime-Trace-Id: %s\r\n", cases[i].id);
        const struct json *seen = seen_with(&fake, &t.cx, headers.ptr);
        CHECK_I64(cases[i].id, json_find(seen, STR("trace_env_is_set"))->boolean, cases[i].is_set);
        check_seen(seen, "trace_env", cases[i].is_set ? cases[i].id : "");
        check_seen(seen, "trace_id", cases[i].id);
    }
}

/* ---- framing --------------------------------------------------------------------------------- */

static void check_echo(struct fake *fake, struct str reply, struct str want)
{
    fake_expect_next(fake);
    fake_send(fake, reply);
    CHECK_STR("echo", fake_expect_response(fake).body, want);
    fake_accepted(fake);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" ID_HEADER

static void event_may_be_chunked_or_sized(void **state)
{
    (void)state;
    static const struct {
        struct str reply, want;
    } cases[] = {
        {STR_INIT(CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\n"), STR_INIT("hello")},
        {STR_INIT(CHUNKED "\r\n1\r\nh\r\n0004;x=y\r\nello\r\n0\r\n\r\n"), STR_INIT("hello")},
        {STR_INIT(CHUNKED "\r\nA\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n"),
         STR_INIT("0123456789abcdefghij")},
        {STR_INIT(CHUNKED "\r\n2\r\n\r\n\r\n0\r\n\r\n"), STR_INIT("\r\n")},
        {STR_INIT(CHUNKED "\r\n0\r\n\r\n"), STR_INIT("")},
        {STR_INIT(CHUNKED "\r\n0\r\nX: y\r\n\r\n"), STR_INIT("")},
        {STR_INIT(CHUNKED "Trailer: X\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n"), STR_INIT("hi")},
        {STR_INIT("HTTP/1.1 200 OK\r\n" ID_HEADER "Content-Length: 5\r\n\r\nhello"),
         STR_INIT("hello")},
        {STR_INIT("HTTP/1.1 200\r\n" ID_HEADER "content-length:0\r\n\r\n"), STR_INIT("")},
    };
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        check_echo(&fake, cases[i].reply, cases[i].want);
    }
    CHECK_I64("connections", fake.connections, 1);
}

static void event_may_end_with_its_connection(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_send(&fake, STR("HTTP/1.1 200 OK\r\n" ID_HEADER "\r\nuntil the end"));
    fake_hang_up(&fake);
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("until the end"));
    fake_accepted(&fake);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 2);
}

static const struct str split_replies[] = {
    STR_INIT("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" ID_HEADER
             "Lambda-Runtime-Deadline-Ms: 1895000000123\r\nContent-Length: 9\r\n\r\n{\"a\": 12}"),
    STR_INIT(CHUNKED "\r\n4\r\n{\"a\"\r\n5;x\r\n: 12}\r\n0\r\nX: y\r\n\r\n"),
};

static void event_may_be_split_at_every_byte(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(split_replies); i++) {
        struct str reply = split_replies[i];
        for (size_t at = 1; at < reply.len; at++) {
            fake_expect_next(&fake);
            fake_send(&fake, str_slice(reply, 0, at));
            fake_pause_us(300); /* so that the probe reads the first part alone */
            fake_send(&fake, str_slice(reply, at, reply.len));
            CHECK_STR("echo", fake_expect_response(&fake).body, STR("{\"a\": 12}"));
            fake_accepted(&fake);
        }
    }
    CHECK_I64("connections", fake.connections, 1);
}

static void event_may_come_byte_by_byte(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(split_replies); i++) {
        fake_expect_next(&fake);
        for (size_t at = 0; at < split_replies[i].len; at++) {
            fake_send(&fake, str_slice(split_replies[i], at, at + 1));
            fake_pause_us(100);
        }
        CHECK_STR("echo", fake_expect_response(&fake).body, STR("{\"a\": 12}"));
        fake_accepted(&fake);
    }
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static struct str noise(struct fake *fake, size_t size)
{
    char *bytes = ARENA_ARRAY(&fake->arena, char, size);
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525U + 1013904223U; /* Numerical Recipes' generator: every byte value */
        bytes[i] = (char)(state >> 24);
    }
    return (struct str){.ptr = bytes, .len = size};
}

static struct str chunked(struct fake *fake, struct str body, size_t chunk)
{
    struct buf out = buf_in(&fake->arena, SIZE_MAX);
    (void)buf_reserve(&out, body.len * 2);
    buf_add(&out, STR(CHUNKED "\r\n"));
    for (size_t at = 0; at < body.len; at += chunk) {
        struct str part = str_slice(body, at, at + chunk);
        buf_addf(&out, "%zx\r\n", part.len);
        buf_add(&out, part);
        buf_add(&out, STR("\r\n"));
    }
    buf_add(&out, STR("0\r\n\r\n"));
    return buf_str(&out);
}

static void event_of_6_mib_goes_round(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    struct str body = noise(&fake, MIB(6));
    fake_give_event(&fake, body);
    assert_true(str_eq(fake_expect_response(&fake).body, body));
    fake_accepted(&fake);
    fake_expect_next(&fake);
    fake_send(&fake, chunked(&fake, body, 60001));
    assert_true(str_eq(fake_expect_response(&fake).body, body));
    fake_accepted(&fake);
    fake_check_alive(&fake);
}

/* Sends until the probe has had enough; what it does not take is not an error here. */
static void send_as_far_as_taken(struct fake *fake, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fake->conn, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        bytes = str_slice(bytes, (size_t)sent, bytes.len);
    }
}

static void event_over_the_limit_is_reported_and_the_loop_goes_on(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    size_t limit = MIB(16);
    struct str body = noise(&fake, limit + 1);
    const struct str replies[] = {
        fake_reply_make(&fake, 200, ID_HEADER, body),
        chunked(&fake, body, MIB(1)),
    };
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        fake_expect_next(&fake);
        send_as_far_as_taken(&fake, replies[i]);
        struct wire wire = fake_expect_error(&fake);
        CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
                  STR("Runtime.EventTooLarge"));
        fake_accepted(&fake);
    }
    fake_expect_next(&fake);
    fake_reply(&fake, 200, ID_HEADER, str_slice(body, 0, limit));
    struct wire wire = fake_expect_error(&fake); /* at the limit it is the echo that is too large */
    CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
              STR("Function.ResponseSizeTooLarge"));
    fake_accepted(&fake);
    fake_check_alive(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_reach_the_handler_in_any_case_and_padding),
        cmocka_unit_test(headers_missing_or_empty_are_empty),
        cmocka_unit_test(deadline_that_is_no_time_is_none),
        cmocka_unit_test(header_sent_twice_counts_once),
        cmocka_unit_test(header_of_an_interim_reply_does_not_count),
        cmocka_unit_test(header_behind_the_body_does_not_count),
        cmocka_unit_test(trace_variable_follows_the_event),
        cmocka_unit_test(event_may_be_chunked_or_sized),
        cmocka_unit_test(event_may_end_with_its_connection),
        cmocka_unit_test(event_may_be_split_at_every_byte),
        cmocka_unit_test(event_may_come_byte_by_byte),
        cmocka_unit_test(event_of_6_mib_goes_round),
        cmocka_unit_test(event_over_the_limit_is_reported_and_the_loop_goes_on),
    };
    return cmocka_run_group_tests_name("conformance events", tests, NULL, NULL);
}
