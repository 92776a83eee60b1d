#include "runtime/event/event_http.h"
#include "shared/base/utf8.h"

/* ---- by name --------------------------------------------------------------------------------- */

struct str http_event_header(const struct http_event *event, struct str name)
{
    for (size_t i = 0; i < event->header_count; i++) {
        if (str_eq_nocase(event->headers[i].name, name)) {
            return event->headers[i].value;
        }
    }
    return (struct str){0};
}

bool http_event_header_next(const struct http_event *event, struct str name, size_t *at,
                            struct str *value)
{
    while (*at < event->header_value_count) {
        const struct http_header *header = &event->header_values[(*at)++];
        if (str_eq_nocase(header->name, name)) {
            *value = header->value;
            return true;
        }
    }
    return false;
}

struct str http_event_cookie(const struct http_event *event, struct str name)
{
    for (size_t i = 0; i < event->cookie_count; i++) {
        struct str value = event->cookies[i];
        if (str_skip_prefix(&value, name) && str_skip_prefix(&value, STR("="))) {
            return event_present(value);
        }
    }
    return (struct str){0};
}

static struct str pair_find(const struct http_header *pairs, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(pairs[i].name, name)) {
            return pairs[i].value;
        }
    }
    return (struct str){0};
}

struct str http_event_path_param(const struct http_event *event, struct str name)
{
    return pair_find(event->path_params, event->path_param_count, name);
}

struct str http_event_query_param(const struct http_event *event, struct str name)
{
    return pair_find(event->query_params, event->query_param_count, name);
}

struct str http_event_stage_variable(const struct http_event *event, struct str name)
{
    return pair_find(event->stage_variables, event->stage_variable_count, name);
}

/* ---- query strings --------------------------------------------------------------------------- */

struct str http_form_text(struct arena *arena, struct str text)
{
    struct str decoded = {0};
    return http_form_decode(arena, text, &decoded) && utf8_is_valid(decoded) ? decoded : text;
}

/* The next part that is not empty, at its first '='. */
static bool part_next(struct str *rest, struct str *name, struct str *value)
{
    struct str part = {0};
    while (str_split_next(rest, '&', &part)) {
        if (part.len > 0) {
            size_t equals = str_find_char(part, '=');
            *name = str_slice(part, 0, equals);
            *value = str_slice(part, equals == SIZE_MAX ? part.len : equals + 1, part.len);
            return true;
        }
    }
    return false;
}

bool http_query_next(struct arena *arena, struct str *rest, struct str *name, struct str *value)
{
    if (!part_next(rest, name, value)) {
        return false;
    }
    *name = http_form_text(arena, *name);
    *value = http_form_text(arena, *value);
    return true;
}

bool http_query_find_next(struct arena *arena, struct str *rest, struct str name, struct str *value)
{
    struct str found = {0};
    struct str raw = {0};
    while (part_next(rest, &found, &raw)) {
        if (str_eq(http_form_text(arena, found), name)) {
            *value = http_form_text(arena, raw);
            return true;
        }
    }
    return false;
}
