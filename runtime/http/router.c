#include "runtime/http/router.h"

#include "runtime/lambda.h"
#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

#define ANY     STR("ANY")
#define GET     STR("GET")
#define HEAD    STR("HEAD")
#define OPTIONS STR("OPTIONS")

/* ---- which route ----------------------------------------------------------------------------- */

/* How well a route's method fits a request's, best first. */
enum method_fit { METHOD_SAME, METHOD_HEAD_BY_GET, METHOD_ANY, METHOD_OTHER };

static enum method_fit method_fit(struct str wanted, struct str got)
{
    if (str_eq(wanted, got)) {
        return METHOD_SAME;
    }
    if (str_eq(wanted, GET) && str_eq(got, HEAD)) {
        return METHOD_HEAD_BY_GET;
    }
    return str_eq(wanted, ANY) ? METHOD_ANY : METHOD_OTHER;
}

/* What the table says about a request. */
struct choice {
    const struct http_route *route; /* NULL: none of this method */
    enum method_fit fit;
    struct http_params params;
    struct buf allow; /* the methods of all routes of this path; empty: no such path */
};

static bool allow_has(const struct choice *choice, struct str method)
{
    struct str rest = buf_str(&choice->allow);
    struct str part = {0};
    while (str_split_next(&rest, ',', &part)) {
        if (str_eq(str_trim(part), method)) {
            return true;
        }
    }
    return false;
}

static void allow_add(struct choice *choice, struct str method)
{
    if (allow_has(choice, method)) {
        return;
    }
    buf_add(&choice->allow, choice->allow.len > 0 ? STR(", ") : STR(""));
    buf_add(&choice->allow, method);
}

static bool is_better(const struct choice *choice, const struct http_route *route,
                      enum method_fit fit)
{
    if (choice->route == NULL) {
        return true;
    }
    int order = router_pattern_cmp(route->pattern, choice->route->pattern);
    return order < 0 || (order == 0 && fit < choice->fit);
}

static void choose(struct ctx *cx, const struct http_router *router, const struct http_event *event,
                   struct choice *choice)
{
    struct str path = router_path(router, event);
    *choice = (struct choice){.allow = buf_in(cx->arena, KIB(4))};
    for (size_t i = 0; i < router->route_count; i++) {
        const struct http_route *route = &router->routes[i];
        struct http_params params = {0};
        if (!router_pattern_match(cx->arena, route->pattern, path, event->format == HTTP_V1,
                                  &params)) {
            continue;
        }
        allow_add(choice, route->method);
        enum method_fit fit = method_fit(route->method, event->method);
        if (fit != METHOD_OTHER && is_better(choice, route, fit)) {
            choice->route = route;
            choice->fit = fit;
            choice->params = params;
        }
    }
}

