/* What files are good for: the rules of the contract, and one rule for mode and summary. */
#include "tests/unit/refiner_fixture.h"

static struct refined_case refine_assets(struct ctx *cx, const char *assets)
{
    return refine_text(
        cx, arena_format(cx->arena,
                         "{\"user_request\":{\"original_prompt\":\"our summer at the sea\","
                         "\"duration_seconds\":30},\"assets\":[%s]}",
                         assets));
}

/* One file: how it is described, and what becomes of it. */
static const struct {
    const char *asset, *role, *utilization;
    size_t primary, reference;
} files[] = {
    /* by its description: the first rule that has a word in it */
    {"\"type\":\"image\",\"user_description\":\"The main character\"", "main visual anchor",
     "primary_subject", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"hero with a logo\"", "main visual anchor",
     "primary_subject", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"our LOGO\"", "overlay", "supporting_visual", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"as a backdrop\"", "background element",
     "background_element", 0, 1},
    {"\"type\":\"image\",\"user_description\":\"product shot\",\"quality_score\":0.1",
     "main visual anchor", "primary_subject", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"for the style\"", "style reference",
     "reference_only", 0, 1},
    {"\"type\":\"video\",\"user_description\":\"hero walking\"", "primary footage",
     "primary_footage", 1, 0},
    {"\"type\":\"audio\",\"user_description\":\"voice of the hero\"", "voiceover",
     "supporting_visual", 1, 0},
    {"\"type\":\"audio\",\"ai_caption\":\"a whoosh effect\",\"quality_score\":0.9", "sound effect",
     "supporting_visual", 1, 0},
    {"\"type\":\"audio\",\"ai_caption\":\"slow piano\",\"quality_score\":0.9", "background track",
     "supporting_visual", 1, 0},
    /* in other languages */
    {"\"type\":\"image\",\"user_description\":\"die Hauptfigur\"", "main visual anchor",
     "primary_subject", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"arri\xC3\xA8re-plan\"", "background element",
     "background_element", 0, 1},
    /* a word within a word is none */
    {"\"type\":\"image\",\"user_description\":\"superheroes\",\"quality_score\":0.9",
     "main visual anchor", "primary_subject", 1, 0},
    {"\"type\":\"image\",\"user_description\":\"loggia\"", "seed for generation",
     "seed_for_generation", 0, 1},
    /* by its quality */
    {"\"type\":\"image\",\"quality_score\":0.5", "main visual anchor", "primary_subject", 1, 0},
    {"\"type\":\"image\",\"quality_score\":0.49", "seed for generation", "seed_for_generation", 0,
     1},
    {"\"type\":\"image\",\"quality_score\":0.31", "seed for generation", "seed_for_generation", 0,
     1},
    {"\"type\":\"image\",\"quality_score\":0.3", "seed for generation", "reference_only", 0, 0},
    {"\"type\":\"image\",\"ai_caption\":\"12345\"", "seed for generation", "reference_only", 0, 0},
    {"\"type\":\"image\",\"ai_caption\":\"123456\"", "seed for generation", "seed_for_generation",
     0, 1},
    {"\"type\":\"video\",\"quality_score\":0.4", "cutaway", "supporting_visual", 0, 1},
};

static void file_is_used_by_the_first_rule_that_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct refined_case one =
            refine_assets(&t.cx, arena_format(&t.arena, "{\"id\":\"a\",%s}", files[i].asset).ptr);
        const struct refined_summary *summary = &one.refinement->refined.extensions.summary;
        print_message("  %s\n", files[i].asset);
        CHECK_AT(one.root, "/assets/0/role", files[i].role);
        CHECK_AT(one.root, "/assets/0/utilization_level", files[i].utilization);
        CHECK_I64("primary", summary->primary_assets.count, files[i].primary);
        CHECK_I64("reference", summary->reference_only_assets.count, files[i].reference);
        CHECK_AT(one.root, "/refiner_extensions/session_mode",
                 files[i].primary + files[i].reference > 0 ? "asset_driven" : "asset_free");
    }
}

static void file_that_is_named_leads(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_assets(
        &t.cx, "{\"id\":\"a\",\"type\":\"image\",\"quality_score\":0.9,\"ai_caption\":\"a pier\"},"
               "{\"id\":\"b\",\"type\":\"image\",\"user_description\":\"main character\"}");
    CHECK_AT(one.root, "/assets/0/role", "secondary visual support");
    CHECK_AT(one.root, "/assets/0/utilization_level", "supporting_visual");
    CHECK_AT(one.root, "/assets/1/role", "main visual anchor");
}

