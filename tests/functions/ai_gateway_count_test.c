/*
 * POST /v1/messages/count_tokens: who counts.
 */
#include "tests/functions/ai_gateway_fixture.h"

#define BODY(model)                                                                                \
    "{\"model\":\"" model "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"

static const struct {
    const char *name;
    struct str body;
    bool is_asked;
    struct str estimated;
} cases[] = {
    {"Anthropic's own", STR_INIT(BODY("claude-haiku-4-5")), true, STR_INIT("")},
    {"at Anthropic", STR_INIT(BODY("anthropic/claude-haiku-4-5")), true, STR_INIT("")},
    {"another provider's", STR_INIT(BODY("gpt-4.1-mini")), false, STR_INIT("input_tokens")},
    {"nobody's: the engine says so", STR_INIT(BODY("nobody-knows-it")), true, STR_INIT("")},
};

static void tokens_are_counted_by_anthropic_or_bounded_by_us(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        struct llm_models *models = NULL;
        CHECK_STATUS(&x.t.cx, llm_models_new(&x.t.cx, STR(""), &models), OK);
        fake.models = models;
        fake.begins = true;
        fake.head.content_type = STR("application/json");
        fake.raw = STR("{\"input_tokens\":7}");
        ask(&x, &(struct wish){.path = "/v1/messages/count_tokens",
                               .headers = {{STR("anthropic-version"), STR("2026-10-21")}},
                               .body = cases[i].body});
        CHECK_I64(cases[i].name, x.answer.status, 0);
        CHECK_I64(cases[i].name, (int64_t)fake.calls, cases[i].is_asked);
        CHECK_STR(cases[i].name, header_of(&x, "x-clambda-estimated"), cases[i].estimated);
        CHECK_STR(cases[i].name, x.answer.body,
                  cases[i].is_asked
                      ? STR("{\"input_tokens\":7}")
                      : arena_format(x.t.cx.arena, "{\"input_tokens\":%zu}", cases[i].body.len));
        llm_models_free(models);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_counted_by_anthropic_or_bounded_by_us)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
