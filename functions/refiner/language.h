/*
 * Which language a text is in, without a model: its script where that tells, else the small words
 * that every sentence needs, and letters that only one language has.
 *
 * Twenty: en fr es de it pt nl sv pl tr id vi ru uk el ar he hi ja ko zh. What is too short to
 * tell, or as good in two of them, is unknown, and says so.
 */
#pragma once

#include "shared/base/str.h"

struct language {
    struct str code; /* ISO 639-1; "und" if it is unknown (ISO 639-2) */
    struct str name; /* "Spanish"; "unknown" */
    double
        confidence;   /* 0 to 1: how far it is ahead of the next, given how much there was to see */
    bool is_reliable; /* confident enough to answer in it */
};

enum { LANGUAGE_MAX_BYTES = 8192 }; /* no more is looked at */

/* `text` is UTF-8. */
struct language language_detect(struct str text);
