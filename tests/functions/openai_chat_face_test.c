/*
 * Chat Completions as callers speak it: requests read, faults named, answers written whole and as
 * streams.
 */
#include "functions/ai-gateway/face/face.h"
#include "shared/llm/wire/wire.h"

#include "tests/support/check.h"

static const struct llm_provider provider = {.name = STR_INIT("openai")};
static const struct llm_model model = {.id = STR_INIT("m"), .accepts = ~0U};

static enum status read_body(struct ctx *cx, struct str body, struct llm_request *request)
{
    const struct http_event event = {.body = exact_copy(cx, body)};
    return face_openai_chat.read(cx, &event, request);
}

/* ---- requests -------------------------------------------------------------------------------- */

/* What was read is what a wire writes from it. */
static const struct {
    const char *name;
    struct str body, want; /* `want`: of a translation, without the model */
    struct str dropped;
} requests[] = {
    {"a text", STR_INIT("{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"), STR_INIT("")},
    {"all roles",
     STR_INIT(
         "{\"model\":\"a\",\"messages\":[{\"role\":\"developer\",\"content\":\"D\"},"
         "{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"S\"}]},"
         "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\"},{\"type\":"
         "\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\",\"detail\":"
         "\"low\"}},{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":"
         "\"data:application/pdf;base64,JVBE\"}}]},"
         "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"t1\",\"type\":"
         "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"}},"
         "{\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}"
         "]},{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":\"R\"},"
         "{\"role\":\"tool\",\"tool_call_id\":\"t2\",\"content\":[{\"type\":\"text\",\"text\":"
         "\"Q\"}]},{\"role\":\"assistant\",\"content\":null,\"refusal\":\"No\"}]}"),
     STR_INIT(
         "\"messages\":[{\"role\":\"system\",\"content\":\"D\"},{\"role\":\"system\","
         "\"content\":\"S\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\"},"
         "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBO\"}},"
         "{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":"
         "\"data:application/pdf;base64,JVBE\"}}]},{\"role\":\"assistant\",\"tool_calls\":["
         "{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
         "\"{\\\"a\\\": 1}\"}},{\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":"
         "\"g\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":"
         "\"R\"},{\"role\":\"tool\",\"tool_call_id\":\"t2\",\"content\":\"Q\"},{\"role\":"
         "\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"No\"}]}]"),
     STR_INIT("")},
    {"all members",
     STR_INIT(
         "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"n\":1,"
         "\"max_completion_tokens\":50,\"temperature\":0.30,\"top_p\":1.0,\"stop\":\"X\","
         "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
         "\"parameters\":{\"type\":\"object\"},\"strict\":true}}],\"tool_choice\":"
         "\"required\",\"parallel_tool_calls\":false,\"response_format\":{\"type\":"
         "\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":{\"type\":\"object\"},"
         "\"strict\":true}},\"reasoning_effort\":\"low\",\"safety_identifier\":\"u\","
         "\"seed\":1,\"logprobs\":true,\"store\":false,\"metadata\":{},\"Odd-1\":2,"
         "\"presence_penalty\":null}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":50,"
              "\"temperature\":0.30,\"top_p\":1.0,\"stop\":[\"X\"],\"tools\":[{\"type\":"
              "\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{"
              "\"type\":\"object\"},\"strict\":true}}],\"tool_choice\":\"required\","
              "\"parallel_tool_calls\":false,\"response_format\":{\"type\":\"json_schema\","
              "\"json_schema\":{\"name\":\"s\",\"schema\":{\"type\":\"object\"},\"strict\":true}},"
              "\"reasoning_effort\":\"low\",\"user\":\"u\""),
     STR_INIT("seed, logprobs")},
    {"one tool, several stops, an object",
     STR_INIT("{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
              "\"stop\":[\"X\",\"Y\"],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
              "\"f\"}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}},"
              "\"response_format\":{\"type\":\"json_object\"}}"),
     STR_INIT("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stop\":[\"X\",\"Y\"],"
              "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{"
              "\"type\":\"object\",\"properties\":{}}}}],\"tool_choice\":{"
              "\"type\":\"function\",\"function\":{\"name\":\"f\"}},\"response_format\":{\"type\":"
              "\"json_object\"}"),
     STR_INIT("")},
};

