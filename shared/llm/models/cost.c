#include "shared/llm/models/models.h"

#include <assert.h>

/* ---- arithmetic that stays at its ceiling ---------------------------------------------------- */

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* A count comes from outside: below 0 it counts as none. */
static int64_t times(int64_t count, int64_t price)
{
    int64_t product;
    if (count <= 0) {
        return 0;
    }
    return __builtin_mul_overflow(count, price, &product) ? INT64_MAX : product;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- prices ---------------------------------------------------------------------------------- */

static const struct llm_price *tier_of(const struct llm_model *model, int64_t input_tokens)
{
    const struct llm_price *tier = &model->tiers[0];
    for (size_t i = 1; i < model->tier_count && input_tokens > model->tiers[i].above_input; i++) {
        tier = &model->tiers[i];
    }
    return tier;
}

static int64_t dearest_input(const struct llm_price *tier)
{
    return most(most(tier->input, tier->cache_read),
                most(tier->cache_write_5m, tier->cache_write_1h));
}

static int64_t known(int64_t price, const struct llm_price *tier)
{
    return price >= 0 ? price : dearest_input(tier);
}

static int64_t input_all(const struct llm_usage *usage)
{
    return add(add(most(usage->input, 0), most(usage->cache_read, 0)),
               add(most(usage->cache_write_5m, 0), most(usage->cache_write_1h, 0)));
}

int64_t llm_cost_nano(const struct llm_model *model, const struct llm_usage *usage)
{
    assert(model->tier_count > 0);
    const struct llm_price *tier = tier_of(model, input_all(usage));
    const struct {
        int64_t count, price;
    } parts[] = {
        {usage->input, tier->input},
        {usage->cache_write_5m, known(tier->cache_write_5m, tier)},
        {usage->cache_write_1h, known(tier->cache_write_1h, tier)},
        {usage->cache_read, known(tier->cache_read, tier)},
        {usage->output, tier->output},
    };
    int64_t sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        sum = add(sum, times(parts[i].count, parts[i].price));
    }
    return sum;
}

/* A later tier may be cheaper for one kind, so each that can be reached is looked at. */
int64_t llm_worst_cost_nano(const struct llm_model *model, int64_t input_bytes,
                            int64_t output_tokens)
{
    assert(model->tier_count > 0);
    int64_t input_tokens = add(most(input_bytes, 0), LLM_HIDDEN_INPUT_TOKENS);
    int64_t worst = 0;
    for (size_t i = 0; i < model->tier_count; i++) {
        const struct llm_price *tier = &model->tiers[i];
        if (i == 0 || input_tokens > tier->above_input) {
            worst = most(worst, add(times(input_tokens, dearest_input(tier)),
                                    times(output_tokens, tier->output)));
        }
    }
    return worst;
}

bool llm_model_accepts(const struct llm_model *model, struct str api_version, enum llm_accepts what)
{
    unsigned accepts = model->accepts;
    for (size_t i = 0; i < model->rule_count; i++) {
        if (str_cmp(api_version, model->rules[i].since) >= 0) {
            accepts &= ~model->rules[i].refuses;
        }
    }
    return (accepts & (unsigned)what) != 0;
}
