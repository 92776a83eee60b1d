/*
 * What all HTTP endpoints of ours do the same way: an event comes in, a route is found, a handler
 * answers, and every failure becomes the one error shape. `GET /health` is there for each.
 *
 *   {"success":false,"error":"...","error_code":"...","status":422,
 *    "details":[{"path":"...","message":"..."}],"request_id":"..."}
 *
 * A failure's words go to the log, once; the caller gets the public ones. The routes are the
 * runtime's (lambda_http.h): HEAD, OPTIONS, 404 and 405 are theirs. An event that is no HTTP
 * event (a schedule) is answered with the health report, which keeps a warm process's connection
 * alive.
 *
 * A handler that streams answers through `call->reply` itself, and says so; one that has work left
 * once its caller has the answer leaves it in `call->after`.
 */
#pragma once

#include "functions/endpoint/services.h"
#include "runtime/lambda.h"
#include "shared/json/json.h"

struct endpoint_call;

struct endpoint {
    const char *name;                /* as in template.yaml's paths: "plan-generator" */
    const struct http_route *routes; /* without the stage; their `app` is an endpoint_call */
    size_t route_count;
    size_t max_body_bytes; /* 0: 256 KiB */
    /*
     * What a slot keeps beside its services, which outlive it. Both or neither. Not OK: as
     * lambda_slot_open_fn.
     */
    enum status (*open)(struct ctx *cx, struct services *services, void **own);
    void (*close)(void *own);
    /*
     * Fills `answer` for a failure whose words are in `cx->err`, where the one error shape is not
     * the caller's: its status, body and headers, if any; logging is not its business. NULL: the
     * one shape.
     */
    void (*write_error)(struct ctx *cx, const struct http_event *event, enum status status,
                        const struct endpoint_call *call, struct http_answer *answer);
};

typedef void endpoint_after_fn(struct ctx *cx, void *work);

/* What a handler is given beside the request, and what it leaves beside the answer. */
struct endpoint_call {
    const struct endpoint *endpoint;
    struct services *services;
    void *own;           /* what `endpoint->open` made */
    struct reply *reply; /* NULL in a test without one */
    int64_t now_ms;      /* of the request, so that handlers need no clock */
    int64_t started_us;  /* clock_mono_us() */
    bool has_failed;     /* the error was written and logged */
    bool has_replied; /* the handler's: it used `reply`; of `answer`, only the status is logged */
    void *work;       /* the handler's own, of this request; in the arena */
    endpoint_after_fn *after; /* the handler's: runs once the caller has the answer, or cannot get
                                 one, and is given `work` */
};

/*
 * `main` of an endpoint: serves events until the end; returns the exit code. Where Lambda gives one
 * process several events at a time, each of its slots has services of its own.
 */
int endpoint_run(const struct endpoint *endpoint);

/*
 * Answers one HTTP event, errors included: `answer` is filled, unless the handler has replied by
 * itself. `call` has all but its time of start.
 */
void endpoint_serve(struct ctx *cx, struct endpoint_call *call, const struct http_event *event,
                    struct http_answer *answer);
/* Sends what `endpoint_serve` has left, unless it went out; then runs what is to come after it. */
enum status endpoint_reply(struct ctx *cx, const struct endpoint_call *call,
                           const struct http_answer *answer) MUST_CHECK;

/* `endpoint_serve`, for tests with services of their own and no reply. */
void endpoint_answer(struct ctx *cx, const struct endpoint *endpoint, struct services *services,
                     const struct http_event *event, int64_t now_ms, struct http_answer *answer);

/*
 * Who calls: the bearer token of the event, verified (auth.h).
 *
 * ERR_UNAUTHENTICATED, ERR_FORBIDDEN  as auth_caller
 */
enum status endpoint_caller(struct ctx *cx, const struct endpoint_call *call,
                            const struct http_event *event, struct caller *caller) MUST_CHECK;

/*
 * The body as a JSON object; an empty body gives NULL, which schema_read takes for {}.
 *
 * ERR_INVALID  not JSON, or not an object
 */
enum status endpoint_body(struct ctx *cx, const struct http_event *event,
                          const struct json **root) MUST_CHECK;