static void chat_face_reads_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        const struct llm_target target = {&provider, &model};
        struct llm_wire_request out = {0};
        CHECK_STATUS(&t.cx, read_body(&t.cx, requests[i].body, &request), OK);
        CHECK_STR(requests[i].name, request.model, STR("a"));
        CHECK_STR(requests[i].name, request.body, requests[i].body);
        CHECK_I64(requests[i].name, request.protocol, LLM_PROTOCOL_OPENAI_CHAT);
        request.protocol = LLM_PROTOCOL_NONE; /* as a wire of another protocol sees it */
        CHECK_STATUS(&t.cx, llm_wire_openai.request(&t.cx, &target, &request, &out), OK);
        struct str want =
            arena_format(&t.arena, "{\"model\":\"m\"," STR_FMT "}", STR_ARG(requests[i].want));
        CHECK_STR(requests[i].name, out.body, want);
        CHECK_STR(requests[i].name, out.dropped, requests[i].dropped);
    }
}

static void chat_face_reads_a_stream_and_the_most_of_everything(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {0};
    CHECK_STATUS(
        &t.cx,
        read_body(&t.cx,
                  STR("{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"H\"}"
                      "],\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                      "\"n\":128,\"max_tokens\":100000000,\"temperature\":2,\"top_p\":0}"),
                  &request),
        OK);
    CHECK_I64("stream", request.stream && request.chat->stream, true);
    CHECK_I64("usage", request.chat->stream_usage, true);
    CHECK_I64("n", request.chat->choices, 128);
    CHECK_I64("max_tokens", request.chat->max_tokens, 100000000);
    CHECK_STR("temperature", request.chat->temperature, STR("2"));
}

#define WITH(members)                                                                              \
    STR_INIT("{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]," members "}")
#define SAYS(message) STR_INIT("{\"model\":\"a\",\"messages\":[" message "]}")

