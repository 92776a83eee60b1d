#include "shared/llm/models/models.h"

#include "shared/llm/models/internal.h"

enum { CHUNK_BYTES = KIB(128) };

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

/* ---- what is asked of them --------------------------------------------------------------------
 */

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
