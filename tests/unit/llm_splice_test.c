#include "shared/llm/wire/splice.h"

#include "tests/support/check.h"

/* `set` and `drop` are keys; what is set becomes 9. */
static const struct {
    const char *name;
    struct str body, set, drop, want;
} cases[] = {
    {"set", STR_INIT(" {\"a\": 1 , \"b\":\t2 }\n"), STR_INIT("a"), STR_INIT(""),
     STR_INIT(" {\"a\": 9 , \"b\":\t2 }\n")},
    {"set one that is not there", STR_INIT("{ \"a\": 1 }"), STR_INIT("c"), STR_INIT(""),
     STR_INIT("{\"c\":9, \"a\": 1 }")},
    {"set in an empty object", STR_INIT("{ }"), STR_INIT("c"), STR_INIT(""),
     STR_INIT("{\"c\":9 }")},
    {"drop the first", STR_INIT("{\"a\":1, \"b\":2}"), STR_INIT(""), STR_INIT("a"),
     STR_INIT("{ \"b\":2}")},
    {"drop the last", STR_INIT("{\"a\":1 , \"b\":2 }"), STR_INIT(""), STR_INIT("b"),
     STR_INIT("{\"a\":1 }")},
    {"drop in between", STR_INIT("{\"a\":1,\"b\":2,\"c\":3}"), STR_INIT(""), STR_INIT("b"),
     STR_INIT("{\"a\":1,\"c\":3}")},
    {"drop the only one", STR_INIT("{\"a\":1}"), STR_INIT(""), STR_INIT("a"), STR_INIT("{}")},
    {"drop the only one and set a new one", STR_INIT("{\"a\":1}"), STR_INIT("c"), STR_INIT("a"),
     STR_INIT("{\"c\":9}")},
    {"drop the first and set the second", STR_INIT("{\"a\":[1,2],\"b\":2}"), STR_INIT("b"),
     STR_INIT("a"), STR_INIT("{\"b\":9}")},
    {"drop one that is not there", STR_INIT("{\"a\":1}"), STR_INIT(""), STR_INIT("z"),
     STR_INIT("{\"a\":1}")},
    {"a key with escapes", STR_INIT("{\"\\u0061\":1,\"x\\\",\":2}"), STR_INIT("a"), STR_INIT(""),
     STR_INIT("{\"\\u0061\":9,\"x\\\",\":2}")},
    {"members of members stay", STR_INIT("{\"m\":{\"a\":1},\"a\":2}"), STR_INIT("a"), STR_INIT(""),
     STR_INIT("{\"m\":{\"a\":1},\"a\":9}")},
};

static struct llm_request request_of(struct ctx *cx, struct str body)
{
    struct llm_request request = {.body = exact_copy(cx, body)};
    CHECK_STATUS(cx, json_read(cx, request.body, NULL, &request.root), OK);
    return request;
}

static void splice_changes_members_and_no_other_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = request_of(&t.cx, cases[i].body);
        struct splice splice = splice_of(&request);
        if (cases[i].set.len > 0) {
            splice_set(&splice, cases[i].set, STR("9"));
        }
        if (cases[i].drop.len > 0) {
            splice_drop(&splice, cases[i].drop);
        }
        CHECK_STR(cases[i].name, splice_body(&t.cx, &splice), cases[i].want);
    }
}

static void splice_drops_the_first_two_of_three(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = request_of(&t.cx, STR("{\"a\":1,\"b\":2,\"c\":3}"));
    struct splice splice = splice_of(&request);
    splice_drop(&splice, STR("b"));
    splice_drop(&splice, STR("a"));
    CHECK_STR("body", splice_body(&t.cx, &splice), STR("{\"c\":3}"));
}

static void splice_without_changes_is_the_body_itself(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = request_of(&t.cx, STR("{\"a\":1}"));
    struct splice splice = splice_of(&request);
    assert_ptr_equal(splice_body(&t.cx, &splice).ptr, request.body.ptr);
}

static void splice_carries_out_the_edits_of_guards(void **state)
{
    (void)state;
    static const struct str body = STR_INIT("{\"a\":\"x@y\",\"b\":\"z@y\",\"c\":\"w@y\"}");
    static const struct llm_edit edits[] = {
        {.at = 5, .len = 5, .text = STR_INIT("\"<1>\"")},
        {.at = 15, .len = 5, .text = STR_INIT("\"<2>\"")},
        {.at = 25, .len = 5, .text = STR_INIT("\"<3>\"")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = request_of(&t.cx, body);
    request.edits = edits;
    request.edit_count = ARRAY_LEN(edits);
    struct splice splice = splice_of(&request);
    CHECK_STR("edits alone", splice_body(&t.cx, &splice),
              STR("{\"a\":\"<1>\",\"b\":\"<2>\",\"c\":\"<3>\"}"));
    splice_set(&splice, STR("b"), STR("0"));
    CHECK_STR("one lies in what is set", splice_body(&t.cx, &splice),
              STR("{\"a\":\"<1>\",\"b\":0,\"c\":\"<3>\"}"));
    splice_drop(&splice, STR("c"));
    CHECK_STR("one lies in what goes", splice_body(&t.cx, &splice), STR("{\"a\":\"<1>\",\"b\":0}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splice_changes_members_and_no_other_byte),
        cmocka_unit_test(splice_drops_the_first_two_of_three),
        cmocka_unit_test(splice_without_changes_is_the_body_itself),
        cmocka_unit_test(splice_carries_out_the_edits_of_guards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
