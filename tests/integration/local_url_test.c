/*
 * Function URLs through the real clambda-local: the event, buffered answers, and streamed ones with
 * and without the prelude. The bootstrap is bootstraps/stream_probe.c.
 */
#include "tests/support/stream.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const SLUGS[] = {"live", "quick", "whole", "plain"};
static const char JSON_TYPE[] = "Content-Type: application/json\r\n";
/* "type" of a script whose stream begins with a prelude */
#define INTEGRATION "{\"type\":\"application/vnd.awslambda.http-integration-response\",\"steps\":"

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static int start(struct ctx *cx, const char *slug, const char *script)
{
    return local_send(cx, &shared, arena_format(cx->arena, "POST /_url/%s/a", slug).ptr, JSON_TYPE,
                      str_from_cstr(script));
}

static struct local_answer ask(struct ctx *cx, const char *slug, const char *script)
{
    return local_read(cx, start(cx, slug, script));
}

static void check_answer(const char *name, struct local_answer answer, int status, const char *body)
{
    CHECK_I64(name, answer.status, status);
    CHECK_STR(name, answer.body, str_from_cstr(body));
}

/* ---- the event ------------------------------------------------------------------------------- */

static const struct json *event_of(struct ctx *cx, struct local_answer answer)
{
    return local_json(cx, answer);
}

static void the_event_is_that_of_a_function_url(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *event =
        event_of(&t.cx, local_ask(&t.cx, &shared, "GET /_url/whole/x/a%2Fb?q=1&q=2", "", STR("")));
    const struct json *context = json_find(event, STR("requestContext"));
    CHECK_STR("version", json_find_str(event, STR("version")), STR("2.0"));
    CHECK_STR("route", json_find_str(event, STR("routeKey")), STR("$default"));
    CHECK_STR("path", json_find_str(event, STR("rawPath")), STR("/x/a%2Fb"));
    CHECK_STR("query", json_find_str(event, STR("rawQueryString")), STR("q=1&q=2"));
    CHECK_STR("account", json_find_str(context, STR("accountId")), STR("anonymous"));
    CHECK_STR("api", json_find_str(context, STR("apiId")), STR("whole"));
    CHECK_STR("domain", json_find_str(context, STR("domainName")),
              STR("whole.lambda-url.localhost"));
    CHECK_STR("prefix", json_find_str(context, STR("domainPrefix")), STR("whole"));
    CHECK_STR("stage", json_find_str(context, STR("stage")), STR("$default"));
    CHECK_I64("request id", json_find_str(context, STR("requestId")).len, 36);
    assert_null(json_find(event, STR("pathParameters")));
    event = event_of(&t.cx, local_ask(&t.cx, &shared, "GET /_url/whole?q", "", STR("")));
    CHECK_STR("no path", json_find_str(event, STR("rawPath")), STR("/"));
}

static struct local_answer ask_host(struct ctx *cx, const char *host, const char *target)
{
    int fd = local_connect(&shared);
    struct str text = arena_format(
        cx->arena, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, host);
    assert_int_equal(send(fd, text.ptr, text.len, MSG_NOSIGNAL), text.len);
    return local_read(cx, fd);
}

static void a_host_of_its_own_names_the_function(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *event =
        event_of(&t.cx, ask_host(&t.cx, "Whole.lambda-url.localhost:9000", "/_url/live/b"));
    CHECK_STR("the host decides", json_find_str(event, STR("rawPath")), STR("/_url/live/b"));
    CHECK_I64("no URL", ask_host(&t.cx, "plain.lambda-url.localhost", "/").status, 403);
    CHECK_I64("no function", ask_host(&t.cx, "x.lambda-url.localhost", "/").status, 403);
    CHECK_I64("by path", local_ask(&t.cx, &shared, "GET /_url/plain/", "", STR("")).status, 403);
}

static void urls_are_in_the_template_with_auth_none(void **state)
{
    (void)state;
    char out[4096];
    CHECK_I64("exit", local_run("doctor tests/cases/local/url/refused.yaml", out, sizeof(out)), 2);
    static const char *const lines[] = {
        "refused.yaml:11: a function URL's AuthType must be NONE",
        "refused.yaml:12: InvokeMode is BUFFERED or RESPONSE_STREAM",
        "refused.yaml:13: a FunctionUrlConfig's Alias is not emulated here",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (strstr(out, lines[i]) == NULL) {
            CHECK_FAILED("no \"%s\" in:\n%s\n", lines[i], out);
        }
    }
}

