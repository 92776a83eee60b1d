#include "tests/conformance/fake_stream.h"

#include "shared/base/base64.h"

/* Streamed responses: what goes over the wire, when, and what each failure becomes. */

#define SCRIPT(steps) STR("script !stream|" steps)

static const char *head_of(struct fake *fake, const char *id)
{
    return arena_format(&fake->arena,
                        "POST " RUNTIME_PATH "/invocation/r1/response HTTP/1.1\r\n"
                        "Host: 127.0.0.1:%d\r\nUser-Agent: clambda/0.1\r\n"
                        "Content-Type: text/plain\r\n%s"
                        "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                        "Transfer-Encoding: chunked\r\n"
                        "Trailer: Lambda-Runtime-Function-Error-Type, "
                        "Lambda-Runtime-Function-Error-Body\r\n\r\n",
                        fake->port, id)
        .ptr;
}

/* The head, and behind it these bytes. */
static void expect_head_and(struct fake_stream *stream, const char *bytes)
{
    const char *head = head_of(stream->fake, "");
    stream_expect(stream, arena_format(&stream->fake->arena, "%s%s", head, bytes).ptr);
}

static struct fake_stream begin(struct fake *fake, struct str event)
{
    fake_give_event(fake, event);
    return stream_accept(fake);
}

/* ---- in order -------------------------------------------------------------------------------- */

static void stream_is_sent_as_the_protocol_says(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_reply(&fake, 200, ID_HEADER "Lambda-Runtime-Invocation-Id: nonce\r\n",
               SCRIPT("!stop|hello|0123456789abcdef"));
    fake_await_stop(&fake);
    struct pollfd nobody = {.fd = fake.listener, .events = POLLIN};
    assert_int_equal(poll(&nobody, 1, 0), 0); /* not before the first byte */
    fake_go_on(&fake);
    DEFER(stream_close) struct fake_stream stream = stream_accept(&fake);
    stream_expect(&stream, arena_format(&fake.arena, "%s5\r\nhello\r\n",
                                        head_of(&fake, "Lambda-Runtime-Invocation-Id: nonce\r\n"))
                               .ptr);
    stream_expect(&stream, "10\r\n0123456789abcdef\r\n");
    stream_expect(&stream, "0\r\n\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
    CHECK_I64("connections beside the stream's", fake.connections, 1);
    CHECK_LOG(&fake, "after_ran", 2);
    CHECK_LOG(&fake, "failed", 0);
}

static void bytes_are_sent_while_the_handler_still_works(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close)
    struct fake_stream stream = begin(&fake, SCRIPT("first|!stop|second|!stop"));
    fake_await_stop(&fake);
    expect_head_and(&stream, "5\r\nfirst\r\n");
    CHECK_I64("head and first chunk in one write", stream.reads, 1);
    fake_go_on(&fake);
    fake_await_stop(&fake);
    stream_expect(&stream, "6\r\nsecond\r\n");
    CHECK_I64("a chunk in one write", stream.reads, 1);
    fake_go_on(&fake);
    stream_expect(&stream, "0\r\n\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
}

static void stream_of_nothing_is_a_response(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    static const struct str events[] = {STR_INIT("script !stream"),
                                        STR_INIT("script !stream|!nothing|!nothing")};
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(stream_close) struct fake_stream stream = begin(&fake, events[i]);
        expect_head_and(&stream, "0\r\n\r\n");
        CHECK_I64("one write", stream.reads, 1);
        stream_accepted(&stream);
    }
    fake_check_alive(&fake);
}

static void write_of_nothing_sends_nothing(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("a|!nothing|b"));
    expect_head_and(&stream, "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    stream_accepted(&stream);
}

static void chunk_of_6_mib_arrives_at_a_slow_reader(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("!size 6291456|end"));
    fake_pause_us(50000); /* the socket's buffers are full by now */
    expect_head_and(&stream, "600000\r\n");
    struct str bytes = stream_take(&stream, MIB(6));
    for (size_t i = 0; i < bytes.len; i++) {
        assert_int_equal(bytes.ptr[i], 'a');
    }
    stream_expect(&stream, "\r\n3\r\nend\r\n0\r\n\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
}

