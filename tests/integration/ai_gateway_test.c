/*
 * The gateway of models end to end: official protocols in, the emulated providers behind it, both
 * fronts, and what is left in the database.
 */
#include "tests/integration/ai_gateway_fixture.h"

#include <fcntl.h>

/* Apart: a stream of the emulator with pauses between its events, and an answer in one piece. */
enum { SLOW_US = 100000, QUICK_US = 50000 };

enum {
    LONG_WORDS = 6000,
    SOME_CALLS = 40,
    MANY_CALLS = 400,
    STREAM_MAX_KB = 64,
    RESIDENT_MAX_KB = 15 * 1024
};

static struct gateway_world world;

#define CHAT                                                                                       \
    "{\"model\":\"claude-haiku\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\","              \
    "\"content\":\"Name three lunches.\"}]%s}"
#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

/* What the emulator's model says to it (tests/emulators/providers/model.py). */
#define SAID "You said: Name three lunches."

static const char api_version[] = "anthropic-version: 2023-06-01";

static struct str token(struct ctx *cx, const char *user_id)
{
    return gateway_bearer(cx, &world.gateway,
                          &(struct token_wish){.user_id = str_from_cstr(user_id)});
}

static const struct json *ask(struct ctx *cx, const char *path, const char *body, const char *field,
                              int want, struct http_result *result)
{
    const struct json *root = NULL;
    world_ask(cx, &world, path,
              &(struct http_call){.authorization = token(cx, ADA_ID),
                                  .fields = {api_version, field},
                                  .body = str_from_cstr(body)},
              result);
    if (result->status != want) {
        CHECK_FAILED("%s: HTTP %d, want %d: " STR_FMT "\n", path, result->status, want,
                     STR_ARG(str_slice(result->body, 0, 600)));
    }
    if (result->body.len > 0 && result->body.ptr[0] == '{') {
        CHECK_STATUS(cx, json_read(cx, result->body, NULL, &root), OK);
    }
    return root;
}

/* "choices.0.message.content"; NULL if a step is missing. */
static const struct json *at(const struct json *root, const char *path)
{
    struct str rest = str_from_cstr(path), step;
    while (root != NULL && str_split_next(&rest, '.', &step)) {
        int64_t index = 0;
        if (!str_to_i64(step, &index)) {
            root = json_find(root, step);
            continue;
        }
        root = root->first;
        while (root != NULL && index-- > 0) {
            root = root->next;
        }
    }
    return root;
}

static struct str text_at(const struct json *root, const char *path)
{
    const struct json *value = at(root, path);
    return value != NULL ? value->text : (struct str){0};
}

