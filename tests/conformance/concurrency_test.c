#include "tests/conformance/fake_many.h"

/* Several events at a time: AWS_LAMBDA_MAX_CONCURRENCY, one slot's life beside the others'. */

static void check_echo(struct many *many, struct many_conn *conn)
{
    struct str line =
        arena_format(&many->fake.arena, "POST " RUNTIME_PATH "/invocation/%s/response ", conn->id);
    CHECK_I64(conn->id, str_has_prefix(conn->post.head, line), true);
    CHECK_STR(conn->id, conn->post.body, str_from_cstr(conn->id)); /* the event was its id */
}

/* Events to polls by chance, answers accepted by chance, any number of them open in between. */
static void shuffle(struct many *many, size_t slots, int events)
{
    many_await_polls(many, slots);
    int given = 0;
    size_t open = 0;
    while (given < events || open > 0) {
        bool may_give = given < events && many_polls(many) > 0;
        if (may_give && (open == 0 || many_random(many, 3) > 0)) {
            char id[32];
            (void)snprintf(id, sizeof id, "event-%d", given++);
            many_give(many, many_poller(many), id, str_from_cstr(id));
            open++;
        } else if (open > 0) {
            struct many_conn *conn = many_poster(many);
            check_echo(many, conn);
            many_accepted(many, conn);
            open--;
        } else {
            many_pump(many);
        }
    }
    many_await_polls(many, slots);
}

static void slots_poll_at_once_and_answer_in_any_order(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "8", NULL);
    shuffle(&many, 8, 500);
    CHECK_I64("connections", many.count, 8);
    CHECK_LOG(&many.fake, "\"level\":\"ERROR\"", 0);
    many_check_sane(&many);
}

static void sixty_four_slots_serve_at_once(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "64", NULL);
    shuffle(&many, 64, 640);
    CHECK_I64("connections", many.count, 64);
    many_check_sane(&many);
}

/* Seven handlers wait for each other's release, given through the eighth. */
static void handlers_run_at_the_same_time(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "8", NULL);
    many_await_polls(&many, 8);
    for (int name = 'a'; name <= 'g'; name++) {
        struct str event = arena_format(&many.fake.arena, "slot hold %c", name);
        many_give(&many, many_poller(&many), (char[]){(char)name, '\0'}, event);
    }
    for (int name = 'g'; name >= 'a'; name--) {
        struct str event = arena_format(&many.fake.arena, "slot release %c", name);
        (void)many_call(&many, "free", event);
        struct many_conn *conn = many_post_of(&many, (char[]){(char)name, '\0'});
        CHECK_I64("on the connection of its poll", conn->id[0], name);
        many_accepted(&many, conn);
    }
    many_await_polls(&many, 8);
    many_check_sane(&many);
}

static void each_slot_has_its_own_state(void **state)
{
    (void)state;
    static const char *const env[] = {"PROBE_SLOTS=,", NULL};
    DEFER(many_close) struct many many;
    many_start(&many, "4", env);
    many_await_polls(&many, 4);
    int64_t events[4] = {0};
    for (int i = 0; i < 100; i++) {
        struct str text = many_call(&many, "x", STR("slot who"));
        struct str field = {0};
        int64_t slot = -1, count = -1;
        assert_true(str_split_next(&text, ' ', &field) && str_to_i64(field, &slot));
        assert_true(str_split_next(&text, ' ', &field) && str_to_i64(field, &count));
        assert_true(slot >= 0 && slot < 4);
        CHECK_I64("events of that slot", count, ++events[slot]);
        CHECK_STR("its own state; no trace in the environment", text, STR("1 0"));
    }
    many_check_sane(&many);
}

static void streams_of_several_slots_run_beside_each_other(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "4", NULL);
    for (int round = 0; round < 10; round++) {
        many_await_polls(&many, 4);
        for (int name = 'a'; name <= 'd'; name++) {
            struct str event = arena_format(&many.fake.arena, "script !stream|%c%c|!size 100000|%c",
                                            name, name, name);
            many_give(&many, many_poller(&many), (char[]){(char)name, '\0'}, event);
        }
        for (int name = 'a'; name <= 'd'; name++) {
            struct many_conn *conn = many_post_of(&many, (char[]){(char)name, '\0'});
            struct str begin = arena_format(&many.fake.arena, "2\r\n%c%c\r\n", name, name);
            struct str end = arena_format(&many.fake.arena, "1\r\n%c\r\n0\r\n\r\n", name);
            CHECK_I64("begin", str_has_prefix(conn->post.body, begin), true);
            CHECK_I64("end", str_has_suffix(conn->post.body, end), true);
            many_accepted(&many, conn);
        }
    }
    many_check_sane(&many);
}