static void many_streams_follow_each_other(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int i = 0; i < 50; i++) {
        DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("x"));
        (void)stream_take_to(&stream, "0\r\n\r\n");
        stream_accepted(&stream);
    }
    fake_check_alive(&fake);
    CHECK_I64("connections beside the streams'", fake.connections, 1);
}

/* ---- the handler fails ----------------------------------------------------------------------- */

#define FAILURE                                                                                    \
    "{\"errorMessage\":\"no more \\\"lines\\\"\",\"errorType\":\"Function.NotFound\","             \
    "\"stackTrace\":[]}"

static void failure_before_the_first_byte_is_an_ordinary_error(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, SCRIPT("!nothing|!fail"));
    CHECK_STR("body", fake_expect_error(&fake).body, STR(FAILURE));
    fake_accepted(&fake);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 1);
}

static void failure_after_the_first_byte_is_in_the_trailers(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("line|!fail"));
    expect_head_and(&stream, "4\r\nline\r\n");
    stream_expect(&stream, "0\r\nLambda-Runtime-Function-Error-Type: Function.NotFound\r\n"
                           "Lambda-Runtime-Function-Error-Body: ");
    struct str encoded = str_trim(stream_take_to(&stream, "\r\n"));
    struct str body = {0};
    assert_true(base64_decode(&fake.arena, encoded, &body));
    CHECK_STR("body", body, STR(FAILURE));
    stream_expect(&stream, "\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "invocation_failed", 1);
}

/* Takes chunk after chunk, as "6400000\r\n...\r\n", and counts what they hold. */
static size_t drain_chunk(struct fake_stream *stream)
{
    struct str line = str_trim(stream_take_to(stream, "\r\n"));
    size_t size = strtoul(line.ptr, NULL, 16);
    for (size_t left = size + 2; left > 0 && size > 0;) {
        if (stream->in.len == 0) {
            assert_true(stream_recv(stream));
        }
        size_t part = stream->in.len < left ? stream->in.len : left;
        memmove(stream->in.ptr, stream->in.ptr + part, stream->in.len - part);
        stream->in.len -= part;
        left -= part;
    }
    return size;
}

static void stream_beyond_lambdas_limit_is_refused_before_it_is_sent(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close)
    struct fake_stream stream = begin(&fake, SCRIPT("!size 104857600|!size 104857600|x"));
    (void)stream_take_to(&stream, "\r\n\r\n");
    CHECK_I64("first", drain_chunk(&stream), 100 * MIB(1));
    CHECK_I64("second", drain_chunk(&stream), 100 * MIB(1));
    CHECK_I64("last", drain_chunk(&stream), 0);
    stream_expect(&stream, "Lambda-Runtime-Function-Error-Type: Function.ResponseSizeTooLarge\r\n");
    (void)stream_take_to(&stream, "\r\n\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
}

/* ---- Lambda ends it -------------------------------------------------------------------------- */

static const struct early {
    const char *body, *status_seen, *log;
    int status;
} early_answers[] = {
    {"{\"errorType\":\"InvokeTimeout\"}", "ERR_TIMEOUT", "\"status\":410", 410},
    {"{\"errorType\":\"RequestEntityTooLarge\"}", "ERR_TOO_LARGE", "\"status\":413", 413},
    {"{\"errorType\":\"InvalidRequestID\"}", "ERR_UPSTREAM", "\"status\":400", 400},
    {"{\"errorType\":\"InvalidStateTransition\"}", "ERR_UPSTREAM", "\"status\":403", 403},
    {"{\"status\":\"OK\"}", "ERR_UPSTREAM", NULL, 202},
};