static bool is_true(const struct json *root, const char *path)
{
    const struct json *value = at(root, path);
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

static struct str body_of(struct ctx *cx, const char *more)
{
    return arena_format(cx->arena, CHAT, more); /* NOLINT(clang-diagnostic-format-nonliteral) */
}

/* Scripts, and what the database remembers of them: targets that rest, and rates. */
static void forget(struct ctx *cx)
{
    world_settled();
    provider_peer_reset(cx, &world.providers, NULL);
    (void)llm_clean(NULL);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void both_fronts_answer_whole(void **state)
{
    (void)state;
    static const char *const fronts[] = {"", URL_PATH};
    for (size_t i = 0; i < ARRAY_LEN(fronts); i++) {
        TEST_CTX;
        struct http_result r;
        const struct json *chat =
            ask(&t.cx, arena_format(t.cx.arena, "%s/v1/chat/completions", fronts[i]).ptr,
                body_of(&t.cx, "").ptr, NULL, 200, &r);
        CHECK_STR("chat", text_at(chat, "choices.0.message.content"), STR(SAID));
        CHECK_STR("who", http_result_header(&r, "x-clambda-model"),
                  STR("anthropic/claude-haiku-4-5"));
        CHECK_STR("trail", http_result_header(&r, "x-clambda-trail"),
                  STR("anthropic/claude-haiku-4-5:ok"));
        const struct json *message =
            ask(&t.cx, arena_format(t.cx.arena, "%s/v1/messages", fronts[i]).ptr,
                body_of(&t.cx, "").ptr, NULL, 200, &r);
        CHECK_STR("message", text_at(message, "content.0.text"), STR(SAID));
    }
}

static void the_url_streams_and_the_api_gathers(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    forget(&t.cx);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL,
                         "[{\"times\":0,\"event_delay_ms\":40}]");
    (void)ask(&t.cx, URL_PATH "/v1/messages", body_of(&t.cx, ",\"stream\":true").ptr, NULL, 200,
              &r);
    assert_true(str_has_suffix(str_trim(r.body), STR("{\"type\":\"message_stop\"}")));
    CHECK_I64("its first byte comes long before its last", r.took_us - r.first_byte_us > SLOW_US,
              true);
    (void)ask(&t.cx, "/v1/messages", body_of(&t.cx, ",\"stream\":true").ptr, NULL, 200, &r);
    assert_true(str_has_suffix(str_trim(r.body), STR("{\"type\":\"message_stop\"}")));
    CHECK_I64("the API has it at its end", r.took_us - r.first_byte_us < QUICK_US, true);
    (void)ask(&t.cx, URL_PATH "/v1/chat/completions", body_of(&t.cx, ",\"stream\":true").ptr, NULL,
              200, &r);
    assert_true(str_has_suffix(str_trim(r.body), STR("data: [DONE]")));
    forget(&t.cx);
}

static void a_refusal_falls_over_and_the_trail_says_so(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    forget(&t.cx);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL,
                         "[{\"times\":0,\"status\":429,\"retry_after\":\"120\"}]");
    provider_peer_script(&t.cx, &world.providers, BEDROCK_KEY, NULL,
                         "[{\"times\":0,\"status\":429}]");
    const struct json *chat =
        ask(&t.cx, "/v1/chat/completions", body_of(&t.cx, "").ptr, NULL, 200, &r);
    CHECK_STR("chat", text_at(chat, "choices.0.message.content"), STR(SAID));
    CHECK_STR("who", http_result_header(&r, "x-clambda-model"), STR("openai/gpt-4.1-mini"));
    struct str trail = http_result_header(&r, "x-clambda-trail");
    assert_true(str_has_prefix(trail, STR("anthropic/claude-haiku-4-5:slow_down")));
    assert_true(str_has_suffix(trail, STR("openai/gpt-4.1-mini:ok")));
    forget(&t.cx);
}

static void a_cut_stream_ends_in_the_protocols_error(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    forget(&t.cx);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL,
                         "[{\"times\":0,\"after\":6,\"then\":\"close\"}]");
    (void)ask(&t.cx, URL_PATH "/v1/messages", body_of(&t.cx, ",\"stream\":true").ptr, NULL, 200,
              &r);
    CHECK_I64("error event", str_find(r.body, STR("event: error")) != SIZE_MAX, true);
    CHECK_I64("no end", str_find(r.body, STR("message_stop")), SIZE_MAX);
    forget(&t.cx);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Files of /proc have no size, which file_read wants to know. */
static struct str proc_read(struct ctx *cx, const char *path)
{
    char *bytes = ARENA_ARRAY(cx->arena, char, KIB(16));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, bytes, KIB(16));
    (void)close(fd);
    assert_true(len > 0);
    return (struct str){.ptr = bytes, .len = (size_t)len};
}

/* The value of a line of /proc/PID/status, in kB; 0: there is none. */
static int64_t status_kb(struct ctx *cx, pid_t pid, const char *name)
{
    char path[64];
    struct str text, line;
    int64_t kb = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    text = proc_read(cx, path);
    while (str_split_next(&text, '\n', &line)) {
        if (str_skip_prefix(&line, str_from_cstr(name))) {
            line = str_trim(str_slice(line, 1, line.len));
            (void)str_to_i64(str_slice(line, 0, str_find_char(line, ' ')), &kb);
        }
    }
    return kb;
}

/* The one instance of the function that is up; 0: there is none. */
static pid_t instance_find(struct ctx *cx)
{
    char path[64], program[256];
    struct str text, word;
    int64_t pid = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", world.gateway.pid,
                   world.gateway.pid);
    text = proc_read(cx, path);
    while (str_split_next(&text, ' ', &word)) {
        ssize_t len = -1;
        if (str_to_i64(word, &pid)) {
            (void)snprintf(path, sizeof path, "/proc/%lld/exe", (long long)pid);
            len = readlink(path, program, sizeof program);
        }
        if (len > 0 &&
            str_has_suffix((struct str){program, (size_t)len}, STR("/ai-gateway/bootstrap"))) {
            return (pid_t)pid;
        }
    }
    return 0;
}

