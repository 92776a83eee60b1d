/*
 * Chat Completions as callers hear it: answers written whole and as streams, and errors.
 */
#include "tests/functions/openai_face_fixture.h"

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

static struct face_writer *writer_for(struct ctx *cx, struct heard *heard, bool stream, bool usage)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    struct llm_request *request = ARENA_NEW(cx->arena, struct llm_request);
    chat->stream_usage = usage;
    *request = (struct llm_request){.chat = chat, .stream = stream, .model = STR("alias")};
    return face_writer_heard(cx, &face_openai_chat, request, heard);
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
    enum status status = face_read(&t.cx, &face_openai_chat, STR("{\"messages\":[1]}"), &request);
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
