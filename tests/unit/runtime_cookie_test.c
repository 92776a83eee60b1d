#include "runtime/core/reply.h"
#include "runtime/lambda.h"

#include "tests/support/check.h"

static void http_cookie_format_writes_what_is_set(void **state)
{
    (void)state;
    static const struct {
        struct http_cookie cookie;
        struct str want;
    } cases[] = {
        {{.name = STR_INIT("a")}, STR_INIT("a=")},
        {{.name = STR_INIT("a"), .value = STR_INIT("1")}, STR_INIT("a=1")},
        {{.name = STR_INIT("__Host-s"),
          .value = STR_INIT("x=y"),
          .path = STR_INIT("/"),
          .max_age_s = 3600,
          .is_http_only = true,
          .is_secure = true,
          .same_site = HTTP_SAME_SITE_STRICT},
         STR_INIT("__Host-s=x=y; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict")},
        {{.name = STR_INIT("a"),
          .path = STR_INIT("/p"),
          .domain = STR_INIT("example.com"),
          .max_age_s = -1,
          .same_site = HTTP_SAME_SITE_LAX},
         STR_INIT("a=; Path=/p; Domain=example.com; Max-Age=0; SameSite=Lax")},
        {{.name = STR_INIT("__Secure-a"), .is_secure = true, .same_site = HTTP_SAME_SITE_NONE},
         STR_INIT("__Secure-a=; Secure; SameSite=None")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str out = {0};
        CHECK_STATUS(&t.cx, http_cookie_format(&t.cx, &cases[i].cookie, &out), OK);
        CHECK_STR("cookie", out, cases[i].want);
    }
}

static void http_cookie_format_refuses_what_could_add_an_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct http_cookie cookie;
    } cases[] = {
        {"no name", {.name = STR_INIT("")}},
        {"name with a blank", {.name = STR_INIT("a b")}},
        {"name with =", {.name = STR_INIT("a=b")}},
        {"value with a semicolon", {.name = STR_INIT("a"), .value = STR_INIT("1; Domain=x")}},
        {"value with a blank", {.name = STR_INIT("a"), .value = STR_INIT("1 2")}},
        {"value with a quote", {.name = STR_INIT("a"), .value = STR_INIT("\"1\"")}},
        {"value with a comma", {.name = STR_INIT("a"), .value = STR_INIT("1,2")}},
        {"value with a backslash", {.name = STR_INIT("a"), .value = STR_INIT("\\")}},
        {"value with a line end", {.name = STR_INIT("a"), .value = STR_INIT("1\r\nx: y")}},
        {"value with DEL", {.name = STR_INIT("a"), .value = STR_INIT("\x7f")}},
        {"value past ASCII", {.name = STR_INIT("a"), .value = STR_INIT("\xc3\xa9")}},
        {"path with a semicolon", {.name = STR_INIT("a"), .path = STR_INIT("/;Secure")}},
        {"domain with a line end", {.name = STR_INIT("a"), .domain = STR_INIT("x\n")}},
        {"None without Secure", {.name = STR_INIT("a"), .same_site = HTTP_SAME_SITE_NONE}},
        {"__Secure- without", {.name = STR_INIT("__Secure-a")}},
        {"__Host- without a path", {.name = STR_INIT("__Host-a"), .is_secure = true}},
        {"__Host- with a domain",
         {.name = STR_INIT("__Host-a"),
          .is_secure = true,
          .path = STR_INIT("/"),
          .domain = STR_INIT("x")}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str out = {0};
        enum status status = http_cookie_format(&t.cx, &cases[i].cookie, &out);
        CHECK_I64(cases[i].name, status, ERR_INVALID);
        assert_null(out.ptr);
    }
}

static void http_cookie_format_ends_at_64_kib(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    size_t most = KIB(64) - 2;
    char *value = ARENA_ARRAY(&t.arena, char, most + 1);
    memset(value, 'v', most + 1);
    struct http_cookie cookie = {.name = STR("a"), .value = {value, most}};
    struct str out = {0};
    CHECK_STATUS(&t.cx, http_cookie_format(&t.cx, &cookie, &out), OK);
    CHECK_I64("at the limit", out.len, KIB(64));
    cookie.value.len++;
    CHECK_STATUS(&t.cx, http_cookie_format(&t.cx, &cookie, &out), ERR_INVALID);
}

static void a_redirect_is_a_status_and_a_checked_location(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct reply reply = {0};
    struct http_answer answer = http_redirect(&t.arena, 303, STR("/plans/7?new=1"));
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), OK);
    CHECK_STR("reply", reply.body,
              STR("{\"statusCode\":303,\"headers\":{\"location\":\"/plans/7?new=1\"},\"cookies\":"
                  "[],\"body\":\"\",\"isBase64Encoded\":false}"));
    answer = http_redirect(&t.arena, 303, STR("/\r\nset-cookie: a=1"));
    CHECK_STATUS(&t.cx, reply_http(&t.cx, &reply, &answer), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_cookie_format_writes_what_is_set),
        cmocka_unit_test(http_cookie_format_refuses_what_could_add_an_attribute),
        cmocka_unit_test(http_cookie_format_ends_at_64_kib),
        cmocka_unit_test(a_redirect_is_a_status_and_a_checked_location),
    };
    return cmocka_run_group_tests_name("runtime_cookie", tests, NULL, NULL);
}
