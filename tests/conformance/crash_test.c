#include "tests/conformance/fake_many.h"
#include "tests/conformance/fake_report.h"

/* What Lambda, the log and the exit status say of a bootstrap that crashes. */

static void check_report(struct fake *fake, const struct wire *wire, const char *type,
                         const char *message)
{
    CHECK_STR("type", wire_header(wire, "Lambda-Runtime-Function-Error-Type"), str_from_cstr(type));
    check_words(read_body(fake, wire->body), type, message);
}

/* The process is gone as by that signal alone, nothing was sent after the report; one FATAL line.
 */
static void check_dead(struct fake *fake, int number)
{
    CHECK_I64("exit", fake_exit_code(fake), 128 + number);
    struct pollfd waiting = {.fd = fake->listener, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 0), 0);
    CHECK_LOG(fake, "\"runtime_crashed\"", 1);
    CHECK_LOG(fake, "\"FATAL\"", 1);
}

static const struct {
    const char *event, *type, *message, *function;
    int number;
} cases[] = {
    {"segfault", "Runtime.Segfault", "signal SIGSEGV at address 0x8 in reads_through_null+0x",
     "reads_through_null", SIGSEGV},
    {"null call", "Runtime.Segfault", "signal SIGSEGV at address 0x0 in calls_null+0x",
     "calls_null", SIGSEGV},
    {"abort", "Runtime.Abort", "signal SIGABRT in gives_up+0x", "gives_up", SIGABRT},
    {"assert", "Runtime.Abort", "signal SIGABRT in asserts+0x", "asserts", SIGABRT},
    {"divide", "Runtime.ArithmeticError", "signal SIGFPE in divides+0x", "divides", SIGFPE},
    {"illegal", "Runtime.IllegalInstruction", "signal SIGILL in executes_nonsense+0x",
     "executes_nonsense", SIGILL},
    {"stack overflow", "Runtime.StackOverflow", "stack overflow, signal SIGSEGV at address 0x",
     "overflows", SIGSEGV},
    {"smashed stack", "Runtime.Abort", "signal SIGABRT in smashes_the_stack+0x",
     "smashes_the_stack", SIGABRT},
    {"kill", "Runtime.Segfault", "signal SIGSEGV in signals_itself+0x", "signals_itself", SIGSEGV},
    {"thread", "Runtime.Segfault", "signal SIGSEGV at address 0x8 in reads_through_null+0x",
     "crashes_elsewhere", SIGSEGV},
};

static void crash_is_reported_with_a_backtrace_and_ends_as_the_signal_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(fake_close) struct fake fake;
        faulty_start(&fake, NULL);
        fake_give_event(&fake, str_from_cstr(cases[i].event));
        struct wire wire = fake_expect_error(&fake);
        check_report(&fake, &wire, cases[i].type, cases[i].message);
        check_has_frame(read_body(&fake, wire.body), cases[i].function);
        CHECK_I64("connections", fake.connections, 1); /* the one that is open already */
        fake_accepted(&fake);
        check_dead(&fake, cases[i].number);
        CHECK_LOG(&fake, cases[i].message, 1);
    }
}

