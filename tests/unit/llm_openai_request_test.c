/*
 * The OpenAI wire writes requests: its own protocols' through, others' translated.
 */
#include "shared/llm/wire/wire.h"

#include "tests/support/check.h"

static const struct llm_provider provider = {.name = STR_INIT("openai"), .speaks_responses = true};
static const struct llm_provider local = {.name = STR_INIT("llama"), .needs_no_key = true};
/* The table's gpt-4.1 and gpt-5, as far as they matter here. */
static const struct llm_model old_model = {
    .id = STR_INIT("gpt-4.1"),
    .accepts = LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_P | LLM_ACCEPTS_STOP | LLM_ACCEPTS_TOOLS |
               LLM_ACCEPTS_IMAGES | LLM_ACCEPTS_MAX_TOKENS,
};
static const struct llm_model new_model = {.id = STR_INIT("gpt-5"),
                                           .accepts = LLM_ACCEPTS_TOOLS | LLM_ACCEPTS_THINKING};

static const struct llm_model embedding_model = {.id = STR_INIT("gpt-4.1"), .is_embedding = true};

/* ---- through --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum llm_protocol protocol;
    bool is_new, stream, stream_usage;
    int64_t max_tokens, cap;
    struct str body, want, dropped;
} throughs[] = {
    {"not a byte changes", LLM_PROTOCOL_OPENAI_CHAT, false, false, false, 9, 0,
     STR_INIT("{ \"model\" : \"gpt-4.1\", \"future\": [1, 2.50],\"max_tokens\":9 }"),
     STR_INIT("{ \"model\" : \"gpt-4.1\", \"future\": [1, 2.50],\"max_tokens\":9 }"), STR_INIT("")},
    {"an alias becomes the model", LLM_PROTOCOL_OPENAI_CHAT, false, false, false, -1, 0,
     STR_INIT("{\"model\":\"fast\",\"messages\":[{\"content\":\"\\u00fc\"}]}"),
     STR_INIT("{\"model\":\"gpt-4.1\",\"messages\":[{\"content\":\"\\u00fc\"}]}"), STR_INIT("")},
    {"a cap where there was none", LLM_PROTOCOL_OPENAI_CHAT, false, false, false, -1, 100,
     STR_INIT("{\"model\":\"gpt-4.1\"}"), STR_INIT("{\"max_tokens\":100,\"model\":\"gpt-4.1\"}"),
     STR_INIT("")},
    {"a cap below what was asked", LLM_PROTOCOL_OPENAI_CHAT, false, false, false, 500, 100,
     STR_INIT("{\"model\":\"gpt-4.1\",\"max_tokens\":500}"),
     STR_INIT("{\"model\":\"gpt-4.1\",\"max_tokens\":100}"), STR_INIT("")},
    {"the cap has another name", LLM_PROTOCOL_OPENAI_CHAT, true, false, false, 50, 100,
     STR_INIT("{\"max_tokens\":50,\"model\":\"gpt-5\"}"),
     STR_INIT("{\"max_completion_tokens\":50,\"model\":\"gpt-5\"}"), STR_INIT("")},
    {"and the other way round", LLM_PROTOCOL_OPENAI_CHAT, false, false, false, 50, 100,
     STR_INIT("{\"max_completion_tokens\":50,\"model\":\"gpt-4.1\"}"),
     STR_INIT("{\"max_tokens\":50,\"model\":\"gpt-4.1\"}"), STR_INIT("")},
    {"what the model refuses is left out", LLM_PROTOCOL_OPENAI_CHAT, true, false, false, -1, 0,
     STR_INIT("{\"model\":\"gpt-5\",\"temperature\":0.30,\"top_p\":null,\"stop\":[\"x\"],"
              "\"reasoning_effort\":\"low\"}"),
     STR_INIT("{\"model\":\"gpt-5\",\"top_p\":null,\"reasoning_effort\":\"low\"}"),
     STR_INIT("temperature, stop")},
    {"usage is asked for", LLM_PROTOCOL_OPENAI_CHAT, false, true, false, -1, 0,
     STR_INIT("{\"model\":\"gpt-4.1\",\"stream\":true}"),
     STR_INIT(
         "{\"stream_options\":{\"include_usage\":true},\"model\":\"gpt-4.1\",\"stream\":true}"),
     STR_INIT("")},
    {"beside other options of the stream", LLM_PROTOCOL_OPENAI_CHAT, false, true, false, -1, 0,
     STR_INIT("{\"model\":\"gpt-4.1\",\"stream_options\":{\"include_usage\":false,"
              "\"include_obfuscation\": false}}"),
     STR_INIT("{\"model\":\"gpt-4.1\",\"stream_options\":{\"include_usage\":true,"
              "\"include_obfuscation\":false}}"),
     STR_INIT("")},
    {"usage was asked for", LLM_PROTOCOL_OPENAI_CHAT, false, true, true, -1, 0,
     STR_INIT("{\"model\":\"gpt-4.1\",\"stream_options\":{\"include_usage\":true}}"),
     STR_INIT("{\"model\":\"gpt-4.1\",\"stream_options\":{\"include_usage\":true}}"), STR_INIT("")},
    {"a response", LLM_PROTOCOL_OPENAI_RESPONSES, true, true, false, 300, 100,
     STR_INIT("{\"model\":\"gpt\",\"max_output_tokens\":300,\"temperature\":1,\"tools\":[]}"),
     STR_INIT("{\"model\":\"gpt-5\",\"max_output_tokens\":100,\"tools\":[]}"),
     STR_INIT("temperature")},
    {"embeddings", LLM_PROTOCOL_OPENAI_EMBEDDINGS, false, false, false, -1, 100,
     STR_INIT("{\"input\":[1,2],\"model\":\"e\",\"encoding_format\":\"base64\"}"),
     STR_INIT("{\"input\":[1,2],\"model\":\"gpt-4.1\",\"encoding_format\":\"base64\"}"),
     STR_INIT("")},
};

static void openai_passes_its_own_protocols_through(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(throughs); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_chat chat = {.max_tokens = throughs[i].max_tokens,
                                      .stream_usage = throughs[i].stream_usage};
        struct llm_request request = {.protocol = throughs[i].protocol,
                                      .chat = &chat,
                                      .body = exact_copy(&t.cx, throughs[i].body),
                                      .stream = throughs[i].stream,
                                      .max_tokens_cap = throughs[i].cap};
        struct llm_target target = {&provider, throughs[i].is_new ? &new_model : &old_model};
        if (request.protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS) {
            request.chat = NULL;
            target.model = &embedding_model;
        }
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, json_read(&t.cx, request.body, NULL, &request.root), OK);
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
        CHECK_STR(throughs[i].name, out.body, throughs[i].want);
        CHECK_STR(throughs[i].name, out.dropped, throughs[i].dropped);
        CHECK_I64(throughs[i].name, out.is_raw, true);
        CHECK_I64(throughs[i].name, out.wants_base64,
                  throughs[i].protocol == LLM_PROTOCOL_OPENAI_EMBEDDINGS);
        CHECK_I64(throughs[i].name, out.protocol, throughs[i].protocol);
        CHECK_I64(throughs[i].name, out.hides_usage,
                  throughs[i].stream && !throughs[i].stream_usage &&
                      throughs[i].protocol == LLM_PROTOCOL_OPENAI_CHAT);
    }
}

/* ---- translated ------------------------------------------------------------------------------ */

