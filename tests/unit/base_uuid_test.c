#include "shared/base/uuid.h"

#include "tests/support/check.h"

static void uuid_v4_has_version_and_variant(void **state)
{
    (void)state;
    char seen[100][UUID_TEXT_LEN + 1];
    unsigned set = 0, clear = 0;
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        uuid_v4(seen[i]);
        CHECK_I64("length", strlen(seen[i]), UUID_TEXT_LEN);
        assert_true(uuid_is_valid(str_from_cstr(seen[i])));
        CHECK_I64("version", seen[i][14], '4');
        assert_non_null(strchr("89ab", seen[i][19]));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(seen[i], seen[j]);
        }
        for (size_t j = 0; j < UUID_TEXT_LEN; j++) {
            assert_false(seen[i][j] >= 'A' && seen[i][j] <= 'F');
        }
        set |= 1U << strtoul((char[]){seen[i][0], '\0'}, NULL, 16);
        clear |= 1U << strtoul((char[]){seen[i][35], '\0'}, NULL, 16);
    }
    /* 100 draws miss one of 16 digits once in 40 runs; four of them, never */
    assert_true(__builtin_popcount(set) >= 12 && __builtin_popcount(clear) >= 12);
}

static void uuid_is_valid_takes_the_text_form_alone(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *name;
        struct str text;
        bool want;
    } cases[] = {
        {"version 4", STR_INIT("919108f7-52d1-4320-9bac-f847db4148a8"), true},
        {"upper case", STR_INIT("919108F7-52D1-4320-9BAC-F847DB4148A8"), true},
        {"nil", STR_INIT("00000000-0000-0000-0000-000000000000"), true},
        {"one digit short", STR_INIT("919108f7-52d1-4320-9bac-f847db4148a"), false},
        {"one digit more", STR_INIT("919108f7-52d1-4320-9bac-f847db4148a80"), false},
        {"no dashes", STR_INIT("919108f752d143209bacf847db4148a8aaaa"), false},
        {"dash moved", STR_INIT("919108f-752d1-4320-9bac-f847db4148a8"), false},
        {"dash for a digit", STR_INIT("919108f7-52d1-4320-9bac-f847db4148a-"), false},
        {"g", STR_INIT("919108f7-52d1-4320-9bac-f847db4148ag"), false},
        {"neighbours of the digits", STR_INIT("9191/8f7-52d1-4320-9bac-f847db414:a8"), false},
        {"braces", STR_INIT("{919108f7-52d1-4320-9bac-f847db4148a8}"), false},
        {"NUL", STR_INIT("919108f7-52d1-4320-9bac-f847db4148a\0"), false},
        {"empty", {NULL, 0}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, uuid_is_valid(exact_copy(&t.cx, cases[i].text)), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuid_v4_has_version_and_variant),
        cmocka_unit_test(uuid_is_valid_takes_the_text_form_alone),
    };
    return cmocka_run_group_tests_name("base_uuid", tests, NULL, NULL);
}
