/*
 * A refusal, whatever its fields and its body say: a class, a wait within its limits, and no word
 * that is not one of ours.
 */
#include "shared/llm/wire/retry_after.h"
#include "shared/llm/wire/wire.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    if (size == 0) {
        return 0;
    }
    fuzz_open(&f);
    struct str fields = fuzz_str(data + 1, size - 1), body = {0};
    size_t end = str_find(fields, STR("\n\n"));
    if (end != SIZE_MAX) {
        body = str_slice(fields, end + 2, fields.len);
        fields = str_slice(fields, 0, end);
    }
    const struct http_response res = {
        .status = 400 + data[0] % 130, .fields = fields, .body = body};
    struct llm_failure failure = {0};
    llm_wire_openai.classify(&f.cx, &res, &failure);
    FUZZ_CHECK(failure.kind != LLM_NONE && failure.words.len > 0);
    FUZZ_CHECK(failure.retry_after_ms >= -1 && failure.retry_after_ms <= RETRY_AFTER_MAX_MS);
    FUZZ_CHECK(failure.code.len == 0 || failure.code.ptr < body.ptr ||
               failure.code.ptr >= body.ptr + body.len);
    int64_t in_text = retry_after_in_text(fuzz_str(data, size));
    FUZZ_CHECK(in_text >= -1 && in_text <= RETRY_AFTER_MAX_MS);
    fuzz_close(&f);
    return 0;
}
