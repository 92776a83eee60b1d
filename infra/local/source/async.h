/*
 * Asynchronous events: taken at once, run when the function can, tried again after an error, and in
 * the end told to a destination or a dead-letter queue. Source: Lambda Developer Guide,
 * "Understanding error and retry behaviors in asynchronous invocation", "Adding a destination",
 * "Adding a dead-letter queue".
 */
#pragma once

#include "infra/local/lambda/pool.h"
#include "infra/local/source/queue.h"

enum {
    ASYNC_MAX_EVENTS = 1000,             /* of one function */
    ASYNC_MAX_BYTES = 256 * 1024 * 1024, /* of all */
    ASYNC_MAX_EVENT_BYTES = 1024 * 1024,
    ASYNC_RETRIES = 2,
};

struct async_event;

struct async_queue {
    const struct function *function;
    struct async_event *waiting, *last; /* for their next try, the first the first */
    size_t count;                       /* with those that run */
};

struct async {
    struct pool *pool;
    struct queues *queues;
    int64_t retry_ms[ASYNC_RETRIES]; /* before the second and the third try */
    struct async_queue functions[TEMPLATE_MAX_FUNCTIONS];
    size_t function_count;
    size_t bytes;
    int64_t due_ms; /* not later than the first next try; INT64_MAX: none */
};

struct async_send {
    struct str payload, trace_id, client_context;
    struct str source;      /* as an invocation's */
    const char *request_id; /* NULL: a new one */
    unsigned depth;         /* how many destinations it came through */
};

/* The pool, the queues and the template must stay. */
void async_open(struct async *async, struct pool *pool, struct queues *queues,
                const struct template *t, const int64_t retry_ms[static ASYNC_RETRIES]);
/* Takes an event, copied. False: too many, or too much of them, are waiting. */
bool async_submit(struct async *async, const struct function *f,
                  const struct async_send *send) MUST_CHECK;
/* Those whose time has come; after every turn of the loop. */
void async_tick(struct async *async, int64_t now_ms);
/* Forgets what waits for another try, and says so. The pool has drained. */
void async_close(struct async *async);
