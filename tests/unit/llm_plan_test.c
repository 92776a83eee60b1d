/*
 * What a request can use, what is held for it, and in which order targets are asked.
 */
#include "shared/llm/call/plan.h"

#include "tests/support/check.h"

static const struct llm_provider one = {.name = STR_INIT("one")};
static const struct llm_provider two = {.name = STR_INIT("two")};

#define MODEL(provider_name, name, context, price)                                                 \
    {                                                                                              \
        .provider = STR_INIT(provider_name), .id = STR_INIT(name), .context_tokens = (context),    \
        .max_output_tokens = 100, .tier_count = 1, .tiers = {                                      \
            {.input = (price),                                                                     \
             .output = INT64_C(2) * (price),                                                       \
             .cache_write_5m = -1,                                                                 \
             .cache_write_1h = -1,                                                                 \
             .cache_read = -1}                                                                     \
        }                                                                                          \
    }

static const struct llm_model models[] = {
    MODEL("one", "a", 100000, 1000),
    MODEL("one", "b", 200000, 1000),
    MODEL("two", "c", 100000, 5000),
};
static const struct llm_model unpriced = {.provider = STR_INIT("one"), .id = STR_INIT("u")};

static const struct llm_route route = {
    .alias = STR_INIT("x"),
    .targets = {{&one, &models[0]}, {&one, &models[1]}, {&two, &models[2]}},
    .target_count = 3,
};

static struct llm_plan plan_of(const struct llm_route *of, const struct llm_bounds *bounds)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_plan plan;
    const struct llm_planning planning = {.route = of, .bounds = *bounds};
    CHECK_STATUS(&t.cx, llm_plan_make(&t.cx, &planning, &plan), OK);
    return plan;
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static const struct llm_part parts[] = {
    {.kind = LLM_PART_TEXT, .text = STR_INIT("12345")},
    {.kind = LLM_PART_IMAGE, .url = STR_INIT("https://x/y.png")},
    {.kind = LLM_PART_DOCUMENT, .media_type = STR_INIT("text/csv"), .data = STR_INIT("abcdefg")},
    {.kind = LLM_PART_DOCUMENT, .url = STR_INIT("https://x/y.pdf")},
};

static struct llm_bounds bounds_of_part(size_t part, const char *body)
{
    const struct llm_message message = {LLM_USER, &parts[part], 1};
    const struct llm_chat chat = {.messages = &message, .message_count = 1, .max_tokens = 10};
    const struct llm_request request = {.chat = &chat, .body = str_from_cstr(body)};
    return llm_bounds_of(&request);
}

static void a_byte_is_a_token_at_most_and_an_image_as_many_as_the_dearest(void **state)
{
    (void)state;
    CHECK_I64("text", bounds_of_part(0, "").input_tokens, 5);
    CHECK_I64("image", bounds_of_part(1, "").input_tokens, LLM_IMAGE_TOKENS);
    CHECK_I64("file", bounds_of_part(2, "").input_tokens, 7);
    assert_false(bounds_of_part(2, "").is_open_ended);
    assert_true(bounds_of_part(3, "").is_open_ended);
    CHECK_I64("a body counts whole", bounds_of_part(0, "1234567890").input_tokens, 10);
    CHECK_I64("but for images", bounds_of_part(1, "https://x/y.png + 5").text_bytes, 4);
    CHECK_I64("and files", bounds_of_part(2, "abcdefg + 6").text_bytes, 4);
    CHECK_I64("which count once", bounds_of_part(2, "abcdefg + 6").input_tokens, 4 + 7);
}

