/*
 * Reading an expression of ECMA-262 atom by atom, as far as one means ASCII characters: for what
 * matches without PCRE2. What these refuse is left to it.
 */
#pragma once

#include "shared/base/str.h"

/* A set of ASCII characters, and how many of them follow each other. */
struct atom {
    uint64_t set[2];
    uint32_t min, max;
};

static const uint32_t NO_MAXIMUM = UINT32_MAX;

static inline bool atom_has(const struct atom *atom, unsigned char c)
{
    return c < 0x80 && (atom->set[c / 64] >> c % 64 & 1) != 0;
}

/*
 * Each takes its part off the front of `rest`; false: it is of another kind, and `rest` is
 * anywhere. A character or a set without its count; behind "[", the rest of a set that is not
 * negated; a count, or 1 where there is none.
 */
bool atom_take(struct str *rest, struct atom *atom);
bool atom_take_class(struct str *rest, struct atom *atom);
bool atom_take_quantifier(struct str *rest, struct atom *atom);
