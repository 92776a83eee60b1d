/*
 * The real clambda-local with bootstraps that misbehave (bootstraps/local_probe.c): what callers
 * get for each, and what it logs. Run from the root; CLAMBDA_LOCAL names another gateway.
 */
#include "tests/support/local.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char TEMPLATE[] = "tests/cases/local/gateway/template.yaml";
static const char *const SLUGS[] = {
    "echo",  "slow",  "solo",      "never",      "reply",   "env",       "crash",
    "hang",  "twice", "error",     "big",        "rules",   "chunks",    "family",
    "after", "leave", "init-exit", "init-error", "ceiling", "init-hang", "deaf",
};

static struct local shared; /* one for the tests that leave it running */
static int hanging_init;    /* a request that takes eleven seconds: sent first, read last */

static void gateway_start(struct local *g, const char *idle_seconds)
{
    const char *const arguments[] = {"--idle-seconds", idle_seconds, "--parameter",
                                     "Greeting=good day", NULL};
    local_start(g, &(struct local_options){.template = TEMPLATE,
                                           .slugs = SLUGS,
                                           .slug_count = ARRAY_LEN(SLUGS),
                                           .arguments = arguments});
}

static struct local_answer request(struct ctx *cx, const char *line, const char *fields,
                                   struct str body)
{
    return local_ask(cx, &shared, line, fields, body);
}

static struct local_answer get(struct ctx *cx, const char *target)
{
    return request(cx, arena_format(cx->arena, "GET %s", target).ptr, "", STR(""));
}

static struct local_answer invoke(struct ctx *cx, const char *function, const char *fields,
                                  const char *event)
{
    return local_invoke(cx, &shared, function, fields, event);
}

static void check_answer(const char *name, struct local_answer answer, int status, const char *body)
{
    CHECK_I64(name, answer.status, status);
    CHECK_STR(name, answer.body, str_from_cstr(body));
}

static const char INTERNAL[] = "{\"message\":\"Internal Server Error\"}";
static const char UNAVAILABLE[] = "{\"message\":\"Service Unavailable\"}";

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

/* ---- the HTTP API ---------------------------------------------------------------------------- */

static void an_http_request_becomes_an_event(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer = get(&t.cx, "/items/a%2Fb?x=1");
    const struct json *event = local_json(&t.cx, answer);
    const struct json *context = json_find(event, STR("requestContext"));
    CHECK_STR("path", json_find_str(event, STR("rawPath")), STR("/items/a%2Fb"));
    CHECK_STR("query", json_find_str(event, STR("rawQueryString")), STR("x=1"));
    CHECK_STR("id", json_find_str(json_find(event, STR("pathParameters")), STR("id")), STR("a/b"));
    CHECK_STR("domain", json_find_str(context, STR("domainName")), STR("api.local"));
    struct str id = json_find_str(context, STR("requestId"));
    CHECK_I64("id", id.len, 16);
    assert_true(local_has_header(
        answer, arena_format(&t.arena, "apigw-requestid: " STR_FMT, STR_ARG(id)).ptr));
    assert_true(local_has_header(answer, "content-type: application/json"));
    int64_t epoch = 0;
    assert_true(json_is_i64(json_find(context, STR("timeEpoch")), &epoch));
    assert_true(epoch > clock_now_ms() - 10000 && epoch <= clock_now_ms());
    CHECK_STR("greedy", json_find_str(local_json(&t.cx, get(&t.cx, "/files/a/b")), STR("routeKey")),
              STR("GET /files/{path+}"));
}

static void the_function_decides_the_response(void **state)
{
    (void)state;
    TEST_CTX;
    const char *text = "Content-Type: text/plain\r\n";
    struct local_answer answer = request(&t.cx, "POST /reply", text,
                                         STR("{\"statusCode\":201,\"headers\":{\"X-Y\":\"z\"},"
                                             "\"cookies\":[\"a=b\"],\"body\":\"hi\"}"));
    check_answer("object", answer, 201, "hi");
    assert_true(local_has_header(answer, "x-y: z"));
    assert_true(local_has_header(answer, "set-cookie: a=b"));
    check_answer("string", request(&t.cx, "POST /reply", text, STR("\"word\"")), 200, "word");
    check_answer("not JSON", request(&t.cx, "POST /reply", text, STR("word")), 500, INTERNAL);
    local_check_log(&t.cx, &shared, "is no answer for an HTTP API");
}

