/*
 * What comes to the listener, as bytes: one HTTP request, and the batch within it. No socket here.
 * Sources: RFC 9112 sections 2 to 7 (message syntax), read strictly: one spelling, CRLF alone ends
 * a line, one Content-Length, no transfer coding; "telemetry-schema-reference" for the batch.
 */
#pragma once

#include "runtime/lambda_extension.h"

enum { TELEMETRY_MAX_HEAD_BYTES = 16 * 1024 };

struct telemetry_request {
    size_t bytes;    /* of all of it, with its head; 0: more must come */
    struct str body; /* a view */
    int refusal;     /* 0: a POST / with a body; else the status to answer with, and to close */
    bool is_last;    /* the client closes after it, or we do */
};

/*
 * Looks at what has come so far. The same bytes give the same result, however they were split: a
 * refusal is final as soon as it can be told.
 */
struct telemetry_request telemetry_request_read(struct str bytes);

/*
 * Calls `options->on_event` for each event of a batch, a JSON array, once all of it was read.
 * `count` is how many there were.
 *
 * ERR_INVALID  no array, or an element that is no event: nothing was called
 */
enum status telemetry_batch_read(struct ctx *cx, struct str body,
                                 const struct telemetry_options *options,
                                 uint64_t *count) MUST_CHECK;

/* Under which name Lambda is told to reach the listener. */
struct str telemetry_host(const struct telemetry_listener *listener);
