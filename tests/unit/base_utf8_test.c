#include "shared/base/utf8.h"

#include "tests/support/check.h"

static void utf8_valid_prefix_knows_the_table_of_rfc_3629(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *name;
        struct str text;
        size_t want;
    } cases[] = {
        {"U+0000", STR_INIT("\0"), 1},
        {"U+007F", STR_INIT("\x7F"), 1},
        {"U+0080", STR_INIT("\xC2\x80"), 2},
        {"U+07FF", STR_INIT("\xDF\xBF"), 2},
        {"U+0800", STR_INIT("\xE0\xA0\x80"), 3},
        {"U+0FFF", STR_INIT("\xE0\xBF\xBF"), 3},
        {"U+1000", STR_INIT("\xE1\x80\x80"), 3},
        {"U+CFFF", STR_INIT("\xEC\xBF\xBF"), 3},
        {"U+D7FF", STR_INIT("\xED\x9F\xBF"), 3},
        {"U+D800, a surrogate", STR_INIT("\xED\xA0\x80"), 0},
        {"U+DFFF, a surrogate", STR_INIT("\xED\xBF\xBF"), 0},
        {"U+E000", STR_INIT("\xEE\x80\x80"), 3},
        {"U+FEFF", STR_INIT("\xEF\xBB\xBF"), 3},
        {"U+FFFF", STR_INIT("\xEF\xBF\xBF"), 3},
        {"U+10000", STR_INIT("\xF0\x90\x80\x80"), 4},
        {"U+3FFFF", STR_INIT("\xF0\xBF\xBF\xBF"), 4},
        {"U+40000", STR_INIT("\xF1\x80\x80\x80"), 4},
        {"U+FFFFF", STR_INIT("\xF3\xBF\xBF\xBF"), 4},
        {"U+100000", STR_INIT("\xF4\x80\x80\x80"), 4},
        {"U+10FFFF", STR_INIT("\xF4\x8F\xBF\xBF"), 4},
        {"U+110000", STR_INIT("\xF4\x90\x80\x80"), 0},
        {"five bytes", STR_INIT("\xF8\x88\x80\x80\x80"), 0},
        {"overlong U+0000", STR_INIT("\xC0\x80"), 0},
        {"overlong '/'", STR_INIT("\xC0\xAF"), 0},
        {"overlong U+007F", STR_INIT("\xC1\xBF"), 0},
        {"overlong U+07FF", STR_INIT("\xE0\x9F\xBF"), 0},
        {"overlong U+FFFF", STR_INIT("\xF0\x8F\xBF\xBF"), 0},
        {"continuation alone", STR_INIT("\x80"), 0},
        {"FE", STR_INIT("\xFE"), 0},
        {"FF", STR_INIT("\xFF"), 0},
        {"2 cut", STR_INIT("a\xC3"), 1},
        {"3 cut at 1", STR_INIT("a\xE2"), 1},
        {"3 cut at 2", STR_INIT("a\xE2\x82"), 1},
        {"4 cut at 3", STR_INIT("a\xF0\x9F\x98"), 1},
        {"2 and a letter", STR_INIT("\xC3(ab"), 0},
        {"3, third is a letter", STR_INIT("\xE2\x82(a"), 0},
        {"3, third is a lead", STR_INIT("\xE2\x82\xC2\x80"), 0},
        {"4, fourth is a letter", STR_INIT("\xF0\x9F\x98("), 0},
        {"good, then bad", STR_INIT("\xC3\xA9\xE2\x82\xAC\xFFz"), 5},
        {"empty", {NULL, 0}, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str text = exact_copy(&t.cx, cases[i].text);
        CHECK_I64(cases[i].name, utf8_valid_prefix(text), cases[i].want);
        CHECK_I64(cases[i].name, utf8_is_valid(text), cases[i].want == text.len);
    }
}

static void utf8_every_code_point_round_trips(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[4];
        size_t len = utf8_encode(code_point, bytes);
        size_t want = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
        bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        struct str text = {.ptr = bytes, .len = len};
        if (len != want || utf8_is_valid(text) == surrogate || utf8_length(text) != 1) {
            CHECK_FAILED("U+%04X: %zu bytes, valid %d\n", code_point, len, utf8_is_valid(text));
        }
    }
}

/* Of all two-byte texts: 128 * 128 of ASCII, and 30 leads (C2..DF) with 64 continuations. */
static void utf8_accepts_just_so_many_short_texts(void **state)
{
    (void)state;
    int64_t valid2 = 0, valid3 = 0;
    for (int i = 0; i < 256 * 256 * 256; i++) {
        char bytes[3] = {(char)(i >> 16), (char)(i >> 8), (char)i};
        valid3 += utf8_is_valid((struct str){bytes, 3});
        valid2 += i < 65536 && utf8_is_valid((struct str){bytes + 1, 2});
    }
    CHECK_I64("two bytes", valid2, 128 * 128 + 30 * 64);
    CHECK_I64("three bytes", valid3,
              128 * 128 * 128 + 2 * 128 * 30 * 64 + (0x10000 - 0x800 - 0x800));
}

static void utf8_length_counts_code_points(void **state)
{
    (void)state;
    CHECK_I64("none", utf8_length((struct str){0}), 0);
    CHECK_I64("mixed", utf8_length(STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_valid_prefix_knows_the_table_of_rfc_3629),
        cmocka_unit_test(utf8_every_code_point_round_trips),
        cmocka_unit_test(utf8_accepts_just_so_many_short_texts),
        cmocka_unit_test(utf8_length_counts_code_points),
    };
    return cmocka_run_group_tests_name("base_utf8", tests, NULL, NULL);
}
