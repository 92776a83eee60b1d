#include "shared/base/str.h"

#include "tests/support/check.h"
#include "tests/support/random.h"

#include <math.h>

static void str_eq_compares_bytes_and_lengths(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), STR("abc")));
    assert_false(str_eq(STR("abc"), STR("abd")));
    assert_false(str_eq(STR("abc"), STR("ab")));
    assert_false(str_eq(STR("a\0b"), STR("a\0c")));
    assert_true(str_eq(STR(""), (struct str){0}));
}

static void str_eq_nocase_folds_ascii_letters_only(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str a, b;
        bool want;
    } cases[] = {
        {"letters", STR_INIT("Content-TYPE"), STR_INIT("cONTENT-type"), true},
        {"first and last letters", STR_INIT("azAZ"), STR_INIT("AZaz"), true},
        {"neighbours of letters", STR_INIT("@[`{"), STR_INIT("`{@["), false},
        {"byte behind a NUL", STR_INIT("a\0b"), STR_INIT("a\0c"), false},
        {"letter behind a NUL", STR_INIT("a\0b"), STR_INIT("A\0B"), true},
        {"not ASCII", STR_INIT("\xC3\xA4"), STR_INIT("\xC3\x84"), false},
        {"lengths", STR_INIT("ab"), STR_INIT("abc"), false},
        {"both empty", STR_INIT(""), {NULL, 0}, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].name, str_eq_nocase(cases[i].a, cases[i].b), cases[i].want);
        CHECK_I64(cases[i].name, str_eq_nocase(cases[i].b, cases[i].a), cases[i].want);
    }
}

static void str_cmp_orders_by_bytes_then_length(void **state)
{
    (void)state;
    static const struct str ordered[] = {{NULL, 0},        STR_INIT("\0"),   STR_INIT("a"),
                                         STR_INIT("a\0"),  STR_INIT("aa"),   STR_INIT("b"),
                                         STR_INIT("\x7F"), STR_INIT("\x80"), STR_INIT("\xFFz")};
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++) {
        for (size_t j = 0; j < ARRAY_LEN(ordered); j++) {
            int order = str_cmp(ordered[i], ordered[j]);
            int want = (i > j) - (i < j);
            CHECK_I64("order", (order > 0) - (order < 0), want);
        }
    }
}

static void str_eq_consttime_sees_each_bit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str a = exact_copy(&t.cx, STR("0123456789abcdef"));
    assert_true(str_eq_consttime(a, STR("0123456789abcdef")));
    assert_false(str_eq_consttime(a, STR("0123456789abcde")));
    assert_true(str_eq_consttime(STR(""), (struct str){0}));
    for (size_t bit = 0; bit < a.len * 8; bit++) {
        char other[16];
        memcpy(other, a.ptr, sizeof other);
        other[bit / 8] = (char)(other[bit / 8] ^ (1 << bit % 8));
        assert_false(str_eq_consttime(a, (struct str){.ptr = other, .len = sizeof other}));
    }
}

static void str_prefixes_and_suffixes(void **state)
{
    (void)state;
    assert_true(str_has_prefix(STR("abc"), STR("ab")));
    assert_true(str_has_prefix(STR("abc"), STR("")));
    assert_true(str_has_prefix((struct str){0}, (struct str){0}));
    assert_false(str_has_prefix(STR("ab"), STR("abc")));
    assert_true(str_has_suffix(STR("abc"), STR("bc")));
    assert_true(str_has_suffix(STR("abc"), STR("")));
    assert_false(str_has_suffix(STR("bc"), STR("abc")));
    struct str rest = STR("Bearer x");
    assert_false(str_skip_prefix(&rest, STR("bearer ")));
    CHECK_STR("left as it was", rest, STR("Bearer x"));
    assert_true(str_skip_prefix_nocase(&rest, STR("bEARER ")));
    CHECK_STR("behind it", rest, STR("x"));
    assert_false(str_skip_prefix_nocase(&rest, STR("xy")));
    assert_true(str_skip_prefix(&rest, STR("x")));
    CHECK_STR("nothing left", rest, STR(""));
}

static void str_trim_takes_blanks_off_both_ends(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text, want;
    } cases[] = {
        {"all four", STR_INIT(" \t\r\na b\n\r\t "), STR_INIT("a b")},
        {"nothing but blanks", STR_INIT(" \t "), STR_INIT("")},
        {"empty", {NULL, 0}, STR_INIT("")},
        {"no-break space stays", STR_INIT("\xC2\xA0"), STR_INIT("\xC2\xA0")},
        {"vertical tab and NUL stay", STR_INIT("\v\0"), STR_INIT("\v\0")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STR(cases[i].name, str_trim(cases[i].text), cases[i].want);
    }
}

