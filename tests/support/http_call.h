/*
 * HTTP as a client speaks it, over libcurl: for tests that stand where the caller of the API
 * stands. What comes back is told as it is; judging it is the test's business.
 */
#pragma once

#include "shared/base/ctx.h"

struct http_call {
    const char *method, *url;
    struct str authorization; /* the header's value; empty: not sent */
    const char *fields[6];    /* more of them, "name: value", up to the first NULL */
    struct str body;          /* sent as application/json unless it is empty */
    bool chunked;             /* no Content-Length */
};

struct http_result {
    int status; /* 0: no answer; then `body` says why */
    int64_t took_us;
    struct str headers; /* as received, line by line */
    struct str body;
    int64_t first_byte_us; /* of the head; since the start */
};

enum { HTTP_CALL_PATIENCE_MS = 60000, HTTP_CALL_BODY_MAX = 4 * 1024 * 1024 };

/* One request; the result's views are in the arena. */
void http_call(struct ctx *cx, const struct http_call *call, struct http_result *result);

/* All requests at once, each on a connection of its own; `results` has room for as many. */
void http_call_together(struct ctx *cx, const struct http_call *calls, size_t count,
                        struct http_result *results);

/* The value of the first header of this name, in any case; empty: there is none. */
struct str http_result_header(const struct http_result *result, const char *name);
