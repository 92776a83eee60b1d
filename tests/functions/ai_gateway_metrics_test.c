#include "functions/ai-gateway/metrics.h"

#include "shared/json/json.h"
#include "shared/log/log.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CANARY "canary-c41f"

static const struct llm_caller caller = {.claims = STR_INIT(CANARY)};
static const struct llm_request request = {.body = STR_INIT(CANARY), .model = STR_INIT(CANARY)};

static struct llm_outcome outcome_make(void)
{
    return (struct llm_outcome){
        .head = {.call_id = STR("c-1")},
        .attempt_count = 2,
        .attempts = {{.first_token_us = -1}, {.first_token_us = 250000}},
        .usage = {.input = 400, .cache_read = 90, .output = 200},
        .cost_nano = 4500000,
        .settlement = {.alias = STR("claude-haiku"), .took_us = 930500, .overhead_us = 120},
    };
}

/* What a call writes to standard output. */
static struct str written(struct ctx *cx, const struct llm_outcome *outcome, enum status status,
                          int64_t spans_dropped)
{
    struct arena invocation;
    struct arena *outer = cx->arena;
    int file = memfd_create("metrics", MFD_CLOEXEC);
    assert_int_equal(fflush(stdout), 0);
    int real_output = dup(STDOUT_FILENO);
    assert_int_equal(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
    arena_init(&invocation, 0);
    cx->arena = &invocation;
    const struct llm_watched call = {
        .caller = &caller, .request = &request, .outcome = outcome, .status = status};
    gateway_metrics(cx, &call, spans_dropped);
    arena_deinit(&invocation); /* the invocation ends, and with it the document */
    cx->arena = outer;
    assert_int_equal(dup2(real_output, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(real_output);
    off_t size = lseek(file, 0, SEEK_END);
    char *text = ARENA_ARRAY(cx->arena, char, (size_t)size + 1);
    assert_int_equal(pread(file, text, (size_t)size, 0), size);
    (void)close(file);
    return (struct str){.ptr = text, .len = (size_t)size};
}

static double value_of(const struct json *root, const char *name)
{
    double value = -1;
    const struct json *member = json_find(root, str_from_cstr(name));
    assert_true(member == NULL || json_is_f64(member, &value));
    return value;
}

static void a_call_is_one_document_by_model(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct llm_outcome outcome = outcome_make();
    struct str text = written(cx, &outcome, OK, 0);
    static const struct {
        const char *name;
        double want;
    } values[] = {
        {"Calls", 1},         {"Errors", 0},
        {"Cached", 0},        {"Attempts", 2},
        {"InputTokens", 490}, {"OutputTokens", 200},
        {"Latency", 930.5},   {"FirstToken", 250},
        {"Overhead", 120},    {"CostNanoUsd", 4500000},
        {"SpansDropped", -1},
    };
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, text, NULL, &root), OK);
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        CHECK_NEAR(values[i].name, value_of(root, values[i].name), values[i].want, 1e-9);
    }
    CHECK_STR("model", json_find_str(root, STR("Model")), STR("claude-haiku"));
    CHECK_STR("result", json_find_str(root, STR("result")), STR("ok"));
    assert_true(str_find(text, STR("\"Dimensions\":[[],[\"Model\"]]")) != SIZE_MAX);
    assert_true(str_find(text, STR("\"Namespace\":\"clambda/ai-gateway\"")) != SIZE_MAX);
    assert_true(str_find(text, STR(CANARY)) == SIZE_MAX);
}

static void a_failure_counts_and_an_unknown_model_has_no_name(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct llm_outcome outcome = {0};
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, written(cx, &outcome, ERR_NOT_FOUND, 3), NULL, &root), OK);
    CHECK_NEAR("errors", value_of(root, "Errors"), 1, 0);
    CHECK_NEAR("no first token", value_of(root, "FirstToken"), -1, 0);
    CHECK_NEAR("spans", value_of(root, "SpansDropped"), 3, 0);
    CHECK_STR("model", json_find_str(root, STR("Model")), STR("unknown"));
    CHECK_STR("result", json_find_str(root, STR("result")), STR("ERR_NOT_FOUND"));
}

static void the_namespace_is_the_environments_or_off(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct llm_outcome outcome = outcome_make();
    assert_int_equal(setenv("LLM_METRICS_NAMESPACE", "Mine", 1), 0);
    struct str text = written(cx, &outcome, OK, 0);
    assert_true(str_find(text, STR("\"Namespace\":\"Mine\"")) != SIZE_MAX);
    assert_int_equal(setenv("LLM_METRICS_NAMESPACE", "off", 1), 0);
    CHECK_I64("nothing", written(cx, &outcome, OK, 0).len, 0);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    assert_int_equal(setenv("LLM_METRICS_NAMESPACE", ":no name", 1), 0);
    CHECK_I64("nothing, and a line in the log", written(cx, &outcome, OK, 0).len, 0);
    CHECK_STR("the failure ends here", str_from_cstr(cx->err.text), STR(""));
    log_to(2);
    assert_int_equal(unsetenv("LLM_METRICS_NAMESPACE"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_one_document_by_model),
        cmocka_unit_test(a_failure_counts_and_an_unknown_model_has_no_name),
        cmocka_unit_test(the_namespace_is_the_environments_or_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
