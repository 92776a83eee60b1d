#include "runtime/lambda.h"

#include "runtime/event/event_http.h"
#include "runtime/event/event_scan.h"
#include "shared/base/base64.h"
#include "shared/base/buf.h"

/* ---- is it one? ------------------------------------------------------------------------------ */

/* What an event's outermost members have told so far. */
struct signs {
    struct str version, context;
    bool has_method;
};

static bool is_object(struct str value)
{
    return str_has_prefix(value, STR("{"));
}

/* HTTP_NONE: cannot be told yet, or is none. */
static enum http_format format_of(const struct signs *signs)
{
    if (!is_object(signs->context)) {
        return HTTP_NONE;
    }
    if (str_eq(signs->version, STR("\"2.0\""))) {
        return HTTP_V2;
    }
    if (!signs->has_method) {
        return HTTP_NONE;
    }
    return is_object(event_scan_find(signs->context, STR("elb"))) ? HTTP_ALB : HTTP_V1;
}

/* False if the member rules an HTTP event out. */
static bool sign_note(struct signs *signs, const struct event_member *member)
{
    if (str_eq(member->name, STR("version"))) {
        signs->version = member->value;
        return str_eq(member->value, STR("\"2.0\"")) || str_eq(member->value, STR("\"1.0\""));
    }
    if (str_eq(member->name, STR("requestContext"))) {
        signs->context = member->value;
    }
    signs->has_method |=
        str_eq(member->name, STR("httpMethod")) && str_has_prefix(member->value, STR("\""));
    /* A Lambda authorizer's request looks like the one it is to judge. */
    return !str_eq(member->name, STR("methodArn")) && !str_eq(member->name, STR("routeArn"));
}

enum http_format http_event_format(struct str event)
{
    struct event_scan scan;
    struct event_member member = {0};
    struct signs signs = {0};
    bool more = event_scan_begin(&scan, event);
    while (more && event_scan_next(&scan, &member) && sign_note(&signs, &member)) {
        enum http_format format = format_of(&signs);
        if (format != HTTP_NONE) {
            return format;
        }
    }
    return HTTP_NONE;
}

struct http_kind http_event_kind(struct str event)
{
    struct event_scan scan;
    struct event_member member = {0};
    /* What says 2.0 is answered so, whatever else it is: mostly it says so first of all. */
    if (event_scan_begin(&scan, event) && event_scan_next(&scan, &member) &&
        str_eq(member.name, STR("version")) && str_eq(member.value, STR("\"2.0\""))) {
        return (struct http_kind){.format = HTTP_V2};
    }
    struct http_kind kind = {.format = http_event_format(event)};
    kind.is_multi_value =
        kind.format == HTTP_ALB && is_object(event_scan_find(event, STR("multiValueHeaders")));
    return kind;
}

bool http_event_is_of_url(struct str event)
{
    struct str context = event_scan_find(event, STR("requestContext"));
    struct str domain = event_scan_find(context, STR("domainName"));
    return http_event_kind(event).format == HTTP_V2 &&
           str_find(domain, STR(".lambda-url.")) != SIZE_MAX;
}

static enum http_format format_of_tree(const struct json *root)
{
    struct str version = json_find_str(root, STR("version"));
    const struct json *context = json_find(root, STR("requestContext"));
    const struct json *elb = json_find(context, STR("elb"));
    if (str_eq(version, STR("2.0"))) {
        return HTTP_V2;
    }
    if (json_find(root, STR("httpMethod")) == NULL ||
        (version.len > 0 && !str_eq(version, STR("1.0")))) {
        return HTTP_NONE;
    }
    return elb != NULL && elb->type == JSON_OBJECT ? HTTP_ALB : HTTP_V1;
}

/* ---- parts that all formats have ------------------------------------------------------------- */

static enum status body_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    struct str body = {0};
    const struct event_text text = {root, "", STR("body"), &body};
    TRY(event_texts(cx, &text, 1));
    const struct json *flag = json_find(root, STR("isBase64Encoded"));
    if (flag != NULL && flag->type != JSON_NULL && flag->type != JSON_BOOL) {
        return fail(cx, ERR_INVALID, "event: isBase64Encoded is %s", json_type_words(flag->type));
    }
    out->body = body;
    bool is_encoded = flag != NULL && flag->boolean && body.len > 0;
    if (is_encoded && !base64_decode(cx->arena, body, &out->body)) {
        return fail(cx, ERR_INVALID, "event: the body is flagged as base64 and is not");
    }
    return OK;
}

static size_t count_char(struct str s, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += s.ptr[i] == c;
    }
    return count;
}

/* "a=1; b=2" (RFC 6265 section 4.2) */
static void cookies_from_header(struct ctx *cx, struct http_event *out)
{
    struct str rest = http_event_header(out, STR("cookie"));
    if (rest.len == 0) {
        return;
    }
    struct str *cookies = ARENA_ARRAY(cx->arena, struct str, count_char(rest, ';') + 1);
    struct str part = {0};
    while (str_split_next(&rest, ';', &part)) {
        struct str cookie = str_trim(part);
        if (cookie.len > 0) {
            cookies[out->cookie_count++] = cookie;
        }
    }
    out->cookies = cookies;
}

