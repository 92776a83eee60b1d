/*
 * Wires before emulated providers: requests pass their checks, signatures too, and answers are
 * read, whole and streamed.
 */
#include "shared/base/clock.h"
#include "shared/http/stream.h"
#include "shared/llm/wire/wire.h"
#include "tests/support/check.h"
#include "tests/support/llm_events.h"
#include "tests/support/provider_peer.h"

enum { MAX_ANSWER_BYTES = 1024 * 1024, PATIENCE_MS = 10000 };

#define PARTS(...)                                                                                 \
    .parts = (const struct llm_part[]){__VA_ARGS__},                                               \
    .part_count = sizeof((const struct llm_part[]){__VA_ARGS__}) / sizeof(struct llm_part)

static const struct llm_message turns[] = {
    {LLM_SYSTEM, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("Be brief.")})},
    {LLM_USER, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("in parallel")},
                     {.kind = LLM_PART_IMAGE,
                      .media_type = STR_INIT("image/png"),
                      .data = STR_INIT("iVBORw0KGgo=")})},
};
static const struct llm_message history[] = {
    {LLM_USER, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("look")})},
    {LLM_ASSISTANT, PARTS({.kind = LLM_PART_TOOL_CALL,
                           .id = STR_INIT("toolu_1"),
                           .name = STR_INIT("look"),
                           .json = STR_INIT("{\"at\":1}")})},
    {LLM_TOOL, PARTS({.kind = LLM_PART_TOOL_RESULT,
                      .id = STR_INIT("toolu_1"),
                      PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("a cat")})})},
};
static const struct llm_tool tools[] = {
    {.name = STR_INIT("look"),
     .schema = STR_INIT("{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"integer\"}},"
                        "\"required\":[\"at\"]}")},
    {.name = STR_INIT("wait"), .description = STR_INIT("Waits.")},
};

#define ALL_ACCEPTED                                                                               \
    (LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_P | LLM_ACCEPTS_TOP_K | LLM_ACCEPTS_STOP |          \
     LLM_ACCEPTS_TOOLS | LLM_ACCEPTS_IMAGES | LLM_ACCEPTS_SCHEMA | LLM_ACCEPTS_STREAM)

static const struct llm_model anthropic_model = {
    .id = STR_INIT("claude-haiku-4-5"), .accepts = ALL_ACCEPTED, .max_output_tokens = 4096};
