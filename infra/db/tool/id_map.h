/*
 * A set of positive numbers, each with a small number attached: which foods, nutrients and pairs of
 * both a file has named so far, and what they are to us. Open addressing, grown in the arena.
 */
#pragma once

#include "shared/base/arena.h"

struct id_map_entry {
    uint64_t id; /* 0: free */
    uint64_t value;
};

struct id_map {
    struct arena *arena;
    struct id_map_entry *entries;
    size_t count, room; /* room: a power of two, or 0 */
};

struct id_map id_map_in(struct arena *arena);
/* Adds `id`, which is not 0; false, changing nothing, if it is there already. */
bool id_map_add(struct id_map *map, uint64_t id, uint64_t value) MUST_CHECK;
/* False if it is not there. `value` may be NULL. */
bool id_map_find(const struct id_map *map, uint64_t id, uint64_t *value);
