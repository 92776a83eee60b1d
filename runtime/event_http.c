#include "runtime/lambda.h"

#include "shared/base/base64.h"
#include "shared/json/json.h"

/* ---- is it one? ------------------------------------------------------------------------------ */

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

/* The next member of the outermost object as it is written, or false at its end. */
static bool member_next(struct str json, size_t *at, struct str *name, struct str *value)
{
    size_t start = skip_blanks(json, *at);
    if (start >= json.len || json.ptr[start] != '"') {
        return false;
    }
    size_t end = skip_string(json, start);
    *name = str_slice(json, start, end);
    size_t colon = skip_blanks(json, end);
    if (colon >= json.len || json.ptr[colon] != ':') {
        return false;
    }
    size_t first = skip_blanks(json, colon + 1);
    size_t last = skip_value(json, first);
    *value = str_trim(str_slice(json, first, last));
    *at = last < json.len && json.ptr[last] == ',' ? last + 1 : json.len;
    return true;
}

bool http_event_is(struct str event)
{
    size_t at = skip_blanks(event, 0);
    if (at >= event.len || event.ptr[at] != '{') {
        return false;
    }
    at++;
    bool has_version = false;
    bool has_context = false;
    struct str name = {0};
    struct str value = {0};
    while ((!has_version || !has_context) && member_next(event, &at, &name, &value)) {
        if (str_eq(name, STR("\"version\""))) {
            has_version = str_eq(value, STR("\"2.0\""));
            if (!has_version) {
                return false; /* an EventBridge event says "0", the older format "1.0" */
            }
        }
        has_context |= str_eq(name, STR("\"requestContext\"")) && str_has_prefix(value, STR("{"));
    }
    return has_version && has_context;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Present, if empty: so that `ptr` tells it from absent. */
static struct str present(struct str s)
{
    return s.ptr == NULL ? STR("") : s;
}

/* A string member; absent and null are empty. `where` is for the message. */
static enum status text_member(struct ctx *cx, const struct json *object, const char *where,
                               struct str name, struct str *out)
{
    const struct json *value = json_find(object, name);
    if (value == NULL || value->type == JSON_NULL) {
        return OK;
    }
    if (value->type != JSON_STRING) {
        return fail(cx, ERR_INVALID, "event: %s" STR_FMT " is %s, not a string", where,
                    STR_ARG(name), json_type_words(value->type));
    }
    *out = present(value->text);
    return OK;
}

/* A member that is an object or an array; absent and null are NULL. */
static enum status tree_member(struct ctx *cx, const struct json *object, struct str name,
                               enum json_type type, const struct json **out)
{
    const struct json *value = json_find(object, name);
    if (value != NULL && value->type != JSON_NULL && value->type != type) {
        return fail(cx, ERR_INVALID, "event: " STR_FMT " is %s, not %s", STR_ARG(name),
                    json_type_words(value->type), json_type_words(type));
    }
    *out = value == NULL || value->type == JSON_NULL ? NULL : value;
    return OK;
}

static enum status pairs_member(struct ctx *cx, const struct json *root, struct str name,
                                const struct http_header **out, size_t *count)
{
    const struct json *object = NULL;
    TRY(tree_member(cx, root, name, JSON_OBJECT, &object));
    if (object == NULL || object->count == 0) {
        return OK;
    }
    struct http_header *pairs = ARENA_ARRAY(cx->arena, struct http_header, object->count);
    JSON_EACH (member, object) {
        if (member->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "event: " STR_FMT "." STR_FMT " is %s, not a string",
                        STR_ARG(name), STR_ARG(member->key), json_type_words(member->type));
        }
        pairs[(*count)++] =
            (struct http_header){.name = member->key, .value = present(member->text)};
    }
    *out = pairs;
    return OK;
}

static enum status cookies_member(struct ctx *cx, const struct json *root, struct http_event *out)
{
    const struct json *array = NULL;
    TRY(tree_member(cx, root, STR("cookies"), JSON_ARRAY, &array));
    if (array == NULL || array->count == 0) {
        return OK;
    }
    struct str *cookies = ARENA_ARRAY(cx->arena, struct str, array->count);
    JSON_EACH (item, array) {
        if (item->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "event: cookies holds %s", json_type_words(item->type));
        }
        cookies[out->cookie_count++] = present(item->text);
    }
    out->cookies = cookies;
    return OK;
}

static enum status body_member(struct ctx *cx, const struct json *root, struct http_event *out)
{
    struct str body = {0};
    TRY(text_member(cx, root, "", STR("body"), &body));
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

static enum status context_member(struct ctx *cx, const struct json *root, struct http_event *out)
{
    const struct json *context = NULL;
    const struct json *http = NULL;
    TRY(tree_member(cx, root, STR("requestContext"), JSON_OBJECT, &context));
    TRY(tree_member(cx, context, STR("http"), JSON_OBJECT, &http));
    const struct {
        const struct json *object;
        const char *where;
        struct str name;
        struct str *field;
    } members[] = {
        {context, "requestContext.", STR("stage"), &out->stage},
        {context, "requestContext.", STR("requestId"), &out->request_id},
        {context, "requestContext.", STR("domainName"), &out->domain},
        {http, "requestContext.http.", STR("method"), &out->method},
        {http, "requestContext.http.", STR("path"), &out->path},
        {http, "requestContext.http.", STR("sourceIp"), &out->source_ip},
        {http, "requestContext.http.", STR("userAgent"), &out->user_agent},
        {root, "", STR("routeKey"), &out->route_key},
        {root, "", STR("rawPath"), &out->path}, /* after http.path, over which it wins */
        {root, "", STR("rawQueryString"), &out->query},
    };
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        TRY(text_member(cx, members[i].object, members[i].where, members[i].name,
                        members[i].field));
    }
    if (out->method.len == 0 || out->path.len == 0) {
        return fail(cx, ERR_INVALID, "event: %s is missing",
                    out->method.len == 0 ? "requestContext.http.method" : "rawPath");
    }
    return OK;
}

enum status http_event_read(struct ctx *cx, struct str event, struct http_event *out)
{
    const struct json *root = NULL;
    *out = (struct http_event){0};
    enum status status = json_read(cx, event, NULL, &root);
    if (status != OK) {
        return err_while(cx, ERR_INVALID, "event");
    }
    if (!str_eq(json_find_str(root, STR("version")), STR("2.0"))) {
        return fail(cx, ERR_INVALID, "event: not an HTTP API event of payload format 2.0");
    }
    TRY(context_member(cx, root, out));
    TRY(pairs_member(cx, root, STR("headers"), &out->headers, &out->header_count));
    TRY(pairs_member(cx, root, STR("pathParameters"), &out->path_params, &out->path_param_count));
    TRY(pairs_member(cx, root, STR("queryStringParameters"), &out->query_params,
                     &out->query_param_count));
    TRY(cookies_member(cx, root, out));
    return body_member(cx, root, out);
}

/* ---- looking up ------------------------------------------------------------------------------ */

struct str http_event_header(const struct http_event *event, struct str name)
{
    for (size_t i = 0; i < event->header_count; i++) {
        if (str_eq_nocase(event->headers[i].name, name)) {
            return event->headers[i].value;
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
