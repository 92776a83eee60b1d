#include "shared/json/json.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"

static const struct json *read_ok(struct ctx *cx, struct str text)
{
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, text), NULL, &root), OK);
    return root;
}

static const struct {
    const char *name;
    struct str text;
    const char *words;
} refused[] = {
    {"nothing", STR_INIT(""), "unexpected end at line 1, column 1"},
    {"blanks", STR_INIT(" \n "), "unexpected end at line 2, column 2"},
    {"comma behind the last element", STR_INIT("[1,]"), "unexpected character at line 1, column 4"},
    {"comma behind the last member", STR_INIT("{\"a\":1,}"), "expected a member name"},
    {"two documents", STR_INIT("1 2"), "something after the document at line 1, column 3"},
    {"NUL behind it", STR_INIT("1\0"), "something after the document"},
    {"byte order mark", STR_INIT("\xEF\xBB\xBF{}"), "unexpected character"},
    {"single quotes", STR_INIT("['a']"), "unexpected character"},
    {"name without quotes", STR_INIT("{a:1}"), "expected a member name in double quotes"},
    {"no colon", STR_INIT("{\"a\" 1}"), "expected ':'"},
    {"no comma", STR_INIT("[1 2]"), "expected ',' or ']'"},
    {"wrong closing", STR_INIT("{\"a\":1]"), "expected ',' or '}'"},
    {"open array", STR_INIT("[1"), "expected ',' or ']' at line 1, column 3"},
    {"open object", STR_INIT("{"), "expected a member name"},
    {"comment", STR_INIT("[1]//"), "something after the document"},
    {"word", STR_INIT("nul"), "unknown word"},
    {"word in capitals", STR_INIT("True"), "unexpected character"},
    {"word with more", STR_INIT("truex"), "something after the document"},
    {"NaN", STR_INIT("NaN"), "unexpected character"},
    {"leading zero", STR_INIT("01"), "malformed number"},
    {"minus alone", STR_INIT("-"), "malformed number"},
    {"plus", STR_INIT("+1"), "unexpected character"},
    {"point alone", STR_INIT("1."), "malformed number"},
    {"point first", STR_INIT(".5"), "unexpected character"},
    {"exponent without digits", STR_INIT("1e+"), "malformed number"},
    {"open string", STR_INIT("\"abc"), "unterminated string at line 1, column 1"},
    {"backslash at the end", STR_INIT("\"abc\\"), "unterminated string"},
    {"raw line feed", STR_INIT("\"a\nb\""), "control character in a string at line 1, column 3"},
    {"raw NUL", STR_INIT("\"\0\""), "control character"},
    {"unknown escape", STR_INIT("\"\\x\""), "unknown escape"},
    {"escaped line feed", STR_INIT("\"\\\n\""), "unknown escape"},
    {"escaped NUL", STR_INIT("\"\\\0\""), "unknown escape"},
    {"three digits", STR_INIT("\"\\u123\""), "malformed \\u escape"},
    {"not a digit", STR_INIT("\"\\u12g4\""), "malformed \\u escape"},
    {"digits cut by the end", STR_INIT("\"\\u12"), "unterminated string"},
    {"high surrogate alone", STR_INIT("\"\\ud800\""), "lone surrogate"},
    {"low surrogate alone", STR_INIT("\"\\udc00\""), "lone surrogate"},
    {"two high surrogates", STR_INIT("\"\\ud800\\ud800\""), "lone surrogate"},
    {"high surrogate and a letter", STR_INIT("\"\\ud800\\u0041\""), "lone surrogate"},
    {"high surrogate and half an escape", STR_INIT("\"\\ud800\\u00\""), "lone surrogate"},
    {"UTF-8 cut", STR_INIT("\"\xC3\""), "invalid UTF-8 at line 1, column 2"},
    {"UTF-8 overlong", STR_INIT("{\"\xC0\xAF\":1}"), "invalid UTF-8"},
    {"UTF-8 surrogate", STR_INIT("\"\xED\xA0\x80\""), "invalid UTF-8"},
    {"vertical tab", STR_INIT("[\v1]"), "unexpected character"},
    {"no-break space",
     STR_INIT("\xC2\xA0"
              "1"),
     "unexpected character"},
    {"on the third line", STR_INIT("{\n\n  \"a\": x}"), "unexpected character at line 3, column 8"},
};

