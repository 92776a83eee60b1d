#include "functions/ai-gateway/place.h"

/* Copies of one process must not talk over one connection. */
static enum status before_snapshot(struct ctx *cx, void *arg)
{
    struct gateway_place *place = arg;
    (void)cx;
    llm_disconnect(place->llm);
    otlp_disconnect(place->otlp);
    return OK;
}

enum status gateway_place_open(struct ctx *cx, struct services *services, void **own)
{
    struct arena arena;
    struct llm *llm = NULL;
    struct otlp *otlp = NULL;
    TRY(otlp_new(cx, &otlp));
    enum status status = llm_open(
        cx, &(struct llm_options){.pg = services->pg, .secrets = remote_secrets(services->remote)},
        &llm);
    if (status != OK) {
        otlp_free(otlp);
        return status;
    }
    arena_init(&arena, sizeof(struct gateway_place));
    struct gateway_place *place = ARENA_NEW(&arena, struct gateway_place);
    *place =
        (struct gateway_place){.arena = arena, .llm = llm, .keys = key_cache_new(), .otlp = otlp};
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){.before = before_snapshot, .arg = place});
    *own = place;
    return OK;
}

void gateway_place_close(void *own)
{
    struct gateway_place *place = own;
    key_cache_free(place->keys);
    llm_close(place->llm);
    otlp_free(place->otlp);
    struct arena arena = place->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}
