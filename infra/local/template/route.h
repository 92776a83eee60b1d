/*
 * Routes of an HTTP API and which of them a request takes: at each segment a literal beats {name},
 * {name} beats {name+}, anything beats $default; for the same path the method beats ANY.
 * Source: API Gateway Developer Guide, "Create routes for HTTP APIs".
 */
#pragma once

#include "shared/base/arena.h"
#include "shared/base/str.h"

#include <stdint.h>

struct function;

enum { ROUTE_MAX_SEGMENTS = 32 };

enum segment_kind { SEGMENT_LITERAL, SEGMENT_PARAM, SEGMENT_GREEDY };

struct segment {
    enum segment_kind kind;
    struct str text; /* the literal, or the parameter's name */
};

struct route {
    struct str key;    /* "GET /plans/{id}" or "$default" */
    struct str method; /* upper case, or "ANY" */
    bool is_default;   /* $default: any path */
    struct segment segments[ROUTE_MAX_SEGMENTS];
    size_t segment_count;
    const struct function *function;
    bool streams;       /* a REST API's: ResponseTransferMode RESPONSE_STREAM */
    int64_t timeout_ms; /* the integration's ceiling */
    int line;
};

struct path_param {
    struct str name, value; /* the value percent-decoded */
};

struct route_match {
    const struct route *route; /* NULL: none */
    struct path_param params[ROUTE_MAX_SEGMENTS];
    size_t param_count;
};

/* Reads "/plans/{id}" into `route`'s segments. False: `*why` says what is wrong with it. */
bool route_parse_path(struct route *route, struct str path, const char **why) MUST_CHECK;
/*
 * `raw_path` as the client sent it, without query and stage: %2F never splits a segment. Segments
 * are compared percent-decoded. Decoded values live in `arena`. An empty `method` stands for any.
 */
void route_find(struct arena *arena, const struct route *routes, size_t count, struct str method,
                struct str raw_path, struct route_match *match);
