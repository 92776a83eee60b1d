#include "infra/local/lambda/pool.h"

#include "infra/local/lambda/instance.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOLD_LIMIT_MS = 10000, HOLD_LOOK_MS = 10 };

enum status pool_open(struct ctx *cx, struct pool *pool, struct loop *loop, struct output *output,
                      const struct template *t, const struct pool_options *options)
{
    *pool = (struct pool){.loop = loop, .output = output, .options = *options, .due_ms = INT64_MAX};
    arena_init(&pool->arena, 0);
    arena_init(&pool->work, 0);
    for (size_t i = 0; i < t->function_count; i++) {
        pool->functions[pool->function_count++].def = &t->functions[i];
    }
    const char *folder = getenv("TMPDIR");
    (void)snprintf(pool->scratch_root, sizeof(pool->scratch_root), "%s/clambda-local-XXXXXX",
                   folder != NULL && folder[0] == '/' ? folder : "/tmp");
    if (mkdtemp(pool->scratch_root) == NULL) {
        return fail(cx, ERR_INTERNAL, "a scratch folder %s: %s", pool->scratch_root,
                    strerror(errno));
    }
    return OK;
}

void pool_close(struct pool *pool)
{
    folder_remove(pool->scratch_root);
    arena_deinit(&pool->arena);
    arena_deinit(&pool->work);
}

void pool_note_timer(struct pool *pool, int64_t due_ms)
{
    if (due_ms < pool->due_ms) {
        pool->due_ms = due_ms;
    }
}

void pool_forget(struct pool *pool, struct instance *instance)
{
    struct instance **link = &instance->function->instances;
    while (*link != instance) {
        link = &(*link)->next;
    }
    *link = instance->next;
    /* Events of this batch may still name its sources: the memory rests until the turn is over. */
    instance->next = pool->finished;
    pool->finished = instance;
    pool->alive--;
}

static struct function_state *state_of(struct pool *pool, const struct function *f)
{
    size_t i = 0;
    while (pool->functions[i].def != f) {
        i++;
    }
    return &pool->functions[i];
}

static struct instance *find_instance(const struct function_state *function,
                                      bool (*is_fit)(const struct instance *))
{
    struct instance *instance = function->instances;
    while (instance != NULL && !is_fit(instance)) {
        instance = instance->next;
    }
    return instance;
}

size_t pool_limit(const struct pool *pool, const struct function *f)
{
    return f->concurrency == CONCURRENCY_UNSET ? pool->options.max_instances
                                               : (size_t)f->concurrency;
}

static void place(struct pool *pool, struct function_state *function, struct invocation *inv)
{
    struct instance *ready = find_instance(function, instance_is_ready);
    if (ready != NULL) {
        instance_dispatch(ready, inv);
        return;
    }
    /*
     * An instance that has just answered polls again within microseconds. A caller who sends one
     * request after the other must not start a second instance, nor be throttled at a limit of one.
     */
    struct instance *soon = find_instance(function, instance_polls_soon);
    if (soon != NULL && !inv->has_queued) {
        inv->has_queued = true;
        instance_queue(soon, inv);
        return;
    }
    if (function->being_written && pool_hold(pool, function, inv)) {
        return;
    }
    if (function->count < pool_limit(pool, function->def)) {
        instance_start(pool, function, inv, false);
        return;
    }
    output_say(pool->output, function->def->slug,
               "clambda-local: throttled: all %zu instances are busy", function->count);
    if (pool->options.stats != NULL) {
        stats_throttled(pool->options.stats, function->def);
    }
    struct result result = {.outcome = OUTCOME_THROTTLED};
    inv->done(inv, &result);
}

void pool_invoke(struct pool *pool, const struct function *f, struct invocation *inv)
{
    if (pool->draining) {
        struct result result = {.outcome = OUTCOME_SHUTDOWN};
        inv->done(inv, &result);
        return;
    }
    if (inv->request_id[0] == '\0') {
        uuid_v4(inv->request_id);
    }
    if (pool->options.stats != NULL && inv->kept_id == 0) {
        inv->kept_id = stats_event_begin(pool->options.stats, f, inv);
    }
    place(pool, state_of(pool, f), inv);
}

/* ---- a bootstrap that changes ---------------------------------------------------------------- */

