#include "infra/local/http/event_v1.h"

#include "infra/local/base/text.h"
#include "infra/local/http/event_v2.h"
#include "shared/base/base64.h"

#include <stdio.h>

/* A name and one of its values; a list of them, a name perhaps several times. */
struct pairs {
    struct header *items;
    size_t count;
    bool any_case; /* names are compared so */
};

enum { MAX_QUERY_PAIRS = 1024 }; /* a 10,240 byte request line holds few more */

static bool is_same_name(const struct pairs *pairs, size_t a, size_t b)
{
    struct str left = pairs->items[a].name;
    struct str right = pairs->items[b].name;
    return pairs->any_case ? str_eq_nocase(left, right) : str_eq(left, right);
}

static bool is_repeated_before(const struct pairs *pairs, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_same_name(pairs, i, index)) {
            return true;
        }
    }
    return false;
}

/* Of several values the last one counts. */
static struct str last_value(const struct pairs *pairs, size_t index)
{
    struct str value = pairs->items[index].value;
    for (size_t i = index + 1; i < pairs->count; i++) {
        if (is_same_name(pairs, i, index)) {
            value = pairs->items[i].value;
        }
    }
    return value;
}

static void write_values(struct json_writer *w, const struct pairs *pairs, size_t index)
{
    json_array_begin(w);
    for (size_t i = index; i < pairs->count; i++) {
        if (is_same_name(pairs, i, index)) {
            json_str(w, pairs->items[i].value);
        }
    }
    json_array_end(w);
}

/* Both maps: one value a name, and all of them; null if there is none. */
static void write_maps(struct json_writer *w, const struct pairs *pairs, const char *single,
                       const char *multi)
{
    if (pairs->count == 0) {
        json_member_raw(w, single, STR("null"));
        json_member_raw(w, multi, STR("null"));
        return;
    }
    json_member_object(w, single);
    for (size_t i = 0; i < pairs->count; i++) {
        if (!is_repeated_before(pairs, i)) {
            json_key(w, pairs->items[i].name);
            json_str(w, last_value(pairs, i));
        }
    }
    json_object_end(w);
    json_member_object(w, multi);
    for (size_t i = 0; i < pairs->count; i++) {
        if (!is_repeated_before(pairs, i)) {
            json_key(w, pairs->items[i].name);
            write_values(w, pairs, i);
        }
    }
    json_object_end(w);
}

/* ---- headers, query -------------------------------------------------------------------------- */

static bool is_set_by_gateway(struct str name)
{
    static const struct str names[] = {
        STR_INIT("X-Amzn-Trace-Id"),
        STR_INIT("X-Forwarded-For"),
        STR_INIT("X-Forwarded-Port"),
        STR_INIT("X-Forwarded-Proto"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void add_pair(struct pairs *pairs, struct str name, struct str value)
{
    pairs->items[pairs->count++] = (struct header){.name = name, .value = value};
}

static struct pairs headers_of(struct arena *arena, const struct event_request *e)
{
    struct pairs pairs = {.items = ARENA_ARRAY(arena, struct header, e->header_count + 4),
                          .any_case = true};
    struct str forwarded = header_find(e->headers, e->header_count, STR("x-forwarded-for"));
    for (size_t i = 0; i < e->header_count; i++) {
        if (!is_set_by_gateway(e->headers[i].name)) {
            add_pair(&pairs, e->headers[i].name, e->headers[i].value);
        }
    }
    add_pair(&pairs, STR("X-Amzn-Trace-Id"), e->trace_id);
    add_pair(&pairs, STR("X-Forwarded-For"),
             forwarded.len > 0 ? arena_format(arena, STR_FMT ", " STR_FMT, STR_ARG(forwarded),
                                              STR_ARG(e->source_ip))
                               : e->source_ip);
    add_pair(&pairs, STR("X-Forwarded-Port"), arena_format(arena, "%u", e->port));
    add_pair(&pairs, STR("X-Forwarded-Proto"), STR("http"));
    return pairs;
}

static struct pairs query_of(struct arena *arena, struct str query)
{
    struct pairs pairs = {.items = ARENA_ARRAY(arena, struct header, MAX_QUERY_PAIRS)};
    struct str part;
    while (pairs.count < MAX_QUERY_PAIRS && str_split_next(&query, '&', &part)) {
        size_t equals = str_find_char(part, '=');
        struct str name = text_percent_decode(arena, str_slice(part, 0, equals), true);
        struct str value = {0};
        if (equals != SIZE_MAX) {
            value = text_percent_decode(arena, str_slice(part, equals + 1, part.len), true);
        }
        if (part.len > 0) {
            add_pair(&pairs, name, value);
        }
    }
    return pairs;
}

/* ---- context --------------------------------------------------------------------------------- */

static void write_identity(struct json_writer *w, const struct event_request *e)
{
    static const char *const nulls[] = {
        "cognitoIdentityPoolId",
        "accountId",
        "cognitoIdentityId",
        "caller",
        "principalOrgId",
        "accessKey",
        "cognitoAuthenticationType",
        "cognitoAuthenticationProvider",
        "userArn",
        "user",
    };
    json_member_object(w, "identity");
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
        json_member_raw(w, nulls[i], STR("null"));
    }
    json_member_str(w, "sourceIp", e->source_ip);
    struct str agent = header_find(e->headers, e->header_count, STR("user-agent"));
    if (agent.ptr != NULL) {
        json_member_str(w, "userAgent", agent);
    } else {
        json_member_raw(w, "userAgent", STR("null"));
    }
    json_object_end(w);
}

/* Six characters that stay the same for a path, as those of a real resource do. */
static struct str resource_id(struct arena *arena, struct str path)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char *out = ARENA_ARRAY(arena, char, 7);
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < path.len; i++) {
        hash = (hash ^ (unsigned char)path.ptr[i]) * 16777619U;
    }
    for (size_t i = 0; i < 6; i++) {
        out[i] = digits[hash % 36];
        hash /= 36;
    }
    return (struct str){.ptr = out, .len = 6};
}

