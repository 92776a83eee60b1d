#include "functions/refiner/handler.h"

#include "functions/endpoint/health.h"
#include "functions/endpoint/version.h"
#include "functions/refiner/batch.h"
#include "functions/refiner/error.h"
#include "functions/refiner/estimate.h"
#include "functions/refiner/events.h"
#include "functions/refiner/page/page.h"
#include "functions/refiner/store.h"
#include "shared/base/clock.h"
#include "shared/log/log.h"

enum {
    MAX_DESCRIPTION_BYTES = 8192,
    HTTP_API_PATIENCE_MS = 28 * 1000 /* it gives up after 30 s */
};

static struct refiner_place *place_of(const struct endpoint_call *call)
{
    return call->own;
}

static const struct desk *desk_of(const struct endpoint_call *call)
{
    return &place_of(call)->desks[0];
}

static enum status asker_read(struct ctx *cx, const struct endpoint_call *call,
                              const struct http_event *event, struct asker *asker)
{
    TRY(endpoint_caller(cx, call, event, &asker->caller));
    return llm_jwt_caller(cx, &asker->caller, &asker->llm);
}

/* A slip must not ask models that nobody wanted: only these two words are understood. */
static enum status off_read(struct ctx *cx, const struct http_event *event, const char *name,
                            bool *is_off)
{
    struct str value = http_event_query_param(event, str_from_cstr(name));
    *is_off = str_eq(value, STR("false"));
    bool is_known = *is_off || value.len == 0 || str_eq(value, STR("true"));
    return is_known ? OK : fail_public(cx, ERR_INVALID, "%s: true or false", name);
}

/* Nobody pays for an answer that its front no longer waits for. */
static void deadline_limit(struct ctx *cx, const struct http_event *event)
{
    int64_t ends_ms = event->time_ms + HTTP_API_PATIENCE_MS;
    bool is_url = str_find(event->domain, STR(".lambda-url.")) != SIZE_MAX;
    if (event->time_ms > 0 && !is_url && (cx->deadline_ms == 0 || cx->deadline_ms > ends_ms)) {
        cx->deadline_ms = ends_ms;
    }
}

/* ---- POST /refiner --------------------------------------------------------------------------- */

static enum status id_read(struct ctx *cx, const struct http_event *event, struct str *id)
{
    *id = http_event_header(event, STR("x-refiner-id"));
    if (id->len > 0 && !refiner_id_is_valid(*id)) {
        return fail_public(cx, ERR_INVALID, "x-refiner-id: ref_, letters and digits, _, six more");
    }
    return OK;
}

static enum status analysis_body(struct ctx *cx, const struct http_event *event,
                                 const struct json **body)
{
    if (event->body.len > REFINER_MAX_ITEM_BYTES) {
        return fail_public(cx, ERR_TOO_LARGE, "An analysis of more than %d bytes",
                           REFINER_MAX_ITEM_BYTES);
    }
    return endpoint_body(cx, event, body);
}

static void log_refined(const struct ctx *cx, const struct item *item)
{
    const struct enrichment *enrichment = item->enrichment;
    LOG(cx, LOG_INFO, "refined", LOG_STR("refinerId", item->id),
        LOG_BOOL("cached", item->is_cached),
        LOG_STR("model", enrichment->accepted > 0 ? enrichment->model_used : STR("none")),
        LOG_I64("fields", (int64_t)enrichment->accepted),
        LOG_I64("attempts", (int64_t)enrichment->attempt_count),
        LOG_I64("repairs", (int64_t)enrichment->repair_count),
        LOG_I64("costNano", enrichment->cost_nano),
        LOG_CSTR("degraded", enrichment->reason != NULL ? enrichment->reason : ""));
}

