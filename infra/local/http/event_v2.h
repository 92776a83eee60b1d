/*
 * The event that an HTTP API gives a function: payload format 2.0.
 * Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
 */
#pragma once

#include "infra/local/base/header.h"
#include "infra/local/template/template.h"
#include "shared/base/buf.h"

static const size_t EVENT_MAX_BYTES = MIB(6); /* Lambda's quota for a synchronous invocation */

struct event_v2 {
    struct str method, raw_path, raw_query, body;
    struct str protocol; /* "HTTP/1.1" */
    struct str source_ip;
    struct str host;       /* the Host header; with its port, if the client sent one */
    struct str request_id; /* API Gateway's own, not Lambda's */
    struct str trace_id;   /* value of x-amzn-trace-id */
    struct str account_id, api_id, stage;
    unsigned port;                /* for x-forwarded-port */
    const struct header *headers; /* as received; names in any case, duplicates apart */
    size_t header_count;
    const struct route_match *match;
    const struct env_var *stage_variables;
    size_t stage_variable_count;
    int64_t time_ms;
};

/* Appends the event to `out`; `out->full` if it passes its maximum. */
void event_v2_write(struct arena *arena, const struct event_v2 *event, struct buf *out);
/* "20/Nov/2026:12:00:00 +0000" and NUL: of events in both formats. */
void event_time_format(int64_t time_ms, char out[static 32]);