/* ---- ends ------------------------------------------------------------------------------------ */

/* Cuts the connection of one poll again and again, until that slot gives up. */
static void kill_a_slot(struct many *many, size_t slots)
{
    many_await_polls(many, slots);
    many_hang_up(many_poller(many));
    for (size_t i = 0; i < 5; i++) { /* a kept connection is replaced once at once */
        many_await_polls(many, slots);
        many_hang_up(&many->conns[many->count - 1]);
    }
}

static void slot_that_gets_no_events_ends_alone(void **state)
{
    (void)state;
    static const char *const env[] = {"PROBE_SLOTS=,", NULL};
    DEFER(many_close) struct many many;
    many_start(&many, "3", env);
    shuffle(&many, 3, 30); /* so that each connection is a kept one */
    kill_a_slot(&many, 3);
    shuffle(&many, 2, 100);
    fake_await_log(&many.fake, "\"message\":\"slot_closed\"");
    CHECK_LOG(&many.fake, "\"message\":\"slot_ended\"", 1);
    CHECK_LOG(&many.fake, "\"message\":\"slot_closed\"", 1);
    many_check_sane(&many);
}

static void program_ends_with_its_last_slot(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "2", NULL);
    shuffle(&many, 2, 20);
    kill_a_slot(&many, 2);
    kill_a_slot(&many, 1);
    CHECK_I64("exit code", fake_exit_code(&many.fake), 1);
    CHECK_LOG(&many.fake, "no event in 5 tries", 3); /* each slot's end, and the program's */
    CHECK_LOG(&many.fake, "runtime_stopped", 1);
    many_check_sane(&many);
}

static void answer_500_to_one_slot_ends_all(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "8", NULL);
    many_await_polls(&many, 8);
    struct many_conn *busy = many_poller(&many);
    many_give(&many, busy, "busy", STR("busy"));
    (void)many_post_of(&many, "busy"); /* this one still waits for its answer */
    many_send(&many, many_poller(&many), fake_reply_make(&many.fake, 500, "", STR("{}")));
    fake_pause_us(100000);
    many_accepted(&many, busy);
    CHECK_I64("exit code", fake_exit_code(&many.fake), 1);
    CHECK_LOG(&many.fake, "HTTP 500", 2); /* the slot's end, and the program's */
    CHECK_LOG(&many.fake, "runtime_post_failed", 0);
    many_check_sane(&many);
}

static void handler_that_never_returns_does_not_hold_the_end_up(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "4", NULL);
    many_await_polls(&many, 4);
    /* Not the first slot, whose thread is the program's own: ask until another one has it. */
    struct many_conn *conn = NULL;
    for (bool is_first = true; is_first;) {
        conn = many_poller(&many);
        many_give(&many, conn, "who", STR("slot who"));
        is_first = str_has_prefix(many_post_of(&many, "who")->post.body, STR("0 "));
        many_accepted(&many, conn);
        many_await_polls(&many, 4);
    }
    many_give(&many, conn, "stuck", STR("slot hold x"));
    many_send(&many, many_poller(&many), fake_reply_make(&many.fake, 500, "", STR("{}")));
    CHECK_I64("exit code", fake_exit_code(&many.fake), 1);
    many_check_sane(&many);
}

static void failures_say_which_slot(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "2", NULL);
    many_await_polls(&many, 2);
    (void)many_call(&many, "a", STR("fail"));
    many_await_polls(&many, 2);
    size_t first = fake_log_count(&many.fake, "\"slot\":0");
    size_t second = fake_log_count(&many.fake, "\"slot\":1");
    CHECK_I64("one of them", first + second, 1);
}

static void all_slots_at_work_is_logged_once(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start(&many, "3", NULL);
    for (int round = 0; round < 3; round++) {
        many_await_polls(&many, 3);
        for (int name = 'a'; name <= 'c'; name++) {
            /* Two of three at work are not all. */
            CHECK_LOG(&many.fake, "slots_all_busy", round > 0 ? 1 : 0);
            many_give(&many, many_poller(&many), (char[]){(char)name, '\0'}, STR("hi"));
        }
        for (int name = 'a'; name <= 'c'; name++) {
            (void)many_post_of(&many, (char[]){(char)name, '\0'});
        }
        for (int name = 'a'; name <= 'c'; name++) {
            many_accepted(&many, many_post_of(&many, (char[]){(char)name, '\0'}));
        }
    }
    many_await_polls(&many, 3);
    CHECK_LOG(&many.fake, "slots_all_busy", 1);
}

