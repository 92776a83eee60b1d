#include "runtime/lambda.h"

#include "shared/json/json.h"
#include "tests/support/check.h"

static void client_context_is_read_with_values_of_any_kind(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct invocation inv = {
        .client_context = exact_copy(
            &t.cx, STR("{\"client\":{\"installation_id\":\"i\",\"app_title\":\"t\","
                       "\"app_version_name\":\"1.0\",\"app_version_code\":7,"
                       "\"app_package_name\":\"p\",\"new\":[]},\"env\":{\"locale\":\"de\"},"
                       "\"custom\":{\"k\":{\"n\":[null,1.5]},\"s\":\"v\"},\"services\":{}}"))};
    struct client_context context;
    CHECK_STATUS(&t.cx, client_context_read(&t.cx, &inv, &context), OK);
    CHECK_STR("installation", context.installation_id, STR("i"));
    CHECK_STR("title", context.app_title, STR("t"));
    CHECK_STR("version", context.app_version_name, STR("1.0"));
    CHECK_STR("code", context.app_version_code, STR("7"));
    CHECK_STR("package", context.app_package_name, STR("p"));
    CHECK_STR("env", json_find_str(context.env, STR("locale")), STR("de"));
    CHECK_STR("nested", json_find(context.custom, STR("k"))->span, STR("{\"n\":[null,1.5]}"));
    CHECK_STR("string", json_find_str(context.custom, STR("s")), STR("v"));
    CHECK_I64("services", context.services->count, 0);
}

static void cognito_identity_is_read(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct invocation inv = {
        .cognito_identity = exact_copy(
            &t.cx, STR("{\"cognitoIdentityPoolId\":\"p\",\"cognitoIdentityId\":\"eu-1:i\"}"))};
    struct cognito_identity identity;
    CHECK_STATUS(&t.cx, cognito_identity_read(&t.cx, &inv, &identity), OK);
    CHECK_STR("id", identity.identity_id, STR("eu-1:i"));
    CHECK_STR("pool", identity.identity_pool_id, STR("p"));
}

static void empty_or_null_is_nothing(void **state)
{
    (void)state;
    static const struct str texts[] = {
        STR_INIT(""),
        STR_INIT(" "),
        STR_INIT("{}"),
        STR_INIT("null"),
        STR_INIT("{\"client\":null,\"custom\":null,\"cognitoIdentityId\":null}"),
        STR_INIT("{\"client\":{},\"client\":{\"app_title\":null}}")};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct invocation inv = {.client_context = exact_copy(&t.cx, texts[i]),
                                 .cognito_identity = exact_copy(&t.cx, texts[i])};
        struct client_context context;
        struct cognito_identity identity;
        CHECK_STATUS(&t.cx, client_context_read(&t.cx, &inv, &context), OK);
        CHECK_STATUS(&t.cx, cognito_identity_read(&t.cx, &inv, &identity), OK);
        CHECK_I64(texts[i].ptr, context.app_title.len + identity.identity_id.len, 0);
        assert_null(context.custom);
    }
}

static void other_types_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *words;
    } cases[] = {
        {STR_INIT("[]"), "client context is an array, not an object"},
        {STR_INIT("\"x\""), "client context is a string, not an object"},
        {STR_INIT("{\"client\":[]}"), "client is an array, not an object"},
        {STR_INIT("{\"client\":{\"app_title\":{}}}"), "app_title is an object, not a string"},
        {STR_INIT("{\"custom\":\"x\"}"), "custom is a string, not an object"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct invocation inv = {.client_context = exact_copy(&t.cx, cases[i].text)};
        struct client_context context;
        CHECK_STATUS(&t.cx, client_context_read(&t.cx, &inv, &context), ERR_INVALID);
        CHECK_STR("words", str_from_cstr(t.cx.err.text), str_from_cstr(cases[i].words));
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct invocation inv = {.cognito_identity = exact_copy(&t.cx, STR("{\"a\":"))};
    struct cognito_identity identity;
    CHECK_STATUS(&t.cx, cognito_identity_read(&t.cx, &inv, &identity), ERR_INVALID);
    assert_true(str_has_prefix(str_from_cstr(t.cx.err.text), STR("Cognito identity: ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_context_is_read_with_values_of_any_kind),
        cmocka_unit_test(cognito_identity_is_read),
        cmocka_unit_test(empty_or_null_is_nothing),
        cmocka_unit_test(other_types_are_refused),
    };
    return cmocka_run_group_tests_name("runtime context", tests, NULL, NULL);
}
