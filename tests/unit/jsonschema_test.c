/*
 * JSON Schema beside the public suite (jsonschema_suite_test.c): errors and their places, schemas
 * that are none, limits, exact numbers.
 */
#include "shared/schema/jsonschema/jsonschema.h"
#include "tests/support/check.h"

#include <time.h>

struct schema_test {
    struct test_ctx t;
    const struct jsonschema *schema;
    struct jsonschema_result result;
};

static void schema_test_close(struct schema_test *s)
{
    test_ctx_close(&s->t);
}

static void schema_test_open(struct schema_test *s, struct str text,
                             const struct jsonschema_options *options)
{
    *s = (struct schema_test){0};
    (void)test_ctx_open(&s->t);
    struct ctx *cx = &s->t.cx;
    CHECK_STATUS(cx, jsonschema_read(cx, &s->t.arena, text, options, &s->schema), OK);
}

static enum status check_text(struct schema_test *s, struct str text)
{
    struct ctx *cx = &s->t.cx;
    const struct json *value = NULL;
    struct json_options options = {.max_depth = JSON_READ_DEPTH_MAX};
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, text), &options, &value), OK);
    return jsonschema_check(cx, s->schema, value, &s->result);
}

/* ---- errors ---- */

static const struct {
    const char *name;
    struct str schema, value;
    const char *keyword, *instance, *location, *absolute, *message;
} errors[] = {
    {"a member's type", STR_INIT("{\"properties\":{\"a/b\":{\"type\":[\"string\",\"null\"]}}}"),
     STR_INIT("{\"a/b\":[]}"), "type", "/a~1b", "/properties/a~1b/type", "#/properties/a~1b/type",
     "must be null or a string, not an array"},
    {"through a reference, with a base",
     STR_INIT(
         "{\"$id\":\"https://x.example/s\",\"items\":{\"$ref\":\"#/$defs/n\"},\"$defs\":{\"n\":"
         "{\"minimum\":3}}}"),
     STR_INIT("[3,2]"), "minimum", "/1", "/items/$ref/minimum",
     "https://x.example/s#/$defs/n/minimum", "must be at least 3"},
    {"in an embedded resource",
     STR_INIT("{\"$id\":\"https://x.example/s\",\"$ref\":\"/t\",\"$defs\":{\"t\":{\"$id\":\"/t\","
              "\"allOf\":[true,{\"maxItems\":1}]}}}"),
     STR_INIT("[1,2]"), "maxItems", "", "/$ref/allOf/1/maxItems",
     "https://x.example/t#/allOf/1/maxItems", "must have at most 1 items"},
    {"a missing member", STR_INIT("{\"required\":[\"a\"]}"), STR_INIT("{}"), "required", "",
     "/required", "#/required", "must have the member \"a\""},
    {"one too many", STR_INIT("{\"properties\":{\"a\":true},\"additionalProperties\":false}"),
     STR_INIT("{\"b\":1}"), "", "/b", "/additionalProperties", "#/additionalProperties",
     "must not be here"},
    {"unevaluated",
     STR_INIT("{\"allOf\":[{\"properties\":{\"a\":true}}],"
              "\"unevaluatedProperties\":false}"),
     STR_INIT("{\"a\":1,\"b\":1}"), "", "/b", "/unevaluatedProperties", "#/unevaluatedProperties",
     "must not be here"},
    {"enum", STR_INIT("{\"enum\":[\"a\", 1]}"), STR_INIT("\"b\""), "enum", "", "/enum", "#/enum",
     "must be one of [\"a\", 1]"},
    {"const", STR_INIT("{\"const\":{\"a\":1}}"), STR_INIT("{}"), "const", "", "/const", "#/const",
     "must be {\"a\":1}"},
    {"pattern", STR_INIT("{\"pattern\":\"^a$\"}"), STR_INIT("\"b\""), "pattern", "", "/pattern",
     "#/pattern", "must match the pattern ^a$"},
    {"then", STR_INIT("{\"if\":true,\"then\":{\"multipleOf\":2}}"), STR_INIT("3"), "multipleOf", "",
     "/then/multipleOf", "#/then/multipleOf", "must be a multiple of 2"},
    {"not", STR_INIT("{\"not\":{}}"), STR_INIT("3"), "not", "", "/not", "#/not",
     "must not be what `not` describes"},
    {"contains", STR_INIT("{\"contains\":{\"const\":1}}"), STR_INIT("[2]"), "contains", "",
     "/contains", "#/contains", "must hold an item that `contains` allows"},
    {"twice", STR_INIT("{\"uniqueItems\":true}"), STR_INIT("[1,2,1.0]"), "uniqueItems", "",
     "/uniqueItems", "#/uniqueItems", "must not hold the item at 2 twice"},
    {"a whole number", STR_INIT("{\"type\":\"integer\"}"), STR_INIT("1.5"), "type", "", "/type",
     "#/type", "must be a whole number, not this number"},
};

