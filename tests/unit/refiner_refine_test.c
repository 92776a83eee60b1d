/* The refined object of analyses: the contract's samples first. */
#include "tests/unit/refiner_fixture.h"

struct want {
    const char *pointer, *value;
};

static void all_check(const struct refined_case *refined, const struct want *wants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_AT(refined->root, wants[i].pointer, wants[i].value);
    }
}

static void refine_makes_the_poster_of_the_contract(void **state)
{
    static const struct want wants[] = {
        {"/user_request/original_prompt", "poster of my dog at the beach"},
        {"/user_request/intent", "image"},
        {"/user_request/duration_seconds", "null"},
        {"/user_request/image_count", "1"},
        {"/assets/0/role", "main visual anchor"},
        {"/assets/0/utilization_level", "primary_subject"},
        {"/assets/0/recommended_edits/0/action", "upscale"},
        {"/assets/0/recommended_edits/0/priority", "required"},
        {"/global_analysis/asset_roles/a1", "main visual anchor"},
        {"/refiner_extensions/session_mode", "asset_driven"},
        {"/refiner_extensions/asset_utilization_summary/utilization_rate", "1"},
        {"/refiner_extensions/elevation_applied/0/elevated_role", "primary"},
        {"/refiner_extensions/elevation_applied/0/original_role", "primary source"},
        {"/quality_metrics/overall_confidence", "0.68"},
        {"/prompt_analysis/content_type_analysis/content_category", "general"},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case refined = refine_file(&t.cx, "poster.json");
    all_check(&refined, wants, ARRAY_LEN(wants));
    assert_int_equal(at(refined.root, "/global_analysis/conflicts")->count, 0);
    assert_int_equal(refined.refinement->profile.profile, PROFILE_GENERAL);
}

static void refine_answers_in_the_language_of_the_prompt(void **state)
{
    static const struct want wants[] = {
        {"/prompt_analysis/content_type_analysis/needs_educational_content", "true"},
        {"/prompt_analysis/content_type_analysis/is_instructional", "true"},
        {"/prompt_analysis/content_type_analysis/content_category", "educational"},
        {"/refiner_extensions/session_mode", "asset_free"},
        {"/global_analysis/conflicts/0/severity", "minor"},
        {"/quality_metrics/overall_confidence", "0.58"},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case refined = refine_file(&t.cx, "savings.json");
    all_check(&refined, wants, ARRAY_LEN(wants));
    assert_int_equal(refined.refinement->profile.profile, PROFILE_EDUCATIONAL);
    CHECK_STR("language", refined.refinement->language.code, STR("es"));
}

static void refine_trims_what_is_longer_than_asked(void **state)
{
    static const struct want wants[] = {
        {"/assets/0/utilization_level", "primary_footage"},
        {"/assets/0/recommended_edits/0/action", "trim"},
        {"/assets/0/recommended_edits/1/action", "stabilise"},
        {"/assets/1/role", "overlay"},
        {"/assets/1/utilization_level", "supporting_visual"},
        {"/assets/2/role", "voiceover"},
        {"/assets/2/mood", "calm"},
        {"/assets/2/recommended_edits/0/action", "normalise loudness"},
        {"/global_analysis/conflicts/0/issue", "v1 lasts 45 s, 30 s are wanted"},
        {"/global_analysis/conflicts/0/resolution", "Trim v1 to 30 s"},
        {"/refiner_extensions/asset_utilization_summary/primary_assets/1", "i1"},
        {"/refiner_extensions/elevation_applied/0/asset_id", "i1"},
        {"/refiner_extensions/elevation_applied/0/original_role", "reference material"},
        {"/refiner_extensions/elevation_applied/0/elevated_role", "branding"},
    };
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case refined = refine_file(&t.cx, "trailer.json");
    all_check(&refined, wants, ARRAY_LEN(wants));
    CHECK_STR("template", str_from_cstr(refined.refinement->template_label),
              STR("Mixed Media (Image + Video + Audio)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refine_makes_the_poster_of_the_contract),
        cmocka_unit_test(refine_answers_in_the_language_of_the_prompt),
        cmocka_unit_test(refine_trims_what_is_longer_than_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
