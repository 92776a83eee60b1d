#include "functions/ai-gateway/key_cache.h"

#include "tests/support/check.h"

static const int64_t NOW_MS = 1772359200000;

static void cache_free(struct key_cache **cache)
{
    key_cache_free(*cache);
}

#define CACHE                                                                                      \
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);                                   \
    DEFER(cache_free) struct key_cache *cache = key_cache_new()

static struct llm_digest key_of(int number)
{
    struct llm_digest key = {{0}};
    key.bytes[LLM_DIGEST_BYTES - 1] = (uint8_t)number;
    return key;
}

static void put(struct ctx *cx, struct key_cache *cache, int number, int64_t now_ms)
{
    struct llm_digest key = key_of(number);
    const struct str models[] = {exact_copy(cx, STR("claude-haiku"))};
    key_cache_put_copy(cache, &key, now_ms,
                       &(struct llm_caller){.tenant_id = exact_copy(cx, STR("tenant")),
                                            .user_id = arena_format(cx->arena, "user-%d", number),
                                            .claims = exact_copy(cx, STR("{}")),
                                            .models = models,
                                            .model_count = 1,
                                            .logs_content = true});
}

static struct str found(const struct key_cache *cache, int number, int64_t now_ms)
{
    struct llm_digest key = key_of(number);
    struct llm_caller caller;
    return key_cache_find(cache, &key, now_ms, &caller) ? caller.user_id : (struct str){0};
}

static void a_holder_is_known_for_five_seconds(void **state)
{
    (void)state;
    CACHE;
    put(&t.cx, cache, 1, NOW_MS);
    CHECK_STR("at once", found(cache, 1, NOW_MS), STR("user-1"));
    CHECK_STR("at its end", found(cache, 1, NOW_MS + KEY_CACHE_MS), STR("user-1"));
    CHECK_STR("after it", found(cache, 1, NOW_MS + KEY_CACHE_MS + 1), STR(""));
    CHECK_STR("a clock set back", found(cache, 1, NOW_MS - 1), STR(""));
    CHECK_STR("another key", found(cache, 2, NOW_MS), STR(""));
}

static void the_copy_outlives_its_source(void **state)
{
    (void)state;
    CACHE;
    struct llm_digest key = key_of(7);
    struct llm_caller caller;
    put(&t.cx, cache, 7, NOW_MS);
    arena_reset(&t.arena);
    assert_true(key_cache_find(cache, &key, NOW_MS, &caller));
    CHECK_STR("tenant", caller.tenant_id, STR("tenant"));
    CHECK_STR("claims", caller.claims, STR("{}"));
    CHECK_STR("model", caller.models[0], STR("claude-haiku"));
    CHECK_I64("switch", caller.logs_content, true);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    CACHE;
    for (int i = 0; i < KEY_CACHE_ENTRIES; i++) {
        put(&t.cx, cache, i, NOW_MS + i);
    }
    put(&t.cx, cache, 0, NOW_MS + 100); /* asked for anew: no second place */
    CHECK_STR("all are there", found(cache, 1, NOW_MS + 100), STR("user-1"));
    put(&t.cx, cache, 99, NOW_MS + 101);
    CHECK_STR("the oldest went", found(cache, 1, NOW_MS + 101), STR(""));
    CHECK_STR("the renewed one stayed", found(cache, 0, NOW_MS + 101), STR("user-0"));
    CHECK_STR("the next one stayed", found(cache, 2, NOW_MS + 101), STR("user-2"));
    CHECK_STR("the new one is there", found(cache, 99, NOW_MS + 101), STR("user-99"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_holder_is_known_for_five_seconds),
        cmocka_unit_test(the_copy_outlives_its_source),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests_name("ai_gateway_key_cache", tests, NULL, NULL);
}
