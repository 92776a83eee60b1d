#include "tests/conformance/fake_many.h"
#include "tests/conformance/fake_report.h"

/* Handlers that do not come to an end before their deadline. */

/* Where the place counts: a machine with other work to do may take its time to say it. */
static const char *const patient[] = {"FAULTY_MARGIN_MS=400", NULL};

static int64_t give_event(struct fake *fake, struct str event, int64_t left_ms)
{
    int64_t deadline_ms = clock_now_ms() + left_ms;
    fake_expect_next(fake);
    fake_reply(fake, 200,
               arena_format(&fake->arena, ID_HEADER "Lambda-Runtime-Deadline-Ms: %lld\r\n",
                            (long long)deadline_ms)
                   .ptr,
               event);
    return deadline_ms;
}

/* The report comes on a connection of its own: the other one is the handler's thread's. */
static const struct json *take_report(struct fake_stream *conn)
{
    struct fake *fake = conn->fake;
    struct wire wire = {.head = stream_take_to(conn, "\r\n\r\n")};
    int64_t length = 0;
    assert_true(str_has_prefix(wire.head, STR("POST " RUNTIME_PATH "/invocation/r1/error ")));
    CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
              STR("Function.Timeout"));
    assert_true(str_to_i64(wire_header(&wire, "Content-Length"), &length));
    return read_body(fake, stream_take(conn, (size_t)length));
}

static void a_handler_at_its_deadline_is_reported_where_it_stands(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, patient);
    int64_t deadline_ms = give_event(&fake, STR("spin"), 900);
    DEFER(stream_close) struct fake_stream conn = stream_accept(&fake);
    const struct json *root = take_report(&conn);
    assert_true(clock_now_ms() >= deadline_ms - 400); /* not early */
    check_words(root, "Function.Timeout",
                "the handler was still at work 400 ms before the deadline of ");
    check_has_frame(root, "spins");
    check_has_frame(root, "main");
    stream_accepted(&conn);
    fake_await_log(&fake, "\"invocation_timed_out\"");
    CHECK_LOG(&fake, "spins+0x", 1);
}

static void a_handler_that_comes_back_late_is_not_heard_and_the_loop_goes_on(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, patient);
    (void)give_event(&fake, STR("sleep"), 600);
    DEFER(stream_close) struct fake_stream conn = stream_accept(&fake);
    check_has_frame(take_report(&conn), "sleeps");
    stream_accepted(&conn);
    fake_check_alive(&fake); /* the next request is the poll */
    CHECK_I64("connections beside the report's", fake.connections, 1);
    CHECK_LOG(&fake, "\"reply_dropped\"", 1);
}

static void a_stream_at_its_deadline_ends_with_trailers(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, patient);
    (void)give_event(&fake, STR("stream, then sleep"), 600);
    DEFER(stream_close) struct fake_stream stream = stream_accept(&fake);
    (void)stream_take_to(&stream, "\r\n\r\n");
    stream_expect(&stream, "6\r\nso far\r\n");
    const struct json *root = take_trailers(&stream, "Function.Timeout");
    check_words(root, "Function.Timeout", "the handler was still at work ");
    check_has_frame(root, "sleeps");
    stream_accepted(&stream); /* nothing after the end, though the handler writes again */
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "Function.Timeout", 1); /* what its write returned, as its failure */
}

static void a_thread_without_signals_is_reported_without_its_place(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    (void)give_event(&fake, STR("block"), 200);
    DEFER(stream_close) struct fake_stream conn = stream_accept(&fake);
    CHECK_STR("stack", json_find(take_report(&conn), STR("stackTrace"))->span, STR("[]"));
    stream_accepted(&conn);
    fake_check_alive(&fake);
}

static void check_nobody_reports(struct fake *fake)
{
    CHECK_STR("echo", fake_expect_response(fake).body, STR("sleep"));
    struct pollfd waiting = {.fd = fake->listener, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 0), 0);
    fake_accepted(fake);
    CHECK_LOG(fake, "invocation_timed_out", 0);
}