static void errors_say_where_and_what_and_never_a_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        DEFER(schema_test_close) struct schema_test s;
        schema_test_open(&s, errors[i].schema, NULL);
        CHECK_STATUS(&s.t.cx, check_text(&s, errors[i].value), ERR_INVALID);
        const struct jsonschema_error *error = &s.result.errors[0];
        CHECK_I64(errors[i].name, s.result.error_count, 1);
        CHECK_STR(errors[i].name, error->keyword, str_from_cstr(errors[i].keyword));
        CHECK_STR(errors[i].name, error->instance_location, str_from_cstr(errors[i].instance));
        CHECK_STR(errors[i].name, error->keyword_location, str_from_cstr(errors[i].location));
        CHECK_STR(errors[i].name, error->absolute_keyword_location,
                  str_from_cstr(errors[i].absolute));
        CHECK_STR(errors[i].name, error->message, str_from_cstr(errors[i].message));
    }
}

static void all_errors_are_listed_up_to_the_most(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        DEFER(schema_test_close) struct schema_test s;
        schema_test_open(&s, STR("{\"items\":{\"type\":\"string\"}}"), NULL);
        struct buf text = buf_in(&s.t.arena, KIB(4));
        buf_add(&text, STR("[1"));
        for (size_t i = 1; i < JSONSCHEMA_MAX_ERRORS + more; i++) {
            buf_add(&text, STR(",1"));
        }
        buf_add(&text, STR("]"));
        CHECK_STATUS(&s.t.cx, check_text(&s, buf_str(&text)), ERR_INVALID);
        CHECK_I64("errors", s.result.error_count, JSONSCHEMA_MAX_ERRORS);
        CHECK_I64("dropped", s.result.dropped, more);
    }
}

static void the_output_is_the_standards_basic_form(void **state)
{
    (void)state;
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, STR("{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":2}]}"), NULL);
    struct buf out = buf_in(&s.t.arena, KIB(4));
    struct json_writer w = json_writer_on(&out);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("1")), ERR_INVALID);
    jsonschema_output_write(&w, &s.result);
    CHECK_STR("output", buf_str(&out),
              STR("{\"valid\":false,\"errors\":[{\"keywordLocation\":\"/anyOf\","
                  "\"absoluteKeywordLocation\":\"#/anyOf\",\"instanceLocation\":\"\",\"error\":"
                  "\"must be allowed by one of 2 schemas, and is by none\"},{\"keywordLocation\":"
                  "\"/anyOf/0/type\",\"absoluteKeywordLocation\":\"#/anyOf/0/type\","
                  "\"instanceLocation\":\"\",\"error\":\"must be null, not this number\"},"
                  "{\"keywordLocation\":\"/anyOf/1/minimum\",\"absoluteKeywordLocation\":"
                  "\"#/anyOf/1/minimum\",\"instanceLocation\":\"\",\"error\":\"must be at least 2\""
                  "}]}"));
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("null")), OK);
    buf_clear(&out);
    w = json_writer_on(&out);
    jsonschema_output_write(&w, &s.result);
    CHECK_STR("output", buf_str(&out), STR("{\"valid\":true}"));
}

