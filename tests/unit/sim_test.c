#include "runtime/lambda_sim.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* What the simulator tells about a program; the program here does what its event says. */

static enum status stream(struct ctx *cx, const struct invocation *inv, struct reply *reply)
{
    TRY(reply_stream(cx, reply, STR("text/plain")));
    TRY(reply_write(cx, reply, STR("one")));
    TRY(reply_write(cx, reply, STR("two and")));
    return str_eq(inv->event, STR("stream")) ? OK : fail(cx, ERR_UPSTREAM, "no three");
}

/* Until Lambda has had enough. */
static enum status stream_for_ever(struct ctx *cx, struct reply *reply)
{
    TRY(reply_stream(cx, reply, STR("text/plain")));
    for (;;) {
        TRY(reply_write(cx, reply, STR("and another one")));
    }
}

static enum status handler(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                           void *app)
{
    (void)app;
    if (str_eq(inv->event, STR("fail"))) {
        return fail(cx, ERR_NOT_FOUND, "no such thing");
    }
    if (str_eq(inv->event, STR("about"))) {
        return reply_bytes(cx, reply, STR("text/plain"),
                           arena_format(cx->arena, STR_FMT "|" STR_FMT "|" STR_FMT "|%d",
                                        STR_ARG(inv->request_id), STR_ARG(inv->tenant_id),
                                        STR_ARG(inv->client_context), inv->deadline_ms > 0));
    }
    if (str_eq(inv->event, STR("stream for ever"))) {
        return stream_for_ever(cx, reply);
    }
    if (str_has_prefix(inv->event, STR("stream"))) {
        return stream(cx, inv, reply);
    }
    return reply_bytes(cx, reply, inv->content_type, inv->event);
}

static void count_after(struct ctx *cx, void *app)
{
    (void)cx;
    int *count = app;
    ++*count;
}

static struct lambda_sim *open_plain(void)
{
    struct lambda_sim *sim =
        lambda_sim_open(&(struct lambda_sim_options){.program = {.handler = handler}});
    assert_non_null(sim);
    return sim;
}

static void sim_close(struct lambda_sim **sim)
{
    lambda_sim_close(*sim);
}

static struct lambda_sim_outcome invoke(struct lambda_sim *sim, struct lambda_sim_event event)
{
    struct lambda_sim_outcome out;
    lambda_sim_invoke(sim, &event, &out);
    return out;
}

static void sim_gives_an_event_and_takes_the_answer(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    for (int i = 0; i < 3; i++) {
        struct lambda_sim_outcome out =
            invoke(sim, (struct lambda_sim_event){.event = STR("a\0b"),
                                                  .content_type = STR("text/x"),
                                                  .invocation_id = STR("once")});
        CHECK_I64("posted", out.posted, LAMBDA_SIM_RESPONSE);
        CHECK_STR("body", out.body, STR("a\0b"));
        CHECK_STR("type", out.content_type, STR("text/x"));
        CHECK_STR("echoed", lambda_sim_header(&out, STR("lambda-runtime-invocation-id")),
                  STR("once"));
        CHECK_I64("status", out.status, 202);
        CHECK_I64("posts", out.posts, 1);
        CHECK_I64("whole", out.is_whole, true);
        CHECK_I64("no stream", out.is_streamed, false);
        CHECK_I64("polls again", out.polls_again, true);
    }
    CHECK_I64("ended", lambda_sim_has_ended(sim), false);
}

static void sim_gives_what_lambda_says_about_an_event(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out =
        invoke(sim, (struct lambda_sim_event){.event = STR("about"),
                                              .request_id = STR("my/id 1"),
                                              .tenant_id = STR("blue"),
                                              .client_context = STR("{\"a\":1}"),
                                              .timeout_ms = 3000});
    CHECK_STR("seen", out.body, STR("my/id 1|blue|{\"a\":1}|1"));
    out = invoke(sim, (struct lambda_sim_event){.event = STR("about")});
    CHECK_STR("not sent", out.body, STR("sim-2|||0"));
}

static void sim_tells_a_failure_by_its_type_and_words(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("fail")});
    CHECK_I64("posted", out.posted, LAMBDA_SIM_ERROR);
    CHECK_STR("type", out.error_type, STR("Function.NotFound"));
    CHECK_STR("message", out.error_message, STR("no such thing"));
    CHECK_I64("polls again", out.polls_again, true);
}

