/* Sentences of twenty-one languages (tests/cases/language), and what is no sentence.
 */
#include "tests/support/check.h"

#include "functions/refiner/language.h"
#include "shared/base/buf.h"
#include "shared/base/file.h"

struct tally {
    size_t all, right, sure, wrong_but_reliable;
};

static void sentence_try(struct ctx *cx, struct str line, struct tally *tally)
{
    struct str rest = line, code;
    assert_true(str_split_next(&rest, '\t', &code));
    struct language found = language_detect(exact_copy(cx, rest));
    bool is_right = str_eq(found.code, code);
    tally->all++;
    tally->right += is_right;
    tally->sure += is_right && found.is_reliable;
    tally->wrong_but_reliable += !is_right && found.is_reliable;
    if (!is_right) {
        print_message("  " STR_FMT " taken for " STR_FMT " at %.2f: " STR_FMT "\n", STR_ARG(code),
                      STR_ARG(found.code), found.confidence, STR_ARG(rest));
    }
}

static struct tally file_try(const char *name)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str text, line;
    struct tally tally = {0};
    CHECK_STATUS(&t.cx, file_read(&t.cx, name, MIB(1), &text), OK);
    while (str_split_next(&text, '\n', &line)) {
        if (line.len > 0) {
            sentence_try(&t.cx, line, &tally);
        }
    }
    print_message("  %zu of %zu right, %zu sure\n", tally.right, tally.all, tally.sure);
    return tally;
}

static void language_is_found_in_short_prompts(void **state)
{
    (void)state;
    struct tally tally = file_try("tests/cases/language/sentences.tsv");
    assert_true(tally.all >= 210);
    assert_true(tally.right * 100 >= tally.all * 97);
    CHECK_I64("wrong, and sure of it", tally.wrong_but_reliable, 0);
}

/* What is asked for in a handful of words; only who is sure answers in the language. */
static void language_is_sure_of_most_briefs(void **state)
{
    (void)state;
    struct tally tally = file_try("tests/cases/language/briefs.tsv");
    assert_true(tally.all >= 44);
    assert_true(tally.sure * 100 >= tally.all * 80);
    CHECK_I64("wrong, and sure of it", tally.wrong_but_reliable, 0);
}

static void language_of_too_little_is_unknown(void **state)
{
    static const struct str texts[] = {STR_INIT(""),  STR_INIT("test"), STR_INIT("42"),
                                       STR_INIT("a"), STR_INIT("no"),   STR_INIT("Bilbao 2026")};
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct language found = language_detect(exact_copy(&t.cx, texts[i]));
        CHECK_STR("code", found.code, STR("und"));
        assert_false(found.is_reliable);
    }
}

static void language_looks_at_no_more_than_its_limit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf text = buf_in(&t.arena, MIB(1));
    while (text.len < LANGUAGE_MAX_BYTES) {
        buf_add(&text, STR("the dog and the cat "));
    }
    for (size_t i = 0; i < 8; i++) {
        buf_add(&text, STR("\xd1\x8f")); /* cut within one, wherever the limit is */
        CHECK_STR("code", language_detect(exact_copy(&t.cx, buf_str(&text))).code, STR("en"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(language_is_found_in_short_prompts),
        cmocka_unit_test(language_is_sure_of_most_briefs),
        cmocka_unit_test(language_of_too_little_is_unknown),
        cmocka_unit_test(language_looks_at_no_more_than_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
