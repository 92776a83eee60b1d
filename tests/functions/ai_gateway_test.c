/*
 * The gateway's story: who calls, what they ask of the gateway itself, streams, failures, and the
 * order of answer and settlement.
 */
#include "tests/functions/ai_gateway_fixture.h"

/* ---- who calls ------------------------------------------------------------------------------- */

static void keys_and_tokens_come_in_either_header(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct http_header headers[2];
        struct str key, bearer;
        int status;
    } cases[] = {
        {"key as key",
         {{STR_INIT("authorization"), STR_INIT("")}, {STR_INIT("x-api-key"), STR_INIT("ck_a")}},
         STR_INIT("ck_a"),
         STR_INIT(""),
         0},
        {"key as bearer",
         {{STR_INIT("authorization"), STR_INIT("bearer ck_b")}},
         STR_INIT("ck_b"),
         STR_INIT(""),
         0},
        {"token as bearer",
         {{STR_INIT("authorization"), STR_INIT("Bearer good")}},
         STR_INIT(""),
         STR_INIT("Bearer good"),
         0},
        {"token as key",
         {{STR_INIT("authorization"), STR_INIT("")}, {STR_INIT("x-api-key"), STR_INIT("good")}},
         STR_INIT(""),
         STR_INIT("Bearer good"),
         0},
        {"both: the key counts",
         {{STR_INIT("authorization"), STR_INIT("Bearer bad")},
          {STR_INIT("x-api-key"), STR_INIT("ck_a")}},
         STR_INIT("ck_a"),
         STR_INIT(""),
         0},
        {"bad token",
         {{STR_INIT("authorization"), STR_INIT("Bearer bad")}},
         STR_INIT(""),
         STR_INIT("Bearer bad"),
         401},
        {"basic",
         {{STR_INIT("authorization"), STR_INIT("Basic ck_a")}},
         STR_INIT(""),
         STR_INIT(""),
         401},
        {"nothing", {{STR_INIT("authorization"), STR_INIT("")}}, STR_INIT(""), STR_INIT(""), 401},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        fake_answers();
        struct wish wish = {.body = STR(PROMPT)};
        memcpy(wish.headers, cases[i].headers, sizeof cases[i].headers);
        ask(&x, &wish);
        CHECK_I64(cases[i].name, x.answer.status, cases[i].status);
        CHECK_STR(cases[i].name, fake.key, cases[i].key);
        CHECK_STR(cases[i].name, fake.bearer, cases[i].bearer);
        CHECK_STR(cases[i].name, header_of(&x, "www-authenticate"),
                  cases[i].status == 401 ? STR("Bearer") : STR(""));
    }
}

