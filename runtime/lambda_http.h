/*
 * HTTP events in, HTTP answers out, whichever service stands in front: an HTTP API or a function
 * URL (payload format 2.0), a REST API (1.0), an Application Load Balancer. Included by lambda.h.
 *
 *   static enum status greet(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                            void *app)
 *   {
 *       struct http_event event;
 *       TRY(http_event_read(cx, inv->event, &event));
 *       struct str name = http_event_query_param(&event, STR("name"));
 *       return reply_http(cx, reply, &(struct http_answer){
 *           .content_type = STR("text/plain; charset=utf-8"),
 *           .body = arena_format(cx->arena, "hello, " STR_FMT "\n", STR_ARG(name)),
 *       });
 *   }
 *
 * Sources: API Gateway Developer Guide, "http-api-develop-integrations-lambda",
 * "set-up-lambda-proxy-integrations"; Elastic Load Balancing, "lambda-functions"; AWS Lambda
 * Developer Guide, "urls-invocation".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct invocation; /* lambda.h */
struct reply;

/* ---- the event ------------------------------------------------------------------------------- */

enum http_format {
    HTTP_NONE, /* no HTTP event */
    HTTP_V2,   /* HTTP API, payload format 2.0; function URL */
    HTTP_V1,   /* REST API; HTTP API, payload format 1.0 */
    HTTP_ALB,  /* Application Load Balancer, multi-value headers on or off */
};

/* A name and its value: a header, a path or a query parameter. */
struct http_header {
    struct str name, value;
};

/* One request, from any of them. A member that was not sent is empty, or 0. */
struct http_event {
    enum http_format format;
    bool is_multi_value; /* ALB: multi-value headers are on in its target group */
    struct str method;   /* GET */
    /*
     * V2, ALB: as sent, still percent-encoded; in V2 it begins with the stage unless $default.
     * V1: decoded by the gateway, without the stage. A custom domain's mapping is part of it.
     */
    struct str path;
    /*
     * V2, ALB: as sent, without the question mark. V1, whose gateway takes it apart: put together
     * again, percent-encoded; a name's values are in order, names are in the event's.
     */
    struct str query;
    struct str body;       /* decoded, if it came in base64 */
    struct str route_key;  /* GET /plans/{id}, or $default; ALB: empty */
    struct str stage;      /* $default; ALB: empty */
    struct str request_id; /* the gateway's, not Lambda's; ALB: the X-Amzn-Trace-Id header */
    struct str source_ip;  /* ALB: the last address of X-Forwarded-For, which it adds itself */
    struct str user_agent, domain; /* ALB: from the headers */
    struct str account_id, api_id;
    struct str authorizer; /* JSON as written: what the gateway's authorizer said */
    int64_t time_ms;       /* Unix epoch: when the gateway took the request; ALB: 0 */
    /* One entry a name; repeated ones joined by ", ", Cookie by "; ". V2, ALB: lower case. */
    const struct http_header *headers;
    size_t header_count;
    /* One entry a value, as far as the event tells them apart: V2 has joined them. */
    const struct http_header *header_values;
    size_t header_value_count;
    const struct str *cookies; /* name=value, one each */
    size_t cookie_count;
    const struct http_header *path_params; /* of the route: {id} */
    size_t path_param_count;
    const struct http_header *query_params; /* decoded; one entry a name, joined by commas */
    size_t query_param_count;
    const struct http_header *stage_variables;
    size_t stage_variable_count;
};

/*
 * Which kind of HTTP event it is, if it is one; a schedule, a batch, a WebSocket or an authorizer's
 * event is HTTP_NONE. Looks only at the outermost members, and stops as soon as they tell, so that
 * it costs little; whether the rest is sound is `http_event_read`'s to say.
 */
enum http_format http_event_format(struct str event);
static inline bool http_event_is(struct str event)
{
    return http_event_format(event) != HTTP_NONE;
}

/*
 * Reads an event of any format. `out` points into `event` and `cx->arena`.
 *
 * ERR_INVALID  not JSON, not an HTTP event, or a member has the wrong type; the words name it
 */
enum status http_event_read(struct ctx *cx, struct str event, struct http_event *out) MUST_CHECK;

/*
 * The value, by name: headers in any case, the others exactly. Absent: `ptr` is NULL, `len` 0.
 * Several values of a header or a query parameter come joined, as in the lists above; of a cookie
 * the first.
 */
struct str http_event_header(const struct http_event *event, struct str name);
struct str http_event_cookie(const struct http_event *event, struct str name);
struct str http_event_path_param(const struct http_event *event, struct str name);
struct str http_event_query_param(const struct http_event *event, struct str name);
struct str http_event_stage_variable(const struct http_event *event, struct str name);

/*
 * The next value of a header, in order; false at its end.
 *
 *   size_t at = 0;
 *   while (http_event_header_next(&event, STR("via"), &at, &value)) { ... }
 */
bool http_event_header_next(const struct http_event *event, struct str name, size_t *at,
                            struct str *value);

