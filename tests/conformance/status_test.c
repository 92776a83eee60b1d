#include "tests/conformance/fake_api.h"

/* Each status on each call: what is sent next, what the log says, and the exit code. */

/* ---- posts ----------------------------------------------------------------------------------- */

static const struct refusal {
    const char *body;
    const char *log; /* NULL: nothing was refused */
    int status;
    int connections; /* when the next event is done */
} refusals[] = {
    {"{\"status\":\"OK\"}", NULL, 202, 1},
    {"", NULL, 200, 1},
    {"{\"errorType\":\"InvalidRequestID\",\"errorMessage\":\"x\"}",
     "\"status\":400,\"reason\":\"InvalidRequestID\"", 400, 1},
    {"{\"errorType\":\"TruncatedHTTPRequest\"}",
     "\"status\":400,\"reason\":\"TruncatedHTTPRequest\"", 400, 2},
    {"{\"errorType\":\"InvalidStateTransition\"}",
     "\"status\":403,\"reason\":\"InvalidStateTransition\"", 403, 1},
    {"not JSON", "\"status\":404,\"reason\":\"not JSON\"", 404, 1},
    {"{\"errorType\":\"InvokeTimeout\"}", "\"level\":\"WARN\"", 410, 1},
    {"{\"errorType\":\"RequestEntityTooLarge\"}", "\"reason\":\"RequestEntityTooLarge\"", 413, 1},
    {"", "\"status\":503,\"reason\":\"\"", 503, 1},
    {"", "\"status\":302", 302, 1},
};

static void check_refusal(const char *event, const char *line, const struct refusal *refusal)
{
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, str_from_cstr(event));
    (void)fake_expect(&fake, line);
    fake_reply(&fake, refusal->status, "Location: http://127.0.0.1:1/\r\n",
               str_from_cstr(refusal->body));
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "runtime_post_refused", refusal->log == NULL ? 0 : 1);
    if (refusal->log != NULL) {
        CHECK_LOG(&fake, refusal->log, 1);
    }
    CHECK_I64(line, fake.connections, refusal->connections);
    CHECK_LOG(&fake, "after_ran", 2);
}

static void response_refused_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        check_refusal("hi", "POST " RUNTIME_PATH "/invocation/r1/response", &refusals[i]);
    }
}

static void error_refused_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        check_refusal("fail", "POST " RUNTIME_PATH "/invocation/r1/error", &refusals[i]);
    }
}

static void post_answered_500_ends_the_process(void **state)
{
    (void)state;
    static const char *const events[] = {"hi", "fail"};
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        fake_give_event(&fake, str_from_cstr(events[i]));
        (void)fake_request(&fake);
        fake_reply(&fake, 500, "", STR("{\"errorType\":\"InternalServerError\"}"));
        fake_check_ended(&fake, 1);
        CHECK_LOG(&fake, "HTTP 500 (InternalServerError)", 1);
        CHECK_LOG(&fake, "after_ran", 0);
    }
}

static void init_error_is_posted_once_whatever_the_answer(void **state)
{
    (void)state;
    static const int statuses[] = {202, 403, 404, 500};
    static const char *const env[] = {"PROBE_INIT_FAILS=1", NULL};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start_at(&fake, "", env);
        struct wire wire = fake_expect(&fake, "POST " RUNTIME_PATH "/init/error");
        CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
                  STR("Function.Unavailable"));
        CHECK_STR("body", wire.body,
                  STR("{\"errorMessage\":\"no database\",\"errorType\":\"Function.Unavailable\","
                      "\"stackTrace\":[]}"));
        fake_reply(&fake, statuses[i], "", STR("{}"));
        fake_check_ended(&fake, 1);
        CHECK_LOG(&fake, "init: no database", 1);
    }
}

/* ---- connections that fail under a post ------------------------------------------------------ */

static void post_goes_twice_if_a_kept_connection_dies_before_any_reply(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("hi"));
    CHECK_STR("first", fake_expect_response(&fake).body, STR("hi"));
    fake_hang_up(&fake);
    CHECK_STR("second", fake_expect_response(&fake).body, STR("hi"));
    CHECK_I64("connections", fake.connections, 2);
    fake_accepted(&fake);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "failed", 0);
}

static void post_goes_no_third_time(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("hi"));
    (void)fake_expect_response(&fake);
    fake_hang_up(&fake);
    (void)fake_expect_response(&fake);
    fake_hang_up(&fake);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 3);
    CHECK_LOG(&fake, "runtime_post_failed", 1);
}

