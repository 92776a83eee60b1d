/*
 * A streamed response: a chunked POST on a connection of its own, so that the poll's stays warm;
 * it is closed after the stream, as AWS asks. The handler's own thread writes. Nothing is sent
 * before the first byte, so that until then a failure is an ordinary error. Source: AWS Lambda
 * Developer Guide, "runtimes-custom", "response streaming".
 *
 * Two threads may want it: the handler's, and the deadline guard's, which ends it in the handler's
 * place. All but init and deinit want the lock held.
 */
#pragma once

#include "runtime/core/error.h"
#include "runtime/wire/api.h"

#include <pthread.h>

enum stream_state {
    STREAM_UNBEGUN, /* nothing was sent */
    STREAM_OPEN,    /* the head went out, the last chunk did not */
    STREAM_OVER     /* ended in order, refused or broken: nothing more can be sent */
};

struct stream {
    pthread_mutex_t lock;
    struct api api;          /* its connection */
    struct str path;         /* of its request, in the memory of the turn */
    struct buf out;          /* what goes out in one write; in the memory of `api` */
    uint64_t bytes;          /* of the body, so far */
    _Atomic int state;       /* enum stream_state; a signal handler may look */
    _Atomic bool is_sending; /* a chunk may be half out: a signal handler must not add to it */
    enum status refused;     /* what writes return once it is over */
    bool is_fatal;           /* Lambda said 500: the process must end */
};

void stream_init(struct stream *stream, struct str address);
void stream_deinit(struct stream *stream);

/* False: not in `patience_ms`; below 0: it waits for as long as it takes. */
bool stream_lock(struct stream *stream, int64_t patience_ms) MUST_CHECK;
void stream_unlock(struct stream *stream);

/* Forgets the stream before; closes its connection. */
void stream_reset(struct stream *stream);

/* The head went out. Safe in a signal handler, without the lock. */
bool stream_has_begun(const struct stream *stream);
/* The socket while it is open and no chunk is half out, else -1. For a signal handler. */
int stream_fd(const struct stream *stream);

/*
 * Sends `bytes` as one chunk, at once; the first time behind the head of `request`, a post without
 * framing and body. Nothing is sent for no bytes. A failure is logged here and ends the stream,
 * unless it could not begin: then nothing was sent and another call may try again.
 *
 * ERR_TOO_LARGE  it would pass LAMBDA_STREAM_MAX_BYTES: nothing was sent, the stream goes on; or
 *                Lambda said 413
 * ERR_TIMEOUT    Lambda said 410: the caller is gone
 * ERR_UPSTREAM   no connection, or it broke, or another answer came
 */
enum status stream_write(struct ctx *cx, struct stream *stream, const struct api_request *request,
                         struct str bytes) MUST_CHECK;

/*
 * Ends the stream, with trailers if there is a `report`, waits for Lambda's answer and closes the
 * connection. A stream that has not begun is sent as an empty one. What goes wrong is logged.
 *
 * ERR_UPSTREAM  HTTP 500: the process must end; every other failure is OK here
 */
enum status stream_end(struct ctx *cx, struct stream *stream, const struct api_request *request,
                       const struct error_report *report) MUST_CHECK;

/*
 * What `stream_end` sends behind the chunks, at the end of `out`. `report` is of printable ASCII,
 * its type one that Lambda keeps. Safe in a signal handler on a block of the caller's.
 */
void stream_end_write(struct buf *out, const struct error_report *report);