static void str_find_gives_the_first_or_size_max(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str s = exact_copy(&t.cx, STR("a\0bab\0b"));
    assert_int_equal(str_find(s, STR("\0b")), 1);
    assert_int_equal(str_find(s, STR("b\0b")), 4);
    assert_int_equal(str_find(s, STR("")), 0);
    assert_int_equal(str_find((struct str){0}, (struct str){0}), 0);
    assert_true(str_find(s, STR("bb")) == SIZE_MAX);
    assert_true(str_find((struct str){0}, STR("b")) == SIZE_MAX);
    assert_int_equal(str_find_char(s, '\0'), 1);
    assert_true(str_find_char(s, 'x') == SIZE_MAX);
    assert_true(str_find_char((struct str){0}, '\0') == SIZE_MAX);
}

static void str_slice_clamps(void **state)
{
    (void)state;
    CHECK_STR("inside", str_slice(STR("abcd"), 1, 3), STR("bc"));
    CHECK_STR("to past the end", str_slice(STR("abcd"), 2, SIZE_MAX), STR("cd"));
    CHECK_STR("from past the end", str_slice(STR("abcd"), 9, 10), STR(""));
    CHECK_STR("from past to", str_slice(STR("abcd"), 3, 1), STR(""));
    CHECK_STR("nothing", str_slice((struct str){0}, 1, 2), STR(""));
}

static void str_split_next_gives_every_part(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        size_t count;
        struct str parts[4];
    } cases[] = {
        {STR_INIT("a,b"), 2, {STR_INIT("a"), STR_INIT("b")}},
        {STR_INIT("a"), 1, {STR_INIT("a")}},
        {STR_INIT(""), 1, {STR_INIT("")}},
        {STR_INIT(",a,,"), 4, {STR_INIT(""), STR_INIT("a"), STR_INIT(""), STR_INIT("")}},
        {{NULL, 0}, 0, {{NULL, 0}}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str rest = cases[i].text, part = {0};
        size_t count = 0;
        while (str_split_next(&rest, ',', &part)) {
            assert_true(count < cases[i].count);
            CHECK_STR("part", part, cases[i].parts[count]);
            count++;
        }
        CHECK_I64("parts", count, cases[i].count);
    }
}

static void str_to_i64_takes_whole_decimal_integers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        struct str text;
        bool ok;
        int64_t want;
    } cases[] = {
        {STR_INIT("0"), true, 0},
        {STR_INIT("-0"), true, 0},
        {STR_INIT("007"), true, 7},
        {STR_INIT("9223372036854775807"), true, INT64_MAX},
        {STR_INIT("-9223372036854775808"), true, INT64_MIN},
        {STR_INIT("9223372036854775808"), false, 0},
        {STR_INIT("-9223372036854775809"), false, 0},
        {STR_INIT("18446744073709551617"), false, 0},
        {STR_INIT("99999999999999999999999999"), false, 0},
        {STR_INIT(""), false, 0},
        {STR_INIT("-"), false, 0},
        {STR_INIT("--1"), false, 0},
        {STR_INIT("+1"), false, 0},
        {STR_INIT(" 1"), false, 0},
        {STR_INIT("1 "), false, 0},
        {STR_INIT("1\0"), false, 0},
        {STR_INIT("1.0"), false, 0},
        {STR_INIT("0x1"), false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t value = 77;
        CHECK_I64(cases[i].text.ptr, str_to_i64(exact_copy(&t.cx, cases[i].text), &value),
                  cases[i].ok);
        CHECK_I64(cases[i].text.ptr, value, cases[i].ok ? cases[i].want : 77);
    }
}

static void str_to_f64_refuses_what_json_refuses(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char *const refused[] = {
        "",        "-",   "+1",    ".5",    "5.",    "01",     "-01",
        "1e",      "1e+", "1e+-1", "1e--1", "1e1.5", "0x10",   "inf",
        "nan",     "1,5", " 1",    "1 ",    "1e400", "-1e400", "1e99999999999999999999",
        "1.8e308", "1_0", "--1"};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        double value = 77;
        CHECK_I64(refused[i], str_to_f64(exact_copy(&t.cx, str_from_cstr(refused[i])), &value),
                  false);
        assert_true(value == 77);
    }
}

/* strtod of the same text: glibc rounds to nearest. */
static void check_as_strtod(struct ctx *cx, const char *text)
{
    double value = 77;
    double want = strtod(text, NULL);
    bool ok = str_to_f64(exact_copy(cx, str_from_cstr(text)), &value);
    bool same = value == want && signbit(value) == signbit(want);
    if (ok != (isfinite(want) != 0) || (ok && !same)) {
        CHECK_FAILED("%.80s: got %d %.17g, want %.17g\n", text, ok, value, want);
    }
}

/* Between the largest double and 2^1024, in all its digits. */
static const char largest_and_a_bit[] =
    "1797693134862315708145274237317043567980705675258449965989174768031572607800285387605895586327"
    "6687817154045895351438246423432132688946418276846754670353751698604991057655128207624549009038"
    "9328944075868508455133942304583236903222948165808559332123347747979261441687387211725000000000"
    "000000000000000000000000000";

