/*
 * What streaming tests of the local gateway read with: pieces as they come, chunked bodies, event
 * streams.
 */
#pragma once

#include "shared/base/buf.h"
#include "tests/support/local.h"

/* Reads until `mark` has come, or the end; what came is appended to `in`. Its time, Unix us. */
int64_t stream_read_until(int fd, struct buf *in, const char *mark);
/* The data of a chunked body; false: it has no end, and `data` is what came. */
bool stream_dechunk(struct ctx *cx, struct str body, struct str *data);
/* What is left of a response once its head is off. */
struct str stream_body(struct str response);

struct stream_event {
    struct str type, content_type, payload;
};

/* Takes the next message of an event stream off `*rest`, checking lengths and CRCs; false: none is
 * left. */
bool stream_event_next(struct str *rest, struct stream_event *event);
