#include "shared/schema/jsonschema/names.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time; multiply and fold, as wyhash does. */
static inline uint32_t hash_of(const struct names *names, struct str name)
{
    uint64_t hash = names->seed ^ name.len;
    size_t at = 0;
    for (; at + 8 <= name.len; at += 8) {
        hash = mix(hash ^ name_load_8(name.ptr + at), 0x9E3779B97F4A7C15U);
    }
    if (at < name.len) {
        hash = mix(hash ^ name_load_rest(name.ptr + at, name.len - at), 0xD6E8FEB86659FD93U);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

/* The slot that holds the name, or the free one where it would stand. */
static inline struct name_slot *slot_of(const struct names *names, struct str name, uint32_t hash)
{
    for (size_t at = hash & (names->size - 1);; at = (at + 1) & (names->size - 1)) {
        struct name_slot *slot = &names->slots[at];
        if (slot->value_plus_1 == 0 || (slot->hash == hash && name_eq(slot->name, name))) {
            return slot;
        }
    }
}

static void grow(struct arena *arena, struct names *names)
{
    struct names old = *names;
    names->size = old.size == 0 ? 8 : old.size * 2;
    names->slots = ARENA_ARRAY(arena, struct name_slot, names->size);
    /* addresses are random, and nobody outside learns them */
    names->seed = old.size == 0 ? (uint64_t)(uintptr_t)names->slots | 1 : old.seed;
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i].value_plus_1 != 0) {
            *slot_of(names, old.slots[i].name, old.slots[i].hash) = old.slots[i];
        }
    }
}

void names_put(struct arena *arena, struct names *names, struct str name, uint32_t value)
{
    if (names->count * 2 >= names->size) {
        grow(arena, names);
    }
    uint32_t hash = hash_of(names, name);
    struct name_slot *slot = slot_of(names, name, hash);
    names->filter |= name_filter_bit(name);
    names->count += slot->value_plus_1 == 0;
    *slot = (struct name_slot){.name = name, .hash = hash, .value_plus_1 = value + 1};
}

uint32_t names_look_up(const struct names *names, struct str name)
{
    const struct name_slot *slot = slot_of(names, name, hash_of(names, name));
    return slot->value_plus_1 == 0 ? NAMES_ABSENT : slot->value_plus_1 - 1;
}
