/*
 * The event that a REST API gives a function: payload format 1.0. Names and values of headers are
 * as they were sent, each value apart.
 * Source: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
 */
#pragma once

#include "infra/local/base/header.h"
#include "infra/local/template/template.h"
#include "shared/base/buf.h"

struct event_v1 {
    struct str method, path, raw_query, body; /* path: without the stage */
    struct str protocol;                      /* "HTTP/1.1" */
    struct str source_ip;
    struct str host;        /* the Host header; with its port, if the client sent one */
    struct str request_id;  /* API Gateway's own, not Lambda's: a UUID */
    struct str extended_id; /* 15 characters of base64 and '=' */
    struct str trace_id;    /* value of X-Amzn-Trace-Id */
    struct str account_id, api_id, stage;
    unsigned port;                /* for X-Forwarded-Port */
    const struct header *headers; /* as received */
    size_t header_count;
    const struct route_match *match;
    const struct env_var *stage_variables;
    size_t stage_variable_count;
    bool is_binary; /* the body's media type is one of the API's binary ones */
    int64_t time_ms;
};

/* Appends the event to `out`; `out->full` if it passes its maximum. */
void event_v1_write(struct arena *arena, const struct event_v1 *event, struct buf *out);
