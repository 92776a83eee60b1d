#include "shared/secrets/rds_token.h"

#include "tests/support/check.h"

#define HOST "db.abc.eu-central-1.rds.amazonaws.com"

/* 2026-11-28T17:30:00Z */
static const struct rds_signer signer = {
    .key_id = STR_INIT("AKIDEXAMPLE"),
    .secret = STR_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    .region = STR_INIT("eu-central-1"),
    .now_ms = 1795887000000,
};

static enum status make(struct ctx *cx, struct str text, const struct rds_signer *by,
                        struct str *url)
{
    struct secret *made = NULL;
    enum status status = rds_url_make(cx, exact_copy(cx, text), STR("/ca.pem"), by, &made);
    *url = status == OK ? arena_str_copy(cx->arena, secret_reveal(made)) : (struct str){0};
    secret_free(made);
    return status;
}

/* Both signatures as botocore 1.42 makes them (generate_db_auth_token). */
static void token_is_signed_as_aws_signs_it(void **state)
{
    (void)state;
    static const char begin[] =
        "postgresql://app:" HOST "%3A5432%2F%3FAction%3Dconnect%26DBUser%3Dapp"
        "%26X-Amz-Algorithm%3DAWS4-HMAC-SHA256%26X-Amz-Credential%3DAKIDEXAMPLE%252F20261128"
        "%252Feu-central-1%252Frds-db%252Faws4_request%26X-Amz-Date%3D20261128T173000Z"
        "%26X-Amz-Expires%3D900";
    static const struct {
        const char *session_token, *parameter, *signature;
    } cases[] = {
        {"", "", "403b7fff158cc5613e053047c34d7c847e7d1792e3fb075181228c76d09b835c"},
        {"to/ken+with=signs", "%26X-Amz-Security-Token%3Dto%252Fken%252Bwith%253Dsigns",
         "c815c22980183d538d9b960f00fb3f34e34ff7ebc6677589b48c0a0e0c4a8e8b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct rds_signer by = signer;
        struct str url;
        by.session_token = str_from_cstr(cases[i].session_token);
        CHECK_STATUS(&t.cx, make(&t.cx, STR("postgresql://app@" HOST "/shop"), &by, &url), OK);
        CHECK_STR("url", url,
                  arena_format(&t.arena,
                               "%s%s%%26X-Amz-SignedHeaders%%3Dhost%%26X-Amz-Signature%%3D%s"
                               "@" HOST ":5432/shop?sslmode=verify-full&sslrootcert=%%2Fca.pem",
                               begin, cases[i].parameter, cases[i].signature));
    }
}

static void token_is_for_its_port_and_moment(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    struct rds_signer later = signer;
    struct str first, port, moment;
    later.now_ms += 1000;
    CHECK_STATUS(&t.cx, make(&t.cx, STR("postgres://a@h:5432/d"), &signer, &first), OK);
    CHECK_STATUS(&t.cx, make(&t.cx, STR("postgres://a@h:6432/d"), &signer, &port), OK);
    CHECK_STATUS(&t.cx, make(&t.cx, STR("postgres://a@h/d"), &later, &moment), OK);
    assert_false(str_eq(first, moment));
    assert_true(str_find(moment, STR("20261128T173001Z")) != SIZE_MAX);
    assert_true(str_find(port, STR("@h:6432/d?")) != SIZE_MAX);
}

/* The token of an assumed role has a kilobyte and more, encoded twice. */
static void a_long_session_token_fits(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    char token[2000];
    struct rds_signer by = signer;
    struct str url;
    memset(token, '/', sizeof token);
    by.session_token = (struct str){.ptr = token, .len = sizeof token};
    CHECK_STATUS(&t.cx, make(&t.cx, STR("postgres://a@h/d"), &by, &url), OK);
}

static void what_cannot_be_signed_for_is_refused_without_its_value(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "hunter2",
        "mysql://hunter2@h/d",
        "postgres://h/hunter2",
        "postgres://@h/hunter2",
        "postgres://a:hunter2@h/d",
        "postgres://hunter%32@h/d",
        "postgres://a@/hunter2",
        "postgres://a@h:hunter2/d",
        "postgres://a@h:0/hunter2",
        "postgres://a@h:65536/hunter2",
        "postgres://a@h",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct str url;
        CHECK_STATUS(&t.cx, make(&t.cx, str_from_cstr(urls[i]), &signer, &url), ERR_INVALID);
        assert_null(strstr(t.cx.err.text, "hunter"));
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    struct rds_signer nobody = signer;
    struct str url;
    nobody.secret = (struct str){0};
    CHECK_STATUS(&t.cx, make(&t.cx, STR("postgres://a@h/d"), &nobody, &url), ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_signed_as_aws_signs_it),
        cmocka_unit_test(token_is_for_its_port_and_moment),
        cmocka_unit_test(a_long_session_token_fits),
        cmocka_unit_test(what_cannot_be_signed_for_is_refused_without_its_value),
    };
    return cmocka_run_group_tests_name("rds token", tests, NULL, NULL);
}
