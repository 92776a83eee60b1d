/*
 * What HTTP and templates do with single characters: case, percent-encoding (RFC 3986 section
 * 2.1). ASCII only; other bytes stay as they are.
 */
#pragma once

#include "shared/base/arena.h"
#include "shared/base/str.h"

struct str text_lower_copy(struct arena *arena, struct str text);
struct str text_upper_copy(struct arena *arena, struct str text);
/* %XX decoded, `+` as a space if `plus_is_space`; a broken %XX stays as it is. */
struct str text_percent_decode(struct arena *arena, struct str text, bool plus_is_space);
