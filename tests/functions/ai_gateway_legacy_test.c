/*
 * POST /ai-gateway, the protocol of old: its members, its refusals, and what was mended.
 */
#include "tests/functions/ai_gateway_fixture.h"

static int64_t number_of(const struct exchange *x, const char *name)
{
    int64_t value = INT64_MIN;
    const struct json *member = json_find(x->root, str_from_cstr(name));
    (void)(member != NULL && json_is_i64(member, &value));
    return value;
}

static void legacy_answer_has_the_members_of_old_and_the_exact_cost(void **state)
{
    (void)state;
    EXCHANGE;
    struct llm_limits limits = {.requests_limit = -1,
                                .operations_limit = 100,
                                .operations_remaining = 97,
                                .tokens_limit = -1,
                                .budget_nano = -1};
    fake_answers();
    fake.head.limits = &limits;
    fake.outcome = (struct llm_outcome){.usage = {.input = 1200, .cache_read = 40, .output = 310},
                                        .cost_nano = 8370000};
    ask(&x, &(struct wish){.body = STR(PROMPT)});
    CHECK_I64("status", x.answer.status, 0);
    CHECK_STR("answer", x.answer.body,
              STR("{\"success\":true,\"response\":\"Salad, stew, wrap.\",\"tokens_used\":1550,"
                  "\"cost_cents\":1,\"model\":\"claude-3-5-sonnet-20241022\",\"cached\":false,"
                  "\"remaining_requests\":97,\"cost_nanodollars\":8370000}"));
    CHECK_STR("cost", header_of(&x, "x-clambda-cost-nanodollars"), STR("8370000"));
    CHECK_STR("model", header_of(&x, "x-clambda-model"), STR("anthropic/claude-haiku-4-5"));
    CHECK_STR("id", header_of(&x, "x-clambda-call-id"), STR(CALL_ID));
    CHECK_STR("cache", header_of(&x, "x-clambda-cache"), STR("miss"));
}

static void legacy_cached_answer_costs_nothing(void **state)
{
    (void)state;
    EXCHANGE;
    fake_answers();
    fake.head.is_cached = true;
    fake.outcome = (struct llm_outcome){.usage = {.input = 12}, .cost_nano = 5};
    ask(&x, &(struct wish){.body = STR(PROMPT)});
    CHECK_I64("tokens", number_of(&x, "tokens_used"), 0);
    CHECK_I64("cost", number_of(&x, "cost_nanodollars"), 0);
    CHECK_I64("no limit", number_of(&x, "remaining_requests"), -1);
    const struct json *cached = json_find(x.root, STR("cached"));
    CHECK_I64("cached", cached != NULL && cached->boolean, true);
    CHECK_STR("header", header_of(&x, "x-clambda-cache"), STR("hit"));
}

static void legacy_request_is_what_its_body_says(void **state)
{
    (void)state;
    EXCHANGE;
    fake_answers();
    ask(&x, &(struct wish){
                .body = STR("{\"model\":\"claude-haiku\",\"prompt\":\" a\\n\\tb\\u0007<script>\","
                            "\"max_tokens\":4000,\"temperature\":3e-1,\"enable_cache\":false,"
                            "\"context\":{\"user_id\":\"" USER_ID
                            "\",\"operation\":\"recipe_scoring\",\"generation_id\":\"" CALL_ID
                            "\",\"cache_key\":\"k\"}}")});
    const struct llm_request *r = fake.request;
    assert_non_null(r);
    CHECK_STR("the prompt is never altered", r->chat->messages[0].parts[0].text,
              STR(" a\n\tb\a<script>"));
    CHECK_STR("model", r->model, STR("claude-haiku"));
    CHECK_I64("tokens", r->chat->max_tokens, 4000);
    CHECK_STR("temperature", r->chat->temperature, STR("3e-1"));
    CHECK_STR("operation", r->operation, STR("recipe_scoring"));
    CHECK_STR("generation", r->generation_id, STR(CALL_ID));
    CHECK_STR("suffix", r->cache_suffix, STR("k"));
    CHECK_STR("function", r->function, STR("ai-gateway"));
    CHECK_I64("no cache", r->no_cache, true);
}

static void legacy_defaults_are_those_of_old(void **state)
{
    (void)state;
    EXCHANGE;
    fake_answers();
    ask(&x, &(struct wish){.body = STR(PROMPT)});
    const struct llm_request *r = fake.request;
    assert_non_null(r);
    CHECK_STR("model", r->model, STR("claude-3-5-sonnet-20241022"));
    CHECK_I64("tokens", r->chat->max_tokens, 1000);
    CHECK_STR("temperature", r->chat->temperature, STR("0.3"));
    CHECK_I64("cache", r->no_cache, false);
}

