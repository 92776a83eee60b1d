#include "infra/local/reply_v2.h"

#include "infra/local/text.h"
#include "shared/base/base64.h"
#include "shared/json/json.h"

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
        if (str_eq(name, names[i])) {
            return true;
        }
    }
    return false;
}

static enum status add_header(struct ctx *cx, struct reply_v2 *reply, struct str name,
                              struct str value)
{
    if (!header_name_is_sound(name) || !header_value_is_sound(value)) {
        return fail(cx, ERR_INVALID, "header \"" STR_FMT "\" cannot be sent", STR_ARG(name));
    }
    if (reply->header_count == REPLY_MAX_HEADERS) {
        return fail(cx, ERR_INVALID, "more than %d headers", (int)REPLY_MAX_HEADERS);
    }
    struct str small = text_lower_copy(cx->arena, name);
    if (!is_of_connection(small)) {
        reply->headers[reply->header_count++] =
            (struct header){.name = small, .value = arena_str_copy(cx->arena, value)};
    }
    return OK;
}

static enum status read_status(struct ctx *cx, const struct json *code, struct reply_v2 *reply)
{
    int64_t status = 0;
    bool known =
        code->type == JSON_STRING ? str_to_i64(code->text, &status) : json_is_i64(code, &status);
    if (!known || status < MIN_STATUS || status > MAX_STATUS) {
        return fail(cx, ERR_INVALID, "statusCode " STR_FMT " is not one of HTTP's",
                    STR_ARG(code->span));
    }
    reply->status = (int)status;
    return OK;
}

static enum status read_headers(struct ctx *cx, const struct json *headers, struct reply_v2 *reply)
{
    if (headers == NULL || headers->type == JSON_NULL) {
        return OK;
    }
    if (headers->type != JSON_OBJECT) {
        return fail(cx, ERR_INVALID, "headers is %s", json_type_words(headers->type));
    }
    JSON_EACH (member, headers) {
        switch (member->type) {
        case JSON_STRING:
        case JSON_NUMBER:
            TRY(add_header(cx, reply, member->key, member->text));
            break;
        case JSON_BOOL:
            TRY(add_header(cx, reply, member->key, member->span));
            break;
        case JSON_NULL:
        case JSON_ARRAY:
        case JSON_OBJECT:
            return fail(cx, ERR_INVALID, "header " STR_FMT " is %s", STR_ARG(member->key),
                        json_type_words(member->type));
        }
    }
    return OK;
}

static enum status read_cookies(struct ctx *cx, const struct json *cookies, struct reply_v2 *reply)
{
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

static enum status read_body(struct ctx *cx, const struct json *root, struct reply_v2 *reply)
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
    if (encoded != NULL && encoded->type == JSON_BOOL && encoded->boolean &&
        !base64_decode(cx->arena, body->text, &reply->body)) {
        return fail(cx, ERR_INVALID, "body is not base64");
    }
    return OK;
}

static enum status default_type(struct ctx *cx, struct reply_v2 *reply, struct str type)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (str_eq(reply->headers[i].name, STR("content-type"))) {
            return OK;
        }
    }
    return add_header(cx, reply, STR("content-type"), type);
}

enum status reply_v2_read(struct ctx *cx, struct str payload, struct reply_v2 *reply)
{
    static const struct json_options options = {.max_depth = 512, .allow_duplicate_keys = true};
    const struct json *root = NULL;
    *reply = (struct reply_v2){.status = 200};
    TRY(json_read(cx, payload, &options, &root));
    const struct json *code = json_find(root, STR("statusCode"));
    if (code == NULL) {
        reply->body = root->type == JSON_STRING ? root->text : payload;
        return default_type(cx, reply, STR("application/json"));
    }
    TRY(read_status(cx, code, reply));
    TRY(read_headers(cx, json_find(root, STR("headers")), reply));
    TRY(read_cookies(cx, json_find(root, STR("cookies")), reply));
    TRY(read_body(cx, root, reply));
    return default_type(cx, reply, STR("text/plain;charset=UTF-8"));
}
