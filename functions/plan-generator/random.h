/*
 * Numbers drawn from a seed: the same seed gives the same plan, here and anywhere. SplitMix64
 * (Steele, Lea, Flood, OOPSLA 2014). Not for secrets.
 */
#pragma once

#include "shared/base/str.h"

#include <stdint.h>

struct draw {
    uint64_t state;
};

static inline uint64_t draw_u64(struct draw *draw)
{
    uint64_t z = draw->state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* 0 .. below - 1; `below` is not 0 and small, so that the bias of the remainder does not matter. */
static inline size_t draw_below(struct draw *draw, size_t below)
{
    return (size_t)(draw_u64(draw) % below);
}

/* 0 <= x < 1 */
static inline double draw_unit(struct draw *draw)
{
    return (double)(draw_u64(draw) >> 11) * 0x1p-53;
}

/* A seed from text: FNV-1a, then mixed. */
static inline uint64_t draw_seed_of(struct str text, uint64_t salt)
{
    uint64_t hash = 0xCBF29CE484222325ULL ^ salt;
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001B3ULL;
    }
    struct draw mix = {.state = hash};
    return draw_u64(&mix);
}
