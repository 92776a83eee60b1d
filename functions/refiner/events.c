#include "functions/refiner/events.h"

#include "functions/refiner/store.h"
#include "shared/base/clock.h"
#include "shared/http/sse.h"

#include <stdlib.h>

enum { MAX_PAGE_BYTES = 1024 * 1024 };

static enum status after_read(struct ctx *cx, const struct http_event *event, int64_t *after)
{
    struct str text = http_event_header(event, STR("last-event-id"));
    text = text.len > 0 ? text : http_event_query_param(event, STR("after"));
    *after = 0;
    bool is_number = text.len == 0 || (str_to_i64(text, after) && *after >= 0);
    return is_number ? OK : fail_public(cx, ERR_INVALID, "Last-Event-ID: the number of an event");
}

/* Where an answer is gathered, waiting would only make it late. */
static bool is_streamed(const struct http_event *event)
{
    struct str mode = str_from_cstr(getenv("CLAMBDA_STREAM_HTTP"));
    bool is_url = str_find(event->domain, STR(".lambda-url.")) != SIZE_MAX;
    return str_eq(mode, STR("1")) || (str_eq(mode, STR("url")) && is_url);
}

static enum status begin(struct ctx *cx, struct endpoint_call *call)
{
    static const struct http_header headers[] = {
        {STR_INIT("cache-control"), STR_INIT("no-cache")},
        {STR_INIT("x-accel-buffering"), STR_INIT("no")}, /* intermediaries must not gather */
    };
    TRY(reply_http_stream(cx, call->reply,
                          &(struct http_answer){
                              .content_type = STR("text/event-stream; charset=utf-8"),
                              .headers = headers,
                              .header_count = ARRAY_LEN(headers),
                          }));
    call->has_replied = true;
    return reply_write(cx, call->reply, arena_format(cx->arena, "retry: %d\n\n", EVENTS_RETRY_MS));
}

static enum status page_write(struct ctx *cx, struct reply *reply,
                              const struct stored_events *events)
{
    struct buf buf = buf_in(cx->arena, MAX_PAGE_BYTES);
    for (size_t i = 0; i < events->count; i++) {
        buf_addf(&buf, "id: %lld\n", (long long)events->items[i].sequence);
        sse_write(&buf, events->items[i].type, events->items[i].payload);
    }
    return buf.len == 0 ? OK : reply_write(cx, reply, buf_str(&buf));
}

static int64_t follow_until_ms(const struct ctx *cx, const struct http_event *event, int64_t now_ms)
{
    int64_t until_ms = now_ms + (is_streamed(event) ? EVENTS_FOLLOW_MS : 0);
    int64_t latest_ms = cx->deadline_ms - REFINER_RESERVE_MS;
    return cx->deadline_ms > 0 && latest_ms < until_ms ? latest_ms : until_ms;
}

/* `events` is the page that was read before the answer began. */
static enum status follow(struct ctx *cx, struct endpoint_call *call, const struct desk *desk,
                          const struct caller *caller, struct str id, int64_t until_ms,
                          int64_t after, struct stored_events *events)
{
    int64_t heard_ms = clock_now_ms();
    for (;;) {
        TRY(page_write(cx, call->reply, events));
        after = events->count > 0 ? events->items[events->count - 1].sequence : after;
        int64_t now_ms = clock_now_ms();
        heard_ms = events->count > 0 ? now_ms : heard_ms;
        if (events->is_over || now_ms + EVENTS_LOOK_MS > until_ms) {
            return OK;
        }
        if (now_ms - heard_ms >= EVENTS_HEARTBEAT_MS) {
            TRY(reply_write(cx, call->reply, STR(": still here\n\n")));
            heard_ms = now_ms;
        }
        clock_sleep_ms(events->count == EVENTS_PAGE ? 0 : EVENTS_LOOK_MS);
        TRY(events_get(cx, desk->pg, caller, id, after, events));
    }
}

enum status events_answer(struct ctx *cx, struct endpoint_call *call, const struct desk *desk,
                          const struct caller *caller, const struct http_event *event,
                          struct str id)
{
    int64_t after = 0;
    struct stored_events events;
    TRY(after_read(cx, event, &after));
    TRY(events_get(cx, desk->pg, caller, id, after, &events));
    TRY(begin(cx, call));
    return follow(cx, call, desk, caller, id, follow_until_ms(cx, event, clock_now_ms()), after,
                  &events);
}
