/*
 * A look at an event without reading it: the members of one object, one after the other, as they
 * are written. For telling kinds of events apart, which should cost little and may stop early;
 * whether the whole is JSON is the reader's business.
 */
#pragma once

#include "shared/base/str.h"

struct event_scan {
    struct str json;
    size_t at;
};

struct event_member {
    struct str name;  /* between its quotes, escapes as written */
    struct str value; /* as written, without blanks around it */
};

/* False if `json` does not begin with a brace. */
bool event_scan_begin(struct event_scan *scan, struct str json);
/* The next member, or false at the end, or at what is no member. */
bool event_scan_next(struct event_scan *scan, struct event_member *member);
/* The value of the first member of that name; `ptr` is NULL if there is none. */
struct str event_scan_find(struct str json, struct str name);
/* The first element of an array, as written; `ptr` is NULL if it is no array, or empty. */
struct str event_scan_first(struct str json);
