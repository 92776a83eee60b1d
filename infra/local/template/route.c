#include "infra/local/template/route.h"

#include "infra/local/base/text.h"

static const char *parse_segment(struct str text, struct segment *segment)
{
    if (text.len == 0 || text.ptr[0] != '{') {
        bool brace = str_find_char(text, '{') != SIZE_MAX || str_find_char(text, '}') != SIZE_MAX;
        *segment = (struct segment){.kind = SEGMENT_LITERAL, .text = text};
        return brace ? "a parameter takes a whole segment: /{name}/" : NULL;
    }
    if (text.len < 3 || text.ptr[text.len - 1] != '}') {
        return "a { without its }, or {} without a name";
    }
    struct str name = str_slice(text, 1, text.len - 1);
    bool greedy = name.ptr[name.len - 1] == '+';
    *segment = (struct segment){
        .kind = greedy ? SEGMENT_GREEDY : SEGMENT_PARAM,
        .text = greedy ? str_slice(name, 0, name.len - 1) : name,
    };
    return segment->text.len == 0 ? "a parameter without a name" : NULL;
}

bool route_parse_path(struct route *route, struct str path, const char **why)
{
    if (path.len == 0 || path.ptr[0] != '/') {
        *why = "a path begins with /";
        return false;
    }
    struct str rest = str_slice(path, 1, path.len);
    struct str part;
    while (str_split_next(&rest, '/', &part)) {
        if (route->segment_count == ROUTE_MAX_SEGMENTS) {
            *why = "more than 32 segments";
            return false;
        }
        if (route->segment_count > 0 &&
            route->segments[route->segment_count - 1].kind == SEGMENT_GREEDY) {
            *why = "a {name+} must stand last";
            return false;
        }
        *why = parse_segment(part, &route->segments[route->segment_count++]);
        if (*why != NULL) {
            return false;
        }
    }
    return true;
}

static void add_param(struct arena *arena, struct route_match *match, struct str name,
                      struct str raw)
{
    match->params[match->param_count++] =
        (struct path_param){.name = name, .value = text_percent_decode(arena, raw, false)};
}

static bool path_matches(struct arena *arena, const struct route *route, struct str raw_path,
                         struct route_match *match)
{
    struct str rest = str_slice(raw_path, 1, raw_path.len);
    struct str part = {0};
    for (size_t i = 0; i < route->segment_count; i++) {
        const struct segment *segment = &route->segments[i];
        if (segment->kind == SEGMENT_GREEDY) {
            if (rest.ptr == NULL || rest.len == 0) {
                return false;
            }
            add_param(arena, match, segment->text, rest);
            return true;
        }
        if (!str_split_next(&rest, '/', &part)) {
            return false;
        }
        if (segment->kind == SEGMENT_PARAM) {
            if (part.len == 0) {
                return false;
            }
            add_param(arena, match, segment->text, part);
        } else if (!str_eq(text_percent_decode(arena, part, false), segment->text)) {
            return false;
        }
    }
    return rest.ptr == NULL; /* no segment is left over */
}

/* True if `a` is more exact than `b`; both match the request. */
static bool is_better(const struct route *a, const struct route *b)
{
    if (a->is_default != b->is_default) {
        return b->is_default;
    }
    for (size_t i = 0; i < a->segment_count && i < b->segment_count; i++) {
        if (a->segments[i].kind != b->segments[i].kind) {
            return a->segments[i].kind < b->segments[i].kind;
        }
    }
    return str_eq(b->method, STR("ANY")) && !str_eq(a->method, STR("ANY"));
}

void route_find(struct arena *arena, const struct route *routes, size_t count, struct str method,
                struct str raw_path, struct route_match *match)
{
    *match = (struct route_match){0};
    for (size_t i = 0; i < count; i++) {
        const struct route *route = &routes[i];
        if (method.len > 0 && !str_eq(route->method, STR("ANY")) &&
            !str_eq(route->method, method)) {
            continue;
        }
        struct route_match candidate = {.route = route};
        if (!route->is_default && !path_matches(arena, route, raw_path, &candidate)) {
            continue;
        }
        if (match->route == NULL || is_better(route, match->route)) {
            *match = candidate;
        }
    }
}
