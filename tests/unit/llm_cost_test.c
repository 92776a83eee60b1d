#include "shared/llm/models/models.h"

#include "tests/support/check.h"
#include "tests/support/random.h"

static struct test_ctx t;
static struct llm_models *models;

static int models_open(void **state)
{
    (void)state;
    (void)test_ctx_open(&t);
    t.cx.arena = &t.arena;
    return llm_models_new(&t.cx, STR(""), &models) == OK ? 0 : -1;
}

static int models_close(void **state)
{
    (void)state;
    llm_models_free(models);
    test_ctx_close(&t);
    return 0;
}

static const struct llm_model *model(const char *target)
{
    struct llm_route route;
    CHECK_STATUS(&t.cx, llm_route_find(&t.cx, models, str_from_cstr(target), 0, &route), OK);
    return route.targets[0].model;
}

/* ---- examples -------------------------------------------------------------------------------- */

static void cost_is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *name, *model;
        struct llm_usage usage;
        int64_t want;
    } cases[] = {
        {"500 in, 200 out on Sonnet: the former gateway said 0 cents",
         "claude-sonnet-4-5",
         {.input = 500, .output = 200},
         4500000},
        {"a Haiku is not a Sonnet",
         "anthropic/claude-3-haiku-20240307",
         {.input = 500, .output = 200},
         375000},
        {"one token of an embedding", "text-embedding-3-small", {.input = 1}, 20},
        {"nothing", "claude-haiku-4-5", {0}, 0},
        {"cached tokens are billed once, at their price",
         "gpt-4o-mini",
         {.input = 1000, .cache_read = 9000, .output = 100},
         150000 + 675000 + 60000},
        {"both lifetimes of a cache",
         "claude-haiku-4-5",
         {.cache_write_5m = 1000, .cache_write_1h = 1000, .cache_read = 1000},
         1250000 + 2000000 + 100000},
        {"reasoning is part of the output",
         "gpt-5-mini",
         {.input = 10, .output = 1000, .reasoning = 900},
         2500 + 2000000},
        {"counts below 0 are none", "gpt-4o", {.input = -5, .output = 1}, 10000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, llm_cost_nano(model(cases[i].model), &cases[i].usage),
                  cases[i].want);
    }
}

static void a_tier_begins_above_its_threshold_and_prices_all_tokens(void **state)
{
    (void)state;
    const struct llm_model *gpt = model("gpt-5.4");
    const struct llm_model *haiku = model("claude-haiku-5-5");
    struct llm_usage usage = {.input = 272000, .output = 10};
    CHECK_I64("at it", llm_cost_nano(gpt, &usage), INT64_C(272000) * 2500 + 150000);
    usage.input++;
    CHECK_I64("above it", llm_cost_nano(gpt, &usage), INT64_C(272001) * 5000 + 225000);
    usage = (struct llm_usage){.input = 50000, .cache_read = 50000, .output = 10};
    CHECK_I64("cached input counts, at it", llm_cost_nano(haiku, &usage),
              INT64_C(50000) * 100 + INT64_C(50000) * 10 + 5000);
    usage.cache_read++;
    CHECK_I64("and above it", llm_cost_nano(haiku, &usage),
              INT64_C(50000) * 500 + INT64_C(50001) * 50 + 25000);
}

static void an_unknown_kind_costs_what_the_dearest_input_does(void **state)
{
    (void)state;
    struct llm_usage usage = {.cache_write_5m = 10, .cache_write_1h = 10};
    CHECK_I64("openai has no cache writes", llm_cost_nano(model("gpt-4o"), &usage), 20 * 2500);
    usage = (struct llm_usage){.cache_write_1h = 10};
    CHECK_I64("of one lifetime alone", llm_cost_nano(model("gpt-6-sol"), &usage), 10 * 2500);
}

static void a_cost_past_64_bits_stays_at_the_ceiling(void **state)
{
    (void)state;
    struct llm_usage usage = {.input = INT64_MAX, .cache_read = INT64_MAX, .output = 1};
    CHECK_I64("cost", llm_cost_nano(model("gpt-4o"), &usage), INT64_MAX);
    CHECK_I64("worst", llm_worst_cost_nano(model("gpt-4o"), INT64_MAX, INT64_MAX), INT64_MAX);
}

static void the_worst_case_is_each_byte_at_the_dearest_price(void **state)
{
    (void)state;
    /* 2,000 bytes and 1,000 tokens out on Haiku 4.5: all of it a cache write of an hour. */
    CHECK_I64("haiku", llm_worst_cost_nano(model("claude-haiku-4-5"), 2000, 1000),
              INT64_C(3024) * 2000 + INT64_C(1000) * 5000);
    /* 100,000 bytes reach the second tier of Haiku 5.5, for the hidden ones come on top. */
    CHECK_I64("second tier", llm_worst_cost_nano(model("claude-haiku-5-5"), 100000, 1),
              INT64_C(101024) * 1000 + 2500);
    CHECK_I64("first tier", llm_worst_cost_nano(model("claude-haiku-5-5"), 98976, 1),
              INT64_C(100000) * 200 + 500);
}