#define TEXT(words)                                                                                \
    {                                                                                              \
        .kind = LLM_PART_TEXT, .text = STR_INIT(words)                                             \
    }

static const struct llm_part result_parts[] = {
    TEXT("12 degrees"),
    {.kind = LLM_PART_IMAGE, .media_type = STR_INIT("image/png"), .data = STR_INIT("iVBO")},
};
static const struct llm_part system_parts[] = {TEXT("Be brief.")};
static const struct llm_part user_parts[] = {
    TEXT("Look:"),
    {.kind = LLM_PART_IMAGE, .url = STR_INIT("https://example.com/a.png")},
    {.kind = LLM_PART_DOCUMENT,
     .media_type = STR_INIT("application/pdf"),
     .data = STR_INIT("JVBE"),
     .name = STR_INIT("a.pdf")},
};
static const struct llm_part assistant_parts[] = {
    {.kind = LLM_PART_THINKING, .text = STR_INIT("Hm"), .signature = STR_INIT("s")},
    TEXT("I ask."),
    {.kind = LLM_PART_TOOL_CALL,
     .id = STR_INIT("t1"),
     .name = STR_INIT("weather"),
     .json = STR_INIT("{\"at\": \"K\xC3\xB6ln\"}")},
    {.kind = LLM_PART_TOOL_CALL, .id = STR_INIT("t2"), .name = STR_INIT("clock")},
};
static const struct llm_part result_turn[] = {
    {.kind = LLM_PART_TOOL_RESULT, .id = STR_INIT("t1"), .parts = result_parts, .part_count = 2},
    {.kind = LLM_PART_TOOL_RESULT, .id = STR_INIT("t2")},
    TEXT("Go on."),
};
static const struct llm_message messages[] = {
    {LLM_SYSTEM, system_parts, 1},
    {LLM_USER, user_parts, 3},
    {LLM_ASSISTANT, assistant_parts, 4},
    {LLM_USER, result_turn, 3},
};
static const struct llm_tool tools[] = {
    {.name = STR_INIT("weather"),
     .description = STR_INIT("Tells it"),
     .schema = STR_INIT("{\"type\":\"object\"}"),
     .strict = true},
    {.name = STR_INIT("clock")},
};
static const struct str stops[] = {STR_INIT("END")};

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\","            \
    "\"content\":[{\"type\":\"text\",\"text\":\"Look:\"},{\"type\":\"image_url\",\"image_url\":{"  \
    "\"url\":\"https://example.com/a.png\"}},{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\"," \
    "\"file_data\":\"data:application/pdf;base64,JVBE\"}}]},{\"role\":\"assistant\",\"content\":"  \
    "\"I ask.\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":"      \
    "\"weather\",\"arguments\":\"{\\\"at\\\": \\\"K\xC3\xB6ln\\\"}\"}},{\"id\":\"t2\",\"type\":"   \
    "\"function\",\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\","   \
    "\"tool_call_id\":\"t1\",\"content\":[{\"type\":\"text\",\"text\":\"12 degrees\"}]},"          \
    "{\"role\":\"tool\",\"tool_call_id\":\"t2\",\"content\":\"\"},{\"role\":\"user\",\"content\":" \
    "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\"}},{\"type\":"  \
    "\"text\",\"text\":\"Go on.\"}]}]"

