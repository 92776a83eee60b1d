/*
 * A schema's view of a shape, alone and as it decides what a broken text means.
 */
#include "shared/schema/jsonschema/guide.h"

#include "tests/support/check.h"

struct shape {
    struct test_ctx t;
    struct jsonschema_guide guide;
};

static void shape_open(struct shape *s, const char *schema)
{
    struct ctx *cx = &s->t.cx;
    const struct json *document = NULL;
    const struct jsonschema *compiled = NULL;
    (void)test_ctx_open(&s->t);
    CHECK_STATUS(cx, json_read(cx, str_from_cstr(schema), NULL, &document), OK);
    CHECK_STATUS(cx, jsonschema_compile(cx, cx->arena, document, NULL, &compiled), OK);
    jsonschema_guide_init(&s->guide, document, compiled);
}

static void shape_close(struct shape *s)
{
    test_ctx_close(&s->t);
}

#define SHAPE(schema)                                                                              \
    DEFER(shape_close) struct shape s;                                                             \
    shape_open(&s, schema);                                                                        \
    const struct json_guide *guide = &s.guide.guide

static unsigned types_of(const struct json_guide *guide, const void *node)
{
    return guide->types(guide->arg, node);
}

static const void *member_of(const struct json_guide *guide, const char *key, bool *is_known)
{
    return guide->member(guide->arg, guide->root, str_from_cstr(key), is_known);
}

static void types_are_those_of_type_enum_and_const(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        unsigned types;
    } cases[] = {
        {"{\"type\":\"string\"}", 1U << JSON_STRING},
        {"{\"type\":\"integer\"}", 1U << JSON_NUMBER},
        {"{\"type\":[\"null\",\"array\"]}", 1U << JSON_NULL | 1U << JSON_ARRAY},
        {"{\"enum\":[1,\"a\"]}", 1U << JSON_NUMBER | 1U << JSON_STRING},
        {"{\"const\":true}", 1U << JSON_BOOL},
        {"{}", 0},
        {"true", 0},
        {"{\"$ref\":\"#/$defs/b\",\"$defs\":{\"b\":{\"type\":\"object\"}}}", 1U << JSON_OBJECT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        SHAPE(cases[i].schema);
        CHECK_I64(cases[i].schema, types_of(guide, guide->root), cases[i].types);
    }
}

static void members_and_items_are_found(void **state)
{
    (void)state;
    SHAPE("{\"properties\":{\"a\":{\"prefixItems\":[{\"type\":\"null\"}],"
          "\"items\":{\"type\":\"string\"}}},\"additionalProperties\":{\"type\":\"number\"}}");
    bool is_known = false;
    const void *a = member_of(guide, "a", &is_known);
    CHECK_I64("a", is_known, true);
    CHECK_I64("first", types_of(guide, guide->item(guide->arg, a, 0)), 1U << JSON_NULL);
    CHECK_I64("second", types_of(guide, guide->item(guide->arg, a, 1)), 1U << JSON_STRING);
    CHECK_I64("b", types_of(guide, member_of(guide, "b", &is_known)), 1U << JSON_NUMBER);
    CHECK_I64("is unknown", is_known, false);
    assert_null(guide->item(guide->arg, NULL, 0));
    CHECK_I64("anywhere else", types_of(guide, NULL), 0);
}

static void faults_are_counted(void **state)
{
    (void)state;
    SHAPE("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
          "\"b\":{\"type\":\"string\"}}}");
    struct ctx *cx = &s.t.cx;
    CHECK_I64("none", guide->faults(cx, guide->arg, STR("{\"a\":\"x\"}")), 0);
    CHECK_I64("two", guide->faults(cx, guide->arg, STR("{\"a\":1,\"b\":2}")), 2);
    CHECK_I64("no JSON", guide->faults(cx, guide->arg, STR("{")), SIZE_MAX);
}

static void of_two_drafts_the_one_that_fits_is_chosen(void **state)
{
    (void)state;
    SHAPE("{\"type\":\"object\",\"required\":[\"goal\"],"
          "\"properties\":{\"goal\":{\"type\":\"string\"}},\"additionalProperties\":false}");
    struct json_repaired out;
    const struct json_repair_options options = {.allowed = JSON_GRADE_LOSSY, .guide = guide};
    CHECK_STATUS(&s.t.cx,
                 json_repair(&s.t.cx,
                             STR("First I thought {\"aim\":\"x\",\"more\":[1,2,3]}, but then:\n"
                                 "{\"goal\":\"a poster\"}"),
                             &options, &out),
                 OK);
    CHECK_STR("chosen", out.text, STR("{\"goal\":\"a poster\"}"));
}

static void a_circle_of_references_guides_nothing(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *document = NULL;
    struct jsonschema_guide own;
    CHECK_STATUS(&t.cx, json_read(&t.cx, STR("{\"$ref\":\"#\"}"), NULL, &document), OK);
    jsonschema_guide_init(&own, document, NULL);
    CHECK_I64("types", own.guide.types(own.guide.arg, own.guide.root), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_those_of_type_enum_and_const),
        cmocka_unit_test(members_and_items_are_found),
        cmocka_unit_test(faults_are_counted),
        cmocka_unit_test(of_two_drafts_the_one_that_fits_is_chosen),
        cmocka_unit_test(a_circle_of_references_guides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
