/*
 * One HTTP header, as views; what may stand in one is base's to say (field.h).
 */
#pragma once

#include "shared/base/str.h"

struct header {
    struct str name, value;
};

/* The value of the first header of this name, in any case; empty if there is none. */
struct str header_find(const struct header *headers, size_t count, struct str name);
