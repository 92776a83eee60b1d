#include "runtime/reply.h"

enum { MAX_CONTENT_TYPE_BYTES = 256 };

enum status reply_refuse_size(struct ctx *cx, struct reply *reply, size_t bytes)
{
    reply->was_too_large = true;
    return fail(
        cx, ERR_TOO_LARGE,
        "a reply of %zu bytes does not fit Lambda's limit of %d; send less, or a link to it", bytes,
        LAMBDA_REPLY_MAX_BYTES);
}

/* A header's value must not end its line, nor hold what servers refuse (RFC 9110 section 5.5). */
static bool content_type_is_sound(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c < 0x20 || c >= 0x7f) {
            return false;
        }
    }
    return value.len <= MAX_CONTENT_TYPE_BYTES;
}

enum status reply_bytes(struct ctx *cx, struct reply *reply, struct str content_type,
                        struct str body)
{
    struct str type = str_trim(content_type);
    if (!content_type_is_sound(type)) {
        return fail(cx, ERR_INVALID, "the reply's content type is not a header value");
    }
    if (body.len > LAMBDA_REPLY_MAX_BYTES) {
        return reply_refuse_size(cx, reply, body.len);
    }
    reply->mode = REPLY_BUFFERED;
    reply->content_type = type.len > 0 ? type : STR("application/octet-stream");
    reply->body = body;
    reply->was_too_large = false;
    return OK;
}

enum status reply_json(struct ctx *cx, struct reply *reply, struct str json)
{
    return reply_bytes(cx, reply, STR("application/json"), json);
}
