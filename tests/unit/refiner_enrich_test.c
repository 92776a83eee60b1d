/* What a model may put into the refined object, and what it may not. */
#include "tests/unit/refiner_fixture.h"

static const struct refined_enrichable *row_at(const char *pointer)
{
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        if (str_eq(refined_enrichables[i].pointer, str_from_cstr(pointer))) {
            return &refined_enrichables[i];
        }
    }
    CHECK_FAILED("no row for %s\n", pointer);
    return NULL;
}

static bool enrich_with(struct ctx *cx, struct refined *refined, const char *pointer,
                        struct str json)
{
    const struct json *value = NULL;
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, json), NULL, &value), OK);
    return refined_enrich(cx, refined, row_at(pointer), value);
}

/* The value of a row, as it stands in the output and as the row writes it. */
static void row_is_where_it_points(struct ctx *cx, const struct refined_case *one,
                                   const struct refined_enrichable *row)
{
    struct buf out = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&out);
    refined_enrichable_write(&w, &one->refinement->refined, row);
    CHECK_STR("value", buf_str(&out),
              at(one->root, arena_cstr_copy(cx->arena, row->pointer))->span);
}

static void enrichable_rows_point_into_the_output(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        assert_true(refined_enrichables[i].pointer.len > 0);
        row_is_where_it_points(&t.cx, &one, &refined_enrichables[i]);
    }
}

static void enrich_touches_nothing_the_user_owns(void **state)
{
    static const char *const owned[] = {
        "/user_request",
        "/assets",
        "/global_analysis/constraints",
        "/_metadata",
        "/challenges",
        "/global_analysis/asset_roles",
        "/quality_metrics",
        "/refiner_extensions/session_mode",
    };
    (void)state;
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        for (size_t j = 0; j < ARRAY_LEN(owned); j++) {
            assert_false(str_has_prefix(refined_enrichables[i].pointer, str_from_cstr(owned[j])));
        }
    }
}

static const char concept_pointer[] = "/creative_direction/core_concept";
static const char steps_pointer[] = "/production_pipeline/workflow_steps";

static void enrich_takes_what_is_fit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    struct refined *refined = &one.refinement->refined;
    assert_true(enrich_with(
        &t.cx, refined, concept_pointer,
        STR("\"  A sunlit seaside portrait of the dog with room for a bold title  \"")));
    CHECK_STR("trimmed", refined->direction.core_concept,
              STR("A sunlit seaside portrait of the dog with room for a bold title"));
    assert_true(enrich_with(&t.cx, refined, steps_pointer, STR("[\"Crop\",\"Set the title\"]")));
    CHECK_I64("steps", refined->pipeline.workflow_steps.count, 2);
    CHECK_STR("second", refined->pipeline.workflow_steps.at[1], STR("Set the title"));
}

static const struct {
    const char *pointer, *json;
} unfit[] = {
    {concept_pointer, "null"},
    {concept_pointer, "7"},
    {concept_pointer, "[\"A sunlit seaside portrait of the dog with room for a bold title\"]"},
    {concept_pointer, "{\"text\":\"A sunlit seaside portrait of the dog with room for a title\"}"},
    {concept_pointer, "\"too short\""},
    {concept_pointer, "\"\""},
    {concept_pointer, "\"A **sunlit** seaside portrait of the dog with room for a bold title\""},
    {concept_pointer, "\"A sunlit seaside portrait of undefined with room for a bold title\""},
    {concept_pointer, "\"A placeholder for the concept of the poster, to be written later on\""},
    {concept_pointer, "\"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do\""},
    {concept_pointer, "\"TODO: a seaside portrait of the dog with room for a bold title\""},
    {concept_pointer, "\"A portrait of [object Object] at the sea, with room for a bold title\""},
    {concept_pointer, "\"A sunlit seaside portrait\\u0000 of the dog with room for a bold title\""},
    {concept_pointer, "\"A sunlit seaside portrait\\u001b of the dog with room for a bold title\""},
    {steps_pointer, "\"Crop, then set the title\""},
    {steps_pointer, "[]"},
    {steps_pointer, "[\"Crop\"]"},
    {steps_pointer, "[\"Crop\",3]"},
    {steps_pointer, "[\"Crop\",\"\"]"},
    {steps_pointer, "[\"Crop\",\"undefined\"]"},
};

