/*
 * Percent-encoding of what goes into a URL. Source: RFC 3986 section 2.
 */
#pragma once

#include "shared/base/buf.h"

/*
 * Appends `bytes`; all but letters, digits and "-._~" (section 2.3) as %XX, capitals as SigV4
 * wants. Safe in a signal handler on a block of the caller's.
 */
void percent_add(struct buf *buf, struct str bytes);
