#include "tests/conformance/fake_api.h"

/* What a release build takes from the heap between two events: nothing. */

enum { WARM_UP = 100, ROUNDS = 1000, EVENT_BYTES = 2048 };

/* One event of each kind goes round. */
static void go_round(struct fake *fake, size_t i)
{
    char bytes[EVENT_BYTES];
    memset(bytes, 'e', sizeof bytes);
    struct str event = {.ptr = bytes, .len = 1 + (i * 7919) % (sizeof bytes - 1)};
    if (i % 10 == 9) {
        fake_give_event(fake, STR("fail"));
        (void)fake_expect_error(fake);
    } else {
        fake_give_event(fake, event);
        assert_true(str_eq(fake_expect_response(fake).body, event));
    }
    fake_accepted(fake);
    arena_reset(&fake->arena);
}

static int64_t allocations(struct fake *fake)
{
    int64_t count = 0;
    fake_give_event(fake, STR("allocations"));
    assert_true(str_to_i64(fake_expect_response(fake).body, &count));
    fake_accepted(fake);
    arena_reset(&fake->arena);
    return count;
}

static void invocations_after_warm_up_allocate_nothing(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    fake_listen(&fake);
    fake_start_program(&fake, "release/tests/conformance/counted", NULL);
    for (size_t i = 0; i < WARM_UP; i++) {
        go_round(&fake, i);
    }
    int64_t before = allocations(&fake);
    assert_true(before > 0); /* the counter counts */
    for (size_t i = 0; i < ROUNDS; i++) {
        go_round(&fake, i);
    }
    CHECK_I64("allocations in 1,000 invocations", allocations(&fake) - before, 0);
    CHECK_I64("connections", fake.connections, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invocations_after_warm_up_allocate_nothing),
    };
    return cmocka_run_group_tests_name("conformance allocation", tests, NULL, NULL);
}
