#include "functions/ai-gateway/face/anthropic.h"

#include "shared/base/file.h"
#include "tests/support/check.h"

#define UUID "0a1b2c3d-0000-4000-8000-000000000001"

/* ---- requests -------------------------------------------------------------------------------- */

static struct http_header headers[] = {
    {STR_INIT("anthropic-version"), STR_INIT("2026-10-21")},
    {STR_INIT("anthropic-beta"), STR_INIT("a-2025, b.c_d")},
};

static struct http_event event_of(struct ctx *cx, struct str body)
{
    return (struct http_event){
        .body = exact_copy(cx, body),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .header_values = headers,
        .header_value_count = ARRAY_LEN(headers),
    };
}

static const char *const role_names[] = {"system", "user", "assistant", "tool"};
static const char *const part_names[] = {
    [LLM_PART_TEXT] = "text",         [LLM_PART_REFUSAL] = "refusal",
    [LLM_PART_THINKING] = "thinking", [LLM_PART_REDACTED] = "redacted",
    [LLM_PART_IMAGE] = "image",       [LLM_PART_DOCUMENT] = "document",
    [LLM_PART_TOOL_CALL] = "call",    [LLM_PART_TOOL_RESULT] = "result",
    [LLM_PART_OTHER] = "other",
};

static void part_tell(struct buf *out, const struct llm_part *part)
{
    const struct str members[] = {part->text, part->media_type, part->data,
                                  part->url,  part->id,         part->name,
                                  part->json, part->signature,  part->cache_control};
    buf_addf(out, " %s(", part_names[part->kind]);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        buf_addf(out, "%s" STR_FMT, i > 0 && members[i].len > 0 ? " " : "", STR_ARG(members[i]));
    }
    buf_addf(out, "%s", part->is_error ? " error" : "");
    for (size_t i = 0; i < part->part_count; i++) {
        part_tell(out, &part->parts[i]);
    }
    buf_add_char(out, ')');
}

static struct str messages_told(struct ctx *cx, const struct llm_chat *chat)
{
    struct buf out = buf_in(cx->arena, 65536);
    for (size_t i = 0; i < chat->message_count; i++) {
        buf_addf(&out, "%s:", role_names[chat->messages[i].role]);
        for (size_t k = 0; k < chat->messages[i].part_count; k++) {
            part_tell(&out, &chat->messages[i].parts[k]);
        }
        buf_add_char(&out, '\n');
    }
    return buf_str(&out);
}

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define CACHED   "\"cache_control\":{\"type\":\"ephemeral\"}"

static const char every_block[] =
    "{\"model\":\"fast\",\"max_tokens\":10,\"system\":[{\"type\":\"text\",\"text\":\"S\"," CACHED
    "}],\"messages\":["
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"},"
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":"
    "\"AA==\"}},{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://a/\"}},"
    "{\"type\":\"image\",\"source\":{\"type\":\"new\",\"x\":\"f\"}},"
    "{\"type\":\"document\",\"title\":\"T\",\"source\":{\"type\":\"base64\",\"media_type\":"
    "\"application/pdf\",\"data\":\"AB==\"}},"
    "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":"
    "\"plain\"}},{\"type\":\"search_result\",\"x\":1}]},"
    "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
    "\"signature\":\"sig\"},{\"type\":\"redacted_thinking\",\"data\":\"z\"},"
    "{\"type\":\"tool_use\",\"id\":\"i\",\"name\":\"n\",\"input\":{\"a\": 1}," CACHED "}]},"
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"i\",\"content\":"
    "[{\"type\":\"text\",\"text\":\"r\"}]},{\"type\":\"tool_result\",\"tool_use_id\":\"j\","
    "\"content\":\"bad\",\"is_error\":true},{\"type\":\"tool_result\",\"tool_use_id\":\"k\"}]},"
    "{\"role\":\"system\",\"content\":\"later\"}]}";

