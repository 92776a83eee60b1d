/*
 * Rows of a document into the table, over what an earlier document said.
 */
#include "shared/base/field.h"
#include "shared/llm/models/internal.h"

#include <math.h>

#define FAULT(cx, where, name, ...)                                                                \
    fail((cx), ERR_INVALID, where " \"" STR_FMT "\"" __VA_ARGS__, STR_ARG(name))

/* ---- providers, versions, families ----------------------------------------------------------- */

static struct provider_row *provider_row_of(struct llm_models *models, struct str name)
{
    for (size_t i = 0; i < models->provider_count; i++) {
        if (str_eq(models->provider_rows[i].name, name)) {
            return &models->provider_rows[i];
        }
    }
    models->provider_rows[models->provider_count] = (struct provider_row){.name = name};
    return &models->provider_rows[models->provider_count++];
}

static void str_over(struct str *old, struct str new)
{
    *old = new.len > 0 ? new : *old;
}

static enum status provider_add(struct ctx *cx, struct llm_models *models,
                                const struct provider_row *row)
{
    struct provider_row *old = provider_row_of(models, row->name);
    str_over(&old->wire, row->wire);
    str_over(&old->base_url, row->base_url);
    str_over(&old->key_env, row->key_env);
    str_over(&old->region, row->region);
    old->speaks_responses = row->has_responses ? row->speaks_responses : old->speaks_responses;
    old->needs_no_key = row->has_no_key ? row->needs_no_key : old->needs_no_key;
    return provider_make(cx, old, &models->providers[old - models->provider_rows]);
}

static const struct family_row *family_find(const struct llm_models *models, struct str name)
{
    for (size_t i = models->family_count; i > 0; i--) { /* the last one of a name counts */
        if (str_eq(models->families[i - 1].name, name)) {
            return &models->families[i - 1];
        }
    }
    return NULL;
}

/* ---- models ---------------------------------------------------------------------------------- */

static struct llm_model *model_of(struct llm_models *models, const struct model_row *row)
{
    for (size_t i = 0; i < models->model_count; i++) {
        struct llm_model *model = &models->models[i];
        if (str_eq(model->id, row->id) && str_eq(model->provider, row->provider)) {
            return model;
        }
    }
    models->models[models->model_count] =
        (struct llm_model){.provider = row->provider, .id = row->id, .retires_day = INT32_MAX};
    return &models->models[models->model_count++];
}

static void traits_over(struct llm_model *model, const struct traits_row *traits)
{
    if (traits->accept_count > 0) {
        model->accepts = 0;
    }
    for (size_t i = 0; i < traits->accept_count; i++) {
        model->accepts |= (unsigned)traits->accepts[i];
    }
    if (traits->context_tokens > 0) {
        model->context_tokens = traits->context_tokens;
    }
    if (traits->max_output_tokens > 0) {
        model->max_output_tokens = traits->max_output_tokens;
    }
    if (traits->has_embedding) {
        model->is_embedding = traits->is_embedding;
    }
    if (traits->input.prompt.len > 0) {
        model->input = traits->input;
    }
}

/* USD per million tokens to nano-dollars a token: a thousandfold, and whole. */
static bool price_nano(double usd, int64_t *nano)
{
    double scaled = usd * 1000;
    *nano = usd < 0 ? -1 : (int64_t)llround(scaled);
    return usd < 0 || fabs(scaled - (double)*nano) < 1e-6;
}

static bool tier_make(const struct price_row *row, struct llm_price *tier)
{
    tier->above_input = row->above_input;
    bool is_whole = price_nano(row->input, &tier->input);
    is_whole = price_nano(row->cache_write_5m, &tier->cache_write_5m) && is_whole;
    is_whole = price_nano(row->cache_write_1h, &tier->cache_write_1h) && is_whole;
    is_whole = price_nano(row->cache_read, &tier->cache_read) && is_whole;
    return price_nano(row->output, &tier->output) && is_whole;
}

static enum status prices_over(struct ctx *cx, struct llm_model *model, const struct model_row *row)
{
    for (size_t i = 0; i < row->price_count; i++) {
        const struct price_row *price = &row->prices[i];
        if (!tier_make(price, &model->tiers[i])) {
            return FAULT(cx, "models", row->id, ".prices: at most three decimals");
        }
        if (price->input < 0 || price->output < 0) {
            return FAULT(cx, "models", row->id, ".prices: each tier needs input and output");
        }
        if (i == 0 ? price->above_input != 0
                   : price->above_input <= row->prices[i - 1].above_input) {
            return FAULT(cx, "models", row->id,
                         ".prices: above_input is 0 in the first tier, and ascends");
        }
    }
    if (row->price_count > 0 && !row->has_checked) {
        return FAULT(cx, "models", row->id, ".checked: prices need the day they were checked");
    }
    model->tier_count = row->price_count > 0 ? row->price_count : model->tier_count;
    model->checked_day = row->has_checked ? row->checked : model->checked_day;
    return OK;
}

