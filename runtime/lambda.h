/*
 * libclambda: an AWS Lambda custom runtime. A function is a handler; `lambda_run` asks Lambda for
 * events, one after the other, and gives each to it:
 *
 *   next event -> handler -> response, or error -> after -> memory reset -> next event
 *
 *   static enum status hello(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                            void *app)
 *   {
 *       return reply_json(cx, reply, STR("{\"hello\":\"world\"}"));
 *   }
 *
 *   int main(void)
 *   {
 *       return lambda_run(&(struct lambda_options){.handler = hello});
 *   }
 *
 * Memory: everything the library gives lives in `cx->arena` until the invocation is over, and so
 * may everything the handler makes (arena.h). Errors: a handler returns a status and leaves its
 * words in `cx->err` (ctx.h); the library logs them once and reports them. Threads: one event at a
 * time, on the thread that called `lambda_run`, unless the options say `concurrent`.
 *
 * HTTP and its routes are lambda_http.h's; left to others: authorization, retries, SQL. Sources:
 * AWS Lambda Developer Guide, "runtimes-api", "runtimes-custom", "snapstart-runtime-hooks-custom",
 * "lambda-runtime-environment" (shutdown), "lambda-managed-instances".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lambda's limits: on a buffered response 6 MiB and 100 bytes, on a streamed one 200 MiB. */
enum {
    LAMBDA_REPLY_MAX_BYTES = 6 * 1024 * 1024 + 100,
    LAMBDA_STREAM_MAX_BYTES = 200 * 1024 * 1024
};

/* ---- the event ------------------------------------------------------------------------------- */

struct json;

/* One event and what Lambda says about it. A field that was not sent is empty, or 0. */
struct invocation {
    struct str request_id;       /* in logs and error reports; a retry reuses it */
    struct str event;            /* the payload as it came; JSON as a rule; may be empty */
    struct str trace_id;         /* X-Ray header, opaque: Root=...;Parent=...;Sampled=1 */
    struct str function_arn;     /* as invoked: may end in a version or an alias */
    struct str client_context;   /* JSON text from the caller */
    struct str cognito_identity; /* JSON text: cognitoIdentityId, cognitoIdentityPoolId */
    struct str tenant_id;        /* only under tenant isolation */
    struct str content_type;     /* of `event` */
    int64_t deadline_ms;         /* Unix epoch; 0: none was given */
    unsigned slot;               /* which of the process's slots serves it; 0 if there is one */
    void *state;                 /* what `slot_open` made for that slot; NULL without it */
    const void *owner;           /* the library's own; NULL in an event made by hand */
};

/*
 * Somebody has answered in place of the handler: it is past its deadline, and what it still does is
 * in vain. For loops and long waits. True from one moment on; may be asked from any thread. Of an
 * event made by hand: its deadline is over.
 */
bool invocation_is_cancelled(const struct invocation *inv);

/*
 * What a mobile SDK, or `aws lambda invoke --client-context`, sends along. All of it is the
 * caller's word. Strings are empty and objects NULL where they were not sent; `app_version_code`
 * may have been a number. Source: AWS Mobile SDK, "ClientContext".
 */
struct client_context {
    struct str installation_id, app_title, app_version_name, app_version_code, app_package_name;
    const struct json *custom, *env, *services; /* objects, their values of any kind (json.h) */
};

/*
 * Reads `inv->client_context`; an empty one gives an empty struct. Points into `cx->arena`.
 *
 * ERR_INVALID  not a JSON object, or one of the members above is of another type
 */
enum status client_context_read(struct ctx *cx, const struct invocation *inv,
                                struct client_context *out) MUST_CHECK;

/* Who called, if Amazon Cognito knows. */
struct cognito_identity {
    struct str identity_id, identity_pool_id;
};

/* As `client_context_read`, of `inv->cognito_identity`. */
enum status cognito_identity_read(struct ctx *cx, const struct invocation *inv,
                                  struct cognito_identity *out) MUST_CHECK;

/* ---- the reply ------------------------------------------------------------------------------- */

/*
 * What the caller gets. Without `reply_end` it goes out once the handler returns OK. Until the
 * first byte of a stream is on its way, a later call replaces an earlier one; after that, and after
 * `reply_end`, ERR_CONFLICT. Bytes of a buffered reply are not copied: they live in `cx->arena` or
 * for the process.
 */
struct reply;

/*
 * Replies with `json`, which is sent as it is, as application/json.
 *
 * ERR_TOO_LARGE  more than LAMBDA_REPLY_MAX_BYTES; what was given before stays. A stream may be
 *                larger.
 */
enum status reply_json(struct ctx *cx, struct reply *reply, struct str json) MUST_CHECK;

