#include "runtime/http/router.h"

#define VARY STR("vary")

static bool allows_any(const struct http_cors *cors)
{
    for (size_t i = 0; i < cors->origin_count; i++) {
        if (str_eq(cors->origins[i], STR("*"))) {
            return true;
        }
    }
    return false;
}

/* What Access-Control-Allow-Origin says to this one; empty: nothing. */
static struct str allowed_origin(const struct http_cors *cors, struct str origin)
{
    if (allows_any(cors)) {
        return STR("*");
    }
    for (size_t i = 0; i < cors->origin_count; i++) {
        if (str_eq(cors->origins[i], origin)) {
            return cors->origins[i];
        }
    }
    return (struct str){0};
}

void router_add_header(struct arena *arena, struct http_answer *answer, struct str name,
                       struct str value)
{
    size_t count = answer->header_count;
    struct http_header *headers = ARENA_ARRAY(arena, struct http_header, count + 1);
    for (size_t i = 0; i < count; i++) {
        headers[i] = answer->headers[i];
    }
    headers[count] = (struct http_header){.name = name, .value = value};
    answer->headers = headers;
    answer->header_count = count + 1;
}

static void add_unless_empty(struct arena *arena, struct http_answer *answer, struct str name,
                             struct str value)
{
    if (value.len > 0) {
        router_add_header(arena, answer, name, value);
    }
}

bool router_is_preflight(const struct http_event *event)
{
    return str_eq(event->method, STR("OPTIONS")) &&
           http_event_header(event, STR("origin")).len > 0 &&
           http_event_header(event, STR("access-control-request-method")).len > 0;
}

/* Says who may read it; true if this origin may. */
static bool add_origin(struct arena *arena, const struct http_cors *cors,
                       const struct http_event *event, struct http_answer *answer)
{
    struct str origin = allowed_origin(cors, http_event_header(event, STR("origin")));
    add_unless_empty(arena, answer, STR("access-control-allow-origin"), origin);
    if (!allows_any(cors)) {
        router_add_header(arena, answer, VARY, STR("Origin")); /* for caches between */
    }
    if (origin.len > 0 && cors->credentials && !allows_any(cors)) {
        router_add_header(arena, answer, STR("access-control-allow-credentials"), STR("true"));
    }
    return origin.len > 0;
}

void router_preflight(struct arena *arena, const struct http_cors *cors,
                      const struct http_event *event, struct str methods,
                      struct http_answer *answer)
{
    *answer = (struct http_answer){.status = 204};
    if (!add_origin(arena, cors, event, answer)) {
        return;
    }
    router_add_header(arena, answer, STR("access-control-allow-methods"),
                      cors->methods.len > 0 ? cors->methods : methods);
    add_unless_empty(arena, answer, STR("access-control-allow-headers"), cors->headers);
    if (cors->max_age_s > 0) {
        router_add_header(arena, answer, STR("access-control-max-age"),
                          arena_format(arena, "%lld", (long long)cors->max_age_s));
    }
}

static bool has_header(const struct http_answer *answer, struct str name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (str_eq_nocase(answer->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

void router_cors_add(struct arena *arena, const struct http_cors *cors,
                     const struct http_event *event, struct http_answer *answer)
{
    if (has_header(answer, STR("access-control-allow-origin"))) {
        return; /* a preflight's, or a handler that does it itself */
    }
    if (add_origin(arena, cors, event, answer)) {
        add_unless_empty(arena, answer, STR("access-control-expose-headers"), cors->expose);
    }
}
