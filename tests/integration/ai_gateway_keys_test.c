/*
 * Virtual keys through the whole gateway: what they open, what they may spend, what is stored for
 * them, and what is left in the database.
 */
#include "tests/integration/ai_gateway_fixture.h"

enum { MAX_FIELD_BYTES = 128 };

static struct gateway_world world;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)
#define CHAT(more)                                                                                 \
    "{\"model\":\"claude-haiku\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\","              \
    "\"content\":\"Name three lunches.\"}]" more "}"

/* One holder's header fields; the last is the test's own. */
struct holder {
    char key[MAX_FIELD_BYTES];
    const char *more;
};

static void holder_new(struct holder *holder, const char *tenant, const char *columns,
                       const char *values)
{
    char key[LLM_KEY_LEN + 1];
    llm_key_insert(tenant, columns, values, key);
    *holder = (struct holder){0};
    (void)snprintf(holder->key, sizeof holder->key, "x-api-key: %s", key);
}

static void ask(struct ctx *cx, const struct holder *holder, const char *path, const char *body,
                int want, struct http_result *r)
{
    world_ask(cx, &world, path,
              &(struct http_call){
                  .fields = {holder->key, "anthropic-version: 2023-06-01", holder->more},
                  .body = str_from_cstr(body),
              },
              r);
    if (r->status != want) {
        CHECK_FAILED("%s: HTTP %d, want %d: " STR_FMT "\n", path, r->status, want,
                     STR_ARG(str_slice(r->body, 0, 600)));
    }
}

static int fresh(void **state)
{
    TEST_CTX;
    world_settled();
    provider_peer_reset(&t.cx, &world.providers, NULL);
    return llm_clean(state);
}

static int64_t attempts(struct ctx *cx)
{
    return provider_peer_count(cx, &world.providers, ANTHROPIC_KEY).attempts;
}

static bool has(const struct http_result *r, const char *words)
{
    return str_find(r->body, str_from_cstr(words)) != SIZE_MAX;
}

static int64_t header_i64(const struct http_result *r, const char *name)
{
    int64_t value = INT64_MIN;
    (void)str_to_i64(http_result_header(r, name), &value);
    return value;
}

/* ---- money ----------------------------------------------------------------------------------- */

static void each_call_leaves_the_row_that_its_header_tells(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    holder_new(&red, RED_ID, "", "");
    ask(&t.cx, &red, "/v1/messages", CHAT(""), 200, &r);
    world_settled();
    struct str id = http_result_header(&r, "x-clambda-call-id");
    struct str sql = arena_format(
        t.cx.arena,
        "SELECT cost_nanodollars AS v FROM ai_request_logs WHERE call_id = '" STR_FMT "'",
        STR_ARG(id));
    CHECK_I64("cost", header_i64(&r, "x-clambda-cost-nanodollars"), llm_count(sql.ptr));
    CHECK_I64("what five and eight tokens of Haiku 4.5 cost", llm_count(sql.ptr),
              5 * 1000 + 8 * 5000);
}

static void a_budget_that_cannot_carry_the_worst_case_is_402(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/messages", "/v1/chat/completions"};
    static const char *const types[] = {"billing_error", "insufficient_quota"};
    llm_sql("INSERT INTO llm_budgets (scope, scope_id, period, cap_nano) VALUES ('tenant', '" RED_ID
            "', 'day', 1000)");
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        TEST_CTX;
        struct holder red, blue;
        struct http_result r;
        holder_new(&red, RED_ID, "", "");
        holder_new(&blue, BLUE_ID, "", "");
        ask(&t.cx, &red, paths[i], CHAT(""), 402, &r);
        CHECK_I64(types[i], has(&r, types[i]), true);
        CHECK_I64("when it starts anew", has(&r, "it starts anew: 20"), true);
        CHECK_STR("no use", http_result_header(&r, "x-should-retry"), STR("false"));
        CHECK_I64("until midnight", header_i64(&r, "retry-after") > 0, true);
        CHECK_I64("nothing was asked", attempts(&t.cx), (int64_t)i);
        ask(&t.cx, &blue, paths[i], CHAT(""), 200, &r);
    }
}

static void a_rate_is_429_with_what_is_left_and_until_when(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    holder_new(&red, RED_ID, "rpm", "1");
    ask(&t.cx, &red, "/v1/chat/completions", CHAT(""), 200, &r);
    CHECK_I64("none left", header_i64(&r, "x-ratelimit-remaining-requests"), 0);
    ask(&t.cx, &red, "/v1/chat/completions", CHAT(""), 429, &r);
    int64_t wait_s = header_i64(&r, "retry-after");
    CHECK_I64("within two minutes", wait_s >= 1 && wait_s <= 120, true);
    ask(&t.cx, &red, "/v1/messages", CHAT(""), 429, &r);
    CHECK_I64("as Anthropic says it", has(&r, "rate_limit_error"), true);
    CHECK_STR("limit", http_result_header(&r, "anthropic-ratelimit-requests-limit"), STR("1"));
}

/* ---- access ---------------------------------------------------------------------------------- */