static void json_read_refuses_what_is_not_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct json *root = NULL;
        enum status status = json_read(&t.cx, exact_copy(&t.cx, refused[i].text), NULL, &root);
        if (status != ERR_INVALID || strstr(t.cx.err.words, refused[i].words) == NULL ||
            root != NULL) {
            CHECK_FAILED("%s: got %s, \"%s\"; want \"%s\"\n", refused[i].name, status_name(status),
                         t.cx.err.words, refused[i].words);
        }
    }
}

static void json_read_decodes_strings(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        struct str text, want;
    } cases[] = {
        {STR_INIT("\"\""), STR_INIT("")},
        {STR_INIT("\"plain\x7F\""), STR_INIT("plain\x7F")},
        {STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR_INIT("\"\\/\b\f\n\r\t")},
        {STR_INIT("\"\\u0000\""), STR_INIT("\0")},
        {STR_INIT("\"\\u00e9\\u00E9\\u20ac\""), STR_INIT("\xC3\xA9\xC3\xA9\xE2\x82\xAC")},
        {STR_INIT("\"\\ud83d\\ude00\\uD800\\uDC00\\uDBFF\\uDFFF\""),
         STR_INIT("\xF0\x9F\x98\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")},
        {STR_INIT("\"\\ud7ff\\ue000\\uffff\""), STR_INIT("\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF")},
        {STR_INIT("\"\xC3\xA9\\n\xF0\x9F\x98\x80\""), STR_INIT("\xC3\xA9\n\xF0\x9F\x98\x80")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct json *root = read_ok(&t.cx, cases[i].text);
        CHECK_I64("type", root->type, JSON_STRING);
        CHECK_STR(cases[i].text.ptr, root->text, cases[i].want);
    }
    const struct json *object = read_ok(&t.cx, STR("{\"\\u0061\\u0000\":1}"));
    CHECK_STR("key", object->first->key, STR("a\0"));
}

static void json_read_keeps_numbers_as_written(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct str numbers[] = {
        STR_INIT("0"),
        STR_INIT("-0"),
        STR_INIT("-0.0"),
        STR_INIT("0.10"),
        STR_INIT("1E5"),
        STR_INIT("1e+005"),
        STR_INIT("1.50e-7"),
        STR_INIT("1e400"),
        STR_INIT("9223372036854775808"),
        STR_INIT("123456789012345678901234567890.123456789012345678901234567890"),
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        const struct json *root =
            read_ok(&t.cx, arena_format(t.cx.arena, " [" STR_FMT " ] ", STR_ARG(numbers[i])));
        CHECK_I64("type", root->first->type, JSON_NUMBER);
        CHECK_STR("text", root->first->text, numbers[i]);
        CHECK_STR("span", root->first->span, numbers[i]);
    }
}

static void json_read_gives_each_value_its_span(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str source = exact_copy(&t.cx, STR(" \r\n{ \"a\" : [ 1 , { } , [ ]\t] \n, "
                                              "\"b\\n\":\"x\\ty\" ,\"c\": { \"d\":null }\t } \n"));
    const struct json *root = NULL;
    CHECK_STATUS(&t.cx, json_read(&t.cx, source, NULL, &root), OK);
    CHECK_STR(
        "root", root->span,
        STR("{ \"a\" : [ 1 , { } , [ ]\t] \n, \"b\\n\":\"x\\ty\" ,\"c\": { \"d\":null }\t }"));
    const struct json *a = json_find(root, STR("a"));
    CHECK_STR("array", a->span, STR("[ 1 , { } , [ ]\t]"));
    CHECK_I64("elements", a->count, 3);
    CHECK_STR("number", a->first->span, STR("1"));
    CHECK_STR("empty object", a->first->next->span, STR("{ }"));
    CHECK_STR("empty array", a->first->next->next->span, STR("[ ]"));
    CHECK_STR("string, quotes and escapes", json_find(root, STR("b\n"))->span, STR("\"x\\ty\""));
    CHECK_STR("object", json_find(root, STR("c"))->span, STR("{ \"d\":null }"));
    assert_true(root->span.ptr == source.ptr + 3); /* a view, not a copy */
}

static struct str nested(struct ctx *cx, size_t depth, const char *open, const char *close)
{
    struct buf text = buf_in(cx->arena, MIB(1));
    for (size_t i = 0; i < depth; i++) {
        buf_add(&text, str_from_cstr(open));
    }
    buf_add(&text, STR("1"));
    for (size_t i = 0; i < depth; i++) {
        buf_add(&text, str_from_cstr(close));
    }
    return exact_copy(cx, buf_str(&text));
}

