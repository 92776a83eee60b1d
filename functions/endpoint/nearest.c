#include "functions/endpoint/nearest.h"

/* Takes the next entry off the list; false at its end. */
static bool entry_next(struct str *rest, struct str *zone, struct str *host)
{
    struct str entry = {0};
    while (str_split_next(rest, ' ', &entry)) {
        entry = str_trim(entry);
        if (entry.len > 0) {
            *host = entry;
            return str_split_next(host, '=', zone);
        }
    }
    return false;
}

static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && c != '-' && c != '.') {
            return false;
        }
    }
    return host.len > 0;
}

enum status nearest_hosts_check(struct ctx *cx, struct str hosts)
{
    struct str zone = {0}, host = {0};
    while (entry_next(&hosts, &zone, &host)) {
        if (zone.len == 0 || !is_host(host)) {
            return fail(cx, ERR_INVALID, "\"" STR_FMT "\" is not followed by =host",
                        STR_ARG(str_slice(zone, 0, 40)));
        }
    }
    return OK;
}

static struct str host_of_zone(struct str hosts, struct str zone_id)
{
    struct str zone = {0}, host = {0};
    while (entry_next(&hosts, &zone, &host)) {
        if (str_eq(zone, zone_id)) {
            return host;
        }
    }
    return (struct str){0};
}

struct str nearest_url(struct ctx *cx, struct str url, struct str hosts, struct str zone_id)
{
    struct str host = zone_id.len > 0 ? host_of_zone(hosts, zone_id) : (struct str){0};
    size_t at = str_find_char(url, '@');
    if (host.len == 0 || at == SIZE_MAX) {
        return url;
    }
    struct str behind = str_slice(url, at + 1, url.len);
    size_t colon = str_find_char(behind, ':');
    size_t slash = str_find_char(behind, '/');
    size_t end = colon < slash ? colon : slash;
    return arena_format(cx->arena, STR_FMT "@" STR_FMT STR_FMT, STR_ARG(str_slice(url, 0, at)),
                        STR_ARG(host), STR_ARG(str_slice(behind, end, behind.len)));
}
