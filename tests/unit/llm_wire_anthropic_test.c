#include "shared/llm/wire/wire.h"

#include "shared/base/file.h"
#include "tests/support/check.h"
#include "tests/support/llm_events.h"

#define FROM_2023 "2023-06-01"
#define FROM_2026 "2026-10-21"

static const struct llm_version_rule no_sampling = {
    .since = STR_INIT(FROM_2026),
    .refuses = LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_P | LLM_ACCEPTS_TOP_K,
};
static const struct llm_provider provider = {.name = STR_INIT("anthropic")};
static const struct llm_model old_model = {
    .id = STR_INIT("claude-haiku-4-5"),
    .accepts = LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_P | LLM_ACCEPTS_TOP_K | LLM_ACCEPTS_STOP |
               LLM_ACCEPTS_TOOLS | LLM_ACCEPTS_IMAGES | LLM_ACCEPTS_SCHEMA | LLM_ACCEPTS_THINKING |
               LLM_ACCEPTS_STREAM,
    .max_output_tokens = 64000,
    .rules = &no_sampling,
    .rule_count = 1,
};
static const struct llm_model new_model = {
    .id = STR_INIT("claude-opus-5"),
    .accepts = LLM_ACCEPTS_STOP | LLM_ACCEPTS_TOOLS | LLM_ACCEPTS_IMAGES | LLM_ACCEPTS_SCHEMA |
               LLM_ACCEPTS_STREAM | LLM_ACCEPTS_EFFORT,
    .max_output_tokens = 128000,
};
static const struct llm_model plain_model = {.id = STR_INIT("plain"), .max_output_tokens = 4096};

/* ---- requests in the same protocol ----------------------------------------------------------- */

struct native_case {
    const char *name;
    const struct llm_model *model;
    struct str version, body;
    int64_t max_tokens, cap;
    struct str want, dropped;
    enum llm_auth auth;
};
static const struct native_case natives[] = {
    {"nothing to change", &old_model, STR_INIT(FROM_2023),
     STR_INIT("{ \"model\" : \"claude-haiku-4-5\", \"max_tokens\": 5, \"new\":[1 ,2]}"), 5, 0,
     STR_INIT("{ \"model\" : \"claude-haiku-4-5\", \"max_tokens\": 5, \"new\":[1 ,2]}"),
     STR_INIT(""), LLM_AUTH_X_API_KEY},
    {"an alias, and the newer version", &old_model, STR_INIT(FROM_2026),
     STR_INIT("{\"model\":\"fast\",\"max_tokens\":5}"), 5, 0,
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":5}"), STR_INIT(""), LLM_AUTH_BEARER},
    {"more tokens than the cap", &old_model, STR_INIT(FROM_2026),
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":501}"), 501, 500,
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":500}"), STR_INIT(""),
     LLM_AUTH_BEARER},
    {"as many as the cap", &old_model, STR_INIT(FROM_2026),
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":500}"), 500, 500,
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":500}"), STR_INIT(""),
     LLM_AUTH_BEARER},
    {"none at all warms the cache", &old_model, STR_INIT(FROM_2026),
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":0}"), 0, 500,
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":0}"), STR_INIT(""), LLM_AUTH_BEARER},
    {"sampling that the model takes", &old_model, STR_INIT(FROM_2023),
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":5,\"temperature\":0.30}"), 5, 0,
     STR_INIT("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":5,\"temperature\":0.30}"),
     STR_INIT(""), LLM_AUTH_X_API_KEY},
    {"sampling that it does not take, from a caller who cannot know", &new_model,
     STR_INIT(FROM_2023),
     STR_INIT("{\"top_p\":1,\"temperature\":0.3,\"model\":\"claude-opus-5\",\"top_k\":4}"), 5, 0,
     STR_INIT("{\"model\":\"claude-opus-5\"}"), STR_INIT("temperature, top_p, top_k"),
     LLM_AUTH_X_API_KEY},
    {"sampling that it does not take, from a caller who should know", &new_model,
     STR_INIT(FROM_2026), STR_INIT("{\"model\":\"claude-opus-5\",\"temperature\":0.3}"), 5, 0,
     STR_INIT("{\"model\":\"claude-opus-5\",\"temperature\":0.3}"), STR_INIT(""), LLM_AUTH_BEARER},
};

static struct str field_of(const struct llm_wire_request *out, struct str name)
{
    for (size_t i = 0; i < out->field_count; i++) {
        if (str_eq(out->fields[i].name, name)) {
            return out->fields[i].value;
        }
    }
    return (struct str){0};
}

