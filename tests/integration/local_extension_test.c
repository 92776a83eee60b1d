/*
 * Internal extensions behind the real clambda-local: registration and its refusals, what they are
 * told and waited for, and who gets SIGTERM. The bootstraps are bootstraps/extension_probe.c, and a
 * real one of the runtime.
 */
#include "tests/support/local.h"

#include "shared/base/clock.h"
#include "shared/json/json.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct local shared;

static const char *const arguments[] = {"--idle-seconds", "1", NULL};

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static struct local_answer invoke(struct ctx *cx, const char *function)
{
    return local_invoke(cx, &shared, function, "", "{}");
}

static bool has_logged(struct ctx *cx, const char *words)
{
    return str_find(local_log(cx, &shared), str_from_cstr(words)) != SIZE_MAX;
}

static void what_the_api_refuses_is_refused(void **state)
{
    (void)state;
    TEST_CTX;
    static const char *const expected[] = {
        "403 Extension.InvalidExtensionName",       /* no name */
        "403 InvalidRequestFormat",                 /* no body */
        "403 InvalidRequestFormat",                 /* no object */
        "403 InvalidRequestFormat",                 /* events are no array */
        "403 InvalidRequestFormat",                 /* an event is no string */
        "403 Extension.InvalidEventType",           /* SHUTDOWN */
        "403 Extension.InvalidEventType",           /* unknown */
        "200 ",                                     /* all is well */
        "403 Extension.InvalidExtensionState",      /* the name again */
        "403 Extension.TooManyExtensions",          /* the eleventh */
        "403 Extension.MissingExtensionIdentifier", /* next without it */
        "403 Extension.InvalidExtensionIdentifier", /* no UUID */
        "403 Extension.UnknownExtensionIdentifier", /* nobody's */
        "403 Extension.MissingHeader",              /* an init error without its type */
        "403 Extension.MissingHeader",              /* an exit error without */
        "405 MethodNotAllowed",                     /* POST next */
        "404 NotFound",                             /* telemetry */
        "403 Extension.InvalidExtensionState",      /* next while it waits in one */
        "403 Extension.RegistrationClosed",         /* after the first poll */
        "403 Extension.InvalidExtensionState",      /* an init error after init */
    };
    size_t i = 0;
    JSON_EACH (item, local_json(&t.cx, invoke(&t.cx, "rules"))) {
        assert_true(i < ARRAY_LEN(expected));
        CHECK_STR(expected[i], item->text, str_from_cstr(expected[i]));
        i++;
    }
    CHECK_I64("refusals", i, ARRAY_LEN(expected));
    local_check_log(&t.cx, &shared,
                    "refused POST /2020-01-01/extension/register with 403 "
                    "Extension.TooManyExtensions: there are ten extensions already");
    local_check_log(&t.cx, &shared, "with 404 NotFound: the Telemetry API is not emulated here");
}

static void an_extension_is_told_of_each_event(void **state)
{
    (void)state;
    TEST_CTX;
    int64_t deadline = 0, told_deadline = 0, pid = 0, next_pid = 0;
    const struct json *root = local_json(
        &t.cx, local_invoke(&t.cx, &shared, "invoke",
                            "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\n", "{}"));
    const struct json *registered = json_find(root, STR("registered"));
    const struct json *told = json_find(root, STR("told"));
    CHECK_STR("name", json_find_str(registered, STR("functionName")), STR("InvokeFunction"));
    CHECK_STR("version", json_find_str(registered, STR("functionVersion")), STR("$LATEST"));
    CHECK_STR("handler", json_find_str(registered, STR("handler")), STR("invoke"));
    CHECK_STR("account", json_find_str(registered, STR("accountId")), STR("123456789012"));
    CHECK_STR("type", json_find_str(told, STR("eventType")), STR("INVOKE"));
    CHECK_STR("id", json_find_str(told, STR("requestId")), json_find_str(root, STR("id")));
    CHECK_STR("arn", json_find_str(told, STR("invokedFunctionArn")),
              STR("arn:aws:lambda:us-east-1:123456789012:function:InvokeFunction"));
    const struct json *tracing = json_find(told, STR("tracing"));
    CHECK_STR("trace", json_find_str(tracing, STR("type")), STR("X-Amzn-Trace-Id"));
    assert_true(str_has_prefix(json_find_str(tracing, STR("value")), STR("Root=1-")));
    assert_true(json_is_i64(json_find(root, STR("deadline")), &deadline));
    assert_true(json_is_i64(json_find(told, STR("deadlineMs")), &told_deadline));
    CHECK_I64("deadline", told_deadline, deadline);

    /* The runtime has polled, the extension is still at work. */
    CHECK_I64("too early", invoke(&t.cx, "invoke").status, 429);
    (void)usleep(500000);
    const struct json *next = local_json(&t.cx, invoke(&t.cx, "invoke"));
    assert_true(json_is_i64(json_find(root, STR("pid")), &pid));
    assert_true(json_is_i64(json_find(next, STR("pid")), &next_pid));
    CHECK_I64("the same instance", next_pid, pid);
    CHECK_STR("the next id", json_find_str(json_find(next, STR("told")), STR("requestId")),
              json_find_str(next, STR("id")));
}

