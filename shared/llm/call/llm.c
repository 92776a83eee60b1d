/*
 * What a slot keeps from call to call.
 */
#include "shared/base/file.h"
#include "shared/llm/call/internal.h"

#include <stdlib.h>

static const struct llm_timeouts defaults = {
    .total_ms = 600000,
    .first_token_ms = 120000,
    .idle_ms = 60000,
    .reserve_ms = 1500,
};

const struct llm_wire *llm_wire_find(struct str name)
{
    static const struct llm_wire *const wires[] = {&llm_wire_anthropic, &llm_wire_openai,
                                                   &llm_wire_bedrock, &llm_wire_replicate};
    for (size_t i = 0; i < ARRAY_LEN(wires); i++) {
        if (str_eq(name, str_from_cstr(wires[i]->name))) {
            return wires[i];
        }
    }
    return NULL;
}

/* ---- settings -------------------------------------------------------------------------------- */

static enum status timeout_read(struct ctx *cx, const char *name, int64_t given_ms,
                                int64_t fallback_ms, int64_t *out)
{
    struct str text = str_trim(str_from_cstr(getenv(name)));
    *out = given_ms > 0 ? given_ms : fallback_ms;
    if (given_ms > 0 || text.len == 0) {
        return OK;
    }
    if (!str_to_i64(text, out) || *out <= 0 || *out > INT32_MAX) {
        return fail(cx, ERR_INTERNAL, "%s is no number of milliseconds", name);
    }
    return OK;
}

static enum status timeouts_read(struct ctx *cx, const struct llm_timeouts *given,
                                 struct llm_timeouts *out)
{
    static const struct llm_timeouts nothing = {0};
    given = given != NULL ? given : &nothing;
    TRY(timeout_read(cx, "LLM_TIMEOUT_MS", given->total_ms, defaults.total_ms, &out->total_ms));
    TRY(timeout_read(cx, "LLM_FIRST_TOKEN_MS", given->first_token_ms, defaults.first_token_ms,
                     &out->first_token_ms));
    TRY(timeout_read(cx, "LLM_IDLE_MS", given->idle_ms, defaults.idle_ms, &out->idle_ms));
    return timeout_read(cx, "LLM_RESERVE_MS", given->reserve_ms, defaults.reserve_ms,
                        &out->reserve_ms);
}

static enum status models_read(struct ctx *cx, struct llm_models **models)
{
    const char *path = getenv("LLM_CONFIG_FILE");
    struct str config = {0};
    if (path != NULL && path[0] != '\0') {
        enum status status = file_read(cx, path, LLM_CONFIG_MAX_BYTES, &config);
        if (status != OK) {
            return err_while(cx, ERR_INTERNAL, "reading LLM_CONFIG_FILE");
        }
    }
    return llm_models_new(cx, config, models);
}

/* ---- its life -------------------------------------------------------------------------------- */

static struct llm *llm_new(const struct llm_options *options)
{
    struct arena arena;
    arena_init(&arena, 1024);
    struct llm *llm = ARENA_NEW(&arena, struct llm);
    llm->arena = arena;
    llm->pg = options->pg;
    llm->http = http_new(NULL);
    llm->keys = llm_keys_new(options->secrets);
    llm->guards = guard_cache_new();
    llm->transport =
        options->transport != NULL ? *options->transport : llm_transport_network(llm->http);
    return llm;
}

enum status llm_open(struct ctx *cx, const struct llm_options *options, struct llm **llm)
{
    struct llm *made = llm_new(options);
    enum status status = timeouts_read(cx, options->timeouts, &made->timeouts);
    status = status == OK ? models_read(cx, &made->models) : status;
    if (status != OK) {
        llm_close(made);
        return status;
    }
    *llm = made;
    return OK;
}

void llm_close(struct llm *llm)
{
    if (llm == NULL) {
        return;
    }
    guard_cache_free(llm->guards);
    llm_keys_free(llm->keys);
    llm_models_free(llm->models);
    http_free(llm->http);
    struct arena arena = llm->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

void llm_disconnect(struct llm *llm)
{
    http_close(llm->http);
}

const struct llm_models *llm_models_of(const struct llm *llm)
{
    return llm->models;
}
