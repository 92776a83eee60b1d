/*
 * Internal extensions of one instance: who registered within its bootstrap, and which of them wait
 * for events. One that asks for its next event says that it is done with the last one; neither init
 * nor an event is over before all have.
 * Source: Lambda Developer Guide, "Using the Lambda Extensions API to create extensions".
 */
#pragma once

#include "shared/base/str.h"
#include "shared/base/uuid.h"

struct runtime_conn;

enum { EXTENSIONS_MAX = 10 };

struct extension {
    struct str name; /* the instance's */
    char id[UUID_TEXT_LEN + 1];
    bool wants_invoke;
    bool is_ready;               /* it has asked for an event since it registered, or had one */
    bool has_left;               /* it has reported its end: nobody waits for it */
    struct runtime_conn *parked; /* its request for an event */
};

struct extensions {
    struct extension items[EXTENSIONS_MAX];
    size_t count;
    bool closed; /* the runtime has polled: nobody registers any more */
};

/* NULL: there is none. */
struct extension *extension_find_id(struct extensions *all, struct str id);
struct extension *extension_find_name(struct extensions *all, struct str name);
/* The next free place, with a new identifier; there must be one. `name` must stay. */
struct extension *extension_add(struct extensions *all, struct str name, bool wants_invoke);
bool extensions_are_ready(const struct extensions *all);
/* Each who asked for them gets this event, and is not ready until it asks for the next. */
void extensions_send(struct extensions *all, struct str event);
/* A connection has gone; it may be of one that waits. */
void extensions_forget(struct extensions *all, const struct runtime_conn *conn);
