/*
 * Holders of virtual keys that were asked for lately, so that a warm instance needs no round trip
 * of its own for them: who is let in is decided by llm_admit at each call, which sees at once that
 * a key was revoked. Keys are known by their SHA-256; of one slot.
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/llm/store/store.h"

struct key_cache;

enum { KEY_CACHE_ENTRIES = 16, KEY_CACHE_MS = 5000 };

struct key_cache *key_cache_new(void);
/* `cache` may be NULL. */
void key_cache_free(struct key_cache *cache);

/* Whose key it was within the last KEY_CACHE_MS; points into the cache until the next put. */
bool key_cache_find(const struct key_cache *cache, const struct llm_digest *key, int64_t now_ms,
                    struct llm_caller *caller);
/* Keeps a copy, in the place of this key's or of the oldest. */
void key_cache_put_copy(struct key_cache *cache, const struct llm_digest *key, int64_t now_ms,
                        const struct llm_caller *caller);
