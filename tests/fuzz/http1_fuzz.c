/* A response says the same wherever it is split; what is DONE stays so; limits hold. */
#include "tests/fuzz/fuzz.h"
#include "tests/support/http1_read.h"

static void check_same(const struct http1_seen *a, const struct http1_seen *b)
{
    FUZZ_CHECK(a->end == b->end);
    FUZZ_CHECK(a->status == b->status);
    FUZZ_CHECK(a->heads == b->heads);
    FUZZ_CHECK(str_eq(a->body, b->body));
    FUZZ_CHECK(a->end == HTTP1_BROKEN || a->left == b->left);
    FUZZ_CHECK(a->end == HTTP1_BROKEN || str_eq(a->head, b->head));
    FUZZ_CHECK(a->is_last == b->is_last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    bool closes = size > 0 && data[0] % 2 == 1; /* the rest is the response */
    size_t part = size > 0 ? 1 + data[0] / 8 : 1;
    struct str bytes = size > 0 ? fuzz_str(data + 1, size - 1) : (struct str){0};
    struct http1_seen whole = http1_read_in_parts(&f.arena, bytes, SIZE_MAX, closes);
    struct http1_seen single = http1_read_in_parts(&f.arena, bytes, 1, closes);
    struct http1_seen parts = http1_read_in_parts(&f.arena, bytes, part, closes);
    check_same(&whole, &single);
    check_same(&whole, &parts);
    FUZZ_CHECK(whole.heads <= 1 && whole.head.len <= HTTP1_TEST_HEAD_BYTES);
    FUZZ_CHECK(whole.body.len <= bytes.len);
    FUZZ_CHECK((whole.status == 0) == (whole.heads == 0));
    struct str cut = str_slice(bytes, 0, bytes.len - whole.left);
    if (whole.end == HTTP1_DONE) { /* nothing behind its end had a part in it */
        struct http1_seen again = http1_read_in_parts(&f.arena, cut, SIZE_MAX, closes);
        FUZZ_CHECK(again.end == HTTP1_DONE && again.left == 0);
        FUZZ_CHECK(str_eq(again.body, whole.body));
    }
    fuzz_close(&f);
    return 0;
}
