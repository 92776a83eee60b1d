/* What decodes has one spelling: encoded again it is the input. And any bytes survive the round
 * trip. */
#include "shared/base/base64.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str input = fuzz_str(data, size), bytes = {0};
    if (base64_decode(&f.arena, input, &bytes)) {
        FUZZ_CHECK(str_eq(base64_encode(&f.arena, bytes), input));
    }
    if (base64url_decode(&f.arena, input, &bytes)) {
        FUZZ_CHECK(str_eq(base64url_encode(&f.arena, bytes), input));
    }
    FUZZ_CHECK(base64_decode(&f.arena, base64_encode(&f.arena, input), &bytes));
    FUZZ_CHECK(str_eq(bytes, input));
    FUZZ_CHECK(base64url_decode(&f.arena, base64url_encode(&f.arena, input), &bytes));
    FUZZ_CHECK(str_eq(bytes, input));
    fuzz_close(&f);
    return 0;
}