static const struct llm_model bedrock_model = {
    .id = STR_INIT("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
    .accepts = ALL_ACCEPTED,
    .max_output_tokens = 4096};

static const struct llm_model openai_model = {
    .id = STR_INIT("gpt-4.1-mini"), .accepts = ALL_ACCEPTED, .max_output_tokens = 4096};

static const struct llm_model replicate_model = {.id = STR_INIT("anthropic/claude-4.5-haiku"),
                                                 .max_output_tokens = 4096,
                                                 .input = {.prompt = STR_INIT("prompt"),
                                                           .system = STR_INIT("system_prompt"),
                                                           .max_tokens = STR_INIT("max_tokens")}};

static const struct peer_of_wire {
    const struct llm_wire *wire;
    const struct llm_model *model;
    const char *folder, *key;
    struct str ids; /* how those of its tool calls begin */
} wires[] = {
    {&llm_wire_anthropic, &anthropic_model, "/anthropic", "sk-ant-emu-1", STR_INIT("toolu")},
    {&llm_wire_bedrock, &bedrock_model, "/bedrock", "AKIDEMU1", STR_INIT("toolu")},
    {&llm_wire_openai, &openai_model, "/openai", "sk-emu-1", STR_INIT("call_")},
};

static const struct peer_of_wire replicate = {
    &llm_wire_replicate, &replicate_model, "/replicate", "r8_emu_1", {0}};

/* ---- one exchange ---------------------------------------------------------------------------- */

static struct provider_peer peer;
static struct http *http;

static void key_add(struct ctx *cx, const char *key, enum llm_auth auth,
                    struct llm_wire_request *wire_request, struct http_request *out)
{
    static struct http_sigv4 sign;
    struct http_field *field = &wire_request->fields[wire_request->field_count];
    if (auth == LLM_AUTH_SIGV4) {
        sign = (struct http_sigv4){.region = STR("us-east-1"),
                                   .service = STR("bedrock"),
                                   .key_id = str_from_cstr(key),
                                   .secret = STR("local"),
                                   .session_token = STR("local")};
        out->sign = &sign;
        return;
    }
    bool is_bearer = auth == LLM_AUTH_BEARER;
    field->name = is_bearer ? STR("authorization") : STR("x-api-key");
    field->value = arena_format(cx->arena, "%s%s", is_bearer ? "Bearer " : "", key);
    out->field_count++;
}

static struct http_request request_of(struct ctx *cx, const struct peer_of_wire *to,
                                      struct llm_wire_request *wire_request)
{
    struct http_request request = {
        .method = wire_request->method,
        .url = arena_format(cx->arena, "%s%s" STR_FMT, peer.url, to->folder,
                            STR_ARG(wire_request->path)),
        .plain_if_local = true,
        .fields = wire_request->fields,
        .field_count = wire_request->field_count,
        .body = wire_request->body,
        .timeout_ms = PATIENCE_MS,
    };
    key_add(cx, to->key, wire_request->auth, wire_request, &request);
    return request;
}

static void stream_read(struct ctx *cx, const struct llm_wire *wire,
                        const struct llm_wire_request *sent, struct http_stream *stream,
                        struct heard_events *heard)
{
    struct llm_wire_stream *decoder = wire->stream_new(cx, sent);
    struct str bytes;
    do {
        CHECK_STATUS(cx, http_stream_read(cx, stream, PATIENCE_MS, &bytes), OK);
        CHECK_STATUS(cx, wire->stream_feed(cx, decoder, bytes, heard_event, heard), OK);
    } while (bytes.len > 0);
}

/* What `chat` is answered, as events; a failure as its class and code. */
static struct str answer_to(struct ctx *cx, const struct peer_of_wire *to,
                            const struct llm_chat *chat, bool is_stream)
{
    static const struct llm_provider provider;
    struct llm_target target = {.provider = &provider, .model = to->model};
    struct llm_request request = {.chat = chat, .stream = is_stream};
    struct llm_wire_request sent;
    struct http_response res;
    struct heard_events heard = {.text = buf_in(cx->arena, MAX_ANSWER_BYTES), .joins = true};
    DEFER(http_stream_close) struct http_stream *stream = NULL;
    CHECK_STATUS(cx, to->wire->request(cx, &target, &request, &sent), OK);
    struct http_request out = request_of(cx, to, &sent);
    CHECK_STATUS(cx, http_stream_open(cx, http, &out, &res, &stream, NULL), OK);
    assert_int_equal(sent.is_stream, is_stream);
    if (res.status == 200 && is_stream) {
        stream_read(cx, to->wire, &sent, stream, &heard);
        return buf_str(&heard.text);
    }
    CHECK_STATUS(cx, http_stream_read_all(cx, stream, PATIENCE_MS, MAX_ANSWER_BYTES, &res.body),
                 OK);
    if (res.status != 200) {
        struct llm_failure failure = {0};
        to->wire->classify(cx, &res, &failure);
        return arena_format(cx->arena, "%s " STR_FMT, llm_failure_words(failure.kind),
                            STR_ARG(failure.code));
    }
    CHECK_STATUS(cx, to->wire->whole(cx, &sent, res.body, heard_event, &heard), OK);
    return buf_str(&heard.text);
}

/* ---- one that is polled ---------------------------------------------------------------------- */

static struct str body_of(struct ctx *cx, struct llm_wire_request *sent)
{
    struct http_response res;
    DEFER(http_stream_close) struct http_stream *stream = NULL;
    struct http_request out = request_of(cx, &replicate, sent);
    CHECK_STATUS(cx, http_stream_open(cx, http, &out, &res, &stream, NULL), OK);
    CHECK_STATUS(cx, http_stream_read_all(cx, stream, PATIENCE_MS, MAX_ANSWER_BYTES, &res.body),
                 OK);
    assert_true(res.status == 200 || res.status == 201);
    return res.body;
}

/* Asks, and again until the prediction has ended; `*polls` counts. */
static struct str prediction_of(struct ctx *cx, const struct llm_chat *chat,
                                struct llm_wire_request *sent, unsigned *polls)
{
    static const struct llm_provider provider;
    struct llm_target target = {.provider = &provider, .model = replicate.model};
    struct llm_request request = {.chat = chat};
    CHECK_STATUS(cx, llm_wire_replicate.request(cx, &target, &request, sent), OK);
    struct str body = body_of(cx, sent);
    for (*polls = 0; *polls < 100; (*polls)++) {
        struct llm_follow follow;
        CHECK_STATUS(cx, llm_wire_replicate.follow(cx, body, &follow), OK);
        if (!follow.is_pending) {
            break;
        }
        clock_sleep_ms(10); /* the emulator is in more of a hurry than `wait_ms` */
        body = body_of(cx, &follow.next);
    }
    return body;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void parallel_tools_are_called_whole_and_streamed(void **state)
{
    (void)state;
    const struct llm_chat chat = {.messages = turns,
                                  .message_count = ARRAY_LEN(turns),
                                  .tools = tools,
                                  .tool_count = ARRAY_LEN(tools),
                                  .max_tokens = 100};
    for (size_t i = 0; i < ARRAY_LEN(wires) * 2; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str heard = answer_to(&t.cx, &wires[i / 2], &chat, i % 2 == 1);
        const struct str expected[] = {
            arena_format(&t.arena, " | tool 0 " STR_FMT, STR_ARG(wires[i / 2].ids)),
            STR(" look | input 0 {\"at\":1}"), STR(" wait | input 1 {} | end 1"),
            STR(" | finish tools"), STR(" | done")};
        for (size_t k = 0; k < ARRAY_LEN(expected); k++) {
            if (str_find(heard, expected[k]) == SIZE_MAX) {
                CHECK_FAILED("%s %zu: no \"" STR_FMT "\" in \"" STR_FMT "\"\n",
                             wires[i / 2].wire->name, i % 2, STR_ARG(expected[k]), STR_ARG(heard));
            }
        }
    }
}

static void results_of_tools_are_taken(void **state)
{
    (void)state;
    const struct llm_chat chat = {.messages = history,
                                  .message_count = ARRAY_LEN(history),
                                  .tools = tools,
                                  .tool_count = ARRAY_LEN(tools),
                                  .max_tokens = 100,
                                  .temperature = STR("0.5"),
                                  .thinking_budget = -1};
    for (size_t i = 0; i < ARRAY_LEN(wires) * 2; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str heard = answer_to(&t.cx, &wires[i / 2], &chat, i % 2 == 1);
        if (str_find(heard, STR(" | text 0 ")) == SIZE_MAX ||
            str_find(heard, STR(" | end 0 | ")) == SIZE_MAX ||
            str_find(heard, STR("finish stop")) == SIZE_MAX ||
            !str_has_suffix(heard, STR(" | done"))) {
            CHECK_FAILED("%s %zu: \"" STR_FMT "\"\n", wires[i / 2].wire->name, i % 2,
                         STR_ARG(heard));
        }
    }
}

static void errors_of_providers_have_their_class(void **state)
{
    (void)state;
    static const struct {
        size_t wire;
        const char *steps, *want;
    } cases[] = {
        {0, "[{\"status\":429,\"retry_after\":\"3\"}]", "slow_down rate_limit_error"},
        {0, "[{\"status\":529}]", "slow_down overloaded_error"},
        {0, "[{\"status\":401}]", "auth authentication_error"},
        {0, "[{\"status\":402}]", "no_money billing_error"},
        {0, "[{\"status\":500}]", "ambiguous api_error"},
        {0, "[{\"status\":400,\"error\":\"too_long\"}]", "too_long prompt_too_long"},
        {1, "[{\"status\":429}]", "slow_down ThrottlingException"},
        {1, "[{\"status\":403}]", "auth AccessDeniedException"},
        {1, "[{\"status\":402}]", "no_money AccessDeniedException"},
        {1, "[{\"status\":429,\"error\":\"not_ready\"}]", "slow_down ModelNotReadyException"},
        {1, "[{\"status\":400,\"error\":\"too_long\"}]", "too_long ValidationException"},
        {1, "[{\"status\":500}]", "ambiguous InternalServerException"},
        {2, "[{\"status\":429,\"delay_in_body_s\":2}]", "slow_down rate_limit_exceeded"},
        {2, "[{\"status\":429,\"error\":\"money\"}]", "no_money insufficient_quota"},
        {2, "[{\"status\":429,\"error\":\"organization\"}]", "no_money insufficient_quota"},
        {2, "[{\"status\":429,\"error\":\"slow_down\"}]", "slow_down slow_down"},
        {2, "[{\"status\":401}]", "auth invalid_api_key"},
        {2, "[{\"status\":404}]", "not_found model_not_found"},
        {2, "[{\"status\":413}]", "too_long invalid_request_error"},
        {2, "[{\"status\":400,\"error\":\"too_long\"}]", "too_long context_length_exceeded"},
        {2, "[{\"status\":500}]", "ambiguous server_error"},
        {2, "[{\"status\":503}]", "slow_down server_is_overloaded"},
    };
    const struct llm_chat chat = {
        .messages = history, .message_count = 1, .max_tokens = 100, .thinking_budget = -1};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct peer_of_wire *to = &wires[cases[i].wire];
        provider_peer_script(&t.cx, &peer, to->key, NULL, cases[i].steps);
        CHECK_STR(cases[i].steps, answer_to(&t.cx, to, &chat, i % 2 == 1),
                  str_from_cstr(cases[i].want));
    }
}

static const struct llm_message plain[] = {
    {LLM_SYSTEM, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("Be brief.")})},
    {LLM_USER, PARTS({.kind = LLM_PART_TEXT, .text = STR_INIT("Guten Tag")})},
};

