/*
 * One request of a bootstrap to the Runtime API or the Extensions API, for the time it is being
 * answered.
 */
#pragma once

#include "infra/local/lambda/instance.h"
#include "infra/local/lambda/runtime_conn.h"

struct call {
    struct runtime_conn *conn;
    struct instance *instance;
    struct str body, id; /* id: of the path, if it has one */
    size_t body_bytes;   /* of the whole body; `body` may be cut */
};

/* A header's value; empty: there is none. */
struct str call_field(const struct call *c, struct str name);
/* 202 */
void call_accept(const struct call *c);
/* Says it in the log, too. `words` go into JSON as they stand. */
void call_refuse(const struct call *c, int status, const char *type, const char *words);
/* Category.Name, the name an upper-case letter and letters, of less than 64 bytes. */
bool call_type_is_good(struct str type, struct str category);
/* The body, or one made of the type if there is none. */
struct str call_error(const struct call *c, const char *type);

/* The Extensions API (extension_api.c). False: the path is none of its own. */
bool extension_api_request(const struct call *c);
