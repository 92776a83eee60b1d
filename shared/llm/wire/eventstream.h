/*
 * application/vnd.amazon.eventstream: AWS's binary messages in a stream, read at any cut. Both
 * checksums are checked; a stream with a wrong one has no place where reading could go on.
 *
 *   total length, headers length, CRC-32 of these two | headers | payload | CRC-32 of all before
 *
 * Source: Smithy 2.0, "Amazon Event Stream Specification" (message and header wire formats,
 * :message-type event, exception and error).
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

enum { EVENTSTREAM_MAX_HEADER_BYTES = 128 * 1024 }; /* the specification's */

/* The headers that say what a message is; others are checked and not kept. */
struct eventstream_message {
    struct str message_type; /* "event", "exception", "error" */
    struct str type;         /* of any of the three: :event-type, :exception-type, :error-code */
    struct str payload;
};

/* Views last until it returns. */
typedef enum status eventstream_fn(struct ctx *cx, void *arg,
                                   const struct eventstream_message *message);

struct eventstream {
    struct buf kept; /* a message that is not complete yet */
    size_t max_bytes;
};

/* `max_bytes` bounds one message. Nothing is taken from the arena before the first cut message. */
void eventstream_init(struct eventstream *stream, struct arena *arena, size_t max_bytes);

/*
 * Takes the next bytes and calls `fn` for each message that they complete; a status of its that is
 * not OK ends the feeding and is returned.
 *
 * ERR_TOO_LARGE  a message passes `max_bytes`, or its headers the specification's limit
 * ERR_UPSTREAM   a wrong checksum, lengths that do not fit, a header of no known type
 */
enum status eventstream_feed(struct ctx *cx, struct eventstream *stream, struct str bytes,
                             eventstream_fn *fn, void *arg) MUST_CHECK;
