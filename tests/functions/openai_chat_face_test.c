/*
 * Chat Completions as callers speak it: requests read, faults named. Its answers are in
 * openai_chat_answer_test.c.
 */
#include "shared/llm/wire/wire.h"

#include "tests/functions/openai_face_fixture.h"

static const struct llm_provider provider = {.name = STR_INIT("openai")};
static const struct llm_model model = {.id = STR_INIT("m"), .accepts = ~0U};

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
        CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_chat, requests[i].body, &request), OK);
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
        face_read(&t.cx, &face_openai_chat,
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

static const struct face_fault faults[] = {
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
        face_fault_check(&face_openai_chat, &faults[i]);
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
    CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_chat, buf_str(&body), &request), ERR_INVALID);
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
        CHECK_I64(limits[row].name, face_read(&t.cx, &face_openai_chat, body, &request),
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
        CHECK_STATUS(&t.cx, face_read(&t.cx, &face_openai_chat, foreigners[i].body, &request), OK);
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
        CHECK_I64(bodies[i].ptr, face_read(&t.cx, &face_openai_chat, bodies[i], &request),
                  ERR_INVALID);
        assert_true(t.cx.err.words[0] != '\0');
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
