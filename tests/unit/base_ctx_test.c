#include "shared/base/ctx.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"
#include "tests/support/death.h"

#include <sys/wait.h>

static void err_while_puts_words_before_the_chain(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    enum status status = fail(&t.cx, ERR_TIMEOUT, "no answer in %d ms", 800);
    status = err_while(&t.cx, status, "connect");
    status = err_while(&t.cx, status, "fetching keys from %s", "https://id.example/jwks");
    CHECK_I64("status", status, ERR_TIMEOUT);
    assert_string_equal(t.cx.err.text,
                        "fetching keys from https://id.example/jwks: connect: no answer in 800 ms");
    assert_string_equal(t.cx.err.words, ""); /* nobody made them public */
    assert_null(t.cx.err.code);
}

static void fail_starts_a_chain_anew(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_I64("status", fail_code(&t.cx, ERR_CONFLICT, "PLAN_EXISTS", "plan %d exists", 4),
              ERR_CONFLICT);
    assert_string_equal(t.cx.err.text, "plan 4 exists");
    assert_string_equal(t.cx.err.words, "plan 4 exists");
    assert_string_equal(t.cx.err.code, "PLAN_EXISTS");
    CHECK_I64("status", fail_public(&t.cx, ERR_INVALID, "not %s", "so"), ERR_INVALID);
    assert_string_equal(t.cx.err.words, "not so");
    assert_null(t.cx.err.code);
    CHECK_I64("status", fail(&t.cx, ERR_UPSTREAM, "secret"), ERR_UPSTREAM);
    assert_string_equal(t.cx.err.text, "secret");
    assert_string_equal(t.cx.err.words, "");
}

static void err_while_leaves_public_words_and_code(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    enum status status = fail_code(&t.cx, ERR_CONFLICT, "PLAN_EXISTS", "it exists");
    (void)err_while(&t.cx, status, "saving for user 12");
    assert_string_equal(t.cx.err.text, "saving for user 12: it exists");
    assert_string_equal(t.cx.err.words, "it exists");
    assert_string_equal(t.cx.err.code, "PLAN_EXISTS");
}

static void fail_may_quote_the_chain_it_replaces(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    (void)fail(&t.cx, ERR_UPSTREAM, "inner");
    (void)fail_public(&t.cx, ERR_INVALID, "outer (%s)", t.cx.err.text);
    assert_string_equal(t.cx.err.text, "outer (inner)");
    (void)fail_public(&t.cx, ERR_INVALID, "again (%s)", t.cx.err.words);
    assert_string_equal(t.cx.err.words, "again (outer (inner))");
    (void)err_while(&t.cx, ERR_INVALID, "%s", t.cx.err.text);
    assert_string_equal(t.cx.err.text, "again (outer (inner)): again (outer (inner))");
}

static void err_chain_is_cut_at_its_size(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    (void)fail_public(&t.cx, ERR_INTERNAL, "%0*d", ERR_TEXT_MAX - 1, 7);
    CHECK_I64("fits", strlen(t.cx.err.text), ERR_TEXT_MAX - 1);
    CHECK_I64("last byte", t.cx.err.text[ERR_TEXT_MAX - 2], '7');
    CHECK_I64("words", strlen(t.cx.err.words), ERR_PUBLIC_MAX - 1);
    (void)fail(&t.cx, ERR_INTERNAL, "%0*d", ERR_TEXT_MAX, 7);
    CHECK_I64("one more", strlen(t.cx.err.text), ERR_TEXT_MAX - 1);
    (void)err_while(&t.cx, ERR_INTERNAL, "%s", "outer");
    CHECK_I64("still whole", strlen(t.cx.err.text), ERR_TEXT_MAX - 1);
    assert_memory_equal(t.cx.err.text, "outer: 0", 8); /* the innermost words are lost */
    (void)err_while(&t.cx, ERR_INTERNAL, "%0*d", ERR_TEXT_MAX + 50, 7);
    CHECK_I64("nothing but the outer words", strlen(t.cx.err.text), ERR_TEXT_MAX - 1);
}

static void err_clear_forgets_everything(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    fail_field(&t.cx, STR("a"), "bad");
    (void)fail_code(&t.cx, ERR_CONFLICT, "X", "words");
    err_clear(&t.cx);
    assert_string_equal(t.cx.err.text, "");
    assert_string_equal(t.cx.err.words, "");
    assert_null(t.cx.err.code);
    CHECK_STATUS(&t.cx, fields_status(&t.cx), OK);
}