static void native_check(const struct native_case *c)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_target target = {.provider = &provider, .model = c->model};
    struct llm_chat chat = {.max_tokens = c->max_tokens};
    struct llm_request request = {
        .protocol = LLM_PROTOCOL_ANTHROPIC,
        .body = exact_copy(&t.cx, c->body),
        .chat = &chat,
        .api_version = c->version,
        .beta = STR("files-api-2025-04-14"),
        .max_tokens_cap = c->cap,
        .stream = true,
    };
    struct llm_wire_request out;
    CHECK_STATUS(&t.cx, json_read(&t.cx, request.body, NULL, &request.root), OK);
    CHECK_STATUS(&t.cx, llm_wire_anthropic.request(&t.cx, &target, &request, &out), OK);
    CHECK_STR(c->name, out.body, c->want);
    CHECK_STR(c->name, out.dropped, c->dropped);
    CHECK_STR(c->name, out.path, STR("/v1/messages"));
    CHECK_STR(c->name, field_of(&out, STR("anthropic-version")), c->version);
    CHECK_STR(c->name, field_of(&out, STR("anthropic-beta")), STR("files-api-2025-04-14"));
    CHECK_STR(c->name, field_of(&out, STR("content-type")), STR("application/json"));
    CHECK_I64(c->name, out.field_count, 3);
    CHECK_I64(c->name, out.auth, c->auth);
    assert_true(out.is_raw && out.is_stream);
}

static void a_body_in_the_same_protocol_is_the_callers_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(natives); i++) {
        native_check(&natives[i]);
    }
}

static void a_count_goes_to_its_own_path_and_is_no_stream(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_target target = {.provider = &provider, .model = &old_model};
    struct llm_request request = {
        .protocol = LLM_PROTOCOL_ANTHROPIC_COUNT,
        .body = STR("{\"model\":\"fast\",\"messages\":[]}"),
        .api_version = STR(FROM_2023),
    };
    struct llm_wire_request out;
    struct heard_events events = {.text = buf_in(t.cx.arena, 1024)};
    CHECK_STATUS(&t.cx, json_read(&t.cx, request.body, NULL, &request.root), OK);
    CHECK_STATUS(&t.cx, llm_wire_anthropic.request(&t.cx, &target, &request, &out), OK);
    CHECK_STR("path", out.path, STR("/v1/messages/count_tokens"));
    CHECK_STR("body", out.body, STR("{\"model\":\"claude-haiku-4-5\",\"messages\":[]}"));
    assert_true(out.is_raw && !out.is_stream);
    CHECK_STATUS(
        &t.cx,
        llm_wire_anthropic.whole(&t.cx, &out, STR("{\"input_tokens\":7}"), heard_event, &events),
        OK);
    CHECK_STR("events", buf_str(&events.text), STR("start   | done"));
    CHECK_STATUS(&t.cx, llm_wire_anthropic.whole(&t.cx, &out, STR("{}"), heard_event, &events),
                 ERR_UPSTREAM);
}

/* ---- requests translated --------------------------------------------------------------------- */

#define PARTS(...)                                                                                 \
    .parts = (const struct llm_part[]){__VA_ARGS__},                                               \
    .part_count = sizeof((const struct llm_part[]){__VA_ARGS__}) / sizeof(struct llm_part)

static const struct llm_message turns[] = {
    {LLM_SYSTEM, PARTS({.kind = LLM_PART_TEXT,
                        .text = STR_INIT("Be \"brief\"."),
                        .cache_control = STR_INIT("{\"type\":\"ephemeral\"}")})},
    {LLM_USER,
     PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("What is it?")},
           {.kind = LLM_PART_TEXT, .text = STR_INIT("")},
           {.kind = LLM_PART_IMAGE, .url = STR_INIT("https://a.example/b.png")},
           {.kind = LLM_PART_IMAGE, .media_type = STR_INIT("image/png"), .data = STR_INIT("AAEC")},
           {.kind = LLM_PART_DOCUMENT,
            .media_type = STR_INIT("application/pdf"),
            .data = STR_INIT("AAED"),
            .name = STR_INIT("t")},
           {.kind = LLM_PART_DOCUMENT, .text = STR_INIT("plain")})},
    {LLM_ASSISTANT,
     PARTS({.kind = LLM_PART_THINKING, .text = STR_INIT("hm"), .signature = STR_INIT("sig")},
           {.kind = LLM_PART_THINKING, .text = STR_INIT("not signed")},
           {.kind = LLM_PART_REDACTED,
            .json = STR_INIT("{\"type\":\"redacted_thinking\",\"data\":\"x\"}")},
           {.kind = LLM_PART_REFUSAL, .text = STR_INIT("no")},
           {.kind = LLM_PART_TOOL_CALL,
            .id = STR_INIT("c1"),
            .name = STR_INIT("look"),
            .json = STR_INIT("{\"at\": 1}")},
           {.kind = LLM_PART_TOOL_CALL, .id = STR_INIT("c2"), .name = STR_INIT("wait")})},
    {LLM_TOOL, PARTS({.kind = LLM_PART_TOOL_RESULT,
                      .id = STR_INIT("c1"),
                      PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("a cat")},
                            {.kind = LLM_PART_IMAGE,
                             .media_type = STR_INIT("image/gif"),
                             .data = STR_INIT("AA==")})})},
    {LLM_TOOL, PARTS({.kind = LLM_PART_TOOL_RESULT,
                      .id = STR_INIT("c2"),
                      .is_error = true,
                      PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("")})})},
    {LLM_SYSTEM, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("And kind.")})},
    {LLM_USER, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("")})},
};
static const struct llm_tool tools[] = {
    {.name = STR_INIT("look"),
     .description = STR_INIT("Looks."),
     .schema = STR_INIT("{\"type\":\"object\"}"),
     .strict = true,
     .cache_control = STR_INIT("{\"type\":\"ephemeral\",\"ttl\":\"1h\"}")},
    {.name = STR_INIT("wait")},
};
static const struct str stops[] = {STR_INIT("END"), STR_INIT("\n\n")};