static void cors_is_the_url_s(void **state)
{
    (void)state;
    TEST_CTX;
    const char *fields = "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n";
    struct local_answer answer = local_ask(&t.cx, &shared, "OPTIONS /_url/live/", fields, STR(""));
    CHECK_I64("preflight", answer.status, 200);
    assert_true(local_has_header(answer, "access-control-allow-methods: GET,POST"));
    answer = local_ask(&t.cx, &shared, "POST /_url/live/", "Origin: https://app.example\r\n",
                       STR("[\"a\"]"));
    assert_true(local_has_header(answer, "access-control-allow-origin: https://app.example"));
}

/* ---- buffered -------------------------------------------------------------------------------- */

static void a_buffered_url_answers_as_an_http_api(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        ask(&t.cx, "whole",
            "[{\"whole\":\"{\\\"statusCode\\\":201,\\\"headers\\\":{\\\"X-Y\\\":\\\"z\\\"},"
            "\\\"cookies\\\":[\\\"a=b\\\"],\\\"body\\\":\\\"hi\\\"}\"}]");
    check_answer("object", answer, 201, "hi");
    assert_true(local_has_header(answer, "x-y: z"));
    assert_true(local_has_header(answer, "set-cookie: a=b"));
    check_answer("streamed to it", ask(&t.cx, "whole", "[\"{\\\"a\\\"\",\":1}\"]"), 200,
                 "{\"a\":1}");
    check_answer("no JSON", ask(&t.cx, "whole", "[{\"whole\":\"word\"}]"), 502,
                 "Internal Server Error");
    check_answer("error", ask(&t.cx, "whole", "[{\"error\":\"x\"}]"), 502, "Internal Server Error");
}

/* ---- streamed -------------------------------------------------------------------------------- */

static struct str chunks_of(struct ctx *cx, struct local_answer answer)
{
    struct str data;
    assert_true(stream_dechunk(cx, answer.body, &data));
    return data;
}

static void the_prelude_becomes_the_head(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        ask(&t.cx, "live",
            INTEGRATION "[{\"prelude\":{\"statusCode\":418,\"headers\":{\"X-Tea\":\"pot\","
                        "\"Content-Length\":\"9\"},\"multiValueHeaders\":{\"X-M\":[\"1\",\"2\"]},"
                        "\"cookies\":[\"a=b\",\"c=d\"]}},\"short\",\" and stout\"]}");
    CHECK_I64("status", answer.status, 418);
    CHECK_STR("body", chunks_of(&t.cx, answer), STR("short and stout"));
    static const char *const lines[] = {"X-Tea: pot",
                                        "X-M: 1",
                                        "X-M: 2",
                                        "set-cookie: a=b",
                                        "set-cookie: c=d",
                                        "x-amzn-requestid: ",
                                        "Content-Type: application/octet-stream"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (!local_has_header(answer, lines[i])) {
            CHECK_FAILED("no \"%s\" in " STR_FMT "\n", lines[i], STR_ARG(answer.head));
        }
    }
    assert_false(local_has_header(answer, "Content-Length"));
    answer = ask(&t.cx, "live",
                 INTEGRATION "[{\"bytewise\":\"{}\"},{\"base64\":\"AAAAAA==\"},"
                             "{\"base64\":\"AAAAAAAAYQ==\"}]}");
    CHECK_I64("at any split", answer.status, 200);
    CHECK_STR("zeros after the eight are body", chunks_of(&t.cx, answer),
              ((struct str){.ptr = "\0\0a", .len = 3}));
}

static void without_a_prelude_the_stream_is_the_body(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        ask(&t.cx, "live", "{\"type\":\"text/event-stream\",\"steps\":[\"data: 1\\n\\n\"]}");
    CHECK_I64("status", answer.status, 200);
    CHECK_STR("body", chunks_of(&t.cx, answer), STR("data: 1\n\n"));
    assert_true(local_has_header(answer, "Content-Type: text/event-stream"));
}

static void head_and_pieces_come_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    enum { AT_ONCE_US = 500000, PAUSE_US = 1000000 };
    (void)ask(&t.cx, "live", "[\"warm\"]");
    struct buf in = buf_in(&t.arena, MIB(1));
    int64_t began_us = clock_mono_us();
    int fd = start(&t.cx, "live",
                   INTEGRATION "[{\"prelude\":{\"statusCode\":201}},{\"sleep\":1000},\"first\","
                               "{\"sleep\":1000},\"second\"]}");
    int64_t head_us = stream_read_until(fd, &in, "\r\n\r\n") - began_us;
    int64_t first_us = stream_read_until(fd, &in, "first") - began_us;
    int64_t second_us = stream_read_until(fd, &in, "second") - began_us;
    (void)close(fd);
    if (head_us > AT_ONCE_US || first_us > PAUSE_US + AT_ONCE_US ||
        second_us < first_us + PAUSE_US / 2) {
        CHECK_FAILED("head %lld us, first %lld us, second %lld us\n", (long long)head_us,
                     (long long)first_us, (long long)second_us);
    }
}

