/*
 * A table from names to small numbers: members of a schema, enum's strings, URIs. Built once, then
 * only looked at; seeded, so that a schema from outside cannot choose names that meet.
 */
#pragma once

#include "shared/base/arena.h"

struct name_slot {
    struct str name;
    uint32_t hash, value_plus_1; /* 0: free */
};

struct names {
    struct name_slot *slots;
    size_t size, count; /* a power of two */
    uint64_t seed;
    uint64_t filter; /* a bit per length and first byte: most absent names stop here */
};

static const uint32_t NAMES_ABSENT = UINT32_MAX;

static inline uint64_t name_load_8(const char *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Up to seven bytes, in loads of fixed sizes that overlap; with `count` they say which. */
static inline uint64_t name_load_rest(const char *bytes, size_t count)
{
    uint32_t low = 0, high = 0;
    if (count >= sizeof low) {
        memcpy(&low, bytes, sizeof low);
        memcpy(&high, bytes + count - sizeof high, sizeof high);
        return low | (uint64_t)high << 32;
    }
    return count == 0 ? 0
                      : (unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[count / 2] << 8 |
                            (uint64_t)(unsigned char)bytes[count - 1] << 16;
}

/* What tells most names apart: of a name of up to eight bytes, with its length, it is all. */
static inline uint64_t name_word(struct str name)
{
    return name.len < 8 ? name_load_rest(name.ptr, name.len) : name_load_8(name.ptr);
}

/* As str_eq, of names whose words are equal; they are short, and a call costs more than they do. */
static inline bool name_eq_past_word(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    if (a.len <= 8) {
        return true;
    }
    for (size_t at = 8; at + 8 < a.len; at += 8) {
        if (name_load_8(a.ptr + at) != name_load_8(b.ptr + at)) {
            return false;
        }
    }
    return name_load_8(a.ptr + a.len - 8) == name_load_8(b.ptr + b.len - 8);
}

static inline bool name_eq(struct str a, struct str b)
{
    return a.len == b.len && name_word(a) == name_word(b) && name_eq_past_word(a, b);
}

static inline uint64_t name_filter_bit(struct str name)
{
    size_t first = name.len == 0 ? 0 : (unsigned char)name.ptr[0];
    return 1ULL << (first + name.len * 5) % 64;
}

/* Adds a name, or gives the new value to one that is there. `arena` is the same each time. */
void names_put(struct arena *arena, struct names *names, struct str name, uint32_t value);
/* One that the filter lets through. */
uint32_t names_look_up(const struct names *names, struct str name);
/* NAMES_ABSENT: not there. */
static inline uint32_t names_find(const struct names *names, struct str name)
{
    return (names->filter & name_filter_bit(name)) == 0 ? NAMES_ABSENT : names_look_up(names, name);
}