static void openai_translates_all_of_a_chat(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_chat chat = {.messages = messages,
                                  .message_count = ARRAY_LEN(messages),
                                  .tools = tools,
                                  .tool_count = 2,
                                  .tool_choice = LLM_TOOLS_ONE,
                                  .tool_name = STR("clock"),
                                  .no_parallel_tools = true,
                                  .max_tokens = 70,
                                  .temperature = STR("0.30"),
                                  .top_k = STR("5"),
                                  .stops = stops,
                                  .stop_count = 1,
                                  .format = LLM_FORMAT_SCHEMA,
                                  .schema_name = STR("s"),
                                  .schema = STR("{\"type\":\"object\"}"),
                                  .schema_is_strict = true,
                                  .effort = STR("low"),
                                  .thinking_budget = 1024,
                                  .user = STR("u1"),
                                  .untranslated = STR("metadata, speed")};
    const struct llm_request request = {
        .protocol = LLM_PROTOCOL_ANTHROPIC, .chat = &chat, .stream = true};
    const struct llm_target target = {&provider, &old_model};
    struct llm_wire_request out = {0};
    CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
    CHECK_STR("body", out.body,
              STR("{\"model\":\"gpt-4.1\"," MESSAGES
                  ",\"max_tokens\":70,\"temperature\":0.30,\"stop\":[\"END\"],\"tools\":[{\"type\":"
                  "\"function\",\"function\":{\"name\":\"weather\",\"description\":\"Tells it\","
                  "\"parameters\":{\"type\":\"object\"},\"strict\":true}},{\"type\":\"function\","
                  "\"function\":{\"name\":\"clock\",\"parameters\":{\"type\":\"object\","
                  "\"properties\":{}}}}],\"tool_choice\":{\"type\":\"function\","
                  "\"function\":{\"name\":\"clock\"}},\"parallel_tool_calls\":false,"
                  "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\","
                  "\"schema\":{\"type\":\"object\"},\"strict\":true}},\"user\":\"u1\","
                  "\"stream\":true,\"stream_options\":{\"include_usage\":true}}"));
    CHECK_STR("path", out.path, STR("/v1/chat/completions"));
    CHECK_STR("dropped", out.dropped, STR("top_k, reasoning_effort, thinking, metadata, speed"));
    CHECK_I64("raw", out.is_raw, false);
    CHECK_I64("stream", out.is_stream, true);
    CHECK_I64("hides", out.hides_usage, false);
}

