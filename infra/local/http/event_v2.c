#include "infra/local/http/event_v2.h"

#include "infra/local/base/text.h"
#include "shared/base/base64.h"
#include "shared/base/clock.h"
#include "shared/base/utf8.h"

#include <stdio.h>

static struct str find(const struct event_request *e, struct str name)
{
    return header_find(e->headers, e->header_count, name);
}

/* ---- cookies, headers ------------------------------------------------------------------------ */

static void write_cookies(struct json_writer *w, const struct event_request *e)
{
    if (find(e, STR("cookie")).ptr == NULL) {
        return;
    }
    json_member_array(w, "cookies");
    for (size_t i = 0; i < e->header_count; i++) {
        if (!str_eq_nocase(e->headers[i].name, STR("cookie"))) {
            continue;
        }
        struct str rest = e->headers[i].value;
        struct str cookie;
        while (str_split_next(&rest, ';', &cookie)) {
            cookie = str_trim(cookie);
            if (cookie.len > 0) {
                json_str(w, cookie);
            }
        }
    }
    json_array_end(w);
}

/* Cookies have a member of their own; the rest the gateway sets itself. */
static bool is_set_by_gateway(struct str name)
{
    static const struct str names[] = {
        STR_INIT("cookie"),           STR_INIT("x-amzn-trace-id"),   STR_INIT("x-forwarded-for"),
        STR_INIT("x-forwarded-port"), STR_INIT("x-forwarded-proto"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_repeated_before(const struct event_request *e, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (str_eq_nocase(e->headers[i].name, e->headers[index].name)) {
            return true;
        }
    }
    return false;
}

/* The values of every header of this one's name, from `index` on, with commas between. */
static struct str joined_values(struct arena *arena, const struct event_request *e, size_t index)
{
    struct str joined = e->headers[index].value;
    for (size_t i = index + 1; i < e->header_count; i++) {
        if (str_eq_nocase(e->headers[i].name, e->headers[index].name)) {
            joined = arena_format(arena, STR_FMT "," STR_FMT, STR_ARG(joined),
                                  STR_ARG(e->headers[i].value));
        }
    }
    return joined;
}

static struct str forwarded_for(struct arena *arena, const struct event_request *e)
{
    for (size_t i = 0; i < e->header_count; i++) {
        if (str_eq_nocase(e->headers[i].name, STR("x-forwarded-for"))) {
            return arena_format(arena, STR_FMT ", " STR_FMT, STR_ARG(joined_values(arena, e, i)),
                                STR_ARG(e->source_ip));
        }
    }
    return e->source_ip;
}

static void write_headers(struct arena *arena, struct json_writer *w, const struct event_request *e)
{
    char port[16];
    (void)snprintf(port, sizeof(port), "%u", e->port);
    json_member_object(w, "headers");
    for (size_t i = 0; i < e->header_count; i++) {
        if (!is_set_by_gateway(e->headers[i].name) && !is_repeated_before(e, i)) {
            json_key(w, text_lower_copy(arena, e->headers[i].name));
            json_str(w, joined_values(arena, e, i));
        }
    }
    json_member_str(w, "x-amzn-trace-id", e->trace_id);
    json_member_str(w, "x-forwarded-for", forwarded_for(arena, e));
    json_member_cstr(w, "x-forwarded-port", port);
    json_member_cstr(w, "x-forwarded-proto", "http");
    json_object_end(w);
}

/* ---- query ----------------------------------------------------------------------------------- */

struct pair {
    struct str name, value;
};

enum { MAX_QUERY_PAIRS = 1024 }; /* a 10,240 byte request line holds few more */

static size_t read_query(struct arena *arena, struct str query, struct pair *pairs)
{
    size_t count = 0;
    struct str rest = query;
    struct str part;
    while (count < MAX_QUERY_PAIRS && str_split_next(&rest, '&', &part)) {
        if (part.len == 0) {
            continue;
        }
        size_t equals = str_find_char(part, '=');
        struct str name = text_percent_decode(arena, str_slice(part, 0, equals), true);
        struct str value = {0};
        if (equals != SIZE_MAX) {
            value = text_percent_decode(arena, str_slice(part, equals + 1, part.len), true);
        }
        size_t same = 0;
        while (same < count && !str_eq(pairs[same].name, name)) {
            same++;
        }
        if (same < count) {
            pairs[same].value = arena_format(arena, STR_FMT "," STR_FMT, STR_ARG(pairs[same].value),
                                             STR_ARG(value));
        } else {
            pairs[count++] = (struct pair){.name = name, .value = value};
        }
    }
    return count;
}

static void write_query(struct arena *arena, struct json_writer *w, const struct event_request *e)
{
    if (e->raw_query.len == 0) {
        return;
    }
    struct pair *pairs = ARENA_ARRAY(arena, struct pair, MAX_QUERY_PAIRS);
    size_t count = read_query(arena, e->raw_query, pairs);
    if (count == 0) {
        return;
    }
    json_member_object(w, "queryStringParameters");
    for (size_t i = 0; i < count; i++) {
        json_key(w, pairs[i].name);
        json_str(w, pairs[i].value);
    }
    json_object_end(w);
}

/* ---- request context ------------------------------------------------------------------------- */

void event_time_format(int64_t time_ms, char out[static 32])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct date date = date_from_days(date_of_ms(time_ms));
    int second = (int)(time_ms / 1000 % 86400);
    (void)snprintf(out, 32, "%02d/%s/%04d:%02d:%02d:%02d +0000", date.day, months[date.month - 1],
                   date.year, second / 3600, second / 60 % 60, second % 60);
}

static void write_context(struct json_writer *w, const struct event_request *e)
{
    char time[32];
    event_time_format(e->time_ms, time);
    struct str domain = str_slice(e->host, 0, str_find_char(e->host, ':'));
    json_member_object(w, "requestContext");
    json_member_str(w, "accountId", e->account_id);
    json_member_str(w, "apiId", e->api_id);
    json_member_str(w, "domainName", domain);
    json_member_str(w, "domainPrefix", str_slice(domain, 0, str_find_char(domain, '.')));
    json_member_object(w, "http");
    json_member_str(w, "method", e->method);
    json_member_str(w, "path", e->path);
    json_member_str(w, "protocol", e->protocol);
    json_member_str(w, "sourceIp", e->source_ip);
    json_member_str(w, "userAgent", find(e, STR("user-agent")));
    json_object_end(w);
    json_member_str(w, "requestId", e->request_id);
    json_member_str(w, "routeKey", e->match->route->key);
    json_member_str(w, "stage", e->stage);
    json_member_cstr(w, "time", time);
    json_member_i64(w, "timeEpoch", e->time_ms);
    json_object_end(w);
}

static void write_params(struct json_writer *w, const struct event_request *e)
{
    if (e->match->param_count > 0) {
        json_member_object(w, "pathParameters");
        for (size_t i = 0; i < e->match->param_count; i++) {
            json_key(w, e->match->params[i].name);
            json_str(w, e->match->params[i].value);
        }
        json_object_end(w);
    }
    if (e->stage_variable_count > 0) {
        json_member_object(w, "stageVariables");
        for (size_t i = 0; i < e->stage_variable_count; i++) {
            json_key(w, e->stage_variables[i].name);
            json_str(w, e->stage_variables[i].value);
        }
        json_object_end(w);
    }
}

/* ---- body ------------------------------------------------------------------------------------ */

/* Text by its media type; forms are not text to an HTTP API. */
static bool is_text_type(struct arena *arena, struct str content_type)
{
    static const struct str types[] = {
        STR_INIT("application/json"),
        STR_INIT("application/javascript"),
        STR_INIT("application/xml"),
    };
    struct str type = text_lower_copy(
        arena, str_trim(str_slice(content_type, 0, str_find_char(content_type, ';'))));
    if (type.len == 0 || str_has_prefix(type, STR("text/")) || str_has_suffix(type, STR("+json")) ||
        str_has_suffix(type, STR("+xml"))) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(type, types[i])) {
            return true;
        }
    }
    return false;
}

static void write_body(struct arena *arena, struct json_writer *w, const struct event_request *e)
{
    bool text = is_text_type(arena, find(e, STR("content-type"))) &&
                find(e, STR("content-encoding")).len == 0 && utf8_is_valid(e->body);
    if (e->body.len > 0) {
        json_member_str(w, "body", text ? e->body : base64_encode(arena, e->body));
    }
    json_member_bool(w, "isBase64Encoded", e->body.len > 0 && !text);
}

void event_v2_write(struct arena *arena, const struct event_request *event, struct buf *out)
{
    struct json_writer writer = json_writer_on(out);
    struct json_writer *w = &writer;
    json_object_begin(w);
    json_member_cstr(w, "version", "2.0");
    json_member_str(w, "routeKey", event->match->route->key);
    json_member_str(w, "rawPath", event->path);
    json_member_str(w, "rawQueryString", event->raw_query);
    write_cookies(w, event);
    write_headers(arena, w, event);
    write_query(arena, w, event);
    write_context(w, event);
    write_params(w, event);
    write_body(arena, w, event);
    json_object_end(w);
}