static void a_part_whose_bytes_bound_nothing_is_held_for_in_full(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct llm_part part;
        bool is_open_ended;
    } cases[] = {
        {"text as it is", {.kind = LLM_PART_DOCUMENT, .text = STR_INIT("abc")}, false},
        {"a PDF of any number of pages",
         {.kind = LLM_PART_DOCUMENT,
          .media_type = STR_INIT("application/pdf"),
          .data = STR_INIT("abc")},
         true},
        {"a file of no type", {.kind = LLM_PART_DOCUMENT, .data = STR_INIT("abc")}, true},
        {"a part of a new kind", {.kind = LLM_PART_OTHER, .json = STR_INIT("{}")}, true},
        {"a tool's arguments", {.kind = LLM_PART_TOOL_CALL, .json = STR_INIT("{}")}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct llm_part result = {
            .kind = LLM_PART_TOOL_RESULT, .parts = &cases[i].part, .part_count = 1};
        const struct llm_message message = {LLM_TOOL, &result, 1};
        const struct llm_chat chat = {.messages = &message, .message_count = 1, .max_tokens = 10};
        const struct llm_request request = {.chat = &chat};
        CHECK_I64(cases[i].name, llm_bounds_of(&request).is_open_ended, cases[i].is_open_ended);
    }
}

static void tools_schemas_and_results_count(void **state)
{
    (void)state;
    const struct llm_part inner = {.kind = LLM_PART_TEXT, .text = STR_INIT("123")};
    const struct llm_part shown[] = {inner,
                                     {.kind = LLM_PART_IMAGE, .data = STR_INIT("0123456789")}};
    const struct llm_part result = {.kind = LLM_PART_TOOL_RESULT, .parts = shown, .part_count = 2};
    const struct llm_message message = {LLM_TOOL, &result, 1};
    const struct llm_tool tool = {
        .name = STR_INIT("1"), .description = STR_INIT("22"), .schema = STR_INIT("333")};
    const struct llm_chat chat = {.messages = &message,
                                  .message_count = 1,
                                  .tools = &tool,
                                  .tool_count = 1,
                                  .schema = STR_INIT("4444"),
                                  .max_tokens = 10,
                                  .choices = 3};
    const struct llm_request request = {.chat = &chat};
    struct llm_bounds bounds = llm_bounds_of(&request);
    CHECK_I64("text", bounds.text_bytes, 3 + 1 + 2 + 3 + 4);
    CHECK_I64("and an image", bounds.input_tokens, 13 + LLM_IMAGE_TOKENS);
    CHECK_I64("output, of each choice", bounds.output_tokens, 30);
}

/* ---- money ----------------------------------------------------------------------------------- */

static void the_dearest_open_target_is_held_for(void **state)
{
    (void)state;
    const struct llm_bounds bounds = {
        .text_bytes = 1000, .input_tokens = 1000, .output_tokens = 10};
    struct llm_plan plan = plan_of(&route, &bounds);
    enum { INPUT = 1000 + LLM_HIDDEN_INPUT_TOKENS };
    llm_plan_price(&plan, &bounds, 0);
    CHECK_I64("one answer", plan.worst_cost_nano, INPUT * 5000 + 10 * 10000);
    assert_false(plan.has_spare);
    llm_plan_price(&plan, &bounds, 2);
    CHECK_I64("three", plan.worst_cost_nano, 3 * (INPUT * 5000 + 10 * 10000));
    CHECK_I64("tokens", plan.worst_tokens, 1010);
    llm_plan_close(&plan, &two);
    llm_plan_price(&plan, &bounds, 0);
    CHECK_I64("without the dear one", plan.worst_cost_nano, INPUT * 1000 + 10 * 2000);
}

static void what_is_not_known_is_held_in_full(void **state)
{
    (void)state;
    const struct llm_bounds open_ended = {
        .text_bytes = 10, .input_tokens = 10, .output_tokens = 10, .is_open_ended = true};
    const struct llm_bounds no_cap = {.text_bytes = 10, .input_tokens = 10};
    const struct llm_bounds huge = {
        .text_bytes = 10, .input_tokens = INT64_MAX / 4, .output_tokens = INT64_MAX / 4};
    CHECK_I64("the whole context", llm_worst_of(&models[0], &open_ended),
              (100000 + LLM_HIDDEN_INPUT_TOKENS) * 1000 + 10 * 2000);
    CHECK_I64("the model's own cap", llm_worst_of(&models[0], &no_cap),
              (10 + LLM_HIDDEN_INPUT_TOKENS) * 1000 + 100 * 2000);
    struct llm_plan plan = plan_of(&route, &huge);
    llm_plan_price(&plan, &huge, 1);
    CHECK_I64("no overflow", plan.worst_cost_nano, INT64_MAX);
}

