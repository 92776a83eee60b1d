/*
 * One event for a function, and what came of it. Whoever asks (the HTTP front, the Invoke API) owns
 * the invocation until its `done` has been called, once.
 */
#pragma once

#include "infra/local/template.h"

enum { REQUEST_ID_MAX = 37 };

enum outcome {
    OUTCOME_OK,             /* `payload` is the function's answer */
    OUTCOME_FUNCTION_ERROR, /* `payload` is the error's JSON: /error, a crash, no bootstrap */
    OUTCOME_TIMEOUT,        /* the function's Timeout; `payload` as above */
    OUTCOME_CEILING,        /* the gateway gave up; the function goes on */
    OUTCOME_THROTTLED,      /* as many instances as allowed are busy */
    OUTCOME_SHUTDOWN,       /* we are ending */
};

struct result {
    enum outcome outcome;
    struct str payload; /* valid during `done` */
};

struct invocation;
typedef void invocation_done_fn(struct invocation *inv, const struct result *result);

struct invocation {
    struct str event;
    struct str trace_id;
    struct str client_context;       /* JSON; empty: none */
    char request_id[REQUEST_ID_MAX]; /* empty: the pool makes one */
    bool has_queued;                 /* the pool's: it has waited once for an instance to poll */
    int64_t held_until_ms;           /* the pool's: for how long its bootstrap may be written; 0 */
    struct invocation *next_held;
    int64_t answer_by_ms; /* the gateway's ceiling; 0: none */
    invocation_done_fn *done;
    void *owner;
};