static const struct llm_chat rich = {
    .messages = turns,
    .message_count = ARRAY_LEN(turns),
    .tools = tools,
    .tool_count = ARRAY_LEN(tools),
    .tool_choice = LLM_TOOLS_ONE,
    .tool_name = STR_INIT("look"),
    .no_parallel_tools = true,
    .max_tokens = 3000,
    .temperature = STR_INIT("0.30"),
    .top_k = STR_INIT("4"),
    .stops = stops,
    .stop_count = ARRAY_LEN(stops),
    .format = LLM_FORMAT_SCHEMA,
    .schema = STR_INIT("{\"type\":\"object\" }"),
    .effort = STR_INIT("minimal"),
    .thinking_budget = 100,
    .user = STR_INIT("u1"),
    .untranslated = STR_INIT("seed, logprobs"),
};

static const char rich_turns[] =
    "\"system\":[{\"type\":\"text\",\"text\":\"Be \\\"brief\\\".\",\"cache_control\":{\"type\":"
    "\"ephemeral\"}},{\"type\":\"text\",\"text\":\"And kind.\"}],\"messages\":["
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is it?\"},"
    "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/b.png\"}},"
    "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":"
    "\"AAEC\"}},{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":"
    "\"application/pdf\",\"data\":\"AAED\"},\"title\":\"t\"},{\"type\":\"document\",\"source\":"
    "{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"plain\"}}]},"
    "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
    "\"signature\":\"sig\"},{\"type\":\"redacted_thinking\",\"data\":\"x\"},"
    "{\"type\":\"text\",\"text\":\"no\"},"
    "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"look\",\"input\":{\"at\": 1}},"
    "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"wait\",\"input\":{}}]},"
    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":"
    "[{\"type\":\"text\",\"text\":\"a cat\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\","
    "\"media_type\":\"image/gif\",\"data\":\"AA==\"}}]},"
    "{\"type\":\"tool_result\",\"tool_use_id\":\"c2\",\"content\":"
    "[],\"is_error\":true}]}],"
    "\"tools\":[{\"name\":\"look\",\"description\":\"Looks.\",\"input_schema\":{\"type\":"
    "\"object\"},\"strict\":true,\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}},"
    "{\"name\":\"wait\",\"input_schema\":{\"type\":\"object\",\"properties\":{}}}],"
    "\"tool_choice\":{\"type\":\"tool\",\"name\":\"look\",\"disable_parallel_tool_use\":true},";

struct translated_case {
    const char *name;
    const struct llm_model *model;
    const char *want_head, *want_tail;
    struct str version, dropped;
};
static const struct translated_case translations[] = {
    {"for a model that takes sampling", &old_model,
     "{\"model\":\"claude-haiku-4-5\",\"max_tokens\":3000,",
     "\"temperature\":0.30,\"top_k\":4,\"stop_sequences\":[\"END\",\"\\n\\n\"],"
     "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\" }}},"
     "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024},"
     "\"metadata\":{\"user_id\":\"u1\"},\"stream\":true}",
     STR_INIT(FROM_2023), STR_INIT("seed, logprobs, reasoning_effort")},
    {"for a model that takes effort instead", &new_model,
     "{\"model\":\"claude-opus-5\",\"max_tokens\":3000,",
     "\"stop_sequences\":[\"END\",\"\\n\\n\"],\"output_config\":{\"effort\":\"low\",\"format\":"
     "{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\" }}},"
     "\"metadata\":{\"user_id\":\"u1\"},\"stream\":true}",
     STR_INIT(FROM_2026), STR_INIT("seed, logprobs, temperature, top_k, thinking")},
};

static void a_chat_is_written_in_anthropics_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(translations); i++) {
        const struct translated_case *c = &translations[i];
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_target target = {.provider = &provider, .model = c->model};
        struct llm_request request = {
            .protocol = LLM_PROTOCOL_OPENAI_CHAT,
            .chat = &rich,
            .stream = true,
            .api_version = STR("x"),
            .beta = STR("y"),
        };
        struct llm_wire_request out;
        const struct json *root = NULL;
        CHECK_STATUS(&t.cx, llm_wire_anthropic.request(&t.cx, &target, &request, &out), OK);
        CHECK_STR(c->name, out.body,
                  arena_format(t.cx.arena, "%s%s%s", c->want_head, rich_turns, c->want_tail));
        CHECK_STATUS(&t.cx, json_read(&t.cx, out.body, NULL, &root), OK);
        CHECK_STR(c->name, out.dropped, c->dropped);
        CHECK_STR(c->name, field_of(&out, STR("anthropic-version")), c->version);
        CHECK_STR(c->name, field_of(&out, STR("anthropic-beta")), STR(""));
        assert_true(!out.is_raw && out.is_stream);
    }
}

