/*
 * UUIDs as text: 8-4-4-4-12 lower-case hexadecimal digits (RFC 9562).
 */
#pragma once

#include "shared/base/str.h"

enum { UUID_TEXT_LEN = 36 };

/* Version 4, from getrandom(2); with a NUL. */
void uuid_v4(char out[static UUID_TEXT_LEN + 1]);
/* Any version in the 8-4-4-4-12 form, either case. */
bool uuid_is_valid(struct str text);