/*
 * Replies with any bytes. An empty `content_type` means application/octet-stream.
 *
 * ERR_INVALID    `content_type` holds control characters, or passes 256 bytes
 * ERR_TOO_LARGE  as for `reply_json`
 */
enum status reply_bytes(struct ctx *cx, struct reply *reply, struct str content_type,
                        struct str body) MUST_CHECK;

/*
 * Replies with a stream: what `reply_write` is given reaches the caller while the handler goes on.
 * Nothing is sent here, nor by a write of no bytes: until the first byte, a handler that fails is
 * reported as any other. Who can receive a stream: Invoke with a response stream, function URLs in
 * the mode RESPONSE_STREAM, REST APIs in the mode STREAM. For HTTP see lambda_http.h.
 *
 *   TRY(reply_stream(cx, reply, STR("text/plain")));
 *   for (size_t i = 0; i < line_count; i++) {
 *       TRY(reply_write(cx, reply, lines[i]));
 *   }
 *   return OK;
 *
 * A handler that fails after the first byte ends the stream with Lambda's error trailers. A caller
 * of Invoke sees them; one behind a URL sees a 200 that ends early. The log has the failure.
 *
 * ERR_INVALID  as for `reply_bytes`
 */
enum status reply_stream(struct ctx *cx, struct reply *reply, struct str content_type) MUST_CHECK;

/*
 * Sends `bytes` at once, as one chunk, and returns when the system has taken them; no copy is
 * needed afterwards. Waits while the caller reads slowly. Lambda lets 6 MB through at full speed,
 * then 2 MB/s.
 *
 * ERR_TOO_LARGE  it would pass LAMBDA_STREAM_MAX_BYTES: nothing of it was sent, the stream can go
 *                on; or Lambda has ended the stream for that reason
 * ERR_TIMEOUT    the caller has its timeout already
 * ERR_UPSTREAM   Lambda is not there, or has ended the stream
 * ERR_INVALID    `reply_stream` was not called
 *
 * After an end, each further write fails in the same way: a handler may simply return the status.
 */
enum status reply_write(struct ctx *cx, struct reply *reply, struct str bytes) MUST_CHECK;

/*
 * Sends the reply, or ends the stream, now: the caller has its answer, and what the handler does
 * from here on is work after the response. That time is billed and counts against the timeout; the
 * next event comes when the handler returns. A failure then is only logged, as
 * `after_response_failed`. What Lambda thinks of the reply is logged, and OK here.
 *
 * ERR_INVALID   there is no reply yet
 * ERR_CONFLICT  it was sent before
 */
enum status reply_end(struct ctx *cx, struct reply *reply) MUST_CHECK;

/* ---- the program ----------------------------------------------------------------------------- */

/*
 * Handles one event. `cx` has the arena, the deadline and the request id; `app` is the options'
 * own. OK with a reply: it is posted. OK without one: reported as Runtime.NoReply. Any other
 * status: the words in `cx->err` are reported as Function.<Name>, where ERR_NOT_FOUND gives
 * Function.NotFound.
 */
typedef enum status lambda_handler_fn(struct ctx *cx, const struct invocation *inv,
                                      struct reply *reply, void *app);

/*
 * What stands around every handler call: it may look at the event first, answer by itself, or judge
 * what came of it. The event goes on to the next layer, and from the last one to the handler, when
 * it calls `lambda_next`; what that returns is the handler's status, for the layer to return.
 *
 *   static enum status timed(struct ctx *cx, const struct invocation *inv, struct reply *reply,
 *                            void *app, const struct lambda_next *next)
 *   {
 *       int64_t started_us = clock_mono_us();
 *       enum status status = lambda_next(cx, inv, reply, next);
 *       LOG(cx, LOG_INFO, "took", LOG_I64("us", clock_mono_us() - started_us));
 *       return status;
 *   }
 */
struct lambda_next;
typedef enum status lambda_layer_fn(struct ctx *cx, const struct invocation *inv,
                                    struct reply *reply, void *app, const struct lambda_next *next);

/* Hands the event on. More than once is a second try: the later reply counts. */
enum status lambda_next(struct ctx *cx, const struct invocation *inv, struct reply *reply,
                        const struct lambda_next *next) MUST_CHECK;

/* Once, before the first event. Not OK: reported as an init error, and the program ends. */
typedef enum status lambda_init_fn(struct ctx *cx, void *app);

/*
 * Once per slot, before its first event, on the slot's own thread: makes what only one event at a
 * time may use, a database handle for example. `*state` comes back as the invocations' `state`.
 * Not OK: logged, and that slot stays out; if no slot opens it is reported as an init error, and
 * the program ends.
 */