static void an_answer_is_no_line_of_the_log(void **state)
{
    (void)state;
    TEST_CTX;
    struct str body = STR("{\"statusCode\":200,\"headers\":{\"x\\n[reply] REPORT faked\":\"y\"}}");
    check_answer("a name with a line end", request(&t.cx, "POST /reply", "", body), 500, INTERNAL);
    local_check_log(&t.cx, &shared, "header \"x [reply] REPORT faked\" cannot be sent");
    assert_true(str_find(local_log(&t.cx, &shared), STR("\n[reply] REPORT faked")) == SIZE_MAX);
}

static void what_no_route_takes_is_not_found(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("path", get(&t.cx, "/none"), 404, "{\"message\":\"Not Found\"}");
    check_answer("method", request(&t.cx, "POST /items/1", "", STR("")), 404,
                 "{\"message\":\"Not Found\"}");
}

static void the_gateway_answers_preflight_requests(void **state)
{
    (void)state;
    TEST_CTX;
    const char *fields = "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n";
    struct local_answer answer = request(&t.cx, "OPTIONS /echo", fields, STR(""));
    CHECK_I64("preflight", answer.status, 204);
    assert_true(local_has_header(answer, "access-control-allow-origin: https://app.example"));
    assert_true(local_has_header(answer, "access-control-allow-methods: GET,POST"));
    assert_true(local_has_header(answer, "access-control-max-age: 600"));
    answer = request(&t.cx, "GET /echo", "Origin: https://app.example\r\n", STR(""));
    CHECK_I64("request", answer.status, 200);
    assert_true(local_has_header(answer, "access-control-allow-origin: https://app.example"));
    answer = request(&t.cx, "GET /echo", "Origin: https://evil.example\r\n", STR(""));
    assert_false(local_has_header(answer, "access-control-allow-origin"));
}

static struct local_answer head_of(struct ctx *cx, size_t bytes)
{
    static const char fixed[] =
        "GET /echo HTTP/1.1Host: api.local:1\r\nConnection: close\r\nA: \r\n";
    size_t fill = bytes - (sizeof(fixed) - 1) + 2 - 4; /* the line's blanks are counted as 4 */
    char *value = ARENA_ARRAY(cx->arena, char, fill + 1);
    memset(value, 'x', fill);
    return request(cx, "GET /echo", arena_format(cx->arena, "A: %s\r\n", value).ptr, STR(""));
}

/* What is read last comes together with the end. */
static void hang_up(int clients)
{
    static const char part[] = "GET /echo HTTP/1.1\r\nHost: a\r\nX";
    for (int i = 0; i < clients; i++) {
        int fd = local_connect(&shared);
        assert_int_equal(send(fd, part, sizeof(part) - 1, MSG_NOSIGNAL), sizeof(part) - 1);
        (void)close(fd);
    }
}

static void who_hangs_up_makes_room(void **state)
{
    (void)state;
    enum { ROUNDS = 4, MORE_THAN_FIT = 1100 };
    for (int i = 0; i < ROUNDS; i++) {
        TEST_CTX;
        hang_up(MORE_THAN_FIT);
        CHECK_I64("the next", get(&t.cx, "/echo").status, 200);
    }
}

/* An instance may have 1,024 descriptors open, the gateway more. */
static void many_clients_leave_room_for_an_instance(void **state)
{
    (void)state;
    TEST_CTX;
    enum { NEARLY_ALL = 1015 };
    (void)usleep(1100000); /* those of other tests are gone */
    hang_up(NEARLY_ALL);
    struct local_answer answer = invoke(&t.cx, "crash", "", "\"exit-3\"");
    CHECK_STR("type", json_find_str(local_json(&t.cx, answer), STR("errorType")),
              STR("Runtime.ExitError"));
}

/* An end of its half alone is no hang-up: it has asked, and listens. */
static void who_has_asked_may_stop_talking(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = local_send(&t.cx, &shared, "GET /hang", "", STR("")); /* a second: as long as a look */
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    check_answer("the timeout", local_read(&t.cx, fd), 503, UNAVAILABLE);
}

