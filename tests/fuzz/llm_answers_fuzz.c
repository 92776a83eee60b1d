/*
 * A whole answer, as each provider's: it is read, or it is not the protocol, and no word of it is
 * for callers. As a refusal it has a class. Lines of "type, a tab, payload" are Bedrock's stream,
 * which is the same at each cut.
 */
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/eventstream.h"
#include "tests/support/llm_events.h"

enum { MAX_TEXT_BYTES = 16 * 1024 * 1024, MAX_EVENTS = 64 };

static void read_whole(struct fuzz_ctx *f, const struct llm_wire *wire, struct str body)
{
    struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_NONE};
    struct heard_events heard = {.text = buf_in(&f->arena, MAX_TEXT_BYTES)};
    struct http_response res = {.status = 429, .body = body};
    struct llm_failure failure = {0};
    enum status status = wire->whole(&f->cx, &sent, body, heard_event, &heard);
    FUZZ_CHECK(status == OK || status == ERR_UPSTREAM);
    FUZZ_CHECK(status == OK || f->cx.err.words[0] == '\0');
    FUZZ_CHECK(status != OK || str_has_suffix(buf_str(&heard.text), STR("done")) ||
               str_has_prefix(buf_str(&heard.text), STR("error ")));
    wire->classify(&f->cx, &res, &failure);
    FUZZ_CHECK(failure.kind != LLM_NONE && failure.words.len > 0);
}

static void follow(struct fuzz_ctx *f, struct str body)
{
    struct llm_follow next;
    struct llm_wire_request cancel;
    bool is_prediction = llm_wire_replicate.follow(&f->cx, body, &next) == OK;
    bool is_running = llm_wire_replicate.cancel(&f->cx, body, &cancel);
    FUZZ_CHECK(is_running == (is_prediction && next.is_pending));
    FUZZ_CHECK(!is_prediction || str_has_prefix(next.next.path, STR("/v1/predictions/")));
    FUZZ_CHECK(!is_prediction || str_find(next.next.path, STR("..")) == SIZE_MAX);
}

static struct str frames_of(struct fuzz_ctx *f, struct str rest)
{
    struct buf out = buf_in(&f->arena, MAX_TEXT_BYTES);
    struct str line;
    for (size_t i = 0; i < MAX_EVENTS && str_split_next(&rest, '\n', &line); i++) {
        struct buf headers = buf_in(&f->arena, KIB(64));
        struct str payload = line;
        struct str type;
        (void)str_split_next(&payload, '\t', &type);
        bool is_event = !str_has_suffix(type, STR("Exception"));
        eventstream_put_header(&headers, STR(":message-type"),
                               is_event ? STR("event") : STR("exception"));
        eventstream_put_header(&headers, is_event ? STR(":event-type") : STR(":exception-type"),
                               str_slice(type, 0, 200));
        eventstream_put_raw(&out, buf_str(&headers), payload);
    }
    return buf_str(&out);
}

static enum status feed(struct fuzz_ctx *f, struct str bytes, size_t step, struct buf *heard_text)
{
    struct llm_wire_request sent = {0};
    struct llm_wire_stream *stream = llm_wire_bedrock.stream_new(&f->cx, &sent);
    struct heard_events heard = {.text = buf_in(&f->arena, MAX_TEXT_BYTES)};
    enum status status = OK;
    for (size_t at = 0; at < bytes.len && status == OK; at += step) {
        status = llm_wire_bedrock.stream_feed(&f->cx, stream, str_slice(bytes, at, at + step),
                                              heard_event, &heard);
    }
    *heard_text = heard.text;
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct buf whole;
    struct buf cut;
    struct str body = fuzz_str(data, size);
    fuzz_open(&f);
    read_whole(&f, &llm_wire_anthropic, body);
    err_clear(&f.cx);
    read_whole(&f, &llm_wire_bedrock, body);
    err_clear(&f.cx);
    read_whole(&f, &llm_wire_replicate, body);
    follow(&f, body);
    struct str frames = frames_of(&f, body);
    enum status status = feed(&f, frames, frames.len + 1, &whole);
    FUZZ_CHECK(feed(&f, frames, 7, &cut) == status);
    FUZZ_CHECK(str_eq(buf_str(&whole), buf_str(&cut)));
    fuzz_close(&f);
    return 0;
}