static const struct {
    const char *name;
    struct str body;
    const char *path, *message;
} faults[] = {
    {"no model", STR_INIT("{\"messages\":[{\"role\":\"user\",\"content\":\"\"}]}"), "model",
     "is required"},
    {"no messages", STR_INIT("{\"model\":\"a\"}"), "messages", "is required"},
    {"a model that is null",
     STR_INIT("{\"model\":null,\"messages\":[{\"role\":\"user\","
              "\"content\":\"\"}]}"),
     "model", "is required"},
    {"an empty model",
     STR_INIT("{\"model\":\"\",\"messages\":[{\"role\":\"user\",\"content\":"
              "\"\"}]}"),
     "model", "must be 1 to 256 bytes long"},
    {"messages of another type", STR_INIT("{\"model\":\"a\",\"messages\":\"Hi\"}"), "messages",
     "must be an array, not a string"},
    {"no message", STR_INIT("{\"model\":\"a\",\"messages\":[]}"), "messages", "must not be empty"},
    {"a message of another type", SAYS("3"), "messages[0]", "must be an object, not a number"},
    {"no role", SAYS("{\"content\":\"Hi\"}"), "messages[0].role", "is required"},
    {"an unknown role", SAYS("{\"role\":\"bot\",\"content\":\"Hi\"}"), "messages[0].role",
     "must be one of: system, developer, user, assistant, tool"},
    {"no content", SAYS("{\"role\":\"user\"}"), "messages[0].content", "is required"},
    {"content of another type", SAYS("{\"role\":\"user\",\"content\":{}}"), "messages[0].content",
     "must be a string or an array"},
    {"no part", SAYS("{\"role\":\"user\",\"content\":[]}"), "messages[0].content",
     "must not be empty"},
    {"a part without a type", SAYS("{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}"),
     "messages[0].content[0].type", "is required"},
    {"a text that is none",
     SAYS("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":1}]}"),
     "messages[0].content[0].text", "must be a string, not a number"},
    {"an image without an address",
     SAYS("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}"),
     "messages[0].content[0].image_url.url", "is required"},
    {"a file of somebody's",
     SAYS("{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{"
          "\"file_id\":\"file-1\"}}]}"),
     "messages[0].content[0].file.file_id",
     "is not supported: files are not kept here, send file_data"},
    {"a result of no call", SAYS("{\"role\":\"tool\",\"content\":\"R\"}"),
     "messages[0].tool_call_id", "is required"},
    {"a call without a name",
     SAYS("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\","
          "\"type\":\"function\",\"function\":{}}]}"),
     "messages[0].tool_calls[0].function.name", "is required"},
    {"a fraction of a token", WITH("\"max_tokens\":1.5"), "max_tokens",
     "must be a whole number from 1 to 100000000"},
    {"no token", WITH("\"max_completion_tokens\":0"), "max_completion_tokens",
     "must be a whole number from 1 to 100000000"},
    {"one token too many", WITH("\"max_tokens\":100000001"), "max_tokens",
     "must be a whole number from 1 to 100000000"},
    {"too hot", WITH("\"temperature\":2.01"), "temperature", "must be a number from 0 to 2"},
    {"a number in a string", WITH("\"temperature\":\"1\""), "temperature",
     "must be a number, not a string"},
    {"too many choices", WITH("\"n\":129"), "n", "must be a whole number from 1 to 128"},
    {"a stream that is no bool", WITH("\"stream\":\"yes\""), "stream",
     "must be true or false, not a string"},
    {"a stop that is none", WITH("\"stop\":[\"a\",1]"), "stop[1]",
     "must be a string, not a number"},
    {"a tool without a name", WITH("\"tools\":[{\"type\":\"function\",\"function\":{}}]"),
     "tools[0].function.name", "is required"},
    {"parameters that are none",
     WITH("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":1}}]"),
     "tools[0].function.parameters", "must be an object, not a number"},
    {"an unknown choice", WITH("\"tool_choice\":\"some\""), "tool_choice",
     "must be auto, none, required or an object"},
    {"no schema",
     WITH("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
          "\"s\"}}"),
     "response_format.json_schema.schema", "is required"},
    {"sound", WITH("\"modalities\":[\"text\",\"audio\"]"), "modalities",
     "must be [\"text\"]: the price of other answers is not known"},
    {"a search", WITH("\"web_search_options\":{}"), "web_search_options",
     "is not supported here: its price is not known"},
    {"a dearer tier", WITH("\"service_tier\":\"priority\""), "service_tier",
     "must be auto, default or flex: no other's price is known"},
    {"a tier to come", WITH("\"service_tier\":\"fast\""), "service_tier",
     "must be auto, default or flex: no other's price is known"},
    {"a prediction", WITH("\"prediction\":{\"type\":\"content\",\"content\":\"a\"}"), "prediction",
     "is not supported here: its price is not known"},
};

static void chat_face_names_each_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        CHECK_I64(faults[i].name, read_body(&t.cx, faults[i].body, &request), ERR_INVALID);
        CHECK_I64(faults[i].name, t.cx.err.field_count, 1);
        CHECK_STR(faults[i].name, str_from_cstr(t.cx.err.fields[0].path),
                  str_from_cstr(faults[i].path));
        CHECK_STR(faults[i].name, str_from_cstr(t.cx.err.fields[0].message),
                  str_from_cstr(faults[i].message));
    }
}

