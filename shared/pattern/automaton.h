/*
 * Expressions without references back and look-arounds are regular: a table of states, one look-up
 * a byte, decides whether there is a match, at a cost that no text can raise. For those that are no
 * simple pattern and whose table stays small; the others are PCRE2's.
 */
#pragma once

#include "shared/base/arena.h"

struct automaton;

/* NULL: the expression, which is ECMA-262, is not of that kind, or its table would be large. */
const struct automaton *automaton_of(struct arena *arena, struct str ecma);
/* `text` is UTF-8. */
bool automaton_matches(const struct automaton *automaton, struct str text);
