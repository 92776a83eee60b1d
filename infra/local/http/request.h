/*
 * One HTTP request at the gateway's port and its answer. front.c takes it in and sends the answer;
 * http_api.c plays API Gateway for it, invoke_api.c the Lambda service.
 */
#pragma once

#include "infra/local/base/header.h"
#include "infra/local/base/loop.h"
#include "infra/local/lambda/pool.h"
#include "infra/local/template/route.h"
#include "shared/base/buf.h"

#include <microhttpd.h>

enum { REQUEST_MAX_HEADERS = 160, REQUEST_MAX_ANSWER_HEADERS = 128 };

struct http_stream;

/* What requests are answered from. */
struct service {
    const struct template *template;
    struct pool *pool;
    struct async *async;
    struct sqs *sqs;
    struct schedules *schedules;
    struct output *output;
    struct stats *stats;
    struct str account_id;
    int64_t stream_idle_ms; /* a streamed HTTP answer that says nothing for so long is cut */
    unsigned port;
};

enum request_phase {
    REQUEST_NEW,
    REQUEST_READING,
    REQUEST_WAITING,
    REQUEST_STREAMING, /* the answer has begun, and comes in pieces */
    REQUEST_ANSWERED
};

/* What of a streamed answer waits to be sent: [sent, len). */
struct request_stream {
    struct buf bytes;
    size_t sent;
    bool is_over, is_whole; /* no more comes; it came to its end */
    bool is_held;           /* who makes it was told to stop */
};

struct request {
    const struct service *service;
    bool *must_run;  /* set with the answer: libmicrohttpd has work beside its descriptors */
    int64_t *due_ms; /* not later than the first timer of a request */
    struct loop *loop;
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
    const struct function *function; /* whose URL it came to, or whom it invokes */
    char gateway_id[24];             /* API Gateway's request id; empty for the Invoke API */
    struct str rest_request_id;      /* a REST API has this UUID beside */
    int status;
    struct header answer_headers[REQUEST_MAX_ANSWER_HEADERS];
    size_t answer_header_count;
    struct str answer_body;
    struct http_stream *http_stream; /* http_stream.c's, of an HTTP answer that may be streamed */
    struct request_stream stream;
    struct {
        bool is_open;
        uint64_t seen; /* lines of the log */
        unsigned ticks;
    } feed;                /* the dashboard's */
    struct str route_name; /* for the dashboard; empty: not counted */
    int64_t began_us;
    struct loop_source hang_up; /* while a stream is waited for, or on its way */
    int64_t timer_ms;           /* Unix ms; 0: none */
    void (*on_timer)(struct request *request);
    void (*on_gone)(
        struct request *request); /* the client has hung up while it waits; NULL: none */
};

struct str request_header(const struct request *request, struct str name);
/* Fills `gateway_id`: 15 characters of base64 and '=', as API Gateway's look. */
void request_make_gateway_id(struct request *request);
/* No route takes it: the dashboard counts such requests together. */
void request_note_no_route(struct request *request);
/* Where the client is, "127.0.0.1"; in `request->arena`. */
struct str request_source_ip(struct request *request);
/* Adds a header to the answer; the views must live in `request->arena` or be static. */
void request_add_header(struct request *request, struct str name, struct str value);
/* The answer is complete: `body` lives in `request->arena` or is static. Call once. */
void request_answer(struct request *request, int status, struct str body);

/*
 * Begins an answer that comes in pieces. Its status and headers are those given so far; they go out
 * at once. Call once, instead of request_answer.
 */
void request_stream_begin(struct request *request, int status);
/* Sends more of it; false once 128 KiB wait for the client: invocation_resume says go on. */
bool request_stream_add(struct request *request, struct str bytes);
/* It is over; not `is_whole`: the client's connection is cut, so that it sees that. */
void request_stream_end(struct request *request, bool is_whole);
/* Calls `fn` in `after_ms`, unless it is set again until then, or the request is done with. */
void request_set_timer(struct request *request, int64_t after_ms,
                       void (*fn)(struct request *request));