static void init_lasts_until_extensions_are_ready(void **state)
{
    (void)state;
    TEST_CTX;
    /* Nothing came before it asked, and nothing that it had not subscribed to. */
    CHECK_STR("waited, not told", invoke(&t.cx, "late").body, STR("[1,0]"));
}

static void check_error(struct ctx *cx, const char *function, const char *body)
{
    struct local_answer answer = invoke(cx, function);
    CHECK_I64(function, answer.status, 200);
    assert_true(local_has_header(answer, "X-Amz-Function-Error: Unhandled") ||
                local_has_header(answer, "x-amz-function-error: Unhandled"));
    CHECK_STR(function, answer.body, str_from_cstr(body));
}

static void an_extensions_error_is_the_callers(void **state)
{
    (void)state;
    TEST_CTX;
    check_error(&t.cx, "init-error", "{\"errorType\":\"NoConfig\",\"errorMessage\":\"no key\"}");
    local_check_log(&t.cx, &shared, "Phase: init\tStatus: error\tError Type: Extension.NoConfig");
    check_error(&t.cx, "exit-error", "{\"errorType\":\"Extension.Broken\",\"errorMessage\":\"\"}");
}

static void only_who_has_an_extension_gets_sigterm(void **state)
{
    (void)state;
    TEST_CTX;
    CHECK_I64("with", invoke(&t.cx, "with").status, 200);
    struct str pid = invoke(&t.cx, "without").body;
    CHECK_I64("the runtime's", invoke(&t.cx, "faulty").status, 200);
    (void)usleep(1000000); /* they are idle for so long */
    local_check_log(&t.cx, &shared, "[with] terminated\n");
    local_check_log(&t.cx, &shared, "\"shutdown_ran\"");
    struct local_answer answer = invoke(&t.cx, "without");
    CHECK_I64("without, again", answer.status, 200);
    assert_false(str_eq(answer.body, pid)); /* it has ended, too */
    assert_false(has_logged(&t.cx, "[without] terminated"));
    assert_false(has_logged(&t.cx, "shutdown_not_registered"));
    assert_false(has_logged(&t.cx, "[faulty] clambda-local: refused"));
}

static void sigkill_comes_half_a_second_later(void **state)
{
    (void)state;
    TEST_CTX;
    CHECK_I64("stubborn", invoke(&t.cx, "stubborn").status, 200);
    int64_t began_us = clock_mono_us();
    CHECK_I64("exit", local_end(&shared, SIGTERM), 0);
    int64_t took_ms = (clock_mono_us() - began_us) / 1000;
    assert_true(has_logged(&t.cx, "[stubborn] not yet\n"));
    assert_true(took_ms >= 500 && took_ms < 1500);
    assert_false(has_logged(&t.cx, "[without] terminated"));
}

/* ---------------------------------------------------------------------------------------------- */

static int start_shared(void **state)
{
    static const char *const slugs[] = {"rules",      "invoke", "late",    "init-error",
                                        "exit-error", "with",   "without", "stubborn"};
    const struct local_options options = {.template = "tests/cases/local/extension/template.yaml",
                                          .slugs = slugs,
                                          .slug_count = ARRAY_LEN(slugs),
                                          .probe = "extension_probe",
                                          .arguments = arguments};
    local_prepare(&shared, &options);
    local_install(&shared, "faulty", local_built("release/tests/conformance/faulty"));
    local_launch(&shared, &options);
    *state = &shared;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_api_refuses_is_refused),
        cmocka_unit_test(an_extension_is_told_of_each_event),
        cmocka_unit_test(init_lasts_until_extensions_are_ready),
        cmocka_unit_test(an_extensions_error_is_the_callers),
        cmocka_unit_test(only_who_has_an_extension_gets_sigterm),
        cmocka_unit_test(sigkill_comes_half_a_second_later), /* the last one */
    };
    return cmocka_run_group_tests_name("local extensions", tests, start_shared, local_group_end);
}
