/*
 * Server-sent events, as WHATWG's HTML standard reads them ("Server-sent events", section 9.2.6):
 * bytes in any cuts, CR, LF or CRLF, comments, several data lines, a byte order mark. `retry` and
 * `id` are read and not used.
 *
 *   struct sse sse;
 *   sse_init(&sse, cx->arena, MAX_EVENT_BYTES);
 *   TRY(sse_feed(cx, &sse, bytes, on_event, arg));
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

struct sse_event {
    struct str type; /* empty: none was given, which means "message" */
    struct str data; /* its lines, joined by LF */
};

typedef enum status sse_event_fn(struct ctx *cx, void *arg, const struct sse_event *event);

struct sse {
    struct buf line, data, type;
    bool has_data, after_cr, after_first_line;
    sse_event_fn *fn; /* while it is fed */
    void *arg;
};

/* `max_bytes` bounds one line, and one event's data. */
void sse_init(struct sse *sse, struct arena *arena, size_t max_bytes);

/*
 * Takes the next bytes and calls `fn` for each event that they complete; its views last until it
 * returns, and a status of its that is not OK ends the feeding and is returned. An event that its
 * stream does not complete is never given, as the standard says.
 *
 * ERR_TOO_LARGE  an event passes `max_bytes`
 */
enum status sse_feed(struct ctx *cx, struct sse *sse, struct str bytes, sse_event_fn *fn,
                     void *arg) MUST_CHECK;

/* Writes one event: a line for its type, unless empty, one for each line of `data`, an empty one.
 */
void sse_write(struct buf *out, struct str type, struct str data);