static void a_broken_prelude_is_a_bad_gateway(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const scripts[] = {
        INTEGRATION "[\"no zeros\"]}",
        INTEGRATION "[]}",
        INTEGRATION "[\"{}\",{\"base64\":\"AAAAAAAAAGE=\"}]}", /* seven zeros */
        INTEGRATION "[{\"prelude\":[1]}]}",
        INTEGRATION "[{\"prelude\":{\"statusCode\":\"x\"}}]}",
        INTEGRATION "[{\"prelude\":{\"headers\":{\"a\":{}}}}]}",
        INTEGRATION "[{\"fill\":16384},{\"prelude\":{}}]}",
        INTEGRATION "[{\"prelude\":{\"headers\":{\"a\":\"b\\r\\nc: d\"}}}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        check_answer(scripts[i], ask(&t.cx, "live", scripts[i]), 502, "Internal Server Error");
    }
    local_check_log(&t.cx, &shared, "no prelude (a JSON object, eight zero bytes)");
}

static void a_whole_answer_behind_a_stream_is_delivered_verbatim(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        ask(&t.cx, "live", "[{\"whole\":\"{\\\"statusCode\\\":404,\\\"body\\\":\\\"hi\\\"}\"}]");
    check_answer("envelope and all", answer, 200, "{\"statusCode\":404,\"body\":\"hi\"}");
    local_check_log(&t.cx, &shared, "is delivered as it stands behind RESPONSE_STREAM");
}

static void an_error_before_the_stream_is_a_bad_gateway(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("error", ask(&t.cx, "live", "[{\"error\":\"x\"}]"), 502, "Internal Server Error");
    check_answer("timeout", ask(&t.cx, "quick", "[{\"sleep\":1}]"), 200, "0\r\n\r\n");
    int busy = start(&t.cx, "quick", "[\"a\",{\"sleep\":700}]");
    (void)usleep(100000);
    CHECK_I64("throttled", ask(&t.cx, "quick", "[]").status, 429);
    (void)local_read(&t.cx, busy);
}

/* The client sees that it is not whole: the last chunk is missing. */
static void an_error_in_the_stream_cuts_the_connection(void **state)
{
    (void)state;
    TEST_CTX;
    struct str data;
    struct local_answer answer = ask(&t.cx, "live", "[\"half\",{\"error\":\"Function.Broken\"}]");
    CHECK_I64("status", answer.status, 200);
    assert_false(stream_dechunk(&t.cx, answer.body, &data));
    CHECK_STR("data", data, STR("half"));
    local_check_log(&t.cx, &shared, "a stream broke off after 4 bytes: Function.Broken");
    answer = ask(&t.cx, "quick", "[\"half\",{\"sleep\":3000},\"more\"]");
    assert_false(stream_dechunk(&t.cx, answer.body, &data));
    CHECK_STR("the function's time is up", data, STR("half"));
}

static int start_shared(void **state)
{
    return local_group_start(state, &shared,
                             &(struct local_options){
                                 .template = "tests/cases/local/url/template.yaml",
                                 .slugs = SLUGS,
                                 .slug_count = ARRAY_LEN(SLUGS),
                                 .probe = "stream_probe",
                             });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_is_that_of_a_function_url),
        cmocka_unit_test(a_host_of_its_own_names_the_function),
        cmocka_unit_test(urls_are_in_the_template_with_auth_none),
        cmocka_unit_test(cors_is_the_url_s),
        cmocka_unit_test(a_buffered_url_answers_as_an_http_api),
        cmocka_unit_test(the_prelude_becomes_the_head),
        cmocka_unit_test(without_a_prelude_the_stream_is_the_body),
        cmocka_unit_test(head_and_pieces_come_at_once),
        cmocka_unit_test(a_broken_prelude_is_a_bad_gateway),
        cmocka_unit_test(a_whole_answer_behind_a_stream_is_delivered_verbatim),
        cmocka_unit_test(an_error_before_the_stream_is_a_bad_gateway),
        cmocka_unit_test(an_error_in_the_stream_cuts_the_connection),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
