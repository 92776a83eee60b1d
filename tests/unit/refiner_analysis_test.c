/* Reading the analyzer's JSON: what is forgiven, what is a fault, and where the limits are. */
#include "tests/support/check.h"

#include "functions/refiner/analysis.h"

/* Reads `text`; a status other than `want` fails. */
static struct analysis *read_as(struct ctx *cx, struct str text, enum status want)
{
    const struct json *root = NULL;
    struct analysis *analysis = ARENA_NEW(cx->arena, struct analysis);
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, text), NULL, &root), OK);
    CHECK_STATUS(cx, analysis_read(cx, root, analysis), want);
    return analysis;
}

static void analysis_reads_both_forms(void **state)
{
    static const struct str bare =
        STR_INIT("{\"id\":\"x\",\"user_request\":{\"original_prompt\":\"a dog\"}}");
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str wrapped = arena_format(&t.arena,
                                      "{\"analyzerJson\":" STR_FMT
                                      ",\"options\":{\"useFallback\":false,\"maxRetries\":1},"
                                      "\"metadata\":{\"userId\":\"u\",\"source\":\"app\"}}",
                                      STR_ARG(bare));
    struct analysis *one = read_as(&t.cx, bare, OK);
    struct analysis *two = read_as(&t.cx, wrapped, OK);
    CHECK_STR("prompt", one->prompt, STR("a dog"));
    CHECK_STR("prompt, wrapped", two->prompt, STR("a dog"));
    CHECK_STR("id, wrapped", two->id, STR("x"));
    CHECK_STR("source", two->source, STR("app"));
    assert_int_equal(two->wrapper.use_fallback, SAID_NO);
    CHECK_NEAR("retries", two->wrapper.max_retries.value, 1, 0);
}

/* One fault each: the body, and the path and words it is told with. */
static const struct {
    const char *body, *path, *words;
} faults[] = {
    {"{}", "user_request.original_prompt", "is required"},
    {"{\"user_request\":{\"intent\":\"image\"}}", "user_request.original_prompt", "is required"},
    {"{\"user_request\":{\"original_prompt\":null}}", "user_request.original_prompt",
     "is required"},
    {"{\"user_request\":{\"original_prompt\":7}}", "user_request.original_prompt",
     "must be a text"},
    {"{\"user_request\":{\"original_prompt\":\"a\\u0000b\"}}", "user_request.original_prompt",
     "must not contain U+0000"},
    {"{\"user_request\":{\"original_prompt\":\"\",\"intent\":\"hologram\"}}", "user_request.intent",
     "must be image, video, audio or mixed"},
    {"{\"user_request\":{\"original_prompt\":\"\",\"duration_seconds\":\"60\"}}",
     "user_request.duration_seconds", "must be a number"},
    {"{\"user_request\":{\"original_prompt\":\"\",\"duration_seconds\":-1}}",
     "user_request.duration_seconds", "must be from 0 to 86400"},
    {"{\"user_request\":{\"original_prompt\":\"\"},\"assets\":{}}", "assets", "must be a list"},
    {"{\"user_request\":{\"original_prompt\":\"\"},\"assets\":[3]}", "assets[0]",
     "must be an object"},
    {"{\"user_request\":{\"original_prompt\":\"\"},\"assets\":[{\"id\":\"a\"}]}", "assets[0].type",
     "is required"},
    {"{\"user_request\":{\"original_prompt\":\"\"},"
     "\"assets\":[{\"id\":\"a\",\"type\":\"image\",\"quality_score\":1.5}]}",
     "assets[0].quality_score", "must be from 0 to 1"},
    {"{\"user_request\":{\"original_prompt\":\"\"},\"prompt_analysis\":{\"clarity_score\":0}}",
     "prompt_analysis.clarity_score", "must be from 1 to 10"},
    {"{\"user_request\":{\"original_prompt\":\"\"},"
     "\"prompt_analysis\":{\"content_type_analysis\":{\"needs_charts\":\"yes\"}}}",
     "prompt_analysis.content_type_analysis.needs_charts", "must be true or false"},
    {"{\"user_request\":{\"original_prompt\":\"\"},\"creative_options\":[{\"id\":\"o\"}]}",
     "creative_options[0].title", "is required"},
    {"{\"analyzerJson\":[]}", "analyzerJson", "must be an object"},
};

static void analysis_names_the_field_at_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        (void)read_as(&t.cx, str_from_cstr(faults[i].body), ERR_INVALID);
        CHECK_STR(faults[i].body, str_from_cstr(t.cx.err.fields[0].path),
                  str_from_cstr(faults[i].path));
        CHECK_STR(faults[i].body, str_from_cstr(t.cx.err.fields[0].message),
                  str_from_cstr(faults[i].words));
        CHECK_I64(faults[i].body, t.cx.err.field_count, 1);
    }
}

