/*
 * What a function's event tells of the request it is made from, whatever the payload format:
 * event_v1.h and event_v2.h write it.
 */
#pragma once

#include "infra/local/base/header.h"
#include "infra/local/template/template.h"

static const size_t EVENT_MAX_BYTES = MIB(6); /* Lambda's quota for a synchronous invocation */

struct request;

struct event_request {
    struct str method, path, raw_query, body; /* format 1.0 has the path without the stage */
    struct str protocol;                      /* "HTTP/1.1" */
    struct str source_ip;
    struct str host;        /* the Host header; with its port, if the client sent one */
    struct str request_id;  /* API Gateway's own, not Lambda's; of a REST API a UUID */
    struct str extended_id; /* format 1.0: 15 characters of base64 and '=' */
    struct str trace_id;    /* value of x-amzn-trace-id */
    struct str account_id, api_id, stage;
    unsigned port;                /* for x-forwarded-port */
    const struct header *headers; /* as received; names in any case, duplicates apart */
    size_t header_count;
    const struct route_match *match;
    const struct env_var *stage_variables;
    size_t stage_variable_count;
    bool is_binary; /* format 1.0: the body's media type is one of the API's binary ones */
    int64_t time_ms;
};

/*
 * What the request itself and the gateway say, now: ids of requests and of the API, its stage and
 * its variables are the caller's to set. Views of the request.
 */
struct event_request event_request_of(struct request *request, struct str path, struct str query);
