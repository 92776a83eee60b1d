#include "shared/schema/jsonschema/names.h"

static uint64_t load_8(const char *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Up to seven bytes, in loads of fixed sizes that overlap. */
static uint64_t load_rest(const char *bytes, size_t count)
{
    uint32_t low = 0, high = 0;
    if (count >= sizeof low) {
        memcpy(&low, bytes, sizeof low);
        memcpy(&high, bytes + count - sizeof high, sizeof high);
        return low | (uint64_t)high << 32;
    }
    return (unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[count / 2] << 8 |
           (uint64_t)(unsigned char)bytes[count - 1] << 16;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time; multiply and fold, as wyhash does. */
static uint32_t hash_of(const struct names *names, struct str name)
{
    uint64_t hash = names->seed ^ name.len;
    size_t at = 0;
    for (; at + 8 <= name.len; at += 8) {
        hash = mix(hash ^ load_8(name.ptr + at), 0x9E3779B97F4A7C15U);
    }
    if (at < name.len) {
        hash = mix(hash ^ load_rest(name.ptr + at, name.len - at), 0xD6E8FEB86659FD93U);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static uint64_t filter_bit(struct str name)
{
    size_t first = name.len == 0 ? 0 : (unsigned char)name.ptr[0];
    return 1ULL << (first + name.len * 5) % 64;
}

/* The slot that holds the name, or the free one where it would stand. */
static struct name_slot *slot_of(const struct names *names, struct str name, uint32_t hash)
{
    for (size_t at = hash & (names->size - 1);; at = (at + 1) & (names->size - 1)) {
        struct name_slot *slot = &names->slots[at];
        if (slot->value_plus_1 == 0 || (slot->hash == hash && str_eq(slot->name, name))) {
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
    names->filter |= filter_bit(name);
    names->count += slot->value_plus_1 == 0;
    *slot = (struct name_slot){.name = name, .hash = hash, .value_plus_1 = value + 1};
}

uint32_t names_find(const struct names *names, struct str name)
{
    if ((names->filter & filter_bit(name)) == 0) {
        return NAMES_ABSENT;
    }
    const struct name_slot *slot = slot_of(names, name, hash_of(names, name));
    return slot->value_plus_1 == 0 ? NAMES_ABSENT : slot->value_plus_1 - 1;
}
