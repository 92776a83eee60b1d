/* Which profile a prompt fits; what the replaced system took for finance comes first. */
#include "tests/support/check.h"

#include "functions/refiner/profile.h"

static const struct {
    const char *prompt;
    enum profile want;
} prompts[] = {
    /* nothing to go by, or words that only contain a keyword */
    {"test", PROFILE_GENERAL},
    {"", PROFILE_GENERAL},
    {"cats", PROFILE_GENERAL},
    {"my cat plays with a ball", PROFILE_GENERAL},
    {"happy birthday video for my son", PROFILE_GENERAL},
    {"upload a picture of a happy spaniel in space", PROFILE_GENERAL},
    {"christmas market at night", PROFILE_GENERAL},
    {"a bread recipe", PROFILE_GENERAL},
    /* each of the ten */
    {"explain how photosynthesis works", PROFILE_EDUCATIONAL},
    {"a tutorial for beginners in chess", PROFILE_EDUCATIONAL},
    {"an anime fight between two samurai", PROFILE_ANIME},
    {"my morning vlog with a skincare haul", PROFILE_UGC},
    {"stock market news of the week", PROFILE_FINANCE},
    {"how inflation affects your investments", PROFILE_FINANCE},
    {"a pitch deck for our board meeting", PROFILE_CORPORATE},
    {"relaxing oceans with soft waves", PROFILE_RELAXATION},
    {"a commercial for our summer sale", PROFILE_ADS},
    {"showcase of our new app", PROFILE_DEMO},
    {"funny cats meme", PROFILE_FUNNY},
    {"a documentary about the history of Lisbon", PROFILE_DOCUMENTARY},
    /* in the other languages, accents and case apart */
    {"explica c\xC3\xB3mo ahorrar en casa", PROFILE_EDUCATIONAL},
    {"ERKL\xC3\x84RE die Fotosynthese", PROFILE_EDUCATIONAL},
    {"eine Entspannung am Meer", PROFILE_RELAXATION},
    {"una presentaci\xC3\xB3n para la empresa", PROFILE_CORPORATE},
    {"une publicit\xC3\xA9 pour ma boulangerie", PROFILE_ADS},
    {"la storia della mia citt\xC3\xA0", PROFILE_DOCUMENTARY},
    {"uma piada sobre segundas-feiras", PROFILE_FUNNY},
};

static void profile_needs_whole_words_and_a_margin(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(prompts); i++) {
        struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
        analysis->prompt = exact_copy(&t.cx, str_from_cstr(prompts[i].prompt));
        struct profile_match match = profile_detect(&t.cx, analysis, MEDIA_VIDEO);
        CHECK_STR(prompts[i].prompt, str_from_cstr(profile_id(match.profile)),
                  str_from_cstr(profile_id(prompts[i].want)));
        assert_true(match.confidence >= 0 && match.confidence <= 0.95);
        assert_true((match.profile == PROFILE_GENERAL) == (match.confidence == 0));
    }
}

static void profile_of_equal_scores_is_general(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
    analysis->prompt = STR("a funny documentary");
    struct profile_match match = profile_detect(&t.cx, analysis, MEDIA_VIDEO);
    assert_int_equal(match.profile, PROFILE_GENERAL);
    CHECK_I64("alternatives", match.alternative_count, 2);
    assert_int_equal(match.alternatives[0].profile, PROFILE_DOCUMENTARY);
}

static void profile_is_surer_with_more_to_go_by(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
    analysis->prompt = STR("explain tides");
    double one = profile_detect(&t.cx, analysis, MEDIA_VIDEO).confidence;
    analysis->prompt =
        STR("explain tides in a lesson, a tutorial for a course, to teach and guide");
    double many = profile_detect(&t.cx, analysis, MEDIA_VIDEO).confidence;
    assert_true(one > 0.3 && one < 0.7);
    assert_true(many > 0.85 && many <= 0.95);
}

static void profile_listens_to_category_and_needs(void **state)
{
    static const struct {
        struct analysis_content content;
        enum profile want;
        const char *method;
    } cases[] = {
        {{.category = STR_INIT("Wellness")}, PROFILE_RELAXATION, "context"},
        {{.needs_explanation = SAID_YES}, PROFILE_EDUCATIONAL, "context"},
        {{.needs_explanation = SAID_NO, .needs_charts = SAID_YES}, PROFILE_GENERAL, "default"},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
        analysis->prompt = STR("waves");
        analysis->content = cases[i].content;
        struct profile_match match = profile_detect(&t.cx, analysis, MEDIA_VIDEO);
        assert_int_equal(match.profile, cases[i].want);
        CHECK_STR("method", str_from_cstr(match.method), str_from_cstr(cases[i].method));
    }
}

static void profile_of_what_is_only_heard_is_general(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
    analysis->prompt = STR("explain the stock market");
    assert_int_equal(profile_detect(&t.cx, analysis, MEDIA_AUDIO).profile, PROFILE_GENERAL);
}

static void profile_is_written_with_its_reasons(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis = ARENA_NEW(&t.arena, struct analysis);
    struct buf out = buf_in(&t.arena, KIB(4));
    struct json_writer w = json_writer_on(&out);
    analysis->prompt = STR("a relaxing spa");
    struct profile_match match = profile_detect(&t.cx, analysis, MEDIA_VIDEO);
    profile_write(&w, &match);
    assert_true(str_has_prefix(buf_str(&out), STR("{\"profileId\":\"pleasure_relaxation\"")));
    assert_true(str_find(buf_str(&out), STR("\"keyword: relaxing\"")) != SIZE_MAX);
    out = buf_in(&t.arena, KIB(4));
    w = json_writer_on(&out);
    analysis->prompt = STR("test");
    match = profile_detect(&t.cx, analysis, MEDIA_VIDEO);
    profile_write(&w, &match);
    CHECK_STR("general", buf_str(&out), STR("null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_needs_whole_words_and_a_margin),
        cmocka_unit_test(profile_of_equal_scores_is_general),
        cmocka_unit_test(profile_is_surer_with_more_to_go_by),
        cmocka_unit_test(profile_listens_to_category_and_needs),
        cmocka_unit_test(profile_of_what_is_only_heard_is_general),
        cmocka_unit_test(profile_is_written_with_its_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
