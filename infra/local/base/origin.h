/*
 * Who sends a request, as far as a browser tells. A page of any site may make a browser post to
 * this machine, and a name that DNS points here even makes the page look at home; a program's
 * request has no origin.
 * Source: Fetch standard, "Origin header"; RFC 6454.
 */
#pragma once

#include "shared/base/str.h"

/* A Host that no stranger's DNS can point here: "localhost:9000". */
bool origin_host_is_local(struct str host);
/* No page sent it, as far as the header Origin tells, or one of this machine's. */
bool origin_is_local(struct str origin);
/* No page sent it, or one that came from this very `host`. */
bool origin_is_own(struct str origin, struct str host);
