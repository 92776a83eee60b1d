/*
 * What a call leaves behind, through the whole gateway: a line, metrics, spans, a record of keys
 * that say so; and in none of it what nobody should read there.
 */
#include "tests/integration/ai_gateway_fixture.h"
#include "tests/integration/llm_fixture.h"
#include "tests/support/otlp_peer.h"

enum { PATIENCE_MS = 5000, LOOK_MS = 10, MAX_ANSWER = 1 << 20 };

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define CANARY "canary-51e0"
#define MESSAGE                                                                                    \
    "{\"model\":\"claude-haiku\",\"max_tokens\":64,\"stream\":true,\"messages\":[{\"role\":"       \
    "\"user\",\"content\":\"Name three lunches, " CANARY ".\"}]}"

static struct gateway_world world;
static struct otlp_peer collector;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

/* A call with a new key of these columns; gives the key. */
static void ask(struct ctx *cx, const char *columns, const char *values,
                char key[static LLM_KEY_LEN + 1], struct http_result *r)
{
    char field[128];
    llm_key_insert(RED_ID, columns, values, key);
    (void)snprintf(field, sizeof field, "x-api-key: %s", key);
    world_ask(cx, &world, URL_PATH "/v1/messages",
              &(struct http_call){.fields = {field, "anthropic-version: 2023-06-01",
                                             "traceparent: 00-" TRACE "-00f067aa0ba902b7-01"},
                                  .body = STR(MESSAGE)},
              r);
    if (r->status != 200) {
        CHECK_FAILED("HTTP %d: " STR_FMT "\n", r->status, STR_ARG(str_slice(r->body, 0, 600)));
    }
}

static struct str log_with(struct ctx *cx, const char *words)
{
    int64_t patience_ends = clock_now_ms() + PATIENCE_MS;
    while (true) {
        struct str log = gateway_log(cx, &world.gateway);
        if (str_find(log, str_from_cstr(words)) != SIZE_MAX) {
            return log;
        }
        if (clock_now_ms() > patience_ends) {
            CHECK_FAILED("no %s in the log: " STR_FMT "\n", words, STR_ARG(log));
        }
        clock_sleep_ms(LOOK_MS);
    }
}

static struct str spans_wait(struct ctx *cx)
{
    const struct json *last;
    int64_t patience_ends = clock_now_ms() + PATIENCE_MS;
    while (otlp_peer_requests(cx, &collector, &last) == 0) {
        assert_true(clock_now_ms() < patience_ends);
        clock_sleep_ms(LOOK_MS);
    }
    return otlp_peer_log(cx, &collector);
}

static int fresh(void **state)
{
    otlp_peer_forget(&collector);
    return llm_clean(state);
}

static bool has(struct str text, const char *words)
{
    return str_find(text, str_from_cstr(words)) != SIZE_MAX;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void a_call_leaves_a_line_metrics_and_spans(void **state)
{
    (void)state;
    TEST_CTX;
    char key[LLM_KEY_LEN + 1];
    struct http_result r;
    ask(&t.cx, "", "", key, &r);
    struct str log = log_with(&t.cx, "CostNanoUsd");
    assert_true(has(log, "\"message\":\"llm_call\""));
    assert_true(has(log, "\"tenant\":\"" RED_ID "\""));
    assert_true(has(log, "clambda/ai-gateway"));
    struct str spans = spans_wait(&t.cx);
    assert_true(has(spans, TRACE));
    assert_true(has(spans, "\"gen_ai.provider.name\": \"anthropic\""));
}

static void nothing_that_it_leaves_holds_a_prompt_or_a_key(void **state)
{
    (void)state;
    TEST_CTX;
    char key[LLM_KEY_LEN + 1];
    struct http_result r;
    ask(&t.cx, "", "", key, &r);
    struct str spans = spans_wait(&t.cx);
    struct str log = log_with(&t.cx, "CostNanoUsd");
    const char *const secrets[] = {CANARY, key, ANTHROPIC_KEY, OPENAI_KEY};
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        CHECK_I64("log", has(log, secrets[i]), false);
        CHECK_I64("spans", has(spans, secrets[i]), false);
    }
    CHECK_I64("no record", llm_count("SELECT count(*) AS v FROM llm_recordings"), 0);
}

/* What `bootstrap --replay` writes; its exit code is checked. */
static struct str replay(struct ctx *cx, struct str record)
{
    char path[] = "/tmp/clambda-recorded.XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(record.ptr, 1, record.len, file), record.len);
    assert_int_equal(fclose(file), 0);
    const char *build = getenv("CLAMBDA_BUILD");
    struct str command = arena_format(
        cx->arena, "LLM_CONFIG_FILE=%s %s/release/functions/ai-gateway/bootstrap --replay %s",
        world.config, build != NULL ? build : "build", path);
    FILE *out = popen(command.ptr, "r"); /* NOLINT(cert-env33-c): names of ours */
    assert_non_null(out);
    char *text = arena_alloc(cx->arena, MAX_ANSWER, 1);
    size_t len = fread(text, 1, MAX_ANSWER, out);
    CHECK_I64("the same, at the same cost", pclose(out), 0);
    (void)unlink(path);
    return (struct str){.ptr = text, .len = len};
}

static void a_recorded_call_is_done_again_from_the_database(void **state)
{
    (void)state;
    TEST_CTX;
    char key[LLM_KEY_LEN + 1];
    struct http_result r;
    ask(&t.cx, "logs_content", "true", key, &r);
    int64_t patience_ends = clock_now_ms() + PATIENCE_MS;
    while (llm_count("SELECT count(*) AS v FROM llm_recordings") == 0) {
        assert_true(clock_now_ms() < patience_ends);
        clock_sleep_ms(LOOK_MS);
    }
    struct db owner;
    db_open(&owner, cluster.admin);
    struct str record = db_str(&owner, NULL, "SELECT document AS v FROM llm_recordings");
    CHECK_STR("what the caller had", replay(&t.cx, record), r.body);
    CHECK_I64("no key in it", has(record, key) || has(record, ANTHROPIC_KEY), false);
    db_close(&owner);
}

/* ---- the world ------------------------------------------------------------------------------- */

static int open_world(void **state)
{
    char more[128];
    if (llm_setup(state) != 0) {
        return -1;
    }
    otlp_peer_start(&collector);
    (void)snprintf(more, sizeof more, ",\"OTEL_EXPORTER_OTLP_ENDPOINT\":\"%s\"", collector.url);
    world_open(&world, cluster.url, more);
    return 0;
}

static int close_world(void **state)
{
    world_close(&world);
    otlp_peer_stop(&collector);
    return db_cluster_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_leaves_a_line_metrics_and_spans, fresh),
        cmocka_unit_test_setup(nothing_that_it_leaves_holds_a_prompt_or_a_key, fresh),
        cmocka_unit_test_setup(a_recorded_call_is_done_again_from_the_database, fresh),
    };
    return cmocka_run_group_tests_name("ai_gateway_watch", tests, open_world, close_world);
}
