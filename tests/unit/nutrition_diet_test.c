#include "shared/nutrition/diet.h"

#include "tests/support/check.h"

static void diet_names_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        struct str name;
        diet_set want;
    } cases[] = {
        {STR_INIT("vegan"), DIET_BIT(DIET_VEGAN)},
        {STR_INIT("  Gluten-Free "), DIET_BIT(DIET_GLUTEN_FREE)},
        {STR_INIT("dairy free"), DIET_BIT(DIET_DAIRY_FREE)},
        {STR_INIT("NUT_FREE"), DIET_BIT(DIET_NUT_FREE)},
        {STR_INIT("omnivore"), 0},
        {STR_INIT("Omnivore"), 0},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        diet_set got = 0;
        CHECK_STATUS(&t.cx, diet_set_add(&t.cx, &got, exact_copy(&t.cx, cases[i].name)), OK);
        CHECK_I64(cases[i].name.ptr, got, cases[i].want);
    }
    for (size_t d = 0; d < DIET_COUNT; d++) {
        diet_set got = 0;
        CHECK_STATUS(&t.cx, diet_set_add(&t.cx, &got, str_from_cstr(diet_key((enum diet)d))), OK);
        CHECK_I64(diet_key((enum diet)d), got, DIET_BIT(d));
    }
}

static void unknown_diet_is_refused_by_name(void **state)
{
    (void)state;
    static const struct str cases[] = {STR_INIT("carnivore"), STR_INIT(""), STR_INIT("veg"),
                                       STR_INIT("vegans")};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        diet_set got = DIET_BIT(DIET_KETO);
        CHECK_STATUS(&t.cx, diet_set_add(&t.cx, &got, exact_copy(&t.cx, cases[i])), ERR_INVALID);
        CHECK_I64("left as it was", got, DIET_BIT(DIET_KETO));
    }
    assert_non_null(strstr(t.cx.err.words, "\"vegans\""));
}

/* One row a class: the diets that refuse it. */
static void each_diet_forbids_its_classes_and_no_other(void **state)
{
    (void)state;
    enum {
        V = DIET_BIT(DIET_VEGETARIAN),
        VG = DIET_BIT(DIET_VEGAN),
        PE = DIET_BIT(DIET_PESCATARIAN),
        PA = DIET_BIT(DIET_PALEO),
        G = DIET_BIT(DIET_GLUTEN_FREE),
        D = DIET_BIT(DIET_DAIRY_FREE),
        N = DIET_BIT(DIET_NUT_FREE),
        H = DIET_BIT(DIET_HALAL),
    };
    static const diet_set want[FOOD_CLASS_COUNT] = {
        [CLASS_MILK] = VG | PA | D,
        [CLASS_EGG] = VG,
        [CLASS_FISH] = V | VG,
        [CLASS_CRUSTACEAN] = V | VG,
        [CLASS_MOLLUSC] = V | VG,
        [CLASS_TREE_NUT] = N,
        [CLASS_PEANUT] = N | PA,
        [CLASS_WHEAT] = G | PA,
        [CLASS_GLUTEN] = G | PA,
        [CLASS_SOY] = PA,
        [CLASS_LUPIN] = PA,
        [CLASS_MEAT] = V | VG | PE,
        [CLASS_POULTRY] = V | VG | PE,
        [CLASS_PORK] = V | VG | PE | H,
        [CLASS_GELATIN] = V | VG | PE | H,
        [CLASS_HONEY] = VG,
        [CLASS_ALCOHOL] = H,
        [CLASS_GRAIN] = PA,
        [CLASS_LEGUME] = PA,
        [CLASS_ADDED_SUGAR] = PA,
    };
    for (size_t d = 0; d < DIET_COUNT; d++) {
        for (size_t c = 0; c < FOOD_CLASS_COUNT; c++) {
            bool got = (diet_set_forbids(DIET_BIT(d)) & CLASS_BIT(c)) != 0;
            bool wanted = (want[c] & DIET_BIT(d)) != 0;
            if (got != wanted) {
                print_error("%s %s %s\n", diet_key((enum diet)d), got ? "forbids" : "allows",
                            food_class_key((enum food_class)c));
                _fail(__FILE__, __LINE__);
            }
        }
    }
}

static void diets_together_forbid_the_union(void **state)
{
    (void)state;
    diet_set both = DIET_BIT(DIET_DAIRY_FREE) | DIET_BIT(DIET_HALAL);
    CHECK_I64("both", diet_set_forbids(both),
              diet_set_forbids(DIET_BIT(DIET_DAIRY_FREE)) | diet_set_forbids(DIET_BIT(DIET_HALAL)));
    CHECK_I64("none", diet_set_forbids(0), 0);
}

static void breach_names_diet_and_class(void **state)
{
    (void)state;
    diet_set diets = DIET_BIT(DIET_VEGETARIAN) | DIET_BIT(DIET_GLUTEN_FREE);
    static const struct {
        const char *name;
        food_class_set contains;
        enum diet diet;
        enum food_class breached;
    } cases[] = {
        {"nothing", 0, DIET_COUNT, FOOD_CLASS_COUNT},
        {"what both allow", CLASS_BIT(CLASS_EGG) | CLASS_BIT(CLASS_MILK), DIET_COUNT,
         FOOD_CLASS_COUNT},
        {"the second diet", CLASS_BIT(CLASS_GLUTEN), DIET_GLUTEN_FREE, CLASS_GLUTEN},
        {"the first diet goes first", CLASS_BIT(CLASS_GLUTEN) | CLASS_BIT(CLASS_FISH),
         DIET_VEGETARIAN, CLASS_FISH},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum food_class breached = FOOD_CLASS_COUNT;
        CHECK_I64(cases[i].name, diet_set_breach(diets, cases[i].contains, &breached),
                  cases[i].diet);
        CHECK_I64(cases[i].name, breached, cases[i].breached);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diet_names_are_read_as_people_write_them),
        cmocka_unit_test(unknown_diet_is_refused_by_name),
        cmocka_unit_test(each_diet_forbids_its_classes_and_no_other),
        cmocka_unit_test(diets_together_forbid_the_union),
        cmocka_unit_test(breach_names_diet_and_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