static const char every_block_told[] =
    "system: text(S {\"type\":\"ephemeral\"})\n"
    "user: text(t) image( image/png AA==) image( https://a/)"
    " other( image {\"type\":\"image\",\"source\":{\"type\":\"new\",\"x\":\"f\"}})"
    " document( application/pdf AB== T) document(plain)"
    " other( search_result {\"type\":\"search_result\",\"x\":1})\n"
    "assistant: thinking(hm sig)"
    " redacted( {\"type\":\"redacted_thinking\",\"data\":\"z\"})"
    " call( i n {\"a\": 1} {\"type\":\"ephemeral\"})\n"
    "user: result( i text(r)) result( j error text(bad)) result( k)\n"
    "system: text(later)\n";

static void every_content_block_is_read(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event = event_of(&t.cx, STR(every_block));
    struct llm_request request = {0};
    CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request), OK);
    CHECK_STR("messages", messages_told(&t.cx, request.chat), STR(every_block_told));
    CHECK_STR("body", request.body, event.body);
    CHECK_STR("model", request.model, STR("fast"));
    CHECK_STR("version", request.api_version, STR("2026-10-21"));
    CHECK_STR("beta", request.beta, STR("a-2025,b.c_d"));
    CHECK_I64("protocol", request.protocol, LLM_PROTOCOL_ANTHROPIC);
    CHECK_I64("max_tokens", request.chat->max_tokens, 10);
    CHECK_I64("budget", request.chat->thinking_budget, -1);
    assert_false(request.stream);
}

static void parameters_and_tools_are_read(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"m\",\"max_tokens\":0,\"stream\":true,\"temperature\":0.30,\"top_p\":1,"
        "\"top_k\":4," MESSAGES ",\"stop_sequences\":[\"a\",\"b\"],"
        "\"tools\":[{\"name\":\"n\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\"},"
        "\"strict\":true," CACHED "},{\"type\":\"bash_20250124\",\"name\":\"bash\"},"
        "{\"type\":\"custom\",\"name\":\"o\",\"input_schema\":{}}],"
        "\"tool_choice\":{\"type\":\"tool\",\"name\":\"n\",\"disable_parallel_tool_use\":true},"
        "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048},"
        "\"output_config\":{\"effort\":\"high\",\"format\":{\"type\":\"json_schema\",\"schema\":"
        "{\"type\": \"object\"}}},\"metadata\":{\"user_id\":\"u\"},"
        "\"service_tier\":\"auto\",\"speed\":null,\"X-Y\":1}";
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event = event_of(&t.cx, STR(body));
    struct llm_request request = {0};
    CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request), OK);
    const struct llm_chat *chat = request.chat;
    assert_true(request.stream);
    CHECK_I64("max_tokens", chat->max_tokens, 0);
    CHECK_STR("temperature", chat->temperature, STR("0.30"));
    CHECK_STR("top_p", chat->top_p, STR("1"));
    CHECK_STR("top_k", chat->top_k, STR("4"));
    CHECK_I64("stops", chat->stop_count, 2);
    CHECK_STR("stop", chat->stops[1], STR("b"));
    CHECK_I64("tools", chat->tool_count, 2);
    CHECK_STR("tool", chat->tools[0].name, STR("n"));
    CHECK_STR("description", chat->tools[0].description, STR("d"));
    CHECK_STR("schema", chat->tools[0].schema, STR("{\"type\":\"object\"}"));
    CHECK_STR("cache", chat->tools[0].cache_control, STR("{\"type\":\"ephemeral\"}"));
    assert_true(chat->tools[0].strict && !chat->tools[1].strict && chat->no_parallel_tools);
    CHECK_STR("second tool", chat->tools[1].name, STR("o"));
    CHECK_I64("choice", chat->tool_choice, LLM_TOOLS_ONE);
    CHECK_STR("chosen", chat->tool_name, STR("n"));
    CHECK_I64("budget", chat->thinking_budget, 2048);
    CHECK_STR("effort", chat->effort, STR("high"));
    CHECK_I64("format", chat->format, LLM_FORMAT_SCHEMA);
    CHECK_STR("answer's schema", chat->schema, STR("{\"type\": \"object\"}"));
    CHECK_STR("user", chat->user, STR("u"));
    CHECK_STR("untranslated", chat->untranslated, STR("anthropic_tools, service_tier"));
}