static void chat_face_counts_faults_past_the_table(void **state)
{
    (void)state;
    enum { FAULTS = 40 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf body = buf_in(&t.arena, SIZE_MAX);
    struct llm_request request = {0};
    buf_add(&body, STR("{\"model\":\"a\",\"messages\":[1"));
    for (int i = 1; i < FAULTS; i++) {
        buf_add(&body, STR(",1"));
    }
    buf_add(&body, STR("]}"));
    CHECK_STATUS(&t.cx, read_body(&t.cx, buf_str(&body), &request), ERR_INVALID);
    CHECK_I64("all", t.cx.err.field_count + t.cx.err.fields_dropped, FAULTS);
}

/* What may come many times: so often, and not once more. */
static const struct {
    const char *name, *before, *item, *after;
    size_t most;
} limits[] = {
    {"bytes of a model's name",
     "{\"messages\":[{\"role\":\"user\",\"content\":\"\"}],\"model\":\"a", "a", "\"}", 255},
    {"messages", "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"\"}",
     ",{\"role\":\"user\",\"content\":\"\"}", "]}", 99999},
    {"parts",
     "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
     "\"\"}",
     ",{\"type\":\"text\",\"text\":\"\"}", "]}]}", 9999},
    {"stops",
     "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"\"}],\"stop\":[\"a\"",
     ",\"a\"", "]}", 63},
    {"tools",
     "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"\"}],\"tools\":[{\"type\":"
     "\"function\",\"function\":{\"name\":\"f\"}}",
     ",{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", "]}", 1023},
};

static struct str repeated(struct ctx *cx, size_t row, size_t count)
{
    struct buf body = buf_in(cx->arena, SIZE_MAX);
    buf_add(&body, str_from_cstr(limits[row].before));
    for (size_t i = 0; i < count; i++) {
        buf_add(&body, str_from_cstr(limits[row].item));
    }
    buf_add(&body, str_from_cstr(limits[row].after));
    return buf_str(&body);
}

static void chat_face_takes_so_many_and_not_one_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits) * 2; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        size_t row = i / 2, extra = i % 2;
        struct str body = repeated(&t.cx, row, limits[row].most + extra);
        CHECK_I64(limits[row].name, read_body(&t.cx, body, &request),
                  extra == 0 ? OK : ERR_INVALID);
    }
}

static const struct {
    const char *name;
    struct str body, want;
} foreigners[] = {
    {"a tool of another kind", WITH("\"tools\":[{\"type\":\"custom\",\"custom\":{}}]"),
     STR_INIT("tools[0].type")},
    {"calls of old", WITH("\"functions\":[]"), STR_INIT("functions")},
    {"arguments that are no object",
     SAYS("{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\","
          "\"type\":\"function\",\"function\":{\"name\":\"f\","
          "\"arguments\":\"{oops\"}}]}"),
     STR_INIT("messages[0].tool_calls[0].function.arguments")},
    {"a grammar", WITH("\"response_format\":{\"type\":\"grammar\"}"),
     STR_INIT("response_format.type")},
};

static void chat_face_tells_what_cannot_be_translated(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(foreigners); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        CHECK_STATUS(&t.cx, read_body(&t.cx, foreigners[i].body, &request), OK);
        CHECK_STR(foreigners[i].name, request.chat->untranslatable, foreigners[i].want);
    }
}

