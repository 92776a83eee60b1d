/*
 * libclambda: an AWS Lambda custom runtime. A function is a handler; `lambda_run` asks Lambda for
 * events, one after the other, and gives each to it:
 *
 *   next event -> handler -> response, or error -> after -> memory reset -> next event
 *
 *   static enum status hello(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                            void *app)
 *   {
 *       return reply_json(cx, reply, STR("{\"hello\":\"world\"}"));
 *   }
 *
 *   int main(void)
 *   {
 *       return lambda_run(&(struct lambda_options){.handler = hello});
 *   }
 *
 * Memory: everything the library gives lives in `cx->arena` until the invocation is over, and so
 * may everything the handler makes (arena.h). Errors: a handler returns a status and leaves its
 * words in `cx->err` (ctx.h); the library logs them once and reports them. One thread, one event at
 * a time.
 *
 * Left to others: routing, authorization, retries, SQL. Sources: AWS Lambda Developer Guide,
 * "runtimes-api", "runtimes-custom"; API Gateway Developer Guide,
 * "http-api-develop-integrations-lambda".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lambda's limit on a buffered response: 6 MiB and 100 bytes. */
enum { LAMBDA_REPLY_MAX_BYTES = 6 * 1024 * 1024 + 100 };

/* ---- the event ------------------------------------------------------------------------------- */

/* One event and what Lambda says about it. A field that was not sent is empty, or 0. */
struct invocation {
    struct str request_id;       /* in logs and error reports; a retry reuses it */
    struct str event;            /* the payload as it came; JSON as a rule; may be empty */
    struct str trace_id;         /* X-Ray header, opaque: Root=...;Parent=...;Sampled=1 */
    struct str function_arn;     /* as invoked: may end in a version or an alias */
    struct str client_context;   /* JSON text from the caller */
    struct str cognito_identity; /* JSON text: cognitoIdentityId, cognitoIdentityPoolId */
    struct str tenant_id;        /* only under tenant isolation */
    struct str content_type;     /* of `event` */
    int64_t deadline_ms;         /* Unix epoch; 0: none was given */
};

/* ---- the reply ------------------------------------------------------------------------------- */

/*
 * What will be posted once the handler returns OK. Bytes are not copied: they live in `cx->arena`
 * or for the process. A later call replaces an earlier one.
 */
struct reply;

/*
 * Replies with `json`, which is sent as it is, as application/json.
 *
 * ERR_TOO_LARGE  more than LAMBDA_REPLY_MAX_BYTES; what was given before stays
 */
enum status reply_json(struct ctx *cx, struct reply *reply, struct str json) MUST_CHECK;

/*
 * Replies with any bytes. An empty `content_type` means application/octet-stream.
 *
 * ERR_INVALID    `content_type` holds control characters, or passes 256 bytes
 * ERR_TOO_LARGE  as for `reply_json`
 */
enum status reply_bytes(struct ctx *cx, struct reply *reply, struct str content_type,
                        struct str body) MUST_CHECK;

/* ---- the program ----------------------------------------------------------------------------- */

/*
 * Handles one event. `cx` has the arena, the deadline and the request id; `app` is the options'
 * own. OK with a reply: it is posted. OK without one: reported as Runtime.NoReply. Any other
 * status: the words in `cx->err` are reported as Function.<Name>, where ERR_NOT_FOUND gives
 * Function.NotFound.
 */
typedef enum status lambda_handler_fn(struct ctx *cx, const struct invocation *inv,
                                      struct reply *reply, void *app);

/* Once, before the first event. Not OK: reported as an init error, and the program ends. */
typedef enum status lambda_init_fn(struct ctx *cx, void *app);

/*
 * After each event, once its response is posted: the caller has its answer, the time is still
 * billed and counts against the timeout. For what may come late: counters, caches, checks of
 * connections.
 */
typedef void lambda_after_fn(struct ctx *cx, void *app);

struct lambda_options {
    lambda_handler_fn *handler; /* the one thing that must be there */
    void *app;            /* what the process keeps: config, connections; given to all three */
    lambda_init_fn *init; /* what it puts in `cx->arena` is gone when it returns */
    lambda_after_fn *after;
};

/*
 * Serves events until Lambda ends the process, so `main` returns what this returns: an exit code
 * that is never 0. It returns when the program cannot go on: AWS_LAMBDA_RUNTIME_API is not set,
 * `init` failed, Lambda said 500, or no event could be had in five tries. The reason is the last
 * line of the log. Ignores SIGPIPE; keeps _X_AMZN_TRACE_ID in the environment up to date.
 */
int lambda_run(const struct lambda_options *options);

/* ---- HTTP API events, payload format 2.0 (also function URLs) -------------------------------- */

/* A name and its value: a header, a path or a query parameter. */
struct http_header {
    struct str name, value;
};

struct http_event {
    struct str method; /* GET */
    struct str path;   /* as sent, still percent-encoded; begins with the stage unless $default */
    struct str query;  /* as sent, without the question mark */
    struct str body;   /* decoded, if it came in base64 */
    struct str route_key;  /* GET /plans/{id}, or $default */
    struct str stage;      /* $default */
    struct str request_id; /* the gateway's, not Lambda's */
    struct str source_ip, user_agent, domain;
    const struct http_header *headers; /* names in lower case; repeated ones joined by commas */
    size_t header_count;
    const struct str *cookies; /* name=value, one each */
    size_t cookie_count;
    const struct http_header *path_params; /* of the route: {id} */
    size_t path_param_count;
    const struct http_header *query_params; /* decoded; repeated ones joined by commas */
    size_t query_param_count;
};

/*
 * True if the event says that it is an HTTP event of format 2.0, which tells it from a schedule, a
 * queue's batch or the older format. Looks only at the outermost members, and stops at the second
 * it needs, so that it costs little; whether the rest is sound is `http_event_read`'s to say.
 */
bool http_event_is(struct str event);

/*
 * Reads an event. `out` points into `event` and `cx->arena`.
 *
 * ERR_INVALID  not JSON, not HTTP API format 2.0, or a member has the wrong type; the words name it
 */
enum status http_event_read(struct ctx *cx, struct str event, struct http_event *out) MUST_CHECK;

/* The value, by name: headers in any case, parameters exactly. Absent: `ptr` is NULL, `len` 0. */
struct str http_event_header(const struct http_event *event, struct str name);
struct str http_event_path_param(const struct http_event *event, struct str name);
struct str http_event_query_param(const struct http_event *event, struct str name);

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

/*
 * Replies to an HTTP event, in format 2.0. A header given twice is joined by a comma (RFC 9110
 * section 5.3); Set-Cookie headers become cookies.
 *
 * ERR_INVALID    a status outside 100 to 599, a header name that is no token, a value with control
 *                characters
 * ERR_TOO_LARGE  the envelope, base64 and escapes included, passes LAMBDA_REPLY_MAX_BYTES
 */
enum status reply_http(struct ctx *cx, struct reply *reply,
                       const struct http_answer *answer) MUST_CHECK;
