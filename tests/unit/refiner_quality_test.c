/* A grade that can fail. */
#include "tests/unit/refiner_fixture.h"

#include <time.h>

static struct quality assess(struct ctx *cx, const struct refined_case *one)
{
    return quality_assess(cx, one->analysis, &one->refinement->refined);
}

/* The severity of the issue of that type; empty if there is none. */
static struct str severity_of(const struct quality *quality, const char *type)
{
    for (size_t i = 0; i < quality->issue_count; i++) {
        if (strcmp(quality->issues[i].type, type) == 0) {
            return str_from_cstr(quality->issues[i].severity);
        }
    }
    return (struct str){0};
}

static void quality_of_an_empty_concept_is_f(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    one.refinement->refined.direction.core_concept = STR(" ");
    struct quality quality = assess(&t.cx, &one);
    assert_int_equal(quality.grade, 'F');
    assert_false(quality.is_valid);
    assert_true(severity_of(&quality, "concept").len > 0);
}

static void quality_of_a_placeholder_is_f(void **state)
{
    static const char *const texts[] = {
        "A **bold** seaside portrait of the dog at the beach, for a poster",
        "A portrait of undefined, my dog at the beach, for a poster of summer",
        "short",
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct refined_case one = refine_file(&t.cx, "poster.json");
        one.refinement->refined.direction.core_concept = str_from_cstr(texts[i]);
        struct quality quality = assess(&t.cx, &one);
        assert_true(quality.has_placeholder);
        assert_int_equal(quality.grade, 'F');
        CHECK_STR(texts[i], severity_of(&quality, "placeholder"), STR("critical"));
    }
}

static void quality_of_a_stock_concept_is_no_a(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    struct quality stock = assess(&t.cx, &one);
    assert_int_equal(stock.grade, 'B');
    assert_true(severity_of(&stock, "stock_concept").len > 0);
    one.refinement->refined.direction.core_concept =
        STR("A sunlit seaside portrait: my dog on the beach, with room for a bold title");
    struct quality written = assess(&t.cx, &one);
    assert_int_equal(written.grade, 'A');
    assert_true(written.is_valid);
    CHECK_I64("issues", written.issue_count, 0);
}

static void quality_of_an_unrelated_concept_is_lower(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    one.refinement->refined.direction.core_concept =
        STR("Tax reform in nine European states, told by three economists");
    struct quality quality = assess(&t.cx, &one);
    assert_true(quality.grade >= 'B');
    assert_true(severity_of(&quality, "concept").len > 0);
}

static void quality_falls_with_the_prompt_and_the_files(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case empty =
        refine_text(&t.cx, STR("{\"user_request\":{\"original_prompt\":\"\"}}"));
    assert_int_equal(assess(&t.cx, &empty).grade, 'F');
    struct refined_case trial =
        refine_text(&t.cx, STR("{\"user_request\":{\"original_prompt\":\"test\"}}"));
    assert_int_equal(assess(&t.cx, &trial).grade, 'D');
    struct refined_case unused =
        refine_text(&t.cx, STR("{\"user_request\":{\"original_prompt\":\"a poster of my dog\"},"
                               "\"assets\":[{\"id\":\"a\",\"type\":\"image\"},"
                               "{\"id\":\"b\",\"type\":\"image\"}]}"));
    struct quality quality = assess(&t.cx, &unused);
    CHECK_NEAR("utilisation", quality.utilization, 0, 0);
    assert_true(severity_of(&quality, "utilization").len > 0);
    assert_true(quality.grade == 'D' || quality.grade == 'F');
}

static void quality_notices_an_inflated_confidence(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    one.analysis->overall_confidence.value = 0.2;
    one.refinement->refined.metrics.overall_confidence = 0.9;
    struct quality quality = assess(&t.cx, &one);
    CHECK_NEAR("gap", quality.confidence_gap, 0.7, 1e-9);
    CHECK_STR("severity", severity_of(&quality, "confidence_gap"), STR("high"));
}

static void quality_is_written_as_the_contract_has_it(void **state)
{
    static const char *const members[] = {
        "overallScore",
        "grade",
        "issuesCount",
        "recommendationsCount",
        "hasIssues",
        "confidenceGap",
        "hasPlaceholder",
        "assetIntegrationScore",
        "sessionMode",
        "utilizationRate",
        "primaryAssetsCount",
        "assetUtilizationScore",
        "detailedIssues",
        "isValid",
        "referenceOnlyAssetsCount",
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "trailer.json");
    struct buf out = buf_in(&t.arena, KIB(8));
    struct json_writer w = json_writer_on(&out);
    const struct json *root = NULL;
    quality_write(&w, &one.refinement->quality, &one.refinement->refined);
    CHECK_STATUS(&t.cx, json_read(&t.cx, buf_str(&out), NULL, &root), OK);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        assert_non_null(json_find(root, str_from_cstr(members[i])));
    }
    CHECK_I64("members", root->count, ARRAY_LEN(members));
    CHECK_STR("grade", json_find_str(root, STR("grade")), STR("B"));
}

static struct str repeated(struct ctx *cx, const char *word, size_t bytes)
{
    struct buf buf = buf_in(cx->arena, bytes);
    while (buf.len + strlen(word) <= bytes) {
        buf_add(&buf, str_from_cstr(word));
    }
    return buf_str(&buf);
}

/* Each word of a caption is in the concept, but only within longer ones: the worst to look for. */
static struct str long_texts(struct ctx *cx)
{
    struct buf buf = buf_in(cx->arena, MIB(1));
    struct str caption = repeated(cx, "abc ", ANALYSIS_MAX_TEXT_BYTES);
    buf_addf(&buf,
             "{\"user_request\": {\"original_prompt\": \"a poster\"}, \"creative_direction\": "
             "{\"core_concept\": \"" STR_FMT "\"}, \"assets\": [",
             STR_ARG(repeated(cx, "xabc ", ANALYSIS_MAX_TEXT_BYTES)));
    for (int i = 0; i < ANALYSIS_MAX_ASSETS; i++) {
        buf_addf(&buf, "%s{\"id\": \"a%d\", \"type\": \"image\", \"ai_caption\": \"" STR_FMT "\"}",
                 i > 0 ? "," : "", i, STR_ARG(caption));
    }
    buf_add(&buf, STR("]}"));
    return buf_str(&buf);
}

static void quality_of_the_longest_texts_takes_no_seconds(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_text(&t.cx, long_texts(&t.cx));
    clock_t before = clock(); /* of this process: others may keep it waiting */
    struct quality quality = assess(&t.cx, &one);
    double took_s = (double)(clock() - before) / CLOCKS_PER_SEC;
    assert_true(quality.concept < 0.5);
    if (took_s >= 0.5) {
        CHECK_FAILED("it took %.2f s\n", took_s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quality_of_an_empty_concept_is_f),
        cmocka_unit_test(quality_of_a_placeholder_is_f),
        cmocka_unit_test(quality_of_a_stock_concept_is_no_a),
        cmocka_unit_test(quality_of_an_unrelated_concept_is_lower),
        cmocka_unit_test(quality_falls_with_the_prompt_and_the_files),
        cmocka_unit_test(quality_notices_an_inflated_confidence),
        cmocka_unit_test(quality_of_the_longest_texts_takes_no_seconds),
        cmocka_unit_test(quality_is_written_as_the_contract_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
