#include "shared/nutrition/nutrient.h"

#include "tests/support/check.h"

static void nutrient_is_found_by_its_ids(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int id;
        enum nutrient want;
    } cases[] = {
        {"energy", 1008, N_ENERGY},
        {"first of two", 1316, N_LINOLEIC},
        {"second of two", 1269, N_LINOLEIC},
        {"second of two, again", 1270, N_ALPHA_LINOLENIC},
        {"sugars, the highest", 2000, N_SUGARS},
        {"protein, the lowest", 1003, N_PROTEIN},
        {"an id of no nutrient here", 1062, NUTRIENT_COUNT},
        {"zero, as chloride has none", 0, NUTRIENT_COUNT},
        {"negative, as an empty label", -1 - (int)N_CHLORIDE, NUTRIENT_COUNT},
        {"negative, as an empty second label", -1 - (int)NUTRIENT_COUNT, NUTRIENT_COUNT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, nutrient_of_fdc_id(cases[i].id), cases[i].want);
    }
    for (size_t n = 0; n < NUTRIENT_COUNT; n++) {
        const struct nutrient_info *info = nutrient_info((enum nutrient)n);
        if (info->fdc_id != 0) {
            CHECK_I64(info->key, nutrient_of_fdc_id(info->fdc_id), n);
        }
    }
}

static void nutrients_with_a_reference_intake_are_35(void **state)
{
    (void)state;
    CHECK_I64("count", DRI_NUTRIENT_COUNT, 35);
    CHECK_STR("last", str_from_cstr(nutrient_info(N_CHLORIDE)->key), STR("chloride"));
    CHECK_STR("unit", str_from_cstr(nutrient_info(N_FLUORIDE)->unit), STR("ug"));
}

static void food_reads_amounts_and_keeps_what_is_absent_unknown(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct food food = {.fdc_id = 171688, .known = ~UINT64_C(0)};
    food.per_100g[N_ZINC] = 9; /* left from before */
    struct str json = exact_copy(
        &t.cx, STR(" {\"1008\": 52, \"1003\" : 0.26 ,\"1089\":1.2e-1,\"9999999999\":1,\"1062\":5,"
                   "\"1095\":0 } "));
    CHECK_STATUS(&t.cx, food_nutrients_read(&t.cx, json, &food), OK);
    CHECK_NEAR("energy", food.per_100g[N_ENERGY], 52, 0);
    CHECK_NEAR("protein", food.per_100g[N_PROTEIN], 0.26, 0);
    CHECK_NEAR("iron", food.per_100g[N_IRON], 0.12, 1e-15);
    CHECK_NEAR("zinc, zero", food.per_100g[N_ZINC], 0, 0);
    uint64_t want = UINT64_C(1) << N_ENERGY | UINT64_C(1) << N_PROTEIN | UINT64_C(1) << N_IRON |
                    UINT64_C(1) << N_ZINC;
    CHECK_I64("known", food.known, want);

    CHECK_STATUS(&t.cx, food_nutrients_read(&t.cx, STR("{}"), &food), OK);
    CHECK_I64("none known", food.known, 0);
}

static void food_takes_the_first_id_before_the_second(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str json;
        double want;
    } cases[] = {
        {"only the first", STR_INIT("{\"1316\":2}"), 2},
        {"only the second", STR_INIT("{\"1269\":3}"), 3},
        {"the first before", STR_INIT("{\"1316\":2,\"1269\":3}"), 2},
        {"the first behind, as jsonb sorts", STR_INIT("{\"1269\":3,\"1316\":2}"), 2},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct food food = {0};
        CHECK_STATUS(&t.cx, food_nutrients_read(&t.cx, exact_copy(&t.cx, cases[i].json), &food),
                     OK);
        CHECK_NEAR(cases[i].name, food.per_100g[N_LINOLEIC], cases[i].want, 0);
    }
}

