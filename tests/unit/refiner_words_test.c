/* Words, quotations and phrases: what rules look for, and what sentences are made of. */
#include "tests/support/check.h"

#include "functions/refiner/phrases.h"
#include "functions/refiner/seconds.h"
#include "functions/refiner/words.h"
#include "shared/base/utf8.h"

static void words_are_folded(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", " "},
        {"  Explain, THIS! ", " explain this "},
        {"\xC3\x89t\xC3\xA9 \xC3\xA0 la f\xC3\xAAte", " ete a la fete "},
        {"Stra\xC3\x9F"
         "e \xC3\x84ndern",
         " strasse andern "},
        {"\xC5\x93uvre", " oeuvre "},
        {"\xC2\xBFqu\xC3\xA9? \xC2\xABno\xC2\xBB", " que no "},
        {"it\xE2\x80\x99s", " it s "},
        {"3\xC3\x97"
         "4",
         " 3 4 "},
        {"\xE7\x8A\xAC\xE3\x80\x82\xE7\x8C\xAB", " \xE7\x8A\xAC \xE7\x8C\xAB "},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STR(cases[i].text, words_of(&t.cx, exact_copy(&t.cx, str_from_cstr(cases[i].text))),
                  str_from_cstr(cases[i].want));
    }
}

static void words_are_found_whole(void **state)
{
    static const struct {
        const char *text, *phrase;
        bool want;
    } cases[] = {
        {"happy days", "app", false},
        {"an app", "app", true},
        {"app", "app", true},
        {"how to bake", "how to", true},
        {"show towers", "how to", false},
        {"apple app", "app", true},
        {"upload", "ad", false},
        {"", "ad", false},
        {"x", "", false},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str words = words_of(&t.cx, str_from_cstr(cases[i].text));
        CHECK_I64(cases[i].text, words_have(words, str_from_cstr(cases[i].phrase)), cases[i].want);
    }
    CHECK_I64("count", words_count(STR(" a b c ")), 3);
    CHECK_I64("none", words_count(STR(" ")), 0);
}

static void words_look_at_no_more_than_their_limit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char *text = arena_alloc_raw(&t.arena, WORDS_MAX_BYTES + 1);
    memset(text, 'a', WORDS_MAX_BYTES + 1);
    CHECK_I64("n", words_of(&t.cx, (struct str){text, WORDS_MAX_BYTES}).len, WORDS_MAX_BYTES + 2);
    CHECK_I64("n + 1", words_of(&t.cx, (struct str){text, WORDS_MAX_BYTES + 1}).len,
              WORDS_MAX_BYTES + 2);
}

static void quotation_is_one_clean_line(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *want;
    } cases[] = {
        {"  a\n\tdog  ", 100, "a dog"},
        {"**bold** `code` {0} <b>", 100, "bold code 0 b"},
        {"The end...", 100, "The end"},
        {"$' $& $1 %s", 100, "$' $& $1 %s"},
        {"one two three four", 12, "one two\xE2\x80\xA6"},
        {"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 7, "\xC3\xA9\xC3\xA9\xE2\x80\xA6"},
        {"***", 100, ""},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str got =
            text_quoted(&t.cx, exact_copy(&t.cx, str_from_cstr(cases[i].text)), cases[i].max);
        CHECK_STR(cases[i].text, got, str_from_cstr(cases[i].want));
        assert_true(got.len <= cases[i].max);
        assert_true(utf8_is_valid(got));
    }
}

