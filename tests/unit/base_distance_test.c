#include "shared/base/distance.h"

#include "tests/support/check.h"

static void distance_counts_single_letters(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t want;
    } cases[] = {
        {"", "", 0},
        {"a", "", 1},
        {"", "abc", 3},
        {"kitten", "sitting", 3},
        {"gpt-mini", "gtp-mini", 2},
        {"CLAUDE", "claude", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str a = str_from_cstr(cases[i].a);
        struct str b = str_from_cstr(cases[i].b);
        CHECK_I64(cases[i].a, str_distance(a, b), cases[i].want);
        CHECK_I64(cases[i].b, str_distance(b, a), cases[i].want);
    }
}

static void distance_takes_64_bytes_and_no_more(void **state)
{
    (void)state;
    char text[DISTANCE_MAX_BYTES + 1];
    memset(text, 'x', sizeof text);
    struct str longest = {.ptr = text, .len = DISTANCE_MAX_BYTES};
    struct str longer = {.ptr = text, .len = DISTANCE_MAX_BYTES + 1};
    CHECK_I64("64", str_distance(longest, STR("x")), DISTANCE_MAX_BYTES - 1);
    assert_true(str_distance(longer, STR("x")) == SIZE_MAX);
    assert_true(str_distance(STR("x"), longer) == SIZE_MAX);
}

static void near_is_a_third_at_most(void **state)
{
    (void)state;
    assert_true(str_distance_is_near(2, STR("sixsix")));
    assert_false(str_distance_is_near(3, STR("sixsix")));
    assert_false(str_distance_is_near(SIZE_MAX, STR("sixsix")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_single_letters),
        cmocka_unit_test(distance_takes_64_bytes_and_no_more),
        cmocka_unit_test(near_is_a_third_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
