/*
 * A provider's stream says the same wherever it is cut; its events come in order; what may be
 * handed on raw is whole records that say the same again; and what a face writes from the events
 * is a stream that the wire reads.
 */
#include "functions/ai-gateway/face/face.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/llm_events.h"

struct reading {
    struct heard_events heard;
    struct buf raw;
    enum status status;
    bool has_started, has_finished, has_ended, has_failed;
    unsigned next; /* block */
    struct face_writer *writer;
    const struct face *face;
};

static void check_order(struct reading *r, const struct llm_event *event)
{
    bool is_begin = event->kind == LLM_EVENT_START, is_end = event->kind == LLM_EVENT_END;
    bool is_error = event->kind == LLM_EVENT_ERROR, is_usage = event->kind == LLM_EVENT_USAGE;
    bool is_finish = event->kind == LLM_EVENT_FINISH;
    FUZZ_CHECK(!r->has_ended && !r->has_failed);
    FUZZ_CHECK(!is_begin || !r->has_started);
    FUZZ_CHECK(!is_finish || !r->has_finished);
    FUZZ_CHECK(!is_end || r->has_finished);
    FUZZ_CHECK(!r->has_finished || is_usage || is_end || is_error);
    FUZZ_CHECK(event->index <= r->next);
    r->next +=
        event->index == r->next && event->kind >= LLM_EVENT_TEXT && event->kind <= LLM_EVENT_OTHER;
    r->has_started |= is_begin;
    r->has_finished |= is_finish;
    r->has_ended |= is_end;
    r->has_failed |= is_error;
    FUZZ_CHECK(event->usage.input >= 0 && event->usage.cache_read >= 0 && event->usage.output >= 0);
    FUZZ_CHECK(event->usage.reasoning <= event->usage.output);
}

static enum status on_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct reading *r = arg;
    check_order(r, event);
    if (r->writer != NULL) {
        FUZZ_CHECK(r->face->take(cx, r->writer, event) == OK);
    }
    return heard_event(cx, &r->heard, event);
}

static struct reading *read_in_parts(struct ctx *cx, const struct llm_wire_request *sent,
                                     struct str bytes, size_t step, struct reading *r)
{
    struct llm_wire_stream *stream = llm_wire_openai.stream_new(cx, sent);
    r->heard = (struct heard_events){.text = buf_in(cx->arena, SIZE_MAX), .joins = true};
    r->raw = buf_in(cx->arena, SIZE_MAX);
    while (bytes.len > 0 && r->status == OK) {
        r->status = llm_wire_openai.stream_feed(cx, stream, str_slice(bytes, 0, step), on_event, r);
        buf_add(&r->raw, llm_wire_openai.stream_raw(stream));
        bytes = str_slice(bytes, step, bytes.len);
    }
    FUZZ_CHECK(r->status == OK || r->status == ERR_UPSTREAM || r->status == ERR_TOO_LARGE);
    return r;
}

static enum status on_write(struct ctx *cx, void *arg, struct str bytes)
{
    (void)cx;
    buf_add(arg, bytes);
    return OK;
}

/* The events, written by a face and read again. */
static void check_written(struct ctx *cx, const struct llm_wire_request *sent, struct str bytes,
                          const struct face *face)
{
    struct buf out = buf_in(cx->arena, SIZE_MAX);
    const struct json root = {.type = JSON_OBJECT};
    const struct llm_chat chat = {.stream_usage = true};
    const struct llm_request request = {.chat = &chat, .root = &root, .stream = true};
    const struct face_writing writing = {.request = &request, .write = on_write, .arg = &out};
    const struct llm_wire_request again = {.protocol = face->protocol};
    struct reading first = {.face = face, .writer = face->writer_new(cx, &writing)}, second = {0};
    (void)read_in_parts(cx, sent, bytes, SIZE_MAX, &first);
    (void)read_in_parts(cx, &again, buf_str(&out), SIZE_MAX, &second);
    FUZZ_CHECK(second.status == OK);
    FUZZ_CHECK(second.has_ended == first.has_ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    if (size == 0) {
        return 0;
    }
    fuzz_open(&f);
    struct str bytes = fuzz_str(data + 1, size - 1);
    const struct llm_wire_request sent = {
        .protocol = (data[0] & 1) != 0 ? LLM_PROTOCOL_OPENAI_RESPONSES : LLM_PROTOCOL_OPENAI_CHAT,
        .is_raw = true,
        .hides_usage = (data[0] & 2) != 0,
    };
    struct reading whole = {0}, single = {0}, raw = {0};
    (void)read_in_parts(&f.cx, &sent, bytes, SIZE_MAX, &whole);
    (void)read_in_parts(&f.cx, &sent, bytes, 1, &single);
    FUZZ_CHECK(whole.status == single.status);
    FUZZ_CHECK(str_eq(buf_str(&whole.heard.text), buf_str(&single.heard.text)));
    FUZZ_CHECK(str_eq(buf_str(&whole.raw), buf_str(&single.raw)));
    (void)read_in_parts(&f.cx, &sent, buf_str(&whole.raw), 5, &raw);
    FUZZ_CHECK(raw.status == OK && raw.has_ended == whole.has_ended);
    check_written(&f.cx, &sent, bytes, &face_openai_chat);
    check_written(&f.cx, &sent, bytes, &face_openai_responses);
    fuzz_close(&f);
    return 0;
}
