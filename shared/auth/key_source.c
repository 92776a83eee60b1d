#include "shared/auth/key_source.h"

#include "shared/auth/internal.h"
#include "shared/log/log.h"

#include <stdio.h>

enum { MS = 1000, SCRATCH_CHUNK_BYTES = 32 * 1024 };

struct key_source {
    struct arena arena; /* holds this struct */
    struct key_source_options options;
    struct key_set *keys; /* NULL: none yet */
    int64_t fetched_ms;   /* `keys` */
    int64_t age_ms;       /* for how long from then */
    int64_t tried_ms;     /* the last fetch, whatever came of it */
};

struct key_source *key_source_new(const struct key_source_options *options)
{
    struct arena arena;
    arena_init(&arena, 256);
    struct key_source *source = ARENA_NEW(&arena, struct key_source);
    *source = (struct key_source){.arena = arena, .options = *options};
    return source;
}

void key_source_free(struct key_source *source)
{
    if (source == NULL) {
        return;
    }
    key_set_free(source->keys);
    struct arena arena = source->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

/* ---- fetching -------------------------------------------------------------------------------- */

static int64_t age_within_bounds(int64_t max_age_s)
{
    if (max_age_s < 0) {
        return KEYS_AGE_S;
    }
    if (max_age_s < KEYS_MIN_AGE_S) {
        return KEYS_MIN_AGE_S;
    }
    return max_age_s > KEYS_MAX_AGE_S ? KEYS_MAX_AGE_S : max_age_s;
}

/* A shared secret that everybody can read lets everybody sign. */
static enum status document_parse(struct ctx *cx, const struct key_source *source, struct str json,
                                  struct key_set *keys)
{
    TRY(key_set_parse(cx, json, keys));
    if (!source->options.is_secret && key_set_has_secret(keys)) {
        return fail(cx, ERR_INVALID, "a published key set holds a shared secret");
    }
    return OK;
}

static enum status fetch(struct ctx *cx, struct key_source *source, int64_t now_ms)
{
    struct key_document document = {.max_age_s = -1};
    TRY(source->options.fetch(cx, source->options.arg, now_ms, &document));
    struct key_set *keys = key_set_new();
    enum status status = document_parse(cx, source, document.json, keys);
    if (status != OK) {
        key_set_free(keys);
        return status;
    }
    key_set_free(source->keys);
    source->keys = keys;
    source->fetched_ms = now_ms;
    source->age_ms = age_within_bounds(document.max_age_s) * MS;
    return OK;
}

static enum status renew(struct ctx *cx, struct key_source *source, int64_t now_ms)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, SCRATCH_CHUNK_BYTES);
    cx->arena = &scratch; /* the document may hold secrets: nothing is left behind */
    source->tried_ms = now_ms;
    enum status status = fetch(cx, source, now_ms);
    cx->arena = outer;
    arena_wipe(&scratch);
    return status == OK ? OK : err_while(cx, status, "fetching the keys of tokens");
}

/* With a set at hand a failure costs freshness only. */
static bool renewed(struct ctx *cx, struct key_source *source, int64_t now_ms)
{
    if (renew(cx, source, now_ms) == OK) {
        return true;
    }
    LOG(cx, LOG_WARN, "keys_kept_stale", LOG_CSTR("error", cx->err.text),
        LOG_I64("age_s", (now_ms - source->fetched_ms) / MS));
    err_clear(cx); /* the old keys do */
    return false;
}

/* ---- what is at hand ------------------------------------------------------------------------- */

/* Below 0: the clock was set back; then the moment is as good as long ago. */
static bool is_within(int64_t since_ms, int64_t now_ms, int64_t span_ms)
{
    return now_ms >= since_ms && now_ms - since_ms < span_ms;
}

static bool may_try(const struct key_source *source, int64_t now_ms)
{
    return !is_within(source->tried_ms, now_ms, (int64_t)KEYS_GAP_S * MS);
}

static enum status unavailable(struct ctx *cx)
{
    char chain[ERR_TEXT_MAX];
    (void)snprintf(chain, sizeof chain, "%s", cx->err.text);
    (void)fail_code(cx, ERR_UNAVAILABLE, "AUTH_UNAVAILABLE",
                    "tokens cannot be checked at the moment; try again shortly");
    return err_while(cx, ERR_UNAVAILABLE, "%s", chain);
}

enum status key_source_keys(struct ctx *cx, struct key_source *source, int64_t now_ms,
                            const struct key_set **keys)
{
    if (source->keys == NULL && renew(cx, source, now_ms) != OK) {
        return unavailable(cx);
    }
    if (!is_within(source->fetched_ms, now_ms, source->age_ms) && may_try(source, now_ms)) {
        (void)renewed(cx, source, now_ms);
    }
    *keys = source->keys;
    return OK;
}

bool key_source_renew(struct ctx *cx, struct key_source *source, int64_t now_ms,
                      const struct key_set **keys)
{
    bool is_new = may_try(source, now_ms) && renewed(cx, source, now_ms);
    *keys = source->keys;
    return is_new;
}
