/*
 * The released refiner behind the local gateway, with the project's template, a database, and the
 * emulator in the place of every provider: what models say arrives, what they spend is settled, and
 * what happens can be followed while it does.
 */
#include "tests/integration/llm_fixture.h"
#include "tests/support/gateway.h"
#include "tests/support/provider_peer.h"

#include "functions/refiner/form.h"

#include <pthread.h>

#define ANTHROPIC_KEY "sk-emu-refiner-anthropic"
#define OPENAI_KEY    "sk-emu-refiner-openai"
#define REPLICATE_KEY "r8_emu_refiner"
#define URL_PATH      "/_url/refiner" /* the function URL, which streams */

#define DOG                                                                                        \
    "{\"user_request\":{\"original_prompt\":\"poster of my dog at the beach\",\"intent\":"         \
    "\"image\",\"aspect_ratio\":\"4:5\"},\"assets\":[{\"id\":\"a1\",\"type\":\"image\","           \
    "\"ai_caption\":\"brown dog on wet sand\",\"quality_score\":0.8}]}"

enum { SETTLE_PATIENCE_MS = 5000, LOOK_MS = 10, SLOW_MS = 900, ITEMS = 4 };

/* Two of the built-in chain, and one of an operator's own: without a schema of its provider's. */
#define MORE_CONFIG                                                                                \
    ",\"models\":[{\"provider\":\"replicate\",\"id\":\"anthropic/claude-4.5-haiku\",\"checked\":"  \
    "\"2026-11-28\",\"prices\":[{\"input\":1,\"output\":5}]}],\"aliases\":[{\"name\":\"refiner\"," \
    "\"chain\":[\"anthropic/claude-haiku-4-5\",\"openai/gpt-4.1-mini\","                           \
    "\"replicate/anthropic/claude-4.5-haiku\"],\"max_output_tokens\":4096}]"

static struct provider_peer providers;
static struct gateway gateway;
static char variables[64], config[64];