static void chat_face_refuses_what_is_no_object(void **state)
{
    (void)state;
    static const struct str bodies[] = {STR_INIT(""), STR_INIT("[]"), STR_INIT("{\"a\":1,\"a\":2}"),
                                        STR_INIT("{\"model\":\"a\"")};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_request request = {0};
        CHECK_I64(bodies[i].ptr, read_body(&t.cx, bodies[i], &request), ERR_INVALID);
        assert_true(t.cx.err.words[0] != '\0');
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static const struct llm_event text_events[] = {
    {.kind = LLM_EVENT_START, .id = STR_INIT("msg_1"), .model = STR_INIT("claude")},
    {.kind = LLM_EVENT_THINKING, .index = 0, .text = STR_INIT("Hm")},
    {.kind = LLM_EVENT_SIGNATURE, .index = 0, .text = STR_INIT("sig")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 0},
    {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR_INIT("Gr\xC3\xBC\xC3\x9F")},
    {.kind = LLM_EVENT_TEXT, .index = 1, .text = STR_INIT(" \"Gott\"\n")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 1},
    {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_SEQUENCE},
    {.kind = LLM_EVENT_USAGE,
     .usage = {.input = 5, .cache_read = 3, .cache_write_5m = 2, .output = 4, .reasoning = 1}},
    {.kind = LLM_EVENT_END},
};
static const struct llm_event tool_events[] = {
    {.kind = LLM_EVENT_START, .model = STR_INIT("claude")},
    {.kind = LLM_EVENT_TOOL_START, .index = 0, .id = STR_INIT("t1"), .name = STR_INIT("f")},
    {.kind = LLM_EVENT_TOOL_INPUT, .index = 0, .text = STR_INIT("{\"a\":")},
    {.kind = LLM_EVENT_TOOL_INPUT, .index = 0, .text = STR_INIT("1}")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 0},
    {.kind = LLM_EVENT_TOOL_START, .index = 1, .id = STR_INIT("t2"), .name = STR_INIT("g")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 1},
    {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_TOOLS},
    {.kind = LLM_EVENT_END},
};
static const struct llm_event refusal_events[] = {
    {.kind = LLM_EVENT_START},
    {.kind = LLM_EVENT_REFUSAL, .index = 0, .text = STR_INIT("No.")},
    {.kind = LLM_EVENT_BLOCK_END, .index = 0},
    {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_REFUSAL},
    {.kind = LLM_EVENT_END},
};
static const struct llm_event silent_events[] = {
    {.kind = LLM_EVENT_START},
    {.kind = LLM_EVENT_FINISH, .finish = LLM_FINISH_REFUSAL},
    {.kind = LLM_EVENT_END},
};

struct heard {
    struct buf bytes;
    size_t writes, gone_after; /* 0: the caller stays */
};

static enum status on_write(struct ctx *cx, void *arg, struct str bytes)
{
    struct heard *heard = arg;
    buf_add(&heard->bytes, bytes);
    heard->writes++;
    return heard->writes == heard->gone_after ? fail(cx, ERR_UPSTREAM, "gone") : OK;
}

static struct face_writer *writer_for(struct ctx *cx, struct heard *heard, bool stream, bool usage)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    struct llm_request *request = ARENA_NEW(cx->arena, struct llm_request);
    chat->stream_usage = usage;
    *request = (struct llm_request){.chat = chat, .stream = stream, .model = STR("alias")};
    heard->bytes = buf_in(cx->arena, SIZE_MAX);
    return face_openai_chat.writer_new(
        cx, &(struct face_writing){.request = request,
                                   .call_id = STR("2f6c3a10-7a51-4a7e-9a52-1f4b8c0d9e33"),
                                   .now_ms = 1700000000999,
                                   .write = on_write,
                                   .arg = heard});
}

static enum status take_all(struct ctx *cx, struct face_writer *writer,
                            const struct llm_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(face_openai_chat.take(cx, writer, &events[i]));
    }
    return OK;
}

#define HEAD(object, model)                                                                        \
    "{\"id\":\"chatcmpl-2f6c3a107a514a7e9a521f4b8c0d9e33\",\"object\":\"" object                   \
    "\",\"created\":1700000000,\"model\":\"" model "\",\"choices\":["
#define DELTA(model, delta, reason)                                                                \
    "data: " HEAD("chat.completion.chunk", model) "{\"index\":0,\"delta\":" delta                  \
                                                  ",\"logprobs\":null,\"finish_reason\":" reason   \
                                                  "}]}\n\n"
