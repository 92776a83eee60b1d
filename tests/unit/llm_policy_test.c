/*
 * The retry table: every class in every standing.
 */
#include "shared/llm/call/policy.h"

#include "tests/support/check.h"

/* First failure, with all that another attempt may need. */
static const struct llm_standing fresh = {
    .has_spare = true, .has_attempts = true, .tries = 1, .left_ms = 60000};

static struct llm_failure failure_of(enum llm_failure_class kind, int64_t retry_after_ms)
{
    return (struct llm_failure){.kind = kind, .retry_after_ms = retry_after_ms};
}

static const struct {
    enum llm_failure_class kind;
    enum llm_step first, second, third; /* at the same target */
    bool takes_spare;
    enum status status;
} rows[] = {
    {LLM_NONE, LLM_STEP_STOP, LLM_STEP_STOP, LLM_STEP_STOP, false, OK},
    {LLM_UNSENT, LLM_STEP_AGAIN, LLM_STEP_NEXT, LLM_STEP_NEXT, false, ERR_UPSTREAM},
    {LLM_SLOW_DOWN, LLM_STEP_AGAIN, LLM_STEP_AGAIN, LLM_STEP_NEXT, false, ERR_OVERLOADED},
    {LLM_NO_MONEY, LLM_STEP_OTHER_PROVIDER, LLM_STEP_OTHER_PROVIDER, LLM_STEP_OTHER_PROVIDER, false,
     ERR_UPSTREAM},
    {LLM_BAD_REQUEST, LLM_STEP_STOP, LLM_STEP_STOP, LLM_STEP_STOP, false, ERR_INVALID},
    {LLM_TOO_LONG, LLM_STEP_LARGER, LLM_STEP_LARGER, LLM_STEP_LARGER, false, ERR_TOO_LARGE},
    {LLM_AUTH, LLM_STEP_NEW_KEY, LLM_STEP_STOP, LLM_STEP_STOP, false, ERR_UPSTREAM},
    {LLM_NOT_FOUND, LLM_STEP_SUCCESSOR, LLM_STEP_STOP, LLM_STEP_STOP, false, ERR_UPSTREAM},
    {LLM_AMBIGUOUS, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, true, ERR_UPSTREAM},
    {LLM_CUT, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, true, ERR_UPSTREAM},
    {LLM_MALFORMED, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, LLM_STEP_ELSEWHERE, true, ERR_UPSTREAM},
    {LLM_REFUSED, LLM_STEP_NEXT, LLM_STEP_NEXT, LLM_STEP_NEXT, false, ERR_INVALID},
    {LLM_CANCELLED, LLM_STEP_STOP, LLM_STEP_STOP, LLM_STEP_STOP, false, ERR_UPSTREAM},
    {LLM_DEADLINE, LLM_STEP_STOP, LLM_STEP_STOP, LLM_STEP_STOP, false, ERR_TIMEOUT},
};

static void every_class_has_its_row(void **state)
{
    (void)state;
    CHECK_I64("classes", ARRAY_LEN(rows), LLM_DEADLINE + 1);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *name = llm_failure_words(rows[i].kind);
        const enum llm_step steps[] = {rows[i].first, rows[i].second, rows[i].third};
        struct llm_failure failure = failure_of(rows[i].kind, -1);
        CHECK_I64(name, rows[i].kind, i);
        CHECK_I64(name, llm_policy_of(rows[i].kind)->status, rows[i].status);
        for (unsigned tries = 1; tries <= 3; tries++) {
            struct llm_standing at = fresh;
            at.tries = tries;
            struct llm_decision decision = llm_decide(&failure, &at);
            CHECK_I64(name, decision.step, steps[tries - 1]);
            CHECK_I64(name, decision.takes_spare, rows[i].takes_spare);
        }
    }
}

static void a_lasting_429_stays_one_and_other_refusals_are_503(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum llm_failure_class kind;
        int http_status;
        enum status status;
    } cases[] = {
        {"429", LLM_SLOW_DOWN, 429, ERR_RATE_LIMITED},
        {"503", LLM_SLOW_DOWN, 503, ERR_OVERLOADED},
        {"529", LLM_SLOW_DOWN, 529, ERR_OVERLOADED},
        {"an event of a stream", LLM_SLOW_DOWN, 200, ERR_OVERLOADED},
        {"a 429 that means money", LLM_NO_MONEY, 429, ERR_UPSTREAM},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct llm_failure failure = {.kind = cases[i].kind,
                                            .http_status = cases[i].http_status};
        CHECK_I64(cases[i].name, llm_policy_told(&failure)->status, cases[i].status);
    }
}

static void nothing_is_asked_again_once_the_caller_has_a_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct llm_standing begun = fresh, spent = fresh, late = fresh;
        struct llm_failure failure = failure_of(rows[i].kind, 0);
        const char *name = llm_failure_words(rows[i].kind);
        begun.has_begun = true;
        spent.has_attempts = false;
        late.left_ms = 0;
        CHECK_I64(name, llm_decide(&failure, &begun).step, LLM_STEP_STOP);
        CHECK_I64(name, llm_decide(&failure, &spent).step, LLM_STEP_STOP);
        CHECK_I64(name, llm_decide(&failure, &late).step, LLM_STEP_STOP);
    }
}