static void json_read_takes_max_depth_and_not_one_more(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        size_t asked, want;
    } cases[] = {{0, 64}, {1, 1}, {64, 64}, {100, 100}, {512, 512}, {513, 512}, {SIZE_MAX, 512}};
    const struct json *root = NULL;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_options options = {.max_depth = cases[i].asked};
        for (int object = 0; object < 2; object++) {
            const char *open = object ? "{\"a\":" : "[", *close = object ? "}" : "]";
            struct str fits = nested(&t.cx, cases[i].want, open, close);
            CHECK_STATUS(&t.cx, json_read(&t.cx, fits, &options, &root), OK);
            struct str deeper = nested(&t.cx, cases[i].want + 1, open, close);
            CHECK_STATUS(&t.cx, json_read(&t.cx, deeper, &options, &root), ERR_INVALID);
            assert_non_null(strstr(t.cx.err.words, "nested too deep"));
        }
    }
    CHECK_STATUS(&t.cx, json_read(&t.cx, STR("1"), &(struct json_options){.max_depth = 1}, &root),
                 OK);
}

/* {"k0":0,"k1":1, ... } with one more member behind them, in front of them, or none. */
static struct str wide_object(struct ctx *cx, size_t count, const char *front, const char *back)
{
    struct buf text = buf_in(cx->arena, MIB(4));
    buf_addf(&text, "{%s", front);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&text, "%s\"k%zu\":%zu", i == 0 && front[0] == '\0' ? "" : ",", i, i);
    }
    buf_addf(&text, "%s}", back);
    return exact_copy(cx, buf_str(&text));
}

static void json_read_refuses_duplicate_keys_at_any_size(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,  2,  14, 15, 16,  17,  18,  31,  32,
                                   33, 63, 64, 65, 127, 128, 129, 500, 10000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct json *root = read_ok(&t.cx, wide_object(&t.cx, sizes[i], "", ""));
        CHECK_I64("members", root->count, sizes[i]);
        const char *last = arena_format(t.cx.arena, ",\"k%zu\":-1", sizes[i] - 1).ptr;
        struct str texts[] = {
            wide_object(&t.cx, sizes[i], "", ",\"k0\":-1"),
            wide_object(&t.cx, sizes[i], "", last),
            wide_object(&t.cx, sizes[i], "",
                        ",\"\\u006b0\":-1"), /* the same name, spelt otherwise */
            wide_object(&t.cx, sizes[i], last + 1, ""),
        };
        for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
            CHECK_STATUS(&t.cx, json_read(&t.cx, texts[j], NULL, &root), ERR_INVALID);
            assert_non_null(strstr(t.cx.err.words, "duplicate key"));
            struct json_options allow = {.allow_duplicate_keys = true};
            CHECK_STATUS(&t.cx, json_read(&t.cx, texts[j], &allow, &root), OK);
            CHECK_I64("members", root->count, sizes[i] + 1);
        }
        int64_t value = 0;
        CHECK_STATUS(
            &t.cx,
            json_read(&t.cx, texts[0], &(struct json_options){.allow_duplicate_keys = true}, &root),
            OK);
        assert_true(json_is_i64(json_find(root, STR("k0")), &value));
        CHECK_I64("the last one counts", value, -1);
    }
}

static void json_read_compares_keys_of_one_object_only(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    (void)read_ok(&t.cx, STR("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}"));
    const struct json *root = NULL;
    CHECK_STATUS(&t.cx, json_read(&t.cx, STR("[{\"b\":{\"a\":1,\"a\":2}}]"), NULL, &root),
                 ERR_INVALID);
    CHECK_STATUS(&t.cx, json_read(&t.cx, STR("{\"\":1,\"\":2}"), NULL, &root), ERR_INVALID);
    (void)read_ok(&t.cx, STR("{\"a\":1,\"A\":2,\"\\u0000\":3,\"\":4,\"a \":5}"));
}

