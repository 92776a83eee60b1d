/*
 * Responses as callers speak it: requests read, what is not kept refused by name, answers written
 * whole and as streams.
 */
#include "shared/llm/wire/wire.h"

#include "tests/functions/openai_face_fixture.h"

static const struct llm_provider provider = {.name = STR_INIT("local")};
static const struct llm_model model = {.id = STR_INIT("m"), .accepts = ~0U};

/* ---- requests -------------------------------------------------------------------------------- */

/* What was read is what a wire writes from it, for a server that has no /v1/responses. */
static const struct {
    const char *name;
    struct str body, want, dropped;
} requests[] = {
    {"a text", STR_INIT("{\"model\":\"a\",\"input\":\"Hi\"}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"), STR_INIT("")},
    {"instructions stand first, wherever they stood",
     STR_INIT("{\"input\":[{\"role\":\"user\",\"content\":\"A\"},{\"role\":\"user\",\"content\":"
              "\"B\"}],\"instructions\":\"Be brief.\",\"model\":\"a\"}"),
     STR_INIT("\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\","
              "\"content\":\"A\"},{\"role\":\"user\",\"content\":\"B\"}]"),
     STR_INIT("")},
    {"items become turns",
     STR_INIT(
         "{\"model\":\"a\",\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":["
         "{\"type\":\"input_text\",\"text\":\"A\"},{\"type\":\"input_image\",\"image_url\":"
         "\"https://example.com/a.png\"},{\"type\":\"input_file\",\"filename\":\"a.pdf\","
         "\"file_data\":\"data:application/pdf;base64,JVBE\"}]},"
         "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]},"
         "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
         "\"text\":\"I ask.\"}]},"
         "{\"type\":\"function_call\",\"call_id\":\"t1\",\"name\":\"f\",\"arguments\":"
         "\"{\\\"a\\\":1}\"},{\"type\":\"function_call\",\"call_id\":\"t2\",\"name\":\"g\","
         "\"arguments\":\"\"},{\"type\":\"function_call_output\",\"call_id\":\"t1\",\"output\":"
         "\"R\"},{\"type\":\"function_call_output\",\"call_id\":\"t2\",\"output\":[{\"type\":"
         "\"input_text\",\"text\":\"Q\"}]}]}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\"},"
              "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}},"
              "{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":"
              "\"data:application/pdf;base64,JVBE\"}}]},{\"role\":\"assistant\",\"content\":"
              "\"I ask.\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{"
              "\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}},{\"id\":\"t2\",\"type\":"
              "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},{\"role\":"
              "\"tool\",\"tool_call_id\":\"t1\",\"content\":\"R\"},{\"role\":\"tool\","
              "\"tool_call_id\":\"t2\",\"content\":\"Q\"}]"),
     STR_INIT("")},
    {"all members",
     STR_INIT("{\"model\":\"a\",\"input\":\"Hi\",\"max_output_tokens\":50,\"temperature\":0.30,"
              "\"top_p\":1,\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"d\","
              "\"parameters\":{\"type\":\"object\"},\"strict\":true}],\"tool_choice\":{\"type\":"
              "\"function\",\"name\":\"f\"},\"parallel_tool_calls\":false,\"text\":{\"format\":{"
              "\"type\":\"json_schema\",\"name\":\"s\",\"schema\":{\"type\":\"object\"},\"strict\":"
              "true}},\"reasoning\":{\"effort\":\"low\"},\"user\":\"u\",\"store\":true,"
              "\"background\":false,\"previous_response_id\":null,\"metadata\":{},\"include\":[],"
              "\"truncation\":\"auto\"}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":50,"
              "\"temperature\":0.30,\"top_p\":1,\"tools\":[{\"type\":\"function\",\"function\":{"
              "\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"},"
              "\"strict\":true}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":"
              "\"f\"}},\"parallel_tool_calls\":false,\"response_format\":{\"type\":\"json_schema\","
              "\"json_schema\":{\"name\":\"s\",\"schema\":{\"type\":\"object\"},\"strict\":true}},"
              "\"reasoning_effort\":\"low\",\"user\":\"u\""),
     STR_INIT("include, truncation")},
};

