/*
 * HTTP events in, HTTP answers out. Included by lambda.h.
 *
 * Source: API Gateway Developer Guide, "http-api-develop-integrations-lambda".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct reply; /* lambda.h */

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