/* Comparing each pair of 10,000 names is 50 million comparisons: seconds under ASan. */
static void json_read_takes_10000_members_in_linear_time(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    int64_t start = clock_mono_us();
    (void)read_ok(&t.cx, wide_object(&t.cx, 1000, "", ""));
    int64_t small = clock_mono_us() - start;
    start = clock_mono_us();
    (void)read_ok(&t.cx, wide_object(&t.cx, 10000, "", ""));
    int64_t large = clock_mono_us() - start;
    /* 10 times the members: about 10 times as long; 100 times if quadratic. The floor forgives a
     * busy machine. */
    if (large > 300000 && large > small * 50) {
        CHECK_FAILED("1,000 members: %lld us, 10,000: %lld us\n", (long long)small,
                     (long long)large);
    }
}

static void json_read_takes_long_runs_of_space(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str space = arena_format(t.cx.arena, "%*s", 100000, "");
    struct str text = arena_format(t.cx.arena, "%s[%s[%s]%s]%s", space.ptr, space.ptr, space.ptr,
                                   space.ptr, space.ptr);
    const struct json *root = read_ok(&t.cx, text);
    CHECK_I64("outer", root->span.len, 300004);
    CHECK_I64("inner", root->first->span.len, 100002);
}

static void json_find_ignores_what_is_not_an_object(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *root = read_ok(&t.cx, STR("{\"s\":\"x\",\"n\":1,\"a\":[1]}"));
    assert_null(json_find(NULL, STR("s")));
    assert_null(json_find(root->first, STR("s")));
    assert_null(json_find(json_find(root, STR("a")), STR("")));
    assert_null(json_find(root, STR("S")));
    CHECK_STR("string", json_find_str(root, STR("s")), STR("x"));
    CHECK_STR("number", json_find_str(root, STR("n")), STR(""));
    CHECK_STR("absent", json_find_str(root, STR("z")), STR(""));
    CHECK_STR("no object", json_find_str(NULL, STR("z")), STR(""));
}