static void a_long_stream_takes_no_memory(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    struct buf steps = buf_in(t.cx.arena, MIB(1));
    buf_add(&steps, STR("[{\"times\":0,\"text\":\""));
    for (int i = 0; i < LONG_WORDS; i++) {
        buf_addf(&steps, "word%d ", i);
    }
    buf_add(&steps, STR("\"}]"));
    buf_add_char(&steps, '\0');
    forget(&t.cx);
    (void)ask(&t.cx, URL_PATH "/v1/messages", body_of(&t.cx, ",\"stream\":true").ptr, NULL, 200,
              &r);
    provider_peer_script(&t.cx, &world.providers, ANTHROPIC_KEY, NULL, steps.ptr);
    pid_t pid = instance_find(&t.cx);
    int64_t before_kb = status_kb(&t.cx, pid, "VmHWM");
    (void)ask(&t.cx, URL_PATH "/v1/chat/completions",
              "{\"model\":\"claude-haiku\",\"stream\":true,\"max_tokens\":16000,\"messages\":"
              "[{\"role\":\"user\",\"content\":\"a\"}]}",
              NULL, 200, &r);
    int64_t after_kb = status_kb(&t.cx, pid, "VmHWM");
    CHECK_I64("a long one", r.body.len > MIB(1) / 2, true);
    CHECK_I64("the same instance", instance_find(&t.cx), pid);
    if (after_kb - before_kb >= STREAM_MAX_KB || after_kb > RESIDENT_MAX_KB) {
        CHECK_FAILED("%lld kB at its peak, then %lld kB\n", (long long)before_kb,
                     (long long)after_kb);
    }
    forget(&t.cx);
}

/* By a key without limits, in turn whole and streamed, over both protocols. */
static void calls_make(struct ctx *cx, const char *key, int count)
{
    static const char *const paths[] = {"/v1/messages", "/v1/chat/completions",
                                        URL_PATH "/v1/messages", URL_PATH "/v1/chat/completions"};
    struct str authorization = arena_format(cx->arena, "Bearer %s", key);
    for (int i = 0; i < count; i++) {
        TEST_CTX;
        struct http_result r;
        world_ask(&t.cx, &world, paths[i % 4],
                  &(struct http_call){
                      .authorization = authorization,
                      .fields = {api_version},
                      .body = body_of(&t.cx, i % 4 < 2 ? "" : ",\"stream\":true"),
                  },
                  &r);
        CHECK_I64(paths[i % 4], r.status, 200);
    }
}

static void many_calls_take_no_more_memory_than_some(void **state)
{
    (void)state;
    TEST_CTX;
    char key[LLM_KEY_LEN + 1];
    forget(&t.cx);
    llm_key_insert(RED_ID, "", "", key);
    calls_make(&t.cx, key, SOME_CALLS);
    pid_t pid = instance_find(&t.cx);
    int64_t before_kb = status_kb(&t.cx, pid, "VmHWM");
    calls_make(&t.cx, key, MANY_CALLS);
    CHECK_I64("the same instance", instance_find(&t.cx), pid);
    int64_t more_kb = status_kb(&t.cx, pid, "VmHWM") - before_kb;
    if (more_kb >= STREAM_MAX_KB) {
        CHECK_FAILED("%lld kB more\n", (long long)more_kb);
    }
}

/* ---- the protocol of old --------------------------------------------------------------------- */