static void openai_translates_what_new_models_take(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_chat chat = {.messages = messages,
                                  .message_count = 1,
                                  .max_tokens = -1,
                                  .temperature = STR("1"),
                                  .top_p = STR("1"),
                                  .stops = stops,
                                  .stop_count = 1,
                                  .format = LLM_FORMAT_JSON,
                                  .effort = STR("high"),
                                  .thinking_budget = -1};
    const struct llm_request request = {.chat = &chat, .max_tokens_default = 40};
    const struct llm_target target = {&provider, &new_model};
    struct llm_wire_request out = {0};
    CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
    CHECK_STR("body", out.body,
              STR("{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"system\",\"content\":"
                  "\"Be brief.\"}],\"max_completion_tokens\":40,\"response_format\":{\"type\":"
                  "\"json_object\"},\"reasoning_effort\":\"high\"}"));
    CHECK_STR("dropped", out.dropped, STR("temperature, top_p, stop"));
}

static void openai_leaves_out_what_would_be_refused(void **state)
{
    (void)state;
    static const struct llm_part thought[] = {{.kind = LLM_PART_THINKING, .text = STR_INIT("Hm")}};
    static const struct llm_part seen[] = {{.kind = LLM_PART_TOOL_RESULT,
                                            .id = STR_INIT("t1"),
                                            .parts = &result_parts[1],
                                            .part_count = 1}};
    static const struct llm_message turns[] = {{LLM_ASSISTANT, thought, 1}, {LLM_TOOL, seen, 1}};
    static const struct str five[] = {STR_INIT("1"), STR_INIT("2"), STR_INIT("3"), STR_INIT("4"),
                                      STR_INIT("5")};
    const struct llm_target target = {&provider, &old_model};
    for (size_t stop_count = 4; stop_count <= 5; stop_count++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_chat chat = {.messages = turns,
                                      .message_count = 2,
                                      .max_tokens = -1,
                                      .stops = five,
                                      .stop_count = stop_count,
                                      .thinking_budget = -1};
        const struct llm_request request = {.chat = &chat};
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
        CHECK_STR("body", out.body,
                  STR("{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"tool\",\"tool_call_id\":"
                      "\"t1\",\"content\":\"\"},{\"role\":\"user\",\"content\":[{\"type\":"
                      "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\"}}]}],"
                      "\"stop\":[\"1\",\"2\",\"3\",\"4\"]}"));
        CHECK_STR("dropped", out.dropped,
                  stop_count == 4 ? STR("thinking") : STR("stop, thinking"));
    }
}

