#include "tests/conformance/fake_many.h"

/* What tsan_test.sh rests on: the watched probe says when two slots meet in one variable. */

static void thread_sanitizer_sees_a_race_of_two_slots(void **state)
{
    (void)state;
    DEFER(many_close) struct many many;
    many_start_program(&many, "tsan/tests/conformance/probe", "4", NULL);
    many_await_polls(&many, 4);
    for (int round = 0; round < 5; round++) {
        for (int name = 'a'; name <= 'd'; name++) {
            many_give(&many, many_poller(&many), (char[]){(char)name, '\0'}, STR("slot race"));
        }
        for (int name = 'a'; name <= 'd'; name++) {
            many_accepted(&many, many_post_of(&many, (char[]){(char)name, '\0'}));
        }
        many_await_polls(&many, 4);
    }
    assert_true(fake_log_count(&many.fake, "WARNING: ThreadSanitizer: data race") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_sanitizer_sees_a_race_of_two_slots),
    };
    return cmocka_run_group_tests_name("conformance race", tests, NULL, NULL);
}