static void responses_face_reads_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        const struct llm_target target = {&provider, &model};
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_responses, requests[i].body, &request),
                     OK);
        CHECK_STR(requests[i].name, request.model, STR("a"));
        CHECK_I64(requests[i].name, request.protocol, LLM_PROTOCOL_OPENAI_RESPONSES);
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
        struct str want =
            arena_format(&t.arena, "{\"model\":\"m\"," STR_FMT "}", STR_ARG(requests[i].want));
        CHECK_STR(requests[i].name, out.body, want);
        CHECK_STR(requests[i].name, out.dropped, requests[i].dropped);
    }
}

#define WITH(members) STR_INIT("{\"model\":\"a\",\"input\":\"Hi\"," members "}")
#define ITEM(item)    STR_INIT("{\"model\":\"a\",\"input\":[" item "]}")

static const struct face_fault faults[] = {
    {"no model", STR_INIT("{\"input\":\"Hi\"}"), "model", "is required"},
    {"no input", STR_INIT("{\"model\":\"a\"}"), "input", "is required"},
    {"an input of another type", STR_INIT("{\"model\":\"a\",\"input\":1}"), "input",
     "must be a string or an array"},
    {"no item", STR_INIT("{\"model\":\"a\",\"input\":[]}"), "input", "must not be empty"},
    {"an item of another type", ITEM("1"), "input[0]", "must be an object, not a number"},
    {"an unknown role", ITEM("{\"role\":\"tool\",\"content\":\"a\"}"), "input[0].role",
     "must be one of: system, developer, user, assistant"},
    {"no content", ITEM("{\"role\":\"user\"}"), "input[0].content", "is required"},
    {"a call without a name", ITEM("{\"type\":\"function_call\",\"call_id\":\"t\"}"),
     "input[0].name", "is required"},
    {"a result without output", ITEM("{\"type\":\"function_call_output\",\"call_id\":\"t\"}"),
     "input[0].output", "is required"},
    {"an image of somebody's",
     ITEM("{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}"),
     "input[0].content[0].file_id", "is not supported: files are not kept here, send image_url"},
    {"a file of somebody's, in an item that is new",
     ITEM("{\"type\":\"computer_call_output\",\"output\":{\"file\\u005fid\":\"f\"}}"),
     "input[0].file_id", "is not supported: files are not kept here, send their data"},
    {"and in a part that is new",
     ITEM("{\"role\":\"user\",\"content\":[{\"type\":\"x\",\"y\":[{\"file_id\":\"f\"}]}]}"),
     "input[0].content[0].file_id", "is not supported: files are not kept here, send their data"},
    {"an item that was kept", ITEM("{\"type\":\"item_reference\",\"id\":\"msg_1\"}"), "input[0]",
     "is not supported: items are not kept here, send the item itself"},
    {"an earlier response", WITH("\"previous_response_id\":\"resp_1\""), "previous_response_id",
     "is not supported: responses are not kept here, send all items as input"},
    {"a conversation", WITH("\"conversation\":{\"id\":\"c\"}"), "conversation",
     "is not supported: responses are not kept here, send all items as input"},
    {"in the background", WITH("\"background\":true"), "background",
     "is not supported: an answer comes at once or as a stream"},
    {"a prompt that was kept", WITH("\"prompt\":{\"id\":\"p\"}"), "prompt",
     "is not supported: prompts are not kept here, send their text"},
    {"a tool of the provider's", WITH("\"tools\":[{\"type\":\"web_search\"}]"), "tools[0].type",
     "must be function or custom: no tool is run by a provider here"},
    {"a choice of one", WITH("\"tool_choice\":{\"type\":\"file_search\"}"), "tool_choice.type",
     "must be function or custom: no tool is run by a provider here"},
    {"no schema", WITH("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"s\"}}"),
     "text.format.schema", "is required"},
    {"no token", WITH("\"max_output_tokens\":0"), "max_output_tokens",
     "must be a whole number from 1 to 100000000"},
    {"instructions that are none", WITH("\"instructions\":[]"), "instructions",
     "must be a string, not an array"},
};

