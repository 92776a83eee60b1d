/*
 * One instance of a function: a bootstrap process, its own Runtime API address, and where it
 * stands.
 *
 *   STARTING -- /next --> IDLE -- event --> BUSY -- /response, /error --> ANSWERED -- /next -->
 * IDLE
 *
 * Both polls count only once its extensions, too, have asked for their next event.
 *
 * An instance whose deadline passes, or that ends by itself, is reported as Lambda reports it. A
 * failed init is tried once more inside the invocation, under the function's timeout, as Lambda
 * does. Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle".
 */
#pragma once

#include "infra/local/lambda/extension.h"
#include "infra/local/lambda/pool.h"
#include "infra/local/lambda/process.h"
#include "infra/local/lambda/runtime_conn.h"

/* The poll, a stream, every extension in its own wait, and some more. */
enum { INSTANCE_CONNS = 16 };

/* Which bootstrap a process was started from; a file rewritten or replaced is another. */
struct bootstrap_file {
    uint64_t device, inode, size;
    int64_t changed_ns;
};

/* False, and zeros, unless it is a program. */
bool bootstrap_file_read(const char *path, struct bootstrap_file *file);
bool bootstrap_file_eq(const struct bootstrap_file *a, const struct bootstrap_file *b);

enum instance_state {
    INSTANCE_STARTING,
    INSTANCE_IDLE,
    INSTANCE_BUSY,
    INSTANCE_ANSWERED, /* the caller has its answer; the runtime may still work until its next poll
                        */
    INSTANCE_ENDING,   /* killed or told to go; counts no more */
};

struct instance {
    struct pool *pool;
    struct function_state *function;
    struct instance *next;
    enum instance_state state;
    struct process process;
    struct loop_source listener, ended, out, err;
    struct output_line out_line, err_line;
    struct runtime_conn conns[INSTANCE_CONNS];
    struct runtime_conn *parked; /* its /next waits for an event */
    struct extensions extensions;
    struct runtime_conn *stream; /* the answer is coming in pieces on this one */
    size_t streamed_bytes;
    struct invocation *inv;    /* the one it works for, until the answer; NULL: nobody waits */
    struct invocation *queued; /* waits for the next poll of an instance that has just answered */
    char request_id[REQUEST_ID_MAX];    /* of the last event; empty: none yet */
    char invocation_id[REQUEST_ID_MAX]; /* the nonce of this attempt */
    bool init_in_invoke;                /* second try of a failed init */
    bool end_told;                      /* an init error or an extension's exit error came */
    bool cold;                          /* the first event reports the init */
    bool outdated;                      /* there is a newer bootstrap: no event after this one */
    struct bootstrap_file file;
    struct arena arena; /* environment, extensions, told error: until the instance ends */
    struct str told_error;
    char error_type[64]; /* of /error, /init/error and the like, for the report */
    int64_t started_us, invoked_us, init_us;
    int64_t deadline_ms; /* of the init, or of the event */
    int64_t queued_until_ms, idle_since_ms, kill_at_ms;
    int64_t peak_mb, peak_read_ms;
};

/* Starts one for `inv`. `in_invoke`: the second try of a failed init. */
void instance_start(struct pool *pool, struct function_state *function, struct invocation *inv,
                    bool in_invoke);
/* Gives an event to an idle instance. */
void instance_dispatch(struct instance *instance, struct invocation *inv);
/* True if it waits in a poll. */
bool instance_is_ready(const struct instance *instance);
/* True if it is about to poll, so that an event may wait for it: see instance_queue. */
bool instance_polls_soon(const struct instance *instance);
/* Gives it the event at its next poll; if that takes over 50 ms, the pool looks for another. */
void instance_queue(struct instance *instance, struct invocation *inv);
/*
 * With an extension, SIGTERM now and SIGKILL in half a second; without one SIGKILL at once, as on
 * Lambda.
 */
void instance_retire(struct instance *instance);
/* There is a newer bootstrap: ends at once if nobody waits for it, else after its answer. */
void instance_outdate(struct instance *instance);
/* Acts on what is due; returns when it wants to be asked again (Unix ms), 0: never. */
int64_t instance_tick(struct instance *instance, int64_t now_ms);

/* ---- what the Runtime API tells it (runtime_api.c); false: not in this state ----------------- */

/* A poll: `conn` is answered once there is an event. */
bool instance_next(struct instance *instance, struct runtime_conn *conn);
bool instance_answer(struct instance *instance, const struct result *result);
/*
 * The answer comes in pieces, on `conn`, and ends with instance_answer. False: who asked takes it
 * whole only, and it is collected.
 */
bool instance_stream_begin(struct instance *instance, struct runtime_conn *conn,
                           struct str content_type);
/* False: who asked has enough for now; runtime_conn_resume says when not. */
bool instance_stream_data(struct instance *instance, struct str bytes);
bool instance_init_failed(struct instance *instance, struct str error, struct str type);
/* An extension waits for an event: it is done with the last one, or with its init. */
bool instance_extension_next(struct instance *instance, struct extension *extension,
                             struct runtime_conn *conn);
/* One reports its end: init fails, or this is the instance's last event; it has a second to exit.
 */
bool instance_extension_failed(struct instance *instance, struct str error, struct str type);
/* Says something about this instance, loudly: the protocol was broken. */
void instance_complain(struct instance *instance, const char *format, ...) PRINTF_LIKE(2, 3);