static void write_context(struct arena *arena, struct json_writer *w, const struct event_request *e,
                          struct str resource)
{
    char time[32];
    event_time_format(e->time_ms, time);
    struct str domain = str_slice(e->host, 0, str_find_char(e->host, ':'));
    json_member_object(w, "requestContext");
    json_member_str(w, "resourceId", resource_id(arena, resource));
    json_member_str(w, "resourcePath", resource);
    json_member_str(w, "httpMethod", e->method);
    json_member_str(w, "extendedRequestId", e->extended_id);
    json_member_cstr(w, "requestTime", time);
    json_member_str(w, "path",
                    arena_format(arena, "/" STR_FMT STR_FMT, STR_ARG(e->stage), STR_ARG(e->path)));
    json_member_str(w, "accountId", e->account_id);
    json_member_str(w, "protocol", e->protocol);
    json_member_str(w, "stage", e->stage);
    json_member_str(w, "domainPrefix", str_slice(domain, 0, str_find_char(domain, '.')));
    json_member_i64(w, "requestTimeEpoch", e->time_ms);
    json_member_str(w, "requestId", e->request_id);
    write_identity(w, e);
    json_member_str(w, "domainName", domain);
    json_member_str(w, "apiId", e->api_id);
    json_object_end(w);
}

/* ---- the event ------------------------------------------------------------------------------- */

static void write_params(struct json_writer *w, const struct event_request *e)
{
    if (e->match->param_count == 0) {
        json_member_raw(w, "pathParameters", STR("null"));
    } else {
        json_member_object(w, "pathParameters");
        for (size_t i = 0; i < e->match->param_count; i++) {
            json_key(w, e->match->params[i].name);
            json_str(w, e->match->params[i].value);
        }
        json_object_end(w);
    }
    if (e->stage_variable_count == 0) {
        json_member_raw(w, "stageVariables", STR("null"));
        return;
    }
    json_member_object(w, "stageVariables");
    for (size_t i = 0; i < e->stage_variable_count; i++) {
        json_key(w, e->stage_variables[i].name);
        json_str(w, e->stage_variables[i].value);
    }
    json_object_end(w);
}

/* Without a binary media type the body is text, and what is not becomes U+FFFD. */
static void write_body(struct arena *arena, struct json_writer *w, const struct event_request *e)
{
    if (e->body.len == 0) {
        json_member_raw(w, "body", STR("null"));
    } else {
        json_member_str(w, "body", e->is_binary ? base64_encode(arena, e->body) : e->body);
    }
    json_member_bool(w, "isBase64Encoded", e->body.len > 0 && e->is_binary);
}

void event_v1_write(struct arena *arena, const struct event_request *event, struct buf *out)
{
    struct json_writer writer = json_writer_on(out);
    struct json_writer *w = &writer;
    struct pairs headers = headers_of(arena, event);
    struct pairs query = query_of(arena, event->raw_query);
    struct str key = event->match->route->key; /* "GET /items/{id}" */
    struct str resource = str_slice(key, str_find_char(key, ' ') + 1, key.len);
    json_object_begin(w);
    json_member_str(w, "resource", resource);
    json_member_str(w, "path", event->path);
    json_member_str(w, "httpMethod", event->method);
    write_maps(w, &headers, "headers", "multiValueHeaders");
    write_maps(w, &query, "queryStringParameters", "multiValueQueryStringParameters");
    write_params(w, event);
    write_context(arena, w, event, resource);
    write_body(arena, w, event);
    json_object_end(w);
}