static void responses_face_names_each_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        face_fault_check(&face_openai_responses, &faults[i]);
    }
}

static void responses_face_tells_what_cannot_be_translated(void **state)
{
    (void)state;
    static const struct {
        struct str body, want;
    } rows[] = {
        {WITH("\"tools\":[{\"type\":\"custom\",\"name\":\"c\"}]"), STR_INIT("tools[0].type")},
        {ITEM("{\"type\":\"custom_tool_call\",\"call_id\":\"t\"}"), STR_INIT("input[0].type")},
        {WITH("\"text\":{\"format\":{\"type\":\"grammar\"}}"), STR_INIT("text.format.type")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_responses, rows[i].body, &request), OK);
        CHECK_STR("path", request.chat->untranslatable, rows[i].want);
    }
}

/* What is held for such a call is the whole context: its bytes say nothing of its tokens. */
static void responses_face_notes_media_in_items_that_are_new(void **state)
{
    (void)state;
    static const struct {
        struct str body;
        size_t want;
    } rows[] = {
        {ITEM("{\"type\":\"custom_tool_call_output\",\"call_id\":\"t\",\"output\":\"a\"}"), 0},
        {ITEM("{\"type\":\"custom_tool_call_output\",\"call_id\":\"t\",\"output\":[{\"type\":"
              "\"input_image\",\"image_url\":\"https://a/\"}]}"),
         1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_responses, rows[i].body, &request), OK);
        CHECK_I64("messages", request.chat->message_count, rows[i].want);
        if (rows[i].want > 0) {
            CHECK_I64("kind", request.chat->messages[0].parts[0].kind, LLM_PART_OTHER);
        }
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

#define HEX "2f6c3a107a514a7e9a521f4b8c0d9e33"

static const struct llm_event events[] = {
    {.kind = LLM_EVENT_START, .model = STR_INIT("claude")},
    {.kind = LLM_EVENT_THINKING, .index = 0, .text = STR_INIT("Hm")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 0},
    {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR_INIT("Hel")},
    {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR_INIT("lo")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 1},
    {.kind = LLM_EVENT_TOOL_START, .index = 2, .id = STR_INIT("t1"), .name = STR_INIT("f")},
    {.kind = LLM_EVENT_TOOL_INPUT, .index = 2, .text = STR_INIT("{\"a\":1}")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 2},
    {.kind = LLM_EVENT_USAGE, .usage = {.input = 5, .cache_read = 3, .output = 4, .reasoning = 1}},
    {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_TOOLS},
    {.kind = LLM_EVENT_END},
};

static struct face_writer *writer_for(struct ctx *cx, struct heard *heard, struct str body,
                                      bool stream)
{
    struct llm_request *request = ARENA_NEW(cx->arena, struct llm_request);
    CHECK_STATUS(cx, face_read(cx, &face_openai_responses, body, request), OK);
    request->stream = stream;
    return face_writer_heard(cx, &face_openai_responses, request, heard);
}

#define ECHO                                                                                       \
    "\"model\":\"claude\",\"instructions\":null,\"max_output_tokens\":9,\"metadata\":{\"k\":"      \
    "\"v\"},\"parallel_tool_calls\":true,\"reasoning\":{\"effort\":null,\"summary\":null},"        \
    "\"temperature\":0.30,\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\","     \
    "\"tools\":[],\"top_p\":null,\"truncation\":\"disabled\",\"previous_response_id\":null,"       \
    "\"background\":false,\"store\":false"
#define RESPONSE(status, details, output, usage)                                                   \
    "{\"id\":\"resp_" HEX "\",\"object\":\"response\",\"created_at\":1700000000,\"status\":"       \
    "\"" status "\",\"error\":null,\"incomplete_details\":" details "," ECHO ",\"output\":" output \
    ",\"usage\":" usage "}"
#define BODY                                                                                       \
    STR("{\"model\":\"alias\",\"input\":\"Hi\",\"max_output_tokens\":9,\"temperature\":0.30,"      \
        "\"metadata\":{\"k\":\"v\"}}")
#define PART(text)                                                                                 \
    "{\"type\":\"output_text\",\"text\":\"" text "\",\"annotations\":[],\"logprobs\":[]}"
#define MESSAGE(status, content)                                                                   \
    "{\"id\":\"msg_" HEX "_1\",\"type\":\"message\",\"status\":\"" status                          \
    "\",\"role\":\"assistant\",\"content\":[" content "]}"
#define CALL(status, arguments)                                                                    \
    "{\"id\":\"fc_" HEX "_2\",\"type\":\"function_call\",\"status\":\"" status                     \
    "\",\"call_id\":\"t1\",\"name\":\"f\",\"arguments\":\"" arguments "\"}"
#define OUTPUT "[" MESSAGE("completed", PART("Hello")) "," CALL("completed", "{\\\"a\\\":1}") "]"
#define USAGE                                                                                      \
    "{\"input_tokens\":8,\"input_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":0}," \
    "\"output_tokens\":4,\"output_tokens_details\":{\"reasoning_tokens\":1},\"total_tokens\":12}"

