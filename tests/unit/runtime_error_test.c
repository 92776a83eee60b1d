#include "runtime/core/error.h"

#include "shared/json/json.h"
#include "tests/support/check.h"

static void error_type_keeps_only_what_lambda_keeps(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str type, want;
    } cases[] = {
        {"sound", STR_INIT("Function.NotFound"), STR_INIT("Function.NotFound")},
        {"ours", STR_INIT("Runtime.NoReply"), STR_INIT("Runtime.NoReply")},
        {"no prefix", STR_INIT("my_error 2"), STR_INIT("Function.MyError")},
        {"lower case", STR_INIT("Function.timeout"), STR_INIT("Function.Timeout")},
        {"dots", STR_INIT("Function.a.b.C"), STR_INIT("Function.ABC")},
        {"digits first", STR_INIT("Function.404page"), STR_INIT("Function.Page")},
        {"prefix in other case", STR_INIT("function.Odd"), STR_INIT("Function.FunctionOdd")},
        {"prefix alone", STR_INIT("Function."), STR_INIT("Function.Unknown")},
        {"our prefix alone", STR_INIT("Runtime.42_"), STR_INIT("Runtime.Unknown")},
        {"nothing", STR_INIT(""), STR_INIT("Function.Unknown")},
        {"line end", STR_INIT("Function.A\r\nEvil: 1"), STR_INIT("Function.AEvil")},
        {"not ASCII", STR_INIT("Function.Caf\xc3\xa9x"), STR_INIT("Function.CafX")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str type = exact_copy(&t.cx, cases[i].type);
        CHECK_STR(cases[i].name, error_type_clean(&t.arena, type), cases[i].want);
    }
}

static void error_type_is_bounded(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    char long_name[1000];
    memset(long_name, 'a', sizeof long_name);
    struct str type = error_type_clean(&t.arena, (struct str){long_name, sizeof long_name});
    CHECK_I64("length", type.len, 128);
    assert_true(str_has_prefix(type, STR("Function.Aaa")));
}

static void error_type_of_each_status_is_one_lambda_keeps(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STR("two words", error_type_of_status(&t.arena, ERR_NOT_FOUND), STR("Function.NotFound"));
    CHECK_STR("one word", error_type_of_status(&t.arena, ERR_TIMEOUT), STR("Function.Timeout"));
#define CHECK_TYPE(status, http, code, words)                                                      \
    {                                                                                              \
        struct str type = error_type_of_status(&t.arena, status);                                  \
        CHECK_STR(#status, error_type_clean(&t.arena, type), type);                                \
    }
    STATUS_LIST(CHECK_TYPE)
#undef CHECK_TYPE
}

static const struct json *read_back(struct ctx *cx, struct str text)
{
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, text, NULL, &root), OK);
    return root;
}

static void error_body_is_json_whatever_the_message(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str message, want;
    } cases[] = {
        {"plain", STR_INIT("no answer in 800 ms"), STR_INIT("no answer in 800 ms")},
        {"UTF-8", STR_INIT("caf\xc3\xa9 \xf0\x9f\x8d\x90"),
         STR_INIT("caf\xc3\xa9 \xf0\x9f\x8d\x90")},
        {"control bytes", STR_INIT("a\n\x01\"b\\"), STR_INIT("a\n\x01\"b\\")},
        {"not UTF-8", STR_INIT("a\xff\xc3"), STR_INIT("a\xef\xbf\xbd\xef\xbf\xbd")},
        {"empty", STR_INIT(""), STR_INIT("")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error_report report = {.type = STR("Function.Upstream"),
                                      .message = exact_copy(&t.cx, cases[i].message)};
        const struct json *root = read_back(&t.cx, error_body(&t.arena, &report));
        CHECK_STR(cases[i].name, json_find_str(root, STR("errorMessage")), cases[i].want);
        CHECK_STR("type", json_find_str(root, STR("errorType")), STR("Function.Upstream"));
        CHECK_STR("trace", json_find(root, STR("stackTrace"))->span, STR("[]"));
    }
}

static void error_xray_cause_is_a_header_value(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str message = STR("\x7f \xc2\x80 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x90 \xff\n\"end");
    struct error_report report = {.type = STR("Function.Internal"),
                                  .message = exact_copy(&t.cx, message)};
    struct str cause = error_xray_cause(&t.arena, &report, STR("/var/task"));
    for (size_t i = 0; i < cause.len; i++) {
        assert_true(cause.ptr[i] >= 0x20 && cause.ptr[i] < 0x7f);
    }
    const struct json *root = read_back(&t.cx, cause);
    CHECK_STR("where", json_find_str(root, STR("working_directory")), STR("/var/task"));
    const struct json *exception = json_find(root, STR("exceptions"))->first;
    CHECK_STR("type", json_find_str(exception, STR("type")), STR("Function.Internal"));
    CHECK_STR("message", json_find_str(exception, STR("message")),
              STR("\x7f \xc2\x80 \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x90 \xef\xbf\xbd\n\"end"));
    CHECK_STR("stack", json_find(exception, STR("stack"))->span, STR("[]"));
    CHECK_STR("paths", json_find(root, STR("paths"))->span, STR("[]"));
}

static void reports_show_the_stack_they_were_given(void **state)
{
    (void)state;
    static const struct str stack[] = {STR_INIT("divide+0x1f"), STR_INIT("0x1f40")};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct error_report report = {.type = STR("Runtime.Segfault"),
                                  .message = STR("m"),
                                  .stack = stack,
                                  .stack_count = ARRAY_LEN(stack)};
    CHECK_STR("body", error_body(&t.arena, &report),
              STR("{\"errorMessage\":\"m\",\"errorType\":\"Runtime.Segfault\","
                  "\"stackTrace\":[\"divide+0x1f\",\"0x1f40\"]}"));
    const struct json *root = read_back(&t.cx, error_xray_cause(&t.arena, &report, STR("/")));
    CHECK_STR("X-Ray", json_find(json_find(root, STR("exceptions"))->first, STR("stack"))->span,
              STR("[{\"path\":\"bootstrap\",\"line\":0,\"label\":\"divide+0x1f\"},"
                  "{\"path\":\"bootstrap\",\"line\":0,\"label\":\"0x1f40\"}]"));
}

static void error_xray_cause_is_bounded(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    size_t size = KIB(100);
    char *text = ARENA_ARRAY(&t.arena, char, size);
    memset(text, 0x01, size); /* six bytes each, once escaped */
    struct error_report report = {.type = STR("Function.Internal"), .message = {text, size}};
    struct str cause = error_xray_cause(&t.arena, &report, (struct str){text, size});
    assert_true(cause.len < KIB(32));
    (void)read_back(&t.cx, cause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_type_keeps_only_what_lambda_keeps),
        cmocka_unit_test(error_type_is_bounded),
        cmocka_unit_test(error_type_of_each_status_is_one_lambda_keeps),
        cmocka_unit_test(error_body_is_json_whatever_the_message),
        cmocka_unit_test(error_xray_cause_is_a_header_value),
        cmocka_unit_test(reports_show_the_stack_they_were_given),
        cmocka_unit_test(error_xray_cause_is_bounded),
    };
    return cmocka_run_group_tests_name("runtime_error", tests, NULL, NULL);
}
