#include "shared/llm/models/models.h"

#include "shared/base/clock.h"
#include "shared/llm/models/internal.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum {
    CHUNK_BYTES = KIB(128),
    VERSION_MAX_BYTES = KIB(2048),
    DIGEST_SHOWN_BYTES = 8,
    VERSION_BYTES = 27
};

/* ---- opening --------------------------------------------------------------------------------- */

static void room_make(struct llm_models *models, const struct document *a, const struct document *b)
{
    struct arena *arena = &models->arena;
    size_t provider_count = a->provider_count + b->provider_count;
    models->providers = ARENA_ARRAY(arena, struct llm_provider, provider_count);
    models->provider_rows = ARENA_ARRAY(arena, struct provider_row, provider_count);
    models->families = ARENA_ARRAY(arena, struct family_row, a->family_count + b->family_count);
    models->versions = ARENA_ARRAY(arena, struct version_row, a->version_count + b->version_count);
    models->models = ARENA_ARRAY(arena, struct llm_model, a->model_count + b->model_count);
    models->aliases = ARENA_ARRAY(arena, struct alias_row, a->alias_count + b->alias_count);
}

static enum status tables_make(struct ctx *cx, struct llm_models *models, struct str config)
{
    struct document built_in = {0};
    struct document configured = {0};
    enum status status = document_read(cx, models_document(), &built_in);
    if (status != OK) {
        return err_while(cx, status, "models.json");
    }
    if (config.len > 0) {
        status = document_read(cx, arena_str_copy(cx->arena, config), &configured);
        if (status != OK) {
            return err_while(cx, status, "LLM_CONFIG_FILE");
        }
    }
    room_make(models, &built_in, &configured);
    status = models_merge(cx, models, &built_in);
    if (status != OK) {
        return err_while(cx, status, "models.json");
    }
    status = models_merge(cx, models, &configured);
    if (status == OK) {
        status = models_check(cx, models);
    }
    return status == OK ? OK : err_while(cx, status, "LLM_CONFIG_FILE");
}

/* The words are for who runs the gateway; its callers learn no more than that it is broken. */
static enum status fault_tell(struct ctx *cx)
{
    char words[ERR_TEXT_MAX];
    struct str text = str_from_cstr(cx->err.text);
    (void)str_to_cstr(text, words, sizeof words);
    err_clear(cx);
    return fail(cx, ERR_INTERNAL, "%s", words);
}

enum status llm_models_new(struct ctx *cx, struct str config, struct llm_models **models)
{
    struct arena arena;
    struct arena *outer = cx->arena;
    if (config.len > LLM_CONFIG_MAX_BYTES) {
        return fail(cx, ERR_INTERNAL, "LLM_CONFIG_FILE: %zu bytes; the limit is %d", config.len,
                    LLM_CONFIG_MAX_BYTES);
    }
    arena_init(&arena, CHUNK_BYTES);
    struct llm_models *made = ARENA_NEW(&arena, struct llm_models);
    made->arena = arena;
    cx->arena = &made->arena; /* views of the documents' trees are kept */
    enum status status = tables_make(cx, made, config);
    cx->arena = outer;
    if (status != OK) {
        llm_models_free(made);
        return fault_tell(cx);
    }
    models_finish(made);
    *models = made;
    return OK;
}

void llm_models_free(struct llm_models *models)
{
    if (models == NULL) {
        return;
    }
    struct arena arena = models->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- rules, names, version ------------------------------------------------------------------- */

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
    struct buf text = buf_in(&models->arena, VERSION_MAX_BYTES);
    for (size_t i = 0; i < models->model_count; i++) {
        const struct llm_model *model = &models->models[i];
        prices_write(model, &text);
        youngest = model->checked_day > youngest ? model->checked_day : youngest;
    }
    (void)EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL);
    struct buf out = buf_in(&models->arena, VERSION_BYTES + 1);
    for (size_t i = 0; i < DIGEST_SHOWN_BYTES; i++) {
        buf_addf(&out, "%02x", digest[i]);
    }
    date_format(youngest, day);
    buf_addf(&out, "@%s", day);
    return buf_str(&out);
}

void models_finish(struct llm_models *models)
{
    rules_give(models);
    names_list(models);
    models->version = version_make(models);
}

size_t llm_models_count(const struct llm_models *models)
{
    return models->name_count;
}

struct llm_route_name llm_models_at(const struct llm_models *models, size_t index)
{
    return models->names[index];
}

struct str llm_models_version(const struct llm_models *models)
{
    return models->version;
}