static void heads_and_bodies_have_limits(void **state)
{
    (void)state;
    TEST_CTX;
    CHECK_I64("head of 10240", head_of(&t.cx, 10240).status, 200);
    CHECK_I64("head of 10241", head_of(&t.cx, 10241).status, 431);
    size_t most = MIB(10);
    char *body = ARENA_ARRAY(&t.arena, char, most + 1);
    memset(body, 'x', most + 1);
    /* 10 MiB pass the front, but not the 6 MiB of an event. */
    struct local_answer answer = request(&t.cx, "POST /echo", "Content-Type: text/plain\r\n",
                                         (struct str){.ptr = body, .len = most});
    check_answer("10 MiB", answer, 413, "{\"message\":\"Request Entity Too Large\"}");
    answer = request(&t.cx, "POST /echo", "Content-Type: text/plain\r\n",
                     (struct str){.ptr = body, .len = MIB(5)});
    CHECK_I64("5 MiB", answer.status, 200);
    int fd = local_send(&t.cx, &shared, "POST /echo", "Content-Length: 10485761\r\n", STR(""));
    check_answer("10 MiB and one", local_read(&t.cx, fd), 413,
                 "{\"message\":\"Request Entity Too Large\"}");
}

static void ambiguous_heads_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int status;
    } heads[] = {
        {"Content-Length: 2\r\nContent-Length: 3\r\n", 400},
        {"Content-Length: 2\r\nContent-Length: 2\r\n", 400},
        {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Transfer-Encoding: gzip, chunked\r\n", 400},
        {"Transfer-Encoding: xchunked\r\n", 400},
        {"Transfer-Encoding: identity\r\n", 400},
        {"Host: other\r\n", 400},
        {"Content-Length : 2\r\n", 400},
        {"X-Amzn-Trace-Id: Root=1-a\rX-Other: 1\r\n", 400},
        {"X-Amzn-Trace-Id: Root=1-a\r\n X-Other: 1\r\n", 400},
        {"X-Amzn-Trace-Id: Root=1-a\x1b[31m\r\n", 400},
        {"Transfer-Encoding: Chunked\r\n", 200},
        {"X-A: caf\xc3\xa9\tau lait\r\n", 200},
    };
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        TEST_CTX;
        int fd = local_send(&t.cx, &shared, "POST /echo", heads[i].fields, STR(""));
        (void)send(fd, "0\r\n\r\n", 5, MSG_NOSIGNAL);
        CHECK_I64(heads[i].fields, local_read(&t.cx, fd).status, heads[i].status);
    }
    TEST_CTX;
    CHECK_I64("a control character in the path", get(&t.cx, "/echo\x01").status, 400);
}

/* ---- instances ------------------------------------------------------------------------------- */

static void an_instance_has_the_documented_environment(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *env = local_json(&t.cx, get(&t.cx, "/env"));
    int64_t deadline = 0;
    int64_t pid = 0;
    int64_t pgid = 0;
    assert_null(json_find(env, STR("LD_LIBRARY_PATH")));
    assert_null(json_find(env, STR("SECRET_OF_OURS")));
    assert_null(json_find(env, STR("HOME")));
    CHECK_STR("TZ", json_find_str(env, STR("TZ")), STR(":UTC"));
    CHECK_STR("handler", json_find_str(env, STR("_HANDLER")), STR("env"));
    CHECK_STR("name", json_find_str(env, STR("AWS_LAMBDA_FUNCTION_NAME")), STR("EnvFunction"));
    CHECK_STR("memory", json_find_str(env, STR("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")), STR("128"));
    CHECK_STR("format", json_find_str(env, STR("AWS_LAMBDA_LOG_FORMAT")), STR("JSON"));
    CHECK_STR("ours", json_find_str(env, STR("GREETING")), STR("good day from local"));
    CHECK_STR("folder", json_find_str(env, STR("cwd")), json_find_str(env, STR("TMPDIR")));
    assert_true(str_to_i64(json_find_str(env, STR("deadline")), &deadline));
    assert_true(deadline > clock_now_ms() && deadline <= clock_now_ms() + 1000);
    assert_true(json_is_i64(json_find(env, STR("pid")), &pid));
    assert_true(json_is_i64(json_find(env, STR("pgid")), &pgid));
    CHECK_I64("group", pgid, pid);
}

