#include "functions/ai-gateway/ask.h"

#include "functions/ai-gateway/headers.h"

static enum status write_bytes(struct ctx *cx, void *arg, struct str bytes)
{
    struct ask *ask = arg;
    llm_record_answer(ask->place->recorder, bytes);
    if (ask->call->has_replied) {
        return reply_write(cx, ask->call->reply, bytes);
    }
    buf_add(&ask->whole, bytes);
    return ask->whole.full
               ? fail(cx, ERR_TOO_LARGE, "an answer of more than %zu bytes", ask->whole.max)
               : OK;
}

/* From here on an error is an event of the stream. Intermediaries must not gather what comes. */
static enum status stream_begin(struct ctx *cx, struct ask *ask, const struct llm_head *head)
{
    struct header_list headers = headers_begin(cx, ask->face->protocol, ask->call->now_ms);
    headers_of_head(&headers, head);
    header_add(&headers, STR("cache-control"), STR("no-cache"));
    header_add(&headers, STR("x-accel-buffering"), STR("no"));
    TRY(reply_http_stream(cx, ask->call->reply,
                          &(struct http_answer){
                              .content_type = STR("text/event-stream; charset=utf-8"),
                              .headers = headers.items,
                              .header_count = headers.count,
                          }));
    ask->call->has_replied = true;
    return OK;
}

static enum status sink_begin(struct ctx *cx, void *arg, const struct llm_head *head)
{
    struct ask *ask = arg;
    ask->content_type = head->content_type;
    ask->whole = buf_in(cx->arena, LAMBDA_REPLY_MAX_BYTES);
    ask->writer = ask->face->writer_new(cx, &(struct face_writing){
                                                .request = &ask->request,
                                                .call_id = head->call_id,
                                                .now_ms = head->started_ms,
                                                .write = write_bytes,
                                                .arg = ask,
                                            });
    return ask->request.stream && ask->call->reply != NULL ? stream_begin(cx, ask, head) : OK;
}

static enum status sink_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct ask *ask = arg;
    return ask->face->take(cx, ask->writer, event);
}

struct llm_sink ask_sink(struct ask *ask)
{
    return (struct llm_sink){
        .begin = sink_begin, .raw = write_bytes, .event = sink_event, .arg = ask};
}

void ask_end_stream(struct ctx *cx, struct ask *ask, enum status status)
{
    struct err err = cx->err;
    if (ask->face->fail(cx, ask->writer, status) != OK) {
        err_clear(cx); /* nobody reads any more; what failed first is what counts */
    }
    cx->err = err;
}
