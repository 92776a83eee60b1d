/*
 * One HTTP request at the gateway's port and its answer. front.c takes it in and sends the answer;
 * http_api.c plays API Gateway for it, invoke_api.c the Lambda service.
 */
#pragma once

#include "infra/local/header.h"
#include "infra/local/pool.h"
#include "infra/local/route.h"
#include "shared/base/buf.h"

#include <microhttpd.h>

enum { REQUEST_MAX_HEADERS = 160, REQUEST_MAX_ANSWER_HEADERS = 128 };

/* What requests are answered from. */
struct service {
    const struct template *template;
    struct pool *pool;
    struct output *output;
    struct str account_id;
    unsigned port;
};

enum request_phase { REQUEST_NEW, REQUEST_READING, REQUEST_WAITING, REQUEST_ANSWERED };

struct request {
    const struct service *service;
    bool *must_run; /* set with the answer: libmicrohttpd has work beside its descriptors */
    struct MHD_Connection *connection;
    struct request *next;
    struct arena arena; /* until the answer is sent */
    enum request_phase phase;
    bool suspended;
    struct str target, method, protocol; /* target: as sent */
    struct header headers[REQUEST_MAX_HEADERS];
    size_t header_count, head_bytes;
    struct buf body;
    struct route_match match;
    struct invocation inv;
    char gateway_id[24]; /* API Gateway's request id; empty for the Invoke API */
    int status;
    struct header answer_headers[REQUEST_MAX_ANSWER_HEADERS];
    size_t answer_header_count;
    struct str answer_body;
};

struct str request_header(const struct request *request, struct str name);
/* Adds a header to the answer; the views must live in `request->arena` or be static. */
void request_add_header(struct request *request, struct str name, struct str value);
/* The answer is complete: `body` lives in `request->arena` or is static. Call once. */
void request_answer(struct request *request, int status, struct str body);