static struct llm_chat chat_of(const struct llm_message *messages, size_t count)
{
    return (struct llm_chat){
        .messages = messages,
        .message_count = count,
        .max_tokens = -1,
        .thinking_budget = -1,
    };
}

static const struct llm_message hello[] = {
    {LLM_USER, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("hi")})}};

static struct str body_of(struct ctx *cx, const struct llm_model *model,
                          const struct llm_chat *chat, int64_t fallback, int64_t cap)
{
    struct llm_target target = {.provider = &provider, .model = model};
    struct llm_request request = {
        .chat = chat, .max_tokens_default = fallback, .max_tokens_cap = cap};
    struct llm_wire_request out;
    CHECK_STATUS(cx, llm_wire_anthropic.request(cx, &target, &request, &out), OK);
    return out.body;
}

static void max_tokens_is_always_there(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t own, fallback, cap, want;
    } cases[] = {
        {"its own", 7, 5, 0, 7},
        {"the default", -1, 5, 0, 5},
        {"the model's", -1, 0, 0, 4096},
        {"the cap", 7, 5, 6, 6},
        {"no more than it can", 4097, 0, 0, 4096},
        {"all it can", 4096, 0, 0, 4096},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_chat chat = chat_of(hello, 1);
        int64_t got = 0;
        const struct json *root = NULL;
        chat.max_tokens = cases[i].own;
        struct str body = body_of(&t.cx, &plain_model, &chat, cases[i].fallback, cases[i].cap);
        CHECK_STATUS(&t.cx, json_read(&t.cx, body, NULL, &root), OK);
        assert_true(json_is_i64(json_find(root, STR("max_tokens")), &got));
        CHECK_I64(cases[i].name, got, cases[i].want);
    }
}

static void tool_choices_are_translated(void **state)
{
    (void)state;
    static const struct {
        enum llm_tool_choice choice;
        bool no_parallel;
        struct str want; /* empty: none */
    } cases[] = {
        {LLM_TOOLS_UNSET, false, STR_INIT("")},
        {LLM_TOOLS_UNSET, true, STR_INIT("{\"type\":\"auto\",\"disable_parallel_tool_use\":true}")},
        {LLM_TOOLS_AUTO, false, STR_INIT("{\"type\":\"auto\"}")},
        {LLM_TOOLS_ANY, true, STR_INIT("{\"type\":\"any\",\"disable_parallel_tool_use\":true}")},
        {LLM_TOOLS_NONE, true, STR_INIT("{\"type\":\"none\"}")},
        {LLM_TOOLS_ONE, false, STR_INIT("{\"type\":\"tool\",\"name\":\"wait\"}")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_chat chat = chat_of(hello, 1);
        const struct json *root = NULL;
        chat.tools = tools;
        chat.tool_count = 2;
        chat.tool_name = STR("wait");
        chat.tool_choice = cases[i].choice;
        chat.no_parallel_tools = cases[i].no_parallel;
        CHECK_STATUS(&t.cx, json_read(&t.cx, body_of(&t.cx, &old_model, &chat, 0, 0), NULL, &root),
                     OK);
        const struct json *choice = json_find(root, STR("tool_choice"));
        CHECK_STR("choice", choice == NULL ? STR("") : choice->span, cases[i].want);
    }
}

static const struct llm_message image[] = {
    {LLM_USER, PARTS({.kind = LLM_PART_IMAGE, .url = STR_INIT("https://a.example/")})}};
static const struct llm_message shown[] = {
    {LLM_TOOL, PARTS({.kind = LLM_PART_TOOL_RESULT,
                      PARTS({.kind = LLM_PART_IMAGE, .url = STR_INIT("https://a/")})})}};
static const struct llm_message other[] = {
    {LLM_USER, PARTS({.kind = LLM_PART_OTHER, .json = STR_INIT("{}")})}};

static void what_the_model_cannot_take_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *name, *words;
        struct llm_chat chat;
    } cases[] = {
        {"images", "plain does not take images or documents", chat_of(image, 1)},
        {"images in results", "plain does not take images or documents", chat_of(shown, 1)},
        {"foreign blocks", "plain does not take a content block of another provider's own",
         chat_of(other, 1)},
        {"tools", "plain does not take tools", {.tools = tools, .tool_count = 1}},
        {"choices", "plain does not take more than one choice", {.choices = 2}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_target target = {.provider = &provider, .model = &plain_model};
        struct llm_request request = {.chat = &cases[i].chat};
        struct llm_wire_request out;
        CHECK_STATUS(&t.cx, llm_wire_anthropic.request(&t.cx, &target, &request, &out),
                     ERR_INVALID);
        CHECK_STR(cases[i].name, str_from_cstr(t.cx.err.words), str_from_cstr(cases[i].words));
    }
}

