/*
 * The gateway of models as it is deployed: it knows the ARN of its provider's key and nothing else.
 * Secrets Manager is its emulator, which checks the signatures; so are the providers, which refuse
 * a key they do not know.
 */
#include "tests/integration/ai_gateway_fixture.h"
#include "tests/support/secrets_peer.h"

#define KEY_ARN  SECRETS_PEER_ARN("anthropic")
#define JWKS_ARN SECRETS_PEER_ARN("jwt-keys")
/* The providers know keys with "emu" in them. */
#define NEW_KEY   "sk-emu-new-hunter2"
#define NEWER_KEY "sk-emu-newer-hunter2"
#define FALSE_KEY "sk-false-hunter2"

enum { VARIABLES_MAX = 1024, LOG_PATIENCE_MS = 200 };

static struct gateway_world world;
static struct secrets_peer secrets;
static char key[LLM_KEY_LEN + 1];

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static void holds(const char *value)
{
    char json[VARIABLES_MAX];
    (void)snprintf(json, sizeof json, "{\"" KEY_ARN "\":{\"SecretString\":\"%s\"}}", value);
    secrets_peer_put(&secrets, str_from_cstr(json));
}

static int ask(struct ctx *cx, struct http_result *r)
{
    world_ask(cx, &world, "/v1/messages",
              &(struct http_call){
                  .authorization = arena_format(cx->arena, "Bearer %s", key),
                  .fields = {"anthropic-version: 2023-06-01"},
                  .body = STR("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":9,\"messages\":["
                              "{\"role\":\"user\",\"content\":\"a\"}]}"),
              },
              r);
    return r->status;
}

static void a_providers_key_is_fetched_once(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    CHECK_I64("first", ask(&t.cx, &r), 200);
    CHECK_I64("second", ask(&t.cx, &r), 200);
    CHECK_I64("fetched", secrets_peer_count(&t.cx, &secrets, KEY_ARN, "value"), 1);
    CHECK_I64("shown", provider_peer_count(&t.cx, &world.providers, NEW_KEY).billed, 2);
}

static void a_key_that_is_refused_is_fetched_anew_and_costs_no_caller_a_failure(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    holds(NEWER_KEY);
    provider_peer_script(&t.cx, &world.providers, NEW_KEY, NULL, "[{\"times\":0,\"status\":401}]");
    CHECK_I64("renewed", ask(&t.cx, &r), 200);
    CHECK_I64("by the new one", provider_peer_count(&t.cx, &world.providers, NEWER_KEY).billed, 1);
}

static void no_key_is_in_a_log_or_an_answer(void **state)
{
    (void)state;
    TEST_CTX;
    struct http_result r;
    holds(FALSE_KEY);
    provider_peer_script(&t.cx, &world.providers, NEWER_KEY, NULL,
                         "[{\"times\":0,\"status\":401}]");
    CHECK_I64("refused", ask(&t.cx, &r), 502);
    CHECK_I64("answer", str_find(r.body, STR("hunter2")), SIZE_MAX);
    clock_sleep_ms(LOG_PATIENCE_MS);
    struct str log = gateway_log(&t.cx, &world.gateway);
    CHECK_I64("log", str_find(log, STR("hunter2")), SIZE_MAX);
    CHECK_I64("the trail is there", str_find(log, STR("claude-haiku-4-5:auth")) != SIZE_MAX, true);
}

static int open_world(void **state)
{
    char variables[VARIABLES_MAX];
    if (llm_setup(state) != 0) {
        return -1;
    }
    secrets_peer_start(&secrets);
    holds(NEW_KEY);
    (void)snprintf(variables, sizeof variables,
                   ",\"FETCHED_SECRET_ARN\":\"" KEY_ARN "\",\"JWT_KEYS_SECRET_ARN\":\"" JWKS_ARN
                   "\",\"AUTH_KEYS_FILE\":\"\",\"AWS_ENDPOINT_URL_SECRETS_MANAGER\":\"%s\"",
                   secrets.url);
    world_open_with(&world, cluster.url,
                    &(struct world_more){
                        .variables = variables,
                        .providers = ",{\"name\":\"anthropic\",\"key_env\":\"FETCHED\"}",
                    });
    llm_key_insert(RED_ID, "", "", key);
    return 0;
}

static int close_world(void **state)
{
    world_close(&world);
    secrets_peer_stop(&secrets);
    return db_cluster_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_providers_key_is_fetched_once),
        cmocka_unit_test(a_key_that_is_refused_is_fetched_anew_and_costs_no_caller_a_failure),
        cmocka_unit_test(no_key_is_in_a_log_or_an_answer),
    };
    return cmocka_run_group_tests_name("ai_gateway_secrets", tests, open_world, close_world);
}
