#include "infra/local/http/http_reply.h"

#include "infra/local/base/text.h"
#include "shared/base/base64.h"
#include "shared/base/field.h"

enum { MIN_STATUS = 200, MAX_STATUS = 599 };

/* Headers that belong to the connection, which is the gateway's. */
static bool is_of_connection(struct str name)
{
    static const struct str names[] = {
        STR_INIT("connection"),
        STR_INIT("content-length"),
        STR_INIT("date"),
        STR_INIT("keep-alive"),
        STR_INIT("te"),
        STR_INIT("trailer"),
        STR_INIT("transfer-encoding"),
        STR_INIT("upgrade"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

static enum status add_header(struct ctx *cx, struct http_reply *reply, struct str name,
                              struct str value)
{
    if (!field_is_token(name) || !field_is_value(value)) {
        return fail(cx, ERR_INVALID, "header \"" STR_FMT "\" cannot be sent", STR_ARG(name));
    }
    if (reply->header_count == REPLY_MAX_HEADERS) {
        return fail(cx, ERR_INVALID, "more than %d headers", (int)REPLY_MAX_HEADERS);
    }
    if (!is_of_connection(name)) {
        reply->headers[reply->header_count++] = (struct header){
            .name = reply->keeps_case ? arena_str_copy(cx->arena, name)
                                      : text_lower_copy(cx->arena, name),
            .value = arena_str_copy(cx->arena, value),
        };
    }
    return OK;
}

/* True if this name has this value already. */
static bool has_pair(const struct http_reply *reply, struct str name, struct str value)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_eq_nocase(reply->headers[i].name, name) && str_eq(reply->headers[i].value, value)) {
            return true;
        }
    }
    return false;
}

enum status http_reply_read_status(struct ctx *cx, const struct json *root,
                                   struct http_reply *reply)
{
    int64_t status = 0;
    const struct json *code = json_find(root, STR("statusCode"));
    if (code == NULL) {
        return fail(cx, ERR_INVALID, "there is no statusCode");
    }
    bool known =
        code->type == JSON_STRING ? str_to_i64(code->text, &status) : json_is_i64(code, &status);
    if (!known || status < MIN_STATUS || status > MAX_STATUS) {
        return fail(cx, ERR_INVALID, "statusCode " STR_FMT " is not one of HTTP's",
                    STR_ARG(code->span));
    }
    reply->status = (int)status;
    return OK;
}

/* A value as text; false for what a header cannot hold. */
static bool value_text(const struct json *value, struct str *text)
{
    *text = value->type == JSON_BOOL ? value->span : value->text;
    return value->type == JSON_STRING || value->type == JSON_NUMBER || value->type == JSON_BOOL;
}

enum status http_reply_read_headers(struct ctx *cx, const struct json *root,
                                    struct http_reply *reply)
{
    const struct json *headers = json_find(root, STR("headers"));
    if (headers == NULL || headers->type == JSON_NULL) {
        return OK;
    }
    if (headers->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "headers is %s", json_type_words(headers->type));
    }
    JSON_EACH (member, headers) {
        struct str text;
        if (!value_text(member, &text)) {
            return fail(cx, ERR_INVALID, "header " STR_FMT " is %s", STR_ARG(member->key),
                        json_type_words(member->type));
        }
        if (!has_pair(reply, member->key, text)) {
            TRY(add_header(cx, reply, member->key, text));
        }
    }
    return OK;
}

static enum status read_values(struct ctx *cx, const struct json *member, struct http_reply *reply)
{
    if (member->type != JSON_ARRAY) {
        return fail(cx, ERR_INVALID, "multiValueHeaders " STR_FMT " is %s, not a list",
                    STR_ARG(member->key), json_type_words(member->type));
    }
    JSON_EACH (value, member) {
        struct str text;
        if (!value_text(value, &text)) {
            return fail(cx, ERR_INVALID, "a value of header " STR_FMT " is %s",
                        STR_ARG(member->key), json_type_words(value->type));
        }
        TRY(add_header(cx, reply, member->key, text));
    }
    return OK;
}

enum status http_reply_read_multi_headers(struct ctx *cx, const struct json *root,
                                          struct http_reply *reply)
{
    const struct json *headers = json_find(root, STR("multiValueHeaders"));
    if (headers == NULL || headers->type == JSON_NULL) {
        return OK;
    }
    if (headers->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "multiValueHeaders is %s", json_type_words(headers->type));
    }
    JSON_EACH (member, headers) {
        TRY(read_values(cx, member, reply));
    }
    return OK;
}

enum status http_reply_read_cookies(struct ctx *cx, const struct json *root,
                                    struct http_reply *reply)
{
    const struct json *cookies = json_find(root, STR("cookies"));
    if (cookies == NULL || cookies->type == JSON_NULL) {
        return OK;
    }
    if (cookies->type != JSON_ARRAY) {
        return fail(cx, ERR_INVALID, "cookies is %s", json_type_words(cookies->type));
    }
    JSON_EACH (cookie, cookies) {
        if (cookie->type != JSON_STRING) {
            return fail(cx, ERR_INVALID, "a cookie is %s", json_type_words(cookie->type));
        }
        TRY(add_header(cx, reply, STR("set-cookie"), cookie->text));
    }
    return OK;
}

enum status http_reply_read_body(struct ctx *cx, const struct json *root, bool decodes,
                                 struct http_reply *reply)
{
    const struct json *body = json_find(root, STR("body"));
    const struct json *encoded = json_find(root, STR("isBase64Encoded"));
    if (body == NULL || body->type == JSON_NULL) {
        return OK;
    }
    if (body->type != JSON_STRING) {
        return fail(cx, ERR_INVALID, "body is %s, not a string", json_type_words(body->type));
    }
    reply->body = body->text;
    if (decodes && encoded != NULL && encoded->type == JSON_BOOL && encoded->boolean &&
        !base64_decode(cx->arena, body->text, &reply->body)) {
        return fail(cx, ERR_INVALID, "body is not base64");
    }
    return OK;
}

enum status http_reply_default_type(struct ctx *cx, struct str type, struct http_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_eq_nocase(reply->headers[i].name, STR("content-type"))) {
            return OK;
        }
    }
    return add_header(cx, reply, STR("content-type"), type);
}