static void str_to_f64_rounds_to_nearest(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char *const texts[] = {
        "0",
        "-0",
        "0.0",
        "-0.0e5",
        "0e999999999999999999999",
        "-0e-99999999999999999999",
        "1",
        "0.1",
        "1e22",
        "1e23",
        "123456789012345",
        "1234567890123456",
        "9007199254740993",
        "9007199254740992.999",
        "1e-22",
        "1e-23",
        "0.3",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.797693134862315807e308",
        "1E5",
        "1e+5",
        "1e-5",
        "1e0000000000000000005",
        "1e-400",
        "1e-99999999999999999999",
        "0.000000000000000000000000000001e30",
        "123456789.123456789e-9",
        largest_and_a_bit,
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        check_as_strtod(&t.cx, texts[i]);
    }
}

static void str_to_f64_agrees_with_strtod_on_random_numbers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[128];
        uint64_t bits = random_u64(&seed);
        double value = 0;
        memcpy(&value, &bits, sizeof value);
        switch (isfinite(value) ? i % 4 : 3) {
        case 0:
            (void)snprintf(text, sizeof text, "%.17g", value);
            break;
        case 1:
            (void)snprintf(text, sizeof text, "%.40e", value);
            break;
        case 2:
            (void)snprintf(text, sizeof text, "%d.%0*d", (int)(bits % 100000),
                           (int)(bits >> 40 & 7) + 1, (int)(bits >> 60));
            break;
        default:
            (void)snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(bits >> 20),
                           (unsigned long long)(bits & 0xFFFFFF), (int)(bits % 700) - 350);
        }
        check_as_strtod(&t.cx, text);
        arena_reset(t.cx.arena);
    }
}

/* 1 + 2^-53 is half way between 1 and the next double: a tie goes to even, one digit more goes up,
 * however far off. */
static void str_to_f64_sees_digits_behind_a_thousand_zeros(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char half_way[] = "1.00000000000000011102230246251565404236316680908203125";
    static const size_t zeros[] = {0, 700, 746, 747, 748, 749, 3000};
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++) {
        char text[4000];
        size_t len = sizeof half_way - 1;
        memcpy(text, half_way, len);
        memset(text + len, '0', zeros[i] + 2);
        text[len + zeros[i] + 1] = '\0';
        check_as_strtod(&t.cx, text);
        text[len + zeros[i]] = '1';
        check_as_strtod(&t.cx, text);
    }
    char tiny[4000] = "0.";
    memset(tiny + 2, '0', 3000);
    memcpy(tiny + 3002, "15e3001", 8);
    check_as_strtod(&t.cx, tiny);
    char wide[4000] = "1";
    memset(wide + 1, '0', 3000);
    memcpy(wide + 3001, "e-3000", 7);
    check_as_strtod(&t.cx, wide);
}

static void str_to_cstr_fits_or_refuses(void **state)
{
    (void)state;
    char out[4] = "???";
    assert_true(str_to_cstr(STR("abc"), out, sizeof out));
    assert_string_equal(out, "abc");
    assert_false(str_to_cstr(STR("abcd"), out, sizeof out));
    assert_false(str_to_cstr(STR("a\0b"), out, sizeof out));
    assert_false(str_to_cstr(STR(""), out, 0));
    assert_true(str_to_cstr((struct str){0}, out, 1));
    assert_string_equal(out, "");
}

static void str_hex_write_gives_two_digits_a_byte(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x0F, 0xA5, 0xFF};
    char out[2 * sizeof bytes + 1] = "........";
    (void)state;
    str_hex_write(bytes, sizeof bytes, out);
    CHECK_STR("digits", str_from_cstr(out), STR("000fa5ff"));
    str_hex_write(bytes, 0, out);
    CHECK_STR("nothing", str_from_cstr(out), STR("000fa5ff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_eq_compares_bytes_and_lengths),
        cmocka_unit_test(str_eq_nocase_folds_ascii_letters_only),
        cmocka_unit_test(str_cmp_orders_by_bytes_then_length),
        cmocka_unit_test(str_eq_consttime_sees_each_bit),
        cmocka_unit_test(str_prefixes_and_suffixes),
        cmocka_unit_test(str_trim_takes_blanks_off_both_ends),
        cmocka_unit_test(str_find_gives_the_first_or_size_max),
        cmocka_unit_test(str_slice_clamps),
        cmocka_unit_test(str_split_next_gives_every_part),
        cmocka_unit_test(str_to_i64_takes_whole_decimal_integers),
        cmocka_unit_test(str_to_f64_refuses_what_json_refuses),
        cmocka_unit_test(str_to_f64_rounds_to_nearest),
        cmocka_unit_test(str_to_f64_agrees_with_strtod_on_random_numbers),
        cmocka_unit_test(str_to_f64_sees_digits_behind_a_thousand_zeros),
        cmocka_unit_test(str_to_cstr_fits_or_refuses),
        cmocka_unit_test(str_hex_write_gives_two_digits_a_byte),
    };
    return cmocka_run_group_tests_name("base_str", tests, NULL, NULL);
}
