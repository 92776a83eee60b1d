/*
 * A stream in Anthropic's protocol, whole and byte by byte: both readings hear the same, and hand
 * on the same. What was heard to its end is written by the face, as a stream; that is read again,
 * to its end, too.
 */
#include "functions/ai-gateway/face/anthropic.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/llm_events.h"

enum { MAX_TEXT_BYTES = 16 * 1024 * 1024 };

static const struct llm_request request = {.stream = true};

struct reading {
    struct heard_events heard;
    struct face_writer *writer; /* NULL: nothing is written */
    struct buf raw, written;
};

static enum status write_on(struct ctx *cx, void *arg, struct str bytes)
{
    (void)cx;
    buf_add(arg, bytes);
    return OK;
}

static enum status hear(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct reading *reading = arg;
    TRY(heard_event(cx, &reading->heard, event));
    return reading->writer == NULL ? OK : face_anthropic.take(cx, reading->writer, event);
}

static struct reading reading_new(struct fuzz_ctx *f)
{
    return (struct reading){
        .heard = {.text = buf_in(&f->arena, MAX_TEXT_BYTES)},
        .raw = buf_in(&f->arena, MAX_TEXT_BYTES),
        .written = buf_in(&f->arena, MAX_TEXT_BYTES),
    };
}

static enum status feed(struct fuzz_ctx *f, struct str bytes, size_t step, struct reading *reading)
{
    const struct llm_wire *wire = &llm_wire_anthropic;
    struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_ANTHROPIC, .is_raw = true};
    struct llm_wire_stream *stream = wire->stream_new(&f->cx, &sent);
    for (size_t at = 0; at < bytes.len; at += step) {
        TRY(wire->stream_feed(&f->cx, stream, str_slice(bytes, at, at + step), hear, reading));
        buf_add(&reading->raw, wire->stream_raw(stream));
    }
    return OK;
}

static void read_back(struct fuzz_ctx *f, struct str written)
{
    struct reading again = reading_new(f);
    FUZZ_CHECK(feed(f, written, written.len, &again) == OK);
    FUZZ_CHECK(str_has_suffix(buf_str(&again.heard.text), STR(" | done")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct str bytes = fuzz_str(data, size);
    fuzz_open(&f);
    struct reading whole = reading_new(&f);
    struct reading cut = reading_new(&f);
    whole.writer = face_anthropic.writer_new(
        &f.cx,
        &(struct face_writing){.request = &request, .write = write_on, .arg = &whole.written});
    enum status status = feed(&f, bytes, bytes.len + 1, &whole);
    FUZZ_CHECK(feed(&f, bytes, 1, &cut) == status);
    FUZZ_CHECK(str_eq(buf_str(&whole.heard.text), buf_str(&cut.heard.text)));
    if (status == OK) {
        FUZZ_CHECK(str_eq(buf_str(&whole.raw), buf_str(&cut.raw)));
        if (str_has_suffix(buf_str(&whole.heard.text), STR(" | done"))) {
            read_back(&f, buf_str(&whole.written));
        }
    }
    fuzz_close(&f);
    return 0;
}
