/*
 * The line that a call leaves in the log.
 */
#include "shared/llm/watch/call.h"

#include "shared/json/json.h"
#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <unistd.h>

#define CANARY "canary-c41f"

static const struct llm_caller caller = {
    .tenant_id = STR_INIT("11111111-2222-4333-8444-555555555555"), .claims = STR_INIT(CANARY)};
static const struct llm_request request = {.protocol = LLM_PROTOCOL_OPENAI_CHAT,
                                           .body = STR_INIT(CANARY),
                                           .model = STR_INIT(CANARY),
                                           .cache_suffix = STR_INIT(CANARY),
                                           .idempotency_key = STR_INIT(CANARY)};

static struct llm_outcome outcome_make(void)
{
    return (struct llm_outcome){
        .head = {.call_id = STR("c-1"), .trail = STR("openai/gpt-4o:ok")},
        .attempt_count = 1,
        .attempts = {{.provider = STR("openai"), .first_token_us = 1234}},
        .usage = {.input = 7, .output = 5, .cache_read = 3, .is_known = true},
        .cost_nano = INT64_C(9007199254740993),
        .failure = {.words = STR(CANARY), .code = STR(CANARY)},
        .settlement = {.alias = STR("gpt"), .answer = STR(CANARY), .took_us = 99},
    };
}

static struct str line_of(struct ctx *cx, const struct llm_watched *call)
{
    char text[8192];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_to(ends[1]);
    llm_watched_log(cx, call);
    log_to(2);
    (void)close(ends[1]);
    ssize_t len = read(ends[0], text, sizeof text);
    (void)close(ends[0]);
    return arena_str_copy(cx->arena, (struct str){.ptr = text, .len = len > 0 ? (size_t)len : 0});
}

static void a_call_leaves_one_line_of_names_and_numbers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct llm_outcome outcome = outcome_make();
    const struct llm_watched call = {
        .caller = &caller, .request = &request, .outcome = &outcome, .status = OK};
    struct str line = line_of(cx, &call);
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, line, NULL, &root), OK);
    int64_t cost = 0;
    assert_true(json_is_i64(json_find(root, STR("costNano")), &cost));
    CHECK_I64("past a double's digits", cost, INT64_C(9007199254740993));
    CHECK_STR("event", json_find_str(root, STR("message")), STR("llm_call"));
    CHECK_STR("model", json_find_str(root, STR("model")), STR("gpt"));
    CHECK_STR("result", json_find_str(root, STR("result")), STR("ok"));
    CHECK_STR("trail", json_find_str(root, STR("trail")), STR("openai/gpt-4o:ok"));
    assert_true(str_find(line, STR(CANARY)) == SIZE_MAX);
}

static void a_result_names_the_failure(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        enum llm_failure_class kind;
        const char *want;
    } cases[] = {
        {OK, LLM_NONE, "ok"},
        {OK, LLM_CUT, "cut"}, /* of a stream that had begun */
        {ERR_OVERLOADED, LLM_SLOW_DOWN, "slow_down"},
        {ERR_BUDGET, LLM_NONE, "ERR_BUDGET"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_outcome outcome = outcome_make();
        outcome.failure.kind = cases[i].kind;
        const struct llm_watched call = {
            .caller = &caller, .request = &request, .outcome = &outcome, .status = cases[i].status};
        CHECK_STR("result", str_from_cstr(llm_watched_result(&call)), str_from_cstr(cases[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_leaves_one_line_of_names_and_numbers),
        cmocka_unit_test(a_result_names_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