#define DELTA_NULL(model, delta, reason)                                                           \
    "data: " HEAD("chat.completion.chunk", model) "{\"index\":0,\"delta\":" delta                  \
                                                  ",\"logprobs\":null,\"finish_reason\":" reason   \
                                                  "}],\"usage\":null}\n\n"
#define ROLE "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}"
#define USAGE(in, out)                                                                             \
    "\"usage\":{\"prompt_tokens\":" #in ",\"completion_tokens\":" #out ",\"total_tokens\":"
#define DETAILS(cached, written, thought)                                                          \
    ",\"prompt_tokens_details\":{\"cached_tokens\":" #cached ",\"cache_write_tokens\":" #written   \
    ",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":" #thought           \
    ",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}"
#define CALL(text) "{\"tool_calls\":[{\"index\":" text "}}]}"

static const struct {
    const char *name;
    const struct llm_event *events;
    size_t count;
    bool stream, usage;
    struct str want;
} answers[] = {
    {"text, whole", text_events, ARRAY_LEN(text_events), false, false,
     STR_INIT(
         HEAD("chat.completion",
              "claude") "{\"index\":0,\"message\":{\"role\":\"assistant\","
                        "\"content\":\"Gr\xC3\xBC\xC3\x9F \\\"Gott\\\"\\n\","
                        "\"refusal\":null,\"annotations\":[]},\"logprobs\":"
                        "null,\"finish_reason\":\"stop\"}]," USAGE(10, 4) "14" DETAILS(3, 2, 1))},
    {"text, streamed", text_events, ARRAY_LEN(text_events), true, false,
     STR_INIT(DELTA("claude", ROLE, "null")
                  DELTA("claude", "{\"content\":\"Gr\xC3\xBC\xC3\x9F\"}", "null")
                      DELTA("claude", "{\"content\":\" \\\"Gott\\\"\\n\"}", "null")
                          DELTA("claude", "{}", "\"stop\"") "data: [DONE]\n\n")},
    {"text, streamed with usage", text_events, ARRAY_LEN(text_events), true, true,
     STR_INIT(DELTA_NULL("claude", ROLE, "null") DELTA_NULL(
         "claude", "{\"content\":\"Gr\xC3\xBC\xC3\x9F\"}",
         "null") DELTA_NULL("claude", "{\"content\":\" \\\"Gott\\\"\\n\"}", "null")
                  DELTA_NULL("claude", "{}", "\"stop\"") "data: " HEAD(
                      "chat.completion.chunk",
                      "claude") "]," USAGE(10, 4) "14" DETAILS(3, 2, 1) "\n\ndata: [DONE]\n\n")},
    {"tools, whole", tool_events, ARRAY_LEN(tool_events), false, false,
     STR_INIT(
         HEAD("chat.completion",
              "claude") "{\"index\":0,\"message\":{\"role\":\"assistant\","
                        "\"content\":null,\"refusal\":null,\"annotations\":"
                        "[],\"tool_calls\":[{\"id\":\"t1\",\"type\":"
                        "\"function\",\"function\":{\"name\":\"f\","
                        "\"arguments\":\"{\\\"a\\\":1}\"}},{\"id\":\"t2\","
                        "\"type\":\"function\",\"function\":{\"name\":\"g\","
                        "\"arguments\":\"{}\"}}]},\"logprobs\":null,"
                        "\"finish_reason\":\"tool_calls\"}]," USAGE(0, 0) "0" DETAILS(0, 0, 0))},
    {"tools, streamed", tool_events, ARRAY_LEN(tool_events), true, false,
     STR_INIT(DELTA("claude", ROLE, "null") DELTA(
         "claude",
         CALL("0,\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
              "\"\""),
         "null") DELTA("claude", CALL("0,\"function\":{\"arguments\":\"{\\\"a\\\":\""), "null")
                  DELTA("claude", CALL("0,\"function\":{\"arguments\":\"1}\""), "null") DELTA(
                      "claude",
                      CALL("1,\"id\":\"t2\",\"type\":\"function\",\"function\":{\"name\":\"g\","
                           "\"arguments\":\"\""),
                      "null") DELTA("claude", CALL("1,\"function\":{\"arguments\":\"{}\""), "null")
                      DELTA("claude", "{}", "\"tool_calls\"") "data: [DONE]\n\n")},
    {"a refusal, whole", refusal_events, ARRAY_LEN(refusal_events), false, false,
     STR_INIT(HEAD("chat.completion",
                   "alias") "{\"index\":0,\"message\":{\"role\":\"assistant\","
                            "\"content\":null,\"refusal\":\"No.\","
                            "\"annotations\":[]},\"logprobs\":null,"
                            "\"finish_reason\":\"stop\"}]," USAGE(0, 0) "0" DETAILS(0, 0, 0))},
    {"a refusal, streamed", refusal_events, ARRAY_LEN(refusal_events), true, false,
     STR_INIT(DELTA("alias", ROLE, "null") DELTA("alias", "{\"refusal\":\"No.\"}", "null")
                  DELTA("alias", "{}", "\"stop\"") "data: [DONE]\n\n")},
    {"a refusal without words", silent_events, ARRAY_LEN(silent_events), true, false,
     STR_INIT(DELTA("alias", ROLE, "null")
                  DELTA("alias", "{}", "\"content_filter\"") "data: [DONE]\n\n")},
};