static enum status model_add(struct ctx *cx, struct llm_models *models, const struct model_row *row)
{
    const struct family_row *family = family_find(models, row->family);
    if (!field_is_visible(row->id)) {
        return FAULT(cx, "models", row->id, ".id: visible ASCII alone");
    }
    if (provider_find(models, row->provider) == NULL) {
        return FAULT(cx, "models", row->id, ".provider: there is no such provider");
    }
    if (row->family.len > 0 && family == NULL) {
        return FAULT(cx, "models", row->id, ".family: there is no such family");
    }
    struct llm_model *model = model_of(models, row);
    if (family != NULL) {
        traits_over(model, &family->traits);
    }
    traits_over(model, &row->traits);
    str_over(&model->successor, row->successor);
    model->retires_day = row->has_retires ? row->retires : model->retires_day;
    return prices_over(cx, model, row);
}

/* ---- aliases --------------------------------------------------------------------------------- */

static enum status alias_add(struct ctx *cx, struct llm_models *models, const struct alias_row *row)
{
    if (!field_is_visible(row->name)) {
        return FAULT(cx, "aliases", row->name, ".name: visible ASCII alone");
    }
    for (size_t i = 0; i < models->alias_count; i++) {
        if (str_eq(models->aliases[i].name, row->name)) {
            models->aliases[i] = *row;
            return OK;
        }
    }
    models->aliases[models->alias_count++] = *row;
    return OK;
}

enum status models_merge(struct ctx *cx, struct llm_models *models, const struct document *document)
{
    for (size_t i = 0; i < document->provider_count; i++) {
        TRY(provider_add(cx, models, &document->providers[i]));
    }
    for (size_t i = 0; i < document->version_count; i++) {
        models->versions[models->version_count++] = document->versions[i];
    }
    for (size_t i = 0; i < document->family_count; i++) {
        models->families[models->family_count++] = document->families[i];
    }
    for (size_t i = 0; i < document->model_count; i++) {
        TRY(model_add(cx, models, &document->models[i]));
    }
    for (size_t i = 0; i < document->alias_count; i++) {
        TRY(alias_add(cx, models, &document->aliases[i]));
    }
    return OK;
}

/* ---- what only the whole table can show ------------------------------------------------------ */

static enum status successor_check(struct ctx *cx, const struct llm_models *models,
                                   const struct llm_model *model)
{
    const struct llm_model *at = model;
    for (size_t steps = 0; at->successor.len > 0; steps++) {
        at = model_find(models, at->provider, at->successor);
        if (at == NULL) {
            return FAULT(cx, "models", model->id, ".successor: its provider has no such model");
        }
        if (steps == models->model_count) {
            return FAULT(cx, "models", model->id, ".successor: leads in a circle");
        }
    }
    return OK;
}

static enum status limits_check(struct ctx *cx, const struct llm_models *models,
                                const struct llm_model *model)
{
    struct str wire = provider_find(models, model->provider)->wire;
    if (str_eq(wire, STR("replicate")) && model->input.prompt.len == 0) {
        return FAULT(cx, "models", model->id, ".input.prompt: is required on Replicate");
    }
    if (model->context_tokens == 0) {
        return FAULT(cx, "models", model->id, ".context_tokens: is required");
    }
    if (model->max_output_tokens == 0 && !model->is_embedding) {
        return FAULT(cx, "models", model->id, ".max_output_tokens: is required");
    }
    return OK;
}

enum status models_check(struct ctx *cx, const struct llm_models *models)
{
    for (size_t i = 0; i < models->model_count; i++) {
        TRY(successor_check(cx, models, &models->models[i]));
        TRY(limits_check(cx, models, &models->models[i]));
    }
    for (size_t i = 0; i < models->alias_count; i++) {
        const struct alias_row *alias = &models->aliases[i];
        for (size_t j = 0; j < alias->chain_count; j++) {
            if (model_of_target(models, alias->chain[j]) == NULL) {
                return FAULT(cx, "aliases", alias->name,
                             ".chain: one of its models is not there, as \"provider/id\"");
            }
        }
    }
    return OK;
}