static void embeddings_are_not_anthropics(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_target target = {.provider = &provider, .model = &plain_model};
    struct llm_request request = {.protocol = LLM_PROTOCOL_OPENAI_EMBEDDINGS};
    struct llm_wire_request out;
    CHECK_STATUS(&t.cx, llm_wire_anthropic.request(&t.cx, &target, &request, &out), ERR_INVALID);
}

/* ---- errors ---------------------------------------------------------------------------------- */

#define ERROR_BODY(type, message, details)                                                         \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"" details     \
    "},\"request_id\":\"req_1\"}"
#define DETAILS(code) ",\"details\":{\"error_code\":\"" code "\"}"

static const struct {
    const char *name;
    int http_status;
    enum llm_failure_class kind;
    const char *fields, *body, *code;
    int64_t retry_after_ms;
} errors[] = {
    {"a bad request", 400, LLM_BAD_REQUEST, "", ERROR_BODY("invalid_request_error", "x: y", ""),
     "invalid_request_error", -1},
    {"too long", 400, LLM_TOO_LONG, "",
     ERROR_BODY("invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum", ""),
     "prompt_too_long", -1},
    {"too long with its answer", 400, LLM_TOO_LONG, "",
     ERROR_BODY("invalid_request_error",
                "input length and `max_tokens` exceed context limit: 1 + 2 > 2", ""),
     "prompt_too_long", -1},
    {"one's own limit", 400, LLM_NO_MONEY, "",
     ERROR_BODY("invalid_request_error", "You have reached your specified API usage limits.", ""),
     "spend_limit_reached", -1},
    {"no credit", 400, LLM_NO_MONEY, "retry-after: 3\n",
     ERROR_BODY("invalid_request_error", "Your credit balance is too low to access the API", ""),
     "billing_error", -1},
    {"our key", 401, LLM_AUTH, "", ERROR_BODY("authentication_error", "invalid x-api-key", ""),
     "authentication_error", -1},
    {"billing", 402, LLM_NO_MONEY, "",
     ERROR_BODY("billing_error", "x", DETAILS("linked_organization_spend_limit_reached")),
     "linked_organization_spend_limit_reached", -1},
    {"not allowed", 403, LLM_AUTH, "", ERROR_BODY("permission_error", "x", ""), "permission_error",
     -1},
    {"retired", 404, LLM_NOT_FOUND, "", ERROR_BODY("not_found_error", "model: claude-2", ""),
     "not_found_error", -1},
    {"too large", 413, LLM_TOO_LONG, "", ERROR_BODY("request_too_large", "x", ""),
     "request_too_large", -1},
    {"slow down", 429, LLM_SLOW_DOWN, "retry-after: 7\n", ERROR_BODY("rate_limit_error", "x", ""),
     "rate_limit_error", 7000},
    {"too steep", 429, LLM_SLOW_DOWN, "retry-after: 2\n",
     ERROR_BODY("rate_limit_error", "x", DETAILS("ramp_limit_exceeded")), "ramp_limit_exceeded",
     2000},
    {"spent", 429, LLM_NO_MONEY, "retry-after: 7\n",
     ERROR_BODY("rate_limit_error", "x", DETAILS("enforced_spend_limit_reached")),
     "enforced_spend_limit_reached", -1},
    {"spent by contract", 429, LLM_NO_MONEY, "",
     ERROR_BODY("rate_limit_error", "x", DETAILS("contract_spend_limit_reached")),
     "contract_spend_limit_reached", -1},
    {"a code not known", 429, LLM_SLOW_DOWN, "",
     ERROR_BODY("rate_limit_error", "x", DETAILS("brand_new")), "rate_limit_error", -1},
    {"theirs", 500, LLM_AMBIGUOUS, "", ERROR_BODY("api_error", "x", ""), "api_error", -1},
    {"a proxy", 502, LLM_AMBIGUOUS, "", "<html>secret</html>", "api_error", -1},
    {"late", 504, LLM_AMBIGUOUS, "", ERROR_BODY("timeout_error", "x", ""), "timeout_error", -1},
    {"overloaded", 529, LLM_SLOW_DOWN, "", ERROR_BODY("overloaded_error", "x", ""),
     "overloaded_error", -1},
};