typedef enum status lambda_slot_open_fn(struct ctx *cx, unsigned slot, void *app, void **state);

/* Once per slot that opened, after its last event; not if Lambda ends the process before. */
typedef void lambda_slot_close_fn(void *state, void *app);

/*
 * After each event, once its response is posted: the caller has its answer, the time is still
 * billed and counts against the timeout. For what may come late: counters, caches, checks of
 * connections.
 */
typedef void lambda_after_fn(struct ctx *cx, void *app);

/*
 * Once, when Lambda takes the environment down: for what must be told to others, as a last batch of
 * metrics. `cx` has memory of its own and the deadline, half a second ahead; then Lambda kills.
 * Runs on a thread of its own, maybe beside a handler at work; when it returns, the process exits
 * with 0 and no destructors run.
 */
typedef void lambda_shutdown_fn(struct ctx *cx, void *app);

/* `cx` has memory for the time of the call. */
typedef enum status lambda_snapshot_fn(struct ctx *cx, void *arg);

struct lambda_snapshot_hooks {
    lambda_snapshot_fn *before; /* lets go of what copies must not share: connections, as a rule */
    lambda_snapshot_fn *after;  /* makes anew what each copy needs of its own: random numbers */
    void *arg;                  /* of both; each of them may be NULL */
};

/*
 * Hooks around the snapshot that SnapStart takes once init is over, and of which any number of
 * processes may go on. The last registered is the first to be called before it, and the last after
 * it. Copied; to be called in `init` or `slot_open`, from any thread, 64 times at most. Without
 * SnapStart it does nothing. A hook that fails ends the process: before, the version cannot be
 * published; after, the copy is given up. The library lets its own connections go by itself.
 */
void lambda_on_snapshot(const struct lambda_snapshot_hooks *hooks);

struct lambda_options {
    lambda_handler_fn *handler; /* the one thing that must be there */
    void *app;            /* what the process keeps: config, connections; given to each of these */
    lambda_init_fn *init; /* what it puts in `cx->arena` is gone when it returns */
    lambda_after_fn *after;
    lambda_layer_fn *const *layers; /* around the handler, the outermost first */
    size_t layer_count;
    lambda_slot_open_fn *slot_open; /* after `init` */
    lambda_slot_close_fn *slot_close;
    /*
     * `handler`, `after`, `slot_open` and `slot_close` may run in several threads at once: they
     * share nothing but what is constant, or has a lock. Then the process has as many slots as
     * AWS_LAMBDA_MAX_CONCURRENCY says (Lambda managed instances), each a thread with its own
     * connections, memory and state. Without it there is one slot, and a warning where Lambda would
     * give more.
     */
    bool concurrent;
    int64_t deadline_margin_ms; /* A handler that is still at work this long before its deadline is
                                   answered for: Function.Timeout, with the place where it stands.
                                   0: 50 ms; below 0: never. Not before half of the time is over.
                                   The handler goes on; see `invocation_is_cancelled` */
    lambda_shutdown_fn *shutdown; /* SIGTERM. If it is set, an internal extension is registered, for
                                     Lambda sends SIGTERM to nobody else, and the signal is blocked
                                     in all threads, and in programs that they start */
    bool stream_http; /* HTTP answers travel as streams: the function stands behind a function URL
                         in the mode RESPONSE_STREAM, or a REST API in the mode STREAM. The
                         environment's CLAMBDA_STREAM_HTTP=1 says the same; with "url" there, only
                         answers to function URLs do: an HTTP API may call the function as well */
};

/*
 * Serves events until Lambda ends the process, so `main` returns what this returns: an exit code
 * that is not 0. It returns when the program cannot go on: AWS_LAMBDA_RUNTIME_API is not set,
 * `init` failed, Lambda said 500, or no event could be had in five tries. The reason is the last
 * line of the log. A slot that gets no events ends alone; the program ends with the last of them.
 * Ignores SIGPIPE; keeps _X_AMZN_TRACE_ID in the environment up to date, unless there are several
 * slots: the environment is everybody's, the invocation has `trace_id`.
 *
 * Started by hand as `./bootstrap --invoke event.json` ("-": standard input), it handles that one
 * event without any server: the reply goes to standard output, and 0 is returned; a failure goes to
 * standard error as JSON, and 1 is returned. `--deadline-ms 3000` sets a deadline: a handler that
 * comes back after it has failed with Function.Timeout; one that never does is not ended.
 */
int lambda_run(const struct lambda_options *options);

#include "runtime/lambda_batch.h"
#include "runtime/lambda_extension.h"
#include "runtime/lambda_http.h"
#include "runtime/lambda_metrics.h"
#include "runtime/lambda_services.h"