/* ---- starts ---------------------------------------------------------------------------------- */

static void slot_that_does_not_open_stays_out(void **state)
{
    (void)state;
    static const char *const envs[][2] = {{"PROBE_SLOTS=,0,", NULL}, {"PROBE_SLOTS=,2,", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(envs); i++) {
        DEFER(many_close) struct many many;
        many_start(&many, "3", envs[i]);
        shuffle(&many, 2, 20);
        CHECK_LOG(&many.fake, "slot_not_opened", 1);
        CHECK_LOG(&many.fake, "no handle for", 1);
        CHECK_I64("connections", many.count, 2);
        many_check_sane(&many);
    }
}

static void no_slot_that_opens_is_an_init_error(void **state)
{
    (void)state;
    static const char *const env[] = {"PROBE_SLOTS=all", NULL};
    static const char *const counts[] = {"1", "4"};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        DEFER(many_close) struct many many;
        many_start(&many, counts[i], env);
        struct many_conn *conn = many_poster(&many);
        CHECK_I64("path", str_has_prefix(conn->post.head, STR("POST " RUNTIME_PATH "/init/error ")),
                  true);
        CHECK_STR("type", wire_header(&conn->post, "Lambda-Runtime-Function-Error-Type"),
                  STR("Function.Unavailable"));
        many_accepted(&many, conn);
        CHECK_I64("exit code", fake_exit_code(&many.fake), 1);
        CHECK_I64("connections", many.count, 1);
    }
}

static void one_slot_unless_both_sides_agree(void **state)
{
    (void)state;
    static const struct {
        const char *slots, *concurrent, *log;
    } cases[] = {
        {"AWS_LAMBDA_MAX_CONCURRENCY=8", "NOTHING=1", "runtime_not_concurrent"},
        {"AWS_LAMBDA_MAX_CONCURRENCY=1", "NOTHING=1", NULL},
        {"AWS_LAMBDA_MAX_CONCURRENCY=", "PROBE_CONCURRENT=1", NULL},
        {"AWS_LAMBDA_MAX_CONCURRENCY=0", "PROBE_CONCURRENT=1", "runtime_concurrency_unknown"},
        {"AWS_LAMBDA_MAX_CONCURRENCY=-1", "PROBE_CONCURRENT=1", "runtime_concurrency_unknown"},
        {"AWS_LAMBDA_MAX_CONCURRENCY=many", "PROBE_CONCURRENT=1", "runtime_concurrency_unknown"},
        {"AWS_LAMBDA_MAX_CONCURRENCY=1001", "PROBE_CONCURRENT=1", "runtime_concurrency_unknown"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *env[] = {cases[i].slots, cases[i].concurrent, NULL};
        DEFER(fake_close) struct fake fake;
        fake_start_at(&fake, "", env);
        fake_expect_next(&fake);
        fake_pause_us(20000);
        struct pollfd nobody = {.fd = fake.listener, .events = POLLIN};
        assert_int_equal(poll(&nobody, 1, 0), 0);
        CHECK_LOG(&fake, "\"level\":\"WARN\"", cases[i].log == NULL ? 0 : 1);
        if (cases[i].log != NULL) {
            CHECK_LOG(&fake, cases[i].log, 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_poll_at_once_and_answer_in_any_order),
        cmocka_unit_test(sixty_four_slots_serve_at_once),
        cmocka_unit_test(handlers_run_at_the_same_time),
        cmocka_unit_test(each_slot_has_its_own_state),
        cmocka_unit_test(streams_of_several_slots_run_beside_each_other),
        cmocka_unit_test(slot_that_gets_no_events_ends_alone),
        cmocka_unit_test(program_ends_with_its_last_slot),
        cmocka_unit_test(answer_500_to_one_slot_ends_all),
        cmocka_unit_test(handler_that_never_returns_does_not_hold_the_end_up),
        cmocka_unit_test(failures_say_which_slot),
        cmocka_unit_test(all_slots_at_work_is_logged_once),
        cmocka_unit_test(slot_that_does_not_open_stays_out),
        cmocka_unit_test(no_slot_that_opens_is_an_init_error),
        cmocka_unit_test(one_slot_unless_both_sides_agree),
    };
    return cmocka_run_group_tests_name("conformance concurrency", tests, NULL, NULL);
}