#define WITH(member)     "{\"model\":\"m\",\"max_tokens\":1," MESSAGES "," member "}"
#define ASKING(messages) "{\"model\":\"m\",\"max_tokens\":1,\"messages\":" messages "}"
#define NO_FILES         "is not supported: files are not kept here, send their data"
#define NO_PRICE         "is not offered here: its price is not known"
#define NO_TOOLS         "no tool is run by a provider here"
#define CONTENT(blocks)  ASKING("[{\"role\":\"user\",\"content\":" blocks "}]")
static const struct {
    const char *body, *want;
} faulty[] = {
    {"{\"max_tokens\":1," MESSAGES "}", "model: is required"},
    {"{\"model\":\"m\"," MESSAGES "}", "max_tokens: is required"},
    {"{\"model\":\"m\",\"max_tokens\":1.5," MESSAGES "}",
     "max_tokens: must be a whole number from 0 to 1000000000"},
    {"{\"model\":\"m\",\"max_tokens\":-1," MESSAGES "}",
     "max_tokens: must be a whole number from 0 to 1000000000"},
    {"{\"model\":1,\"max_tokens\":\"1\"}",
     "model: must be a string, not a number; max_tokens: must be a number, not a string; "
     "messages: is required"},
    {ASKING("[]"), "messages: must have from 1 to 100000 messages"},
    {ASKING("{}"), "messages: must be an array, not an object"},
    {ASKING("[{\"role\":\"tool\",\"content\":\"\"}]"),
     "messages[0].role: must be user, assistant or system"},
    {ASKING("[{\"role\":\"user\"}]"), "messages[0].content: is required"},
    {ASKING("[1]"), "messages[0].role: must be user, assistant or system; "
                    "messages[0].content: is required"},
    {CONTENT("1"), "messages[0].content: must be a string or an array of content blocks"},
    {CONTENT("[1]"), "messages[0].content[0].type: is required"},
    {CONTENT("[{\"type\":\"text\"}]"), "messages[0].content[0].text: is required"},
    {CONTENT("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":1}]"),
     "messages[0].content[1].text: must be a string, not a number"},
    {CONTENT("[{\"type\":\"image\"}]"), "messages[0].content[0].source: is required"},
    {CONTENT("[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"\"}}]"),
     "messages[0].content[0].source.media_type: is required"},
    {CONTENT("[{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"b\",\"input\":\"{}\"}]"),
     "messages[0].content[0].input: must be an object, not a string"},
    {CONTENT("[{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":[{\"type\":"
             "\"text\"}]}]"),
     "messages[0].content[0].content[0].text: is required"},
    {WITH("\"stream\":1"), "stream: must be true or false, not a number"},
    {WITH("\"temperature\":\"0\""), "temperature: must be a number, not a string"},
    {WITH("\"tools\":[{\"name\":\"n\"}]"), "tools[0].input_schema: is required"},
    {WITH("\"tool_choice\":{\"type\":\"some\"}"),
     "tool_choice.type: must be auto, any, tool or none"},
    {WITH("\"tool_choice\":{\"type\":\"tool\"}"), "tool_choice.name: is required"},
    {WITH("\"stop_sequences\":[\"a\",1]"), "stop_sequences[1]: must be a string"},
    {WITH("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":\"1\"}"),
     "thinking.budget_tokens: must be a number, not a string"},
    {WITH("\"output_config\":{\"format\":{\"type\":\"json_schema\"}}"),
     "output_config.format.schema: is required"},
    {CONTENT("[{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]"),
     "messages[0].content[0].file_id: " NO_FILES},
    {CONTENT("[{\"type\":\"container_upload\",\"file\\u005fid\":\"f\"}]"),
     "messages[0].content[0].file_id: " NO_FILES},
    {CONTENT("[{\"type\":\"tool_result\",\"tool_use_id\":\"a\",\"content\":[{\"type\":"
             "\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"image\","
             "\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}}]}]"),
     "messages[0].content[0].content[0].file_id: " NO_FILES},
    {WITH("\"speed\":\"fast\""), "speed: " NO_PRICE},
    {WITH("\"speed\":[\"fast\"]"), "speed: " NO_PRICE},
    {WITH("\"inference_geo\":\"us\""), "inference_geo: " NO_PRICE},
    {WITH("\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://e/\"}]"),
     "mcp_servers: is not supported: " NO_TOOLS},
    {WITH("\"container\":\"c\""), "container: is not supported: " NO_TOOLS},
    {WITH("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]"),
     "tools[0].type: " NO_TOOLS},
    {WITH("\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"code_execution\"}]"),
     "tools[0].type: " NO_TOOLS},
    {"[]", "the body must be a JSON object"},
    {"", "not JSON: unexpected end at line 1, column 1"},
};

static void bodies_at_fault_are_refused_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(faulty); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event = event_of(&t.cx, str_from_cstr(faulty[i].body));
        struct llm_request request = {0};
        struct face_error error;
        t.cx.request_id = STR("r1");
        CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request), ERR_INVALID);
        face_anthropic.error(&t.cx, ERR_INVALID, &error);
        CHECK_I64(faulty[i].body, error.http_status, 400);
        CHECK_STR(faulty[i].body, error.body,
                  arena_format(t.cx.arena,
                               "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                               "\"message\":\"%s\",\"details\":{\"error_code\":"
                               "\"VALIDATION_FAILED\"}},\"request_id\":\"r1\"}",
                               faulty[i].want));
    }
}

