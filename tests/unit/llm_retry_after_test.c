/*
 * How long a provider asks to be left alone, and what a status alone says.
 */
#include "shared/llm/wire/classify.h"
#include "shared/llm/wire/retry_after.h"

#include "tests/support/check.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW_MS 784111777000LL

static const struct {
    const char *name;
    struct str fields, text;
    int64_t want_ms;
} cases[] = {
    {"nothing", STR_INIT("content-type: x\r\n"), STR_INIT(""), -1},
    {"seconds", STR_INIT("Retry-After: 3\r\n"), STR_INIT(""), 3000},
    {"a fraction of a second, rounded up", STR_INIT("retry-after: 0.0301\r\n"), STR_INIT(""), 31},
    {"milliseconds win", STR_INIT("retry-after: 9\r\nretry-after-ms: 1250\r\n"), STR_INIT(""),
     1250},
    {"a date", STR_INIT("retry-after: Sun, 06 Nov 1994 08:50:07 GMT\r\n"), STR_INIT(""), 30000},
    {"a date that has passed", STR_INIT("retry-after: Sun, 06 Nov 1994 08:49:00 GMT\r\n"),
     STR_INIT(""), 0},
    {"no such day", STR_INIT("retry-after: Sun, 31 Feb 1995 08:49:00 GMT\r\n"), STR_INIT(""), -1},
    {"no such month", STR_INIT("retry-after: Sun, 01 anF 1995 08:49:00 GMT\r\n"), STR_INIT(""), -1},
    {"no such hour", STR_INIT("retry-after: Sun, 06 Nov 1995 24:00:00 GMT\r\n"), STR_INIT(""), -1},
    {"below zero", STR_INIT("retry-after: -5\r\n"), STR_INIT(""), 0},
    {"the most there is", STR_INIT("retry-after: 86400\r\n"), STR_INIT(""), RETRY_AFTER_MAX_MS},
    {"past the most", STR_INIT("retry-after: 86401\r\n"), STR_INIT(""), RETRY_AFTER_MAX_MS},
    {"far past it", STR_INIT("retry-after: 1e300\r\n"), STR_INIT(""), RETRY_AFTER_MAX_MS},
    {"the field wins", STR_INIT("retry-after: 2\r\n"), STR_INIT("try again in 9s"), 2000},
    {"junk in the field", STR_INIT("retry-after: soon\r\n"), STR_INIT("try again in 9s"), 9000},
    {"words of OpenAI", STR_INIT(""),
     STR_INIT("Rate limit reached in org-1 on tokens (TPM): Limit 10. Please try again in 1.2s."),
     1200},
    {"words in milliseconds", STR_INIT(""), STR_INIT("Please try again in 350ms."), 350},
    {"minutes and seconds", STR_INIT(""), STR_INIT("try again in 6m0s."), 360000},
    {"words of Replicate", STR_INIT(""),
     STR_INIT("Request was throttled. Your rate limit resets in ~30s."), 30000},
    {"a whole word", STR_INIT(""), STR_INIT("Retry after 20 seconds"), 20000},
    {"a number that is no time", STR_INIT(""), STR_INIT("try again in 5 attempts"), -1},
    {"words that go on", STR_INIT(""), STR_INIT("try again in"), -1},
};

static void retry_after_reads_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct http_response res = {.fields = exact_copy(&t.cx, cases[i].fields)};
        struct str text = exact_copy(&t.cx, cases[i].text);
        CHECK_I64(cases[i].name, retry_after_ms(&res, text, NOW_MS), cases[i].want_ms);
    }
}

static void classify_status_tells_refused_from_maybe_billed(void **state)
{
    (void)state;
    static const struct {
        int http_status;
        enum llm_failure_class want;
    } rows[] = {
        {400, LLM_BAD_REQUEST}, {401, LLM_AUTH},        {402, LLM_NO_MONEY},
        {403, LLM_AUTH},        {404, LLM_NOT_FOUND},   {408, LLM_AMBIGUOUS},
        {409, LLM_BAD_REQUEST}, {410, LLM_NOT_FOUND},   {413, LLM_TOO_LONG},
        {418, LLM_BAD_REQUEST}, {422, LLM_BAD_REQUEST}, {429, LLM_SLOW_DOWN},
        {500, LLM_AMBIGUOUS},   {502, LLM_AMBIGUOUS},   {503, LLM_SLOW_DOWN},
        {504, LLM_AMBIGUOUS},   {529, LLM_SLOW_DOWN},   {599, LLM_AMBIGUOUS},
        {302, LLM_AMBIGUOUS},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "HTTP %d", rows[i].http_status);
        CHECK_I64(name, classify_status(rows[i].http_status), rows[i].want);
    }
}

static void classify_member_takes_the_first_name_of_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *path, *want;
    } rows[] = {
        {"messages", "messages"},
        {"messages[0].content", "messages"},
        {"messages.0.content: Field required", "messages"},
        {"max_tokens: 9 > 8", "max_tokens"},
        {"prompt is too long", ""},
        {"", ""},
        {": x", ""},
        {"sk-secret", ""},
        {"a\r\nb", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_STR(rows[i].path, classify_member(str_from_cstr(rows[i].path)),
                  str_from_cstr(rows[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_reads_every_form),
        cmocka_unit_test(classify_status_tells_refused_from_maybe_billed),
        cmocka_unit_test(classify_member_takes_the_first_name_of_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