static void a_revoked_key_is_refused_by_a_warm_instance_at_once(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    holder_new(&red, RED_ID, "", "");
    ask(&t.cx, &red, "/v1/messages", CHAT(""), 200, &r);
    llm_sql("UPDATE llm_keys SET revoked_at = now()");
    ask(&t.cx, &red, "/v1/messages", CHAT(""), 401, &r);
    CHECK_I64("asked once", attempts(&t.cx), 1);
}

static void a_model_off_the_keys_list_is_403(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    holder_new(&red, RED_ID, "models", "'{gpt-mini}'");
    ask(&t.cx, &red, "/v1/messages", CHAT(""), 403, &r);
    CHECK_I64("permission", has(&r, "permission_error"), true);
    CHECK_I64("nothing was asked", attempts(&t.cx), 0);
}

/* ---- stored answers -------------------------------------------------------------------------- */

static void an_idempotency_key_replays_also_as_a_stream(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result first, again;
    holder_new(&red, RED_ID, "", "");
    red.more = "idempotency-key: order-66";
    ask(&t.cx, &red, URL_PATH "/v1/messages", CHAT(",\"stream\":true"), 200, &first);
    world_settled();
    ask(&t.cx, &red, URL_PATH "/v1/messages", CHAT(",\"stream\":true"), 200, &again);
    CHECK_STR("byte for byte", again.body, first.body);
    CHECK_STR("said so", http_result_header(&again, "x-clambda-cache"), STR("replay"));
    CHECK_I64("asked once", attempts(&t.cx), 1);
    ask(&t.cx, &red, URL_PATH "/v1/messages", CHAT(",\"stream\":true,\"top_k\":3"), 409, &again);
    CHECK_STR("no use", http_result_header(&again, "x-should-retry"), STR("false"));
}

static void a_cache_is_its_tenants_own(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red, blue;
    struct http_result r;
    holder_new(&red, RED_ID, "", "");
    holder_new(&blue, BLUE_ID, "", "");
    red.more = blue.more = "x-clambda-cache: on";
    static const char *const wants[] = {"miss", "hit", "miss"};
    const struct holder *const holders[] = {&red, &red, &blue};
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        ask(&t.cx, holders[i], "/v1/chat/completions", CHAT(""), 200, &r);
        world_settled();
        CHECK_STR(wants[i], http_result_header(&r, "x-clambda-cache"), str_from_cstr(wants[i]));
    }
    CHECK_I64("each tenant asked", attempts(&t.cx), 2);
    red.more = NULL;
    ask(&t.cx, &red, "/v1/chat/completions", CHAT(""), 200, &r);
    CHECK_STR("off unless asked for", http_result_header(&r, "x-clambda-cache"), STR("miss"));
}

/* ---- sizes and guards ------------------------------------------------------------------------ */

static void a_prompt_that_does_not_fit_is_413_and_nothing_is_cut(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    struct buf body = buf_in(t.cx.arena, MIB(5));
    holder_new(&red, RED_ID, "", "");
    buf_add(&body, STR("{\"model\":\"claude-haiku-4-5\",\"max_tokens\":64,\"messages\":[{\"role\":"
                       "\"user\",\"content\":\""));
    for (size_t i = 0; i < MIB(4); i += 8) {
        buf_add(&body, STR("lunches "));
    }
    buf_add(&body, STR("\"}]}"));
    buf_add_char(&body, '\0');
    ask(&t.cx, &red, "/v1/messages", body.ptr, 413, &r);
    CHECK_I64("and why", has(&r, "request_too_large"), true);
}

static void what_a_key_masks_its_provider_never_sees(void **state)
{
    (void)state;
    TEST_CTX;
    struct holder red;
    struct http_result r;
    holder_new(&red, RED_ID, "guard", "'{\"mask\":[\"email\"]}'");
    ask(&t.cx, &red, "/v1/messages",
        "{\"model\":\"claude-haiku\",\"max_tokens\":64,\"messages\":[{\"role\":\"user\","
        "\"content\":\"Write to ada@example.com now\"}]}",
        200, &r);
    CHECK_I64("put back in the answer", has(&r, "ada@example.com"), true);
    const struct json *journal = provider_peer_journal(&t.cx, &world.providers, ANTHROPIC_KEY);
    CHECK_I64("asked", str_find(journal->span, STR("Write to")) != SIZE_MAX, true);
    CHECK_I64("not seen", str_find(journal->span, STR("ada@example.com")), SIZE_MAX);
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
        cmocka_unit_test_setup(each_call_leaves_the_row_that_its_header_tells, fresh),
        cmocka_unit_test_setup(a_budget_that_cannot_carry_the_worst_case_is_402, fresh),
        cmocka_unit_test_setup(a_rate_is_429_with_what_is_left_and_until_when, fresh),
        cmocka_unit_test_setup(a_revoked_key_is_refused_by_a_warm_instance_at_once, fresh),
        cmocka_unit_test_setup(a_model_off_the_keys_list_is_403, fresh),
        cmocka_unit_test_setup(an_idempotency_key_replays_also_as_a_stream, fresh),
        cmocka_unit_test_setup(a_cache_is_its_tenants_own, fresh),
        cmocka_unit_test_setup(a_prompt_that_does_not_fit_is_413_and_nothing_is_cut, fresh),
        cmocka_unit_test_setup(what_a_key_masks_its_provider_never_sees, fresh),
    };
    return cmocka_run_group_tests_name("ai_gateway_keys", tests, open_world, close_world);
}
