#include "runtime/loop/guard.h"

#include "runtime/crash/watch.h"
#include "tests/support/check.h"

static void guard_is_due_its_margin_before_the_deadline_or_half_way(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t now, deadline, margin, want;
    } cases[] = {
        {"the default margin", 1000, 4000, 0, 3950},
        {"the function's margin", 1000, 4000, 300, 3700},
        {"a margin of half the time", 1000, 4000, 1500, 2500},
        {"a margin beyond half the time", 1000, 4000, 1501, 2500},
        {"less time than the margin", 1000, 1040, 0, 1020},
        {"one millisecond", 1000, 1001, 0, 1001},
        {"no deadline", 1000, 0, 0, 0},
        {"a deadline that is over", 1000, 1000, 0, 0},
        {"a deadline long ago", 1000, 1, 0, 0},
        {"no guard", 1000, 4000, -1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, guard_due_ms(cases[i].now, cases[i].deadline, cases[i].margin),
                  cases[i].want);
    }
}

static size_t watched(void)
{
    size_t count = 0, at = 0;
    while (watch_next(&at) != NULL) {
        count++;
    }
    return count;
}

static void watch_knows_each_slot_once_and_no_more_than_it_can(void **state)
{
    (void)state;
    enum { SLOTS = WATCH_MAX_SLOTS + 1 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct slot *slots = ARENA_ARRAY(&t.arena, struct slot, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        watch_add(&slots[i]);
    }
    CHECK_I64("all that fit", watched(), WATCH_MAX_SLOTS);
    watch_remove(&slots[WATCH_MAX_SLOTS]); /* which is not there */
    watch_remove(&slots[3]);
    watch_remove(&slots[3]);
    CHECK_I64("without one", watched(), WATCH_MAX_SLOTS - 1);
    watch_add(&slots[WATCH_MAX_SLOTS]);
    CHECK_I64("in its place", watched(), WATCH_MAX_SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        watch_remove(&slots[i]);
    }
    CHECK_I64("none", watched(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_is_due_its_margin_before_the_deadline_or_half_way),
        cmocka_unit_test(watch_knows_each_slot_once_and_no_more_than_it_can),
    };
    return cmocka_run_group_tests_name("runtime_guard", tests, NULL, NULL);
}