/* ---- what is no schema ---- */

static const struct str no_schemas[] = {
    STR_INIT("1"),
    STR_INIT("[]"),
    STR_INIT("{\"type\":\"text\"}"),
    STR_INIT("{\"type\":[]}"),
    STR_INIT("{\"properties\":[]}"),
    STR_INIT("{\"properties\":{\"a\":1}}"),
    STR_INIT("{\"properties\":{\"a\":[]}}"),
    STR_INIT("{\"patternProperties\":{\"a\":[\"b\"]}}"),
    STR_INIT("{\"$defs\":{\"a\":[]}}"),
    STR_INIT("{\"dependentSchemas\":{\"a\":[\"b\"]}}"),
    STR_INIT("{\"dependencies\":{\"a\":1}}"),
    STR_INIT("{\"items\":[{}]}"),
    STR_INIT("{\"allOf\":[]}"),
    STR_INIT("{\"allOf\":{}}"),
    STR_INIT("{\"minLength\":-1}"),
    STR_INIT("{\"minLength\":1.5}"),
    STR_INIT("{\"multipleOf\":0}"),
    STR_INIT("{\"multipleOf\":-1}"),
    STR_INIT("{\"minimum\":\"1\"}"),
    STR_INIT("{\"required\":\"a\"}"),
    STR_INIT("{\"required\":[1]}"),
    STR_INIT("{\"dependentRequired\":{\"a\":[1]}}"),
    STR_INIT("{\"uniqueItems\":1}"),
    STR_INIT("{\"enum\":1}"),
    STR_INIT("{\"pattern\":\"(\"}"),
    STR_INIT("{\"patternProperties\":{\"(?i)a\":true}}"),
    STR_INIT("{\"$ref\":1}"),
    STR_INIT("{\"$ref\":\"#/nowhere\"}"),
    STR_INIT("{\"$ref\":\"#nowhere\"}"),
    STR_INIT("{\"$ref\":\"#/%zz\"}"),
    STR_INIT("{\"$ref\":\"https://x.example/s\"}"),
    STR_INIT("{\"$ref\":\"#/$defs/a~2\",\"$defs\":{\"a~2\":true}}"),
    STR_INIT("{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}"),
    STR_INIT("{\"$ref\":\"#\"}"),
    STR_INIT("{\"allOf\":[{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},"
             "\"b\":{\"not\":{\"$ref\":\"#/$defs/a\"}}}}"),
};

static void what_is_no_schema_is_refused_with_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(no_schemas); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct jsonschema *schema = NULL;
        print_message("# " STR_FMT "\n", STR_ARG(no_schemas[i]));
        CHECK_STATUS(&t.cx, jsonschema_read(&t.cx, &t.arena, no_schemas[i], NULL, &schema),
                     ERR_INVALID);
        assert_true(t.cx.err.words[0] != '\0');
    }
}

/* ---- limits ---- */

static enum status compile_nodes(struct test_ctx *t, size_t count)
{
    const struct jsonschema *schema = NULL;
    struct buf text = buf_in(&t->arena, MIB(1));
    buf_add(&text, STR("{\"allOf\":[true"));
    for (size_t i = 2; i < count; i++) { /* the root is one too */
        buf_add(&text, STR(",true"));
    }
    buf_add(&text, STR("]}"));
    return jsonschema_read(&t->cx, &t->arena, buf_str(&text), NULL, &schema);
}

static void subschemas_are_counted(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STATUS(&t.cx, compile_nodes(&t, JSONSCHEMA_MAX_NODES), OK);
    CHECK_STATUS(&t.cx, compile_nodes(&t, JSONSCHEMA_MAX_NODES + 1), ERR_TOO_LARGE);
}

