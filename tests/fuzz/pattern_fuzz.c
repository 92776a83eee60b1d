/* Any bytes as an expression of ECMA-262: refused with words, or compiled, and then searched with
 * the bytes behind the first line end. */
#include "shared/pattern/pattern.h"
#include "tests/fuzz/fuzz.h"

#include "shared/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str rest = fuzz_str(data, size), expression = {0};
    (void)str_split_next(&rest, '\n', &expression);
    const struct pattern *pattern = NULL;
    size_t start = 0, end = 0;
    if (pattern_compile(&f.cx, &f.arena, expression, PATTERN_ECMA, &pattern) != OK) {
        FUZZ_CHECK(f.cx.err.words[0] != '\0');
    } else if (utf8_is_valid(rest)) {
        enum pattern_result found = pattern_find(pattern, rest, 0, &start, &end);
        FUZZ_CHECK(found != PATTERN_YES || (start <= end && end <= rest.len));
        /* a simple pattern's one pass and PCRE2 agree */
        FUZZ_CHECK(found == PATTERN_COSTLY || pattern_matches(pattern, rest) == found);
    }
    fuzz_close(&f);
    return 0;
}
