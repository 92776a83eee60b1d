#include "shared/llm/wire/wire.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"
#include "tests/support/llm_events.h"

static const struct llm_provider provider = {.name = STR_INIT("replicate")};
static const struct llm_model full_model = {
    .id = STR_INIT("acme/model-1.0"),
    .accepts = LLM_ACCEPTS_TEMPERATURE | LLM_ACCEPTS_TOP_P | LLM_ACCEPTS_TOP_K |
               LLM_ACCEPTS_IMAGES | LLM_ACCEPTS_STREAM,
    .max_output_tokens = 4096,
    .input = {.prompt = STR_INIT("prompt"),
              .system = STR_INIT("system_prompt"),
              .max_tokens = STR_INIT("max_completion_tokens"),
              .temperature = STR_INIT("temperature"),
              .top_p = STR_INIT("top_p"),
              .top_k = STR_INIT("top_k"),
              .stops = STR_INIT("stop_sequences"),
              .images = STR_INIT("image_input")},
};
static const struct llm_model bare_model = {.id = STR_INIT("acme/bare:0123abc"),
                                            .max_output_tokens = 4096,
                                            .input = {.prompt = STR_INIT("text")}};

#define PARTS(...)                                                                                 \
    .parts = (const struct llm_part[]){__VA_ARGS__},                                               \
    .part_count = sizeof((const struct llm_part[]){__VA_ARGS__}) / sizeof(struct llm_part)
#define TEXT(words)                                                                                \
    {                                                                                              \
        .kind = LLM_PART_TEXT, .text = STR_INIT(words)                                             \
    }

/* ---- requests -------------------------------------------------------------------------------- */

static const struct llm_message single[] = {
    {LLM_SYSTEM, PARTS(TEXT("Be brief."))},
    {LLM_USER,
     PARTS(
         TEXT("What "), TEXT("is it?"),
         {.kind = LLM_PART_IMAGE, .url = STR_INIT("https://a.example/b.png")},
         {.kind = LLM_PART_IMAGE, .media_type = STR_INIT("image/png"), .data = STR_INIT("AAEC")})},
    {LLM_SYSTEM, PARTS(TEXT("Be kind."))},
};
static const struct llm_message talk[] = {
    {LLM_SYSTEM, PARTS(TEXT("Be brief."))},
    {LLM_USER, PARTS(TEXT("one"))},
    {LLM_ASSISTANT, PARTS(TEXT("two"), {.kind = LLM_PART_THINKING, .text = STR_INIT("hm")})},
    {LLM_USER, PARTS(TEXT("three"))},
};
static const struct llm_message call[] = {
    {LLM_ASSISTANT, PARTS({.kind = LLM_PART_TOOL_CALL, .id = STR_INIT("c")})}};
static const struct llm_message paper[] = {
    {LLM_USER, PARTS({.kind = LLM_PART_DOCUMENT, .text = STR_INIT("t")})}};
static const struct str stops[] = {STR_INIT("END"), STR_INIT("STOP")};
static const struct str stops_with_comma[] = {STR_INIT("a,b")};

static enum status ask(struct ctx *cx, const struct llm_model *model, const struct llm_chat *chat,
                       struct llm_wire_request *out)
{
    struct llm_target target = {.provider = &provider, .model = model};
    struct llm_request request = {.chat = chat, .stream = true};
    return llm_wire_replicate.request(cx, &target, &request, out);
}

static struct str field_of(const struct llm_wire_request *out, struct str name)
{
    for (size_t i = 0; i < out->field_count; i++) {
        if (str_eq(out->fields[i].name, name)) {
            return out->fields[i].value;
        }
    }
    return (struct str){0};
}