static void a_model_without_a_price_is_not_asked(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_route no_price = {.targets = {{&one, &unpriced}}, .target_count = 1};
    const struct llm_planning planning = {.route = &no_price};
    struct llm_plan plan;
    CHECK_STATUS(&t.cx, llm_plan_make(&t.cx, &planning, &plan), ERR_UPSTREAM);
    CHECK_STR("code", str_from_cstr(t.cx.err.code), STR("AI_SERVICE_ERROR"));
}

/* ---- the way --------------------------------------------------------------------------------- */

static void check_at(const struct llm_plan *plan, const char *id)
{
    CHECK_STR("at", llm_plan_target(plan)->model->id, str_from_cstr(id));
}

static void each_step_leads_where_its_name_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum llm_step step;
        bool is_somewhere;
        const char *at;
    } cases[] = {
        {"stop", LLM_STEP_STOP, false, "a"},
        {"again", LLM_STEP_AGAIN, true, "a"},
        {"new key", LLM_STEP_NEW_KEY, true, "a"},
        {"next", LLM_STEP_NEXT, true, "b"},
        {"elsewhere", LLM_STEP_ELSEWHERE, true, "b"},
        {"other provider", LLM_STEP_OTHER_PROVIDER, true, "c"},
        {"larger", LLM_STEP_LARGER, true, "b"},
        {"successor", LLM_STEP_SUCCESSOR, false, "a"},
    };
    const struct llm_bounds bounds = {.text_bytes = 1};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct llm_plan plan = plan_of(&route, &bounds);
        assert_true(llm_plan_start(&plan));
        CHECK_I64(cases[i].name, llm_plan_move(&plan, cases[i].step), cases[i].is_somewhere);
        check_at(&plan, cases[i].at);
    }
}

static void a_chain_is_walked_to_its_end_and_no_target_twice(void **state)
{
    (void)state;
    const struct llm_bounds bounds = {.text_bytes = 1};
    struct llm_plan plan = plan_of(&route, &bounds);
    llm_plan_rest(&plan, STR("one/b"));
    llm_plan_rest(&plan, STR("one/"));
    llm_plan_rest(&plan, STR("two/cc"));
    assert_true(llm_plan_start(&plan));
    check_at(&plan, "a");
    assert_true(llm_plan_move(&plan, LLM_STEP_NEXT));
    check_at(&plan, "c");
    assert_true(llm_plan_move(&plan, LLM_STEP_ELSEWHERE));
    check_at(&plan, "c"); /* itself, for there is no other */
    assert_false(llm_plan_move(&plan, LLM_STEP_NEXT));
}

static void a_closed_provider_is_never_asked_and_a_resting_one_last(void **state)
{
    (void)state;
    const struct llm_bounds bounds = {.text_bytes = 1};
    struct llm_plan plan = plan_of(&route, &bounds);
    llm_plan_close(&plan, &one);
    assert_true(llm_plan_start(&plan));
    check_at(&plan, "c");
    llm_plan_rest(&plan, STR("two/c"));
    assert_true(llm_plan_start(&plan));
    check_at(&plan, "c");
    llm_plan_close(&plan, &two);
    assert_false(llm_plan_start(&plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_is_a_token_at_most_and_an_image_as_many_as_the_dearest),
        cmocka_unit_test(a_part_whose_bytes_bound_nothing_is_held_for_in_full),
        cmocka_unit_test(tools_schemas_and_results_count),
        cmocka_unit_test(the_dearest_open_target_is_held_for),
        cmocka_unit_test(what_is_not_known_is_held_in_full),
        cmocka_unit_test(a_model_without_a_price_is_not_asked),
        cmocka_unit_test(each_step_leads_where_its_name_says),
        cmocka_unit_test(a_chain_is_walked_to_its_end_and_no_target_twice),
        cmocka_unit_test(a_closed_provider_is_never_asked_and_a_resting_one_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
