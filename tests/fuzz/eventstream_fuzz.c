/*
 * An event stream, whole and byte by byte: both readings give the same messages and end alike.
 * Checksums keep a fuzzer out, so the input is messages to be written: a byte says how long the
 * headers are, the next how long the payload is; a message whose headers' length is 255 is taken
 * as it is, checksums and all.
 */
#include "shared/llm/wire/eventstream.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/eventstream.h"

enum { MAX_BYTES = 2048, AS_IT_IS = 255 };

struct seen {
    size_t messages;
    uint32_t digest;
};

static enum status note(struct ctx *cx, void *arg, const struct eventstream_message *message)
{
    struct seen *seen = arg;
    (void)cx;
    seen->messages++;
    seen->digest = seen->digest * 31 + crc32_of(message->payload) + crc32_of(message->type) +
                   crc32_of(message->message_type);
    return OK;
}

static enum status feed(struct fuzz_ctx *f, struct str bytes, size_t step, struct seen *seen)
{
    struct eventstream stream;
    eventstream_init(&stream, &f->arena, MAX_BYTES);
    *seen = (struct seen){0};
    for (size_t at = 0; at < bytes.len; at += step) {
        TRY(eventstream_feed(&f->cx, &stream, str_slice(bytes, at, at + step), note, seen));
    }
    return OK;
}

static struct str messages_of(struct fuzz_ctx *f, struct str input)
{
    struct buf out = buf_in(&f->arena, MIB(1));
    while (input.len >= 2) {
        size_t headers = (uint8_t)input.ptr[0];
        size_t payload = (uint8_t)input.ptr[1];
        input = str_slice(input, 2, input.len);
        if (headers == AS_IT_IS) {
            buf_add(&out, str_slice(input, 0, payload));
            headers = 0;
        } else {
            eventstream_put_raw(&out, str_slice(input, 0, headers),
                                str_slice(input, headers, headers + payload));
        }
        input = str_slice(input, headers + payload, input.len);
    }
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    struct seen whole;
    struct seen cut;
    fuzz_open(&f);
    struct str bytes = messages_of(&f, fuzz_str(data, size));
    enum status whole_status = feed(&f, bytes, bytes.len + 1, &whole);
    enum status cut_status = feed(&f, bytes, 1, &cut);
    FUZZ_CHECK(whole.messages == cut.messages && whole.digest == cut.digest);
    FUZZ_CHECK(whole_status == cut_status || cut_status == OK);
    fuzz_close(&f);
    return 0;
}
