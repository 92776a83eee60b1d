/*
 * One HTTP header, as views, and what may stand in one. Source: RFC 9110 section 5.
 */
#pragma once

#include "shared/base/str.h"

struct header {
    struct str name, value;
};

/* A token: never empty, no blank, no control character, no colon. */
bool header_name_is_sound(struct str name);
/* No control character but the tab: a CR or LF would begin another header wherever this one goes.
 */
bool header_value_is_sound(struct str value);
/* The value of the first header of this name, in any case; empty if there is none. */
struct str header_find(const struct header *headers, size_t count, struct str name);
