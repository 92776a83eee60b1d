/*
 * How far apart two names are, for "did you mean ...?".
 */
#pragma once

#include "shared/base/str.h"

enum { DISTANCE_MAX_BYTES = 64 };

/*
 * Levenshtein's distance: letters inserted, deleted or replaced, compared without case. SIZE_MAX if
 * one of them passes DISTANCE_MAX_BYTES.
 */
size_t str_distance(struct str a, struct str b);
/* Whether `distance` is near enough to `name` to suggest it: a third of it at most differs. */
bool str_distance_is_near(size_t distance, struct str name);