static void slow_requests_run_beside_each_other(void **state)
{
    (void)state;
    enum { REQUESTS = 8, SLOW_MS = 400 };
    TEST_CTX;
    int fds[REQUESTS];
    int64_t began_us = clock_mono_us();
    for (size_t i = 0; i < REQUESTS; i++) {
        fds[i] = local_send(&t.cx, &shared, "GET /slow", "", STR(""));
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        CHECK_I64("slow", local_read(&t.cx, fds[i]).status, 200);
    }
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    if (ms < SLOW_MS || ms > 4L * SLOW_MS) {
        CHECK_FAILED("8 requests of 400 ms took %lld ms\n", (long long)ms);
    }
}

static void reserved_concurrency_throttles(void **state)
{
    (void)state;
    TEST_CTX;
    int busy = local_send(&t.cx, &shared, "GET /solo", "", STR(""));
    (void)usleep(100000);
    check_answer("HTTP", get(&t.cx, "/solo"), 503, UNAVAILABLE);
    struct local_answer answer = invoke(&t.cx, "solo", "", "{}");
    CHECK_I64("Invoke", answer.status, 429);
    assert_true(local_has_header(answer, "x-amzn-errortype: TooManyRequestsException"));
    assert_true(local_has_header(answer, "retry-after: 1"));
    CHECK_STR("body", answer.body,
              STR("{\"Type\":\"User\",\"message\":\"Rate Exceeded.\","
                  "\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\"}"));
    CHECK_I64("the first", local_read(&t.cx, busy).status, 200);
    check_answer("of none", get(&t.cx, "/never"), 503, UNAVAILABLE);
}

static void one_caller_needs_one_instance(void **state)
{
    (void)state;
    TEST_CTX;
    for (int i = 0; i < 30; i++) { /* twice has ReservedConcurrentExecutions: 1 */
        CHECK_I64("one after the other", get(&t.cx, "/twice").status, 200);
    }
}

static void work_after_the_answer_keeps_the_instance(void **state)
{
    (void)state;
    TEST_CTX;
    CHECK_I64("first", get(&t.cx, "/after").status, 200);
    check_answer("while it works", get(&t.cx, "/after"), 503, UNAVAILABLE);
    (void)usleep(300000);
    CHECK_I64("later", get(&t.cx, "/after").status, 200);
}