static void a_prediction_is_read_once_it_has_ended(void **state)
{
    (void)state;
    static const struct {
        const char *steps;
        bool is_polled;
        const char *want;
    } cases[] = {
        {"[]", false, "text 0 You said: Guten Tag | end 0 | finish stop | usage in="},
        {"[{\"wait_ms\":1,\"processing_ms\":50}]", true, "text 0 You said: Guten Tag | end 0"},
        {"[{\"output\":\"string\"}]", false, "text 0 You said: Guten Tag | end 0"},
        {"[{\"output\":\"null\"}]", false, " | finish stop | usage in="},
        {"[{\"final\":\"failed\"}]", false, "error ambiguous"},
        {"[{\"final\":\"aborted\"}]", false, "error slow_down"},
    };
    const struct llm_chat chat = {
        .messages = plain, .message_count = ARRAY_LEN(plain), .max_tokens = 100};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_wire_request sent;
        struct heard_events heard = {.text = buf_in(t.cx.arena, 65536), .joins = true};
        unsigned polls = 0;
        provider_peer_script(&t.cx, &peer, replicate.key, NULL, cases[i].steps);
        struct str body = prediction_of(&t.cx, &chat, &sent, &polls);
        CHECK_I64(cases[i].steps, polls > 0, cases[i].is_polled);
        CHECK_STATUS(&t.cx, llm_wire_replicate.whole(&t.cx, &sent, body, heard_event, &heard), OK);
        if (str_find(buf_str(&heard.text), str_from_cstr(cases[i].want)) == SIZE_MAX) {
            CHECK_FAILED("%s: \"" STR_FMT "\"\n", cases[i].steps, STR_ARG(buf_str(&heard.text)));
        }
    }
}

static int start(void **state)
{
    (void)state;
    provider_peer_start(&peer);
    http = http_new(NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    http_free(http);
    provider_peer_stop(&peer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parallel_tools_are_called_whole_and_streamed),
        cmocka_unit_test(results_of_tools_are_taken),
        cmocka_unit_test(errors_of_providers_have_their_class),
        cmocka_unit_test(a_prediction_is_read_once_it_has_ended),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