static void report_is_one_request_byte_for_byte(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_listen(&fake);
    fake_start_program(&fake, "release/tests/conformance/faulty", NULL);
    fake_expect_next(&fake);
    fake_reply(&fake, 200,
               "Lambda-Runtime-Aws-Request-Id: a/b\r\nLambda-Runtime-Invocation-Id: n-1\r\n",
               STR("segfault"));
    struct wire wire = fake_request(&fake);
    struct str body = wire.body;
    const struct json *stack = json_find(read_body(&fake, body), STR("stackTrace"));
    struct buf frames = buf_in(&fake.arena, SIZE_MAX);
    JSON_EACH (frame, stack) {
        buf_addf(&frames, "%s{\"path\":\"bootstrap\",\"line\":0,\"label\":\"" STR_FMT "\"}",
                 frames.len == 0 ? "" : ",", STR_ARG(frame->text));
    }
    struct str message = json_find_str(read_body(&fake, body), STR("errorMessage"));
    CHECK_STR("head", wire.head,
              arena_format(&fake.arena,
                           "POST /2018-06-01/runtime/invocation/a%%2Fb/error HTTP/1.1\r\n"
                           "Host: 127.0.0.1:%d\r\n"
                           "User-Agent: clambda/0.1\r\n"
                           "Content-Type: application/json\r\n"
                           "Lambda-Runtime-Function-Error-Type: Runtime.Segfault\r\n"
                           "Lambda-Runtime-Function-XRay-Error-Cause: "
                           "{\"working_directory\":\"/var/task\",\"exceptions\":[{\"message\":"
                           "\"" STR_FMT "\",\"type\":\"Runtime.Segfault\",\"stack\":[" STR_FMT
                           "]}],\"paths\":[]}\r\n"
                           "Lambda-Runtime-Invocation-Id: n-1\r\n"
                           "Content-Length: %zu\r\n\r\n",
                           fake.port, STR_ARG(message), STR_ARG(buf_str(&frames)), body.len));
    CHECK_STR("body", body,
              arena_format(&fake.arena,
                           "{\"errorMessage\":\"" STR_FMT
                           "\",\"errorType\":\"Runtime.Segfault\",\"stackTrace\":" STR_FMT "}",
                           STR_ARG(message), STR_ARG(stack->span)));
    fake_accepted(&fake);
    check_dead(&fake, SIGSEGV);
}

static void crash_in_init_is_an_init_error(void **state)
{
    (void)state;
    static const char *const env[] = {"FAULTY_INIT=segfault", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    struct wire wire = fake_expect(&fake, "POST " RUNTIME_PATH "/init/error");
    check_report(&fake, &wire, "Runtime.Segfault", " in reads_through_null+0x");
    check_has_frame(read_body(&fake, wire.body), "init");
    fake_accepted(&fake);
    check_dead(&fake, SIGSEGV);
}

static void crash_in_a_stream_is_its_trailers(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("stream, then abort"));
    DEFER(stream_close) struct fake_stream stream = stream_accept(&fake);
    (void)stream_take_to(&stream, "\r\n\r\n");
    stream_expect(&stream, "6\r\nso far\r\n");
    const struct json *root = take_trailers(&stream, "Runtime.Abort");
    check_words(root, "Runtime.Abort", "signal SIGABRT in gives_up+0x");
    check_has_frame(root, "gives_up");
    stream_reply(&stream, 202, STR("{}"));
    check_dead(&fake, SIGABRT);
    CHECK_LOG(&fake, "\"reported\":1", 1);
}