static void options_of_the_gateway_come_in_headers(void **state)
{
    (void)state;
    char key[257];
    memset(key, 'k', sizeof key);
    const struct {
        const char *name;
        struct http_header header;
        int status;
        bool no_cache;
    } cases[] = {
        {"cache off", {STR_INIT("x-clambda-cache"), STR_INIT("OFF")}, 0, true},
        {"cache on", {STR_INIT("x-clambda-cache"), STR_INIT("on")}, 0, false},
        {"cache maybe", {STR_INIT("x-clambda-cache"), STR_INIT("maybe")}, 422, false},
        {"key of 255", {STR_INIT("idempotency-key"), {key, 255}}, 0, false},
        {"key of 256", {STR_INIT("idempotency-key"), {key, 256}}, 422, false},
        {"key with a blank", {STR_INIT("idempotency-key"), STR_INIT("a b")}, 422, false},
        {"cache key of 256", {STR_INIT("x-clambda-cache-key"), {key, 256}}, 0, false},
        {"cache key of 257", {STR_INIT("x-clambda-cache-key"), {key, 257}}, 422, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        fake_answers();
        ask(&x, &(struct wish){.headers = {cases[i].header}, .body = STR(PROMPT)});
        CHECK_I64(cases[i].name, x.answer.status, cases[i].status);
        CHECK_I64(cases[i].name, fake.calls, cases[i].status == 0);
        if (fake.calls > 0) {
            CHECK_I64(cases[i].name, fake.request->no_cache, cases[i].no_cache);
        }
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

static void a_failed_call_is_the_protocols_error_with_what_is_known(void **state)
{
    (void)state;
    EXCHANGE;
    fake.status = ERR_UPSTREAM;
    fake.code = "AI_SERVICE_ERROR";
    fake.outcome.attempts_are_spent = true;
    fake.outcome.cost_nano = 77; /* of an attempt that broke off */
    ask(&x, &(struct wish){.body = STR(PROMPT)});
    CHECK_I64("status", x.answer.status, 502);
    CHECK_STR("code", json_find_str(x.root, STR("error_code")), STR("AI_SERVICE_ERROR"));
    CHECK_STR("again", header_of(&x, "x-should-retry"), STR("false"));
    CHECK_STR("trail", header_of(&x, "x-clambda-trail"), STR("anthropic/claude-haiku-4-5:ok"));
    CHECK_STR("cost", header_of(&x, "x-clambda-cost-nanodollars"), STR("77"));
    CHECK_STR("request", header_of(&x, "x-request-id"), STR("r-1"));
}

/* ---- the order of things --------------------------------------------------------------------- */

static void settlement_comes_after_the_answer(void **state)
{
    (void)state;
    static const enum status statuses[] = {OK, ERR_UPSTREAM, ERR_BUDGET};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        EXCHANGE;
        struct reply reply = {.way = &way};
        fake.sent = buf_in(x.t.cx.arena, MIB(1));
        fake.status = statuses[i];
        fake_answers();
        fake.begins = statuses[i] == OK;
        fake.event_count = statuses[i] == OK ? fake.event_count : 0;
        ask(&x, &(struct wish){.body = STR(PROMPT), .reply = &reply});
        CHECK_I64("not yet", fake.settlements, 0);
        CHECK_STATUS(&x.t.cx, endpoint_reply(&x.t.cx, &x.call, &x.answer), OK);
        CHECK_I64("once", fake.settlements, 1);
        CHECK_I64("after the answer", fake.had_answer_when_settled, true);
    }
}

static void nothing_asked_is_nothing_settled(void **state)
{
    (void)state;
    EXCHANGE;
    struct reply reply = {.way = &way};
    ask(&x, &(struct wish){.body = STR("{}"), .reply = &reply});
    CHECK_STATUS(&x.t.cx, endpoint_reply(&x.t.cx, &x.call, &x.answer), OK);
    CHECK_I64("none", fake.settlements, 0);
}

static void the_http_apis_patience_ends_a_call(void **state)
{
    (void)state;
    static const struct {
        const char *domain;
        int64_t before_ms, want_ms;
    } cases[] = {
        {"abc.execute-api.eu-central-1.amazonaws.com", 300000, 29000},
        {"abc.execute-api.eu-central-1.amazonaws.com", 20000, 20000},
        {"abc.lambda-url.eu-central-1.on.aws", 300000, 300000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        fake_answers();
        x.t.cx.deadline_ms = NOW_MS + cases[i].before_ms;
        ask(&x, &(struct wish){.body = STR(PROMPT), .domain = cases[i].domain});
        CHECK_I64(cases[i].domain, fake.deadline_ms - NOW_MS, cases[i].want_ms);
    }
}

/* ---- streams --------------------------------------------------------------------------------- */

#define CHAT                                                                                       \
    "{\"model\":\"claude-haiku\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","               \
    "\"content\":\"a\"}],\"stream\":true}"

/* Only what the runtime looks at to choose an answer's form. */
static const struct invocation of_url = {
    .event = STR_INIT("{\"version\":\"2.0\",\"requestContext\":{}}")};

static void ask_for_stream(struct exchange *x, struct reply *reply, const char *path)
{
    *reply = (struct reply){.way = &way, .stream_http = true, .inv = &of_url};
    fake.sent = buf_in(x->t.cx.arena, MIB(1));
    ask(x, &(struct wish){
               .path = path,
               .headers = {{STR("x-api-key"), STR("ck_x")},
                           {STR("anthropic-version"), STR("2023-06-01")}},
               .body = STR(CHAT),
               .reply = reply,
           });
}

static bool sent_has(const char *words)
{
    return str_find(buf_str(&fake.sent), str_from_cstr(words)) != SIZE_MAX;
}

static void a_stream_goes_out_as_it_comes(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/chat/completions", "/v1/messages"};
    static const char *const ends[] = {
        "data: [DONE]\n\n", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        EXCHANGE;
        struct reply reply;
        fake_answers();
        ask_for_stream(&x, &reply, paths[i]);
        CHECK_I64(paths[i], x.call.has_replied, true);
        CHECK_I64("piece by piece", fake.writes >= 3, true);
        CHECK_I64("as events", sent_has("text/event-stream"), true);
        CHECK_I64("of a known call", sent_has("\"x-clambda-call-id\":\"" CALL_ID "\""), true);
        CHECK_I64("to its own end", str_has_suffix(buf_str(&fake.sent), str_from_cstr(ends[i])),
                  true);
        CHECK_STATUS(&x.t.cx, endpoint_reply(&x.t.cx, &x.call, &x.answer), OK);
        CHECK_I64("settled after its end", fake.had_answer_when_settled, true);
    }
}

static void a_stream_of_the_callers_protocol_is_handed_on_byte_for_byte(void **state)
{
    (void)state;
    EXCHANGE;
    struct reply reply;
    fake.begins = true;
    fake.raw = STR("event: x\ndata: {\"unheard\":  of}\n\n");
    ask_for_stream(&x, &reply, "/v1/messages");
    CHECK_I64("raw", str_has_suffix(buf_str(&fake.sent), fake.raw), true);
}

static void a_broken_stream_ends_in_the_protocols_error(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/chat/completions", "/v1/messages"};
    static const char *const errors[] = {"data: {\"error\":{", "event: error\ndata: {"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        EXCHANGE;
        struct reply reply;
        fake_answers();
        fake.event_count = 2;
        fake.status = ERR_UPSTREAM;
        fake.code = "AI_SERVICE_ERROR";
        ask_for_stream(&x, &reply, paths[i]);
        CHECK_I64(paths[i], sent_has(errors[i]), true);
        CHECK_I64("no end", sent_has("[DONE]") || sent_has("message_stop"), false);
        CHECK_STATUS(&x.t.cx, endpoint_reply(&x.t.cx, &x.call, &x.answer), OK);
        CHECK_I64("settled", fake.settlements, 1);
    }
}

static void a_caller_who_has_gone_ends_the_call(void **state)
{
    (void)state;
    EXCHANGE;
    struct reply reply;
    fake_answers();
    fake.is_gone = true;
    ask_for_stream(&x, &reply, "/v1/chat/completions");
    CHECK_I64("nothing reached it", fake.sent.len, 0);
    CHECK_STATUS(&x.t.cx, endpoint_reply(&x.t.cx, &x.call, &x.answer), ERR_UPSTREAM);
    CHECK_I64("settled all the same", fake.settlements, 1);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static void what_is_not_there_is_told_in_the_paths_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int status;
        const char *member, *code;
    } cases[] = {
        {"POST", "/v1/messages/batches", 404, "type", "NOT_FOUND"},
        {"GET", "/v1/messages", 405, "type", "METHOD_NOT_ALLOWED"},
        {"POST", "/v1/audio/speech", 404, "error", "\"not_found\""},
        {"GET", "/v1/chat/completions", 405, "error", "method_not_allowed"},
        {"GET", "/ai-gateway", 405, "error_code", "METHOD_NOT_ALLOWED"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        ask(&x, &(struct wish){.method = cases[i].method, .path = cases[i].path});
        CHECK_I64(cases[i].path, x.answer.status, cases[i].status);
        CHECK_I64(cases[i].path, json_find(x.root, str_from_cstr(cases[i].member)) != NULL, true);
        CHECK_I64(cases[i].path, str_find(x.answer.body, str_from_cstr(cases[i].code)) != SIZE_MAX,
                  true);
    }
}

static void models_free(struct llm_models **models)
{
    llm_models_free(*models);
}

static void models_are_listed_for_whoever_may_ask(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
    } cases[] = {
        {"/v1/models", 0},
        {"/v1/models/claude-haiku", 0},
        {"/v1/models/openai/gpt-4.1-mini", 0},
        {"/v1/models/openai%2Fgpt-4.1-mini", 0},
        {"/v1/models/none", 404},
        {"/v1/models/claude-hiaku", 404},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EXCHANGE;
        DEFER(models_free) struct llm_models *models = NULL;
        CHECK_STATUS(&x.t.cx, llm_models_new(&x.t.cx, STR(""), &models), OK);
        fake.models = models;
        ask(&x, &(struct wish){.method = "GET", .path = cases[i].path});
        CHECK_I64(cases[i].path, x.answer.status, cases[i].status);
        CHECK_I64("nearest", str_find(x.answer.body, STR("\"claude-haiku\\\"?")) != SIZE_MAX,
                  strstr(cases[i].path, "hiaku") != NULL);
        ask(&x, &(struct wish){.method = "GET",
                               .path = cases[i].path,
                               .headers = {{STR("authorization"), STR("Bearer bad")}}});
        CHECK_I64("a stranger", x.answer.status, 401);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_tokens_come_in_either_header),
        cmocka_unit_test(options_of_the_gateway_come_in_headers),
        cmocka_unit_test(a_failed_call_is_the_protocols_error_with_what_is_known),
        cmocka_unit_test(settlement_comes_after_the_answer),
        cmocka_unit_test(nothing_asked_is_nothing_settled),
        cmocka_unit_test(the_http_apis_patience_ends_a_call),
        cmocka_unit_test(a_stream_goes_out_as_it_comes),
        cmocka_unit_test(a_stream_of_the_callers_protocol_is_handed_on_byte_for_byte),
        cmocka_unit_test(a_broken_stream_ends_in_the_protocols_error),
        cmocka_unit_test(a_caller_who_has_gone_ends_the_call),
        cmocka_unit_test(what_is_not_there_is_told_in_the_paths_protocol),
        cmocka_unit_test(models_are_listed_for_whoever_may_ask),
    };
    return cmocka_run_group_tests_name("ai_gateway", tests, NULL, NULL);
}
