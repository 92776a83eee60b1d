/*
 * What a caller reads when the runtime meets its end: crashes and hangs behind the real
 * clambda-local, whose deadlines are real.
 */
#include "tests/support/local.h"

#include "shared/json/json.h"

#include <signal.h>

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static void check_error(struct ctx *cx, const char *event, const char *type, const char *words)
{
    struct local_answer answer = local_invoke(cx, &shared, "faulty", "", event);
    assert_true(local_has_header(answer, "x-amz-function-error: Unhandled"));
    const struct json *root = local_json(cx, answer);
    CHECK_STR(event, json_find_str(root, STR("errorType")), str_from_cstr(type));
    struct str message = json_find_str(root, STR("errorMessage"));
    if (str_find(message, str_from_cstr(words)) == SIZE_MAX) {
        CHECK_FAILED("%s: \"%s\" is not in \"" STR_FMT "\"\n", event, words, STR_ARG(message));
    }
    assert_true(json_find(root, STR("stackTrace"))->count > 0);
}

static void check_well(struct ctx *cx)
{
    struct local_answer answer = local_invoke(cx, &shared, "faulty", "", "\"well\"");
    CHECK_I64("status", answer.status, 200);
    CHECK_STR("echo", answer.body, STR("\"well\""));
}

static void a_crash_is_told_to_the_caller(void **state)
{
    (void)state;
    TEST_CTX;
    check_error(&t.cx, "\"segfault\"", "Runtime.Segfault", " in reads_through_null+0x");
    check_well(&t.cx); /* a new instance */
    check_error(&t.cx, "\"stack overflow\"", "Runtime.StackOverflow", " in overflows+0x");
    check_well(&t.cx);
    local_check_log(&t.cx, &shared, "\"runtime_crashed\"");
}

static void a_hang_is_told_before_the_deadline(void **state)
{
    (void)state;
    TEST_CTX;
    check_error(&t.cx, "\"spin\"", "Function.Timeout",
                "the handler was still at work 300 ms before the deadline of ");
    check_well(&t.cx);
}

static void the_gateways_end_is_a_shutdown(void **state)
{
    (void)state;
    TEST_CTX;
    check_well(&t.cx);
    CHECK_I64("exit", local_end(&shared, SIGTERM), 0);
    local_check_log(&t.cx, &shared, "\"shutdown_ran\"");
}

static int start_shared(void **state)
{
    const struct local_options options = {.template = "tests/cases/local/faults/template.yaml"};
    local_prepare(&shared, &options);
    local_install(&shared, "faulty", local_built("release/tests/conformance/faulty"));
    local_launch(&shared, &options);
    *state = &shared;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_is_told_to_the_caller),
        cmocka_unit_test(a_hang_is_told_before_the_deadline),
        cmocka_unit_test(the_gateways_end_is_a_shutdown), /* the last one */
    };
    return cmocka_run_group_tests_name("local faults", tests, start_shared, local_group_end);
}
