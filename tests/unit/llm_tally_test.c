/*
 * What an answer is billed by: the provider's count, or, where it has none to be believed, ours.
 */
#include "shared/llm/call/tally.h"

#include "tests/support/check.h"

enum { SENT_BYTES = 30, GUESSED_INPUT = SENT_BYTES / LLM_GUESS_BYTES, GUESSED_OUTPUT = 4 };

static void a_count_that_cannot_be_is_guessed_and_never_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct llm_tally tally;
        int64_t input, output;
        bool is_known;
    } cases[] = {
        {"a count of all",
         {.usage = {.input = 7, .output = 2}, .has_usage = true, .has_end = true},
         7,
         2,
         true},
        {"all of it from a cache, and nothing said",
         {.usage = {.cache_read = 7}, .has_usage = true, .has_end = true},
         0,
         0,
         true},
        {"nothing went in",
         {.usage = {.output = 9}, .has_usage = true, .has_end = true, .content_bytes = 12},
         GUESSED_INPUT,
         9,
         false},
        {"something was said that was nothing",
         {.usage = {.input = 7}, .has_usage = true, .has_end = true, .content_bytes = 12},
         7,
         GUESSED_OUTPUT,
         false},
        {"no count", {.has_end = true, .content_bytes = 12}, GUESSED_INPUT, GUESSED_OUTPUT, false},
        {"cut behind its beginning",
         {.usage = {.input = 7, .output = 1}, .has_usage = true, .content_bytes = 12},
         7,
         GUESSED_OUTPUT,
         false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_tally tally = cases[i].tally;
        tally.usage.is_known = tally.has_usage;
        struct llm_usage usage = llm_tally_usage(&tally, SENT_BYTES);
        CHECK_I64(cases[i].name, usage.input, cases[i].input);
        CHECK_I64(cases[i].name, usage.output, cases[i].output);
        CHECK_I64(cases[i].name, usage.is_known, cases[i].is_known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_that_cannot_be_is_guessed_and_never_nothing),
    };
    return cmocka_run_group_tests_name("llm_tally", tests, NULL, NULL);
}