/* What works although no route says so. */
static struct str allow_of(struct choice *choice)
{
    if (allow_has(choice, ANY)) {
        return STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    if (allow_has(choice, GET)) {
        allow_add(choice, HEAD);
    }
    allow_add(choice, OPTIONS);
    return buf_str(&choice->allow);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void log_failure(const struct ctx *cx, const struct http_event *event, enum status status)
{
    enum log_level level = status_http(status) >= 500 ? LOG_ERROR : LOG_INFO;
    LOG(cx, level, "request_failed", LOG_STR("method", event->method),
        LOG_STR("route", event->route_key), LOG_I64("status", status_http(status)),
        LOG_CSTR("cause", status_name(status)), LOG_CSTR("error", cx->err.text));
}

static void write_error(struct ctx *cx, enum status status, struct http_answer *answer)
{
    const char *words = cx->err.words[0] != '\0' ? cx->err.words : status_words(status);
    struct buf body = buf_in(cx->arena, KIB(4));
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_cstr(&w, "message", words);
    json_object_end(&w);
    answer->status = status_http(status);
    answer->content_type = STR("application/json");
    answer->body = buf_str(&body);
}

/* The handler's headers stay; what else it wrote is not the answer. */
static void answer_failure(struct ctx *cx, const struct http_router *router,
                           const struct http_event *event, enum status status,
                           struct http_answer *answer, void *app)
{
    *answer =
        (struct http_answer){.headers = answer->headers, .header_count = answer->header_count};
    if (router->on_error != NULL) {
        router->on_error(cx, event, status, answer, app);
    } else {
        log_failure(cx, event, status);
        write_error(cx, status, answer);
    }
    err_clear(cx); /* told to the caller, and to the log */
}

static bool is_too_large(const struct http_router *router, const struct http_event *event)
{
    return router->max_body_bytes > 0 && event->body.len > router->max_body_bytes;
}

static void answer_too_large(struct ctx *cx, const struct http_router *router,
                             const struct http_event *event, struct http_answer *answer, void *app)
{
    enum status status = fail_public(cx, ERR_TOO_LARGE, "the body has %zu bytes; the limit is %zu",
                                     event->body.len, router->max_body_bytes);
    answer_failure(cx, router, event, status, answer, app);
}

static void answer_no_route(struct ctx *cx, const struct http_router *router,
                            const struct http_event *event, struct choice *choice,
                            struct http_answer *answer, void *app)
{
    if (choice->allow.len == 0) {
        enum status status = fail_code(cx, ERR_NOT_FOUND, "NOT_FOUND", "no such path");
        answer_failure(cx, router, event, status, answer, app);
        return;
    }
    struct str allow = allow_of(choice);
    if (str_eq(event->method, OPTIONS)) {
        answer->status = 204;
    } else {
        enum status status =
            fail_public(cx, ERR_METHOD, STR_FMT " is not allowed here; use " STR_FMT,
                        STR_ARG(str_slice(event->method, 0, 16)), STR_ARG(allow));
        answer_failure(cx, router, event, status, answer, app);
    }
    router_add_header(cx->arena, answer, STR("allow"), allow);
}

static void answer_by_route(struct ctx *cx, const struct http_router *router,
                            const struct http_event *event, const struct choice *choice,
                            struct http_answer *answer, void *app)
{
    enum status status = choice->route->handler(cx, event, &choice->params, answer, app);
    if (status != OK) {
        struct http_event seen = *event;
        if (router->on_error == NULL) { /* the log's route: the gateway's may be $default */
            seen.route_key = choice->route->pattern;
        }
        answer_failure(cx, router, &seen, status, answer, app);
    }
}

/* RFC 9110 section 9.3.2: as GET, but for the body; the type stays what it would have been. */
static void drop_body(struct http_answer *answer)
{
    bool has_type = answer->content_type.len > 0;
    for (size_t i = 0; i < answer->header_count; i++) {
        has_type |= str_eq_nocase(answer->headers[i].name, STR("content-type"));
    }
    if (!has_type && answer->body.len > 0) {
        answer->content_type = STR("application/json");
    }
    answer->body = (struct str){0};
    answer->body_is_binary = false;
}

void http_router_answer(struct ctx *cx, const struct http_router *router,
                        const struct http_event *event, struct http_answer *answer, void *app)
{
    const struct http_cors *cors = router->cors;
    struct choice choice;
    err_clear(cx);
    *answer = (struct http_answer){0};
    choose(cx, router, event, &choice);
    bool is_own = choice.route != NULL && choice.fit == METHOD_SAME;
    if (cors != NULL && choice.allow.len > 0 && !is_own && router_is_preflight(event)) {
        router_preflight(cx->arena, cors, event, allow_of(&choice), answer);
        return;
    }
    if (is_too_large(router, event)) {
        answer_too_large(cx, router, event, answer, app);
    } else if (choice.route != NULL) {
        answer_by_route(cx, router, event, &choice, answer, app);
    } else {
        answer_no_route(cx, router, event, &choice, answer, app);
    }
    if (str_eq(event->method, HEAD)) {
        drop_body(answer);
    }
    if (cors != NULL) {
        router_cors_add(cx->arena, cors, event, answer);
    }
}

enum status http_router_serve(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                              const struct http_router *router, void *app)
{
    struct http_event event;
    struct http_answer answer;
    TRY(http_event_read(cx, inv->event, &event));
    http_router_answer(cx, router, &event, &answer, app);
    return reply_http(cx, reply, &answer);
}
