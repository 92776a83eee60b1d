/*
 * A REST API through the real clambda-local: events in format 1.0, its errors, its 29 seconds, its
 * streams. The bootstrap is bootstraps/stream_probe.c.
 */
#include "tests/support/stream.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <unistd.h>

static const char *const SLUGS[] = {"echo", "live", "short"};
static const char TEMPLATE[] = "tests/cases/local/rest/template.yaml";
static const char BAD_GATEWAY[] = "{\"message\": \"Internal server error\"}";
static const char NO_TOKEN[] = "{\"message\":\"Missing Authentication Token\"}";

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static struct local_answer ask(struct ctx *cx, const char *line, const char *fields,
                               const char *body)
{
    return local_ask(cx, &shared, line, fields, str_from_cstr(body));
}

static struct local_answer script(struct ctx *cx, const char *path, const char *text)
{
    return ask(cx, arena_format(cx->arena, "POST /v1%s", path).ptr, "", text);
}

static void check_answer(const char *name, struct local_answer answer, int status, const char *body)
{
    CHECK_I64(name, answer.status, status);
    CHECK_STR(name, answer.body, str_from_cstr(body));
}

/* ---- events ---------------------------------------------------------------------------------- */

/* With X-Wrap the probe answers with the event as a response's body. */
static const struct json *event_of(struct ctx *cx, const char *line, const char *fields)
{
    const struct json *root = NULL;
    struct local_answer answer = ask(cx, line, fields, "");
    CHECK_I64(line, answer.status, 200);
    CHECK_STATUS(cx, json_read(cx, answer.body, NULL, &root), OK);
    return root;
}

static void a_request_becomes_an_event_of_format_1(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *event =
        event_of(&t.cx, "GET /v1/items/a%2Fb?x=1&x=2", "X-Wrap: 1\r\nX-Camel: a\r\nx-camel: b\r\n");
    const struct json *context = json_find(event, STR("requestContext"));
    const struct json *all = json_find(event, STR("multiValueHeaders"));
    assert_null(json_find(event, STR("version")));
    CHECK_STR("resource", json_find_str(event, STR("resource")), STR("/items/{id}"));
    CHECK_STR("path", json_find_str(event, STR("path")), STR("/items/a%2Fb"));
    CHECK_STR("whole path", json_find_str(context, STR("path")), STR("/v1/items/a%2Fb"));
    CHECK_STR("stage", json_find_str(context, STR("stage")), STR("v1"));
    CHECK_STR("id", json_find_str(json_find(event, STR("pathParameters")), STR("id")), STR("a/b"));
    CHECK_STR("the last", json_find_str(json_find(event, STR("queryStringParameters")), STR("x")),
              STR("2"));
    CHECK_I64("all",
              json_find(json_find(event, STR("multiValueQueryStringParameters")), STR("x"))->count,
              2);
    CHECK_STR("case as sent", json_find(all, STR("X-Camel"))->span, STR("[\"a\",\"b\"]"));
    CHECK_STR("variables", json_find_str(json_find(event, STR("stageVariables")), STR("color")),
              STR("blue"));
    CHECK_I64("request id", json_find_str(context, STR("requestId")).len, 36);
    CHECK_STR("source", json_find_str(json_find(context, STR("identity")), STR("sourceIp")),
              STR("127.0.0.1"));
    event = event_of(&t.cx, "PATCH /v1/all/b/c", "X-Wrap: 1\r\n");
    CHECK_STR("greedy", json_find_str(json_find(event, STR("pathParameters")), STR("proxy")),
              STR("b/c"));
}

static void both_apis_share_the_port(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = ask(&t.cx, "GET /items/1", "", "");
    const struct json *event = local_json(&t.cx, answer);
    CHECK_STR("HTTP API", json_find_str(event, STR("version")), STR("2.0"));
}

static void what_is_not_there_lacks_a_token(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = ask(&t.cx, "GET /v1/nothing", "", "");
    check_answer("path", answer, 403, NO_TOKEN);
    assert_true(local_has_header(answer, "x-amzn-ErrorType: MissingAuthenticationTokenException"));
    check_answer("method", ask(&t.cx, "DELETE /v1/items/1", "", ""), 403, NO_TOKEN);
    check_answer("a resource of its own hides {proxy+}", ask(&t.cx, "POST /v1/all/exact", "", ""),
                 403, NO_TOKEN);
    check_answer("the stage alone", ask(&t.cx, "GET /v1", "", ""), 403, NO_TOKEN);
    CHECK_I64("another stage", ask(&t.cx, "GET /v11/items/1", "", "").status, 404);
}

