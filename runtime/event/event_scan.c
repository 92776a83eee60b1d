#include "runtime/event/event_scan.h"

static size_t skip_blanks(struct str json, size_t at)
{
    while (at < json.len && (json.ptr[at] == ' ' || json.ptr[at] == '\t' || json.ptr[at] == '\n' ||
                             json.ptr[at] == '\r')) {
        at++;
    }
    return at;
}

/* From an opening quote to behind the closing one, or the end. */
static size_t skip_string(struct str json, size_t at)
{
    for (at++; at < json.len && json.ptr[at] != '"'; at++) {
        at += json.ptr[at] == '\\';
    }
    return at < json.len ? at + 1 : json.len;
}

/* To the comma or bracket that ends a value; strings and what is nested are passed over. */
static size_t skip_value(struct str json, size_t at)
{
    size_t depth = 0;
    while (at < json.len) {
        char c = json.ptr[at];
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            break;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at = c == '"' ? skip_string(json, at) : at + 1;
    }
    return at;
}

bool event_scan_begin(struct event_scan *scan, struct str json)
{
    size_t at = skip_blanks(json, 0);
    *scan = (struct event_scan){.json = json, .at = at + 1};
    return at < json.len && json.ptr[at] == '{';
}

bool event_scan_next(struct event_scan *scan, struct event_member *member)
{
    struct str json = scan->json;
    size_t start = skip_blanks(json, scan->at);
    if (start >= json.len || json.ptr[start] != '"') {
        return false;
    }
    size_t end = skip_string(json, start);
    size_t colon = skip_blanks(json, end);
    if (colon >= json.len || json.ptr[colon] != ':') {
        return false;
    }
    size_t first = skip_blanks(json, colon + 1);
    size_t last = skip_value(json, first);
    member->name = str_slice(json, start + 1, end - 1);
    member->value = str_trim(str_slice(json, first, last));
    scan->at = last < json.len && json.ptr[last] == ',' ? last + 1 : json.len;
    return true;
}

struct str event_scan_find(struct str json, struct str name)
{
    struct event_scan scan;
    struct event_member member = {0};
    bool more = event_scan_begin(&scan, json);
    while (more && event_scan_next(&scan, &member)) {
        if (str_eq(member.name, name)) {
            return member.value;
        }
    }
    return (struct str){0};
}

struct str event_scan_first(struct str json)
{
    size_t at = skip_blanks(json, 0);
    if (at >= json.len || json.ptr[at] != '[') {
        return (struct str){0};
    }
    size_t first = skip_blanks(json, at + 1);
    size_t last = skip_value(json, first);
    return last > first ? str_trim(str_slice(json, first, last)) : (struct str){0};
}