/*
 * Takes the next parameter off a query string, decoded; false at its end. What is no sound escape,
 * or decodes to what is no UTF-8, stays as it is.
 *
 *   struct str rest = event.query, name, value;
 *   while (http_query_next(cx->arena, &rest, &name, &value)) { ... }
 */
bool http_query_next(struct arena *arena, struct str *rest, struct str *name, struct str *value);
/* The same, for the values of one name. */
bool http_query_find_next(struct arena *arena, struct str *rest, struct str name,
                          struct str *value);

/*
 * Percent-decoding (RFC 3986 section 2.1) into any bytes; false at a '%' without two hexadecimal
 * digits. `http_form_decode` also turns '+' into a blank, as query strings have it. Encoding leaves
 * letters, digits and -._~ alone.
 */
bool http_url_decode(struct arena *arena, struct str text, struct str *out) MUST_CHECK;
bool http_form_decode(struct arena *arena, struct str text, struct str *out) MUST_CHECK;
struct str http_url_encode(struct arena *arena, struct str bytes);

/* ---- the answer ------------------------------------------------------------------------------ */

struct http_answer {
    int status; /* 0: 200 */
    const struct http_header *headers;
    size_t header_count;
    const struct str *cookies; /* Set-Cookie values, one each */
    size_t cookie_count;
    struct str content_type; /* wins over `headers`; empty in both, with a body: application/json */
    struct str body;
    bool body_is_binary; /* sent in base64; so is a body that is not UTF-8, flagged or not */
};

/* What an ALB takes as an answer's JSON: 1 MB. */
enum { HTTP_ALB_MAX_BYTES = 1024 * 1024 };

/*
 * Replies in the format that the event came in; to an event that is none, in format 2.0. A header
 * given twice goes out as two values where the format has them (V1, ALB with multi-value headers),
 * else joined by a comma (RFC 9110 section 5.3). Set-Cookie headers are cookies like the others.
 *
 * Where answers travel as streams (lambda_options.stream_http, or CLAMBDA_STREAM_HTTP=1), V1 and V2
 * get one: a prelude with status and headers, eight zero bytes, then the body as it is, up to
 * LAMBDA_STREAM_MAX_BYTES. It must be set for a function URL in the mode RESPONSE_STREAM, which
 * would show its caller the envelope, and for a REST API in the mode STREAM; and only for these,
 * since nobody else reads a prelude. Where a function URL and an HTTP API call the same function,
 * CLAMBDA_STREAM_HTTP=url tells them apart, by the URL's domain. Content-Length is left out of it.
 *
 * ERR_INVALID    a status outside 100 to 599, a header name that is no token, a value with control
 *                characters, or two cookies for an ALB without multi-value headers, which has room
 *                for one
 * ERR_TOO_LARGE  the envelope, base64 and escapes included, passes LAMBDA_REPLY_MAX_BYTES, or
 *                HTTP_ALB_MAX_BYTES; or a stream's limit
 * ERR_CONFLICT   a reply has gone out already
 */
enum status reply_http(struct ctx *cx, struct reply *reply,
                       const struct http_answer *answer) MUST_CHECK;

/*
 * Replies with an HTTP answer whose body is written afterwards, by `reply_write`; `head->body` is
 * not looked at. Where answers travel as streams (see `reply_http`) each write goes out at once,
 * the head with the first one; elsewhere they are collected, up to the limits of `reply_http`, and
 * sent as one answer: a handler need not know where it stands. What `head` points to lives in
 * `cx->arena` or for the process.
 *
 *   TRY(reply_http_stream(cx, reply, &(struct http_answer){
 *       .content_type = STR("text/event-stream")}));
 *   TRY(reply_write(cx, reply, STR("data: 1\n\n")));
 *
 * A handler that fails after the first byte was sent leaves its caller with a 200 that ends early;
 * one whose writes were collected, with an error.
 *
 * ERR_INVALID, ERR_CONFLICT  as `reply_http`
 */
enum status reply_http_stream(struct ctx *cx, struct reply *reply,
                              const struct http_answer *head) MUST_CHECK;

/*
 * An answer that sends the caller elsewhere: `status` 301, 302, 303, 307 or 308; `location` is
 * checked as every header's value when it is sent.
 */
struct http_answer http_redirect(struct arena *arena, int status, struct str location);

enum http_same_site {
    HTTP_SAME_SITE_UNSET, /* the browser's default, which is Lax in most */
    HTTP_SAME_SITE_LAX,
    HTTP_SAME_SITE_STRICT,
    HTTP_SAME_SITE_NONE, /* wants `is_secure` */
};

struct http_cookie {
    struct str name, value;
    struct str path, domain; /* empty: not sent; the browser takes the request's */
    int64_t max_age_s;       /* 0: until the browser closes; below 0: remove the cookie now */
    bool is_http_only, is_secure;
    enum http_same_site same_site;
};

