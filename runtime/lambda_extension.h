/*
 * Lambda extensions: programs (or parts of a function's own) that Lambda tells about invocations
 * and the end, and that may have its telemetry: platform reports and log lines. Included by
 * lambda.h.
 *
 * An external extension is a program of its own under /opt/extensions; it registers, and asks for
 * one event after the other until SHUTDOWN. An internal one lives in the function's process; Lambda
 * tells it of no SHUTDOWN. Functions that only want SIGTERM set `shutdown` in their options instead
 * (lambda.h).
 *
 *   struct extension_options options = {.name = name, .on_shutdown = true};
 *   TRY(extension_register(cx, &options, &e));
 *   TRY(telemetry_listen(cx, &(struct telemetry_options){.on_event = print}, &listener));
 *   TRY(telemetry_subscribe(cx, e, listener, &(struct telemetry_subscription){...}));
 *   do {
 *       TRY(extension_next(cx, e, &event));
 *   } while (event.type != EXTENSION_SHUTDOWN);
 *
 * Sources: AWS Lambda Developer Guide, "runtimes-extensions-api", "telemetry-api",
 * "telemetry-api-reference", "telemetry-schema-reference".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the Extensions API ---------------------------------------------------------------------- */

struct extension;

enum { EXTENSION_MAX_NAME_BYTES = 128 };

struct extension_options {
    struct str name;       /* external: exactly its file's name; internal: any, unique */
    bool is_internal;      /* in the function's process */
    bool on_invoke;        /* asks for INVOKE events; refused on managed instances */
    bool on_shutdown;      /* asks for SHUTDOWN; external ones only */
    bool wants_account_id; /* `account_id` below */
};

/* What Lambda says about the function; lives as long as the extension. */
struct extension_function {
    struct str name, version, handler;
    struct str account_id; /* empty unless asked for */
};

/*
 * Registers with the Lambda that AWS_LAMBDA_RUNTIME_API names. Must be done during init; internal
 * ones before the function's first event is asked for. Opens a connection, kept until
 * `extension_close`.
 *
 * ERR_INVALID    no name or one that is no header value; an internal one that asks for SHUTDOWN;
 *                AWS_LAMBDA_RUNTIME_API is not set
 * ERR_FORBIDDEN  Lambda refused: a name that is no file's, the eleventh, after init
 * ERR_UPSTREAM   no answer, another status, or an answer without an identifier
 */
enum status extension_register(struct ctx *cx, const struct extension_options *options,
                               struct extension **extension) MUST_CHECK;
/* `extension` may be NULL. */
void extension_close(struct extension *extension);

const struct extension_function *extension_function(const struct extension *extension);

enum extension_event_type { EXTENSION_INVOKE, EXTENSION_SHUTDOWN };

struct extension_event {
    enum extension_event_type type;
    int64_t deadline_ms; /* Unix epoch: until when the extension may work on it; 0: not said */
    /* INVOKE */
    struct str request_id, function_arn;
    struct str trace_type, trace_id; /* X-Amzn-Trace-Id and its value; may be empty */
    /* SHUTDOWN */
    struct str shutdown_reason; /* spindown, timeout, failure */
};

/*
 * Says that the last event is done with, and waits for the next, for as long as it takes: the
 * process may be frozen meanwhile. Resets `cx->arena` first; `event` points into it.
 *
 * ERR_UPSTREAM  no answer, a status but 200, or an answer that is no event: the extension should
 *               end
 */
enum status extension_next(struct ctx *cx, struct extension *extension,
                           struct extension_event *event) MUST_CHECK;

/*
 * Tells Lambda that the extension cannot start, or cannot go on; it must exit afterwards. `type` is
 * for people, Category.Reason: "Extension.ConfigInvalid".
 *
 * ERR_INVALID   a type that holds more than letters, digits and dots
 * ERR_UPSTREAM  no answer, or a status but 202
 */
enum status extension_init_error(struct ctx *cx, struct extension *extension, struct str type,
                                 struct str message) MUST_CHECK;
enum status extension_exit_error(struct ctx *cx, struct extension *extension, struct str type,
                                 struct str message) MUST_CHECK;