/* By this code the official clients know that they have to go on without. */
static void a_thread_is_refused_with_the_code_that_clients_know(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        WITH("\"thread\":{\"type\":\"create\"}"),
        WITH("\"thread\":{\"type\":\"continue\",\"previous_message_id\":\"msg_1\"}"),
        WITH("\"thread\":1"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_event event = event_of(&t.cx, str_from_cstr(bodies[i]));
        struct llm_request request = {0};
        struct face_error error;
        CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request), ERR_INVALID);
        face_anthropic.error(&t.cx, ERR_INVALID, &error);
        CHECK_I64(bodies[i], error.http_status, 400);
        assert_true(str_find(error.body, STR("\"details\":{\"error_code\":"
                                             "\"thread_unsupported_request\"}")) != SIZE_MAX);
    }
}

static void members_that_ask_for_nothing_special_are_passed_on(void **state)
{
    (void)state;
    static const char body[] =
        WITH("\"speed\":\"standard\",\"inference_geo\":\"global\",\"mcp_servers\":[],"
             "\"container\":null,\"service_tier\":\"standard_only\"");
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event = event_of(&t.cx, STR(body));
    struct llm_request request = {0};
    CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request), OK);
    CHECK_STR("body", request.body, STR(body));
}

static void versions_and_betas_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str version, beta;
        enum status want;
    } cases[] = {
        {"the older one", STR_INIT("2023-06-01"), STR_INIT("x"), OK},
        {"the newer one", STR_INIT(" 2026-10-21 "), STR_INIT("x"), OK},
        {"none", STR_INIT(""), STR_INIT("x"), ERR_INVALID},
        {"the first one", STR_INIT("2023-01-01"), STR_INIT("x"), ERR_INVALID},
        {"one to come", STR_INIT("2027-01-01"), STR_INIT("x"), ERR_INVALID},
        {"a beta of other letters", STR_INIT("2023-06-01"), STR_INIT("x\r\ny: z"), ERR_INVALID},
        {"capitals", STR_INIT("2023-06-01"), STR_INIT("X"), ERR_INVALID},
        {"an empty beta", STR_INIT("2023-06-01"), STR_INIT("a,,b"), ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_header own[] = {{STR("anthropic-version"), cases[i].version},
                                    {STR("anthropic-beta"), cases[i].beta}};
        struct http_event event =
            event_of(&t.cx, STR("{\"model\":\"m\",\"max_tokens\":1," MESSAGES "}"));
        struct llm_request request = {0};
        event.headers = event.header_values = own;
        enum status status = face_anthropic.read(&t.cx, &event, &request);
        if (status != cases[i].want) {
            CHECK_FAILED("%s: %s\n", cases[i].name, status_name(status));
        }
    }
}

