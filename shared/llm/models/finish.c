/*
 * What follows from the merged tables: which rules a model has, all names, and the version.
 */
#include "shared/base/clock.h"
#include "shared/llm/models/internal.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* Of all prices as text: a configuration is at most LLM_CONFIG_MAX_BYTES, and ours is smaller. */
enum { PRICES_MAX_BYTES = 2 * LLM_CONFIG_MAX_BYTES, DIGEST_SHOWN_BYTES = 8 };

/* The rules of one wire, for all models behind it. */
static struct llm_version_rule *rules_make(struct llm_models *models, struct str wire,
                                           size_t *count)
{
    struct llm_version_rule *rules =
        ARENA_ARRAY(&models->arena, struct llm_version_rule, models->version_count);
    *count = 0;
    for (size_t i = 0; i < models->version_count; i++) {
        const struct version_row *row = &models->versions[i];
        if (!str_eq(row->wire, wire)) {
            continue;
        }
        struct llm_version_rule *rule = &rules[(*count)++];
        rule->since = row->since;
        for (size_t j = 0; j < row->refuse_count; j++) {
            rule->refuses |= (unsigned)row->refuses[j];
        }
    }
    return rules;
}

static void rules_give(struct llm_models *models)
{
    for (size_t i = 0; i < models->provider_count; i++) {
        size_t count;
        const struct llm_provider *provider = &models->providers[i];
        const struct llm_version_rule *rules = rules_make(models, provider->wire, &count);
        for (size_t j = 0; j < models->model_count; j++) {
            struct llm_model *model = &models->models[j];
            if (str_eq(model->provider, provider->name)) {
                model->rules = rules;
                model->rule_count = count;
            }
        }
    }
}

static int by_name(const void *a, const void *b)
{
    const struct llm_route_name *left = a;
    const struct llm_route_name *right = b;
    return str_cmp(left->name, right->name);
}

static void name_add(struct llm_models *models, struct str name, const struct llm_model *model)
{
    models->names[models->name_count++] = (struct llm_route_name){
        .name = name, .provider = model->provider, .retires_day = model->retires_day};
}

static void names_list(struct llm_models *models)
{
    models->names = ARENA_ARRAY(&models->arena, struct llm_route_name,
                                models->alias_count + models->model_count);
    for (size_t i = 0; i < models->alias_count; i++) {
        const struct alias_row *alias = &models->aliases[i];
        name_add(models, alias->name, model_of_target(models, alias->chain[0]));
    }
    for (size_t i = 0; i < models->model_count; i++) {
        const struct llm_model *model = &models->models[i];
        if (alias_find(models, model->id) == NULL &&
            model_find(models, STR(""), model->id) == model) {
            name_add(models, model->id, model);
        }
    }
    qsort(models->names, models->name_count, sizeof models->names[0], by_name);
}

static void prices_write(const struct llm_model *model, struct buf *out)
{
    buf_add(out, model->provider);
    buf_add_char(out, '/');
    buf_add(out, model->id);
    for (size_t i = 0; i < model->tier_count; i++) {
        const struct llm_price *tier = &model->tiers[i];
        const int64_t numbers[] = {tier->above_input,    tier->input,      tier->cache_write_5m,
                                   tier->cache_write_1h, tier->cache_read, tier->output};
        for (size_t j = 0; j < ARRAY_LEN(numbers); j++) {
            buf_add_char(out, ' ');
            buf_add_i64(out, numbers[j]);
        }
    }
    buf_add_char(out, '\n');
}

static struct str version_make(struct llm_models *models)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    char day[11];
    int32_t youngest = 0;
    struct buf text = buf_in(&models->arena, PRICES_MAX_BYTES);
    for (size_t i = 0; i < models->model_count; i++) {
        const struct llm_model *model = &models->models[i];
        prices_write(model, &text);
        youngest = model->checked_day > youngest ? model->checked_day : youngest;
    }
    (void)EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL);
    char hex[2 * DIGEST_SHOWN_BYTES];
    str_hex_write(digest, DIGEST_SHOWN_BYTES, hex);
    date_format(youngest, day);
    return arena_format(&models->arena, "%.*s@%s", (int)sizeof hex, hex, day);
}

void models_finish(struct llm_models *models)
{
    rules_give(models);
    names_list(models);
    models->version = version_make(models);
}
