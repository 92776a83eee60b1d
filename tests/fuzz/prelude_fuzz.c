/*
 * A stream's prelude, at any split: the same verdict, the same head, the same rest. What is read
 * can be sent: no header holds a line end.
 */
#include "infra/local/http/prelude.h"
#include "shared/base/field.h"
#include "tests/fuzz/fuzz.h"

struct outcome {
    enum prelude_result result;
    enum status status;
    struct http_reply reply;
    size_t left; /* bytes of the body */
};

/* `step` bytes at a time. */
static struct outcome feed(struct ctx *cx, struct str bytes, size_t step)
{
    struct outcome out = {.result = PRELUDE_MORE};
    struct prelude prelude = prelude_in(cx->arena);
    while (bytes.len > 0 && out.result == PRELUDE_MORE) {
        struct str piece = str_slice(bytes, 0, step);
        bytes = str_slice(bytes, piece.len, bytes.len);
        out.result = prelude_feed(&prelude, &piece);
        out.left = bytes.len + piece.len;
    }
    if (out.result == PRELUDE_DONE) {
        out.status = prelude_read(cx, &prelude, &out.reply);
    }
    return out;
}

static void check_reply(const struct http_reply *reply)
{
    FUZZ_CHECK(reply->status >= 200 && reply->status <= 599);
    FUZZ_CHECK(reply->header_count <= REPLY_MAX_HEADERS);
    for (size_t i = 0; i < reply->header_count; i++) {
        FUZZ_CHECK(field_is_token(reply->headers[i].name));
        FUZZ_CHECK(field_is_value(reply->headers[i].value));
    }
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    FUZZ_CHECK(a->result == b->result);
    if (a->result != PRELUDE_DONE) {
        return;
    }
    FUZZ_CHECK(a->left == b->left && a->status == b->status);
    if (a->status == OK) {
        FUZZ_CHECK(a->reply.status == b->reply.status);
        FUZZ_CHECK(a->reply.header_count == b->reply.header_count);
        check_reply(&a->reply);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str bytes = fuzz_str(data, size);
    struct outcome whole = feed(&f.cx, bytes, SIZE_MAX);
    struct outcome bytewise = feed(&f.cx, bytes, 1);
    struct outcome odd = feed(&f.cx, bytes, 7);
    check_same(&whole, &bytewise);
    check_same(&whole, &odd);
    fuzz_close(&f);
    return 0;
}
