/*
 * What a handler's reply is inside: for the loop that posts it, and for tests that look at it.
 */
#pragma once

#include "runtime/lambda.h"

#include "shared/base/buf.h"

/* The last call before anything went out chooses. */
enum reply_mode {
    REPLY_NONE,
    REPLY_BUFFERED,  /* `content_type` and `body` are posted */
    REPLY_STREAMED,  /* what is written goes out at once */
    REPLY_COLLECTED, /* what is written is kept in `collected`, until `settle` makes a reply of it
                      */
};

/* How a reply gets to its caller: over the Runtime API, or however a program without one likes. */
struct reply_way {
    /* Writes a part of a streamed reply; not called with no bytes. */
    enum status (*write)(struct ctx *cx, struct reply *reply, struct str bytes);
    /* Sends a buffered reply, or ends a streamed one. Not OK: the process must end. */
    enum status (*end)(struct ctx *cx, struct reply *reply);
};

/* Gives a reply its last form, before the way's `end`: may choose another mode, and write. */
typedef enum status reply_settle_fn(struct ctx *cx, struct reply *reply);

struct reply {
    enum reply_mode mode;
    struct str content_type, body; /* of a buffered or streamed reply */
    bool has_begun;                /* a byte of a stream went out: the mode stays */
    bool has_ended;                /* `reply_end` was called: nothing can be added */
    enum status ended;             /* what the way's `end` returned then */
    bool was_too_large;            /* a call was refused with ERR_TOO_LARGE */
    bool is_missing;               /* there was none to settle */
    bool stream_http;              /* HTTP answers travel as streams */
    bool stream_urls;              /* those to function URLs do */
    const struct invocation *inv;  /* what it replies to; NULL in a test that has none */
    struct str prelude;            /* of a stream: goes out before the first bytes, with them */
    struct buf collected;          /* set, with its limit, by whoever chooses REPLY_COLLECTED */
    reply_settle_fn *settle;       /* set after the mode was chosen; NULL: it is in its form */
    const void *settle_for;        /* its own */
    const struct reply_way *way;
    void *way_to; /* its own: the slot */
};

/* OK if the mode can still be chosen; ERR_CONFLICT if bytes or all of it are gone. */
enum status reply_may_choose(struct ctx *cx, const struct reply *reply) MUST_CHECK;

/* Sends the prelude, if it has not gone out: for a stream without any bytes. */
enum status reply_write_prelude(struct ctx *cx, struct reply *reply) MUST_CHECK;

/*
 * To be called before the way's `end`; then `mode` is REPLY_BUFFERED or REPLY_STREAMED.
 *
 * ERR_INTERNAL  the handler gave no reply
 */
enum status reply_settle(struct ctx *cx, struct reply *reply) MUST_CHECK;

/* Starts the reply over as a collected one of at most `max_bytes`. */
enum status reply_collect(struct ctx *cx, struct reply *reply, size_t max_bytes) MUST_CHECK;

/* As what Lambda is told of a handler, or of the end of its reply, that failed with `status`. */
struct str reply_failure_type(struct ctx *cx, const struct reply *reply, enum status status);

/* Refuses with ERR_TOO_LARGE and remembers it; `bytes` is the body the handler wanted to send. */
enum status reply_refuse_size(struct ctx *cx, struct reply *reply, size_t bytes) MUST_CHECK;
