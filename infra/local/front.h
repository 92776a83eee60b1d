/*
 * The gateway's own port: libmicrohttpd takes requests in, http_api.c plays API Gateway for them
 * and invoke_api.c the Lambda service; answers go out when they are there, without a thread
 * waiting.
 */
#pragma once

#include "infra/local/event_v2.h"
#include "infra/local/pool.h"

#include <microhttpd.h>

enum {
    FRONT_MAX_HEAD_BYTES = 10240,            /* HTTP API quota: request line and headers */
    FRONT_MAX_BODY_BYTES = 10 * 1024 * 1024, /* HTTP API quota: payload */
    FRONT_MAX_HEADERS = 160,
    FRONT_MAX_ANSWER_HEADERS = 128,
};

struct front_options {
    const char *address; /* IPv4 */
    unsigned port;       /* 0: a free one */
    struct str account_id;
};

struct front {
    struct MHD_Daemon *daemon;
    struct loop_source source;
    const struct template *template;
    struct pool *pool;
    struct output *output;
    struct front_options options;
    struct arena arena; /* requests; they are used again */
    struct request *spare;
    struct event_call *spare_calls; /* invoke_api.c's */
    size_t open;                    /* requests not yet answered */
    bool must_run;                  /* something for libmicrohttpd to do, beside its descriptors */
};

enum request_phase { REQUEST_NEW, REQUEST_READING, REQUEST_WAITING, REQUEST_ANSWERED };

struct request {
    struct front *front;
    struct MHD_Connection *connection;
    struct request *next;
    struct arena arena; /* until the answer is sent */
    enum request_phase phase;
    bool suspended;
    struct str target, method, protocol; /* target: as sent */
    struct header headers[FRONT_MAX_HEADERS];
    size_t header_count, head_bytes;
    struct buf body;
    struct route_match match;
    struct invocation inv;
    char gateway_id[24]; /* API Gateway's request id; empty for the Invoke API */
    int status;
    struct header answer_headers[FRONT_MAX_ANSWER_HEADERS];
    size_t answer_header_count;
    struct str answer_body;
};

/* ERR_INVALID: the address cannot be listened on. `options->port` becomes the real one. */
enum status front_open(struct ctx *cx, struct front *front, struct loop *loop) MUST_CHECK;
/* Lets libmicrohttpd work; after every turn of the loop. */
void front_run(struct front *front);
/* Milliseconds until it wants to run, -1: when something comes. */
int front_timeout_ms(struct front *front);
/* Takes no more connections. */
void front_quiesce(struct front *front);
void front_close(struct front *front);

struct str request_header(const struct request *request, struct str name);
/* Adds a header to the answer; the views must live in `request->arena` or be static. */
void request_add_header(struct request *request, struct str name, struct str value);
/* The answer is complete: `body` lives in `request->arena` or is static. Call once. */
void request_answer(struct request *request, int status, struct str body);
/* `bytes` random bytes in hexadecimal and a NUL. */
void random_hex(char *out, size_t bytes);

/* The body is there: answer, or wait for the pool. */
void http_api_handle(struct request *request);
void invoke_api_handle(struct request *request);
bool invoke_api_owns(struct str target);