static enum status cookies_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    TRY(event_strings(cx, root, STR("cookies"), &out->cookies, &out->cookie_count));
    if (out->cookies == NULL) {
        cookies_from_header(cx, out);
    }
    return OK;
}

static enum status required(struct ctx *cx, const struct http_event *event, const char *method,
                            const char *path)
{
    if (event->method.len == 0 || event->path.len == 0) {
        return fail(cx, ERR_INVALID, "event: %s is missing",
                    event->method.len == 0 ? method : path);
    }
    return OK;
}

/* What both of API Gateway's formats have under the same names. */
static enum status gateway_read(struct ctx *cx, const struct json *root, const struct json *context,
                                struct http_event *out)
{
    const struct event_text texts[] = {
        {context, "requestContext.", STR("stage"), &out->stage},
        {context, "requestContext.", STR("requestId"), &out->request_id},
        {context, "requestContext.", STR("domainName"), &out->domain},
        {context, "requestContext.", STR("accountId"), &out->account_id},
        {context, "requestContext.", STR("apiId"), &out->api_id},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    out->authorizer = event_raw(context, STR("authorizer"));
    TRY(event_pairs(cx, root, STR("pathParameters"), &out->path_params, &out->path_param_count));
    return event_pairs(cx, root, STR("stageVariables"), &out->stage_variables,
                       &out->stage_variable_count);
}

/* ---- format 2.0 ------------------------------------------------------------------------------ */

static enum status v2_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    const struct json *context = NULL;
    const struct json *http = NULL;
    TRY(event_tree(cx, root, STR("requestContext"), JSON_OBJECT, &context));
    TRY(event_tree(cx, context, STR("http"), JSON_OBJECT, &http));
    const struct event_text texts[] = {
        {http, "requestContext.http.", STR("method"), &out->method},
        {http, "requestContext.http.", STR("path"), &out->path},
        {http, "requestContext.http.", STR("sourceIp"), &out->source_ip},
        {http, "requestContext.http.", STR("userAgent"), &out->user_agent},
        {root, "", STR("routeKey"), &out->route_key},
        {root, "", STR("rawPath"), &out->path}, /* after http.path, over which it wins */
        {root, "", STR("rawQueryString"), &out->query},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    TRY(required(cx, out, "requestContext.http.method", "rawPath"));
    TRY(gateway_read(cx, root, context, out));
    TRY(event_number(cx, context, STR("timeEpoch"), &out->time_ms));
    TRY(event_pairs(cx, root, STR("headers"), &out->headers, &out->header_count));
    out->header_values = out->headers;
    out->header_value_count = out->header_count;
    TRY(event_pairs(cx, root, STR("queryStringParameters"), &out->query_params,
                    &out->query_param_count));
    TRY(cookies_read(cx, root, out));
    return body_read(cx, root, out);
}

/* ---- format 1.0 and ALB: two maps of everything, one with all values --------------------------
 */

struct pairs {
    const struct http_header *items;
    size_t count;
};

/* An object of arrays of strings, one pair a value. */
static enum status values_read(struct ctx *cx, const struct json *object, struct str name,
                               struct pairs *out)
{
    size_t room = 0;
    JSON_EACH (member, object) {
        room += member->count;
    }
    struct http_header *items = ARENA_ARRAY(cx->arena, struct http_header, room + 1);
    size_t count = 0;
    JSON_EACH (member, object) {
        if (member->type != JSON_ARRAY && member->type != JSON_NULL) {
            return fail(cx, ERR_INVALID, "event: " STR_FMT "." STR_FMT " is %s, not an array",
                        STR_ARG(name), STR_ARG(member->key), json_type_words(member->type));
        }
        JSON_EACH (value, member) {
            if (value->type != JSON_STRING) {
                return fail(cx, ERR_INVALID, "event: " STR_FMT "." STR_FMT " holds %s",
                            STR_ARG(name), STR_ARG(member->key), json_type_words(value->type));
            }
            items[count++] = (struct http_header){member->key, event_present(value->text)};
        }
    }
    *out = (struct pairs){items, count};
    return OK;
}

/* The map with all values if it is there, else the one with one each. */
static enum status either_read(struct ctx *cx, const struct json *root, struct str many,
                               struct str single, struct pairs *out)
{
    const struct json *object = NULL;
    TRY(event_tree(cx, root, many, JSON_OBJECT, &object));
    return object != NULL ? values_read(cx, object, many, out)
                          : event_pairs(cx, root, single, &out->items, &out->count);
}

/* One entry a name: neighbours of the same name are joined. */
static struct pairs pairs_join(struct arena *arena, const struct pairs *values,
                               struct str separator)
{
    struct http_header *items = ARENA_ARRAY(arena, struct http_header, values->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < values->count;) {
        struct str name = values->items[i].name;
        size_t end = i + 1;
        while (end < values->count && str_eq(values->items[end].name, name)) {
            end++;
        }
        struct str glue = str_eq_nocase(name, STR("cookie")) ? STR("; ") : separator;
        struct str value = values->items[i].value;
        if (end > i + 1) {
            struct buf joined = buf_in(arena, SIZE_MAX / 2);
            buf_add(&joined, value);
            for (size_t k = i + 1; k < end; k++) {
                buf_add(&joined, glue);
                buf_add(&joined, values->items[k].value);
            }
            value = buf_str(&joined);
        }
        items[count++] = (struct http_header){name, value};
        i = end;
    }
    return (struct pairs){items, count};
}

static enum status headers_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    struct pairs values = {0};
    TRY(either_read(cx, root, STR("multiValueHeaders"), STR("headers"), &values));
    struct pairs joined = pairs_join(cx->arena, &values, STR(", "));
    out->header_values = values.items;
    out->header_value_count = values.count;
    out->headers = joined.items;
    out->header_count = joined.count;
    const struct json *many = json_find(root, STR("multiValueHeaders"));
    out->is_multi_value = out->format == HTTP_ALB && many != NULL && many->type == JSON_OBJECT;
    return OK;
}