static void errors_are_classified(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_response res = {
            .status = errors[i].http_status,
            .fields = str_from_cstr(errors[i].fields),
            .body = exact_copy(&t.cx, str_from_cstr(errors[i].body)),
        };
        struct llm_failure failure = {0};
        llm_wire_anthropic.classify(&t.cx, &res, &failure);
        CHECK_I64(errors[i].name, failure.kind, errors[i].kind);
        CHECK_I64(errors[i].name, failure.http_status, errors[i].http_status);
        CHECK_STR(errors[i].name, failure.code, str_from_cstr(errors[i].code));
        CHECK_I64(errors[i].name, failure.retry_after_ms, errors[i].retry_after_ms);
        CHECK_STR(errors[i].name, failure.member,
                  failure.kind == LLM_BAD_REQUEST ? STR("x") : STR("")); /* of "x: y" */
        assert_true(failure.words.len > 0);
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define MESSAGE_START                                                                              \
    EVENT("message_start",                                                                         \
          ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"  \
          "\"claude-x\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{"    \
          "\"input_tokens\":10,\"cache_creation_input_tokens\":3,\"cache_read_input_tokens\":4,"   \
          "\"cache_creation\":{\"ephemeral_5m_input_tokens\":1,\"ephemeral_1h_input_tokens\":2},"  \
          "\"output_tokens\":1}}")
#define BLOCK_START(index, block)                                                                  \
    EVENT("content_block_start", ",\"index\":" index ",\"content_block\":" block)
#define DELTA(index, delta) EVENT("content_block_delta", ",\"index\":" index ",\"delta\":" delta)
#define BLOCK_STOP(index)   EVENT("content_block_stop", ",\"index\":" index)
#define MESSAGE_DELTA(reason, usage)                                                               \
    EVENT("message_delta", ",\"delta\":{\"stop_reason\":" reason "},\"usage\":" usage)
#define MESSAGE_STOP EVENT("message_stop", "")

static const char rich_events[] =
    "start msg_1 claude-x | "
    "usage in=10 read=4 w5=1 w1=2 out=1 think=0 | "
    "think 0  | think 0 hm | sign 0 sig | end 0 | "
    "other 1 {\"type\":\"redacted_thinking\",\"data\":\"zz\"} | end 1 | "
    "text 2  | text 2 Gr\xC3\xBC\xC3\x9F e | end 2 | "
    "tool 3 toolu_1 look | input 3 {\"at\": | input 3 1} | end 3 | "
    "tool 4 toolu_2 wait | input 4 {} | end 4 | "
    "other 5 {\"type\":\"server_tool_use\",\"id\":\"s\",\"input\":{\"q\":2},\"name\":"
    "\"web_search\"} | end 5 | "
    "usage in=10 read=4 w5=1 w1=2 out=20 think=0 | "
    "usage in=11 read=4 w5=1 w1=2 out=30 think=5 | "
    "finish tools | done";

/* What a stream gives when it comes in pieces of `step`; raw records go to `raw`. */
static enum status feed(struct ctx *cx, struct str bytes, size_t step, struct heard_events *events,
                        struct buf *raw)
{
    const struct llm_wire *wire = &llm_wire_anthropic;
    struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_ANTHROPIC, .is_raw = true};
    struct llm_wire_stream *stream = wire->stream_new(cx, &sent);
    *events = (struct heard_events){.text = buf_in(cx->arena, 65536)};
    *raw = buf_in(cx->arena, 65536);
    for (size_t at = 0; at < bytes.len; at += step) {
        struct str piece = exact_copy(cx, str_slice(bytes, at, at + step));
        TRY(wire->stream_feed(cx, stream, piece, heard_event, events));
        buf_add(raw, wire->stream_raw(stream));
    }
    return OK;
}

static void a_stream_is_read_at_any_cut(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx outer = test_ctx_open(&outer);
    struct str bytes = {0};
    CHECK_STATUS(&outer.cx,
                 file_read(&outer.cx, "tests/cases/anthropic/every_event.sse", MIB(1), &bytes), OK);
    for (size_t step = 1; step <= bytes.len; step += step < 64 ? 1 : 97) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard_events events;
        struct buf raw;
        CHECK_STATUS(&t.cx, feed(&t.cx, bytes, step, &events, &raw), OK);
        CHECK_STR("events", buf_str(&events.text), STR(rich_events));
        CHECK_STR("raw", buf_str(&raw), bytes);
    }
}

static void a_raw_stream_is_handed_on_in_whole_records(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard_events events;
    struct buf raw;
    struct str record = STR(MESSAGE_START);
    struct str bytes = STR(MESSAGE_START BLOCK_STOP("0"));
    CHECK_STATUS(&t.cx, feed(&t.cx, str_slice(bytes, 0, bytes.len - 1), 5, &events, &raw), OK);
    CHECK_STR("raw", buf_str(&raw), record);
}