static void chat_face_writes_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard heard = {0};
        struct face_writer *writer = writer_for(&t.cx, &heard, answers[i].stream, answers[i].usage);
        CHECK_STATUS(&t.cx, take_all(&t.cx, writer, answers[i].events, answers[i].count), OK);
        CHECK_STR(answers[i].name, buf_str(&heard.bytes), answers[i].want);
        assert_true(answers[i].stream || heard.writes == 1);
    }
}

static void chat_face_stops_when_its_caller_is_gone(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {.gone_after = 2};
    struct face_writer *writer = writer_for(&t.cx, &heard, true, false);
    CHECK_STATUS(&t.cx, take_all(&t.cx, writer, text_events, ARRAY_LEN(text_events)), ERR_UPSTREAM);
    CHECK_I64("writes", heard.writes, 2);
}

static void chat_face_ends_a_cut_stream_with_an_error(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {0};
    struct face_writer *writer = writer_for(&t.cx, &heard, true, false);
    CHECK_STATUS(&t.cx, take_all(&t.cx, writer, text_events, 1), OK);
    buf_clear(&heard.bytes);
    enum status status = fail(&t.cx, ERR_UPSTREAM, "secret words of the chain");
    CHECK_STATUS(&t.cx, face_openai_chat.fail(&t.cx, writer, status), OK);
    CHECK_STR("event", buf_str(&heard.bytes),
              STR("data: {\"error\":{\"message\":\"A service behind this one failed\",\"type\":"
                  "\"server_error\",\"param\":null,\"code\":\"upstream_error\"}}\n\n"));
}