static void an_instance_that_leaves_is_replaced(void **state)
{
    (void)state;
    TEST_CTX;
    for (int i = 0; i < 5; i++) {
        CHECK_I64("leave", get(&t.cx, "/leave").status, 200);
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

static void a_crash_is_an_exit_error(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("HTTP", get(&t.cx, "/crash"), 500, INTERNAL);
    local_check_log(&t.cx, &shared, "Error: Runtime exited with error: signal: SIGKILL");
    local_check_log(&t.cx, &shared, "Status: error\tError Type: Runtime.ExitError");
    struct local_answer answer = invoke(&t.cx, "crash", "", "\"exit-3\"");
    CHECK_STR("type", json_find_str(local_json(&t.cx, answer), STR("errorType")),
              STR("Runtime.ExitError"));
    assert_true(str_has_suffix(json_find_str(local_json(&t.cx, answer), STR("errorMessage")),
                               STR("Error: Runtime exited with error: exit status 3")));
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
    answer = invoke(&t.cx, "crash", "", "\"exit-0\"");
    assert_true(str_has_suffix(json_find_str(local_json(&t.cx, answer), STR("errorMessage")),
                               STR("Runtime exited without providing a reason")));
}

static void a_hang_ends_at_the_deadline(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t began_us = clock_mono_us();
    check_answer("HTTP", get(&t.cx, "/hang"), 503, UNAVAILABLE);
    int64_t ms = (clock_mono_us() - began_us) / 1000;
    assert_true(ms >= 1000 && ms < 3000);
    local_check_log(&t.cx, &shared, "[hang] hanging\n");
    local_check_log(&t.cx, &shared, "Task timed out after 1.00 seconds\n");
    local_check_log(&t.cx, &shared, "\tStatus: timeout\n");
    struct local_answer answer = invoke(&t.cx, "hang", "", "{}");
    CHECK_STR("type", json_find_str(local_json(&t.cx, answer), STR("errorType")),
              STR("Sandbox.Timedout"));
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
    check_answer("a new one", invoke(&t.cx, "hang", "", "\"go-on\""), 200, "\"go-on\"");
}

static void the_second_answer_is_refused(void **state)
{
    (void)state;
    TEST_CTX;
    (void)get(&t.cx, "/twice");
    check_answer("second", get(&t.cx, "/twice"), 200, "{\"second\":403}");
    local_check_log(&t.cx, &shared,
                    "with 403 InvalidStateTransition: this event has its answer already");
}

static void broken_rules_are_refused_and_said(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("rules", get(&t.cx, "/rules"), 200, "[400,403,403,400,400,404]");
    local_check_log(&t.cx, &shared, "with 400 InvalidRequestID: no open event has this request id");
    local_check_log(&t.cx, &shared, "with 400 InvalidFunctionResponseMode");
    local_check_log(&t.cx, &shared, "and takes one event at a time here");
}

static void who_reads_no_answers_is_not_listened_to(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("deaf", get(&t.cx, "/deaf"), 200, "not heard");
    local_check_log(&t.cx, &shared, "broken request to the Runtime API");
}

static void a_reported_error_is_the_caller_s(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("HTTP", get(&t.cx, "/error"), 500, INTERNAL);
    local_check_log(&t.cx, &shared, "Error Type: Function.Broken");
    struct local_answer answer = invoke(&t.cx, "error", "", "{}");
    check_answer("Invoke", answer, 200,
                 "{\"errorType\":\"Broken\",\"errorMessage\":\"as asked\",\"stackTrace\":[]}");
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
}

static void a_failed_init_is_tried_twice(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("exit", get(&t.cx, "/init-exit"), 500, INTERNAL);
    local_check_log(&t.cx, &shared, "[init-exit] INIT_REPORT Init Duration: ");
    local_check_log(&t.cx, &shared, "Error: Runtime exited with error: exit status 4");
    check_answer("error", invoke(&t.cx, "init-error", "", "{}"), 200,
                 "{\"errorType\":\"NoConfig\",\"errorMessage\":\"no DATABASE_URL\"}");
    local_check_log(&t.cx, &shared, "Phase: init\tStatus: error\tError Type: Runtime.NoConfig");
}

static void a_missing_bootstrap_is_an_invalid_entrypoint(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("HTTP", get(&t.cx, "/missing"), 500, INTERNAL);
    const struct json *error = local_json(&t.cx, invoke(&t.cx, "missing", "", "{}"));
    CHECK_STR("type", json_find_str(error, STR("errorType")), STR("Runtime.InvalidEntrypoint"));
}

static void an_answer_over_six_megabytes_is_refused(void **state)
{
    (void)state;
    TEST_CTX;
    CHECK_I64("6291556 bytes", invoke(&t.cx, "big", "", "{}").body.len, 6291556);
    const struct json *error = local_json(&t.cx, invoke(&t.cx, "big", "", "\"one-more\""));
    CHECK_STR("one more", json_find_str(error, STR("errorType")),
              STR("Function.ResponseSizeTooLarge"));
    check_answer("the runtime heard", invoke(&t.cx, "big", "", "\"tell\""), 200, "413");
}

static void an_answer_may_come_in_chunks(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("chunks", get(&t.cx, "/chunks"), 200, "{\"a\":\"chunks\"}");
}

static void the_gateway_gives_up_before_the_function(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t began_us = clock_mono_us();
    check_answer("ceiling", get(&t.cx, "/ceiling"), 503, UNAVAILABLE);
    assert_true(clock_mono_us() - began_us < 400000);
    local_check_log(&t.cx, &shared, "[ceiling] REPORT RequestId: ");
}

/* ---- the Invoke API -------------------------------------------------------------------------- */

static void invoke_finds_functions_by_every_name(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const names[] = {
        "EchoFunction", "echo", "EchoFunction:$LATEST",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3AEchoFunction"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct local_answer answer = invoke(&t.cx, names[i], "", "{\"a\": 1}");
        check_answer(names[i], answer, 200, "{\"a\": 1}");
        assert_true(local_has_header(answer, "x-amz-executed-version: $LATEST"));
    }
    check_answer("no event",
                 request(&t.cx, "POST /2015-03-31/functions/echo/invocations", "", STR("")), 200,
                 "{}");
    struct local_answer answer = invoke(&t.cx, "nobody", "", "{}");
    CHECK_I64("unknown", answer.status, 404);
    assert_true(local_has_header(answer, "x-amzn-errortype: ResourceNotFoundException"));
    answer =
        request(&t.cx, "POST /2015-03-31/functions/echo/invocations?Qualifier=7", "", STR("{}"));
    CHECK_I64("qualifier", answer.status, 404);
    answer = invoke(&t.cx, "echo", "", "{\"a\":");
    CHECK_I64("not JSON", answer.status, 400);
    assert_true(local_has_header(answer, "x-amzn-errortype: InvalidRequestContentException"));
}

static void invoke_knows_three_types(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("DryRun", invoke(&t.cx, "echo", "X-Amz-Invocation-Type: DryRun\r\n", "{}"), 204,
                 "");
    check_answer("Event", invoke(&t.cx, "crash", "X-Amz-Invocation-Type: Event\r\n", "{}"), 202,
                 "");
    local_check_log(&t.cx, &shared, ": try 1 failed, the next in 60000 ms");
    CHECK_I64("other", invoke(&t.cx, "echo", "X-Amz-Invocation-Type: Odd\r\n", "{}").status, 400);
}

static void a_page_of_another_site_invokes_nothing(void **state)
{
    (void)state;
    TEST_CTX;
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"Origin: https://evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Origin: http://localhost.evil.example\r\n", 403},
        {"Origin: http://evil.example:9000\r\nX-Amz-Invocation-Type: Event\r\n", 403},
        {"Origin: http://localhost:5173\r\n", 200}, /* a developer's own */
        {"Origin: https://127.0.0.1\r\n", 200},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct local_answer answer = invoke(&t.cx, "echo", cases[i].fields, "{}");
        CHECK_I64(cases[i].fields, answer.status, cases[i].status);
        assert_true(cases[i].status == 200 ||
                    local_has_header(answer, "x-amzn-errortype: AccessDeniedException"));
    }
}