/* Once the caller has the answer. */
static void settle(struct ctx *cx, void *work)
{
    struct refiner_work *own = work;
    if (own->item.answer.len > 0) {
        log_refined(cx, &own->item);
    }
    if (own->item.enrichment != NULL) {
        enrich_settle(cx, desk_of(own->call), own->item.enrichment);
    }
    broadcast_flush(cx, place_of(own->call)->broadcast, desk_of(own->call)->pg);
}

static struct refiner_work *work_new(struct ctx *cx, struct endpoint_call *call)
{
    struct refiner_work *work = ARENA_NEW(cx->arena, struct refiner_work);
    work->call = call;
    call->work = work;
    return work;
}

static enum status refine_post(struct ctx *cx, const struct http_event *event,
                               const struct http_params *params, struct http_answer *answer,
                               void *app)
{
    (void)params;
    struct endpoint_call *call = app;
    struct refiner_work *work = work_new(cx, call);
    struct asker *asker = ARENA_NEW(cx->arena, struct asker); /* settled after the answer */
    struct item_wish wish = {
        .now_ms = call->now_ms,
        .started_us = call->started_us,
    };
    TRY(asker_read(cx, call, event, asker));
    TRY(off_read(cx, event, "cache", &wish.no_cache));
    TRY(off_read(cx, event, "enrich", &wish.no_models));
    TRY(id_read(cx, event, &wish.id));
    TRY(analysis_body(cx, event, &wish.analysis));
    deadline_limit(cx, event);
    call->after = settle;
    TRY(item_refine(cx, desk_of(call), asker, &wish, &work->item));
    answer->body = work->item.answer;
    return OK;
}

static enum status batch_post(struct ctx *cx, const struct http_event *event,
                              const struct http_params *params, struct http_answer *answer,
                              void *app)
{
    (void)params;
    struct endpoint_call *call = app;
    struct asker asker;
    const struct json *body = NULL;
    struct batch_wish wish = {
        .asker = &asker,
        .now_ms = call->now_ms,
    };
    TRY(asker_read(cx, call, event, &asker));
    TRY(off_read(cx, event, "cache", &wish.no_cache));
    TRY(off_read(cx, event, "enrich", &wish.no_models));
    TRY(endpoint_body(cx, event, &body));
    TRY(batch_read(cx, body, &wish.items));
    deadline_limit(cx, event);
    (void)work_new(cx, call);
    call->after = settle;
    return batch_refine(cx, place_of(call), &wish, &answer->body);
}

static enum status estimate_post(struct ctx *cx, const struct http_event *event,
                                 const struct http_params *params, struct http_answer *answer,
                                 void *app)
{
    (void)params;
    const struct endpoint_call *call = app;
    struct asker asker;
    const struct json *body = NULL, *items = NULL;
    int32_t today = date_of_ms(call->now_ms);
    TRY(asker_read(cx, call, event, &asker));
    TRY(endpoint_body(cx, event, &body));
    if (json_find(body, STR("items")) == NULL) {
        return estimate_one_write(cx, desk_of(call), body, today, &answer->body);
    }
    TRY(batch_read(cx, body, &items));
    return estimate_write(cx, desk_of(call), items, today, &answer->body);
}

/* ---- GET ------------------------------------------------------------------------------------- */

static enum status stored_get(struct ctx *cx, const struct http_event *event,
                              const struct http_params *params, struct http_answer *answer,
                              void *app)
{
    const struct endpoint_call *call = app;
    struct asker asker;
    struct stored_refinement stored;
    TRY(asker_read(cx, call, event, &asker));
    TRY(refinement_get(cx, desk_of(call)->pg, &asker.caller, http_param(params, STR("id")),
                       &stored));
    if (str_eq(stored.status, STR("failed"))) {
        return fail_public(cx, ERR_NOT_FOUND, "The refinement was given up; send it again");
    }
    answer->status = str_eq(stored.status, STR("complete")) ? 200 : 202;
    answer->body = stored.payload; /* while it is made, the one that stands without a model */
    return OK;
}