static void a_chat_becomes_the_models_input(void **state)
{
    (void)state;
    const struct llm_chat chat = {
        .messages = single,
        .message_count = ARRAY_LEN(single),
        .max_tokens = 300,
        .temperature = STR("0.30"),
        .top_p = STR("1"),
        .top_k = STR("4"),
        .stops = stops,
        .stop_count = ARRAY_LEN(stops),
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_wire_request out;
    CHECK_STATUS(&t.cx, ask(&t.cx, &full_model, &chat, &out), OK);
    CHECK_STR("body", out.body,
              STR("{\"input\":{\"prompt\":\"What is it?\",\"system_prompt\":\"Be brief.\\n\\nBe "
                  "kind.\",\"max_completion_tokens\":300,\"temperature\":0.30,\"top_p\":1,"
                  "\"top_k\":4,\"stop_sequences\":\"END,STOP\",\"image_input\":["
                  "\"https://a.example/b.png\",\"data:image/png;base64,AAEC\"]}}"));
    CHECK_STR("path", out.path, STR("/v1/models/acme/model-1.0/predictions"));
    CHECK_STR("dropped", out.dropped, STR(""));
    CHECK_STR("prefer", field_of(&out, STR("prefer")), STR("wait=5"));
    CHECK_STR("cancel-after", field_of(&out, STR("cancel-after")), STR(""));
    CHECK_I64("auth", out.auth, LLM_AUTH_BEARER);
    assert_true(!out.is_stream && !out.is_raw && llm_wire_replicate.stream_new == NULL);
}

static void a_model_without_names_gets_its_prompt_alone(void **state)
{
    (void)state;
    const struct llm_chat chat = {
        .messages = talk,
        .message_count = ARRAY_LEN(talk),
        .max_tokens = 300,
        .temperature = STR("0.30"),
        .stops = stops,
        .stop_count = 1,
        .format = LLM_FORMAT_JSON,
        .effort = STR("low"),
        .thinking_budget = 1024,
        .untranslated = STR("seed"),
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_wire_request out;
    CHECK_STATUS(&t.cx, ask(&t.cx, &bare_model, &chat, &out), OK);
    CHECK_STR("body", out.body,
              STR("{\"version\":\"0123abc\",\"input\":{\"text\":\"Be brief.\\n\\nUser: "
                  "one\\n\\nAssistant: two\\n\\nUser: three\"}}"));
    CHECK_STR("path", out.path, STR("/v1/predictions"));
    CHECK_STR("dropped", out.dropped,
              STR("max_tokens, temperature, stop, seed, response_format, thinking, "
                  "reasoning_effort"));
}

static void a_stop_with_a_comma_is_left_out(void **state)
{
    (void)state;
    const struct llm_chat chat = {.messages = talk,
                                  .message_count = 2,
                                  .max_tokens = 1,
                                  .stops = stops_with_comma,
                                  .stop_count = 1};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct llm_wire_request out;
    CHECK_STATUS(&t.cx, ask(&t.cx, &full_model, &chat, &out), OK);
    CHECK_STR("dropped", out.dropped, STR("stop"));
    assert_true(str_find(out.body, STR("stop_sequences")) == SIZE_MAX);
}

static void what_is_not_text_or_image_is_refused(void **state)
{
    (void)state;
    static const struct {
        const struct llm_model *model;
        const struct llm_message *messages;
    } cases[] = {{&full_model, call}, {&full_model, paper}, {&bare_model, single + 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_chat chat = {.messages = cases[i].messages, .message_count = 1};
        struct llm_wire_request out;
        CHECK_STATUS(&t.cx, ask(&t.cx, cases[i].model, &chat, &out), ERR_INVALID);
        assert_true(t.cx.err.words[0] != '\0');
    }
}

static void a_run_that_nobody_waits_for_ends_by_itself(void **state)
{
    (void)state;
    static const struct {
        int64_t remaining_ms;
        const char *want, *or_want;
    } cases[] = {{20500, "21s", "20s"}, {1000, "5s", "5s"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct llm_chat chat = {.messages = talk, .message_count = 2};
        struct llm_wire_request out;
        t.cx.deadline_ms = clock_now_ms() + cases[i].remaining_ms;
        CHECK_STATUS(&t.cx, ask(&t.cx, &full_model, &chat, &out), OK);
        struct str got = field_of(&out, STR("cancel-after"));
        if (!str_eq(got, str_from_cstr(cases[i].or_want))) { /* half a second went by */
            CHECK_STR("cancel-after", got, str_from_cstr(cases[i].want));
        }
    }
}

/* ---- polling --------------------------------------------------------------------------------- */

#define PREDICTION(status)                                                                         \
    "{\"id\":\"gm3qorzdhgbfurvj\",\"status\":\"" status                                            \
    "\",\"urls\":{\"get\":\"https://evil.example/\"}}"

static void a_prediction_is_asked_for_by_its_id_until_it_has_ended(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool is_pending;
    } cases[] = {
        {PREDICTION("starting"), true},   {PREDICTION("processing"), true},
        {PREDICTION("succeeded"), false}, {PREDICTION("failed"), false},
        {PREDICTION("canceled"), false},  {PREDICTION("aborted"), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str body = exact_copy(&t.cx, str_from_cstr(cases[i].body));
        struct llm_follow follow;
        struct llm_wire_request cancel;
        CHECK_STATUS(&t.cx, llm_wire_replicate.follow(&t.cx, body, &follow), OK);
        CHECK_I64(cases[i].body, follow.is_pending, cases[i].is_pending);
        CHECK_I64("wait", follow.wait_ms, 500);
        CHECK_STR("method", str_from_cstr(follow.next.method), STR("GET"));
        CHECK_STR("path", follow.next.path, STR("/v1/predictions/gm3qorzdhgbfurvj"));
        CHECK_I64("auth", follow.next.auth, LLM_AUTH_BEARER);
        CHECK_I64("cancel", llm_wire_replicate.cancel(&t.cx, body, &cancel), cases[i].is_pending);
        CHECK_STR("method", str_from_cstr(cancel.method), STR("POST"));
        CHECK_STR("path", cancel.path, STR("/v1/predictions/gm3qorzdhgbfurvj/cancel"));
    }
}

static const char id_of_65_characters[] =
    "{\"status\":\"starting\","
    "\"id\":\"0123456789012345678901234567890123456789012345678901234567890123x\"}";

static void what_is_no_prediction_is_neither_followed_nor_canceled(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<html>",
        "[]",
        "{\"id\":\"a\"}",
        "{\"id\":\"a\",\"status\":\"brand_new\"}",
        "{\"status\":\"starting\"}",
        "{\"id\":\"../x\",\"status\":\"starting\"}",
        "{\"id\":\"a?b\",\"status\":\"starting\"}",
        id_of_65_characters,
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str body = exact_copy(&t.cx, str_from_cstr(bodies[i]));
        struct llm_follow follow;
        struct llm_wire_request cancel;
        CHECK_STATUS(&t.cx, llm_wire_replicate.follow(&t.cx, body, &follow), ERR_UPSTREAM);
        assert_false(llm_wire_replicate.cancel(&t.cx, body, &cancel));
        CHECK_STR("no words are left", str_from_cstr(t.cx.err.text), STR(""));
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

#define SUCCEEDED(members)                                                                         \
    "{\"id\":\"p1\",\"model\":\"acme/m\",\"status\":\"succeeded\"," members "}"
#define METRICS                                                                                    \
    "\"metrics\":{\"predict_time\":1.5,\"input_token_count\":10,\"output_token_count\":5}"

static void outputs_of_each_form_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *body, *want;
    } cases[] = {
        {SUCCEEDED("\"output\":[\"Hi \",\"you\"]," METRICS),
         "start p1 acme/m | text 0 Hi  | text 0 you | end 0 | finish stop | "
         "usage in=10 read=0 w5=0 w1=0 out=5 think=0 | done"},
        {SUCCEEDED("\"output\":\"Hi\"," METRICS),
         "start p1 acme/m | text 0 Hi | end 0 | finish stop | "
         "usage in=10 read=0 w5=0 w1=0 out=5 think=0 | done"},
        {SUCCEEDED("\"output\":null," METRICS),
         "start p1 acme/m | finish stop | usage in=10 read=0 w5=0 w1=0 out=5 think=0 | done"},
        {SUCCEEDED("\"output\":[]," METRICS),
         "start p1 acme/m | finish stop | usage in=10 read=0 w5=0 w1=0 out=5 think=0 | done"},
        /* Guessed: a token for three bytes, of 31 sent and 7 answered. */
        {SUCCEEDED("\"output\":\"1234567\",\"metrics\":{\"output_token_count\":-1}"),
         "start p1 acme/m | text 0 1234567 | end 0 | finish stop | "
         "usage in=11 read=0 w5=0 w1=0 out=3 think=0 | done"},
        {"{\"id\":\"p1\",\"status\":\"failed\",\"error\":\"secret\"}", "error ambiguous "},
        {"{\"id\":\"p1\",\"status\":\"canceled\",\"output\":[\"x\"]}", "error ambiguous "},
        {"{\"id\":\"p1\",\"status\":\"aborted\"}", "error slow_down "},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_wire_request sent = {.body = STR("{\"input\":{\"prompt\":\"1234567890\"}}")};
        struct heard_events heard = {.text = buf_in(t.cx.arena, 65536)};
        struct str body = exact_copy(&t.cx, str_from_cstr(cases[i].body));
        CHECK_STATUS(&t.cx, llm_wire_replicate.whole(&t.cx, &sent, body, heard_event, &heard), OK);
        CHECK_STR(cases[i].body, buf_str(&heard.text), str_from_cstr(cases[i].want));
    }
}

static void an_answer_before_the_end_is_none(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"id\":\"p1\",\"status\":\"processing\",\"output\":[\"x\"]}",
        "{\"id\":\"p1\",\"status\":\"succeeded\",\"output\":{\"a\":1}}",
        "{\"id\":\"p1\",\"status\":\"succeeded\",\"output\":[1]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct llm_wire_request sent = {0};
        struct heard_events heard = {.text = buf_in(t.cx.arena, 65536)};
        CHECK_STATUS(
            &t.cx,
            llm_wire_replicate.whole(&t.cx, &sent, str_from_cstr(bodies[i]), heard_event, &heard),
            ERR_UPSTREAM);
    }
}

static void errors_are_classified(void **state)
{
    (void)state;
    static const struct {
        int http_status;
        enum llm_failure_class kind;
        const char *body;
        int64_t retry_after_ms;
    } cases[] = {
        {429, LLM_SLOW_DOWN,
         "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}", 30000},
        {429, LLM_SLOW_DOWN, "{}", -1},
        {401, LLM_AUTH, "{\"title\":\"Unauthenticated\"}", -1},
        {402, LLM_NO_MONEY, "{\"title\":\"Insufficient credit\"}", -1},
        {404, LLM_NOT_FOUND, "{}", -1},
        {422, LLM_BAD_REQUEST, "{\"detail\":\"- input.max_tokens: Must be\"}", -1},
        {500, LLM_AMBIGUOUS, "<html>", -1},
        {503, LLM_SLOW_DOWN, "", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_response res = {.status = cases[i].http_status,
                                    .body = exact_copy(&t.cx, str_from_cstr(cases[i].body))};
        struct llm_failure failure = {0};
        llm_wire_replicate.classify(&t.cx, &res, &failure);
        CHECK_I64(cases[i].body, failure.kind, cases[i].kind);
        CHECK_I64(cases[i].body, failure.http_status, cases[i].http_status);
        CHECK_I64(cases[i].body, failure.retry_after_ms, cases[i].retry_after_ms);
        assert_true(failure.words.len > 0 && failure.code.len == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chat_becomes_the_models_input),
        cmocka_unit_test(a_model_without_names_gets_its_prompt_alone),
        cmocka_unit_test(a_stop_with_a_comma_is_left_out),
        cmocka_unit_test(what_is_not_text_or_image_is_refused),
        cmocka_unit_test(a_run_that_nobody_waits_for_ends_by_itself),
        cmocka_unit_test(a_prediction_is_asked_for_by_its_id_until_it_has_ended),
        cmocka_unit_test(what_is_no_prediction_is_neither_followed_nor_canceled),
        cmocka_unit_test(outputs_of_each_form_are_read),
        cmocka_unit_test(an_answer_before_the_end_is_none),
        cmocka_unit_test(errors_are_classified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
