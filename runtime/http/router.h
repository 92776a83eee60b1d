/*
 * Parts of the router: whether a pattern fits a path, which of two fits better, and what CORS adds.
 */
#pragma once

#include "runtime/lambda_http.h"

/*
 * True if the path fits; then `params` has the pattern's names with their values, decoded unless
 * `is_decoded` says that the path is already.
 */
bool router_pattern_match(struct arena *arena, struct str pattern, struct str path, bool is_decoded,
                          struct http_params *params);

/* Of two patterns that fit one path: <0 if `a` says more about it, 0 if they say the same. */
int router_pattern_cmp(struct str a, struct str b);

/* The path that the routes are compared with: without stage and base path; at least "/". */
struct str router_path(const struct http_router *router, const struct http_event *event);

/* RFC 9110 section 9.3.7 and the Fetch Standard: a browser that asks before it sends. */
bool router_is_preflight(const struct http_event *event);
/* `methods` are the path's; used if the options name none. */
void router_preflight(struct arena *arena, const struct http_cors *cors,
                      const struct http_event *event, struct str methods,
                      struct http_answer *answer);
/* Adds what the origin of the request needs to read the answer. */
void router_cors_add(struct arena *arena, const struct http_cors *cors,
                     const struct http_event *event, struct http_answer *answer);

/* `answer` with one header more; the handler's own list is left as it is. */
void router_add_header(struct arena *arena, struct http_answer *answer, struct str name,
                       struct str value);