static void legacy_answers_and_answers_again_from_its_cache(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    forget(&t.cx);
    struct str body = arena_format(t.cx.arena,
                                   "{\"prompt\":\"Lunch %lld?\",\"max_tokens\":200,\"context\":"
                                   "{\"user_id\":\"" ADA_ID "\",\"operation\":\"general\"}}",
                                   (long long)clock_now_ms());
    const struct json *first = ask(&t.cx, "/ai-gateway", body.ptr, NULL, 200, &r);
    int64_t cost = 0;
    assert_true(json_is_i64(at(first, "cost_nanodollars"), &cost));
    CHECK_I64("it has a price", cost > 0, true);
    CHECK_I64("fresh", is_true(first, "cached"), false);
    const struct json *again = ask(&t.cx, "/ai-gateway", body.ptr, NULL, 200, &r);
    CHECK_I64("cached", is_true(again, "cached"), true);
    CHECK_STR("cost", text_at(again, "cost_nanodollars"), STR("0"));
    CHECK_STR("text", text_at(again, "response"), text_at(first, "response"));
    CHECK_I64("asked once", provider_peer_count(&t.cx, &world.providers, ANTHROPIC_KEY).attempts,
              1);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void refusals_speak_the_callers_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *path, *body;
        int status;
        const char *member, *want;
    } cases[] = {
        {"/v1/chat/completions",
         "{\"model\":\"claude-hiaku\",\"messages\":[{\"role\":\"user\","
         "\"content\":\"a\"}]}",
         404, "error.code", "model_not_found"},
        {"/v1/messages",
         "{\"model\":\"claude-hiaku\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\","
         "\"content\":\"a\"}]}",
         404, "error.type", "not_found_error"},
        {"/v1/messages", "{", 400, "error.type", "invalid_request_error"},
        {"/v1/chat/completions", "{", 400, "error.type", "invalid_request_error"},
        {"/ai-gateway", "{", 422, "error_code", "VALIDATION_FAILED"},
        {"/v1/nothing", "{}", 404, "error.type", "not_found_error"}, /* of Anthropic's version */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        TEST_CTX;
        struct http_result r;
        const struct json *root =
            ask(&t.cx, cases[i].path, cases[i].body, NULL, cases[i].status, &r);
        CHECK_STR(cases[i].path, text_at(root, cases[i].member), str_from_cstr(cases[i].want));
        CHECK_STR("no limits before they are asked for",
                  http_result_header(&r, "x-clambda-budget-reset"), STR(""));
        if (cases[i].status == 404 && i < 2) {
            CHECK_I64("nearest", str_find(r.body, STR("claude-haiku")) != SIZE_MAX, true);
        }
    }
}

static void nobody_is_told_so_in_each_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *path, *member, *want;
    } cases[] = {
        {"/v1/chat/completions", "error.code", "invalid_api_key"},
        {"/v1/messages", "error.type", "authentication_error"},
        {"/ai-gateway", "error_code", "UNAUTHORIZED"},
    };
    static const char *const fields[] = {NULL, "x-api-key: ck_none", "x-api-key: sk-ant-x",
                                         "authorization: Bearer x.y.z"};
    for (size_t i = 0; i < ARRAY_LEN(cases) * ARRAY_LEN(fields); i++) {
        TEST_CTX;
        struct http_result r;
        const struct json *root = NULL;
        world_ask(&t.cx, &world, cases[i / ARRAY_LEN(fields)].path,
                  &(struct http_call){.fields = {api_version, fields[i % ARRAY_LEN(fields)]},
                                      .body = STR("{}")},
                  &r);
        CHECK_I64(cases[i / ARRAY_LEN(fields)].path, r.status, 401);
        CHECK_STATUS(&t.cx, json_read(&t.cx, r.body, NULL, &root), OK);
        CHECK_STR(cases[i / ARRAY_LEN(fields)].path,
                  text_at(root, cases[i / ARRAY_LEN(fields)].member),
                  str_from_cstr(cases[i / ARRAY_LEN(fields)].want));
    }
}

/* ---- the world ------------------------------------------------------------------------------- */

static int open_world(void **state)
{
    if (llm_setup(state) != 0) {
        return -1;
    }
    world_open(&world, cluster.url, "");
    return 0;
}

static int close_world(void **state)
{
    world_close(&world);
    return db_cluster_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_fronts_answer_whole),
        cmocka_unit_test(the_url_streams_and_the_api_gathers),
        cmocka_unit_test(a_refusal_falls_over_and_the_trail_says_so),
        cmocka_unit_test(a_cut_stream_ends_in_the_protocols_error),
        cmocka_unit_test(a_long_stream_takes_no_memory),
        cmocka_unit_test(many_calls_take_no_more_memory_than_some),
        cmocka_unit_test(legacy_answers_and_answers_again_from_its_cache),
        cmocka_unit_test(refusals_speak_the_callers_protocol),
        cmocka_unit_test(nobody_is_told_so_in_each_protocol),
    };
    return cmocka_run_group_tests_name("ai_gateway", tests, open_world, close_world);
}