/* A provider without /v1/responses is asked for a chat. */
static void openai_translates_a_response_for_a_provider_without_them(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_chat chat = {
        .messages = messages, .message_count = 1, .max_tokens = -1, .thinking_budget = -1};
    const struct llm_request request = {.protocol = LLM_PROTOCOL_OPENAI_RESPONSES, .chat = &chat};
    const struct llm_target target = {&local, &old_model};
    struct llm_wire_request out = {0};
    CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
    CHECK_I64("protocol", out.protocol, LLM_PROTOCOL_OPENAI_CHAT);
    CHECK_STR("path", out.path, STR("/v1/chat/completions"));
    CHECK_I64("raw", out.is_raw, false);
}

static void openai_refuses_what_it_cannot_carry(void **state)
{
    (void)state;
    static const struct llm_part other = {.kind = LLM_PART_OTHER,
                                          .name = STR_INIT("search_result")};
    static const struct llm_part linked = {.kind = LLM_PART_DOCUMENT,
                                           .url = STR_INIT("https://example.com/a.pdf")};
    static const struct {
        struct llm_message turn;
        struct str untranslatable;
        const char *want;
    } rows[] = {
        {{LLM_USER, &other, 1},
         STR_INIT(""),
         "gpt-4.1 does not take a content block of another provider's own"},
        {{LLM_USER, &linked, 1},
         STR_INIT(""),
         "this model takes documents as data, not by address"},
        {{LLM_USER, NULL, 0}, STR_INIT("tools[1].type"), "gpt-4.1 does not take tools[1].type"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_chat chat = {.messages = &rows[i].turn,
                                      .message_count = 1,
                                      .untranslatable = rows[i].untranslatable};
        const struct llm_request request = {.chat = &chat};
        const struct llm_target target = {&provider, &old_model};
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), ERR_INVALID);
        CHECK_STR("words", str_from_cstr(t.cx.err.words), str_from_cstr(rows[i].want));
    }
}

static void openai_tells_models_of_answers_from_those_of_embeddings(void **state)
{
    (void)state;
    const struct llm_chat chat = {.messages = messages, .message_count = 1, .max_tokens = -1};
    const struct {
        struct llm_request request;
        const struct llm_model *model;
        const char *want;
    } rows[] = {
        {{.chat = &chat}, &embedding_model, "model: gpt-4.1 makes embeddings alone"},
        {{.protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS},
         &old_model,
         "model: gpt-4.1 makes no embeddings"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_target target = {&provider, rows[i].model};
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &rows[i].request, &out),
                     ERR_INVALID);
        CHECK_STR("words", str_from_cstr(t.cx.err.words), str_from_cstr(rows[i].want));
    }
}

static void openai_refuses_several_answers_that_are_checked(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_chat chat = {.choices = 2, .max_tokens = -1};
    struct llm_request request = {.protocol = LLM_PROTOCOL_OPENAI_CHAT,
                                  .chat = &chat,
                                  .body = STR("{\"model\":\"gpt-4.1\",\"n\":2}"),
                                  .wants_events = true};
    const struct llm_target target = {&provider, &old_model};
    struct llm_wire_request out = {0};
    CHECK_STATUS(&t.cx, json_read(&t.cx, request.body, NULL, &request.root), OK);
    CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), ERR_INVALID);
    request.wants_events = false;
    CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openai_passes_its_own_protocols_through),
        cmocka_unit_test(openai_translates_all_of_a_chat),
        cmocka_unit_test(openai_translates_what_new_models_take),
        cmocka_unit_test(openai_leaves_out_what_would_be_refused),
        cmocka_unit_test(openai_translates_a_response_for_a_provider_without_them),
        cmocka_unit_test(openai_refuses_what_it_cannot_carry),
        cmocka_unit_test(openai_tells_models_of_answers_from_those_of_embeddings),
        cmocka_unit_test(openai_refuses_several_answers_that_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
