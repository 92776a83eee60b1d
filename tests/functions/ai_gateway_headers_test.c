/*
 * What answers and failures say in their headers.
 */
#include "functions/ai-gateway/headers.h"

#include "tests/support/check.h"

#define CALL_ID "7d1c0a52-54b6-4c86-9d53-0f6b1f0a4c11"

/* 2026-03-01T10:00:00Z */
static const int64_t NOW_MS = 1772359200000;

static const struct llm_provider provider = {.name = STR_INIT("anthropic")};
static const struct llm_model model = {.id = STR_INIT("claude-haiku-4-5")};
static const struct llm_target target = {&provider, &model};
static const struct llm_head call_head = {
    .target = &target,
    .trail = STR_INIT("anthropic/claude-haiku-4-5:ok"),
    .overhead_us = 140,
    .cost_nano = -1,
    .call_id = STR_INIT(CALL_ID),
};

static struct str value_of(const struct header_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i].name, str_from_cstr(name))) {
            return list->items[i].value;
        }
    }
    return (struct str){0};
}

/* ---- headers --------------------------------------------------------------------------------- */

/* "name: value", a line each. */
static struct str headers_print(struct ctx *cx, enum llm_protocol protocol,
                                const struct llm_head *head)
{
    cx->request_id = STR("r-1");
    struct header_list list = headers_begin(cx, protocol, NOW_MS);
    struct buf out = buf_in(cx->arena, KIB(16));
    headers_of_head(&list, head);
    for (size_t i = 0; i < list.count; i++) {
        buf_addf(&out, STR_FMT ": " STR_FMT "\n", STR_ARG(list.items[i].name),
                 STR_ARG(list.items[i].value));
    }
    return buf_str(&out);
}

#define CALL_HEADERS                                                                               \
    "x-clambda-call-id: " CALL_ID "\nx-clambda-model: anthropic/claude-haiku-4-5\n"                \
    "x-clambda-trail: anthropic/claude-haiku-4-5:ok\nx-clambda-overhead-us: 140\n"
#define BUDGET_HEADERS                                                                             \
    "x-clambda-budget-remaining-nanodollars: 7\n"                                                  \
    "x-clambda-budget-reset: 2026-03-01T11:00:00.000Z\n"

static void limits_are_told_as_the_protocol_tells_them(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_limits limits = {.requests_limit = 60,
                                      .requests_remaining = 59,
                                      .requests_reset_ms = NOW_MS + 850,
                                      .tokens_limit = 4000,
                                      .tokens_remaining = 12,
                                      .tokens_reset_ms = NOW_MS + 3725000,
                                      .budget_nano = 9,
                                      .budget_remaining_nano = 7,
                                      .budget_reset_ms = NOW_MS + 3600000};
    struct llm_head head = call_head;
    head.limits = &limits;
    CHECK_STR("OpenAI", headers_print(&t.cx, LLM_PROTOCOL_OPENAI_CHAT, &head),
              STR("x-request-id: r-1\n" CALL_HEADERS "x-clambda-cache: miss\n"
                  "x-ratelimit-limit-requests: 60\n"
                  "x-ratelimit-remaining-requests: 59\n"
                  "x-ratelimit-reset-requests: 850ms\n"
                  "x-ratelimit-limit-tokens: 4000\n"
                  "x-ratelimit-remaining-tokens: 12\n"
                  "x-ratelimit-reset-tokens: 1h2m5s\n" BUDGET_HEADERS));
    CHECK_STR("Anthropic", headers_print(&t.cx, LLM_PROTOCOL_ANTHROPIC, &head),
              STR("request-id: r-1\n" CALL_HEADERS "x-clambda-cache: miss\n"
                  "anthropic-ratelimit-requests-limit: 60\n"
                  "anthropic-ratelimit-requests-remaining: 59\n"
                  "anthropic-ratelimit-requests-reset: 2026-03-01T10:00:00.850Z\n"
                  "anthropic-ratelimit-tokens-limit: 4000\n"
                  "anthropic-ratelimit-tokens-remaining: 12\n"
                  "anthropic-ratelimit-tokens-reset: 2026-03-01T11:02:05.000Z"
                  "\n" BUDGET_HEADERS));
}

