#include "infra/db/tool/id_map.h"

#include <assert.h>

enum { FIRST_ROOM = 1024 };

struct id_map id_map_in(struct arena *arena)
{
    return (struct id_map){.arena = arena};
}

/* Where `id` is, or the free place where it would go. Half of the places are always free. */
static struct id_map_entry *place_of(const struct id_map *map, uint64_t id)
{
    /* Fibonacci hashing: Knuth, TAOCP volume 3, 6.4; ids are close together, their products are
     * not. */
    size_t at = (size_t)((id * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (map->room - 1);
    while (map->entries[at].id != 0 && map->entries[at].id != id) {
        at = (at + 1) & (map->room - 1);
    }
    return &map->entries[at];
}

static void grow(struct id_map *map)
{
    struct id_map bigger = {.arena = map->arena, .count = map->count};
    bigger.room = map->room == 0 ? FIRST_ROOM : map->room * 2;
    bigger.entries = ARENA_ARRAY(map->arena, struct id_map_entry, bigger.room);
    for (size_t i = 0; i < map->room; i++) {
        if (map->entries[i].id != 0) {
            *place_of(&bigger, map->entries[i].id) = map->entries[i];
        }
    }
    *map = bigger;
}

bool id_map_add(struct id_map *map, uint64_t id, uint64_t value)
{
    assert(id != 0);
    if (map->count * 2 >= map->room) {
        grow(map);
    }
    struct id_map_entry *place = place_of(map, id);
    if (place->id != 0) {
        return false;
    }
    *place = (struct id_map_entry){.id = id, .value = value};
    map->count++;
    return true;
}

bool id_map_find(const struct id_map *map, uint64_t id, uint64_t *value)
{
    if (map->room == 0 || id == 0) {
        return false;
    }
    const struct id_map_entry *place = place_of(map, id);
    if (place->id == 0) {
        return false;
    }
    if (value != NULL) {
        *value = place->value;
    }
    return true;
}
