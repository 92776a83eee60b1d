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

enum status endpoint_caller(struct ctx *cx, const struct services *services,
                            const struct http_event *event, int64_t now_ms, struct caller *caller)
{
    struct str authorization = http_event_header(event, STR("authorization"));
    return auth_caller(cx, &services->auth, authorization, now_ms, caller);
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

/* The path as the template wrote it: without the stage that format 2.0 puts in front. */
static struct str path_of(const struct http_event *event)
{
    struct str path = event->path;
    if (str_is_empty(event->stage) || str_eq(event->stage, STR("$default"))) {
        return path;
    }
    struct str rest = path;
    if (str_skip_prefix(&rest, STR("/")) && str_skip_prefix(&rest, event->stage) &&
        (str_is_empty(rest) || rest.ptr[0] == '/')) {
        return str_is_empty(rest) ? STR("/") : rest;
    }
    return path;
}

static bool is_health(const struct endpoint *endpoint, struct str path)
{
    if (str_eq(path, STR("/health"))) {
        return true;
    }
    return str_skip_prefix(&path, STR("/")) &&
           str_skip_prefix(&path, str_from_cstr(endpoint->name)) && str_eq(path, STR("/health"));
}

/* RFC 9110 section 15.5.6: a 405 carries the methods that there are. */
static enum status wrong_method(struct ctx *cx, const struct http_event *event, struct str allow,
                                struct http_answer *answer)
{
    struct http_header *header = ARENA_NEW(cx->arena, struct http_header);
    *header = (struct http_header){.name = STR("allow"), .value = allow};
    answer->headers = header;
    answer->header_count = 1;
    return fail_public(cx, ERR_METHOD, STR_FMT " is not allowed here; use " STR_FMT,
                       STR_ARG(str_slice(event->method, 0, 16)), STR_ARG(allow));
}

static enum status dispatch(struct ctx *cx, const struct endpoint *endpoint,
                            struct services *services, const struct http_event *event,
                            int64_t now_ms, struct http_answer *answer)
{
    struct str path = path_of(event);
    size_t max_body = endpoint->max_body_bytes == 0 ? DEFAULT_BODY_BYTES : endpoint->max_body_bytes;
    if (event->body.len > max_body) {
        return fail_public(cx, ERR_TOO_LARGE, "the body has %zu bytes; the limit is %zu",
                           event->body.len, max_body);
    }
    if (is_health(endpoint, path)) {
        if (!str_eq(event->method, STR("GET"))) {
            return wrong_method(cx, event, STR("GET"), answer);
        }
        health_answer(cx, services, endpoint->name, now_ms, answer);
        return OK;
    }
    struct str allow = {0};
    for (size_t i = 0; i < endpoint->route_count; i++) {
        const struct endpoint_route *route = &endpoint->routes[i];
        if (!str_eq(path, route->path)) {
            continue;
        }
        if (str_eq(event->method, route->method)) {
            return route->handle(cx, services, event, now_ms, answer);
        }
        allow = allow.len == 0 ? route->method
                               : arena_format(cx->arena, STR_FMT ", " STR_FMT, STR_ARG(allow),
                                              STR_ARG(route->method));
    }
    return allow.len > 0 ? wrong_method(cx, event, allow, answer)
                         : fail_public(cx, ERR_NOT_FOUND, "no such path");
}

static void log_request(const struct ctx *cx, const struct http_event *event, enum status status,
                        int http_status, int64_t took_us)
{
    enum log_level level = http_status >= 500 ? LOG_ERROR : LOG_INFO;
    if (status == OK) {
        LOG(cx, level, "request", LOG_STR("method", event->method),
            LOG_STR("route", event->route_key), LOG_I64("status", http_status),
            LOG_F64("durationMs", (double)took_us / 1000.0));
    } else {
        LOG(cx, level, "request", LOG_STR("method", event->method),
            LOG_STR("route", event->route_key), LOG_I64("status", http_status),
            LOG_F64("durationMs", (double)took_us / 1000.0), LOG_CSTR("cause", status_name(status)),
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

void endpoint_answer(struct ctx *cx, const struct endpoint *endpoint, struct services *services,
                     const struct http_event *event, int64_t now_ms, struct http_answer *answer)
{
    int64_t started_us = clock_mono_us();
    *answer = (struct http_answer){.content_type = STR("application/json")};
    enum status status = dispatch(cx, endpoint, services, event, now_ms, answer);
    if (status != OK) {
        answer->status = status_http(status);
        answer->body = endpoint_error_body(cx, status);
        error_headers(status, answer);
    }
    int http_status = answer->status == 0 ? 200 : answer->status;
    log_request(cx, event, status, http_status, clock_mono_us() - started_us);
    err_clear(cx); /* told to the caller, and to the log */
}

struct process {
    const struct endpoint *endpoint;
    struct services services;
};

static enum status process_init(struct ctx *cx, void *app)
{
    struct process *process = app;
    log_init();
    return services_open(cx, &process->services);
}

static enum status process_event(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                                 void *app)
{
    struct process *process = app;
    int64_t now_ms = clock_now_ms();
    if (cx->deadline_ms > 0) {
        cx->deadline_ms -= ANSWER_RESERVE_MS;
    }
    struct http_answer answer = {0};
    if (!http_event_is(inv->event)) {
        health_answer(cx, &process->services, process->endpoint->name, now_ms, &answer);
        return reply_json(cx, reply, answer.body);
    }
    struct http_event event;
    TRY(http_event_read(cx, inv->event, &event));
    trace_adopt(cx, http_event_header(&event, STR("traceparent")),
                http_event_header(&event, STR("tracestate")));
    endpoint_answer(cx, process->endpoint, &process->services, &event, now_ms, &answer);
    return reply_http(cx, reply, &answer);
}

int endpoint_run(const struct endpoint *endpoint)
{
    struct process process = {.endpoint = endpoint};
    int code = lambda_run(&(struct lambda_options){
        .handler = process_event,
        .app = &process,
        .init = process_init,
    });
    services_close(&process.services);
    return code;
}