/* ---- the Telemetry API ----------------------------------------------------------------------- */

/*
 * One thing that happened. `record` is as Lambda sent it; what is common to platform events is read
 * out of it: a text that was not there is empty, a number negative.
 */
struct telemetry_event {
    struct str type;   /* platform.start, platform.report, function, extension ... */
    struct str time;   /* RFC 3339 */
    struct str record; /* JSON: an object, or a string */
    struct str text;   /* the string, decoded: a line of a log */

    struct str request_id;
    struct str status; /* success, failure, error, timeout */
    struct str error_type, phase, initialization_type;
    double duration_ms, billed_duration_ms, init_duration_ms, restore_duration_ms;
    double memory_size_mb, max_memory_used_mb, produced_bytes;
    double dropped_records, dropped_bytes; /* platform.logsDropped */
};

/*
 * Called on the listener's thread, one event after the other. `event` and what the function puts in
 * `cx->arena` are gone once the batch is through. Must not write to a log if the subscription has
 * TELEMETRY_EXTENSION: each line would come back as an event.
 */
typedef void telemetry_event_fn(struct ctx *cx, const struct telemetry_event *event, void *arg);

struct telemetry_options {
    struct str host; /* where Lambda reaches it; empty: sandbox.localdomain */
    uint16_t port;   /* 0: any that is free; 9001 is Lambda's own */
    telemetry_event_fn *on_event;
    void *arg; /* given to it */
};

enum { TELEMETRY_MAX_BATCH_BYTES = 4 * 1024 * 1024, TELEMETRY_MAX_CONNECTIONS = 4 };

struct telemetry_listener;

/*
 * Listens for batches, on a thread of its own: an HTTP/1.1 server that takes POST / with a
 * Content-Length and a JSON array, and nothing else. Whatever else comes is refused with the status
 * HTTP has for it, and not logged. At most TELEMETRY_MAX_CONNECTIONS at a time; the one that has
 * been idle longest gives way to a new one, and so does one whose request is not whole after 3 s.
 *
 * ERR_INVALID   no `on_event`; port 9001
 * ERR_UPSTREAM  the host is not known here, or the port is taken
 * ERR_INTERNAL  no thread
 */
enum status telemetry_listen(struct ctx *cx, const struct telemetry_options *options,
                             struct telemetry_listener **listener) MUST_CHECK;
uint16_t telemetry_port(const struct telemetry_listener *listener);

struct telemetry_counts {
    uint64_t batches, events;
    uint64_t refused; /* requests that were no batch */
};
struct telemetry_counts telemetry_counts(const struct telemetry_listener *listener);

/*
 * Takes what still comes for `linger_ms`, the last reports as a rule, and stops. `listener` may be
 * NULL.
 */
void telemetry_close(struct telemetry_listener *listener, int64_t linger_ms);

enum {
    TELEMETRY_PLATFORM = 1,  /* what Lambda itself reports */
    TELEMETRY_FUNCTION = 2,  /* the function's log lines */
    TELEMETRY_EXTENSION = 4, /* those of extensions */
};

/* Lambda sends a batch when the first of these is reached; 0: its own default. */
struct telemetry_subscription {
    unsigned types;     /* some of TELEMETRY_... */
    size_t max_bytes;   /* 256 KiB to 1 MiB */
    size_t max_items;   /* 1000 to 10000 */
    int64_t timeout_ms; /* 25 to 30000 */
};

/*
 * Asks Lambda to send telemetry to the listener, in the schema of 2025-01-29. During init only;
 * again to change it.
 *
 * ERR_INVALID    no types, unknown ones, or a limit out of its range
 * ERR_FORBIDDEN  Lambda refused: after init, or a destination it does not allow
 * ERR_NOT_FOUND  202: this environment has no telemetry (local emulators)
 * ERR_UPSTREAM   no answer, or another status
 */
enum status telemetry_subscribe(struct ctx *cx, struct extension *extension,
                                const struct telemetry_listener *listener,
                                const struct telemetry_subscription *subscription) MUST_CHECK;
