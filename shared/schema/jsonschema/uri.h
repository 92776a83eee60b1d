/*
 * References between schemas. Source: RFC 3986 section 5.
 */
#pragma once

#include "shared/base/arena.h"

/* `reference` as seen from `base`; without its fragment. Either may be empty or relative. */
struct str uri_resolve(struct arena *arena, struct str base, struct str reference);
/* The part behind "#", percent-decoded; empty: none. False if it is not encoded well. */
bool uri_fragment(struct arena *arena, struct str reference, struct str *fragment);