static void answer_while_the_handler_writes_ends_the_stream(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(early_answers); i++) {
        const struct early *early = &early_answers[i];
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("a|!stop|b|!forget|c"));
        fake_await_stop(&fake);
        expect_head_and(&stream, "1\r\na\r\n");
        stream_reply(&stream, early->status, str_from_cstr(early->body));
        fake_go_on(&fake);
        stream_expect_close(&stream); /* nothing more, not even an end */
        fake_check_alive(&fake);
        CHECK_LOG(&fake, early->status_seen, 2); /* of "b", and of "c" */
        CHECK_LOG(&fake, "runtime_post_refused", early->log == NULL ? 0 : 1);
        if (early->log != NULL) {
            CHECK_LOG(&fake, early->log, 1);
        }
        CHECK_LOG(&fake, "invocation_failed", 1);
    }
}

static void answer_500_to_a_stream_ends_the_process(void **state)
{
    (void)state;
    static const struct str events[] = {
        STR_INIT("script !stream|a|!stop|b"),
        STR_INIT("script !stream|a|!stop"),
        STR_INIT("script !stream|a|!stop|!end"),
    };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        DEFER(stream_close) struct fake_stream stream = begin(&fake, events[i]);
        fake_await_stop(&fake);
        stream_reply(&stream, 500, STR("{}"));
        fake_go_on(&fake);
        fake_check_ended(&fake, 1);
        CHECK_LOG(&fake, "HTTP 500", 1);
    }
}

static void end_refused_is_logged_and_the_loop_goes_on(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("a"));
    (void)stream_take_to(&stream, "0\r\n\r\n");
    stream_reply(&stream, 410, STR("{\"errorType\":\"InvokeTimeout\"}"));
    stream_expect_close(&stream);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "\"level\":\"WARN\"", 1);
    CHECK_LOG(&fake, "InvokeTimeout", 1);
}

static void stream_cut_by_the_other_end_is_logged_once(void **state)
{
    (void)state;
    static const struct str events[] = {
        STR_INIT("script !stream|a|!stop|b|!forget|c|!forget"),
        STR_INIT("script !stream|a|!stop"),
        STR_INIT("script !stream|a|!stop|!fail"),
    };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        DEFER(stream_close) struct fake_stream stream = begin(&fake, events[i]);
        fake_await_stop(&fake);
        stream_close(&stream);
        fake_go_on(&fake);
        fake_check_alive(&fake);
        CHECK_LOG(&fake, "runtime_post_failed", 1);
    }
}

static void stream_that_cannot_begin_is_an_ordinary_error(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, SCRIPT("!stop|a"));
    fake_await_stop(&fake);
    assert_int_equal(close(fake.listener), 0); /* the poll's connection stays */
    fake.listener = dup(STDERR_FILENO);
    fake_go_on(&fake);
    struct pollfd waiting = {.fd = fake.conn, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, FAKE_PATIENCE_MS), 1);
    char bytes[KIB(4)];
    ssize_t got = recv(fake.conn, bytes, sizeof bytes, 0);
    assert_true(got > 0);
    struct str request = {.ptr = bytes, .len = (size_t)got};
    assert_true(str_has_prefix(request, STR("POST " RUNTIME_PATH "/invocation/r1/error ")));
    assert_true(str_find(request, STR("Function.Upstream")) != SIZE_MAX);
}

/* ---- work after the response ----------------------------------------------------------------- */

static void reply_end_posts_now_and_the_handler_goes_on(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("script !json|!end|!stop"));
    CHECK_STR("body", fake_expect_response(&fake).body, STR("{\"in\":\"place\"}"));
    fake_accepted(&fake);
    fake_await_stop(&fake); /* the caller has its answer */
    CHECK_LOG(&fake, "after_ran", 0);
    fake_go_on(&fake);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "after_ran", 2);
    CHECK_LOG(&fake, "failed", 0);
}

static void reply_end_ends_a_stream_now(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, SCRIPT("a|!end|!stop"));
    expect_head_and(&stream, "1\r\na\r\n0\r\n\r\n");
    stream_accepted(&stream);
    fake_await_stop(&fake);
    fake_go_on(&fake);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "failed", 0);
}