static void post_goes_twice_if_the_connection_dies_under_its_body(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("size 6000000"));
    struct buf begin = buf_in(&fake.arena, KIB(64));
    assert_true(fake_recv(&fake, &begin)); /* the rest is unread: the close resets the connection */
    fake_hang_up(&fake);
    CHECK_I64("all of it", fake_expect_response(&fake).body.len, 6000000);
    fake_accepted(&fake);
    fake_check_alive(&fake);
}

/* 413 as soon as the length is known: the rest of the body is not read. */
static void post_refused_under_its_body_goes_once(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("size 6000000"));
    struct buf begin = buf_in(&fake.arena, KIB(64));
    assert_true(fake_recv(&fake, &begin));
    fake_reply(&fake, 413, "Connection: close\r\n",
               STR("{\"errorType\":\"RequestEntityTooLarge\"}"));
    fake_await_log(&fake, "refused"); /* a reset would take back what is not read yet */
    fake_hang_up(&fake);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 2);
    CHECK_LOG(&fake, "\"reason\":\"RequestEntityTooLarge\"", 1);
    CHECK_LOG(&fake, "runtime_post_failed", 0);
}

static void post_with_a_reply_begun_goes_once(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "HTTP/1.1 202 Accepted\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"sta",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta",
        "nonsense that is no HTTP\r\n\r\n",
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(beginnings); i++) {
        const char *beginning = beginnings[i / 2];
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        fake_give_event(&fake, STR("hi"));
        (void)fake_expect_response(&fake);
        fake_send(&fake, str_from_cstr(beginning));
        if (i % 2 == 0) {
            fake_hang_up(&fake);
        } else {
            fake_pause_us(20000); /* a reset would take back what is not read yet */
            fake_reset(&fake);
        }
        fake_check_alive(&fake);
        CHECK_I64(beginning, fake.connections, 2);
    }
}

/* ---- polls ----------------------------------------------------------------------------------- */

static void poll_answered_204_polls_again(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int i = 0; i < 20; i++) {
        fake_expect_next(&fake);
        fake_send(&fake, STR("HTTP/1.1 204 No Content\r\n\r\n"));
    }
    fake_check_alive(&fake);
    CHECK_LOG(&fake, "runtime_poll_failed", 0);
}

static void poll_answered_500_ends_the_process(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_reply(&fake, 500, "", STR("{}"));
    fake_check_ended(&fake, 1);
}

static void poll_refused_is_tried_five_times(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *headers, *log;
    } cases[] = {
        {403, "", "HTTP 403"},
        {404, "", "HTTP 404"},
        {200, "", "a request id of 0 bytes"},
        {200, "Lambda-Runtime-Aws-Request-Id:  \r\n", "a request id of 0 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        for (int tries = 0; tries < 5; tries++) {
            fake_expect_next(&fake);
            fake_reply(&fake, cases[i].status, cases[i].headers, STR("{}"));
        }
        fake_check_ended(&fake, 1);
        CHECK_LOG(&fake, "runtime_poll_failed", 4);
        CHECK_LOG(&fake, cases[i].log, 5);
        CHECK_LOG(&fake, "after_ran", 0); /* the handler saw nothing */
    }
}

static void poll_counts_only_failures_in_a_row(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int round = 0; round < 2; round++) {
        for (int tries = 0; tries < 3; tries++) {
            fake_expect_next(&fake);
            fake_reply(&fake, 403, "", STR("{\"errorType\":\"InvalidStateTransition\"}"));
        }
        fake_give_event(&fake, STR("hi"));
        (void)fake_expect_response(&fake);
        fake_accepted(&fake);
    }
    fake_expect_next(&fake);
    CHECK_LOG(&fake, "runtime_poll_failed", 6);
}

static void poll_with_a_request_id_beyond_reason_is_refused(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    char id[258];
    memset(id, 'a', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    for (size_t len = 257; len >= 256; len--) {
        id[len] = '\0';
        fake_expect_next(&fake);
        fake_reply(&fake, 200,
                   arena_format(&fake.arena, "Lambda-Runtime-Aws-Request-Id: %s\r\n", id).ptr,
                   STR("hi"));
    }
    struct str line = arena_format(&fake.arena, "POST " RUNTIME_PATH "/invocation/%s/response", id);
    (void)fake_expect(&fake, line.ptr);
    CHECK_LOG(&fake, "a request id of 257 bytes", 1);
}

static void poll_without_an_answer_takes_a_new_connection_each_time(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int tries = 0; tries < 5; tries++) {
        fake_expect_next(&fake);
        fake_hang_up(&fake);
    }
    fake_check_ended(&fake, 1);
    CHECK_I64("connections", fake.connections, 5);
}