static void betas_have_512_bytes_and_not_one_more(void **state)
{
    (void)state;
    for (size_t len = 512; len <= 513; len++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        char *text = ARENA_ARRAY(t.cx.arena, char, len);
        memset(text, 'a', len);
        struct http_header own[] = {{STR("anthropic-version"), STR("2023-06-01")},
                                    {STR("anthropic-beta"), {.ptr = text, .len = len}}};
        struct http_event event =
            event_of(&t.cx, STR("{\"model\":\"m\",\"max_tokens\":1," MESSAGES "}"));
        struct llm_request request = {0};
        event.headers = event.header_values = own;
        CHECK_STATUS(&t.cx, face_anthropic.read(&t.cx, &event, &request),
                     len == 512 ? OK : ERR_INVALID);
    }
}

static void a_count_needs_no_max_tokens_and_has_no_chat(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_event event = event_of(&t.cx, STR("{\"model\":\"m\"," MESSAGES "}"));
    struct llm_request request = {0};
    CHECK_STATUS(&t.cx, face_anthropic_count.read(&t.cx, &event, &request), OK);
    CHECK_I64("protocol", request.protocol, LLM_PROTOCOL_ANTHROPIC_COUNT);
    CHECK_STR("model", request.model, STR("m"));
    assert_null(request.chat);
    CHECK_STR("estimate", anthropic_count_estimate(&t.cx, &request), STR("{\"input_tokens\":57}"));
}