static void failure_after_reply_end_is_only_logged(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("script !json|!end|!fail"));
    (void)fake_expect_response(&fake);
    fake_accepted(&fake);
    fake_check_alive(&fake); /* no error is posted in between */
    CHECK_LOG(&fake, "after_response_failed", 1);
    CHECK_LOG(&fake, "invocation_failed", 0);
}

/* ---- one reply, one mode --------------------------------------------------------------------- */

static void mode_can_change_until_the_first_byte(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, SCRIPT("!nothing|!json"));
    CHECK_STR("body", fake_expect_response(&fake).body, STR("{\"in\":\"place\"}"));
    fake_accepted(&fake);
    DEFER(stream_close) struct fake_stream stream = begin(&fake, STR("script !json|!stream|a"));
    expect_head_and(&stream, "1\r\na\r\n0\r\n\r\n");
    stream_accepted(&stream);
    fake_check_alive(&fake);
}

static void mode_stays_after_the_first_byte(void **state)
{
    (void)state;
    static const struct {
        struct str event;
        const char *want;
    } cases[] = {
        {STR_INIT("script !stream|a|!json"), "0\r\nLambda-Runtime-Function-Error-Type: "
                                             "Function.Conflict\r\n"},
        {STR_INIT("script !stream|a|!stream"), "0\r\nLambda-Runtime-Function-Error-Type: "
                                               "Function.Conflict\r\n"},
        {STR_INIT("script !stream|a|!end|b|!forget|!end|!forget"), "0\r\n\r\n"},
    };
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(stream_close) struct fake_stream stream = begin(&fake, cases[i].event);
        expect_head_and(&stream, "1\r\na\r\n");
        stream_expect(&stream, cases[i].want);
        stream_reply(&stream, 202, STR(""));
        while (stream_recv(&stream)) {
        }
    }
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "\"status\":\"ERR_CONFLICT\"", 4);
}

static void write_without_a_stream_is_an_error(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    static const struct str events[] = {STR_INIT("script a"), STR_INIT("script !json|a"),
                                        STR_INIT("script !end")};
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        fake_give_event(&fake, events[i]);
        CHECK_STR("type",
                  wire_header(&(struct wire){.head = fake_expect_error(&fake).head},
                              "Lambda-Runtime-Function-Error-Type"),
                  STR("Function.Invalid"));
        fake_accepted(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_is_sent_as_the_protocol_says),
        cmocka_unit_test(bytes_are_sent_while_the_handler_still_works),
        cmocka_unit_test(stream_of_nothing_is_a_response),
        cmocka_unit_test(write_of_nothing_sends_nothing),
        cmocka_unit_test(chunk_of_6_mib_arrives_at_a_slow_reader),
        cmocka_unit_test(many_streams_follow_each_other),
        cmocka_unit_test(failure_before_the_first_byte_is_an_ordinary_error),
        cmocka_unit_test(failure_after_the_first_byte_is_in_the_trailers),
        cmocka_unit_test(stream_beyond_lambdas_limit_is_refused_before_it_is_sent),
        cmocka_unit_test(answer_while_the_handler_writes_ends_the_stream),
        cmocka_unit_test(answer_500_to_a_stream_ends_the_process),
        cmocka_unit_test(end_refused_is_logged_and_the_loop_goes_on),
        cmocka_unit_test(stream_cut_by_the_other_end_is_logged_once),
        cmocka_unit_test(stream_that_cannot_begin_is_an_ordinary_error),
        cmocka_unit_test(reply_end_posts_now_and_the_handler_goes_on),
        cmocka_unit_test(reply_end_ends_a_stream_now),
        cmocka_unit_test(failure_after_reply_end_is_only_logged),
        cmocka_unit_test(mode_can_change_until_the_first_byte),
        cmocka_unit_test(mode_stays_after_the_first_byte),
        cmocka_unit_test(write_without_a_stream_is_an_error),
    };
    return cmocka_run_group_tests_name("conformance stream", tests, NULL, NULL);
}
