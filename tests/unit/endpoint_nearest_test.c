#include "functions/endpoint/nearest.h"

#include "functions/endpoint/remote.h"
#include "runtime/lambda_services.h"
#include "tests/support/check.h"

#define HOSTS "euc1-az1=a.example  euc1-az2=b.example"

static void the_zones_own_host_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *url, *zone, *want;
    } cases[] = {
        {"postgresql://u@h.example:5432/d", "euc1-az2", "postgresql://u@b.example:5432/d"},
        {"postgresql://u@h.example/d?x=1", "euc1-az1", "postgresql://u@a.example/d?x=1"},
        {"postgresql://u@h.example/d", "euc1-az3", "postgresql://u@h.example/d"},
        {"postgresql://u@h.example/d", "euc1-az", "postgresql://u@h.example/d"},
        {"postgresql://u@h.example/d", "", "postgresql://u@h.example/d"},
        {"nonsense", "euc1-az1", "nonsense"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        CHECK_STR(cases[i].url,
                  nearest_url(&t.cx, exact_copy(&t.cx, str_from_cstr(cases[i].url)),
                              exact_copy(&t.cx, STR(HOSTS)), str_from_cstr(cases[i].zone)),
                  str_from_cstr(cases[i].want));
    }
}

static void a_list_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *hosts;
        enum status want;
    } cases[] = {
        {"", OK},
        {HOSTS, OK},
        {"euc1-az1", ERR_INVALID},
        {"euc1-az1=", ERR_INVALID},
        {"=a.example", ERR_INVALID},
        {"euc1-az1=a.example:5432", ERR_INVALID},
        {"euc1-az1=u@a.example", ERR_INVALID},
        {"euc1-az1=a.example euc1-az2", ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        CHECK_STATUS(&t.cx,
                     nearest_hosts_check(&t.cx, exact_copy(&t.cx, str_from_cstr(cases[i].hosts))),
                     cases[i].want);
    }
}

/* Without a metadata endpoint the zone is not known, and the URL's own host is asked. */
static void a_role_logs_in_with_a_token_made_anew(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    assert_int_equal(setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1), 0);
    assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "canary", 1), 0);
    assert_int_equal(setenv("AWS_REGION", "eu-central-1", 1), 0);
    assert_int_equal(unsetenv("AWS_LAMBDA_METADATA_API"), 0);
    struct remote *remote = NULL;
    const struct remote_places places = {.iam_url = STR("postgresql://app@h.example/d"),
                                         .zone_hosts = STR(HOSTS)};
    const char *url = NULL;
    CHECK_STATUS(&t.cx, remote_new(&t.cx, &places, &remote), OK);
    CHECK_STATUS(&t.cx, remote_database_url(&t.cx, remote, false, &url), OK);
    assert_non_null(strstr(url, "postgresql://app:h.example%3A5432%2F%3FAction%3Dconnect"));
    assert_non_null(strstr(url, "@h.example:5432/d?sslmode=require"));
    assert_null(strstr(url, "canary"));
    assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "", 1), 0);
    CHECK_STATUS(&t.cx, remote_database_url(&t.cx, remote, false, &url), ERR_UNAVAILABLE);
    assert_non_null(strstr(t.cx.err.text, "DATABASE_IAM_URL"));
    remote_free(remote);
}

static void a_place_that_is_none_is_told_at_the_start(void **state)
{
    (void)state;
    static const struct {
        struct remote_places places;
        const char *words;
    } cases[] = {
        {{.iam_url = STR_INIT("postgresql://u:hunter2@h/d")}, "DATABASE_IAM_URL"},
        {{.iam_url = STR_INIT("postgresql://u@h/d"), .zone_hosts = STR_INIT("x")},
         "DATABASE_ZONE_HOSTS"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct remote *remote = NULL;
        CHECK_STATUS(&t.cx, remote_new(&t.cx, &cases[i].places, &remote), ERR_INVALID);
        assert_non_null(strstr(t.cx.err.text, cases[i].words));
        assert_null(strstr(t.cx.err.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zones_own_host_is_taken),
        cmocka_unit_test(a_list_that_is_none_is_refused),
        cmocka_unit_test(a_role_logs_in_with_a_token_made_anew),
        cmocka_unit_test(a_place_that_is_none_is_told_at_the_start),
    };
    return cmocka_run_group_tests_name("endpoint nearest", tests, NULL, NULL);
}
