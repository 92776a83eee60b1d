/*
 * Answers in pieces through the real clambda-local: what InvokeWithResponseStream sends and when,
 * and what becomes of a stream whose function, client or size goes wrong. The bootstrap is
 * bootstraps/stream_probe.c.
 */
#include "tests/support/stream.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const SLUGS[] = {"stream", "short", "solo"};

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static int start_stream(struct ctx *cx, const char *function, const char *script)
{
    struct str line = arena_format(
        cx->arena, "POST /2021-11-15/functions/%s/response-streaming-invocations", function);
    return local_send(cx, &shared, line.ptr, "", str_from_cstr(script));
}

/* The events of a whole stream: the chunks' payloads joined, and the last event's JSON. */
static struct str read_events(struct ctx *cx, struct local_answer answer, const struct json **last)
{
    struct buf data = buf_in(cx->arena, MIB(16));
    struct stream_event event = {0};
    struct str rest;
    CHECK_I64("status", answer.status, 200);
    if (local_has_header(answer, "ransfer-Encoding: chunked")) {
        assert_true(stream_dechunk(cx, answer.body, &rest));
    } else {
        rest = answer.body;
    }
    while (stream_event_next(&rest, &event) && str_eq(event.type, STR("PayloadChunk"))) {
        CHECK_STR("type", event.content_type, STR("application/octet-stream"));
        buf_add(&data, event.payload);
    }
    CHECK_STR("last", event.type, STR("InvokeComplete"));
    CHECK_I64("nothing after it", rest.len, 0);
    CHECK_STATUS(cx, json_read(cx, event.payload, NULL, last), OK);
    return buf_str(&data);
}

static struct str stream(struct ctx *cx, const char *script, const struct json **last)
{
    return read_events(cx, local_read(cx, start_stream(cx, "stream", script)), last);
}

static int64_t reported(struct ctx *cx, const char *function, struct str member)
{
    int64_t value = -1;
    struct local_answer answer = local_invoke(cx, &shared, function, "", "[{\"report\":0}]");
    for (int i = 0; i < 100 && answer.status == 429; i++) { /* it still streams */
        (void)usleep(50000);
        answer = local_invoke(cx, &shared, function, "", "[{\"report\":0}]");
    }
    const struct json *report = local_json(cx, answer);
    assert_true(json_is_i64(json_find(report, member), &value));
    return value;
}

/* ---- what comes, and when -------------------------------------------------------------------- */

static void a_stream_becomes_an_event_stream(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *last = NULL;
    struct local_answer answer =
        local_read(&t.cx, start_stream(&t.cx, "stream", "[\"one\",\"two\"]"));
    assert_true(local_has_header(answer, "content-type: application/vnd.amazon.eventstream"));
    assert_true(local_has_header(answer, "x-amz-executed-version: $LATEST"));
    assert_true(local_has_header(answer, "x-amzn-requestid: "));
    CHECK_STR("data", read_events(&t.cx, answer, &last), STR("onetwo"));
    CHECK_I64("no error", last->count, 0);
    CHECK_STR("bytes", stream(&t.cx, "[{\"base64\":\"AAD/\"}]", &last),
              ((struct str){.ptr = "\0\0\xff", .len = 3}));
    CHECK_STR("bytewise", stream(&t.cx, "[{\"bytewise\":\"abcdefgh\"}]", &last), STR("abcdefgh"));
    CHECK_STR("empty", stream(&t.cx, "[]", &last), STR(""));
    CHECK_I64("empty: no error", last->count, 0);
}

static void the_first_byte_comes_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    enum { PAUSE_MS = 1000, AT_ONCE_MS = 500 };
    const struct json *last = NULL;
    (void)stream(&t.cx, "[\"warm\"]", &last);
    struct buf in = buf_in(&t.arena, MIB(1));
    int fd = start_stream(&t.cx, "stream", "[\"first\",{\"sleep\":1000},\"second\"]");
    int64_t began_us = clock_mono_us();
    int64_t first_us = stream_read_until(fd, &in, "first") - began_us;
    int64_t second_us = stream_read_until(fd, &in, "second") - began_us;
    (void)close(fd);
    if (first_us > AT_ONCE_MS * 1000L || second_us < PAUSE_MS * 1000L - 50000) {
        CHECK_FAILED("first after %lld us, second after %lld us\n", (long long)first_us,
                     (long long)second_us);
    }
}

static void what_is_posted_whole_is_one_piece(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *last = NULL;
    CHECK_STR("whole", stream(&t.cx, "[{\"whole\":\"{\\\"a\\\":1}\"}]", &last), STR("{\"a\":1}"));
}

