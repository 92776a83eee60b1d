/*
 * Answers that are asked for until they are there: predictions of Replicate's.
 */
#include "tests/support/llm_fake_store.h"

#include "shared/base/clock.h"

static struct http_peer peer;

#define RUNNING "{\"id\":\"p1\",\"status\":\"processing\",\"output\":[\"He\"]}"
#define DONE                                                                                       \
    "{\"id\":\"p1\",\"model\":\"them/r\",\"status\":\"succeeded\",\"output\":[\"He\",\"llo\"],"    \
    "\"metrics\":{\"input_token_count\":10,\"output_token_count\":2}}"

static void next(struct llm_world *w, int status, const char *body)
{
    llm_world_next(w, HTTP_PEER_KEEPS, llm_world_http(w, status, "", body));
}

static void must_begin(struct llm_world *w, int number, const char *line)
{
    struct str seen = http_peer_scripted(w->cx, &peer, number);
    if (!str_has_prefix(seen, str_from_cstr(line))) {
        CHECK_FAILED("request %d: \"" STR_FMT "\", want \"%s\"\n", number, STR_ARG(seen), line);
    }
}

static void world(struct llm_world *w, const struct llm_timeouts *timeouts)
{
    llm_world_open(w, &peer, timeouts);
    w->request.model = STR("run/them/r");
}

static void a_prediction_is_polled_to_its_end(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    world(&w, NULL);
    next(&w, 201, "{\"id\":\"p1\",\"status\":\"starting\"}");
    next(&w, 200, RUNNING); /* what it has so far is not the answer */
    next(&w, 200, DONE);
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_STR("trail", w.outcome.head.trail, STR("run/them/r:ok"));
    CHECK_I64("waits", w.wait_count, 2);
    must_begin(&w, 0, "POST /script/v1/models/them/r/predictions HTTP/1.1\r\n");
    must_begin(&w, 1, "GET /script/v1/predictions/p1 HTTP/1.1\r\n");
    CHECK_STR("events", buf_str(&w.heard.text),
              STR("start p1 them/r | text 0 He | text 0 llo | end 0 | finish stop | usage in=10 "
                  "read=0 w5=0 w1=0 out=2 think=0 | done"));
    CHECK_I64("cost", w.outcome.cost_nano, 10 * 1000 + 2 * 2000);
}

static void polls_that_fail_are_repeated_and_bill_nothing(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    world(&w, NULL);
    next(&w, 201, RUNNING);
    next(&w, 429, "{}");
    next(&w, 502, "");
    llm_world_next(&w, HTTP_PEER_CLOSES, STR(""));
    next(&w, 200, DONE);
    CHECK_STATUS(w.cx, llm_world_ask(&w), OK);
    CHECK_I64("attempts", w.outcome.attempt_count, 1);
}

static void a_prediction_that_is_lost_is_stopped(void **state)
{
    (void)state;
    DEFER(llm_world_close) struct llm_world w;
    world(&w, NULL);
    for (int i = 0; i < 2; i++) { /* the second one is the call's spare */
        next(&w, 201, RUNNING);
        next(&w, 404, "{}");
        next(&w, 200, "{}");
    }
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
    must_begin(&w, 2, "POST /script/v1/predictions/p1/cancel HTTP/1.1\r\n");
    CHECK_STR("trail", w.outcome.head.trail, STR("run/them/r:cut,run/them/r:cut"));
    assert_true(w.outcome.cost_nano > 0);
}

static void a_prediction_that_our_time_does_not_hold_is_stopped(void **state)
{
    (void)state;
    static const struct llm_timeouts patient = {5000, 5000, 5000, 300};
    DEFER(llm_world_close) struct llm_world w;
    world(&w, &patient);
    w.cx->deadline_ms = clock_now_ms() + 500; /* less than the first wait, with the reserve */
    next(&w, 201, RUNNING);
    next(&w, 200, "{}");
    CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_TIMEOUT);
    must_begin(&w, 1, "POST /script/v1/predictions/p1/cancel HTTP/1.1\r\n");
}

static void what_failed_there_is_a_failure_here(void **state)
{
    (void)state;
    static const struct {
        const char *body, *trail;
    } cases[] = {
        {"{\"id\":\"p1\",\"status\":\"failed\",\"error\":\"CANARY\"}",
         "run/them/r:ambiguous,run/them/r:ambiguous"},
        {"{\"id\":\"p1\",\"status\":\"dreaming\"}", "run/them/r:cut,run/them/r:cut"},
        {"[]", "run/them/r:cut,run/them/r:cut"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(llm_world_close) struct llm_world w;
        world(&w, NULL);
        next(&w, 201, cases[i].body);
        next(&w, 201, cases[i].body);
        CHECK_STATUS(w.cx, llm_world_ask(&w), ERR_UPSTREAM);
        CHECK_STR(cases[i].body, w.outcome.head.trail, str_from_cstr(cases[i].trail));
        CHECK_I64("CANARY", str_find(str_from_cstr(w.cx->err.text), STR("CANARY")), SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prediction_is_polled_to_its_end),
        cmocka_unit_test(polls_that_fail_are_repeated_and_bill_nothing),
        cmocka_unit_test(a_prediction_that_is_lost_is_stopped),
        cmocka_unit_test(a_prediction_that_our_time_does_not_hold_is_stopped),
        cmocka_unit_test(what_failed_there_is_a_failure_here),
    };
    http_peer_start(&peer, false);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_peer_stop(&peer);
    return failed;
}
