/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#pragma once

#include "shared/base/str.h"

/* Length of the longest valid prefix; `s.len` if all of it is valid. */
size_t utf8_valid_prefix(struct str s);
static inline bool utf8_is_valid(struct str s)
{
    return utf8_valid_prefix(s) == s.len;
}
/* Writes the 1 to 4 bytes of a code point that is not a surrogate; returns how many. */
size_t utf8_encode(uint32_t code_point, char out[static 4]);
/* Code points in valid UTF-8. */
size_t utf8_length(struct str s);