/* At the limit nothing is required; below it, it is. */
static void file_of_poor_quality_is_mended(void **state)
{
    static const struct {
        const char *type, *at_limit, *below, *action;
    } cases[] = {
        {"image", "0.7", "0.69", "upscale"},
        {"video", "0.6", "0.59", "stabilise"},
        {"audio", "0.7", "0.69", "normalise loudness"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct refined_case one = refine_assets(
            &t.cx, arena_format(&t.arena,
                                "{\"id\":\"good\",\"type\":\"%s\",\"quality_score\":%s},"
                                "{\"id\":\"poor\",\"type\":\"%s\",\"quality_score\":%s},"
                                "{\"id\":\"unrated\",\"type\":\"%s\"}",
                                cases[i].type, cases[i].at_limit, cases[i].type, cases[i].below,
                                cases[i].type)
                       .ptr);
        assert_int_equal(at(one.root, "/assets/0/recommended_edits")->count, 0);
        CHECK_AT(one.root, "/assets/1/recommended_edits/0/action", cases[i].action);
        CHECK_AT(one.root, "/assets/1/recommended_edits/0/priority", "required");
        assert_int_equal(at(one.root, "/assets/2/recommended_edits")->count, 0);
    }
}

static void file_keeps_the_analyzers_edits(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one =
        refine_assets(&t.cx, "{\"id\":\"a\",\"type\":\"image\",\"quality_score\":0.5,"
                             "\"recommended_edits\":[\"crop\",\"Upscale\",\" \"]}");
    assert_int_equal(at(one.root, "/assets/0/recommended_edits")->count, 2);
    CHECK_AT(one.root, "/assets/0/recommended_edits/0/action", "crop");
    CHECK_AT(one.root, "/assets/0/recommended_edits/0/priority", "recommended");
    CHECK_AT(one.root, "/assets/0/recommended_edits/1/action", "Upscale");
    CHECK_AT(one.root, "/assets/0/recommended_edits/1/priority", "required");
}

static void file_nobody_can_use_is_said_to_be_unused(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one =
        refine_assets(&t.cx, "{\"id\":\"a\",\"type\":\"image\"},"
                             "{\"id\":\"b\",\"type\":\"image\",\"quality_score\":0.9}");
    CHECK_AT(one.root, "/refiner_extensions/asset_utilization_summary/utilization_rate", "0.5");
    CHECK_AT(one.root, "/refiner_extensions/asset_utilization_summary/utilization_rationale",
             "In the lead: b. Without use, as nothing is known of it: a.");
    CHECK_AT(one.root, "/recommendations/0/recommendation", "Describe a, or replace it");
}

/* The replaced system told a story of "undefined" where a file had no caption. */
static void file_without_words_is_called_by_its_id(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one =
        refine_assets(&t.cx, "{\"id\":\"clip-7\",\"type\":\"video\",\"quality_score\":0.9},"
                             "{\"id\":\"undefined\",\"type\":\"image\",\"quality_score\":0.9,"
                             "\"ai_caption\":\"undefined\"}");
    CHECK_AT(one.root, "/refiner_extensions/narrative_spine/intro", "Open on clip-7");
    CHECK_AT(one.root, "/refiner_extensions/narrative_spine/core/1", "Show image");
    CHECK_AT(one.root, "/assets/1/id", "undefined");
}

static void files_with_one_id_share_a_role(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one =
        refine_assets(&t.cx, "{\"id\":\"a\",\"type\":\"image\",\"quality_score\":0.9},"
                             "{\"id\":\"a\",\"type\":\"audio\",\"quality_score\":0.9}");
    assert_int_equal(at(one.root, "/global_analysis/asset_roles")->count, 1);
    CHECK_AT(one.root, "/global_analysis/asset_roles/a", "main visual anchor");
    assert_int_equal(
        at(one.root, "/refiner_extensions/asset_utilization_summary/primary_assets")->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_used_by_the_first_rule_that_fits),
        cmocka_unit_test(file_that_is_named_leads),
        cmocka_unit_test(file_of_poor_quality_is_mended),
        cmocka_unit_test(file_keeps_the_analyzers_edits),
        cmocka_unit_test(file_nobody_can_use_is_said_to_be_unused),
        cmocka_unit_test(file_without_words_is_called_by_its_id),
        cmocka_unit_test(files_with_one_id_share_a_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