static void poll_of_nobody_ends_the_process(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_listen(&fake);
    assert_int_equal(close(fake.listener), 0);
    fake.listener = dup(STDERR_FILENO);
    const char *env[] = {
        arena_format(&fake.arena, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%d", fake.port).ptr, NULL};
    fake_start_bare(&fake, env);
    CHECK_I64("exit code", fake_exit_code(&fake), 1);
    CHECK_LOG(&fake, "runtime_poll_failed", 4);
    CHECK_LOG(&fake, "no event in 5 tries", 1);
}

static void poll_on_a_connection_closed_meanwhile_takes_a_new_one(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    for (int i = 0; i < 3; i++) {
        fake_give_event(&fake, STR("hi"));
        (void)fake_expect_response(&fake);
        fake_accepted(&fake);
        fake_hang_up(&fake); /* before the next poll, or right under it */
    }
    for (int i = 0; i < 3; i++) {
        fake_give_event(&fake, STR("hi"));
        (void)fake_expect_response(&fake);
        fake_reply(&fake, 202, "Connection: close\r\n", STR("{}"));
        fake_hang_up(&fake);
    }
    fake_expect_next(&fake);
    CHECK_I64("connections", fake.connections, 7);
    CHECK_LOG(&fake, "failed", 0);
}

static void poll_on_a_kept_connection_that_dies_is_sent_again_at_once(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("hi"));
    (void)fake_expect_response(&fake);
    fake_accepted(&fake);
    fake_expect_next(&fake);
    fake_hang_up(&fake);
    fake_check_alive(&fake);
    CHECK_I64("connections", fake.connections, 2);
    CHECK_LOG(&fake, "failed", 0);
}

static void poll_with_a_reply_cut_is_tried_again(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "HTTP/1.1 200 OK\r\n" ID_HEADER,
        "HTTP/1.1 200 OK\r\n" ID_HEADER "Content-Length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\n" ID_HEADER "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\n" ID_HEADER "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\n" ID_HEADER "Content-Length: many\r\n\r\nhello",
    };
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        DEFER(fake_close) struct fake fake;
        fake_start(&fake);
        fake_expect_next(&fake);
        fake_send(&fake, str_from_cstr(beginnings[i]));
        fake_hang_up(&fake);
        fake_check_alive(&fake);
        CHECK_LOG(&fake, "runtime_poll_failed", 1);
        CHECK_LOG(&fake, "after_ran", 1); /* the half event never reached the handler */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_refused_goes_on),
        cmocka_unit_test(error_refused_goes_on),
        cmocka_unit_test(post_answered_500_ends_the_process),
        cmocka_unit_test(init_error_is_posted_once_whatever_the_answer),
        cmocka_unit_test(post_goes_twice_if_a_kept_connection_dies_before_any_reply),
        cmocka_unit_test(post_goes_no_third_time),
        cmocka_unit_test(post_goes_twice_if_the_connection_dies_under_its_body),
        cmocka_unit_test(post_refused_under_its_body_goes_once),
        cmocka_unit_test(post_with_a_reply_begun_goes_once),
        cmocka_unit_test(poll_answered_204_polls_again),
        cmocka_unit_test(poll_answered_500_ends_the_process),
        cmocka_unit_test(poll_refused_is_tried_five_times),
        cmocka_unit_test(poll_counts_only_failures_in_a_row),
        cmocka_unit_test(poll_with_a_request_id_beyond_reason_is_refused),
        cmocka_unit_test(poll_without_an_answer_takes_a_new_connection_each_time),
        cmocka_unit_test(poll_of_nobody_ends_the_process),
        cmocka_unit_test(poll_on_a_connection_closed_meanwhile_takes_a_new_one),
        cmocka_unit_test(poll_on_a_kept_connection_that_dies_is_sent_again_at_once),
        cmocka_unit_test(poll_with_a_reply_cut_is_tried_again),
    };
    return cmocka_run_group_tests_name("conformance status", tests, NULL, NULL);
}