static void a_whole_message_is_read_as_its_stream(void **state)
{
    (void)state;
    static const char message[] =
        "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\","
        "\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"sig\"},"
        "{\"type\":\"text\",\"text\":\"Hi\"},"
        "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"look\",\"input\":{\"at\" : 1}},"
        "{\"type\":\"brand_new\",\"x\":[1]}],"
        "\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"X\",\"usage\":{\"input_tokens\":10,"
        "\"cache_creation_input_tokens\":3,\"cache_read_input_tokens\":null,\"output_tokens\":8}}";
    static const char want[] =
        "start msg_1 claude-x | usage in=10 read=0 w5=3 w1=0 out=8 think=0 | "
        "think 0 hm | sign 0 sig | end 0 | text 1 Hi | end 1 | "
        "tool 2 toolu_1 look | input 2 {\"at\" : 1} | end 2 | "
        "other 3 {\"type\":\"brand_new\",\"x\":[1]} | end 3 | finish sequence X | done";
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_ANTHROPIC};
    struct heard_events events = {.text = buf_in(t.cx.arena, 65536)};
    struct str body = exact_copy(&t.cx, STR(message));
    CHECK_STATUS(&t.cx, llm_wire_anthropic.whole(&t.cx, &sent, body, heard_event, &events), OK);
    CHECK_STR("events", buf_str(&events.text), STR(want));
}

static void stop_reasons_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *reason, *want;
    } cases[] = {
        {"end_turn", "finish stop"},
        {"max_tokens", "finish length"},
        {"model_context_window_exceeded", "finish length"},
        {"stop_sequence", "finish sequence"},
        {"tool_use", "finish tools"},
        {"pause_turn", "finish pause"},
        {"refusal", "finish refusal"},
        {"brand_new", "finish stop"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_wire_request sent = {.protocol = LLM_PROTOCOL_ANTHROPIC};
        struct heard_events events = {.text = buf_in(t.cx.arena, 65536)};
        struct str body = arena_format(
            t.cx.arena, "{\"id\":\"m\",\"model\":\"c\",\"content\":[],\"stop_reason\":\"%s\"}",
            cases[i].reason);
        CHECK_STATUS(&t.cx, llm_wire_anthropic.whole(&t.cx, &sent, body, heard_event, &events), OK);
        CHECK_STR(cases[i].reason, buf_str(&events.text),
                  arena_format(t.cx.arena, "start m c | %s | done", cases[i].want));
    }
}

static void an_error_in_a_stream_is_its_last_event_and_not_handed_on(void **state)
{
    (void)state;
    static const struct {
        const char *type, *want, *code;
    } cases[] = {
        {"overloaded_error", "slow_down", "overloaded_error"},
        {"rate_limit_error", "slow_down", "rate_limit_error"},
        {"api_error", "ambiguous", "api_error"},
        {"timeout_error", "ambiguous", "timeout_error"},
        {"billing_error", "no_money", "billing_error"},
        {"invalid_request_error", "bad_request", "invalid_request_error"},
        {"authentication_error", "auth", "authentication_error"},
        {"not_found_error", "not_found", "not_found_error"},
        {"request_too_large", "too_long", "request_too_large"},
        {"brand_new_error", "ambiguous", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard_events events;
        struct buf raw;
        struct str bytes =
            arena_format(t.cx.arena,
                         "%sevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"%s\","
                         "\"message\":\"secret\"}}\n\n%s",
                         MESSAGE_START, cases[i].type, MESSAGE_STOP);
        CHECK_STATUS(&t.cx, feed(&t.cx, bytes, 40, &events, &raw), OK);
        CHECK_STR(
            cases[i].type, buf_str(&events.text),
            arena_format(t.cx.arena,
                         "start msg_1 claude-x | usage in=10 read=4 w5=1 w1=2 out=1 think=0 | "
                         "error %s %s",
                         cases[i].want, cases[i].code));
        CHECK_STR("raw", buf_str(&raw), STR(MESSAGE_START));
    }
}

static void what_is_not_the_protocol_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
    } cases[] = {
        {"a second start", MESSAGE_START MESSAGE_START},
        {"a block before the start", BLOCK_START("0", "{\"type\":\"text\",\"text\":\"\"}")},
        {"an end before the start", MESSAGE_STOP},
        {"an end without a reason", MESSAGE_START MESSAGE_STOP},
        {"a delta without a block",
         MESSAGE_START DELTA("0", "{\"type\":\"text_delta\",\"text\":\"x\"}")},
        {"a delta of another block",
         MESSAGE_START BLOCK_START("0", "{\"type\":\"text\",\"text\":\"\"}")
             DELTA("1", "{\"type\":\"text_delta\",\"text\":\"x\"}")},
        {"text for a tool",
         MESSAGE_START BLOCK_START("0", "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"b\"}")
             DELTA("0", "{\"type\":\"text_delta\",\"text\":\"x\"}")},
        {"input for a text",
         MESSAGE_START BLOCK_START("0", "{\"type\":\"text\",\"text\":\"\"}")
             DELTA("0", "{\"type\":\"input_json_delta\",\"partial_json\":\"x\"}")},
        {"input for a block that has none",
         MESSAGE_START BLOCK_START("0", "{\"type\":\"other\"}")
             DELTA("0", "{\"type\":\"input_json_delta\",\"partial_json\":\"1\"}") BLOCK_STOP("0")},
        {"a negative index", MESSAGE_START BLOCK_START("-1", "{\"type\":\"text\"}")},
        {"index 4096", MESSAGE_START BLOCK_START("4096", "{\"type\":\"text\"}")},
        {"no JSON", "data: {\n\n"},
        {"no object", "data: [1]\n\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard_events events;
        struct buf raw;
        enum status status =
            feed(&t.cx, str_from_cstr(cases[i].bytes), strlen(cases[i].bytes), &events, &raw);
        if (status != ERR_UPSTREAM) {
            CHECK_FAILED("%s: %s\n", cases[i].name, status_name(status));
        }
        CHECK_STR(cases[i].name, str_from_cstr(t.cx.err.words), STR(""));
    }
}

