#include "functions/ai-gateway/key_cache.h"

enum { ENTRY_CHUNK_BYTES = 1024 };

struct entry {
    struct llm_digest key;
    int64_t put_ms; /* 0: empty */
    struct llm_caller caller;
    struct arena arena; /* the caller's strings */
};

struct key_cache {
    struct arena arena; /* holds this struct */
    struct entry entries[KEY_CACHE_ENTRIES];
};

struct key_cache *key_cache_new(void)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct key_cache));
    struct key_cache *cache = ARENA_NEW(&arena, struct key_cache);
    for (size_t i = 0; i < KEY_CACHE_ENTRIES; i++) {
        arena_init(&cache->entries[i].arena, ENTRY_CHUNK_BYTES);
    }
    cache->arena = arena;
    return cache;
}

void key_cache_free(struct key_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < KEY_CACHE_ENTRIES; i++) {
        arena_deinit(&cache->entries[i].arena);
    }
    struct arena arena = cache->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

static bool is_of(const struct entry *entry, const struct llm_digest *key)
{
    return entry->put_ms > 0 && memcmp(entry->key.bytes, key->bytes, LLM_DIGEST_BYTES) == 0;
}

bool key_cache_find(const struct key_cache *cache, const struct llm_digest *key, int64_t now_ms,
                    struct llm_caller *caller)
{
    for (size_t i = 0; i < KEY_CACHE_ENTRIES; i++) {
        const struct entry *entry = &cache->entries[i];
        int64_t age_ms = now_ms - entry->put_ms;
        if (is_of(entry, key) && age_ms >= 0 && age_ms <= KEY_CACHE_MS) {
            *caller = entry->caller;
            return true;
        }
    }
    return false;
}

static struct llm_caller copy_of(struct arena *arena, const struct llm_caller *caller)
{
    struct llm_caller copy = *caller;
    struct str *const texts[] = {&copy.tenant_id,  &copy.user_id, &copy.key_id,
                                 &copy.key_family, &copy.claims,  &copy.guard};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_str_copy(arena, *texts[i]);
    }
    struct str *models = ARENA_ARRAY(arena, struct str, caller->model_count);
    for (size_t i = 0; i < caller->model_count; i++) {
        models[i] = arena_str_copy(arena, caller->models[i]);
    }
    copy.models = models;
    return copy;
}

void key_cache_put_copy(struct key_cache *cache, const struct llm_digest *key, int64_t now_ms,
                        const struct llm_caller *caller)
{
    struct entry *place = &cache->entries[0];
    for (size_t i = 0; i < KEY_CACHE_ENTRIES && !is_of(place, key); i++) {
        struct entry *entry = &cache->entries[i];
        if (is_of(entry, key) || entry->put_ms < place->put_ms) {
            place = entry;
        }
    }
    arena_reset(&place->arena);
    place->key = *key;
    place->put_ms = now_ms;
    place->caller = copy_of(&place->arena, caller);
}