static void options_are_those_of_cors(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = ask(&t.cx, "OPTIONS /v1/items/1", "", "");
    CHECK_I64("status", answer.status, 200);
    assert_true(local_has_header(answer, "Access-Control-Allow-Origin: https://app.example"));
    assert_true(local_has_header(answer, "Access-Control-Allow-Methods: GET,POST"));
    CHECK_I64("no such path", ask(&t.cx, "OPTIONS /v1/nothing", "", "").status, 403);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void the_function_decides_the_response(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = script(
        &t.cx, "/script",
        "[{\"whole\":\"{\\\"statusCode\\\":201,\\\"headers\\\":{\\\"X-One\\\":\\\"1\\\","
        "\\\"X-Both\\\":\\\"a\\\"},\\\"multiValueHeaders\\\":{\\\"X-Both\\\":[\\\"a\\\","
        "\\\"b\\\"],\\\"Set-Cookie\\\":[\\\"a=b\\\",\\\"c=d\\\"]},\\\"body\\\":\\\"hi\\\"}\"}]");
    check_answer("whole", answer, 201, "hi");
    static const char *const lines[] = {"X-One: 1",
                                        "X-Both: a\r\nX-Both: b",
                                        "Set-Cookie: a=b",
                                        "Set-Cookie: c=d",
                                        "x-amz-apigw-id: ",
                                        "x-amzn-RequestId: ",
                                        "content-type: application/json"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (!local_has_header(answer, lines[i])) {
            CHECK_FAILED("no \"%s\" in " STR_FMT "\n", lines[i], STR_ARG(answer.head));
        }
    }
}

static void malformed_answers_are_a_bad_gateway(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const scripts[] = {
        "[{\"whole\":\"word\"}]",
        "[{\"whole\":\"\\\"word\\\"\"}]",
        "[{\"whole\":\"{\\\"hello\\\":1}\"}]",
        "[{\"whole\":\"{\\\"statusCode\\\":200,\\\"body\\\":{}}\"}]",
        "[{\"whole\":\"{\\\"statusCode\\\":200,\\\"headers\\\":{\\\"a\\\":[]}}\"}]",
        ("[{\"whole\":\"{\\\"statusCode\\\":200,\\\"multiValueHeaders\\\":{\\\"a\\\":\\\"b\\\"}}\"}"
         "]"),
        "[{\"error\":\"x\"}]",
        "[{\"sleep\":1},{\"exit\":1}]",
    };
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        check_answer(scripts[i], script(&t.cx, "/script", scripts[i]), 502, BAD_GATEWAY);
    }
    local_check_log(&t.cx, &shared, "is a malformed Lambda proxy response: there is no statusCode");
}

static void base64_is_decoded_for_binary_types_only(void **state)
{
    (void)state;
    TEST_CTX;
    static const char text[] = "[{\"whole\":\"{\\\"statusCode\\\":200,\\\"isBase64Encoded\\\":true,"
                               "\\\"body\\\":\\\"aGk=\\\"}\"}]";
    check_answer("not accepted", script(&t.cx, "/script", text), 200, "aGk=");
    check_answer("accepted",
                 ask(&t.cx, "POST /v1/script", "Accept: image/png;q=1, text/html\r\n", text), 200,
                 "hi");
}

static void twenty_nine_seconds_are_the_ceiling(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t began_us = clock_mono_us();
    check_answer("of the route", script(&t.cx, "/soon", "[{\"sleep\":2500},\"a\"]"), 504,
                 "{\"message\": \"Endpoint request timed out\"}");
    assert_true(clock_mono_us() - began_us < 2000000);
    check_answer("of the function", script(&t.cx, "/short", "[{\"sleep\":3000}]"), 502,
                 BAD_GATEWAY);
}

static void a_throttled_function_is_an_internal_error(void **state)
{
    (void)state;
    TEST_CTX;
    int busy = local_send(&t.cx, &shared, "POST /v1/short", "", STR("[{\"sleep\":800},\"a\"]"));
    (void)usleep(150000);
    check_answer("throttled", script(&t.cx, "/short", "[]"), 500, BAD_GATEWAY);
    (void)local_read(&t.cx, busy);
}

/* ---- streams --------------------------------------------------------------------------------- */

static void a_streamed_route_sends_pieces_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    enum { AT_ONCE_US = 500000 };
    struct str data;
    (void)script(&t.cx, "/live", "[{\"prelude\":{}}]");
    struct buf in = buf_in(&t.arena, MIB(1));
    int64_t began_us = clock_mono_us();
    int fd = local_send(&t.cx, &shared, "POST /v1/live", "",
                        STR("[{\"prelude\":{\"statusCode\":203,\"headers\":{\"X-A\":\"b\"}}},"
                            "\"first\",{\"sleep\":1000},\"second\"]"));
    int64_t first_us = stream_read_until(fd, &in, "first") - began_us;
    (void)stream_read_until(fd, &in, "second\r\n0\r\n\r\n");
    (void)close(fd);
    if (first_us > AT_ONCE_US) {
        CHECK_FAILED("the first byte after %lld us\n", (long long)first_us);
    }
    assert_true(str_has_prefix(buf_str(&in), STR("HTTP/1.1 203 ")));
    assert_true(str_find(buf_str(&in), STR("X-A: b\r\n")) != SIZE_MAX);
    assert_true(str_find(buf_str(&in), STR("x-amz-apigw-id: ")) != SIZE_MAX);
    assert_true(stream_dechunk(&t.cx, stream_body(buf_str(&in)), &data));
    CHECK_STR("data", data, STR("firstsecond"));
}

