#include "shared/secrets/database_url.h"

#include "tests/support/check.h"

#define RDS(rest) "{\"username\":\"u\",\"password\":\"p\",\"host\":\"db.example\"" rest "}"

static enum status make(struct ctx *cx, struct str text, struct str root, struct str *url)
{
    struct secret *secret = secret_new_copy(exact_copy(cx, text)), *made = NULL;
    enum status status = database_url_make(cx, secret, root, &made);
    *url = status == OK ? arena_str_copy(cx->arena, secret_reveal(made)) : (struct str){0};
    secret_free(made);
    secret_free(secret);
    return status;
}

static void each_form_becomes_a_url_that_asks_for_tls(void **state)
{
    (void)state;
    static const struct {
        const char *text, *root, *want;
    } cases[] = {
        {"postgresql://u:p@h/d", "", "postgresql://u:p@h/d?sslmode=require"},
        {"  postgres://u:p@h:6543/d\n", "", "postgres://u:p@h:6543/d?sslmode=require"},
        {"postgresql://u:p@h/d?sslmode=disable", "", "postgresql://u:p@h/d?sslmode=disable"},
        {"postgresql://u@h/d?connect_timeout=3", "",
         "postgresql://u@h/d?connect_timeout=3&sslmode=require"},
        {"postgresql://u@h/d?xsslmode=disable", "",
         "postgresql://u@h/d?xsslmode=disable&sslmode=require"},
        {"postgresql://u@h/d", "/opt/ca bundle.pem",
         "postgresql://u@h/d?sslmode=verify-full&sslrootcert=%2Fopt%2Fca%20bundle.pem"},
        {"postgresql://u@h/d?sslmode=verify-ca&sslrootcert=/a", "/b",
         "postgresql://u@h/d?sslmode=verify-ca&sslrootcert=/a"},
        {RDS(",\"dbname\":\"d\",\"port\":5433,\"engine\":\"postgres\""), "",
         "postgresql://u:p@db.example:5433/d?sslmode=require"},
        {RDS(",\"dbname\":\"d\",\"port\":\"6000\",\"engine\":\"aurora-postgresql\""), "",
         "postgresql://u:p@db.example:6000/d?sslmode=require"},
        {RDS(",\"dbname\":\"d\",\"dbInstanceIdentifier\":\"x\",\"masterarn\":null"), "/ca.pem",
         "postgresql://u:p@db.example:5432/d?sslmode=verify-full&sslrootcert=%2Fca.pem"},
        {"{\"username\":\"a b@c\",\"password\":\"p%:/?#[]@!$&'()*+,;=\\\"\\u00fc\\\\ \","
         "\"host\":\"h\",\"dbname\":\"d/e?f\"}",
         "",
         "postgresql://"
         "a%20b%40c:p%25%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%22%C3%BC"
         "%5C%20@h:5432/d%2Fe%3Ff?sslmode=require"},
        {"{\"username\":\"u\",\"password\":\"p\",\"host\":\"2001:db8::1\",\"dbname\":\"d\"}", "",
         "postgresql://u:p@[2001:db8::1]:5432/d?sslmode=require"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct str url;
        CHECK_STATUS(&t.cx,
                     make(&t.cx, str_from_cstr(cases[i].text), str_from_cstr(cases[i].root), &url),
                     OK);
        CHECK_STR(cases[i].text, url, str_from_cstr(cases[i].want));
    }
}

static void what_is_no_address_is_refused_without_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "neither"},
        {"hunter2", "neither"},
        {"mysql://u:hunter2@h/d", "neither"},
        {"host=h password=hunter2", "neither"},
        {"postgresql://u:hunter 2@h/d", "blanks"},
        {"postgresql://u:hunter2@h/d\nx", "blanks"},
        {"{\"password\":\"hunter2\"", "none"},
        {"{\"password\":\"hunter2\"} hunter2", "none"},
        {"{\"password\":\"hunter2\",\"host\":\"h\",\"dbname\":\"d\"}", "\"username\""},
        {"{\"username\":\"u\",\"host\":\"h\",\"dbname\":\"d\"}", "\"password\""},
        {"{\"username\":\"u\",\"password\":\"hunter2\"}", "\"host\""}, /* RDS's own master secret */
        {"{\"username\":\"u\",\"password\":\"\",\"host\":\"h\",\"dbname\":\"d\"}", "\"password\""},
        {"{\"username\":\"u\",\"password\":7,\"host\":\"h\",\"dbname\":\"d\"}", "\"password\""},
        {"{\"username\":\"u\",\"password\":\"a\\u0000b\",\"host\":\"h\",\"dbname\":\"d\"}",
         "\"password\""},
        {"{\"username\":\"u\",\"password\":\"hunter2\",\"host\":\"h,evil\",\"dbname\":\"d\"}",
         "\"host\""},
        {"{\"username\":\"u\",\"password\":\"hunter2\",\"host\":\"h/?x\",\"dbname\":\"d\"}",
         "\"host\""},
        {RDS(",\"engine\":\"mysql\",\"dbname\":\"d\""), "\"engine\""},
        {RDS(",\"engine\":5,\"dbname\":\"d\""), "\"engine\""},
        {RDS(",\"port\":0,\"dbname\":\"d\""), "\"port\""},
        {RDS(",\"port\":65536,\"dbname\":\"d\""), "\"port\""},
        {RDS(",\"port\":\"5432 \",\"dbname\":\"d\""), "\"port\""},
        {RDS(",\"port\":null,\"dbname\":\"d\""), "\"port\""},
        {RDS(""), "\"dbname\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct str url;
        CHECK_STATUS(&t.cx, make(&t.cx, str_from_cstr(cases[i].text), STR(""), &url), ERR_INVALID);
        struct str words = str_from_cstr(t.cx.err.text);
        if (str_find(words, str_from_cstr(cases[i].words)) == SIZE_MAX ||
            str_find(words, STR("hunter")) != SIZE_MAX || t.cx.err.words[0] != '\0') {
            CHECK_FAILED("%s: %s\n", cases[i].text, t.cx.err.text);
        }
    }
}

/* 16,384 bytes with what is added. */
static void a_url_ends_at_its_limit(void **state)
{
    (void)state;
    static const size_t lengths[] = {16384 - 16, 16384 - 15};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        char text[16384];
        struct str scheme = STR("postgresql://");
        memset(text, 'x', sizeof text);
        memcpy(text, scheme.ptr, scheme.len);
        struct str url;
        enum status status = make(&t.cx, (struct str){text, lengths[i]}, STR(""), &url);
        CHECK_I64("status", status, i == 0 ? OK : ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_becomes_a_url_that_asks_for_tls),
        cmocka_unit_test(what_is_no_address_is_refused_without_its_value),
        cmocka_unit_test(a_url_ends_at_its_limit),
    };
    return cmocka_run_group_tests_name("database_url", tests, NULL, NULL);
}