static void what_may_be_billed_is_asked_again_only_if_it_is_held_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct llm_standing at = fresh;
        struct llm_failure failure = failure_of(rows[i].kind, -1);
        at.has_spare = false;
        enum llm_step want = rows[i].takes_spare ? LLM_STEP_STOP : rows[i].first;
        CHECK_I64(llm_failure_words(rows[i].kind), llm_decide(&failure, &at).step, want);
    }
}

static void a_short_retry_after_is_a_floor_and_a_long_one_falls_over(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t retry_after_ms, left_ms;
        uint32_t random;
        enum llm_step step;
        int64_t wait_ms;
    } cases[] = {
        {"none", -1, 60000, 0, LLM_STEP_AGAIN, 0},
        {"none, longest jitter", -1, 60000, UINT32_MAX, LLM_STEP_AGAIN, 250},
        {"at once", 0, 60000, UINT32_MAX, LLM_STEP_AGAIN, 250},
        {"two seconds", 2000, 60000, 0, LLM_STEP_AGAIN, 2000},
        {"two seconds and jitter", 2000, 60000, UINT32_MAX, LLM_STEP_AGAIN, 2250},
        {"the longest that is waited for", LLM_PATIENCE_MS, 60000, 0, LLM_STEP_AGAIN, 5000},
        {"longer", LLM_PATIENCE_MS + 1, 60000, 0, LLM_STEP_NEXT, 0},
        {"past our time", 2000, 2000, 0, LLM_STEP_NEXT, 0},
        {"just within it", 2000, 2001, 0, LLM_STEP_AGAIN, 2000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_standing at = fresh;
        struct llm_failure failure = failure_of(LLM_SLOW_DOWN, cases[i].retry_after_ms);
        at.left_ms = cases[i].left_ms;
        at.random = cases[i].random;
        struct llm_decision decision = llm_decide(&failure, &at);
        CHECK_I64(cases[i].name, decision.step, cases[i].step);
        CHECK_I64(cases[i].name, decision.wait_ms, cases[i].wait_ms);
    }
}

/* The same target again, if there is no other: not at once, and not if it asked for long. */
static void elsewhere_waits_where_it_stays(void **state)
{
    (void)state;
    struct llm_standing at = fresh;
    at.random = UINT32_MAX;
    struct llm_failure failure = failure_of(LLM_AMBIGUOUS, -1);
    CHECK_I64("jitter", llm_decide(&failure, &at).wait_ms, 250);
    failure.retry_after_ms = 60000;
    CHECK_I64("long", llm_decide(&failure, &at).step, LLM_STEP_NEXT);
    CHECK_I64("at once", llm_decide(&failure, &at).wait_ms, 0);
    assert_true(llm_decide(&failure, &at).takes_spare);
}

static void backoff_doubles_up_to_its_bound(void **state)
{
    (void)state;
    static const int64_t bounds_ms[] = {250, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000};
    for (unsigned tries = 0; tries < ARRAY_LEN(bounds_ms); tries++) {
        CHECK_I64("longest", llm_backoff_ms(tries, UINT32_MAX), bounds_ms[tries]);
        CHECK_I64("shortest", llm_backoff_ms(tries, 0), 0);
    }
}

static void targets_rest_as_long_as_they_ask_up_to_a_limit(void **state)
{
    (void)state;
    static const struct {
        enum llm_failure_class kind;
        int64_t retry_after_ms, rest_ms;
    } cases[] = {
        {LLM_SLOW_DOWN, -1, 0},
        {LLM_SLOW_DOWN, 30000, 30000},
        {LLM_SLOW_DOWN, LLM_REST_MAX_MS + 1, LLM_REST_MAX_MS},
        {LLM_NO_MONEY, -1, 300000},
        {LLM_AUTH, -1, 30000},
        {LLM_AMBIGUOUS, 30000, 0},
        {LLM_BAD_REQUEST, -1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_failure failure = failure_of(cases[i].kind, cases[i].retry_after_ms);
        CHECK_I64(llm_failure_words(cases[i].kind), llm_rest_ms(&failure), cases[i].rest_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_its_row),
        cmocka_unit_test(a_lasting_429_stays_one_and_other_refusals_are_503),
        cmocka_unit_test(nothing_is_asked_again_once_the_caller_has_a_byte),
        cmocka_unit_test(what_may_be_billed_is_asked_again_only_if_it_is_held_for),
        cmocka_unit_test(a_short_retry_after_is_a_floor_and_a_long_one_falls_over),
        cmocka_unit_test(elsewhere_waits_where_it_stays),
        cmocka_unit_test(backoff_doubles_up_to_its_bound),
        cmocka_unit_test(targets_rest_as_long_as_they_ask_up_to_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
