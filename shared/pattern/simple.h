/*
 * Most patterns in schemas are a row of characters and classes, each with a count, between "^" and
 * "$": "^[a-z0-9-]+$", "^\d{4}-\d{2}$". Where no choice is left open, one pass over the text
 * decides, and PCRE2 is not asked: ten times as fast, and never too costly.
 */
#pragma once

#include "shared/base/arena.h"

struct simple_pattern;

/* NULL: the pattern, which is ECMA-262, is not of that kind. */
const struct simple_pattern *simple_pattern_of(struct arena *arena, struct str ecma);
bool simple_pattern_matches(const struct simple_pattern *pattern, struct str text);