static void who_takes_it_whole_gets_it_whole(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        local_invoke(&t.cx, &shared, "stream", "", "[\"a\",{\"sleep\":50},\"b\"]");
    CHECK_I64("Invoke", answer.status, 200);
    CHECK_STR("Invoke", answer.body, STR("ab"));
    answer = local_ask(&t.cx, &shared, "POST /stream", "Content-Type: application/json\r\n",
                       STR("[\"{\\\"statusCode\\\":201,\",\"\\\"body\\\":\\\"hi\\\"}\"]"));
    CHECK_I64("HTTP API", answer.status, 201);
    CHECK_STR("HTTP API", answer.body, STR("hi"));
    answer = local_ask(&t.cx, &shared, "POST /stream", "Content-Type: application/json\r\n",
                       STR("[{\"prelude\":{\"statusCode\":200}},\"hi\"]"));
    CHECK_I64("the prelude is not for an HTTP API", answer.status, 500);
    answer = local_invoke(&t.cx, &shared, "stream", "", "[\"a\",{\"error\":\"Function.Late\"}]");
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
    CHECK_STR("an error in the end", answer.body,
              STR("{\"errorType\":\"Function.Late\",\"errorMessage\":\"as asked\"}"));
    answer = local_invoke(&t.cx, &shared, "stream", "", "[\"a\",{\"sleep\":20},{\"cut\":0}]");
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
    assert_true(str_find(answer.body, STR("Runtime.TruncatedResponse")) != SIZE_MAX);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void an_error_in_the_stream_is_told_at_its_end(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *last = NULL;
    CHECK_STR("data", stream(&t.cx, "[\"half\",{\"error\":\"Function.Broken\"}]", &last),
              STR("half"));
    CHECK_STR("code", json_find_str(last, STR("ErrorCode")), STR("Function.Broken"));
    CHECK_STR("details", json_find_str(last, STR("ErrorDetails")),
              STR("{\"errorType\":\"Function.Broken\",\"errorMessage\":\"as asked\"}"));
    local_check_log(&t.cx, &shared, "a stream broke off after 4 bytes: Function.Broken");
    local_check_log(&t.cx, &shared, "Status: error\tError Type: Function.Broken");
    CHECK_STR("before", stream(&t.cx, "[{\"error\":\"x\"}]", &last), STR(""));
    CHECK_STR("before: code", json_find_str(last, STR("ErrorCode")), STR("Function.Early"));
}

static void a_stream_without_its_end_is_an_error(void **state)
{
    (void)state;
    TEST_CTX;
    const struct json *last = NULL;
    CHECK_STR("cut", stream(&t.cx, "[\"half\",{\"sleep\":50},{\"cut\":0}]", &last), STR("half"));
    CHECK_STR("cut", json_find_str(last, STR("ErrorCode")), STR("Runtime.TruncatedResponse"));
    CHECK_STR("exit", stream(&t.cx, "[\"half\",{\"sleep\":50},{\"exit\":3}]", &last), STR("half"));
    assert_true(json_find_str(last, STR("ErrorCode")).len > 0);
    local_check_log(&t.cx, &shared, "Runtime exited with error: exit status 3");
    int fd = start_stream(&t.cx, "short", "[\"half\",{\"sleep\":5000}]");
    CHECK_STR("deadline", read_events(&t.cx, local_read(&t.cx, fd), &last), STR("half"));
    CHECK_STR("deadline", json_find_str(last, STR("ErrorCode")), STR("Sandbox.Timedout"));
}

static void an_odd_response_mode_is_refused(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = start_stream(&t.cx, "short", "{\"mode\":\"odd\",\"steps\":[\"a\"]}");
    const struct json *last = NULL;
    (void)read_events(&t.cx, local_read(&t.cx, fd), &last); /* no answer: the deadline */
    CHECK_STR("code", json_find_str(last, STR("ErrorCode")), STR("Sandbox.Timedout"));
    local_check_log(&t.cx, &shared, "with 400 InvalidFunctionResponseMode");
}

static void calls_that_cannot_begin_are_refused(void **state)
{
    (void)state;
    TEST_CTX;
    int busy = start_stream(&t.cx, "solo", "[\"a\",{\"sleep\":1000}]");
    (void)usleep(100000);
    struct local_answer answer = local_read(&t.cx, start_stream(&t.cx, "solo", "[]"));
    CHECK_I64("throttled", answer.status, 429);
    (void)local_read(&t.cx, busy);
    CHECK_I64("unknown", local_read(&t.cx, start_stream(&t.cx, "nobody", "[]")).status, 404);
    CHECK_I64("not JSON", local_read(&t.cx, start_stream(&t.cx, "stream", "[")).status, 400);
}

/* ---- clients and sizes ----------------------------------------------------------------------- */

/* A stream that is larger than what the gateway may hold and the sockets take. */
static void a_slow_client_stops_the_function(void **state)
{
    (void)state;
    TEST_CTX;
    enum { BYTES = 60 * 1024 * 1024, MOST_KIB = 24 * 1024 };
    char status[128], text[8192] = "";
    int fd = start_stream(&t.cx, "solo", "[{\"fill\":62914560}]");
    (void)usleep(700000); /* nobody reads */
    (void)snprintf(status, sizeof(status), "/proc/%d/status", (int)shared.pid);
    int proc = open(status, O_RDONLY | O_CLOEXEC);
    assert_true(read(proc, text, sizeof(text) - 1) > 0);
    (void)close(proc);
    const char *rss = strstr(text, "VmRSS:");
    assert_non_null(rss);
    long kib = strtol(rss + strlen("VmRSS:"), NULL, 10);
    if (kib > MOST_KIB) {
        CHECK_FAILED("the gateway holds %ld KiB\n", kib);
    }
    size_t total = 0;
    char *block = ARENA_ARRAY(&t.arena, char, MIB(1));
    for (;;) {
        ssize_t n = recv(fd, block, MIB(1), 0);
        if (n <= 0) {
            break;
        }
        total += (size_t)n;
    }
    (void)close(fd);
    assert_true(total > BYTES);
    CHECK_I64("sent", reported(&t.cx, "solo", STR("sent")), BYTES);
    CHECK_I64("taken", reported(&t.cx, "solo", STR("status")), 202);
}

/* As on Lambda the function is not told: it goes on to its end, and is free again then. */
static void a_client_that_leaves_is_noticed_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    struct buf in = buf_in(&t.arena, MIB(1));
    int fd = start_stream(&t.cx, "solo", "[\"first\",{\"sleep\":1500},{\"fill\":8388608},\"end\"]");
    (void)stream_read_until(fd, &in, "first");
    int64_t left_us = clock_mono_us();
    (void)close(fd);
    local_check_log(&t.cx, &shared, "has gone; what the function still says is dropped");
    assert_true(clock_mono_us() - left_us < 1000000);
    CHECK_I64("sent to its end", reported(&t.cx, "solo", STR("sent")), 5 + 8388608 + 3);
    CHECK_I64("taken", reported(&t.cx, "solo", STR("status")), 202);
}