static void file_make(char path[static 64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/clambda-refiner.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

static int start(void **state)
{
    char text[2048];
    if (llm_setup(state) != 0) {
        return -1;
    }
    provider_peer_start(&providers);
    (void)snprintf(text, sizeof text,
                   "{\"providers\":[{\"name\":\"anthropic\",\"base_url\":\"%s/anthropic\"},"
                   "{\"name\":\"openai\",\"base_url\":\"%s/openai\"},"
                   "{\"name\":\"replicate\",\"base_url\":\"%s/replicate\"}]" MORE_CONFIG "}",
                   providers.url, providers.url, providers.url);
    file_make(config, text);
    (void)snprintf(text, sizeof text,
                   "{\"RefinerFunction\":{\"ANTHROPIC_API_KEY\":\"" ANTHROPIC_KEY
                   "\",\"OPENAI_API_KEY\":\"" OPENAI_KEY
                   "\",\"REPLICATE_API_TOKEN\":\"" REPLICATE_KEY "\",\"LLM_CONFIG_FILE\":\"%s\"}}",
                   config);
    file_make(variables, text);
    gateway_start(&gateway,
                  &(struct gateway_options){.database_url = cluster.url, .env_vars = variables});
    return 0;
}

static int stop(void **state)
{
    gateway_stop(&gateway);
    provider_peer_stop(&providers);
    (void)unlink(variables);
    (void)unlink(config);
    return db_cluster_stop(state);
}

static int clean(void **state)
{
    (void)llm_clean(state);
    llm_sql("TRUNCATE dreamcut_refiner CASCADE");
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    provider_peer_reset(&t.cx, &providers, NULL);
    return 0;
}

/* What a model says that fills every field, as a step of a script: {"text": "..."} with `more`. */
static struct str good_step(struct ctx *cx, const char *more)
{
    struct form *form = ARENA_NEW(cx->arena, struct form);
    struct buf text = buf_in(cx->arena, KIB(16)), step = buf_in(cx->arena, KIB(64));
    struct json_writer w = json_writer_on(&text);
    CHECK_STATUS(cx, form_init(cx, cx->arena, form), OK);
    json_object_begin(&w);
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        json_key(&w, form->names[i]);
        if (refined_enrichables[i].is_list) {
            json_array_begin(&w);
            json_cstr(&w, "Hold the first frame");
            json_cstr(&w, "Let the waves answer");
            json_array_end(&w);
        } else {
            json_cstr(&w, refined_enrichables[i].max_bytes < 100
                              ? "20-30 minutes"
                              : "A sunlit seaside portrait of the dog with room for a bold title");
        }
    }
    json_object_end(&w);
    w = json_writer_on(&step);
    json_array_begin(&w);
    json_object_begin(&w);
    json_member_str(&w, "text", buf_str(&text));
    json_member_i64(&w, "times", 0);
    if (more != NULL) {
        json_member_i64(&w, more, SLOW_MS);
    }
    json_object_end(&w);
    json_array_end(&w);
    return buf_str(&step);
}

static void script(struct ctx *cx, const char *key, struct str steps)
{
    provider_peer_script(cx, &providers, key, NULL, arena_str_copy(cx->arena, steps).ptr);
}

static struct str bearer(struct ctx *cx)
{
    return gateway_bearer(cx, &gateway, &(struct token_wish){.user_id = STR(ADA_ID)});
}

static const struct json *post(struct ctx *cx, const char *path, const char *body)
{
    struct http_result result;
    const struct json *root = NULL;
    gateway_ask(cx, &gateway, "POST", path, bearer(cx), str_from_cstr(body), &result);
    CHECK_I64("status", result.status, 200);
    CHECK_STATUS(cx, json_read(cx, result.body, NULL, &root), OK);
    return root;
}

static struct str meta(const struct json *root, const char *name)
{
    const struct json *value = json_find(json_find(root, STR("_metadata")), str_from_cstr(name));
    return value == NULL ? STR("") : value->type == JSON_STRING ? value->text : value->span;
}

/* A settlement follows its answer. */
static void settled_wait(void)
{
    int64_t patience_ends = clock_now_ms() + SETTLE_PATIENCE_MS;
    while (llm_count("SELECT count(*) AS v FROM llm_holds WHERE state = 'held'") > 0) {
        assert_true(clock_now_ms() < patience_ends);
        clock_sleep_ms(LOOK_MS);
    }
}

/* ---- what arrives, and what it costs --------------------------------------------------------- */

static void a_models_words_arrive_and_their_cost_is_settled(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    script(&t.cx, ANTHROPIC_KEY, good_step(&t.cx, NULL));
    const struct json *root = post(&t.cx, "/refiner", DOG);
    CHECK_STR("model", meta(root, "modelUsed"), STR("anthropic/claude-haiku-4-5"));
    CHECK_STR("degraded", meta(root, "degraded"), STR("false"));
    CHECK_STR("concept",
              json_find_str(json_find(root, STR("creative_direction")), STR("core_concept")),
              STR("A sunlit seaside portrait of the dog with room for a bold title"));
    CHECK_STR("the user's own",
              json_find_str(json_find(root, STR("user_request")), STR("aspect_ratio")), STR("4:5"));
    settled_wait();
    int64_t cost = 0;
    assert_true(str_to_i64(meta(root, "costNanodollars"), &cost) && cost > 0);
    CHECK_I64("cost rows",
              llm_count("SELECT sum(cost_nanodollars)::bigint AS v FROM ai_request_logs"), cost);
    CHECK_I64("the refiner's row",
              llm_count("SELECT cost_nano AS v FROM dreamcut_refiner WHERE status = 'complete'"),
              cost);
}

static void models_that_fail_are_followed_by_the_next_and_the_rules(void **state)
{
    (void)state;
#define FAILS "[{\"status\":500,\"times\":0}]"
    static const struct {
        const char *name, *steps[3]; /* of each provider; NULL: a good answer */
        const char *model;
    } cases[] = {
        {"an error", {FAILS}, "openai/gpt-4.1-mini"},
        {"a refusal in prose",
         {"[{\"text\":\"I would rather not.\",\"times\":0}]"},
         "openai/gpt-4.1-mini"},
        {"no JSON of any kind", {"[{\"garbage\":\"html\",\"times\":0}]"}, "openai/gpt-4.1-mini"},
        {"too busy",
         {"[{\"status\":429,\"retry_after\":\"60\",\"times\":0}]"},
         "openai/gpt-4.1-mini"},
        {"two of three", {FAILS, FAILS}, "replicate/anthropic/claude-4.5-haiku"},
        {"all", {FAILS, "[{\"text\":\"[]\",\"times\":0}]", FAILS}, "none"},
    };
    static const char *const keys[] = {ANTHROPIC_KEY, OPENAI_KEY, REPLICATE_KEY};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        (void)clean(NULL);
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            const char *steps = cases[i].steps[k];
            script(&t.cx, keys[k], steps != NULL ? str_from_cstr(steps) : good_step(&t.cx, NULL));
        }
        const struct json *root = post(&t.cx, "/refiner", DOG);
        CHECK_STR(cases[i].name, meta(root, "modelUsed"), str_from_cstr(cases[i].model));
        CHECK_STR(cases[i].name, meta(root, "stored"), STR("true"));
        settled_wait();
    }
}

