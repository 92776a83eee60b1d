#include "functions/refiner/estimate.h"

#include "functions/refiner/enrich.h"
#include "shared/base/clock.h"

enum {
    MAX_ANSWER_BYTES = 64 * 1024,
    ANSWERS_A_MODEL = 2, /* llm.h: what is held of each call */
};

struct estimate {
    struct llm_route route;
    int64_t items, too_large, prompt_bytes;
    int64_t expected_nano[LLM_MAX_CHAIN], worst_nano[LLM_MAX_CHAIN];
};

/* What is priced in nano-dollars fits by far: 20 prompts of 96 KiB. */
static void prompt_count(int64_t bytes, struct estimate *estimate)
{
    const struct llm_usage usage = {.input = bytes / REFINER_BYTES_PER_TOKEN,
                                    .output = REFINER_EXPECTED_TOKENS};
    estimate->prompt_bytes += bytes;
    for (size_t i = 0; i < estimate->route.target_count; i++) {
        const struct llm_model *model = estimate->route.targets[i].model;
        if (model->tier_count > 0) {
            estimate->expected_nano[i] += llm_cost_nano(model, &usage);
            estimate->worst_nano[i] +=
                ANSWERS_A_MODEL * llm_worst_cost_nano(model, bytes, REFINER_OUTPUT_TOKENS);
        }
    }
}

static enum status analysis_count(struct ctx *cx, const struct desk *desk, const struct json *json,
                                  struct estimate *estimate)
{
    struct analysis *analysis = ARENA_NEW(cx->arena, struct analysis);
    struct refinement *refinement = ARENA_NEW(cx->arena, struct refinement);
    struct model_prompt prompt;
    TRY(analysis_read(cx, json, analysis));
    refine(cx, analysis, refinement);
    model_prompt_make(cx, refinement, &desk->form, &prompt);
    estimate->items++;
    if (prompt.user.len > REFINER_MAX_PROMPT_BYTES) {
        estimate->too_large++; /* by rules alone, for nothing */
    } else {
        prompt_count((int64_t)(prompt.system.len + prompt.user.len + desk->form.schema.len),
                     estimate);
    }
    return OK;
}

static void models_write(struct json_writer *w, struct ctx *cx, const struct estimate *estimate)
{
    json_member_array(w, "models");
    for (size_t i = 0; i < estimate->route.target_count; i++) {
        const struct llm_target *target = &estimate->route.targets[i];
        char day[11];
        date_format(target->model->checked_day, day);
        json_object_begin(w);
        json_member_str(w, "model", llm_target_name(cx->arena, target));
        json_member_i64(w, "expectedCostNanodollars", estimate->expected_nano[i]);
        json_member_i64(w, "worstCostNanodollars", estimate->worst_nano[i]);
        json_member_cstr(w, "pricesCheckedOn", day);
        json_object_end(w);
    }
    json_array_end(w);
}

static struct str estimate_answer(struct ctx *cx, const struct desk *desk,
                                  const struct estimate *estimate)
{
    struct buf buf = buf_in(cx->arena, MAX_ANSWER_BYTES);
    struct json_writer w = json_writer_on(&buf);
    int64_t worst = 0;
    for (size_t i = 0; i < estimate->route.target_count; i++) {
        worst += estimate->worst_nano[i];
    }
    json_object_begin(&w);
    json_member_i64(&w, "items", estimate->items);
    json_member_i64(&w, "byRulesAlone", estimate->too_large);
    json_member_i64(&w, "promptBytes", estimate->prompt_bytes);
    json_member_i64(&w, "expectedInputTokens", estimate->prompt_bytes / REFINER_BYTES_PER_TOKEN);
    json_member_i64(&w, "expectedOutputTokens",
                    (estimate->items - estimate->too_large) * REFINER_EXPECTED_TOKENS);
    json_member_i64(&w, "expectedCostNanodollars", estimate->expected_nano[0]);
    json_member_i64(&w, "worstCostNanodollars", worst);
    models_write(&w, cx, estimate);
    json_member_str(&w, "priceVersion", llm_models_version(llm_models_of(desk->llm)));
    json_object_end(&w);
    return buf_str(&buf);
}

static enum status estimate_begin(struct ctx *cx, const struct desk *desk, int32_t today,
                                  struct estimate *estimate)
{
    *estimate = (struct estimate){0};
    return llm_route_find(cx, llm_models_of(desk->llm), STR(ENRICH_ALIAS), today, &estimate->route);
}

enum status estimate_write(struct ctx *cx, const struct desk *desk, const struct json *items,
                           int32_t today, struct str *answer)
{
    struct estimate estimate;
    TRY(estimate_begin(cx, desk, today, &estimate));
    JSON_EACH (item, items) {
        enum status status = analysis_count(cx, desk, item, &estimate);
        if (status != OK) {
            fail_field(cx, arena_format(cx->arena, "items[%lld]", (long long)estimate.items),
                       "is the one at fault");
            return status;
        }
    }
    *answer = estimate_answer(cx, desk, &estimate);
    return OK;
}

enum status estimate_one_write(struct ctx *cx, const struct desk *desk, const struct json *analysis,
                               int32_t today, struct str *answer)
{
    struct estimate estimate;
    TRY(estimate_begin(cx, desk, today, &estimate));
    TRY(analysis_count(cx, desk, analysis, &estimate));
    *answer = estimate_answer(cx, desk, &estimate);
    return OK;
}