/* {"a":"b"}, and what a header cannot hold: DEL in a text, a line end between tokens. */
static void a_client_context_fits_a_header(void **state)
{
    (void)state;
    TEST_CTX;
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"X-Amz-Client-Context: eyJhIjoiYiJ9\r\n", 200},
        {"X-Amz-Client-Context: eyJhIjoifyJ9\r\n", 400},
        {"X-Amz-Client-Context: eyJhIjoKImIifQ==\r\n", 400},
        {"X-Amz-Client-Context: !\r\n", 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].fields, invoke(&t.cx, "echo", cases[i].fields, "{}").status,
                  cases[i].status);
    }
}

/* ---- a gateway of their own ------------------------------------------------------------------ */

static bool is_gone(int64_t pid)
{
    for (int i = 0; i < 300; i++) {
        char path[64];
        char text[256] = "";
        (void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
        if (fd >= 0) {
            (void)close(fd);
        }
        /* A zombie whose parent has not looked yet is gone enough. */
        if (n <= 0 || strstr(text, ") Z ") != NULL) {
            return true;
        }
        (void)usleep(10000);
    }
    return false;
}

/* The process and its child that ignores SIGTERM. */
static void start_family(struct ctx *cx, const struct local *g, int64_t pids[2])
{
    int fd = local_send(cx, g, "GET /family", "", STR(""));
    const struct json *root = local_json(cx, local_read(cx, fd));
    assert_true(json_is_i64(root->first, &pids[0]));
    assert_true(json_is_i64(root->first->next, &pids[1]));
}

static bool folder_is_empty(const char *folder)
{
    return rmdir(folder) == 0 || errno == ENOENT;
}

static void sigterm_leaves_nothing_behind(void **state)
{
    (void)state;
    TEST_CTX;
    struct local g = {0};
    int64_t pids[2];
    char scratch[128];
    gateway_start(&g, "300");
    start_family(&t.cx, &g, pids);
    int open_request = local_send(&t.cx, &g, "GET /slow", "", STR(""));
    (void)usleep(100000);
    int64_t began_us = clock_mono_us();
    CHECK_I64("exit", local_end(&g, SIGTERM), 0);
    assert_true(clock_mono_us() - began_us < 2000000);
    check_answer("in flight", local_read(&t.cx, open_request), 503, UNAVAILABLE);
    assert_true(is_gone(pids[0]));
    assert_true(is_gone(pids[1]));
    (void)snprintf(scratch, sizeof(scratch), "%s/scratch", g.folder);
    assert_true(folder_is_empty(scratch));
    local_clean(&g);
}

static void sigkill_takes_the_bootstraps_along(void **state)
{
    (void)state;
    TEST_CTX;
    struct local g = {0};
    gateway_start(&g, "300");
    int64_t pid = 0;
    int fd = local_send(&t.cx, &g, "GET /env", "", STR(""));
    assert_true(json_is_i64(json_find(local_json(&t.cx, local_read(&t.cx, fd)), STR("pid")), &pid));
    CHECK_I64("exit", local_end(&g, SIGKILL), 128 + SIGKILL);
    assert_true(is_gone(pid));
    local_clean(&g);
}

static void an_idle_instance_ends(void **state)
{
    (void)state;
    TEST_CTX;
    struct local g = {0};
    int64_t pids[2];
    gateway_start(&g, "1");
    start_family(&t.cx, &g, pids);
    assert_true(is_gone(pids[0])); /* it ignores SIGTERM, and without an extension gets none */
    assert_true(is_gone(pids[1]));
    CHECK_I64("exit", local_end(&g, SIGINT), 0);
    local_clean(&g);
}

/* What is in the pipe. */
static struct str log_drain(struct ctx *cx, const struct local *g)
{
    struct buf text = buf_in(cx->arena, MIB(1));
    for (;;) {
        char *place = buf_reserve(&text, KIB(64));
        ssize_t n = place != NULL ? read(g->log_fd, place, KIB(64)) : 0;
        if (n <= 0) {
            return buf_str(&text);
        }
        buf_commit(&text, (size_t)n);
    }
}

static void a_log_that_nobody_reads_holds_nobody_up(void **state)
{
    (void)state;
    TEST_CTX;
    enum { REQUESTS = 400 }; /* three lines each: twice what a pipe holds */
    struct local g = {.log_is_pipe = true};
    gateway_start(&g, "300");
    for (int i = 0; i < REQUESTS; i++) {
        int fd = local_send(&t.cx, &g, "GET /echo", "", STR(""));
        CHECK_I64("unread", local_read(&t.cx, fd).status, 200);
    }
    struct str first = log_drain(&t.cx, &g);
    assert_true(first.len > KIB(16));
    (void)local_read(&t.cx, local_send(&t.cx, &g, "GET /echo", "", STR("")));
    (void)usleep(100000);
    struct str later = log_drain(&t.cx, &g);
    struct str note = STR("bytes of log were not read in time and are lost\n");
    assert_true(str_find(first, note) != SIZE_MAX || str_find(later, note) != SIZE_MAX);
    assert_true(str_find(later, STR("[echo] REPORT RequestId: ")) != SIZE_MAX);
    CHECK_I64("exit", local_end(&g, SIGTERM), 0);
    (void)close(g.log_fd);
    local_clean(&g);
}

static int run_doctor(const char *template, char *out, size_t size)
{
    char arguments[256];
    (void)snprintf(arguments, sizeof(arguments), "doctor %s", template);
    return local_run(arguments, out, size);
}

/* SO_REUSEPORT would let both listen, and the kernel deal their requests out by chance. */
static void a_port_that_is_taken_is_refused(void **state)
{
    (void)state;
    char arguments[256], out[4096], words[64];
    (void)snprintf(arguments, sizeof(arguments), "--listen 127.0.0.1:%u --bootstraps %s %s",
                   shared.port, shared.folder, TEMPLATE);
    CHECK_I64("exit code", local_run(arguments, out, sizeof(out)), 1);
    (void)snprintf(words, sizeof(words), "--listen 127.0.0.1:%u: Address already in use (port 0",
                   shared.port);
    if (strstr(out, words) == NULL) {
        CHECK_FAILED("no \"%s\" in:\n%s\n", words, out);
    }
}

static void doctor_lists_every_problem(void **state)
{
    (void)state;
    char out[4096];
    CHECK_I64("good", run_doctor(TEMPLATE, out, sizeof(out)), 0);
    CHECK_I64("bad", run_doctor("tests/cases/local/doctor/template.yaml", out, sizeof(out)), 2);
    static const char *const lines[] = {
        "template.yaml:6: AWS::DynamoDB::Table is not emulated here",
        "template.yaml:12: a function's Layers is not emulated here",
        "template.yaml:21: an HttpApi event's Auth is not emulated here",
        "template.yaml:23: event type Kinesis is not emulated here",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (strstr(out, lines[i]) == NULL) {
            CHECK_FAILED("no \"%s\" in:\n%s\n", lines[i], out);
        }
    }
    CHECK_I64("none", run_doctor("/nowhere/template.yaml", out, sizeof(out)), 2);
}

static void an_init_has_ten_seconds(void **state)
{
    (void)state;
    TEST_CTX;
    check_answer("HTTP", local_read(&t.cx, hanging_init), 503, UNAVAILABLE);
    struct str log = local_log(&t.cx, &shared);
    size_t at = str_find(log, STR("[init-hang] INIT_REPORT Init Duration: 10"));
    assert_true(at != SIZE_MAX);
    struct str rest = str_slice(log, at, log.len);
    assert_true(str_find(rest, STR("Phase: init\tStatus: timeout")) != SIZE_MAX);
    /* The second try, inside the invocation, has the function's own timeout. */
    assert_true(str_find(rest, STR("[init-hang] START RequestId: ")) != SIZE_MAX);
}

static int start_shared(void **state)
{
    TEST_CTX;
    gateway_start(&shared, "300");
    hanging_init = local_send(&t.cx, &shared, "GET /init-hang", "", STR(""));
    *state = &shared;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_http_request_becomes_an_event),
        cmocka_unit_test(the_function_decides_the_response),
        cmocka_unit_test(an_answer_is_no_line_of_the_log),
        cmocka_unit_test(what_no_route_takes_is_not_found),
        cmocka_unit_test(the_gateway_answers_preflight_requests),
        cmocka_unit_test(who_hangs_up_makes_room),
        cmocka_unit_test(many_clients_leave_room_for_an_instance),
        cmocka_unit_test(who_has_asked_may_stop_talking),
        cmocka_unit_test(heads_and_bodies_have_limits),
        cmocka_unit_test(ambiguous_heads_are_refused),
        cmocka_unit_test(an_instance_has_the_documented_environment),
        cmocka_unit_test(slow_requests_run_beside_each_other),
        cmocka_unit_test(reserved_concurrency_throttles),
        cmocka_unit_test(one_caller_needs_one_instance),
        cmocka_unit_test(work_after_the_answer_keeps_the_instance),
        cmocka_unit_test(an_instance_that_leaves_is_replaced),
        cmocka_unit_test(a_crash_is_an_exit_error),
        cmocka_unit_test(a_hang_ends_at_the_deadline),
        cmocka_unit_test(the_second_answer_is_refused),
        cmocka_unit_test(broken_rules_are_refused_and_said),
        cmocka_unit_test(who_reads_no_answers_is_not_listened_to),
        cmocka_unit_test(a_reported_error_is_the_caller_s),
        cmocka_unit_test(a_failed_init_is_tried_twice),
        cmocka_unit_test(a_missing_bootstrap_is_an_invalid_entrypoint),
        cmocka_unit_test(an_answer_over_six_megabytes_is_refused),
        cmocka_unit_test(an_answer_may_come_in_chunks),
        cmocka_unit_test(the_gateway_gives_up_before_the_function),
        cmocka_unit_test(invoke_finds_functions_by_every_name),
        cmocka_unit_test(invoke_knows_three_types),
        cmocka_unit_test(a_page_of_another_site_invokes_nothing),
        cmocka_unit_test(a_client_context_fits_a_header),
        cmocka_unit_test(sigterm_leaves_nothing_behind),
        cmocka_unit_test(sigkill_takes_the_bootstraps_along),
        cmocka_unit_test(an_idle_instance_ends),
        cmocka_unit_test(a_log_that_nobody_reads_holds_nobody_up),
        cmocka_unit_test(a_port_that_is_taken_is_refused),
        cmocka_unit_test(doctor_lists_every_problem),
        cmocka_unit_test(an_init_has_ten_seconds),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