/* A chain of `count` subschemas, each of which refers to the next. */
static void chain_open(struct schema_test *s, size_t count)
{
    struct test_ctx scratch;
    (void)test_ctx_open(&scratch);
    struct buf text = buf_in(&scratch.arena, MIB(1));
    buf_add(&text, STR("{\"$ref\":\"#/$defs/1\",\"$defs\":{"));
    for (size_t i = 1; i < count; i++) {
        buf_addf(&text, "\"%zu\":{\"$ref\":\"#/$defs/%zu\"},", i, i + 1);
    }
    buf_addf(&text, "\"%zu\":{\"items\":true}}}", count);
    schema_test_open(s, buf_str(&text), NULL);
    test_ctx_close(&scratch);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        DEFER(schema_test_close) struct schema_test s;
        chain_open(&s, JSONSCHEMA_MAX_DEPTH + more);
        CHECK_STATUS(&s.t.cx, check_text(&s, STR("null")), more == 0 ? OK : ERR_TOO_LARGE);
    }
}

static void steps_are_bounded_where_a_schema_doubles_them(void **state)
{
    (void)state;
    DEFER(schema_test_close) struct schema_test s;
    struct test_ctx scratch;
    (void)test_ctx_open(&scratch);
    struct buf text = buf_in(&scratch.arena, KIB(16));
    buf_add(&text, STR("{\"$ref\":\"#/$defs/0\",\"$defs\":{"));
    for (int i = 0; i < 40; i++) {
        buf_addf(&text, "\"%d\":{\"allOf\":[{\"$ref\":\"#/$defs/%d\"},{\"$ref\":\"#/$defs/%d\"}]},",
                 i, i + 1, i + 1);
    }
    buf_add(&text, STR("\"40\":{\"minimum\":0}}}"));
    schema_test_open(&s, buf_str(&text), NULL);
    test_ctx_close(&scratch);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("1")), ERR_TOO_LARGE);
}

/* Once the steps are spent, nothing is compared any more: it took a minute. */
static void a_long_enum_ends_for_each_of_many_items(void **state)
{
    (void)state;
    enum { COUNT = 20000, PATIENCE_S = 5 }; /* of our own time: others may be busy */
    struct test_ctx scratch;
    (void)test_ctx_open(&scratch);
    struct buf schema = buf_in(&scratch.arena, MIB(1)), items = buf_in(&scratch.arena, MIB(1));
    buf_add(&schema, STR("{\"items\":{\"enum\":[0"));
    buf_add(&items, STR("[-1"));
    for (int i = 1; i < COUNT; i++) {
        buf_addf(&schema, ",%d", i);
        buf_add(&items, STR(",-1"));
    }
    buf_add(&schema, STR("]}}"));
    buf_add(&items, STR("]"));
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, buf_str(&schema), NULL);
    clock_t begin = clock();
    CHECK_STATUS(&s.t.cx, check_text(&s, buf_str(&items)), ERR_INVALID);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < PATIENCE_S);
    test_ctx_close(&scratch);
}

static void a_dynamic_reference_to_itself_ends(void **state)
{
    (void)state;
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, STR("{\"$dynamicAnchor\":\"a\",\"$dynamicRef\":\"#a\"}"), NULL);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("1")), ERR_TOO_LARGE);
}

static void a_costly_pattern_is_no_verdict(void **state)
{
    (void)state;
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, STR("{\"not\":{\"pattern\":\"^(?!b)(a|a)*$\"}}"), NULL);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"")),
                 ERR_TOO_LARGE);
}