static enum status events_get_route(struct ctx *cx, const struct http_event *event,
                                    const struct http_params *params, struct http_answer *answer,
                                    void *app)
{
    (void)answer;
    struct endpoint_call *call = app;
    struct asker asker;
    TRY(asker_read(cx, call, event, &asker));
    return events_answer(cx, call, desk_of(call), &asker.caller, event,
                         http_param(params, STR("id")));
}

static enum status health_get(struct ctx *cx, const struct http_event *event,
                              const struct http_params *params, struct http_answer *answer,
                              void *app)
{
    (void)event;
    (void)params;
    const struct endpoint_call *call = app;
    health_answer(cx, call->services, "refiner", call->now_ms, answer);
    return OK;
}

static enum status health_head(struct ctx *cx, const struct http_event *event,
                               const struct http_params *params, struct http_answer *answer,
                               void *app)
{
    TRY(health_get(cx, event, params, answer, app));
    answer->body = (struct str){0};
    return OK;
}

static const char description_head[] =
    "{\"name\":\"DreamCut refiner\",\"version\":\"1.0.0\",\"features\":[\"refined by rules, worded "
    "by models, judged by a JSON Schema\",\"repair of models' answers, on record\",\"cache by "
    "content\",\"batches\",\"estimates\",\"events\"],\"input\":{\"bare\":\"the analyzer's JSON; "
    "user_request.original_prompt is required\",\"wrapped\":\"{analyzerJson, options: {useFallback,"
    " maxRetries, timeoutMs}, metadata: {sessionId, source}}\"},"
    "\"promptVersion\":\"" MODEL_PROMPT_VERSION "\",\"models\":[";

static enum status describe(struct ctx *cx, const struct http_event *event,
                            const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)event;
    (void)params;
    const struct endpoint_call *call = app;
    struct buf buf = buf_in(cx->arena, MAX_DESCRIPTION_BYTES);
    struct llm_route route = {0};
    if (llm_route_find(cx, llm_models_of(desk_of(call)->llm), STR(ENRICH_ALIAS),
                       date_of_ms(call->now_ms), &route) != OK) {
        err_clear(cx); /* no models: an empty list */
    }
    buf_add(&buf, STR(description_head));
    for (size_t i = 0; i < route.target_count; i++) {
        struct str name = llm_target_name(cx->arena, &route.targets[i]);
        buf_addf(&buf, "%s\"" STR_FMT "\"", i > 0 ? "," : "", STR_ARG(name));
    }
    buf_add(&buf, STR("]}"));
    answer->body = buf_str(&buf);
    return OK;
}

/* ---- routes ---------------------------------------------------------------------------------- */

#define ROUTES(base)                                                                               \
    {STR_INIT("POST"), STR_INIT(base), refine_post}, {STR_INIT("GET"), STR_INIT(base), describe},  \
        {STR_INIT("HEAD"), STR_INIT(base), health_head},                                           \
        {STR_INIT("POST"), STR_INIT(base "/batch"), batch_post},                                   \
        {STR_INIT("POST"), STR_INIT(base "/estimate"), estimate_post},                             \
        {STR_INIT("GET"), STR_INIT(base "/health"), health_get},                                   \
        {STR_INIT("GET"), STR_INIT(base "/{id}"), stored_get},                                     \
    {                                                                                              \
        STR_INIT("GET"), STR_INIT(base "/{id}/events"), events_get_route                           \
    }

static const struct http_route routes[] = {
    ROUTES("/refiner"),
    ROUTES("/api/dreamcut/refiner"),
    {STR_INIT("GET"), STR_INIT("/test-refiner"), refiner_page},
};

const struct endpoint refiner = {
    .name = "refiner",
    .routes = routes,
    .route_count = ARRAY_LEN(routes),
    .max_body_bytes = REFINER_MAX_BODY_BYTES,
    .open = refiner_place_open,
    .close = refiner_place_close,
    .write_error = refiner_error,
};