static void what_is_unknown_has_no_header(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_head head = call_head;
    const struct llm_limits none = {
        .requests_limit = -1, .tokens_limit = -1, .operations_limit = -1, .budget_nano = -1};
    head.limits = &none;
    head.is_replay = true;
    head.cost_nano = 0;
    head.dropped = STR("temperature, top_k");
    head.guard_flags = STR("injection=ignore_previous");
    CHECK_STR("replay", headers_print(&t.cx, LLM_PROTOCOL_OPENAI_CHAT, &head),
              STR("x-request-id: r-1\n" CALL_HEADERS
                  "x-clambda-cost-nanodollars: 0\nx-clambda-cache: replay\n"
                  "x-clambda-dropped: temperature, top_k\n"
                  "x-clambda-guard: injection=ignore_previous\n"));
    CHECK_STR("nothing asked",
              headers_print(&t.cx, LLM_PROTOCOL_OPENAI_CHAT, &(struct llm_head){0}),
              STR("x-request-id: r-1\n"));
}

/* ---- failures -------------------------------------------------------------------------------- */

static void failures_say_whether_and_when_to_try_again(void **state)
{
    (void)state;
    const struct llm_limits slow = {.requests_limit = 5,
                                    .requests_reset_ms = NOW_MS + 61001,
                                    .tokens_limit = -1,
                                    .operations_limit = -1,
                                    .budget_nano = -1};
    const struct llm_limits wordy = {.requests_limit = 5,
                                     .requests_remaining = 2,
                                     .requests_reset_ms = NOW_MS + 1,
                                     .tokens_limit = 9,
                                     .tokens_reset_ms = NOW_MS + 2000,
                                     .operations_limit = -1,
                                     .budget_nano = -1};
    const struct llm_limits poor = {.requests_limit = -1,
                                    .tokens_limit = -1,
                                    .operations_limit = -1,
                                    .budget_nano = 7,
                                    .budget_reset_ms = NOW_MS + 3600000};
    const struct {
        const char *name, *code;
        const struct llm_limits *limits;
        int64_t asked_ms;
        const char *retry_after, *should_retry;
        enum status status;
        bool spent;
    } cases[] = {
        {"rate", "RATE_LIMITED", &slow, -1, "62", NULL, ERR_RATE_LIMITED, false},
        {"tokens", "RATE_LIMITED", &wordy, -1, "2", NULL, ERR_RATE_LIMITED, false},
        {"budget", "BUDGET_EXCEEDED", &poor, -1, "3600", "false", ERR_BUDGET, false},
        {"spent", "AI_SERVICE_ERROR", NULL, -1, NULL, "false", ERR_UPSTREAM, true},
        {"busy", NULL, NULL, 2500, "3", "false", ERR_OVERLOADED, true},
        {"busy, no hint", NULL, NULL, -1, "1", "false", ERR_OVERLOADED, true},
        {"provider's rate", "RATE_LIMITED", &slow, 17000, "17", "false", ERR_RATE_LIMITED, true},
        {"provider's, no hint", "RATE_LIMITED", &slow, -1, "1", "false", ERR_RATE_LIMITED, true},
        {"database", NULL, NULL, -1, "1", NULL, ERR_UNAVAILABLE, false},
        {"in flight", "IDEMPOTENCY_IN_FLIGHT", NULL, -1, "1", NULL, ERR_CONFLICT, false},
        {"reused", "IDEMPOTENCY_KEY_REUSED", NULL, -1, NULL, "false", ERR_CONFLICT, false},
        {"model", NULL, NULL, -1, NULL, NULL, ERR_NOT_FOUND, false},
        {"time", NULL, NULL, -1, NULL, NULL, ERR_TIMEOUT, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct header_list list = headers_begin(&t.cx, LLM_PROTOCOL_NONE, NOW_MS);
        struct llm_outcome outcome = {.head.limits = cases[i].limits,
                                      .attempts_are_spent = cases[i].spent,
                                      .failure.retry_after_ms = cases[i].asked_ms};
        headers_of_failure(&list, cases[i].status, cases[i].code, &outcome);
        CHECK_STR(cases[i].name, value_of(&list, "retry-after"),
                  str_from_cstr(cases[i].retry_after));
        CHECK_STR(cases[i].name, value_of(&list, "x-should-retry"),
                  str_from_cstr(cases[i].should_retry));
    }
}

/* Before anything was asked. */
static void a_stranger_is_told_how_to_prove_himself(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct header_list list = headers_begin(&t.cx, LLM_PROTOCOL_NONE, NOW_MS);
    headers_of_failure(&list, ERR_UNAUTHENTICATED, NULL, NULL);
    CHECK_STR("challenge", value_of(&list, "www-authenticate"), STR("Bearer"));
    CHECK_I64("nothing else", list.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_told_as_the_protocol_tells_them),
        cmocka_unit_test(what_is_unknown_has_no_header),
        cmocka_unit_test(failures_say_whether_and_when_to_try_again),
        cmocka_unit_test(a_stranger_is_told_how_to_prove_himself),
    };
    return cmocka_run_group_tests_name("ai_gateway_headers", tests, NULL, NULL);
}
