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

/* Adds a name, or gives the new value to one that is there. `arena` is the same each time. */
void names_put(struct arena *arena, struct names *names, struct str name, uint32_t value);
/* NAMES_ABSENT: not there. */
uint32_t names_find(const struct names *names, struct str name);