/*
 * The value of a Set-Cookie header (RFC 6265 section 4.1), for `http_answer.cookies`.
 *
 *   struct str cookie = {0};
 *   TRY(http_cookie_format(cx, &(struct http_cookie){.name = STR("__Host-session"), .value = id,
 *       .path = STR("/"), .max_age_s = 3600, .is_http_only = true, .is_secure = true,
 *       .same_site = HTTP_SAME_SITE_LAX}, &cookie));
 *
 * ERR_INVALID  a name that is no token; a value beyond the cookie characters (blanks, quotes,
 *              commas, semicolons, backslashes: percent-encode them, http_url_encode); a path or
 *              domain with a semicolon or a control character; SameSite=None without Secure; a name
 *              that begins with __Secure- or __Host- without what these promise
 */
enum status http_cookie_format(struct ctx *cx, const struct http_cookie *cookie,
                               struct str *out) MUST_CHECK;

/* ---- the router ------------------------------------------------------------------------------ */

/*
 * Method and path to a handler.
 *
 *   static enum status plan_get(struct ctx *cx, const struct http_event *event,
 *                               const struct http_params *params, struct http_answer *answer,
 *                               void *app)
 *   {
 *       struct str id = http_param(params, STR("id"));
 *       return plan_find(cx, app, id, &answer->body);    ERR_NOT_FOUND becomes a 404
 *   }
 *
 *   static const struct http_route routes[] = {
 *       {STR_INIT("GET"), STR_INIT("/plans/{id}"), plan_get},
 *       {STR_INIT("GET"), STR_INIT("/files/{path+}"), file_get},
 *   };
 *   static const struct http_router router = {.routes = routes, .route_count = 2};
 *
 *   static enum status serve(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                            void *app)
 *   {
 *       return http_router_serve(cx, inv, reply, &router, app);
 *   }
 *
 * A pattern's segment is text, {name} for any one segment that is not empty, or, as the last one,
 * {name+} for all the rest. Text beats {name} beats {name+}, from the left, among the routes of the
 * method; of two alike the first. A closing slash counts. Segments of the path are percent-decoded
 * before they are compared or given; one that is no sound escape, or no UTF-8 then, matches
 * nothing. So {name+} may hold "..", and slashes that came escaped.
 *
 * The method is compared as it is; ANY takes every one. Without a route of their own, HEAD is
 * answered by GET's handler, less the body, and OPTIONS with 204 and Allow. An unknown path is 404,
 * another method 405 with Allow (RFC 9110 section 15.5.6). No Content-Length is set for HEAD: the
 * gateways set their own.
 */
struct http_params {
    const struct http_header *items;
    size_t count;
};

/* Decoded. Absent: `ptr` is NULL; a handler's own route has all it names. */
struct str http_param(const struct http_params *params, struct str name);

/*
 * Answers one request: fills `answer`, which is zero. Not OK: the router answers, with the headers
 * that the handler has put there.
 */
typedef enum status http_handler_fn(struct ctx *cx, const struct http_event *event,
                                    const struct http_params *params, struct http_answer *answer,
                                    void *app);

/*
 * Writes the answer to a failure, whose words are in `cx->err`, and logs it if it likes. Without
 * one: status_http(status), {"message":"..."} with the words that are public, and a log line.
 */
typedef void http_on_error_fn(struct ctx *cx, const struct http_event *event, enum status status,
                              struct http_answer *answer, void *app);

struct http_route {
    struct str method, pattern;
    http_handler_fn *handler;
};

/*
 * Cross-origin requests (Fetch Standard, "HTTP-Access-Control"). A preflight of a path that is
 * known is answered with 204; every answer carries what its origin needs to read it. An origin that
 * is not listed gets no such header, and its browser refuses. Do not let the gateway do it as well.
 */
struct http_cors {
    const struct str *origins; /* exact: "https://app.example"; or one "*", any, no credentials */
    size_t origin_count;
    struct str methods; /* "GET, POST"; empty: those that the path has */
    struct str headers; /* what a request may carry: "authorization, content-type" */
    struct str expose;  /* what a script may read of an answer */
    bool credentials;
    int64_t max_age_s; /* of a preflight's answer; 0: the browser's few seconds */
};

struct http_router {
    const struct http_route *routes;
    size_t route_count;
    struct str base_path;         /* "/v1": taken off the path if it is there (custom domains) */
    const struct http_cors *cors; /* NULL: none */
    size_t max_body_bytes;        /* a request with more is a 413; 0: no limit of its own */
    http_on_error_fn *on_error;   /* NULL: as above */
};

/* Answers a request, whatever comes: `answer` is filled. `cx->err` is clear afterwards. */
void http_router_answer(struct ctx *cx, const struct http_router *router,
                        const struct http_event *event, struct http_answer *answer, void *app);

/*
 * The body of a lambda_handler_fn: reads the event, answers it, replies.
 *
 * ERR_INVALID    the event is no HTTP event, or an answer as `reply_http` says
 * ERR_TOO_LARGE  as `reply_http`
 */
enum status http_router_serve(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                              const struct http_router *router, void *app) MUST_CHECK;