static void a_client_that_leaves_before_the_stream_is_noticed(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = start_stream(&t.cx, "solo", "[{\"sleep\":400},\"late\"]");
    (void)usleep(100000);
    (void)close(fd);
    (void)usleep(500000);
    CHECK_I64("taken", reported(&t.cx, "solo", STR("status")), 202);
}

static void two_hundred_megabytes_are_the_limit(void **state)
{
    (void)state;
    TEST_CTX;
    char *block = ARENA_ARRAY(&t.arena, char, MIB(1));
    int fd = start_stream(&t.cx, "solo", "[{\"fill\":209715200}]");
    while (recv(fd, block, MIB(1), 0) > 0) {
    }
    (void)close(fd);
    CHECK_I64("as many", reported(&t.cx, "solo", STR("status")), 202);
    fd = start_stream(&t.cx, "solo", "[{\"fill\":209715201}]");
    while (recv(fd, block, MIB(1), 0) > 0) {
    }
    (void)close(fd);
    CHECK_I64("one more", reported(&t.cx, "solo", STR("status")), 413);
    local_check_log(&t.cx, &shared, "the stream passes 209715200 bytes");
}

/* What it wrote before it ended still arrives, however slowly the client reads. */
static void an_ended_function_s_stream_is_read_to_its_end(void **state)
{
    (void)state;
    TEST_CTX;
    int fd = start_stream(&t.cx, "short", "[{\"fill\":3145728},{\"exit\":0}]");
    (void)usleep(300000);
    const struct json *last = NULL;
    struct str data = read_events(&t.cx, local_read(&t.cx, fd), &last);
    CHECK_I64("bytes", data.len, 3145728);
    assert_true(json_find_str(last, STR("ErrorCode")).len > 0);
}

/* ---------------------------------------------------------------------------------------------- */

static int start_shared(void **state)
{
    return local_group_start(state, &shared,
                             &(struct local_options){
                                 .template = "tests/cases/local/stream/template.yaml",
                                 .slugs = SLUGS,
                                 .slug_count = ARRAY_LEN(SLUGS),
                                 .probe = "stream_probe",
                             });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_becomes_an_event_stream),
        cmocka_unit_test(the_first_byte_comes_at_once),
        cmocka_unit_test(what_is_posted_whole_is_one_piece),
        cmocka_unit_test(who_takes_it_whole_gets_it_whole),
        cmocka_unit_test(an_error_in_the_stream_is_told_at_its_end),
        cmocka_unit_test(a_stream_without_its_end_is_an_error),
        cmocka_unit_test(an_odd_response_mode_is_refused),
        cmocka_unit_test(calls_that_cannot_begin_are_refused),
        cmocka_unit_test(a_slow_client_stops_the_function),
        cmocka_unit_test(a_client_that_leaves_is_noticed_at_once),
        cmocka_unit_test(a_client_that_leaves_before_the_stream_is_noticed),
        cmocka_unit_test(two_hundred_megabytes_are_the_limit),
        cmocka_unit_test(an_ended_function_s_stream_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