static void responses_face_writes_a_whole_answer(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {0};
    struct face_writer *writer = writer_for(&t.cx, &heard, BODY, false);
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        CHECK_STATUS(&t.cx, face_openai_responses.take(&t.cx, writer, &events[i]), OK);
    }
    CHECK_STR("whole", buf_str(&heard.bytes), STR(RESPONSE("completed", "null", OUTPUT, USAGE)));
    CHECK_I64("writes", heard.writes, 1);
}

#define OF_MESSAGE                    "\"item_id\":\"msg_" HEX "_1\",\"output_index\":0,\"content_index\":0,"
#define OF_CALL                       "\"item_id\":\"fc_" HEX "_2\",\"output_index\":1,"
#define OF_ALL(status, output, usage) "\"response\":" RESPONSE(status, "null", output, usage)

static const struct {
    const char *type, *rest;
} records[] = {
    {"response.created", OF_ALL("in_progress", "[]", "null")},
    {"response.in_progress", OF_ALL("in_progress", "[]", "null")},
    {"response.output_item.added", "\"output_index\":0,\"item\":" MESSAGE("in_progress", "")},
    {"response.content_part.added", OF_MESSAGE "\"part\":" PART("")},
    {"response.output_text.delta", OF_MESSAGE "\"delta\":\"Hel\",\"logprobs\":[]"},
    {"response.output_text.delta", OF_MESSAGE "\"delta\":\"lo\",\"logprobs\":[]"},
    {"response.output_text.done", OF_MESSAGE "\"text\":\"Hello\",\"logprobs\":[]"},
    {"response.content_part.done", OF_MESSAGE "\"part\":" PART("Hello")},
    {"response.output_item.done",
     "\"output_index\":0,\"item\":" MESSAGE("completed", PART("Hello"))},
    {"response.output_item.added", "\"output_index\":1,\"item\":" CALL("in_progress", "")},
    {"response.function_call_arguments.delta", OF_CALL "\"delta\":\"{\\\"a\\\":1}\""},
    {"response.function_call_arguments.done",
     OF_CALL "\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\""},
    {"response.output_item.done",
     "\"output_index\":1,\"item\":" CALL("completed", "{\\\"a\\\":1}")},
    {"response.completed", OF_ALL("completed", OUTPUT, USAGE)},
};

