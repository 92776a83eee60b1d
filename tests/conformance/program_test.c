#include "tests/conformance/fake_api.h"

/* The program around the loop: how it starts, what a handler's result becomes, how it ends. */

static void start_without_an_address_says_so(void **state)
{
    (void)state;
    static const char *const envs[][2] = {
        {NULL},
        {"AWS_LAMBDA_RUNTIME_API=", NULL},
        {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1 HTTP/1.1", NULL},
        {"AWS_LAMBDA_RUNTIME_API=a\r\nb", NULL},
        {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:port", NULL},
        {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:0", NULL},
        {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:65536", NULL},
        {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1:2", NULL},
        {"AWS_LAMBDA_RUNTIME_API=:1", NULL},
        {"AWS_LAMBDA_RUNTIME_API=[::1", NULL},
        {"AWS_LAMBDA_RUNTIME_API=http://127.0.0.1:1", NULL},
        {"AWS_LAMBDA_RUNTIME_API=/path", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
        DEFER(fake_close) struct fake fake;
        fake_listen(&fake);
        fake_start_bare(&fake, envs[i]);
        fake_check_ended(&fake, 1);
        CHECK_LOG(&fake, "AWS_LAMBDA_RUNTIME_API is not", 1);
        CHECK_LOG(&fake, "\n", 1); /* one line, and no try */
    }
}

static void an_address_of_another_form_is_shown(void **state)
{
    (void)state;
    static const char *const env[] = {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:99999", NULL};
    DEFER(fake_close) struct fake fake;
    fake_listen(&fake);
    fake_start_bare(&fake, env);
    fake_check_ended(&fake, 1);
    CHECK_LOG(&fake, "AWS_LAMBDA_RUNTIME_API is not of the form host:port: \\\"127.0.0.1:99999\\\"",
              1);
}

static void start_with_an_address_that_is_no_url_ends_at_once(void **state)
{
    (void)state;
    static const char *const env[] = {"AWS_LAMBDA_RUNTIME_API=[::::]:1", NULL};
    DEFER(fake_close) struct fake fake;
    fake_listen(&fake);
    fake_start_bare(&fake, env);
    fake_check_ended(&fake, 1);
    CHECK_LOG(&fake, "runtime_poll_failed", 0);
    CHECK_LOG(&fake, "connecting to \\\"[::::]:1\\\"", 1);
}

static void check_reported(const char *event, const char *type, const char *message)
{
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, str_from_cstr(event));
    struct wire wire = fake_expect_error(&fake);
    CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
              str_from_cstr(type));
    CHECK_STR("body", wire.body,
              arena_format(&fake.arena,
                           "{\"errorMessage\":\"%s\",\"errorType\":\"%s\",\"stackTrace\":[]}",
                           message, type));
    fake_accepted(&fake);
    fake_check_alive(&fake);
    CHECK_LOG(&fake, message, 1);
    CHECK_LOG(&fake, "\"error\":\"\"", 2); /* after hooks: the failure's words are gone */
}

static void handler_without_a_reply_is_reported(void **state)
{
    (void)state;
    check_reported("no reply", "Runtime.NoReply", "the handler returned OK and gave no reply");
}

static void handler_that_fails_after_a_reply_is_reported(void **state)
{
    (void)state;
    check_reported("fail after reply", "Function.Upstream", "too late");
}

static void reply_over_the_limit_is_reported_not_posted(void **state)
{
    (void)state;
    check_reported(
        "size 6291557", "Function.ResponseSizeTooLarge",
        "a reply of 6291557 bytes does not fit Lambda's limit of 6291556; send less, or a "
        "link to it");
}

static void after_runs_between_the_answer_and_the_next_poll(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("hi"));
    (void)fake_expect_response(&fake);
    fake_pause_us(20000);
    CHECK_LOG(&fake, "after_ran", 0); /* not while the response is unanswered */
    fake_accepted(&fake);
    fake_expect_next(&fake);
    CHECK_LOG(&fake, "after_ran", 1);
}

static void poll_waits_as_long_as_it_takes(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    fake_pause_us(999999);
    fake_reply(&fake, 200, ID_HEADER, STR("late"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("late"));
    CHECK_I64("connections", fake.connections, 1);
}

static void broken_pipe_does_not_end_the_process(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("broken pipe"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("broken pipe"));
}

static void end_is_lambdas_signal(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_expect_next(&fake);
    assert_int_equal(kill(fake.pid, SIGTERM), 0);
    CHECK_I64("exit", fake_exit_code(&fake), 128 + SIGTERM);
}

static void many_events_of_many_sizes_go_round(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    char bytes[KIB(64)];
    memset(bytes, 'e', sizeof bytes);
    for (size_t i = 0; i < 500; i++) {
        struct str event = {.ptr = bytes, .len = 1 + (i * 7919) % (sizeof bytes - 1)};
        fake_give_event(&fake, event);
        assert_true(str_eq(fake_expect_response(&fake).body, event));
        fake_accepted(&fake);
        arena_reset(&fake.arena);
    }
    CHECK_I64("connections", fake.connections, 1);
}

static struct str arena_seen(struct fake *fake, struct ctx *cx)
{
    fake_give_event(fake, STR("arena"));
    struct str seen = arena_str_copy(cx->arena, fake_expect_response(fake).body);
    fake_accepted(fake);
    return seen;
}

static void arena_is_the_same_after_many_events(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(fake_close) struct fake fake;
    fake_start(&fake);
    fake_give_event(&fake, STR("size 100000")); /* warm-up */
    (void)fake_expect_response(&fake);
    fake_accepted(&fake);
    struct str before = arena_seen(&fake, &t.cx);
    for (int i = 0; i < 100; i++) {
        fake_give_event(&fake, i % 3 == 0 ? STR("fail") : STR("size 100000"));
        (void)fake_request(&fake);
        fake_accepted(&fake);
        arena_reset(&fake.arena);
    }
    CHECK_STR("bytes used, bytes held", arena_seen(&fake, &t.cx), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_without_an_address_says_so),
        cmocka_unit_test(an_address_of_another_form_is_shown),
        cmocka_unit_test(start_with_an_address_that_is_no_url_ends_at_once),
        cmocka_unit_test(handler_without_a_reply_is_reported),
        cmocka_unit_test(handler_that_fails_after_a_reply_is_reported),
        cmocka_unit_test(reply_over_the_limit_is_reported_not_posted),
        cmocka_unit_test(after_runs_between_the_answer_and_the_next_poll),
        cmocka_unit_test(poll_waits_as_long_as_it_takes),
        cmocka_unit_test(broken_pipe_does_not_end_the_process),
        cmocka_unit_test(end_is_lambdas_signal),
        cmocka_unit_test(many_events_of_many_sizes_go_round),
        cmocka_unit_test(arena_is_the_same_after_many_events),
    };
    return cmocka_run_group_tests_name("conformance program", tests, NULL, NULL);
}