static void food_refuses_what_is_no_object_of_amounts(void **state)
{
    (void)state;
    static const struct str cases[] = {
        STR_INIT(""),
        STR_INIT("null"),
        STR_INIT("[]"),
        STR_INIT("{"),
        STR_INIT("{\"1008\":52"),
        STR_INIT("{\"1008\":52,}"),
        STR_INIT("{\"1008\":52}}"),
        STR_INIT("{\"1008\" 52}"),
        STR_INIT("{\"1008\":\"52\"}"),
        STR_INIT("{\"1008\":null}"),
        STR_INIT("{\"1008\":-1}"),
        STR_INIT("{\"1008\":1e999}"),
        STR_INIT("{\"1008\":}"),
        STR_INIT("{\"energy\":52}"),
        STR_INIT("{\"0\":52}"),
        STR_INIT("{\"1008"),
        STR_INIT("{1008:52}"),
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct food food = {.fdc_id = 7};
        enum status status = food_nutrients_read(&t.cx, exact_copy(&t.cx, cases[i]), &food);
        if (status != ERR_INTERNAL) {
            print_error("took " STR_FMT "\n", STR_ARG(cases[i]));
        }
        CHECK_STATUS(&t.cx, status, ERR_INTERNAL);
        assert_non_null(strstr(t.cx.err.text, "food 7"));
    }
}

static struct food food_of(enum nutrient nutrient, double per_100g)
{
    struct food food = {.known = UINT64_C(1) << nutrient};
    food.per_100g[nutrient] = per_100g;
    return food;
}

static void sum_scales_by_weight_and_knows_its_coverage(void **state)
{
    (void)state;
    struct nutrient_sum sum = {0};
    CHECK_NEAR("empty", nutrient_sum_coverage(&sum, N_IRON), 1, 0);
    struct food lentils = food_of(N_IRON, 3.3), mystery = food_of(N_ZINC, 1);
    nutrient_sum_add(&sum, &lentils, 150);
    CHECK_NEAR("iron", sum.amount[N_IRON], 4.95, 1e-12);
    CHECK_NEAR("all known", nutrient_sum_coverage(&sum, N_IRON), 1, 0);
    nutrient_sum_add(&sum, &mystery, 50);
    CHECK_NEAR("three quarters known", nutrient_sum_coverage(&sum, N_IRON), 0.75, 1e-12);
    CHECK_NEAR("a quarter known", nutrient_sum_coverage(&sum, N_ZINC), 0.25, 1e-12);
    CHECK_NEAR("none known", nutrient_sum_coverage(&sum, N_CALCIUM), 0, 0);
    CHECK_NEAR("unknown adds nothing", sum.amount[N_IRON], 4.95, 1e-12);

    struct nutrient_sum week = {0};
    nutrient_sum_merge(&week, &sum);
    nutrient_sum_merge(&week, &sum);
    CHECK_NEAR("merged grams", week.grams, 400, 1e-12);
    CHECK_NEAR("merged iron", week.amount[N_IRON], 9.9, 1e-12);
    CHECK_NEAR("merged coverage", nutrient_sum_coverage(&week, N_IRON), 0.75, 1e-12);
}

static void coverage_never_passes_one(void **state)
{
    (void)state;
    struct nutrient_sum parts = {0}, whole = {0};
    struct food food = food_of(N_IRON, 1);
    for (int i = 0; i < 1000; i++) {
        nutrient_sum_add(&parts, &food, 0.1);
    }
    whole.grams = 99.9999;
    whole.known_grams[N_IRON] = parts.known_grams[N_IRON];
    CHECK_NEAR("share", nutrient_sum_coverage(&whole, N_IRON), 1, 0);
}

static void net_carbohydrate_is_never_negative(void **state)
{
    (void)state;
    struct nutrient_sum sum = {0};
    sum.amount[N_CARBOHYDRATE] = 12;
    sum.amount[N_FIBRE] = 10.5;
    CHECK_NEAR("less fibre", nutrient_sum_net_carbohydrate(&sum), 1.5, 1e-12);
    sum.amount[N_FIBRE] = 13;
    CHECK_NEAR("at least 0", nutrient_sum_net_carbohydrate(&sum), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nutrient_is_found_by_its_ids),
        cmocka_unit_test(nutrients_with_a_reference_intake_are_35),
        cmocka_unit_test(food_reads_amounts_and_keeps_what_is_absent_unknown),
        cmocka_unit_test(food_takes_the_first_id_before_the_second),
        cmocka_unit_test(food_refuses_what_is_no_object_of_amounts),
        cmocka_unit_test(sum_scales_by_weight_and_knows_its_coverage),
        cmocka_unit_test(coverage_never_passes_one),
        cmocka_unit_test(net_carbohydrate_is_never_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
