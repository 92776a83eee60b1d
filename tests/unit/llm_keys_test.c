/*
 * Keys of providers: where they come from, how they travel, when they are fetched anew. Secrets
 * Manager is a fake.
 */
#include "shared/llm/call/keys.h"

#include "tests/support/check.h"

static struct {
    const char *value; /* NULL: it fails */
    struct secret *secret;
    int gets, refusals;
} store;

/* Instead of the library's. */
enum status secrets_get(struct ctx *cx, struct secrets *secrets, struct str arn, int64_t now_ms,
                        const struct secret **secret)
{
    (void)secrets;
    (void)now_ms;
    CHECK_STR("arn", arn, STR("arn:of:the:key"));
    store.gets++;
    if (store.value == NULL) {
        return fail(cx, ERR_FORBIDDEN, "not for this role");
    }
    secret_free(store.secret);
    store.secret = secret_new_copy(str_from_cstr(store.value));
    *secret = store.secret;
    return OK;
}

void secrets_refused(struct secrets *secrets, struct str arn, int64_t now_ms)
{
    (void)secrets;
    (void)now_ms;
    CHECK_STR("arn", arn, STR("arn:of:the:key"));
    store.refusals++;
}

static const struct llm_provider provider = {
    .name = STR_INIT("p"), .wire = STR_INIT("openai"), .key_env = STR_INIT("P_KEY")};
static const struct llm_provider bedrock = {
    .name = STR_INIT("b"), .wire = STR_INIT("bedrock"), .region = STR_INIT("eu-west-1")};
static const struct llm_provider open_one = {
    .name = STR_INIT("o"), .wire = STR_INIT("openai"), .needs_no_key = true};

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct llm_keys *keys;
    struct llm_credential got;
};

static void set(const char *name, const char *value)
{
    assert_int_equal(value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

static void world_open(struct world *w, bool has_secrets)
{
    static const char *const names[] = {"P_KEY",
                                        "P_KEY_SECRET_ARN",
                                        "P_KEY_PARAMETER",
                                        "AWS_ACCESS_KEY_ID",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECRET_ACCESS_KEY"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        set(names[i], NULL);
    }
    store.value = "from-the-store";
    store.gets = store.refusals = 0;
    /* Only compared with NULL. */
    *w = (struct world){.keys = llm_keys_new(has_secrets ? (struct secrets *)&store : NULL)};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
}

static void world_close(struct world *w)
{
    llm_keys_free(w->keys);
    secret_free(store.secret);
    store.secret = NULL;
    test_ctx_close(&w->t);
}

static void a_key_of_the_environment_travels_as_its_wire_wants(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false);
    assert_false(llm_keys_has(w.keys, &provider));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got),
                 ERR_INTERNAL);
    set("P_KEY", " sk-1\n");
    assert_true(llm_keys_has(w.keys, &provider));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
    CHECK_STR("name", w.got.field.name, STR("authorization"));
    CHECK_STR("value", w.got.field.value, STR("Bearer sk-1"));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_X_API_KEY, &w.got), OK);
    CHECK_STR("name", w.got.field.name, STR("x-api-key"));
    CHECK_STR("value", w.got.field.value, STR("sk-1"));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_NONE, &w.got), OK);
    assert_false(w.got.has_field || w.got.is_signed);
    set("P_KEY", "sk-2");
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
    CHECK_STR("a new value is used at once", w.got.field.value, STR("Bearer sk-2"));
    assert_false(llm_keys_refused(w.keys, &provider));
}

static void a_key_elsewhere_is_fetched_and_fetched_again_once_it_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"P_KEY_SECRET_ARN", "P_KEY_PARAMETER"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        DEFER(world_close) struct world w;
        world_open(&w, true);
        set(names[i], "arn:of:the:key");
        assert_true(llm_keys_has(w.keys, &provider));
        CHECK_I64("nothing is fetched to know that", store.gets, 0);
        CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
        CHECK_STR("value", w.got.field.value, STR("Bearer from-the-store"));
        assert_true(llm_keys_refused(w.keys, &provider));
        CHECK_I64("refusals", store.refusals, 1);
        store.value = "rotated";
        CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
        CHECK_STR("value", w.got.field.value, STR("Bearer rotated"));
        store.value = NULL;
        CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got),
                     ERR_FORBIDDEN);
        set("P_KEY", "own");
        CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
        CHECK_STR("the variable itself wins", w.got.field.value, STR("Bearer own"));
        assert_false(llm_keys_refused(w.keys, &provider));
    }
}

static void without_secrets_an_arn_leads_nowhere(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false);
    set("P_KEY_SECRET_ARN", "arn:of:the:key");
    assert_false(llm_keys_has(w.keys, &provider));
}

static void what_is_no_key_is_not_sent_and_not_told(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false);
    char long_one[LLM_MAX_KEY_BYTES + 2];
    memset(long_one, 'k', sizeof long_one);
    long_one[LLM_MAX_KEY_BYTES] = '\0';
    set("P_KEY", long_one);
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got), OK);
    long_one[LLM_MAX_KEY_BYTES] = 'k';
    long_one[LLM_MAX_KEY_BYTES + 1] = '\0';
    const char *const bad[] = {long_one, "canary key", "canary\r\nx: y", "canary\x7f", "\xC3\xA9"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        set("P_KEY", bad[i]);
        CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &provider, LLM_AUTH_BEARER, &w.got),
                     ERR_INTERNAL);
        CHECK_I64("canary", str_find(str_from_cstr(w.cx->err.text), STR("canary")), SIZE_MAX);
    }
}

static void bedrock_is_asked_as_the_role(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false);
    assert_false(llm_keys_has(w.keys, &bedrock));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &bedrock, LLM_AUTH_SIGV4, &w.got), ERR_INTERNAL);
    set("AWS_ACCESS_KEY_ID", "AKID");
    set("AWS_SECRET_ACCESS_KEY", "secret");
    set("AWS_SESSION_TOKEN", "token");
    assert_true(llm_keys_has(w.keys, &bedrock));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &bedrock, LLM_AUTH_SIGV4, &w.got), OK);
    assert_true(w.got.is_signed && !w.got.has_field);
    CHECK_STR("region", w.got.sign.region, STR("eu-west-1"));
    CHECK_STR("service", w.got.sign.service, STR("bedrock"));
    CHECK_STR("token", w.got.sign.session_token, STR("token"));
}

static void a_local_server_needs_none(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false);
    assert_true(llm_keys_has(w.keys, &open_one));
    CHECK_STATUS(w.cx, llm_keys_get(w.cx, w.keys, &open_one, LLM_AUTH_BEARER, &w.got), OK);
    assert_false(w.got.has_field || w.got.is_signed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_the_environment_travels_as_its_wire_wants),
        cmocka_unit_test(a_key_elsewhere_is_fetched_and_fetched_again_once_it_is_refused),
        cmocka_unit_test(without_secrets_an_arn_leads_nowhere),
        cmocka_unit_test(what_is_no_key_is_not_sent_and_not_told),
        cmocka_unit_test(bedrock_is_asked_as_the_role),
        cmocka_unit_test(a_local_server_needs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
