#include "shared/base/base64.h"

#include "tests/support/check.h"
#include "tests/support/random.h"

/* RFC 4648 section 10, and the two letters in which the alphabets differ. */
static const struct {
    struct str bytes, padded, url;
} vectors[] = {
    {STR_INIT(""), STR_INIT(""), STR_INIT("")},
    {STR_INIT("f"), STR_INIT("Zg=="), STR_INIT("Zg")},
    {STR_INIT("fo"), STR_INIT("Zm8="), STR_INIT("Zm8")},
    {STR_INIT("foo"), STR_INIT("Zm9v"), STR_INIT("Zm9v")},
    {STR_INIT("foob"), STR_INIT("Zm9vYg=="), STR_INIT("Zm9vYg")},
    {STR_INIT("fooba"), STR_INIT("Zm9vYmE="), STR_INIT("Zm9vYmE")},
    {STR_INIT("foobar"), STR_INIT("Zm9vYmFy"), STR_INIT("Zm9vYmFy")},
    {STR_INIT("\xFB\xFF\xBE"), STR_INIT("+/++"), STR_INIT("-_--")},
    {STR_INIT("\0\0\0"), STR_INIT("AAAA"), STR_INIT("AAAA")},
    {STR_INIT("\xFF"), STR_INIT("/w=="), STR_INIT("_w")},
};

static void base64_passes_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct str bytes = exact_copy(&t.cx, vectors[i].bytes), back = {0};
        CHECK_STR("padded", base64_encode(t.cx.arena, bytes), vectors[i].padded);
        CHECK_STR("url", base64url_encode(t.cx.arena, bytes), vectors[i].url);
        assert_true(base64_decode(t.cx.arena, exact_copy(&t.cx, vectors[i].padded), &back));
        CHECK_STR("back", back, vectors[i].bytes);
        assert_true(base64url_decode(t.cx.arena, exact_copy(&t.cx, vectors[i].url), &back));
        CHECK_STR("back from url", back, vectors[i].bytes);
    }
}

static void base64_decode_is_strict(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *name;
        struct str text;
    } refused[] = {
        {"no padding", STR_INIT("Zg")},         {"half the padding", STR_INIT("Zg=")},
        {"one letter", STR_INIT("Z===")},       {"nothing but padding", STR_INIT("====")},
        {"two paddings", STR_INIT("==")},       {"padding inside", STR_INIT("Zg==Zg==")},
        {"padding in front", STR_INIT("=Zg=")}, {"surplus padding", STR_INIT("Zm9v====")},
        {"stray bits of 4", STR_INIT("Zh==")},  {"stray bits of 2", STR_INIT("Zm9=")},
        {"line feed", STR_INIT("Zm9v\n")},      {"blank inside", STR_INIT("Zm 9")},
        {"url letters", STR_INIT("-_--")},      {"NUL", STR_INIT("Zm9\0")},
        {"not ASCII", STR_INIT("Zm9\xF6")},     {"length 5", STR_INIT("Zm9vY")},
        {"letter, then =", STR_INIT("Zm=v")},
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct str bytes = STR("untouched");
        CHECK_I64(refused[i].name,
                  base64_decode(t.cx.arena, exact_copy(&t.cx, refused[i].text), &bytes), false);
        CHECK_STR(refused[i].name, bytes, STR("untouched"));
    }
}

static void base64url_decode_is_strict(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct {
        const char *name;
        struct str text;
    } refused[] = {
        {"padding", STR_INIT("Zg==")},       {"one letter", STR_INIT("Z")},
        {"five letters", STR_INIT("Zm9vY")}, {"stray bits", STR_INIT("Zh")},
        {"stray bits", STR_INIT("Zm9")},     {"other letters", STR_INIT("+/++")},
        {"line feed", STR_INIT("Zm9v\nZg")}, {"dot", STR_INIT("Zm.v")},
        {"NUL", STR_INIT("Zm9\0")},
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct str bytes = {0};
        CHECK_I64(refused[i].name,
                  base64url_decode(t.cx.arena, exact_copy(&t.cx, refused[i].text), &bytes), false);
    }
}

static void base64_takes_each_letter_of_its_alphabet_alone(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    size_t padded = 0, url = 0;
    for (int c = 0; c < 256; c++) {
        char text[4] = {'A', 'A', 'A', (char)c};
        struct str bytes = {0};
        padded += base64_decode(t.cx.arena, (struct str){text, 4}, &bytes) && bytes.len == 3;
        url += base64url_decode(t.cx.arena, (struct str){text, 4}, &bytes) && bytes.len == 3;
    }
    CHECK_I64("letters", padded, 64);
    CHECK_I64("letters", url, 64);
}

static void base64_round_trips_each_length(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    uint64_t seed = 64;
    for (size_t len = 0; len < 260; len++) {
        char block[260];
        for (size_t i = 0; i < len; i++) {
            block[i] = (char)random_below(&seed, 256);
        }
        struct str bytes = exact_copy(&t.cx, (struct str){block, len}), back = {0};
        assert_true(base64_decode(t.cx.arena, base64_encode(t.cx.arena, bytes), &back));
        assert_true(str_eq(back, bytes));
        assert_true(base64url_decode(t.cx.arena, base64url_encode(t.cx.arena, bytes), &back));
        assert_true(str_eq(back, bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_passes_the_vectors_of_rfc_4648),
        cmocka_unit_test(base64_decode_is_strict),
        cmocka_unit_test(base64url_decode_is_strict),
        cmocka_unit_test(base64_takes_each_letter_of_its_alphabet_alone),
        cmocka_unit_test(base64_round_trips_each_length),
    };
    return cmocka_run_group_tests_name("base_base64", tests, NULL, NULL);
}