/* A stream keeps no text: a long one takes no more memory than a short one. */
static void chat_face_keeps_nothing_of_a_stream(void **state)
{
    (void)state;
    enum { EVENTS = 20000, MOST_BYTES = 16 * 1024 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {0};
    struct face_writer *writer = writer_for(&t.cx, &heard, true, false);
    heard.bytes = buf_in(&t.arena, 0);
    for (int i = 0; i < EVENTS; i++) {
        CHECK_STATUS(&t.cx, face_openai_chat.take(&t.cx, writer, &text_events[4]), OK);
    }
    assert_true(t.arena.used_bytes < MOST_BYTES);
}

/* ---- errors ---------------------------------------------------------------------------------- */

static void chat_face_writes_errors_as_its_clients_expect(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        int http_status;
        const char *code; /* ours; NULL: none */
        struct str body;
    } rows[] = {
        {ERR_INVALID, 400, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"invalid_request_error\",\"param\":null,"
                  "\"code\":null}}")},
        {ERR_TOO_LARGE, 413, "PROMPT_TOO_LONG",
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"invalid_request_error\",\"param\":null,"
                  "\"code\":\"context_length_exceeded\"}}")},
        {ERR_REFUSED, 400, "GUARD_DENIED",
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"invalid_request_error\",\"param\":null,"
                  "\"code\":\"guard_denied\"}}")},
        {ERR_UNAUTHENTICATED, 401, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"invalid_request_error\",\"param\":null,"
                  "\"code\":\"invalid_api_key\"}}")},
        {ERR_BUDGET, 402, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"insufficient_quota\",\"param\":null,"
                  "\"code\":\"insufficient_quota\"}}")},
        {ERR_NOT_FOUND, 404, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"invalid_request_error\",\"param\":null,"
                  "\"code\":\"model_not_found\"}}")},
        {ERR_RATE_LIMITED, 429, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"rate_limit_error\",\"param\":null,"
                  "\"code\":\"rate_limit_exceeded\"}}")},
        {ERR_OVERLOADED, 503, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"service_unavailable_error\",\"param\":"
                  "null,\"code\":\"server_is_overloaded\"}}")},
        {ERR_TIMEOUT, 504, NULL,
         STR_INIT("{\"error\":{\"message\":\"w\",\"type\":\"server_error\",\"param\":null,\"code\":"
                  "\"timeout\"}}")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct face_error error = {0};
        (void)fail_code(&t.cx, rows[i].status, rows[i].code, "w");
        face_openai_chat.error(&t.cx, rows[i].status, &error);
        CHECK_I64(status_name(rows[i].status), error.http_status, rows[i].http_status);
        CHECK_STR(status_name(rows[i].status), error.body, rows[i].body);
    }
}

static void chat_face_says_which_member_is_at_fault(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {0};
    struct face_error error = {0};
    enum status status = read_body(&t.cx, STR("{\"messages\":[1]}"), &request);
    face_openai_chat.error(&t.cx, status, &error);
    CHECK_I64("status", error.http_status, 400);
    CHECK_STR("body", error.body,
              STR("{\"error\":{\"message\":\"messages[0]: must be an object, not a number (and 1 "
                  "more)\",\"type\":\"invalid_request_error\",\"param\":\"messages[0]\",\"code\":"
                  "null}}"));
}

/* Each status has a row of its own, so that none is told as another. */
static void chat_face_knows_every_status(void **state)
{
    (void)state;
    static const enum status statuses[] = {
#define STATUS_ROW(name, http, code, words) name,
        STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
    };
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct face_error error = {0};
        int want = status_http(statuses[i]) == 422 ? 400 : status_http(statuses[i]);
        if (statuses[i] != OK) {
            face_openai_chat.error(&t.cx, statuses[i], &error);
            CHECK_I64(status_name(statuses[i]), error.http_status, want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chat_face_reads_requests),
        cmocka_unit_test(chat_face_reads_a_stream_and_the_most_of_everything),
        cmocka_unit_test(chat_face_names_each_fault),
        cmocka_unit_test(chat_face_counts_faults_past_the_table),
        cmocka_unit_test(chat_face_takes_so_many_and_not_one_more),
        cmocka_unit_test(chat_face_tells_what_cannot_be_translated),
        cmocka_unit_test(chat_face_refuses_what_is_no_object),
        cmocka_unit_test(chat_face_writes_answers),
        cmocka_unit_test(chat_face_stops_when_its_caller_is_gone),
        cmocka_unit_test(chat_face_ends_a_cut_stream_with_an_error),
        cmocka_unit_test(chat_face_keeps_nothing_of_a_stream),
        cmocka_unit_test(chat_face_writes_errors_as_its_clients_expect),
        cmocka_unit_test(chat_face_says_which_member_is_at_fault),
        cmocka_unit_test(chat_face_knows_every_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
