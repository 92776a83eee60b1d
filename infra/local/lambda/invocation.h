/*
 * One event for a function, and what came of it. Whoever asks (the HTTP front, the Invoke API) owns
 * the invocation until its `done` has been called, once.
 */
#pragma once

#include "infra/local/template/template.h"

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
    struct str payload;      /* valid during `done`; of a stream: an error, or empty */
    struct str content_type; /* of an answer, as the runtime sent it; empty: it did not */
    const char *error_type;  /* of an error: "Function.Broken"; NULL: not known */
};

struct invocation;
struct instance;
typedef void invocation_done_fn(struct invocation *inv, const struct result *result);

/*
 * For a caller that takes an answer in pieces: `begin` once, then `data` as they come, then the
 * invocation's `done`, which says whether the stream came to its end or broke off. An answer that
 * is posted whole comes through `done` alone.
 */
struct invocation_stream {
    void (*begin)(struct invocation *inv, struct str content_type);
    /* False: enough for now. No more comes until invocation_resume. */
    bool (*data)(struct invocation *inv, struct str bytes);
};

struct invocation {
    struct str event;
    struct str source; /* whence it comes, for who reads the dashboard: "GET /items/{id}" */
    struct str trace_id;
    struct str client_context;       /* JSON; empty: none */
    char request_id[REQUEST_ID_MAX]; /* empty: the pool makes one */
    bool has_queued;                 /* the pool's: it has waited once for an instance to poll */
    int64_t held_until_ms;           /* the pool's: for how long its bootstrap may be written; 0 */
    struct invocation *next_held;
    struct function_state *held_in; /* the pool's: where it waits for that; NULL: it does not */
    int64_t answer_by_ms;           /* the gateway's ceiling; 0: none */
    invocation_done_fn *done;
    const struct invocation_stream *stream; /* NULL: streams are collected, `done` has them whole */
    void *owner;
    uint64_t kept_id;          /* the pool's: among the events that the dashboard keeps; 0: not */
    struct instance *instance; /* the pool's: which one works for it; NULL: none yet, or no more */
};

/* More of the stream may come (instance_event.c). */
void invocation_resume(struct invocation *inv);
/* Its owner has lost interest: `done` is not called any more. The function goes on, as on AWS. */
void invocation_abandon(struct invocation *inv);