static void responses_face_writes_every_event_in_its_place(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {0};
    struct face_writer *writer = writer_for(&t.cx, &heard, BODY, true);
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        CHECK_STATUS(&t.cx, face_openai_responses.take(&t.cx, writer, &events[i]), OK);
    }
    struct str rest = buf_str(&heard.bytes);
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        struct str want = arena_format(
            &t.arena, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%zu,%s}\n\n",
            records[i].type, records[i].type, i, records[i].rest);
        CHECK_STR(records[i].type, str_slice(rest, 0, want.len), want);
        rest = str_slice(rest, want.len, rest.len);
    }
    CHECK_STR("nothing follows", rest, STR(""));
}

static void responses_face_tells_what_is_incomplete(void **state)
{
    (void)state;
    static const struct {
        enum llm_finish finish;
        struct str want;
    } rows[] = {
        {LLM_FINISH_LENGTH,
         STR_INIT(RESPONSE("incomplete", "{\"reason\":\"max_output_tokens\"}", "[]", "null"))},
        {LLM_FINISH_FILTER,
         STR_INIT(RESPONSE("incomplete", "{\"reason\":\"content_filter\"}", "[]", "null"))},
        {LLM_FINISH_SEQUENCE, STR_INIT(RESPONSE("completed", "null", "[]", "null"))},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard heard = {0};
        struct face_writer *writer = writer_for(&t.cx, &heard, BODY, false);
        const struct llm_event parts[] = {
            {.kind = LLM_EVENT_START, .model = STR("claude")},
            {.kind = LLM_EVENT_FINISH, .finish = rows[i].finish},
            {.kind = LLM_EVENT_END},
        };
        for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
            CHECK_STATUS(&t.cx, face_openai_responses.take(&t.cx, writer, &parts[k]), OK);
        }
        struct str want = rows[i].want;
        want.len = str_find(want, STR(",\"usage\""));
        CHECK_STR("response", str_slice(buf_str(&heard.bytes), 0, want.len), want);
    }
}

static void responses_face_ends_a_cut_stream_with_its_errors(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {0};
    struct face_writer *writer = writer_for(&t.cx, &heard, BODY, true);
    for (size_t i = 0; i < 4; i++) {
        CHECK_STATUS(&t.cx, face_openai_responses.take(&t.cx, writer, &events[i]), OK);
    }
    buf_clear(&heard.bytes);
    enum status status = fail(&t.cx, ERR_UPSTREAM, "secret words of the chain");
    CHECK_STATUS(&t.cx, face_openai_responses.fail(&t.cx, writer, status), OK);
    struct str got = buf_str(&heard.bytes);
    assert_true(str_has_prefix(got, STR("event: response.failed\ndata: {\"type\":"
                                        "\"response.failed\",\"sequence_number\":5,")));
    assert_true(str_find(got, STR("\"status\":\"failed\",\"error\":{\"code\":\"server_error\","
                                  "\"message\":\"A service behind this one failed\"}")) !=
                SIZE_MAX);
    assert_true(str_find(got, STR("\"status\":\"incomplete\",\"role\"")) != SIZE_MAX);
    assert_true(str_has_suffix(
        got, STR("event: error\ndata: {\"type\":\"error\",\"sequence_number\":6,\"code\":"
                 "\"upstream_error\",\"message\":\"A service behind this one failed\",\"param\":"
                 "null,\"error\":{\"message\":\"A service behind this one failed\",\"type\":"
                 "\"server_error\",\"param\":null,\"code\":\"upstream_error\"}}\n\n")));
    assert_true(str_find(got, STR("secret")) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responses_face_reads_requests),
        cmocka_unit_test(responses_face_names_each_fault),
        cmocka_unit_test(responses_face_tells_what_cannot_be_translated),
        cmocka_unit_test(responses_face_notes_media_in_items_that_are_new),
        cmocka_unit_test(responses_face_writes_a_whole_answer),
        cmocka_unit_test(responses_face_writes_every_event_in_its_place),
        cmocka_unit_test(responses_face_tells_what_is_incomplete),
        cmocka_unit_test(responses_face_ends_a_cut_stream_with_its_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