static void analysis_names_every_field_at_fault(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    (void)read_as(&t.cx,
                  STR("{\"user_request\":{\"intent\":1},\"assets\":[{},{\"id\":\"a\"}],"
                      "\"quality_metrics\":{\"overall_confidence\":2}}"),
                  ERR_INVALID);
    CHECK_I64("faults", t.cx.err.field_count, 6);
}

static bool has_note(const struct analysis *analysis, const char *path)
{
    for (size_t i = 0; i < analysis->note_count; i++) {
        if (str_eq(analysis->notes[i].path, str_from_cstr(path))) {
            return true;
        }
    }
    return false;
}

#define ASKED "{\"user_request\":{\"original_prompt\":\"\"},"

/* What crashed or refused the replaced system and is read with a note: the body and its path. */
static const struct {
    const char *body, *path;
} forgiven[] = {
    {"{\"user_request\":{\"original_prompt\":\"\",\"intent\":null}}", "user_request.intent"},
    {"{\"user_request\":{\"original_prompt\":\"\",\"aspect_ratio\":null}}",
     "user_request.aspect_ratio"},
    {ASKED "\"assets\":null}", "assets"},
    {ASKED "\"prompt_analysis\":null}", "prompt_analysis"},
    {ASKED "\"prompt_analysis\":{\"suggested_improvements\":\"one\"}}",
     "prompt_analysis.suggested_improvements"},
    {ASKED "\"prompt_analysis\":{\"suggested_improvements\":[\"one\",2]}}",
     "prompt_analysis.suggested_improvements[1]"},
    {ASKED "\"recommendations\":[{\"type\":\"t\",\"recommendation\":\"r\","
           "\"priority\":\"important\"}]}",
     "recommendations[0].priority"},
    {ASKED "\"challenges\":[{\"type\":\"t\",\"description\":\"d\",\"impact\":\"cosmic\"}]}",
     "challenges[0].impact"},
    {ASKED "\"global_analysis\":{\"conflicts\":[7]}}", "global_analysis.conflicts[0]"},
    {ASKED "\"assets\":[{\"id\":\"a\",\"type\":\"Bild\"}]}", "assets[0].type"},
    {ASKED "\"assets\":[{\"id\":\"a\",\"type\":\"image\"},{\"id\":\"a\",\"type\":\"image\"}]}",
     "assets[1].id"},
};

static void analysis_notes_what_it_forgives(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(forgiven); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct analysis *analysis = read_as(&t.cx, str_from_cstr(forgiven[i].body), OK);
        if (!has_note(analysis, forgiven[i].path)) {
            CHECK_FAILED("no note of %s in %s\n", forgiven[i].path, forgiven[i].body);
        }
    }
}

static void analysis_has_no_note_of_what_is_as_it_should_be(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis = read_as(
        &t.cx,
        STR("{\"user_request\":{\"original_prompt\":\"x\",\"intent\":\"image\"},"
            "\"prompt_analysis\":{\"content_type_analysis\":{\"content_complexity\":\"very_"
            "simple\"}},\"quality_metrics\":{\"completion_status\":\"complete\"},\"unknown\":1}"),
        OK);
    CHECK_I64("notes", analysis->note_count, 0);
    assert_int_equal(analysis->content.complexity, COMPLEXITY_VERY_SIMPLE);
    assert_int_equal(analysis->completion, COMPLETION_COMPLETE);
}

static void analysis_reads_enum_words_of_six_languages(void **state)
{
    static const struct {
        const char *word;
        enum intent intent;
    } words[] = {
        {"image", INTENT_IMAGE},
        {"IMAGE", INTENT_IMAGE},
        {"imagen", INTENT_IMAGE},
        {"Bild", INTENT_IMAGE},
        {"immagine", INTENT_IMAGE},
        {"imagem", INTENT_IMAGE},
        {"vid\xC3\xA9o", INTENT_VIDEO},
        {"v\xC3\xAD"
         "deo",
         INTENT_VIDEO},
        {"son", INTENT_AUDIO},
        {"\xC3\xA1udio", INTENT_AUDIO},
        {"gemischt", INTENT_MIXED},
        {"mixte", INTENT_MIXED},
        {"misto", INTENT_MIXED},
        {"mixto", INTENT_MIXED},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct str body = arena_format(
            &t.arena, "{\"user_request\":{\"original_prompt\":\"\",\"intent\":\"%s\"}}",
            words[i].word);
        CHECK_I64(words[i].word, read_as(&t.cx, body, OK)->intent, words[i].intent);
    }
}