static void events_without_a_deadline_to_guard_are_left_alone(void **state)
{
    (void)state;
    static const char *const off[] = {"FAULTY_MARGIN_MS=-1", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    fake_give_event(&fake, STR("sleep")); /* none was given */
    check_nobody_reports(&fake);
    (void)give_event(&fake, STR("sleep"), -1000); /* clocks differ */
    check_nobody_reports(&fake);
    (void)give_event(&fake, STR("sleep"), 10000);
    check_nobody_reports(&fake);
    DEFER(fake_close) struct fake unguarded;
    faulty_start(&unguarded, off);
    (void)give_event(&unguarded, STR("sleep"), 200);
    check_nobody_reports(&unguarded);
}

static void an_earlier_deadline_than_the_last_is_kept(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    (void)give_event(&fake, STR("hi"), 60000);
    (void)fake_expect_response(&fake);
    fake_accepted(&fake);
    (void)give_event(&fake, STR("sleep"), 200);
    DEFER(stream_close) struct fake_stream conn = stream_accept(&fake);
    check_words(take_report(&conn), "Function.Timeout", "at work 50 ms before the deadline of ");
    stream_accepted(&conn);
    fake_check_alive(&fake);
}

static void an_answered_events_deadline_does_not_hurt_the_next(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, NULL);
    (void)give_event(&fake, STR("hi"), 200);
    (void)fake_expect_response(&fake);
    fake_accepted(&fake);
    (void)give_event(&fake, STR("sleep"), 10000); /* beyond the first one's deadline */
    check_nobody_reports(&fake);
    fake_give_event(&fake, STR("sleep")); /* the same without one */
    check_nobody_reports(&fake);
}

static void the_margin_is_the_functions(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, patient);
    (void)give_event(&fake, STR("sleep"), 10400);
    check_nobody_reports(&fake);
    (void)give_event(&fake, STR("sleep"), 805);
    DEFER(stream_close) struct fake_stream conn = stream_accept(&fake);
    check_words(take_report(&conn), "Function.Timeout", "at work 400 ms before the deadline of ");
    stream_accepted(&conn);
    fake_check_alive(&fake);
}

static void a_stuck_handler_loses_its_slot(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start_program(&many, "release/tests/conformance/faulty", "2", patient);
    many_await_polls(&many, 2);
    many.left_ms = 800;
    many_give(&many, many_poller(&many), "stuck", STR("spin"));
    struct many_conn *conn = many_post_of(&many, "stuck");
    CHECK_STR("type", wire_header(&conn->post, "Lambda-Runtime-Function-Error-Type"),
              STR("Function.Timeout"));
    check_has_frame(read_body(&many.fake, conn->post.body), "spins");
    many_accepted(&many, conn);
    many_await_polls(&many, 2); /* a new one: the stuck one spins */
    many.left_ms = 60000;
    CHECK_STR("echo", many_call(&many, "one", STR("one")), STR("one"));
    CHECK_STR("echo", many_call(&many, "two", STR("two")), STR("two"));
    fake_await_log(&many.fake, "\"slot_stuck\"");
    CHECK_LOG(&many.fake, "\"replaced\":true", 1);
}

static void a_slow_handler_keeps_its_slot(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start_program(&many, "release/tests/conformance/faulty", "2", NULL);
    many_await_polls(&many, 2);
    many.left_ms = 200;
    many_give(&many, many_poller(&many), "slow", STR("sleep"));
    many_accepted(&many, many_post_of(&many, "slow"));
    many_await_polls(&many, 2);
    fake_pause_us(999999); /* until it would have been stuck */
    CHECK_STR("echo", many_call(&many, "one", STR("one")), STR("one"));
    CHECK_LOG(&many.fake, "\"slot_stuck\"", 0);
    CHECK_I64("connections", many.count, 3); /* two slots', the report's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_at_its_deadline_is_reported_where_it_stands),
        cmocka_unit_test(a_handler_that_comes_back_late_is_not_heard_and_the_loop_goes_on),
        cmocka_unit_test(a_stream_at_its_deadline_ends_with_trailers),
        cmocka_unit_test(a_thread_without_signals_is_reported_without_its_place),
        cmocka_unit_test(events_without_a_deadline_to_guard_are_left_alone),
        cmocka_unit_test(an_earlier_deadline_than_the_last_is_kept),
        cmocka_unit_test(an_answered_events_deadline_does_not_hurt_the_next),
        cmocka_unit_test(the_margin_is_the_functions),
        cmocka_unit_test(a_stuck_handler_loses_its_slot),
        cmocka_unit_test(a_slow_handler_keeps_its_slot),
    };
    return cmocka_run_group_tests_name("conformance guard", tests, NULL, NULL);
}
