/*
 * An answer collected: its blocks, its texts, its limits.
 */
#include "functions/ai-gateway/face/answer.h"

#include "tests/support/check.h"

static enum status take(struct ctx *cx, struct answer *answer, const struct llm_event *event)
{
    struct answer_block *block = NULL;
    bool is_new = false;
    return answer_take(cx, answer, event, &block, &is_new);
}

static void answer_keeps_interleaved_blocks_apart(void **state)
{
    (void)state;
    static const struct llm_event events[] = {
        {.kind = LLM_EVENT_TOOL_START, .index = 0, .id = STR_INIT("t1"), .name = STR_INIT("f")},
        {.kind = LLM_EVENT_TOOL_START, .index = 1, .id = STR_INIT("t2"), .name = STR_INIT("g")},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 0, .text = STR_INIT("{")},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 1, .text = STR_INIT("[")},
        {.kind = LLM_EVENT_TOOL_INPUT, .index = 0, .text = STR_INIT("}")},
        {.kind = LLM_EVENT_TEXT, .index = 2, .text = STR_INIT("A")},
        {.kind = LLM_EVENT_TEXT, .index = 3, .text = STR_INIT("B")},
        {.kind = LLM_EVENT_BLOCK_END, .index = 1},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct answer answer = {.keeps_texts = true};
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        CHECK_STATUS(&t.cx, take(&t.cx, &answer, &events[i]), OK);
    }
    const struct answer_block *first = answer.first, *second = first->next;
    CHECK_STR("first", buf_str(&first->text), STR("{}"));
    CHECK_STR("second", buf_str(&second->text), STR("["));
    CHECK_I64("ordinal", second->ordinal, 1);
    assert_true(second->has_ended && !first->has_ended);
    CHECK_I64("tools", answer.tool_count, 2);
    CHECK_STR("texts", answer_text(&t.cx, &answer, LLM_EVENT_TEXT), STR("AB"));
    CHECK_STR("no refusal", answer_text(&t.cx, &answer, LLM_EVENT_REFUSAL), STR(""));
}

static void answer_refuses_what_never_began(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct answer answer = {0};
    CHECK_STATUS(&t.cx, take(&t.cx, &answer, &(struct llm_event){.kind = LLM_EVENT_TOOL_INPUT}),
                 ERR_UPSTREAM);
    CHECK_STATUS(&t.cx, take(&t.cx, &answer, &(struct llm_event){.kind = LLM_EVENT_BLOCK_END}),
                 ERR_UPSTREAM);
}

static void answer_has_4096_blocks_at_most(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct answer answer = {0};
    for (unsigned i = 0; i <= ANSWER_MAX_BLOCKS; i++) {
        const struct llm_event event = {.kind = LLM_EVENT_TEXT, .index = i, .text = STR("a")};
        CHECK_STATUS(&t.cx, take(&t.cx, &answer, &event),
                     i < ANSWER_MAX_BLOCKS ? OK : ERR_TOO_LARGE);
    }
}

static void answer_has_16_mebibytes_at_most(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct answer answer = {.keeps_texts = true}, unkept = {0};
    char *text = arena_alloc(&t.arena, 1, ANSWER_MAX_BYTES);
    const struct llm_event all = {.kind = LLM_EVENT_TEXT,
                                  .text = {.ptr = text, .len = ANSWER_MAX_BYTES}};
    const struct llm_event more = {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR("a")};
    CHECK_STATUS(&t.cx, take(&t.cx, &answer, &all), OK);
    CHECK_STATUS(&t.cx, take(&t.cx, &answer, &more), ERR_TOO_LARGE);
    CHECK_STATUS(&t.cx, take(&t.cx, &unkept, &all), OK);
    CHECK_STATUS(&t.cx, take(&t.cx, &unkept, &more), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_keeps_interleaved_blocks_apart),
        cmocka_unit_test(answer_refuses_what_never_began),
        cmocka_unit_test(answer_has_4096_blocks_at_most),
        cmocka_unit_test(answer_has_16_mebibytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