static void analysis_keeps_failed_from_becoming_complete(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis *analysis =
        read_as(&t.cx, STR(ASKED "\"quality_metrics\":{\"completion_status\":\"failed\"}}"), OK);
    assert_true(analysis->has_completion);
    assert_int_equal(analysis->completion, COMPLETION_PARTIAL);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static struct str repeated(struct ctx *cx, const char *unit, size_t count, const char *between)
{
    struct buf out = buf_in(cx->arena, MIB(1));
    for (size_t i = 0; i < count; i++) {
        buf_add(&out, str_from_cstr(i > 0 ? between : ""));
        buf_add(&out, str_from_cstr(unit));
    }
    return buf_str(&out);
}

/* A body with `%s` where something of `n` units goes. */
static const struct {
    const char *name, *before, *unit, *between, *after;
    size_t limit;
} limits[] = {
    {"prompt", "{\"user_request\":{\"original_prompt\":\"", "p", "", "\"}}",
     ANALYSIS_MAX_PROMPT_BYTES},
    {"platform", "{\"user_request\":{\"original_prompt\":\"\",\"platform\":\"", "p", "", "\"}}",
     ANALYSIS_MAX_WORD_BYTES},
    {"goal", ASKED "\"global_analysis\":{\"goal\":\"", "g", "", "\"}}", ANALYSIS_MAX_TEXT_BYTES},
    {"improvements", ASKED "\"prompt_analysis\":{\"suggested_improvements\":[", "\"i\"", ",", "]}}",
     ANALYSIS_MAX_ITEMS},
    {"assets", ASKED "\"assets\":[", "{\"id\":\"a\",\"type\":\"image\"}", ",", "]}",
     ANALYSIS_MAX_ASSETS},
    {"conflicts", ASKED "\"global_analysis\":{\"conflicts\":[", "\"c\"", ",", "]}}",
     ANALYSIS_MAX_ITEMS},
    {"challenges", ASKED "\"challenges\":[", "{\"type\":\"t\",\"description\":\"d\"}", ",", "]}",
     ANALYSIS_MAX_ITEMS},
    {"recommendations", ASKED "\"recommendations\":[", "{\"type\":\"t\",\"recommendation\":\"r\"}",
     ",", "]}", ANALYSIS_MAX_ITEMS},
    {"creative options", ASKED "\"creative_options\":[", "{\"id\":\"o\",\"title\":\"t\"}", ",",
     "]}", ANALYSIS_MAX_ITEMS},
};

static void analysis_has_limits_of_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        for (size_t over = 0; over <= 1; over++) {
            DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
            struct str inner =
                repeated(&t.cx, limits[i].unit, limits[i].limit + over, limits[i].between);
            struct buf body = buf_in(&t.arena, MIB(1));
            buf_add(&body, str_from_cstr(limits[i].before));
            buf_add(&body, inner);
            buf_add(&body, str_from_cstr(limits[i].after));
            print_message("  %s of %zu\n", limits[i].name, limits[i].limit + over);
            (void)read_as(&t.cx, buf_str(&body), over == 0 ? OK : ERR_INVALID);
        }
    }
}

static void analysis_keeps_no_more_notes_than_its_table_holds(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf body = buf_in(&t.arena, MIB(1));
    buf_add(&body, STR(ASKED "\"assets\":["));
    buf_add(&body, repeated(&t.cx, "{\"id\":\"a\",\"type\":\"Bild\",\"mood\":null}",
                            ANALYSIS_MAX_ASSETS, ","));
    buf_add(&body, STR("]}"));
    CHECK_I64("notes", read_as(&t.cx, buf_str(&body), OK)->note_count, ANALYSIS_MAX_NOTES);
}

static void analysis_refuses_what_is_no_object(void **state)
{
    static const struct str bodies[] = {STR_INIT("[]"), STR_INIT("null"), STR_INIT("\"x\"")};
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct analysis analysis;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        (void)read_as(&t.cx, bodies[i], ERR_INVALID);
    }
    CHECK_STATUS(&t.cx, analysis_read(&t.cx, NULL, &analysis), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(analysis_reads_both_forms),
        cmocka_unit_test(analysis_names_the_field_at_fault),
        cmocka_unit_test(analysis_names_every_field_at_fault),
        cmocka_unit_test(analysis_notes_what_it_forgives),
        cmocka_unit_test(analysis_has_no_note_of_what_is_as_it_should_be),
        cmocka_unit_test(analysis_reads_enum_words_of_six_languages),
        cmocka_unit_test(analysis_keeps_failed_from_becoming_complete),
        cmocka_unit_test(analysis_has_limits_of_size),
        cmocka_unit_test(analysis_keeps_no_more_notes_than_its_table_holds),
        cmocka_unit_test(analysis_refuses_what_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