/* Whatever its content type says, and posted whole or not. */
static void a_streamed_route_needs_the_prelude(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("none", script(&t.cx, "/live", "[\"word\"]"), 502, BAD_GATEWAY);
    check_answer("an envelope",
                 script(&t.cx, "/live", "[{\"whole\":\"{\\\"statusCode\\\":200}\"}]"), 502,
                 BAD_GATEWAY);
    check_answer("an error", script(&t.cx, "/live", "[{\"error\":\"x\"}]"), 502, BAD_GATEWAY);
}

static void a_silent_stream_is_cut(void **state)
{
    (void)state;
    TEST_CTX;
    struct str data;
    int64_t began_us = clock_mono_us();
    struct local_answer answer =
        script(&t.cx, "/live", "[{\"prelude\":{}},\"half\",{\"sleep\":6000},\"more\"]");
    assert_false(stream_dechunk(&t.cx, answer.body, &data));
    CHECK_STR("data", data, STR("half"));
    assert_true(clock_mono_us() - began_us < 5000000);
    local_check_log(&t.cx, &shared, "the stream was silent for too long: it is cut");
    check_answer("before it began", script(&t.cx, "/live", "[{\"sleep\":3000}]"), 504,
                 "{\"message\": \"Endpoint request timed out\"}");
    answer = script(
        &t.cx, "/live",
        "[{\"prelude\":{}},{\"sleep\":400},\"a\",{\"sleep\":400},\"b\",{\"sleep\":400},\"c\"]");
    assert_true(stream_dechunk(&t.cx, answer.body, &data));
    CHECK_STR("what speaks now and then goes on", data, STR("abc"));
}

/* ---- the template ---------------------------------------------------------------------------- */

static void what_a_rest_api_may_not_have_is_refused(void **state)
{
    (void)state;
    char out[8192];
    CHECK_I64("good", local_run("doctor tests/cases/local/rest/template.yaml", out, sizeof(out)),
              0);
    CHECK_I64("bad", local_run("doctor tests/cases/local/rest/refused.yaml", out, sizeof(out)), 2);
    static const char *const lines[] = {
        "refused.yaml:14: a REST API's Auth is not emulated here: its routes would be open",
        "refused.yaml:15: a REST API's DefinitionBody is not emulated here",
        "refused.yaml:28: Method \"FETCH\" is not one of a REST API",
        "refused.yaml:29: ResponseTransferMode is BUFFERED or RESPONSE_STREAM",
        "refused.yaml:30: an Api event's RequestModel is not emulated here",
        "refused.yaml:32: a second REST API, Other after Rest",
        "refused.yaml:36: RestApiId must be !Ref of an AWS::Serverless::Api in this template",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (strstr(out, lines[i]) == NULL) {
            CHECK_FAILED("no \"%s\" in:\n%s\n", lines[i], out);
        }
    }
}

static int start_shared(void **state)
{
    static const char *const arguments[] = {"--stream-idle-ms", "2000", NULL};
    return local_group_start(state, &shared,
                             &(struct local_options){
                                 .template = TEMPLATE,
                                 .slugs = SLUGS,
                                 .slug_count = ARRAY_LEN(SLUGS),
                                 .probe = "stream_probe",
                                 .arguments = arguments,
                             });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_becomes_an_event_of_format_1),
        cmocka_unit_test(both_apis_share_the_port),
        cmocka_unit_test(what_is_not_there_lacks_a_token),
        cmocka_unit_test(options_are_those_of_cors),
        cmocka_unit_test(the_function_decides_the_response),
        cmocka_unit_test(malformed_answers_are_a_bad_gateway),
        cmocka_unit_test(base64_is_decoded_for_binary_types_only),
        cmocka_unit_test(twenty_nine_seconds_are_the_ceiling),
        cmocka_unit_test(a_throttled_function_is_an_internal_error),
        cmocka_unit_test(a_streamed_route_sends_pieces_at_once),
        cmocka_unit_test(a_streamed_route_needs_the_prelude),
        cmocka_unit_test(a_silent_stream_is_cut),
        cmocka_unit_test(what_a_rest_api_may_not_have_is_refused),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
