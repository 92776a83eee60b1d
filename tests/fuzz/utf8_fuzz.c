/* The reader's verdict against a decoder that works backwards: value first, then its one spelling.
 */
#include "shared/base/utf8.h"
#include "tests/fuzz/fuzz.h"

/* The code point at the start by shifting alone; its length, or 0. */
static size_t decode(struct str s, uint32_t *code_point)
{
    unsigned char lead = (unsigned char)s.ptr[0];
    size_t ones = (size_t)__builtin_clz(~((unsigned)lead << 24)); /* 0: ASCII, 1: a continuation */
    size_t len = ones == 0 ? 1 : ones;
    if (ones == 1 || len > 4 || len > s.len) {
        return 0;
    }
    *code_point = len == 1 ? lead : lead & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        *code_point = *code_point << 6 | ((unsigned char)s.ptr[i] & 0x3FU);
    }
    return len;
}

static size_t valid_prefix(struct str s)
{
    size_t at = 0;
    while (at < s.len) {
        uint32_t code_point = 0;
        char again[4];
        struct str rest = str_slice(s, at, s.len);
        size_t len = decode(rest, &code_point);
        if (len == 0 || code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF) ||
            utf8_encode(code_point, again) != len || memcmp(again, rest.ptr, len) != 0) {
            break;
        }
        at += len;
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_str(data, size);
    size_t valid = utf8_valid_prefix(input);
    FUZZ_CHECK(valid == valid_prefix(input));
    FUZZ_CHECK(utf8_is_valid(input) == (valid == size));
    FUZZ_CHECK(utf8_length(str_slice(input, 0, valid)) <= valid);
    return 0;
}
