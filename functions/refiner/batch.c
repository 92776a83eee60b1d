#include "functions/refiner/batch.h"

#include "functions/refiner/error.h"
#include "shared/base/clock.h"

#include <pthread.h>
#include <stdatomic.h>

enum status batch_read(struct ctx *cx, const struct json *body, const struct json **items)
{
    *items = json_find(body, STR("items"));
    if (*items == NULL || (*items)->type != JSON_ARRAY) {
        fail_field(cx, STR("items"), "required array");
    } else if ((*items)->count == 0 || (*items)->count > BATCH_MAX_ITEMS) {
        fail_field(cx, STR("items"), "1 to %d items", BATCH_MAX_ITEMS);
    }
    return fields_status(cx);
}

/* ---- threads --------------------------------------------------------------------------------- */

struct result {
    const struct json *analysis;
    int http_status;
    struct str id, answer; /* `answer`: the error's, unless the status is 200 */
};

struct batch {
    const struct batch_wish *wish;
    struct result *results;
    size_t count;
    atomic_size_t next; /* the first that nobody has taken */
};

/* One thread's: a context of its own, for contexts serve one. */
struct worker {
    struct batch *batch;
    const struct desk *desk;
    struct arena arena;
    struct ctx cx;
    pthread_t thread;
    bool has_thread;
};

static void result_make(struct worker *worker, struct result *result)
{
    struct ctx *cx = &worker->cx;
    const struct batch_wish *wish = worker->batch->wish;
    struct item item = {0};
    const struct item_wish one = {
        .analysis = result->analysis,
        .no_cache = wish->no_cache,
        .no_models = wish->no_models,
        .now_ms = wish->now_ms,
        .started_us = clock_mono_us(),
    };
    err_clear(cx);
    enum status status = result->analysis->span.len > REFINER_MAX_ITEM_BYTES
                             ? fail_public(cx, ERR_TOO_LARGE, "An analysis of more than %d bytes",
                                           REFINER_MAX_ITEM_BYTES)
                             : item_refine(cx, worker->desk, wish->asker, &one, &item);
    result->http_status = refiner_error_status(status);
    if (status != OK) {
        result->answer = refiner_error_body(cx, status);
        return;
    }
    result->id = item.id;
    result->answer = item.answer;
    enrich_settle(cx, worker->desk, item.enrichment);
}

static void *worker_run(void *arg)
{
    struct worker *worker = arg;
    struct batch *batch = worker->batch;
    for (;;) {
        size_t index = atomic_fetch_add(&batch->next, 1);
        if (index >= batch->count) {
            return NULL;
        }
        result_make(worker, &batch->results[index]);
    }
}

static void worker_start(struct worker *worker, const struct ctx *cx)
{
    arena_init(&worker->arena, 0);
    worker->cx = *cx;
    worker->cx.arena = &worker->arena;
    /* without another thread the first one does its share, too */
    worker->has_thread = pthread_create(&worker->thread, NULL, worker_run, worker) == 0;
}

/* The caller's own thread is the first worker. */
static void workers_run(struct ctx *cx, const struct refiner_place *place, struct batch *batch,
                        struct worker workers[static BATCH_THREADS])
{
    size_t count = batch->count < place->desk_count ? batch->count : place->desk_count;
    for (size_t i = 0; i < count; i++) {
        workers[i] = (struct worker){.batch = batch, .desk = &place->desks[i]};
    }
    for (size_t i = 1; i < count; i++) {
        worker_start(&workers[i], cx);
    }
    workers[0].cx = *cx;
    (void)worker_run(&workers[0]);
    for (size_t i = 1; i < count; i++) {
        if (workers[i].has_thread) {
            (void)pthread_join(workers[i].thread, NULL);
        }
        pg_close(workers[i].desk->pg); /* a connection between batches is one that others lack */
    }
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void result_write(struct json_writer *w, size_t index, const struct result *result)
{
    bool is_ok = result->http_status == 200;
    bool fits = w->buf->len + result->answer.len < BATCH_MAX_ANSWER_BYTES;
    json_object_begin(w);
    json_member_i64(w, "index", (int64_t)index);
    json_member_i64(w, "status", result->http_status);
    if (is_ok) {
        json_member_str(w, "refinerId", result->id);
    }
    if (fits) {
        json_member_raw(w, is_ok ? "result" : "error", result->answer);
    } else {
        json_member_bool(w, "omitted", true);
    }
    json_object_end(w);
}

static struct str answer_write(struct ctx *cx, const struct batch *batch)
{
    struct buf buf = buf_in(cx->arena, BATCH_MAX_ANSWER_BYTES + KIB(64));
    struct json_writer w = json_writer_on(&buf);
    int64_t succeeded = 0;
    json_object_begin(&w);
    json_member_array(&w, "results");
    for (size_t i = 0; i < batch->count; i++) {
        result_write(&w, i, &batch->results[i]);
        succeeded += batch->results[i].http_status == 200 ? 1 : 0;
    }
    json_array_end(&w);
    json_member_object(&w, "summary");
    json_member_i64(&w, "total", (int64_t)batch->count);
    json_member_i64(&w, "succeeded", succeeded);
    json_member_i64(&w, "failed", (int64_t)batch->count - succeeded);
    json_object_end(&w);
    json_object_end(&w);
    return buf_str(&buf);
}

enum status batch_refine(struct ctx *cx, const struct refiner_place *place,
                         const struct batch_wish *wish, struct str *answer)
{
    struct batch batch = {.wish = wish, .count = wish->items->count};
    struct worker *workers = ARENA_ARRAY(cx->arena, struct worker, BATCH_THREADS);
    size_t at = 0;
    batch.results = ARENA_ARRAY(cx->arena, struct result, batch.count);
    JSON_EACH (item, wish->items) {
        batch.results[at++].analysis = item;
    }
    workers_run(cx, place, &batch, workers);
    *answer = answer_write(cx, &batch);
    for (size_t i = 1; i < BATCH_THREADS; i++) {
        if (workers[i].cx.arena != NULL) {
            arena_deinit(&workers[i].arena);
        }
    }
    err_clear(cx);
    return OK;
}
