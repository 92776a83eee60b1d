/*
 * The answer's JSON Schema: what is asked again for, and with which sentence.
 */
#include "shared/llm/guard/guard.h"
#include "tests/support/check.h"

static const struct {
    const char *name;
    struct str schema, answer;
    enum status want;
    struct str why;
} cases[] = {
    {"fits", STR_INIT("{\"type\":\"object\",\"required\":[\"a\"]}"), STR_INIT(" {\"a\":1}\n"), OK,
     STR_INIT("")},
    {"two faults",
     STR_INIT("{\"type\":\"object\",\"required\":[\"b\"],\"properties\":{\"a\":{\"type\":"
              "\"string\"}}}"),
     STR_INIT("{\"a\":[\"secret\"]}"), ERR_INVALID,
     STR_INIT("The answer does not fit the JSON Schema: at /a: must be a string, not an array; at "
              "the top: must have the member \"b\".")},
    {"fenced", STR_INIT("{}"), STR_INIT("```json\n{}\n```"), ERR_INVALID,
     STR_INIT("The answer must be JSON and nothing else: not JSON: unexpected character at line 1, "
              "column 1.")},
    {"cut", STR_INIT("{}"), STR_INIT("{\"a\":"), ERR_INVALID,
     STR_INIT("The answer must be JSON and nothing else: not JSON: unexpected end at line 1, "
              "column 6.")},
    {"no schema", STR_INIT("{\"type\":\"thing\"}"), STR_INIT("{}"), ERR_REFUSED, STR_INIT("")},
    {"a schema that is no JSON", STR_INIT("{"), STR_INIT("{}"), ERR_REFUSED, STR_INIT("")},
    {"a schema that goes to the network", STR_INIT("{\"$ref\":\"https://x.example/s\"}"),
     STR_INIT("{}"), ERR_REFUSED, STR_INIT("")},
    {"a pattern too costly", STR_INIT("{\"pattern\":\"^(?!b)(a|a)*$\"}"),
     STR_INIT("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\""), ERR_REFUSED,
     STR_INIT("")},
};

static void answers_are_judged_and_the_sentence_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str why = {0};
        print_message("# %s\n", cases[i].name);
        CHECK_STATUS(&t.cx,
                     guard_answer_check(&t.cx, exact_copy(&t.cx, cases[i].schema),
                                        exact_copy(&t.cx, cases[i].answer), &why),
                     cases[i].want);
        CHECK_STR(cases[i].name, why, cases[i].why);
        if (cases[i].want == ERR_REFUSED) {
            CHECK_STR("code", str_from_cstr(t.cx.err.code), STR("INVALID_SCHEMA"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_judged_and_the_sentence_says_why),
    };
    return cmocka_run_group_tests_name("guard_answer", tests, NULL, NULL);
}