static void json_is_i64_takes_exact_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t want;
    } cases[] = {
        {"2", true, 2},
        {"2.0", true, 2},
        {"2e0", true, 2},
        {"20e-1", true, 2},
        {"2E+2", true, 200},
        {"0.002e3", true, 2},
        {"-2.50e1", true, -25},
        {"2.5", false, 0},
        {"25e-1", false, 0},
        {"0.1", false, 0},
        {"1e-1", false, 0},
        {"0", true, 0},
        {"-0", true, 0},
        {"-0.000", true, 0},
        {"0e999999999999", true, 0},
        {"0e-999999999999", true, 0},
        {"0.0e99999999999999999999999", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775807.000", true, INT64_MAX},
        {"922337203685477580.7e1", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775808.0", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"9223372036854775807.5", false, 0},
        {"1e18", true, 1000000000000000000},
        {"9e18", true, 9000000000000000000},
        {"1e19", false, 0},
        {"-1e19", false, 0},
        {"1e400", false, 0},
        {"1e-400", false, 0},
        {"1e99999999999999999999", false, 0},
        {"1e-99999999999999999999", false, 0},
        {"2.000000000000000000000000000000000000000000", true, 2},
        {"2000000000000000000000000000000000000000000e-42", true, 2},
        {"0.000000000000000000000000000000000000000002e42", true, 2},
        {"100000000000000000000000000000000000000000000001e-47", false, 0},
        {"1e0000000000000000000000000000000000000000005", true, 100000},
        {"1e-0", true, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        int64_t value = 77;
        CHECK_I64(cases[i].text, json_is_i64(read_ok(&t.cx, str_from_cstr(cases[i].text)), &value),
                  cases[i].ok);
        CHECK_I64(cases[i].text, cases[i].ok ? value : 0, cases[i].want);
    }
}

static void json_is_i64_refuses_other_types(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char *const texts[] = {"null", "true", "\"2\"", "[2]", "{\"a\":2}"};
    int64_t integer = 0;
    double number = 0;
    assert_false(json_is_i64(NULL, &integer));
    assert_false(json_is_f64(NULL, &number));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const struct json *root = read_ok(&t.cx, str_from_cstr(texts[i]));
        CHECK_I64(texts[i], json_is_i64(root, &integer), false);
        CHECK_I64(texts[i], json_is_f64(root, &number), false);
    }
}

static void json_is_f64_gives_the_nearest_double(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    double value = 0;
    assert_true(json_is_f64(read_ok(&t.cx, STR("0.1")), &value) && value == 0.1);
    assert_true(json_is_f64(read_ok(&t.cx, STR("9007199254740993")), &value) &&
                value == 9007199254740992.0);
    assert_true(json_is_f64(read_ok(&t.cx, STR("1e-400")), &value) && value == 0);
    assert_false(json_is_f64(read_ok(&t.cx, STR("1e400")), &value));
}

static void json_type_words_names_each_type(void **state)
{
    (void)state;
    assert_string_equal(json_type_words(JSON_NULL), "null");
    assert_string_equal(json_type_words(JSON_BOOL), "true or false");
    assert_string_equal(json_type_words(JSON_NUMBER), "a number");
    assert_string_equal(json_type_words(JSON_STRING), "a string");
    assert_string_equal(json_type_words(JSON_ARRAY), "an array");
    assert_string_equal(json_type_words(JSON_OBJECT), "an object");
}

/* Strings are passed over in words of eight bytes: what counts must be seen in each byte of one. */
static void json_read_sees_each_byte_of_a_string(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str bytes, want;
        enum status status;
    } cases[] = {
        {"plain", STR_INIT("z"), STR_INIT("z"), OK},
        {"just not a quote", STR_INIT("!#"), STR_INIT("!#"), OK},
        {"just not a backslash", STR_INIT("[]"), STR_INIT("[]"), OK},
        {"blank and DEL", STR_INIT(" \x7f"), STR_INIT(" \x7f"), OK},
        {"escape", STR_INIT("\\n"), STR_INIT("\n"), OK},
        {"escaped quote", STR_INIT("\\\""), STR_INIT("\""), OK},
        {"two escapes", STR_INIT("\\\\\\/"), STR_INIT("\\/"), OK},
        {"two bytes", STR_INIT("\xc3\xa9"), STR_INIT("\xc3\xa9"), OK},
        {"quote", STR_INIT("\""), {0}, ERR_INVALID},
        {"control", STR_INIT("\x1f"), {0}, ERR_INVALID},
        {"NUL", {"", 1}, {0}, ERR_INVALID},
        {"no UTF-8", STR_INIT("\x80"), {0}, ERR_INVALID},
        {"high and quote", STR_INIT("\xff\""), {0}, ERR_INVALID},
        {"high behind a backslash", STR_INIT("\\\xff"), {0}, ERR_INVALID},
        {"two bytes behind a backslash", STR_INIT("\\\xc3\xa9"), {0}, ERR_INVALID},
    };
    static const struct str filler = STR_INIT("aaaaaaaaaaaaaaaaaaaaaaaa");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t before = 0; before < 20; before++) {
            DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
            struct str head = str_slice(filler, 0, before);
            struct str tail = str_slice(filler, before, 20);
            struct buf text = buf_in(&t.arena, KIB(1));
            struct buf want = buf_in(&t.arena, KIB(1));
            const struct str parts[] = {STR("\""), head, cases[i].bytes, tail, STR("\"")};
            for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
                buf_add(&text, parts[k]);
            }
            buf_add(&want, head);
            buf_add(&want, cases[i].want);
            buf_add(&want, tail);
            const struct json *root = NULL;
            struct str source = exact_copy(&t.cx, buf_str(&text));
            enum status status = json_read(&t.cx, source, NULL, &root);
            CHECK_I64(cases[i].name, status, cases[i].status);
            if (status == OK) {
                CHECK_STR(cases[i].name, root->text, buf_str(&want));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_read_refuses_what_is_not_json),
        cmocka_unit_test(json_read_decodes_strings),
        cmocka_unit_test(json_read_keeps_numbers_as_written),
        cmocka_unit_test(json_read_gives_each_value_its_span),
        cmocka_unit_test(json_read_takes_max_depth_and_not_one_more),
        cmocka_unit_test(json_read_refuses_duplicate_keys_at_any_size),
        cmocka_unit_test(json_read_compares_keys_of_one_object_only),
        cmocka_unit_test(json_read_takes_10000_members_in_linear_time),
        cmocka_unit_test(json_read_takes_long_runs_of_space),
        cmocka_unit_test(json_find_ignores_what_is_not_an_object),
        cmocka_unit_test(json_is_i64_takes_exact_integers),
        cmocka_unit_test(json_is_i64_refuses_other_types),
        cmocka_unit_test(json_is_f64_gives_the_nearest_double),
        cmocka_unit_test(json_type_words_names_each_type),
        cmocka_unit_test(json_read_sees_each_byte_of_a_string),
    };
    return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
