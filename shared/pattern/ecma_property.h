/*
 * What stands in the braces of \p{...}: names as ECMA-262 (2024) section 22.2.1.7 has them, and as
 * PCRE2 does.
 */
#pragma once

#include "shared/base/buf.h"

/* Appends "{L}" for "Letter", "{sc:Greek}" for "Script=Greek". False: no property's name. */
bool ecma_property(struct str name, struct buf *out);
