/* The small parsers of text from outside: numbers, dates, UUIDs; each against another way to the
 * same verdict. */
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/json/json.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

static void check_number(struct ctx *cx, struct str text)
{
    const struct json *root = NULL;
    bool is_json = json_read(cx, text, NULL, &root) == OK && root->type == JSON_NUMBER &&
                   root->span.len == text.len;
    double number = 0, again = 0;
    bool is_f64 = str_to_f64(text, &number);
    FUZZ_CHECK(!is_f64 || (is_json && isfinite(number)));
    struct str cstr = arena_str_copy(cx->arena, text);
    FUZZ_CHECK(!is_json || is_f64 == (isfinite(strtod(cstr.ptr, NULL)) != 0));
    FUZZ_CHECK(!is_f64 || strtod(cstr.ptr, NULL) == number);
    if (is_f64) {
        FUZZ_CHECK(str_to_f64(arena_format(cx->arena, "%.17g", number), &again) && again == number);
    }
}

static void check_integer(struct ctx *cx, struct str text)
{
    int64_t integer = 0, again = 0;
    if (str_to_i64(text, &integer)) {
        FUZZ_CHECK(str_to_i64(arena_format(cx->arena, "%lld", (long long)integer), &again) &&
                   again == integer);
    }
}

static void check_date(struct str text)
{
    int32_t days = 0;
    char again[11];
    if (date_parse(text, &days)) {
        date_format(days, again);
        FUZZ_CHECK(str_eq(text, str_from_cstr(again)));
    }
}

static void check_parts(struct str text)
{
    struct str rest = text, part = {0};
    size_t total = 0, parts = 0;
    while (str_split_next(&rest, ',', &part)) {
        FUZZ_CHECK(str_find_char(part, ',') == SIZE_MAX);
        total += part.len;
        parts++;
    }
    FUZZ_CHECK(text.ptr == NULL || total + parts - 1 == text.len);
    struct str trimmed = str_trim(text);
    FUZZ_CHECK(str_eq(str_trim(trimmed), trimmed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct str text = fuzz_str(data, size);
    check_number(&f.cx, text);
    check_integer(&f.cx, text);
    check_date(text);
    check_parts(text);
    FUZZ_CHECK(!uuid_is_valid(text) || str_find_char(text, '-') == 8);
    fuzz_close(&f);
    return 0;
}