bool pool_hold(struct pool *pool, struct function_state *function, struct invocation *inv)
{
    int64_t now_ms = clock_now_ms();
    if (inv->held_until_ms == 0) {
        inv->held_until_ms = now_ms + HOLD_LIMIT_MS;
    }
    if (now_ms >= inv->held_until_ms) {
        return false;
    }
    inv->next_held = function->held;
    inv->held_in = function;
    function->held = inv;
    pool_note_timer(pool, now_ms + HOLD_LOOK_MS);
    return true;
}

void pool_let_go(struct invocation *inv)
{
    struct invocation **link = &inv->held_in->held;
    while (*link != inv) {
        link = &(*link)->next_held;
    }
    *link = inv->next_held;
    inv->held_in = NULL;
}

/* Those that wait look again, the first first; who waits longer than the gateway may is told. */
static void place_held(struct pool *pool, struct function_state *function, int64_t now_ms)
{
    struct invocation *list = NULL;
    while (function->held != NULL) {
        struct invocation *inv = function->held;
        function->held = inv->next_held;
        inv->held_in = NULL;
        inv->next_held = list;
        list = inv;
    }
    while (list != NULL) {
        struct invocation *inv = list;
        list = inv->next_held;
        inv->next_held = NULL;
        struct result result = {.outcome = pool->draining ? OUTCOME_SHUTDOWN : OUTCOME_CEILING};
        if (pool->draining || (inv->answer_by_ms > 0 && now_ms >= inv->answer_by_ms)) {
            inv->done(inv, &result);
        } else {
            place(pool, function, inv);
        }
    }
}

void pool_note_writing(struct pool *pool, const struct function *f, bool being_written)
{
    struct function_state *function = state_of(pool, f);
    function->being_written = being_written;
    if (!being_written) {
        place_held(pool, function, clock_now_ms());
    }
}

void pool_reload(struct pool *pool, const struct function *f)
{
    struct function_state *function = state_of(pool, f);
    struct bootstrap_file file;
    size_t outdated = 0;
    struct str path = arena_format(&pool->work, "%s/" STR_FMT "/bootstrap",
                                   pool->options.bootstraps, STR_ARG(f->slug));
    if (!bootstrap_file_read(path.ptr, &file)) {
        return;
    }
    for (struct instance *it = function->instances; it != NULL; it = it->next) {
        if (it->state != INSTANCE_ENDING && !it->outdated && !bootstrap_file_eq(&it->file, &file)) {
            outdated++;
            instance_outdate(it);
        }
    }
    if (outdated > 0) {
        output_say(pool->output, f->slug, "clambda-local: a new bootstrap: %zu instance%s end%s",
                   outdated, outdated == 1 ? "" : "s", outdated == 1 ? "s" : "");
    }
}

static void recycle(struct pool *pool)
{
    while (pool->finished != NULL) {
        struct instance *instance = pool->finished;
        pool->finished = instance->next;
        instance->next = pool->spare;
        pool->spare = instance;
    }
}

void pool_tick(struct pool *pool)
{
    int64_t now_ms = clock_now_ms();
    if (now_ms >= pool->due_ms) {
        pool->due_ms = INT64_MAX;
        for (size_t i = 0; i < pool->function_count; i++) {
            place_held(pool, &pool->functions[i], now_ms);
            for (struct instance *it = pool->functions[i].instances; it != NULL; it = it->next) {
                int64_t due = instance_tick(it, now_ms);
                if (due > 0) {
                    pool_note_timer(pool, due);
                }
            }
        }
    }
    recycle(pool);
    arena_reset(&pool->work);
}

int pool_timeout_ms(const struct pool *pool)
{
    int64_t left = pool->due_ms - clock_now_ms();
    if (pool->due_ms == INT64_MAX) {
        return -1;
    }
    if (left < 0) {
        return 0;
    }
    return left > 60000 ? 60000 : (int)left + 1;
}

bool pool_is_at_work(const struct pool *pool)
{
    for (size_t i = 0; i < pool->function_count; i++) {
        for (struct instance *it = pool->functions[i].instances; it != NULL; it = it->next) {
            if (it->state == INSTANCE_BUSY || it->state == INSTANCE_ANSWERED) {
                return true;
            }
        }
    }
    return false;
}

void pool_drain(struct pool *pool)
{
    pool->draining = true;
    for (size_t i = 0; i < pool->function_count; i++) {
        place_held(pool, &pool->functions[i], clock_now_ms());
        for (struct instance *it = pool->functions[i].instances; it != NULL; it = it->next) {
            if (it->state != INSTANCE_ENDING) {
                instance_retire(it);
            }
        }
    }
}
