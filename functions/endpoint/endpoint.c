#include "functions/endpoint/endpoint.h"

#include "functions/endpoint/error_body.h"
#include "functions/endpoint/health.h"
#include "shared/base/clock.h"
#include "shared/base/trace.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

enum {
    DEFAULT_BODY_BYTES = 256 * 1024,
    /* What a failure needs after the deadline that handlers see: to be written and posted. */
    ANSWER_RESERVE_MS = 300,
};

enum status endpoint_caller(struct ctx *cx, const struct endpoint_call *call,
                            const struct http_event *event, struct caller *caller)
{
    struct str authorization = http_event_header(event, STR("authorization"));
    return auth_caller(cx, &call->services->auth, authorization, call->now_ms, caller);
}

enum status endpoint_body(struct ctx *cx, const struct http_event *event, const struct json **root)
{
    *root = NULL;
    if (str_is_empty(str_trim(event->body))) {
        return OK;
    }
    TRY(json_read(cx, event->body, &(struct json_options){.max_depth = 32}, root));
    if ((*root)->type != JSON_OBJECT) {
        return fail_public(cx, ERR_INVALID, "the body must be a JSON object, not %s",
                           json_type_words((*root)->type));
    }
    return OK;
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum status health(struct ctx *cx, const struct http_event *event,
                          const struct http_params *params, struct http_answer *answer, void *app)
{
    const struct endpoint_call *call = app;
    (void)event, (void)params;
    health_answer(cx, call->services, call->endpoint->name, call->now_ms, answer);
    return OK;
}

static void log_request(const struct ctx *cx, const struct http_event *event, enum status status,
                        int http_status, const struct endpoint_call *call)
{
    double took_ms = (double)(clock_mono_us() - call->started_us) / 1000.0;
    enum log_level level = http_status >= 500 ? LOG_ERROR : LOG_INFO;
    if (status == OK) {
        LOG(cx, level, "request", LOG_STR("method", event->method),
            LOG_STR("route", event->route_key), LOG_I64("status", http_status),
            LOG_F64("durationMs", took_ms));
    } else {
        LOG(cx, level, "request", LOG_STR("method", event->method),
            LOG_STR("route", event->route_key), LOG_I64("status", http_status),
            LOG_F64("durationMs", took_ms), LOG_CSTR("cause", status_name(status)),
            LOG_CSTR("error", cx->err.text));
    }
}

/* The headers an error adds; the ones already there (allow) stay. */
static void error_headers(enum status status, struct http_answer *answer)
{
    static const struct http_header challenge = {.name = STR_INIT("www-authenticate"),
                                                 .value = STR_INIT("Bearer")};
    static const struct http_header retry = {.name = STR_INIT("retry-after"),
                                             .value = STR_INIT("1")};
    if (status == ERR_UNAUTHENTICATED || status == ERR_UNAVAILABLE) {
        answer->headers = status == ERR_UNAUTHENTICATED ? &challenge : &retry;
        answer->header_count = 1;
    }
}

static void write_error(struct ctx *cx, const struct http_event *event, enum status status,
                        struct http_answer *answer, void *app)
{
    struct endpoint_call *call = app;
    answer->status = status_http(status);
    if (!call->has_replied && call->endpoint->write_error != NULL) {
        call->endpoint->write_error(cx, event, status, call, answer);
    } else if (!call->has_replied) {
        answer->content_type = STR("application/json");
        answer->body = endpoint_error_body(cx, status);
        error_headers(status, answer);
    }
    call->has_failed = true;
    log_request(cx, event, status, answer->status, call);
}

/* The endpoint's routes, and its health under both names. */
static struct http_router router_of(struct arena *arena, const struct endpoint *endpoint)
{
    size_t count = endpoint->route_count;
    struct http_route *routes = ARENA_ARRAY(arena, struct http_route, count + 2);
    for (size_t i = 0; i < count; i++) {
        routes[i] = endpoint->routes[i];
    }
    struct str own = arena_format(arena, "/%s/health", endpoint->name);
    routes[count++] = (struct http_route){STR("GET"), own, health};
    routes[count++] = (struct http_route){STR("GET"), STR("/health"), health};
    size_t max_body = endpoint->max_body_bytes;
    return (struct http_router){
        .routes = routes,
        .route_count = count,
        .max_body_bytes = max_body == 0 ? DEFAULT_BODY_BYTES : max_body,
        .on_error = write_error,
    };
}

void endpoint_serve(struct ctx *cx, struct endpoint_call *call, const struct http_event *event,
                    struct http_answer *answer)
{
    call->started_us = clock_mono_us();
    struct http_router router = router_of(cx->arena, call->endpoint);
    http_router_answer(cx, &router, event, answer, call);
    if (!call->has_failed) {
        log_request(cx, event, OK, answer->status == 0 ? 200 : answer->status, call);
    }
}

void endpoint_answer(struct ctx *cx, const struct endpoint *endpoint, struct services *services,
                     const struct http_event *event, int64_t now_ms, struct http_answer *answer)
{
    struct endpoint_call call = {.endpoint = endpoint, .services = services, .now_ms = now_ms};
    endpoint_serve(cx, &call, event, answer);
}

/* The answer's failure is the event's; what comes after it has its own words and log. */
enum status endpoint_reply(struct ctx *cx, const struct endpoint_call *call,
                           const struct http_answer *answer)
{
    enum status status = call->has_replied ? OK : reply_http(cx, call->reply, answer);
    if (call->after == NULL) {
        return status;
    }
    status = status == OK ? reply_end(cx, call->reply) : status;
    struct err err = cx->err;
    err_clear(cx);
    call->after(cx, call->work);
    cx->err = err;
    return status;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* What one slot has for itself, so that several may run at once and share nothing. */
struct place {
    struct arena arena; /* holds this struct */
    struct services services;
    void *own; /* the endpoint's */
};

static enum status place_fill(struct ctx *cx, const struct endpoint *endpoint, struct place *place)
{
    TRY(services_open(cx, &place->services));
    enum status status =
        endpoint->open == NULL ? OK : endpoint->open(cx, &place->services, &place->own);
    if (status != OK) {
        services_close(&place->services);
    }
    return status;
}

static enum status place_open(struct ctx *cx, unsigned slot, void *app, void **state)
{
    (void)slot;
    const struct endpoint *endpoint = *(const struct endpoint **)app;
    struct arena arena;
    arena_init(&arena, sizeof(struct place));
    struct place *place = ARENA_NEW(&arena, struct place);
    enum status status = place_fill(cx, endpoint, place);
    if (status != OK) {
        arena_deinit(&arena);
        return status;
    }
    place->arena = arena;
    *state = place;
    return OK;
}

static void place_close(void *state, void *app)
{
    const struct endpoint *endpoint = *(const struct endpoint **)app;
    struct place *place = state;
    if (endpoint->close != NULL) {
        endpoint->close(place->own);
    }
    services_close(&place->services);
    struct arena arena = place->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

static enum status event_handle(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                                void *app)
{
    const struct endpoint *endpoint = *(const struct endpoint **)app;
    struct place *place = inv->state;
    struct endpoint_call call = {
        .endpoint = endpoint,
        .services = &place->services,
        .own = place->own,
        .reply = reply,
        .now_ms = clock_now_ms(),
    };
    if (cx->deadline_ms > 0) {
        cx->deadline_ms -= ANSWER_RESERVE_MS;
    }
    struct http_answer answer = {0};
    if (!http_event_is(inv->event)) {
        health_answer(cx, &place->services, endpoint->name, call.now_ms, &answer);
        return reply_json(cx, reply, answer.body);
    }
    struct http_event event;
    TRY(http_event_read(cx, inv->event, &event));
    trace_adopt(cx, http_event_header(&event, STR("traceparent")),
                http_event_header(&event, STR("tracestate")));
    endpoint_serve(cx, &call, &event, &answer);
    return endpoint_reply(cx, &call, &answer);
}

int endpoint_run(const struct endpoint *endpoint)
{
    return lambda_run(&(struct lambda_options){
        .handler = event_handle,
        .app = &endpoint,
        .slot_open = place_open,
        .slot_close = place_close,
        .concurrent = true,
    });
}