static void a_valid_value_takes_no_memory(void **state)
{
    (void)state;
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(
        &s,
        STR("{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":"
            "\"array\",\"uniqueItems\":true,\"contains\":{\"type\":\"integer\"},"
            "\"unevaluatedItems\":{\"pattern\":\"^x\"}},\"b\":{\"oneOf\":[{\"type\":\"number\""
            "},{\"enum\":[\"q\",null]}]}},\"unevaluatedProperties\":false}"),
        NULL);
    const struct json *value = NULL;
    struct str text = STR("{\"a\":[1,2,\"xy\"],\"b\":null}");
    CHECK_STATUS(&s.t.cx, json_read(&s.t.cx, text, NULL, &value), OK);
    size_t before = s.t.arena.used_bytes;
    CHECK_STATUS(&s.t.cx, jsonschema_check(&s.t.cx, s.schema, value, NULL), OK);
    CHECK_I64("bytes", s.t.arena.used_bytes, before);
}

/* ---- numbers ---- */

static const struct {
    struct str schema, value;
    enum status want;
} numbers[] = {
    {STR_INIT("{\"multipleOf\":0.1}"), STR_INIT("0.3"), OK},
    {STR_INIT("{\"multipleOf\":0.01}"), STR_INIT("19.99"), OK},
    {STR_INIT("{\"multipleOf\":0.01}"), STR_INIT("19.999"), ERR_INVALID},
    {STR_INIT("{\"multipleOf\":1e-8}"), STR_INIT("12391239123"), OK},
    {STR_INIT("{\"multipleOf\":3}"), STR_INIT("1e1000"), ERR_INVALID},
    {STR_INIT("{\"multipleOf\":7}"), STR_INIT("7e1000000000"), OK},
    {STR_INIT("{\"multipleOf\":2}"), STR_INIT("-0"), OK},
    {STR_INIT("{\"multipleOf\":12345678901234567890123}"),
     STR_INIT("152415787532388367504953347995733866912056239044"), ERR_INVALID},
    {STR_INIT("{\"multipleOf\":12345678901234567890123}"),
     STR_INIT("152415787532388367504942236884722755800955129"), OK},
    {STR_INIT("{\"maximum\":9007199254740993}"), STR_INIT("9007199254740994"), ERR_INVALID},
    {STR_INIT("{\"maximum\":9007199254740993}"), STR_INIT("9007199254740993.0"), OK},
    {STR_INIT("{\"maximum\":999999999999999999}"), STR_INIT("999999999999999999"), OK},
    {STR_INIT("{\"maximum\":999999999999999999}"), STR_INIT("1000000000000000000"), ERR_INVALID},
    {STR_INIT("{\"minimum\":-999999999999999999}"), STR_INIT("-1000000000000000000"), ERR_INVALID},
    {STR_INIT("{\"minimum\":1e400}"), STR_INIT("1e399"), ERR_INVALID},
    {STR_INIT("{\"minimum\":-1e400}"), STR_INIT("-1e399"), OK},
    {STR_INIT("{\"exclusiveMinimum\":0.1}"), STR_INIT("0.1000"), ERR_INVALID},
    {STR_INIT("{\"exclusiveMinimum\":0.1}"), STR_INIT("0.10000000000000000000001"), OK},
    {STR_INIT("{\"exclusiveMaximum\":0}"), STR_INIT("-1e-400"), OK},
    {STR_INIT("{\"type\":\"integer\"}"), STR_INIT("1e400"), OK},
    {STR_INIT("{\"type\":\"integer\"}"), STR_INIT("10.50e1"), OK},
    {STR_INIT("{\"type\":\"integer\"}"), STR_INIT("10.55e1"), ERR_INVALID},
    {STR_INIT("{\"const\":1.50}"), STR_INIT("15e-1"), OK},
    {STR_INIT("{\"const\":100}"), STR_INIT("1.00e2"), OK},
    {STR_INIT("{\"const\":100}"), STR_INIT("100.001"), ERR_INVALID},
    {STR_INIT("{\"const\":0}"), STR_INIT("-0.0e5"), OK},
    {STR_INIT("{\"minimum\":1e99999999999999999999}"), STR_INIT("1e9"), ERR_INVALID},
};