static void enrich_leaves_the_field_where_the_value_is_unfit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    struct refined *refined = &one.refinement->refined;
    for (size_t i = 0; i < ARRAY_LEN(unfit); i++) {
        struct str concept = refined->direction.core_concept;
        struct texts steps = refined->pipeline.workflow_steps;
        if (enrich_with(&t.cx, refined, unfit[i].pointer, str_from_cstr(unfit[i].json))) {
            CHECK_FAILED("taken: %s\n", unfit[i].json);
        }
        CHECK_STR(unfit[i].json, refined->direction.core_concept, concept);
        assert_ptr_equal(refined->pipeline.workflow_steps.at, steps.at);
    }
    assert_false(refined_enrich(&t.cx, refined, row_at(concept_pointer), NULL));
}

static struct str quoted_of(struct ctx *cx, size_t len)
{
    char *text = arena_alloc_raw(cx->arena, len + 2);
    memset(text, 'w', len + 2);
    text[0] = text[len + 1] = '"';
    return (struct str){.ptr = text, .len = len + 2};
}

static struct str list_of(struct ctx *cx, size_t count)
{
    struct buf out = buf_in(cx->arena, KIB(4));
    buf_add_char(&out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_add(&out, i > 0 ? STR(",\"step\"") : STR("\"step\""));
    }
    buf_add_char(&out, ']');
    return buf_str(&out);
}

static void enrich_has_limits_for_each_row(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct refined_case one = refine_file(&t.cx, "poster.json");
    struct refined *refined = &one.refinement->refined;
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        const struct refined_enrichable *row = &refined_enrichables[i];
        const char *pointer = arena_cstr_copy(&t.arena, row->pointer);
        if (row->is_list) {
            assert_true(enrich_with(&t.cx, refined, pointer, list_of(&t.cx, row->min_items)));
            assert_true(enrich_with(&t.cx, refined, pointer, list_of(&t.cx, row->max_items)));
            assert_false(enrich_with(&t.cx, refined, pointer, list_of(&t.cx, row->min_items - 1)));
            assert_false(enrich_with(&t.cx, refined, pointer, list_of(&t.cx, row->max_items + 1)));
        } else {
            assert_true(enrich_with(&t.cx, refined, pointer, quoted_of(&t.cx, row->min_bytes)));
            assert_true(enrich_with(&t.cx, refined, pointer, quoted_of(&t.cx, row->max_bytes)));
            assert_false(
                enrich_with(&t.cx, refined, pointer, quoted_of(&t.cx, row->min_bytes - 1)));
            assert_false(
                enrich_with(&t.cx, refined, pointer, quoted_of(&t.cx, row->max_bytes + 1)));
        }
    }
}

static void text_of_the_users_own_words_is_no_placeholder(void **state)
{
    static const struct {
        const char *text, *prompt;
        bool want;
    } cases[] = {
        {"Undefined behaviour in C, explained", "explain undefined behaviour", true},
        {"Undefined behaviour in C, explained", "explain C", false},
        {"V\xC3\xAD"
         "deo, con todo listo",
         "", true},
        {"TODO list", "", false},
        {"Mastodons", "", true},
        {"  ", "", false},
        {"two\nlines", "", true},
        {"a tab\there", "", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].text,
                  refined_text_is_fit(str_from_cstr(cases[i].text), str_from_cstr(cases[i].prompt)),
                  cases[i].want);
    }
    assert_false(refined_text_is_fit(STR("not \xFF UTF-8"), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enrichable_rows_point_into_the_output),
        cmocka_unit_test(enrich_touches_nothing_the_user_owns),
        cmocka_unit_test(enrich_takes_what_is_fit),
        cmocka_unit_test(enrich_leaves_the_field_where_the_value_is_unfit),
        cmocka_unit_test(enrich_has_limits_for_each_row),
        cmocka_unit_test(text_of_the_users_own_words_is_no_placeholder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