static void fields_status_tells_the_first_and_the_count(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STATUS(&t.cx, fields_status(&t.cx), OK);
    fail_field(&t.cx, STR("days[2].meal"), "must be %s", "a string");
    CHECK_STATUS(&t.cx, fields_status(&t.cx), ERR_INVALID);
    assert_string_equal(t.cx.err.words, "days[2].meal: must be a string");
    fail_field(&t.cx, STR(""), "unknown");
    CHECK_STATUS(&t.cx, fields_status(&t.cx), ERR_INVALID);
    assert_string_equal(t.cx.err.words, "days[2].meal: must be a string (and 1 more)");
    CHECK_I64("fields", t.cx.err.field_count, 2);
    err_clear(&t.cx);
    fail_field(&t.cx, STR(""), "not an object");
    CHECK_STATUS(&t.cx, fields_status(&t.cx), ERR_INVALID);
    assert_string_equal(t.cx.err.words, "not an object");
}

static void fail_field_counts_what_the_table_cannot_hold(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (int i = 0; i < ERR_FIELDS_MAX; i++) {
        fail_field(&t.cx, STR("x"), "%d", i);
    }
    CHECK_I64("dropped at n", t.cx.err.fields_dropped, 0);
    fail_field(&t.cx, STR("x"), "one more");
    CHECK_I64("dropped at n + 1", t.cx.err.fields_dropped, 1);
    CHECK_I64("held", t.cx.err.field_count, ERR_FIELDS_MAX);
    assert_string_equal(t.cx.err.fields[ERR_FIELDS_MAX - 1].message, "15");
    CHECK_STATUS(&t.cx, fields_status(&t.cx), ERR_INVALID);
    assert_string_equal(t.cx.err.words, "x: 0 (and 16 more)");
}

static void fail_field_cuts_long_texts(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str path = arena_format(t.cx.arena, "%0200d", 7);
    fail_field(&t.cx, exact_copy(&t.cx, path), "%0300d", 7);
    CHECK_I64("path", strlen(t.cx.err.fields[0].path), sizeof t.cx.err.fields[0].path - 1);
    CHECK_I64("message", strlen(t.cx.err.fields[0].message), sizeof t.cx.err.fields[0].message - 1);
    fail_field(&t.cx, STR("b"), "x");
    CHECK_STATUS(&t.cx, fields_status(&t.cx), ERR_INVALID);
    const char *end = t.cx.err.words + strlen(t.cx.err.words) - strlen(" (and 1 more)");
    assert_string_equal(end, " (and 1 more)"); /* the longest of everything still fits the words */
}

static void status_table_names_each(void **state)
{
    (void)state;
#define CHECK_ROW(name, http, code, words)                                                         \
    CHECK_I64(#name, status_http(name), http);                                                     \
    assert_string_equal(status_name(name), #name);                                                 \
    assert_string_equal(status_code(name), code);                                                  \
    assert_string_equal(status_words(name), words);
    STATUS_LIST(CHECK_ROW)
    CHECK_I64("OK is zero", OK, 0);
}

static enum status step(enum status status, int *reached)
{
    TRY(status);
    (*reached)++;
    return OK;
}

static void try_returns_at_the_first_failure(void **state)
{
    (void)state;
    int reached = 0;
    CHECK_I64("ok", step(OK, &reached), OK);
    CHECK_I64("failure", step(ERR_CONFLICT, &reached), ERR_CONFLICT);
    CHECK_I64("steps", reached, 1);
}

static void fail_with_ok(void *cx)
{
    (void)fail(cx, OK, "x");
}

static void err_while_ok(void *cx)
{
    (void)err_while(cx, OK, "x");
}

static void fail_refuses_the_status_ok(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    int status = death_status(fail_with_ok, &t.cx);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    status = death_status(err_while_ok, &t.cx);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void ctx_remaining_ms_is_never_negative(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_I64("no deadline", ctx_remaining_ms(&t.cx, 1234), 1234);
    t.cx.deadline_ms = clock_now_ms() - 5;
    CHECK_I64("past", ctx_remaining_ms(&t.cx, 1234), 0);
    t.cx.deadline_ms = clock_now_ms() + 60000;
    int64_t left = ctx_remaining_ms(&t.cx, 1234);
    assert_true(left > 50000 && left <= 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_while_puts_words_before_the_chain),
        cmocka_unit_test(fail_starts_a_chain_anew),
        cmocka_unit_test(err_while_leaves_public_words_and_code),
        cmocka_unit_test(fail_may_quote_the_chain_it_replaces),
        cmocka_unit_test(err_chain_is_cut_at_its_size),
        cmocka_unit_test(err_clear_forgets_everything),
        cmocka_unit_test(fields_status_tells_the_first_and_the_count),
        cmocka_unit_test(fail_field_counts_what_the_table_cannot_hold),
        cmocka_unit_test(fail_field_cuts_long_texts),
        cmocka_unit_test(status_table_names_each),
        cmocka_unit_test(try_returns_at_the_first_failure),
        cmocka_unit_test(fail_refuses_the_status_ok),
        cmocka_unit_test(ctx_remaining_ms_is_never_negative),
    };
    return cmocka_run_group_tests_name("base_ctx", tests, NULL, NULL);
}
