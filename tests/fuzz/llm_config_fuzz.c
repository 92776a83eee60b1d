/*
 * LLM_CONFIG_FILE: whatever it holds, it is refused with words, or every name leads to a provider
 * that a key may be sent to, at a price that is not negative.
 */
#include "shared/llm/models/models.h"
#include "tests/fuzz/fuzz.h"

static void target_check(const struct llm_target *target)
{
    const struct llm_usage usage = {.input = 1000, .cache_write_1h = 10, .output = 100};
    struct str url = target->provider->base_url;
    FUZZ_CHECK(str_has_prefix(url, STR("https://")) || str_has_prefix(url, STR("http://127.")) ||
               str_has_prefix(url, STR("http://localhost")) ||
               str_has_prefix(url, STR("http://[::1]")));
    FUZZ_CHECK(target->model->context_tokens > 0);
    FUZZ_CHECK(target->model->tier_count <= LLM_MAX_TIERS);
    if (target->model->tier_count > 0) {
        int64_t cost = llm_cost_nano(target->model, &usage);
        FUZZ_CHECK(cost >= 0 && cost <= llm_worst_cost_nano(target->model, 1010, 100));
    }
}

static void names_check(struct ctx *cx, const struct llm_models *models)
{
    for (size_t i = 0; i < llm_models_count(models); i++) {
        struct llm_route route;
        if (llm_route_find(cx, models, llm_models_at(models, i).name, 20785, &route) != OK) {
            err_clear(cx); /* all of it is retired */
            continue;
        }
        FUZZ_CHECK(route.target_count > 0 && route.target_count <= LLM_MAX_CHAIN);
        for (size_t j = 0; j < route.target_count; j++) {
            target_check(&route.targets[j]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct llm_models *models = NULL;
    fuzz_open(&f);
    enum status status = llm_models_new(&f.cx, fuzz_str(data, size), &models);
    FUZZ_CHECK(status == OK || (status == ERR_INTERNAL && f.cx.err.text[0] != '\0'));
    FUZZ_CHECK(status == OK || f.cx.err.words[0] == '\0');
    if (status == OK) {
        names_check(&f.cx, models);
    }
    llm_models_free(models);
    fuzz_close(&f);
    return 0;
}