static void a_call_that_is_refused_leaves_the_rules(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    script(&t.cx, ANTHROPIC_KEY, good_step(&t.cx, NULL));
    llm_sql("UPDATE llm_settings SET user_rpm = 0");
    const struct json *root = post(&t.cx, "/refiner", DOG);
    CHECK_STR("model", meta(root, "modelUsed"), STR("none"));
    CHECK_STR("reason", meta(root, "degradedReason"), STR("rate_limit"));
    CHECK_I64("asked", provider_peer_count(&t.cx, &providers, NULL).attempts, 0);
}

/* ---- while it happens ------------------------------------------------------------------------ */

static void a_batch_asks_several_at_a_time(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    script(&t.cx, ANTHROPIC_KEY, good_step(&t.cx, "head_delay_ms"));
    int64_t started_ms = clock_now_ms();
    const struct json *root = post(&t.cx, URL_PATH "/refiner/batch?cache=false",
                                   "{\"items\":[" DOG "," DOG "," DOG "," DOG "]}");
    int64_t took_ms = clock_now_ms() - started_ms;
    int64_t succeeded = 0;
    assert_true(
        json_is_i64(json_find(json_find(root, STR("summary")), STR("succeeded")), &succeeded));
    CHECK_I64("succeeded", succeeded, ITEMS);
    CHECK_I64("asked", provider_peer_count(&t.cx, &providers, NULL).attempts, ITEMS);
    if (took_ms >= (int64_t)ITEMS * SLOW_MS) {
        CHECK_FAILED("%lld ms: one after the other\n", (long long)took_ms);
    }
    settled_wait();
}

#define FOLLOWED_ID "ref_mc2k9x1a_q7d0fz"

struct poster {
    struct ctx *cx;
    struct str authorization;
    struct http_result result;
};

static void *slow_post(void *arg)
{
    struct poster *poster = arg;
    http_call(
        poster->cx,
        &(struct http_call){.url = arena_format(poster->cx->arena, "%s/refiner", gateway.url).ptr,
                            .method = "POST",
                            .authorization = poster->authorization,
                            .fields = {"x-refiner-id: " FOLLOWED_ID},
                            .body = STR(DOG)},
        &poster->result);
    return NULL;
}

static void events_are_followed_to_the_last_one(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t), other = test_ctx_open(&other);
    struct http_result result = {0};
    struct str token = bearer(&t.cx);
    struct poster poster = {.cx = &other.cx, .authorization = token};
    pthread_t thread;
    script(&t.cx, ANTHROPIC_KEY, good_step(&t.cx, "head_delay_ms"));
    assert_int_equal(pthread_create(&thread, NULL, slow_post, &poster), 0);
    while (result.status != 200) { /* 404 until it has begun */
        assert_true(result.status == 0 || result.status == 404);
        clock_sleep_ms(LOOK_MS);
        gateway_ask(&t.cx, &gateway, "GET", URL_PATH "/refiner/" FOLLOWED_ID "/events", token,
                    STR(""), &result);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    CHECK_I64("posted", poster.result.status, 200);
    assert_true(result.took_us - result.first_byte_us >
                (int64_t)SLOW_MS * 1000 / 4); /* it waited */
    size_t first = str_find(result.body, STR("id: 1\nevent: processing\n"));
    size_t second = str_find(result.body, STR("id: 2\nevent: refined\n"));
    assert_true(first != SIZE_MAX && second != SIZE_MAX && first < second);
    settled_wait();
}

static void no_prompt_and_no_key_is_in_the_log(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    script(&t.cx, ANTHROPIC_KEY, good_step(&t.cx, NULL));
    (void)post(&t.cx, "/refiner", DOG);
    struct str log = gateway_log(&t.cx, &gateway);
    static const char *const secrets[] = {"poster of my dog", "brown dog", "sunlit seaside",
                                          ANTHROPIC_KEY, OPENAI_KEY};
    assert_true(str_find(log, STR("\"request\"")) != SIZE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        CHECK_I64(secrets[i], str_find(log, str_from_cstr(secrets[i])), SIZE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_models_words_arrive_and_their_cost_is_settled, clean),
        cmocka_unit_test_setup(models_that_fail_are_followed_by_the_next_and_the_rules, clean),
        cmocka_unit_test_setup(a_call_that_is_refused_leaves_the_rules, clean),
        cmocka_unit_test_setup(a_batch_asks_several_at_a_time, clean),
        cmocka_unit_test_setup(events_are_followed_to_the_last_one, clean),
        cmocka_unit_test_setup(no_prompt_and_no_key_is_in_the_log, clean),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