static void legacy_bodies_at_fault_are_refused_and_named(void **state)
{
    (void)state;
#define WITH(members) STR_INIT("{\"prompt\":\"p\"," members "," CONTEXT "}")
    static const struct {
        const char *name;
        struct str body;
        const char *path; /* empty: the whole body */
    } cases[] = {
        {"nothing", STR_INIT(""), NULL},
        {"no JSON", STR_INIT("{"), NULL},
        {"no object", STR_INIT("[]"), NULL},
        {"no prompt", STR_INIT("{" CONTEXT "}"), "prompt"},
        {"empty prompt", STR_INIT("{\"prompt\":\"\"," CONTEXT "}"), "prompt"},
        {"no context", STR_INIT("{\"prompt\":\"p\"}"), "context"},
        {"no user", STR_INIT("{\"prompt\":\"p\",\"context\":{\"operation\":\"general\"}}"),
         "context.user_id"},
        {"operation",
         STR_INIT("{\"prompt\":\"p\",\"context\":{\"user_id\":\"" USER_ID
                  "\",\"operation\":\"chat\"}}"),
         "context.operation"},
        {"no tokens", WITH("\"max_tokens\":0"), "max_tokens"},
        {"too many tokens", WITH("\"max_tokens\":4001"), "max_tokens"},
        {"a fraction of a token", WITH("\"max_tokens\":1.5"), "max_tokens"},
        {"cold", WITH("\"temperature\":-0.1"), "temperature"},
        {"hot", WITH("\"temperature\":1.1"), "temperature"},
        {"empty model", WITH("\"model\":\"\""), "model"},
        {"a member that is none", WITH("\"modle\":\"x\""), "modle"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        ask(&x, &(struct wish){.body = cases[i].body});
        CHECK_I64(cases[i].name, x.answer.status, 422);
        CHECK_I64(cases[i].name, fake.calls, 0);
        const struct json *details = json_find(x.root, STR("details"));
        struct str path =
            details == NULL ? (struct str){0} : json_find_str(details->first, STR("path"));
        CHECK_STR(cases[i].name, path, str_from_cstr(cases[i].path));
    }
}

/* 50,000 characters are four bytes each at most. */
static void legacy_prompt_past_its_limit_is_413_and_never_cut(void **state)
{
    (void)state;
    static const struct str letters[] = {STR_INIT("a"), STR_INIT("\xc3\xa9"),
                                         STR_INIT("\xf0\x9f\x8d\x85")};
    for (size_t i = 0; i < ARRAY_LEN(letters) * 2; i++) {
        EXCHANGE;
        fake_answers();
        struct buf body = buf_in(x.t.cx.arena, MIB(1));
        buf_add(&body, STR("{\"prompt\":\""));
        for (size_t n = 0; n < 50000 + i % 2; n++) {
            buf_add(&body, letters[i / 2]);
        }
        buf_add(&body, STR("\"," CONTEXT "}"));
        ask(&x, &(struct wish){.body = buf_str(&body)});
        CHECK_I64("status", x.answer.status, i % 2 == 0 ? 0 : 413);
        CHECK_I64("asked", fake.calls, i % 2 == 0);
        if (i % 2 == 1) {
            CHECK_STR("code", json_find_str(x.root, STR("error_code")), STR("PROMPT_TOO_LONG"));
        }
    }
}

static void legacy_user_is_the_callers_own(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str key_user, body;
        int status;
    } cases[] = {
        {"its own", STR_INIT(USER_ID), STR_INIT(PROMPT), 0},
        {"another", STR_INIT(CALL_ID), STR_INIT(PROMPT), 403},
        {"a key of nobody's", STR_INIT(""), STR_INIT(PROMPT), 0},
        {"in capitals", STR_INIT(USER_ID),
         STR_INIT("{\"prompt\":\"p\",\"context\":{\"operation\":\"general\",\"user_id\":"
                  "\"2F6C3A10-7A51-4A7E-9A52-1F4B8C0D9E33\"}}"),
         0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        fake_answers();
        fake.user_id = cases[i].key_user;
        ask(&x,
            &(struct wish){.headers = {{STR("x-api-key"), STR("ck_x")}}, .body = cases[i].body});
        CHECK_I64(cases[i].name, x.answer.status, cases[i].status);
        CHECK_I64(cases[i].name, fake.calls, cases[i].status == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legacy_answer_has_the_members_of_old_and_the_exact_cost),
        cmocka_unit_test(legacy_cached_answer_costs_nothing),
        cmocka_unit_test(legacy_request_is_what_its_body_says),
        cmocka_unit_test(legacy_defaults_are_those_of_old),
        cmocka_unit_test(legacy_bodies_at_fault_are_refused_and_named),
        cmocka_unit_test(legacy_prompt_past_its_limit_is_413_and_never_cut),
        cmocka_unit_test(legacy_user_is_the_callers_own),
    };
    return cmocka_run_group_tests_name("ai_gateway_legacy", tests, NULL, NULL);
}