static void sim_answers_posts_as_the_script_says(void **state)
{
    (void)state;
    static const int refusals[] = {400, 403, 410, 413};
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct lambda_sim_outcome out = invoke(
            sim, (struct lambda_sim_event){
                     .event = STR("x"), .post_statuses = &refusals[i], .post_status_count = 1});
        CHECK_I64("status", out.status, refusals[i]);
        CHECK_I64("goes on", out.polls_again, true);
    }
    struct lambda_sim_outcome out = invoke(
        sim, (struct lambda_sim_event){
                 .event = STR("x"), .post_statuses = (const int[]){500}, .post_status_count = 1});
    CHECK_I64("500", out.status, 500);
    CHECK_I64("does not go on", out.polls_again, false);
    CHECK_I64("has ended", lambda_sim_has_ended(sim), true);
    out = invoke(sim, (struct lambda_sim_event){.event = STR("x")});
    CHECK_I64("nothing after its end", out.posted, LAMBDA_SIM_NOTHING);
}

static void sim_hangs_up_on_polls_and_posts(void **state)
{
    (void)state;
    static const int posts[] = {0, 202};
    static const int polls[] = {0, 204, 403};
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out = invoke(
        sim, (struct lambda_sim_event){
                 .event = STR("x"), .post_statuses = posts, .post_status_count = ARRAY_LEN(posts)});
    CHECK_I64("first was not answered", out.status, 0);
    CHECK_I64("it came again", out.posts, 2);
    CHECK_STR("body", out.body, STR("x"));
    CHECK_I64("goes on", out.polls_again, true);
    out = invoke(sim, (struct lambda_sim_event){.event = STR("y"),
                                                .poll_statuses = polls,
                                                .poll_status_count = ARRAY_LEN(polls)});
    CHECK_STR("given in the end", out.body, STR("y"));
}

static void sim_takes_its_time(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    int64_t begin_us = clock_mono_us();
    struct lambda_sim_outcome out =
        invoke(sim, (struct lambda_sim_event){.event = STR("x"), .post_delay_ms = 50});
    CHECK_I64("status", out.status, 202);
    CHECK_I64("50 ms", clock_mono_us() - begin_us >= 50000, true);
}

static void sim_takes_a_stream_write_by_write(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("stream")});
    CHECK_I64("streamed", out.is_streamed && out.is_whole, true);
    CHECK_I64("posted", out.posted, LAMBDA_SIM_RESPONSE);
    CHECK_STR("type", out.content_type, STR("text/plain"));
    CHECK_STR("body", out.body, STR("onetwo and"));
    CHECK_I64("chunks", out.chunk_count, 2);
    CHECK_STR("first", out.chunks[0], STR("one"));
    CHECK_STR("second", out.chunks[1], STR("two and"));
    CHECK_STR("no error", out.error_type, STR(""));
    CHECK_I64("no trailers", out.trailer_count, 0);
}

static void sim_tells_how_a_stream_failed(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out =
        invoke(sim, (struct lambda_sim_event){.event = STR("stream and fail")});
    CHECK_I64("posted", out.posted, LAMBDA_SIM_RESPONSE);
    CHECK_I64("whole", out.is_whole, true);
    CHECK_STR("body", out.body, STR("onetwo and"));
    CHECK_STR("type", out.error_type, STR("Function.Upstream"));
    CHECK_STR("message", out.error_message, STR("no three"));
    CHECK_I64("trailers", out.trailer_count, 2);
    CHECK_I64("polls again", out.polls_again, true);
}

static void sim_ends_a_stream_early(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    struct lambda_sim_outcome out =
        invoke(sim, (struct lambda_sim_event){.event = STR("stream for ever"),
                                              .post_statuses = (const int[]){410},
                                              .post_status_count = 1,
                                              .post_is_early = true});
    CHECK_I64("status", out.status, 410);
    CHECK_I64("not whole", out.is_whole, false);
    CHECK_I64("polls again", out.polls_again, true);
}

