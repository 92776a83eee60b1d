#include "runtime/http/router.h"

#include "shared/base/utf8.h"

/* ---- patterns -------------------------------------------------------------------------------- */

/* How little a segment of a pattern says. */
enum segment_kind { SEGMENT_TEXT, SEGMENT_ONE, SEGMENT_REST };

/* `*name` is the parameter's, if it is one. */
static enum segment_kind segment_kind(struct str segment, struct str *name)
{
    if (segment.len < 3 || segment.ptr[0] != '{' || segment.ptr[segment.len - 1] != '}') {
        return SEGMENT_TEXT;
    }
    *name = str_slice(segment, 1, segment.len - 1);
    if (!str_has_suffix(*name, STR("+")) || name->len < 2) {
        return SEGMENT_ONE;
    }
    name->len--;
    return SEGMENT_REST;
}

/* A path as it is taken apart. */
struct walk {
    struct arena *arena;
    struct str rest; /* `ptr` is NULL once nothing is left */
    bool is_decoded;
};

/* Takes what stands for one segment of a pattern off the path, decoded; false if nothing can. */
static bool walk_take(struct walk *walk, enum segment_kind kind, struct str *value)
{
    struct str all = walk->rest;
    if (!str_split_next(&walk->rest, '/', value)) {
        return false;
    }
    if (kind == SEGMENT_REST) {
        *value = all;
        walk->rest = (struct str){0};
    }
    return walk->is_decoded ||
           (http_url_decode(walk->arena, *value, value) && utf8_is_valid(*value));
}

static size_t count_braces(struct str pattern)
{
    size_t count = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        count += pattern.ptr[i] == '{';
    }
    return count;
}

bool router_pattern_match(struct arena *arena, struct str pattern, struct str path, bool is_decoded,
                          struct http_params *params)
{
    struct walk walk = {.arena = arena, .rest = path, .is_decoded = is_decoded};
    if (!str_skip_prefix(&pattern, STR("/")) || !str_skip_prefix(&walk.rest, STR("/"))) {
        return false;
    }
    size_t room = count_braces(pattern) + 1; /* and one, so that there is always a list */
    struct http_header *items = ARENA_ARRAY(arena, struct http_header, room);
    size_t count = 0;
    struct str segment = {0};
    while (str_split_next(&pattern, '/', &segment)) {
        struct http_header param = {0};
        enum segment_kind kind = segment_kind(segment, &param.name);
        if (!walk_take(&walk, kind, &param.value)) {
            return false;
        }
        bool is_text = kind == SEGMENT_TEXT;
        if (is_text ? !str_eq(param.value, segment) : param.value.len == 0) {
            return false;
        }
        items[count] = param;
        count += !is_text;
    }
    if (walk.rest.ptr != NULL) {
        return false; /* the path goes on */
    }
    *params = (struct http_params){.items = items, .count = count};
    return true;
}

int router_pattern_cmp(struct str a, struct str b)
{
    struct str segment_a = {0};
    struct str segment_b = {0};
    struct str name = {0};
    while (str_split_next(&a, '/', &segment_a) && str_split_next(&b, '/', &segment_b)) {
        int kind_a = (int)segment_kind(segment_a, &name);
        int kind_b = (int)segment_kind(segment_b, &name);
        if (kind_a != kind_b) {
            return kind_a - kind_b;
        }
    }
    return 0;
}

struct str http_param(const struct http_params *params, struct str name)
{
    for (size_t i = 0; i < params->count; i++) {
        if (str_eq(params->items[i].name, name)) {
            return params->items[i].value;
        }
    }
    return (struct str){0};
}

/* ---- the path -------------------------------------------------------------------------------- */

/* Takes "/prefix" off if the path begins with that segment. */
static struct str without(struct str path, struct str prefix)
{
    struct str rest = path;
    bool has_it =
        prefix.len > 0 && str_skip_prefix(&rest, prefix) && (rest.len == 0 || rest.ptr[0] == '/');
    return has_it ? rest : path;
}

struct str router_path(const struct http_router *router, const struct http_event *event)
{
    struct str path = event->path;
    struct str rest = path;
    bool may_have_stage =
        event->format == HTTP_V2 && event->stage.len > 0 && !str_eq(event->stage, STR("$default"));
    if (may_have_stage && str_skip_prefix(&rest, STR("/"))) {
        struct str inner = without(rest, event->stage);
        path = inner.ptr == rest.ptr ? path : inner;
    }
    path = without(path, router->base_path);
    return path.len == 0 ? STR("/") : path;
}