static void input_of_a_servers_tool_that_breaks_off_stays_text(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard_events events;
    struct buf raw;
    struct str bytes =
        STR(MESSAGE_START BLOCK_START("0", "{\"type\":\"server_tool_use\",\"input\":{},\"id\":1}")
                DELTA("0", "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\"}")
                    BLOCK_STOP("0") MESSAGE_DELTA("\"max_tokens\"", "{}") MESSAGE_STOP);
    CHECK_STATUS(&t.cx, feed(&t.cx, bytes, bytes.len, &events, &raw), OK);
    struct str want =
        STR("other 0 {\"type\":\"server_tool_use\",\"input\":\"{\\\"a\",\"id\":1} | ");
    assert_true(str_find(buf_str(&events.text), want) != SIZE_MAX);
    CHECK_STR("raw", buf_str(&raw), bytes);
}

static void counts_that_are_none_are_passed_over(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard_events events;
    struct buf raw;
    struct str bytes =
        STR(MESSAGE_START MESSAGE_DELTA("\"end_turn\"", "{\"output_tokens\":-1}")
                MESSAGE_DELTA("null", "{\"output_tokens\":4294967297,\"input_tokens\":1.5}")
                    MESSAGE_DELTA("null", "{\"output_tokens\":4294967296}") MESSAGE_STOP);
    CHECK_STATUS(&t.cx, feed(&t.cx, bytes, bytes.len, &events, &raw), OK);
    CHECK_STR("events", buf_str(&events.text),
              STR("start msg_1 claude-x | usage in=10 read=4 w5=1 w1=2 out=1 think=0 | "
                  "usage in=10 read=4 w5=1 w1=2 out=1 think=0 | "
                  "usage in=10 read=4 w5=1 w1=2 out=1 think=0 | "
                  "usage in=10 read=4 w5=1 w1=2 out=4294967296 think=0 | finish stop | done"));
}

static void a_long_stream_takes_no_more_memory(void **state)
{
    (void)state;
    static const char delta[] = DELTA("0", "{\"type\":\"text_delta\",\"text\":\"x\"}");
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct llm_wire *wire = &llm_wire_anthropic;
    struct llm_wire_request sent = {.is_raw = true};
    struct llm_wire_stream *stream = wire->stream_new(&t.cx, &sent);
    struct str start = STR(MESSAGE_START BLOCK_START("0", "{\"type\":\"text\",\"text\":\"\"}"));
    char block[4096];
    struct heard_events last = {.text = buf_on(block, sizeof block)};
    CHECK_STATUS(&t.cx, wire->stream_feed(&t.cx, stream, start, heard_event, &last), OK);
    CHECK_STR("raw", wire->stream_raw(stream), start);
    size_t used_bytes = t.arena.used_bytes;
    for (size_t i = 0; i < 1000; i++) {
        buf_clear(&last.text);
        CHECK_STATUS(&t.cx, wire->stream_feed(&t.cx, stream, STR(delta), heard_event, &last), OK);
        CHECK_STR("raw", wire->stream_raw(stream), STR(delta));
    }
    CHECK_I64("bytes", t.arena.used_bytes, used_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_in_the_same_protocol_is_the_callers_own),
        cmocka_unit_test(a_count_goes_to_its_own_path_and_is_no_stream),
        cmocka_unit_test(a_chat_is_written_in_anthropics_protocol),
        cmocka_unit_test(max_tokens_is_always_there),
        cmocka_unit_test(tool_choices_are_translated),
        cmocka_unit_test(what_the_model_cannot_take_is_refused),
        cmocka_unit_test(embeddings_are_not_anthropics),
        cmocka_unit_test(errors_are_classified),
        cmocka_unit_test(a_stream_is_read_at_any_cut),
        cmocka_unit_test(a_raw_stream_is_handed_on_in_whole_records),
        cmocka_unit_test(a_whole_message_is_read_as_its_stream),
        cmocka_unit_test(stop_reasons_are_told_apart),
        cmocka_unit_test(an_error_in_a_stream_is_its_last_event_and_not_handed_on),
        cmocka_unit_test(what_is_not_the_protocol_is_refused),
        cmocka_unit_test(input_of_a_servers_tool_that_breaks_off_stays_text),
        cmocka_unit_test(counts_that_are_none_are_passed_over),
        cmocka_unit_test(a_long_stream_takes_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
