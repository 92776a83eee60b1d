#include "functions/ai-gateway/place.h"

#include "shared/base/clock.h"

#include <stdlib.h>

enum { LAST_SPANS_MS = 300 /* SIGKILL comes half a second after SIGTERM */ };

/* Copies of one process must not talk over one connection. */
static enum status before_snapshot(struct ctx *cx, void *arg)
{
    struct gateway_place *place = arg;
    (void)cx;
    llm_disconnect(place->llm);
    otlp_disconnect(place->otlp);
    http_close(place->http);
    return OK;
}

/* Where calls can be recorded, the network is reached through the recorder. */
static void recorder_open(struct gateway_place *place, struct pg *pg)
{
    struct str folder = str_from_cstr(getenv("CLAMBDA_RECORD_DIR"));
    if (folder.len > 0 || pg != NULL) {
        place->http = http_new(NULL);
        place->recorder = llm_recorder_new(&(struct llm_recorder_options){
            .folder = folder, .pg = pg, .inner = llm_transport_network(place->http)});
        place->transport = llm_recorder_transport(place->recorder);
    }
}

static enum status engine_open(struct ctx *cx, const struct services *services,
                               struct gateway_place *place)
{
    TRY(otlp_new(cx, &place->otlp));
    recorder_open(place, services->pg);
    return llm_open(cx,
                    &(struct llm_options){
                        .pg = services->pg,
                        .secrets = remote_secrets(services->remote),
                        .transport = place->recorder != NULL ? &place->transport : NULL,
                    },
                    &place->llm);
}

enum status gateway_place_open(struct ctx *cx, struct services *services, void **own)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct gateway_place));
    struct gateway_place *place = ARENA_NEW(&arena, struct gateway_place);
    *place = (struct gateway_place){.arena = arena, .keys = key_cache_new()};
    enum status status = engine_open(cx, services, place);
    if (status != OK) {
        gateway_place_close(place);
        return status;
    }
    lambda_on_snapshot(&(struct lambda_snapshot_hooks){.before = before_snapshot, .arg = place});
    *own = place;
    return OK;
}

/* The process is about to end: a collector has a moment for what still waits. */
static void spans_flush(struct gateway_place *place)
{
    struct arena arena;
    int64_t now_ms = clock_now_ms();
    arena_init(&arena, 0);
    struct ctx cx = {.arena = &arena, .deadline_ms = now_ms + LAST_SPANS_MS};
    otlp_flush(&cx, place->otlp, now_ms, true);
    arena_deinit(&arena);
}

void gateway_place_close(void *own)
{
    struct gateway_place *place = own;
    spans_flush(place);
    key_cache_free(place->keys);
    llm_close(place->llm);
    llm_recorder_free(place->recorder);
    http_free(place->http);
    otlp_free(place->otlp);
    struct arena arena = place->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}