static void seconds_are_read_from_text(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"45 s night drive", 45},
        {"45s drive", 45},
        {"a 30 second trailer", 30},
        {"2 minutes of rain", 120},
        {"90 Sekunden", 90},
        {"3 minutos", 180},
        {"30-second spot", 30},
        {"take 5", 0},
        {"5 dogs", 0},
        {"", 0},
        {"s 45", 0},
        {"9999999999999999999 s", 0},
        {"86400 s", 86400},
        {"86401 s", 0},
        {"1440 min", 86400},
        {"1441 min", 0},
        {"1:30 min", 90},
        {"1:60 min", 0},
        {"1.5 minutes of rain", 90},
        {"1,25 Minuten", 75},
        {"2.9 s", 2},
        {"1.555 s", 0},
        {"9:16 clip, 20 s", 20},
        {"take 2, 30 seconds", 30},
        {"in 1999, 12 seconds", 12},
        {"5  s", 0},
        {"30\xC2\xA0s", 30},
        {"7 storks", 0},
        {"1", 0},
        {"1:", 0},
        {"1.", 0},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].text, text_seconds(&t.cx, str_from_cstr(cases[i].text)), cases[i].want);
    }
}

/* ---- phrases --------------------------------------------------------------------------------- */

static unsigned places_of(struct str template)
{
    unsigned places = 0;
    static const struct str all[] = {STR_INIT("{0}"), STR_INIT("{1}"), STR_INIT("{2}"),
                                     STR_INIT("{3}")};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (str_find(template, all[i]) != SIZE_MAX) {
            places |= 1U << i;
        }
    }
    return places;
}

static void phrases_are_in_every_book_with_the_same_places(void **state)
{
    (void)state;
    const struct phrase_book *english = phrase_book(TONGUE_en);
    for (size_t tongue = 0; tongue < TONGUE_COUNT; tongue++) {
        const struct phrase_book *book = phrase_book((enum tongue)tongue);
        for (size_t i = 0; i < PHRASE_COUNT; i++) {
            if (book->of[i].len == 0 || places_of(book->of[i]) != places_of(english->of[i])) {
                CHECK_FAILED("phrase %zu of tongue %zu\n", i, tongue);
            }
        }
    }
}

static void profiles_have_texts_in_every_book(void **state)
{
    enum { CONCEPT_MIN_BYTES = 50 };
    (void)state;
    for (size_t tongue = 0; tongue < TONGUE_COUNT; tongue++) {
        for (size_t i = 0; i < PROFILE_COUNT; i++) {
            const struct profile_text *text = &phrase_book((enum tongue)tongue)->profiles[i];
            assert_true(str_has_prefix(text->concept, STR("{0}: ")));
            assert_true(text->concept.len >= CONCEPT_MIN_BYTES + 3);
            assert_true(text->visual.len > 0 && text->style.len > 0 && text->mood.len > 0);
            assert_true(text->intro.len > 0 && text->outro.len > 0);
            for (size_t part = 0; part < PROFILE_CORE_COUNT; part++) {
                assert_true(text->core[part].len > 0);
            }
        }
    }
}

static void phrase_takes_its_arguments_as_text(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct str args[] = {STR("{1}%s$&"), STR("b")};
    CHECK_STR("filled", phrase_fill(&t.cx, STR("{0}-{1}-{0} {2} {x} {"), args, 2),
              STR("{1}%s$&-b-{1}%s$& {2} {x} {"));
}

static void tongue_of_an_unknown_language_is_english(void **state)
{
    (void)state;
    assert_int_equal(tongue_of(STR("pt")), TONGUE_pt);
    assert_int_equal(tongue_of(STR("ja")), TONGUE_en);
    assert_int_equal(tongue_of(STR("")), TONGUE_en);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded),
        cmocka_unit_test(words_are_found_whole),
        cmocka_unit_test(words_look_at_no_more_than_their_limit),
        cmocka_unit_test(quotation_is_one_clean_line),
        cmocka_unit_test(seconds_are_read_from_text),
        cmocka_unit_test(phrases_are_in_every_book_with_the_same_places),
        cmocka_unit_test(profiles_have_texts_in_every_book),
        cmocka_unit_test(phrase_takes_its_arguments_as_text),
        cmocka_unit_test(tongue_of_an_unknown_language_is_english),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
