/*
 * Digests over lists of fields, and the form of virtual keys. What a key leads to is in
 * tests/integration/llm_store_test.c.
 */
#include "shared/llm/store/store.h"
#include "tests/support/check.h"

static struct str text_of(struct ctx *cx, const struct llm_digest *digest)
{
    char *text = arena_alloc(cx->arena, LLM_DIGEST_TEXT_LEN + 1, 1);
    llm_digest_text(digest, text);
    return str_from_cstr(text);
}

/* sha256sum over eight bytes of length, most significant first, and the field; twice. */
static void digest_is_over_lengths_and_fields(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str fields[2];
        size_t count;
        struct str want;
    } cases[] = {
        {"none",
         {{0}},
         0,
         STR_INIT("\\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")},
        {"abc",
         {STR_INIT("abc")},
         1,
         STR_INIT("\\xc3494ca1a2cf8eeb8a11ded316fb55b83c3bbbedb6313cd50415251e5d09e12f")},
        {"a, empty",
         {STR_INIT("a"), {0}},
         2,
         STR_INIT("\\x6aa98e17c109dd8e2ae23a478ceb48e193c730289ba48d741388a3cc8b38ef4f")},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_digest digest;
        llm_digest_of(cases[i].fields, cases[i].count, &digest);
        CHECK_STR(cases[i].name, text_of(&t.cx, &digest), cases[i].want);
    }
}

/* Each two of these are one text when their fields are put together. */
static void lists_that_read_alike_have_digests_of_their_own(void **state)
{
    (void)state;
    static const struct {
        struct str fields[3];
        size_t count;
    } lists[] = {
        {{STR_INIT("ab"), STR_INIT("c")}, 2},
        {{STR_INIT("a"), STR_INIT("bc")}, 2},
        {{STR_INIT("abc")}, 1},
        {{STR_INIT("abc"), STR_INIT("")}, 2},
        {{STR_INIT(""), STR_INIT("abc")}, 2},
        {{STR_INIT("a"), STR_INIT("b"), STR_INIT("c")}, 3},
        {{STR_INIT("")}, 1},
        {{{0}}, 0},
    };
    struct llm_digest digests[ARRAY_LEN(lists)];
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        llm_digest_of(lists[i].fields, lists[i].count, &digests[i]);
        for (size_t j = 0; j < i; j++) {
            if (memcmp(&digests[i], &digests[j], sizeof digests[i]) == 0) {
                CHECK_FAILED("lists %zu and %zu are one\n", j, i);
            }
        }
    }
}

static void keys_have_their_form_and_no_two_are_alike(void **state)
{
    (void)state;
    char first[LLM_KEY_LEN + 1], second[LLM_KEY_LEN + 1];
    struct llm_digest digest;
    llm_key_make(first);
    llm_key_make(second);
    assert_string_not_equal(first, second);
    assert_true(llm_key_digest(str_from_cstr(first), &digest));
    assert_memory_equal(first, "ck_", 3);
}

static void what_has_not_a_keys_form_is_none(void **state)
{
    (void)state;
#define REST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
    static const struct {
        struct str text;
        bool want;
    } cases[] = {
        {STR_INIT("ck_" REST "Q"), true},   {STR_INIT("ck_" REST "_"), true},
        {STR_INIT("ck_" REST "-"), true},   {STR_INIT("ck_" REST), false},
        {STR_INIT("ck_" REST "QR"), false}, {STR_INIT("CK_" REST "Q"), false},
        {STR_INIT("sk_" REST "Q"), false},  {STR_INIT("ck_" REST "+"), false},
        {STR_INIT("ck_" REST "="), false},  {STR_INIT("ck_" REST "\0"), false},
        {STR_INIT("ck_" REST "'"), false},  {STR_INIT(""), false},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_digest digest;
        CHECK_I64(cases[i].text.ptr, llm_key_digest(exact_copy(&t.cx, cases[i].text), &digest),
                  cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_is_over_lengths_and_fields),
        cmocka_unit_test(lists_that_read_alike_have_digests_of_their_own),
        cmocka_unit_test(keys_have_their_form_and_no_two_are_alike),
        cmocka_unit_test(what_has_not_a_keys_form_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