static enum status init_fails(struct ctx *cx, void *app)
{
    (void)app;
    return fail(cx, ERR_UNAVAILABLE, "the shelf is empty");
}

static void sim_tells_how_init_failed(void **state)
{
    (void)state;
    DEFER(sim_close)
    struct lambda_sim *sim = lambda_sim_open(
        &(struct lambda_sim_options){.program = {.handler = handler, .init = init_fails}});
    const struct lambda_sim_outcome *init = lambda_sim_init(sim);
    CHECK_I64("posted", init->posted, LAMBDA_SIM_ERROR);
    CHECK_STR("type", init->error_type, STR("Function.Unavailable"));
    CHECK_STR("message", init->error_message, STR("the shelf is empty"));
    CHECK_I64("ended", lambda_sim_has_ended(sim), true);
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("x")});
    CHECK_I64("nobody is there", out.posted, LAMBDA_SIM_NOTHING);
}

static void sim_returns_when_after_is_through(void **state)
{
    (void)state;
    int count = 0;
    DEFER(sim_close)
    struct lambda_sim *sim = lambda_sim_open(&(struct lambda_sim_options){
        .program = {.handler = handler, .after = count_after, .app = &count}});
    for (int i = 1; i <= 20; i++) {
        (void)invoke(sim, (struct lambda_sim_event){.event = STR("x")});
        CHECK_I64("after", count, i);
    }
}

static enum status sleeps(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                          void *app)
{
    (void)app;
    (void)usleep(300000);
    return reply_json(cx, reply, inv->event);
}

static void sim_loses_patience(void **state)
{
    (void)state;
    DEFER(sim_close)
    struct lambda_sim *sim = lambda_sim_open(
        &(struct lambda_sim_options){.program = {.handler = sleeps}, .patience_ms = 50});
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("x")});
    CHECK_I64("nothing yet", out.posted, LAMBDA_SIM_NOTHING);
    CHECK_I64("not again", out.polls_again, false);
}

static enum status works_until_cancelled(struct ctx *cx, const struct invocation *inv,
                                         struct reply *reply, void *app)
{
    (void)app;
    while (!invocation_is_cancelled(inv)) {
        (void)usleep(1000);
    }
    return reply_json(cx, reply, STR("\"too late\""));
}

static void sim_shows_the_deadline_guard_at_work(void **state)
{
    (void)state;
    DEFER(sim_close)
    struct lambda_sim *sim = lambda_sim_open(
        &(struct lambda_sim_options){.program = {.handler = works_until_cancelled}});
    for (int i = 0; i < 3; i++) {
        struct lambda_sim_outcome out =
            invoke(sim, (struct lambda_sim_event){.event = STR("x"), .timeout_ms = 150});
        CHECK_I64("posted", out.posted, LAMBDA_SIM_ERROR);
        CHECK_STR("type", out.error_type, STR("Function.Timeout"));
        CHECK_I64("polls again", out.polls_again, true);
        CHECK_I64("once", out.posts, 1);
    }
}

static void sim_takes_a_big_event(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    char *bytes = ARENA_ARRAY(&t.arena, char, MIB(6));
    memset(bytes, 'b', MIB(6));
    struct str event = {.ptr = bytes, .len = MIB(6)};
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = event});
    assert_true(str_eq(out.body, event));
}

static void sims_come_and_go_and_live_side_by_side(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *beside = open_plain();
    int fds = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)close(fds);
    for (int i = 0; i < 50; i++) {
        struct lambda_sim *sim = open_plain();
        struct lambda_sim_outcome out =
            invoke(sim, (struct lambda_sim_event){.event = STR("1"), .timeout_ms = 200});
        CHECK_STR("one", out.body, STR("1"));
        out = invoke(beside, (struct lambda_sim_event){.event = STR("2"), .timeout_ms = 200});
        CHECK_STR("two", out.body, STR("2"));
        lambda_sim_close(sim);
    }
    (void)usleep(250000); /* the deadlines of those that are gone */
    int again = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)close(again);
    CHECK_I64("no descriptor is left open", again, fds);
}

static void *invoke_many(void *sim)
{
    for (int i = 0; i < 50; i++) {
        struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("t")});
        CHECK_STR("answer", out.body, STR("t"));
    }
    return NULL;
}