static void failures_have_anthropics_statuses_and_types(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        int http_status;
        const char *type, *code;
    } cases[] = {
        {ERR_INVALID, 400, "invalid_request_error", "VALIDATION_FAILED"},
        {ERR_REFUSED, 400, "invalid_request_error", "REFUSED"},
        {ERR_UNAUTHENTICATED, 401, "authentication_error", "UNAUTHORIZED"},
        {ERR_BUDGET, 402, "billing_error", "BUDGET_EXCEEDED"},
        {ERR_FORBIDDEN, 403, "permission_error", "FORBIDDEN"},
        {ERR_NOT_FOUND, 404, "not_found_error", "NOT_FOUND"},
        {ERR_METHOD, 405, "invalid_request_error", "METHOD_NOT_ALLOWED"},
        {ERR_CONFLICT, 409, "conflict_error", "CONFLICT"},
        {ERR_TOO_LARGE, 413, "request_too_large", "PAYLOAD_TOO_LARGE"},
        {ERR_RATE_LIMITED, 429, "rate_limit_error", "RATE_LIMITED"},
        {ERR_INTERNAL, 500, "api_error", "INTERNAL"},
        {ERR_UPSTREAM, 502, "api_error", "UPSTREAM_ERROR"},
        {ERR_UNAVAILABLE, 503, "api_error", "DATABASE_ERROR"},
        {ERR_OVERLOADED, 529, "overloaded_error", "OVERLOADED"},
        {ERR_TIMEOUT, 504, "timeout_error", "TIMEOUT"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct face_error error;
        const struct json *root = NULL;
        (void)fail(&t.cx, cases[i].status, "the provider said: secret");
        face_anthropic.error(&t.cx, cases[i].status, &error);
        CHECK_I64(cases[i].type, error.http_status, cases[i].http_status);
        CHECK_STATUS(&t.cx, json_read(&t.cx, error.body, NULL, &root), OK);
        const struct json *body = json_find(root, STR("error"));
        CHECK_STR("type", json_find_str(body, STR("type")), str_from_cstr(cases[i].type));
        CHECK_STR("code", json_find_str(json_find(body, STR("details")), STR("error_code")),
                  str_from_cstr(cases[i].code));
        assert_true(str_find(error.body, STR("secret")) == SIZE_MAX);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum status gather(struct ctx *cx, void *arg, struct str bytes)
{
    (void)cx;
    buf_add(arg, bytes);
    return OK;
}

static struct face_writer *writer_of(struct ctx *cx, struct llm_request *request, struct buf *out)
{
    *out = buf_in(cx->arena, 65536);
    request->model = STR("fast");
    return face_anthropic.writer_new(
        cx, &(struct face_writing){
                .request = request, .call_id = STR(UUID), .write = gather, .arg = out});
}

static void take_all(struct ctx *cx, struct face_writer *writer, const struct llm_event *events,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct llm_event event = events[i];
        event.text = exact_copy(cx, event.text);
        CHECK_STATUS(cx, face_anthropic.take(cx, writer, &event), OK);
    }
}

#define EV(what, ...)                                                                              \
    {                                                                                              \
        .kind = LLM_EVENT_##what, __VA_ARGS__                                                      \
    }
static const struct llm_event answer[] = {
    EV(START, .id = STR_INIT("chatcmpl-1"), .model = STR_INIT("gpt-x")),
    EV(USAGE, .usage = {.input = 10, .cache_write_5m = 1, .cache_write_1h = 2, .cache_read = 4}),
    EV(THINKING, .index = 0, .text = STR_INIT("hm")),
    EV(SIGNATURE, .index = 0, .text = STR_INIT("sig")),
    EV(BLOCK_END, .index = 0),
    EV(TEXT, .index = 1, .text = STR_INIT("")),
    EV(TEXT, .index = 1, .text = STR_INIT("Hi \"you\"\n")),
    EV(TEXT, .index = 1, .text = STR_INIT("\xC3\xBC")),
    EV(BLOCK_END, .index = 1),
    EV(TOOL_START, .index = 2, .id = STR_INIT("call_1"), .name = STR_INIT("look")),
    EV(TOOL_INPUT, .index = 2, .text = STR_INIT("{\"at\"")),
    EV(TOOL_START, .index = 3, .id = STR_INIT("call_2"), .name = STR_INIT("wait")),
    EV(TOOL_INPUT, .index = 2, .text = STR_INIT(": 1}")),
    EV(BLOCK_END, .index = 2),
    EV(BLOCK_END, .index = 3),
    EV(REFUSAL, .index = 4, .text = STR_INIT("no")),
    EV(BLOCK_END, .index = 4),
    EV(OTHER, .index = 5, .text = STR_INIT("{\"type\":\"redacted_thinking\",\"data\":\"z\"}")),
    EV(BLOCK_END, .index = 5),
    EV(FINISH, .finish = LLM_FINISH_TOOLS),
    EV(USAGE, .usage = {.input = 10,
                        .cache_write_5m = 1,
                        .cache_write_1h = 2,
                        .cache_read = 4,
                        .output = 30,
                        .reasoning = 5}),
    EV(END, .index = 0),
};

static struct str file_of(struct ctx *cx, const char *name)
{
    struct str text = {0};
    const char *path = arena_format(cx->arena, "tests/cases/anthropic/%s", name).ptr;
    CHECK_STATUS(cx, file_read(cx, path, MIB(1), &text), OK);
    return text;
}

static void an_answer_is_written_as_a_stream(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {.stream = true};
    struct buf out;
    struct face_writer *writer = writer_of(&t.cx, &request, &out);
    take_all(&t.cx, writer, answer, ARRAY_LEN(answer));
    CHECK_STR("stream", buf_str(&out), file_of(&t.cx, "answer.sse"));
}

static void an_answer_is_written_whole(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {0};
    struct buf out;
    struct face_writer *writer = writer_of(&t.cx, &request, &out);
    take_all(&t.cx, writer, answer, ARRAY_LEN(answer) - 1);
    CHECK_STR("before the end", buf_str(&out), STR(""));
    take_all(&t.cx, writer, &answer[ARRAY_LEN(answer) - 1], 1);
    CHECK_STR("whole", buf_str(&out), file_of(&t.cx, "answer.json"));
}

static void blocks_without_an_end_are_ended(void **state)
{
    (void)state;
    static const struct llm_event events[] = {
        EV(START, .id = STR_INIT("msg_own")),
        EV(TEXT, .index = 7, .text = STR_INIT("a")),
        EV(FINISH, .finish = LLM_FINISH_SEQUENCE, .stop_sequence = STR_INIT("X")),
        EV(END, .index = 0),
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {.stream = true};
    struct buf out;
    struct face_writer *writer = writer_of(&t.cx, &request, &out);
    take_all(&t.cx, writer, events, ARRAY_LEN(events));
    struct str text = buf_str(&out);
    assert_true(str_find(text, STR("\"id\":\"msg_own\"")) != SIZE_MAX);
    assert_true(str_find(text, STR("\"model\":\"fast\"")) != SIZE_MAX);
    assert_true(str_find(text, STR("\"index\":0}\n\nevent: message_delta")) != SIZE_MAX);
    assert_true(str_find(text, STR("\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"X\"")) !=
                SIZE_MAX);
}

static void arguments_that_are_not_json_stay_text(void **state)
{
    (void)state;
    static const struct llm_event events[] = {
        EV(START, .id = STR_INIT("x")),
        EV(TOOL_START, .index = 0, .id = STR_INIT("c"), .name = STR_INIT("n")),
        EV(TOOL_INPUT, .index = 0, .text = STR_INIT("{\"a")),
        EV(END, .index = 0),
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {0};
    struct buf out;
    const struct json *root = NULL;
    take_all(&t.cx, writer_of(&t.cx, &request, &out), events, ARRAY_LEN(events));
    CHECK_STATUS(&t.cx, json_read(&t.cx, buf_str(&out), NULL, &root), OK);
    CHECK_STR("input", json_find_str(json_find(root, STR("content"))->first, STR("input")),
              STR("{\"a"));
}

static void a_stream_that_fails_ends_with_an_error_event(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {.stream = true};
    struct buf out;
    struct face_writer *writer = writer_of(&t.cx, &request, &out);
    t.cx.request_id = STR("r1");
    CHECK_STATUS(&t.cx,
                 face_anthropic.take(&t.cx, writer, &(struct llm_event)EV(ERROR, .index = 0)), OK);
    (void)fail(&t.cx, ERR_UPSTREAM, "secret");
    CHECK_STATUS(&t.cx, face_anthropic.fail(&t.cx, writer, ERR_UPSTREAM), OK);
    CHECK_STR("event", buf_str(&out),
              STR("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                  "\"message\":\"A service behind this one failed\",\"details\":{\"error_code\":"
                  "\"UPSTREAM_ERROR\"}},\"request_id\":\"r1\"}\n\n"));
}

static enum status refuse(struct ctx *cx, void *arg, struct str bytes)
{
    (void)arg;
    (void)bytes;
    return fail(cx, ERR_CONFLICT, "gone");
}

static void a_caller_who_is_gone_ends_the_writing(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_request request = {.stream = true};
    struct face_writer *writer = face_anthropic.writer_new(
        &t.cx, &(struct face_writing){.request = &request, .write = refuse});
    CHECK_STATUS(&t.cx, face_anthropic.take(&t.cx, writer, &answer[0]), OK);
    CHECK_STATUS(&t.cx, face_anthropic.take(&t.cx, writer, &answer[2]), ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_content_block_is_read),
        cmocka_unit_test(parameters_and_tools_are_read),
        cmocka_unit_test(bodies_at_fault_are_refused_with_the_place),
        cmocka_unit_test(a_thread_is_refused_with_the_code_that_clients_know),
        cmocka_unit_test(members_that_ask_for_nothing_special_are_passed_on),
        cmocka_unit_test(versions_and_betas_are_checked),
        cmocka_unit_test(betas_have_512_bytes_and_not_one_more),
        cmocka_unit_test(a_count_needs_no_max_tokens_and_has_no_chat),
        cmocka_unit_test(failures_have_anthropics_statuses_and_types),
        cmocka_unit_test(an_answer_is_written_as_a_stream),
        cmocka_unit_test(an_answer_is_written_whole),
        cmocka_unit_test(blocks_without_an_end_are_ended),
        cmocka_unit_test(arguments_that_are_not_json_stay_text),
        cmocka_unit_test(a_stream_that_fails_ends_with_an_error_event),
        cmocka_unit_test(a_caller_who_is_gone_ends_the_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