static void numbers_are_exact_at_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        DEFER(schema_test_close) struct schema_test s;
        schema_test_open(&s, numbers[i].schema, NULL);
        print_message("# " STR_FMT " " STR_FMT "\n", STR_ARG(numbers[i].schema),
                      STR_ARG(numbers[i].value));
        CHECK_STATUS(&s.t.cx, check_text(&s, numbers[i].value), numbers[i].want);
    }
}

static void a_divisor_has_as_many_digits_as_are_promised(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct jsonschema *schema = NULL;
        struct buf text = buf_in(&t.arena, KIB(1));
        buf_add(&text, STR("{\"multipleOf\":"));
        for (size_t i = 0; i < JSONSCHEMA_MAX_DIVISOR_DIGITS + more; i++) {
            buf_add_char(&text, '9');
        }
        buf_add(&text, STR("}"));
        CHECK_STATUS(&t.cx, jsonschema_read(&t.cx, &t.arena, buf_str(&text), NULL, &schema),
                     more == 0 ? OK : ERR_INVALID);
    }
}

/* ---- drafts ---- */

static void the_draft_is_chosen_by_schema_and_else_by_options(void **state)
{
    (void)state;
    struct jsonschema_options options = {.draft = JSONSCHEMA_DRAFT_7};
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, STR("{\"items\":[{\"type\":\"null\"}]}"), &options);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("[1]")), ERR_INVALID);
    DEFER(schema_test_close) struct schema_test s2;
    schema_test_open(&s2,
                     STR("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                         "\"prefixItems\":[{\"type\":\"null\"}]}"),
                     &options);
    CHECK_STATUS(&s2.t.cx, check_text(&s2, STR("[1]")), ERR_INVALID);
    DEFER(schema_test_close) struct schema_test s3;
    schema_test_open(&s3, STR("{\"prefixItems\":[{\"type\":\"null\"}]}"), &options);
    CHECK_STATUS(&s3.t.cx, check_text(&s3, STR("[1]")), OK);
}

static void documents_are_found_by_their_uri(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct jsonschema_document document = {.uri = STR("https://x.example/lib/a.json")};
    CHECK_STATUS(
        &t.cx,
        json_read(&t.cx, STR("{\"$defs\":{\"s\":{\"type\":\"string\"}}}"), NULL, &document.root),
        OK);
    struct jsonschema_options options = {.base_uri = STR("https://x.example/lib/main.json"),
                                         .documents = &document,
                                         .document_count = 1};
    DEFER(schema_test_close) struct schema_test s;
    schema_test_open(&s, STR("{\"$ref\":\"a.json#/$defs/s\"}"), &options);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("\"x\"")), OK);
    CHECK_STATUS(&s.t.cx, check_text(&s, STR("1")), ERR_INVALID);
    CHECK_STR("place", s.result.errors[0].absolute_keyword_location,
              STR("https://x.example/lib/a.json#/$defs/s/type"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_say_where_and_what_and_never_a_value),
        cmocka_unit_test(all_errors_are_listed_up_to_the_most),
        cmocka_unit_test(the_output_is_the_standards_basic_form),
        cmocka_unit_test(what_is_no_schema_is_refused_with_words),
        cmocka_unit_test(subschemas_are_counted),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(steps_are_bounded_where_a_schema_doubles_them),
        cmocka_unit_test(a_long_enum_ends_for_each_of_many_items),
        cmocka_unit_test(a_dynamic_reference_to_itself_ends),
        cmocka_unit_test(a_costly_pattern_is_no_verdict),
        cmocka_unit_test(a_valid_value_takes_no_memory),
        cmocka_unit_test(numbers_are_exact_at_any_size),
        cmocka_unit_test(a_divisor_has_as_many_digits_as_are_promised),
        cmocka_unit_test(the_draft_is_chosen_by_schema_and_else_by_options),
        cmocka_unit_test(documents_are_found_by_their_uri),
    };
    return cmocka_run_group_tests_name("jsonschema", tests, NULL, NULL);
}