static void threads_take_turns_at_one_slot(void **state)
{
    (void)state;
    DEFER(sim_close) struct lambda_sim *sim = open_plain();
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, invoke_many, sim), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

/* ---- several slots --------------------------------------------------------------------------- */

/* Four handlers that go on only once all four are at work. */
static enum status meets(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                         void *app)
{
    pthread_barrier_t *barrier = app;
    (void)pthread_barrier_wait(barrier);
    return reply_json(cx, reply,
                      arena_format(cx->arena, "%s %u", (const char *)inv->state, inv->slot));
}

static enum status opens(struct ctx *cx, unsigned slot, void *app, void **state)
{
    (void)cx, (void)app, (void)slot;
    static char word[] = "slot";
    *state = word;
    return OK;
}

struct visit {
    struct lambda_sim *sim;
    struct lambda_sim_outcome out;
};

static void *visit(void *visit_)
{
    struct visit *visit = visit_;
    lambda_sim_invoke(visit->sim, &(struct lambda_sim_event){.event = STR("x")}, &visit->out);
    return NULL;
}

static void slots_are_at_work_at_the_same_time(void **state)
{
    (void)state;
    enum { SLOTS = 4 };
    pthread_barrier_t barrier;
    assert_int_equal(pthread_barrier_init(&barrier, NULL, SLOTS), 0);
    struct lambda_sim *sim = lambda_sim_open(&(struct lambda_sim_options){
        .program = {.handler = meets, .slot_open = opens, .app = &barrier, .concurrent = true},
        .slots = SLOTS});
    assert_non_null(sim);
    pthread_t threads[SLOTS];
    struct visit visits[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        visits[i].sim = sim;
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visits[i]), 0);
    }
    unsigned seen = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        CHECK_STR("state", str_slice(visits[i].out.body, 0, 5), STR("slot "));
        CHECK_I64("polls again", visits[i].out.polls_again, true);
        seen |= 1U << (unsigned)(visits[i].out.body.ptr[5] - '0');
    }
    CHECK_I64("each slot once", seen, 0xf);
    lambda_sim_close(sim);
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
}

static enum status opens_but_the_first(struct ctx *cx, unsigned slot, void *app, void **state)
{
    (void)app, (void)state;
    return slot == 0 ? fail(cx, ERR_UNAVAILABLE, "no database for this one") : OK;
}

static void a_slot_that_does_not_open_leaves_the_others_at_work(void **state)
{
    (void)state;
    DEFER(sim_close)
    struct lambda_sim *sim = lambda_sim_open(&(struct lambda_sim_options){
        .program = {.handler = handler, .slot_open = opens_but_the_first, .concurrent = true},
        .slots = 2});
    struct lambda_sim_outcome out = invoke(sim, (struct lambda_sim_event){.event = STR("x")});
    CHECK_STR("answer", out.body, STR("x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sim_gives_an_event_and_takes_the_answer),
        cmocka_unit_test(sim_gives_what_lambda_says_about_an_event),
        cmocka_unit_test(sim_tells_a_failure_by_its_type_and_words),
        cmocka_unit_test(sim_answers_posts_as_the_script_says),
        cmocka_unit_test(sim_hangs_up_on_polls_and_posts),
        cmocka_unit_test(sim_takes_its_time),
        cmocka_unit_test(sim_takes_a_stream_write_by_write),
        cmocka_unit_test(sim_tells_how_a_stream_failed),
        cmocka_unit_test(sim_ends_a_stream_early),
        cmocka_unit_test(sim_tells_how_init_failed),
        cmocka_unit_test(sim_returns_when_after_is_through),
        cmocka_unit_test(sim_loses_patience),
        cmocka_unit_test(sim_shows_the_deadline_guard_at_work),
        cmocka_unit_test(sim_takes_a_big_event),
        cmocka_unit_test(sims_come_and_go_and_live_side_by_side),
        cmocka_unit_test(threads_take_turns_at_one_slot),
        cmocka_unit_test(slots_are_at_work_at_the_same_time),
        cmocka_unit_test(a_slot_that_does_not_open_leaves_the_others_at_work),
    };
    return cmocka_run_group_tests_name("simulator", tests, NULL, NULL);
}