/* V1's come decoded and are encoded again; ALB's come as they were sent. */
static struct str query_rebuild(struct arena *arena, const struct pairs *params, bool encode)
{
    struct buf query = buf_in(arena, SIZE_MAX / 2);
    for (size_t i = 0; i < params->count; i++) {
        struct http_header param = params->items[i];
        buf_add(&query, i == 0 ? STR("") : STR("&"));
        buf_add(&query, encode ? http_url_encode(arena, param.name) : param.name);
        buf_add_char(&query, '=');
        buf_add(&query, encode ? http_url_encode(arena, param.value) : param.value);
    }
    return buf_str(&query);
}

static enum status query_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    struct pairs params = {0};
    TRY(either_read(cx, root, STR("multiValueQueryStringParameters"), STR("queryStringParameters"),
                    &params));
    bool is_alb = out->format == HTTP_ALB;
    out->query = query_rebuild(cx->arena, &params, !is_alb);
    struct http_header *decoded = ARENA_ARRAY(cx->arena, struct http_header, params.count + 1);
    for (size_t i = 0; i < params.count; i++) {
        decoded[i] = params.items[i];
        if (is_alb) {
            decoded[i].name = http_form_text(cx->arena, decoded[i].name);
            decoded[i].value = http_form_text(cx->arena, decoded[i].value);
        }
    }
    struct pairs joined = pairs_join(cx->arena, &(struct pairs){decoded, params.count}, STR(","));
    out->query_params = joined.items;
    out->query_param_count = joined.count;
    return OK;
}

static enum status maps_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    const struct event_text texts[] = {
        {root, "", STR("httpMethod"), &out->method},
        {root, "", STR("path"), &out->path},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    TRY(required(cx, out, "httpMethod", "path"));
    TRY(headers_read(cx, root, out));
    TRY(query_read(cx, root, out));
    cookies_from_header(cx, out);
    return body_read(cx, root, out);
}

static enum status v1_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    const struct json *context = NULL;
    const struct json *identity = NULL;
    struct str resource = {0};
    TRY(event_tree(cx, root, STR("requestContext"), JSON_OBJECT, &context));
    TRY(event_tree(cx, context, STR("identity"), JSON_OBJECT, &identity));
    const struct event_text texts[] = {
        {identity, "requestContext.identity.", STR("sourceIp"), &out->source_ip},
        {identity, "requestContext.identity.", STR("userAgent"), &out->user_agent},
        {root, "", STR("resource"), &resource},
    };
    TRY(event_texts(cx, texts, ARRAY_LEN(texts)));
    TRY(event_number(cx, context, STR("requestTimeEpoch"), &out->time_ms));
    TRY(gateway_read(cx, root, context, out));
    TRY(maps_read(cx, root, out));
    out->route_key = resource.len == 0 ? resource
                                       : arena_format(cx->arena, STR_FMT " " STR_FMT,
                                                      STR_ARG(out->method), STR_ARG(resource));
    return OK;
}

static enum status alb_read(struct ctx *cx, const struct json *root, struct http_event *out)
{
    TRY(maps_read(cx, root, out));
    out->domain = http_event_header(out, STR("host"));
    out->user_agent = http_event_header(out, STR("user-agent"));
    out->request_id = http_event_header(out, STR("x-amzn-trace-id"));
    struct str rest = http_event_header(out, STR("x-forwarded-for"));
    struct str address = {0};
    while (str_split_next(&rest, ',', &address)) {
        out->source_ip = str_trim(address);
    }
    return OK;
}

enum status http_event_read(struct ctx *cx, struct str event, struct http_event *out)
{
    const struct json *root = NULL;
    *out = (struct http_event){0};
    if (json_read(cx, event, NULL, &root) != OK) {
        return err_while(cx, ERR_INVALID, "event");
    }
    out->format = format_of_tree(root);
    switch (out->format) {
    case HTTP_V2:
        return v2_read(cx, root, out);
    case HTTP_V1:
        return v1_read(cx, root, out);
    case HTTP_ALB:
        return alb_read(cx, root, out);
    case HTTP_NONE:
        break;
    }
    return fail(cx, ERR_INVALID, "event: not an HTTP event");
}