/* ---- properties, of every priced model ---------------------------------------------------------
 */

typedef void property_fn(const struct llm_model *m, uint64_t *random);

static void each_priced_model(property_fn *property, unsigned rounds)
{
    uint64_t random = 20261128;
    for (size_t i = 0; i < llm_models_count(models); i++) {
        struct llm_route route;
        struct str name = llm_models_at(models, i).name;
        CHECK_STATUS(&t.cx, llm_route_find(&t.cx, models, name, 0, &route), OK);
        for (unsigned j = 0; j < rounds && route.targets[0].model->tier_count > 0; j++) {
            property(route.targets[0].model, &random);
        }
    }
}

static int64_t count_of(uint64_t *random)
{
    return (int64_t)(random_u64(random) >> (44 + random_below(random, 20)));
}

static struct llm_usage usage_of(uint64_t *random)
{
    return (struct llm_usage){.input = count_of(random),
                              .cache_write_5m = count_of(random),
                              .cache_write_1h = count_of(random),
                              .cache_read = count_of(random),
                              .output = count_of(random)};
}

static void worst_covers(const struct llm_model *m, uint64_t *random)
{
    struct llm_usage usage = usage_of(random);
    int64_t input = llm_usage_input_all(&usage);
    int64_t bytes = input > LLM_HIDDEN_INPUT_TOKENS ? input - LLM_HIDDEN_INPUT_TOKENS : 0;
    int64_t worst = llm_worst_cost_nano(m, bytes, usage.output);
    assert_true(llm_cost_nano(m, &usage) <= worst);
}

static void no_call_costs_more_than_its_worst_case(void **state)
{
    (void)state;
    each_priced_model(worst_covers, 2000);
}

static void more_costs_more(const struct llm_model *m, uint64_t *random)
{
    struct llm_usage usage = usage_of(random);
    int64_t before = llm_cost_nano(m, &usage);
    int64_t *const kinds[] = {&usage.input, &usage.cache_write_5m, &usage.cache_write_1h,
                              &usage.cache_read, &usage.output};
    *kinds[random_below(random, ARRAY_LEN(kinds))] += count_of(random);
    assert_true(llm_cost_nano(m, &usage) >= before);
}

static void a_token_more_never_costs_less(void **state)
{
    (void)state;
    each_priced_model(more_costs_more, 2000);
}

static void halves_add_up(const struct llm_model *m, uint64_t *random)
{
    struct llm_usage usage = usage_of(random);
    struct llm_usage twice = {.input = 2 * usage.input,
                              .cache_write_5m = 2 * usage.cache_write_5m,
                              .cache_write_1h = 2 * usage.cache_write_1h,
                              .cache_read = 2 * usage.cache_read,
                              .output = 2 * usage.output};
    if (m->tier_count == 1) {
        CHECK_I64("nothing is lost by rounding", llm_cost_nano(m, &twice),
                  2 * llm_cost_nano(m, &usage));
    }
}

static void costs_add_up_without_rounding(void **state)
{
    (void)state;
    each_priced_model(halves_add_up, 2000);
}

/* What a slip of the hand in models.json would break: reading from a cache is cheaper than input,
 * writing dearer, answers are dearer still, and a longer prompt is never cheaper. */
static void tier_is_plausible(const struct llm_model *m, size_t i)
{
    const struct llm_price *tier = &m->tiers[i];
    bool is_plausible =
        (tier->cache_read < 0 || tier->cache_read < tier->input) &&
        (tier->cache_write_5m < 0 || tier->cache_write_5m > tier->input) &&
        (tier->cache_write_1h < 0 || tier->cache_write_1h > tier->cache_write_5m) &&
        (m->is_embedding ? tier->output == 0 : tier->output >= 3 * tier->input) &&
        (i == 0 || (tier->input > m->tiers[i - 1].input && tier->output > m->tiers[i - 1].output));
    if (!is_plausible) {
        CHECK_FAILED(STR_FMT "/" STR_FMT ", tier %zu\n", STR_ARG(m->provider), STR_ARG(m->id), i);
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as every property_fn */
static void model_is_plausible(const struct llm_model *m, uint64_t *random)
{
    (void)random;
    for (size_t i = 0; i < m->tier_count; i++) {
        tier_is_plausible(m, i);
    }
}

static void prices_of_the_table_are_plausible(void **state)
{
    (void)state;
    each_priced_model(model_is_plausible, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cost_is_exact),
        cmocka_unit_test(a_tier_begins_above_its_threshold_and_prices_all_tokens),
        cmocka_unit_test(an_unknown_kind_costs_what_the_dearest_input_does),
        cmocka_unit_test(a_cost_past_64_bits_stays_at_the_ceiling),
        cmocka_unit_test(the_worst_case_is_each_byte_at_the_dearest_price),
        cmocka_unit_test(no_call_costs_more_than_its_worst_case),
        cmocka_unit_test(a_token_more_never_costs_less),
        cmocka_unit_test(costs_add_up_without_rounding),
        cmocka_unit_test(prices_of_the_table_are_plausible),
    };
    return cmocka_run_group_tests(tests, models_open, models_close);
}