static void crash_after_the_answer_is_logged_alone(void **state)
{
    (void)state;
    static const char *const env[] = {"FAULTY_AFTER=abort", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    fake_give_event(&fake, STR("hi"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("hi"));
    fake_accepted(&fake);
    check_dead(&fake, SIGABRT);
    CHECK_LOG(&fake, "\"requestId\":\"r1\"", 1);
    CHECK_LOG(&fake, "\"reported\":0", 1);
}

static void crash_between_events_is_logged_alone(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_expect_next(&fake);
    assert_int_equal(kill(fake.pid, SIGBUS), 0);
    check_dead(&fake, SIGBUS);
    CHECK_LOG(&fake, arena_format(&fake.arena, "signal SIGBUS from process %d in ", getpid()).ptr,
              1);
}

static void crash_of_a_child_is_its_own(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("child"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("child"));
    fake_accepted(&fake);
    fake_expect_next(&fake);
    CHECK_LOG(&fake, "runtime_crashed", 0);
}

static void a_crash_is_reported_for_every_event_in_flight(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start_program(&many, "release/tests/conformance/faulty", "3", NULL);
    many_await_polls(&many, 3);
    many_give(&many, many_poller(&many), "asleep", STR("sleep"));
    many_give(&many, many_poller(&many), "crashed", STR("segfault late"));
    static const char *const ids[] = {"crashed", "asleep"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct many_conn *conn = many_post_of(&many, ids[i]);
        CHECK_STR("on its own connection", str_from_cstr(conn->id), str_from_cstr(ids[i]));
        check_report(&many.fake, &conn->post, "Runtime.Segfault", " in reads_through_null+0x");
        many_accepted(&many, conn);
    }
    CHECK_I64("exit", fake_exit_code(&many.fake), 128 + SIGSEGV);
    CHECK_LOG(&many.fake, "\"reported\":2", 1);
}

static void threads_that_crash_together_are_one_report(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("two threads"));
    struct wire wire = fake_expect_error(&fake);
    check_report(&fake, &wire, "Runtime.Segfault", " in reads_through_null+0x");
    fake_pause_us(50000); /* the others have crashed by now, and wait */
    fake_accepted(&fake);
    check_dead(&fake, SIGSEGV);
}

static void signals_from_outside_do_not_break_the_report(void **state)
{
    (void)state;
    static const int numbers[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("segfault late"));
    struct wire wire = fake_expect_error(&fake);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        assert_int_equal(kill(fake.pid, numbers[i]), 0);
        fake_pause_us(5000);
    }
    check_report(&fake, &wire, "Runtime.Segfault", " in reads_through_null+0x");
    fake_accepted(&fake);
    check_dead(&fake, SIGSEGV);
    CHECK_LOG(&fake, "\"reported\":1", 1);
}

static void destroyed_memory_leaves_the_log_and_the_signal(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("destroy, then abort"));
    CHECK_I64("exit", fake_exit_code(&fake), 128 + SIGABRT);
    CHECK_LOG(&fake, "\"runtime_crashed\"", 1);
    CHECK_LOG(&fake, "signal SIGABRT in gives_up+0x", 1);
}

static void a_dead_connection_is_replaced_for_the_report(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("segfault late"));
    fake_hang_up(&fake);
    struct wire wire = fake_expect_error(&fake);
    check_report(&fake, &wire, "Runtime.Segfault", " in reads_through_null+0x");
    CHECK_I64("connections", fake.connections, 2);
    fake_accepted(&fake);
    check_dead(&fake, SIGSEGV);
}

static void a_silent_lambda_does_not_hold_the_end_up(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("segfault"));
    (void)fake_expect_error(&fake);
    int64_t from_us = clock_mono_us();
    check_dead(&fake, SIGSEGV);
    int64_t took_ms = (clock_mono_us() - from_us) / 1000;
    assert_true(took_ms >= 400 && took_ms < 5000); /* half a second, and a slow machine */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crash_is_reported_with_a_backtrace_and_ends_as_the_signal_does),
        cmocka_unit_test(report_is_one_request_byte_for_byte),
        cmocka_unit_test(crash_in_init_is_an_init_error),
        cmocka_unit_test(crash_in_a_stream_is_its_trailers),
        cmocka_unit_test(crash_after_the_answer_is_logged_alone),
        cmocka_unit_test(crash_between_events_is_logged_alone),
        cmocka_unit_test(crash_of_a_child_is_its_own),
        cmocka_unit_test(a_crash_is_reported_for_every_event_in_flight),
        cmocka_unit_test(threads_that_crash_together_are_one_report),
        cmocka_unit_test(signals_from_outside_do_not_break_the_report),
        cmocka_unit_test(destroyed_memory_leaves_the_log_and_the_signal),
        cmocka_unit_test(a_dead_connection_is_replaced_for_the_report),
        cmocka_unit_test(a_silent_lambda_does_not_hold_the_end_up),
    };
    return cmocka_run_group_tests_name("conformance crash", tests, NULL, NULL);
}
