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
 */
#pragma once

#include "functions/endpoint/services.h"
#include "runtime/lambda.h"
#include "shared/json/json.h"

struct endpoint {
    const char *name;                /* as in template.yaml's paths: "plan-generator" */
    const struct http_route *routes; /* without the stage; their `app` is an endpoint_call */
    size_t route_count;
    size_t max_body_bytes; /* 0: 256 KiB */
};

/* What a handler is given beside the request. */
struct endpoint_call {
    const struct endpoint *endpoint;
    struct services *services;
    int64_t now_ms;     /* of the request, so that handlers need no clock */
    int64_t started_us; /* clock_mono_us() */
    bool has_failed;    /* the error was written and logged */
};

/*
 * `main` of an endpoint: serves events until the end; returns the exit code. Where Lambda gives one
 * process several events at a time, each of its slots has services of its own.
 */
int endpoint_run(const struct endpoint *endpoint);

/*
 * Answers one HTTP event, errors included; what `endpoint_run` does with each. OK always means that
 * `answer` is filled; for tests with services of their own.
 */
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
