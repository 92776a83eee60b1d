#include "runtime/core/reply.h"

#include "runtime/core/error.h"

#include "shared/base/field.h"

enum { MAX_CONTENT_TYPE_BYTES = 256 };

enum status reply_refuse_size(struct ctx *cx, struct reply *reply, size_t bytes)
{
    reply->was_too_large = true;
    return fail(
        cx, ERR_TOO_LARGE,
        "a reply of %zu bytes does not fit Lambda's limit of %d; send less, or a link to it", bytes,
        LAMBDA_REPLY_MAX_BYTES);
}

enum status reply_may_choose(struct ctx *cx, const struct reply *reply)
{
    return reply->has_begun || reply->has_ended
               ? fail(cx, ERR_CONFLICT, "the reply has gone out already")
               : OK;
}

static enum status choose(struct ctx *cx, struct reply *reply, enum reply_mode mode,
                          struct str content_type)
{
    struct str type = str_trim(content_type);
    TRY(reply_may_choose(cx, reply));
    if (type.len > MAX_CONTENT_TYPE_BYTES || !field_is_printable(type)) {
        return fail(cx, ERR_INVALID, "the reply's content type is not a header value");
    }
    reply->mode = mode;
    reply->content_type = type.len > 0 ? type : STR("application/octet-stream");
    reply->body = (struct str){0};
    reply->was_too_large = false;
    reply->prelude = (struct str){0};
    reply->settle = NULL;
    return OK;
}

enum status reply_bytes(struct ctx *cx, struct reply *reply, struct str content_type,
                        struct str body)
{
    if (body.len > LAMBDA_REPLY_MAX_BYTES) {
        return reply_refuse_size(cx, reply, body.len);
    }
    TRY(choose(cx, reply, REPLY_BUFFERED, content_type));
    reply->body = body;
    return OK;
}

enum status reply_json(struct ctx *cx, struct reply *reply, struct str json)
{
    return reply_bytes(cx, reply, STR("application/json"), json);
}

/* ---- streams --------------------------------------------------------------------------------- */

enum status reply_stream(struct ctx *cx, struct reply *reply, struct str content_type)
{
    return choose(cx, reply, REPLY_STREAMED, content_type);
}

enum status reply_collect(struct ctx *cx, struct reply *reply, size_t max_bytes)
{
    TRY(choose(cx, reply, REPLY_COLLECTED, STR("")));
    reply->collected = buf_in(cx->arena, max_bytes);
    return OK;
}

static enum status collect(struct ctx *cx, struct reply *reply, struct str bytes)
{
    buf_add(&reply->collected, bytes);
    return reply->collected.full ? reply_refuse_size(cx, reply, reply->collected.len + bytes.len)
                                 : OK;
}

/* One write for both: they are one chunk, and one packet if they are small. */
static struct str with_prelude(struct arena *arena, struct str prelude, struct str bytes)
{
    struct buf both = buf_in(arena, SIZE_MAX / 2);
    (void)buf_reserve(&both, prelude.len + bytes.len);
    buf_add(&both, prelude);
    buf_add(&both, bytes);
    return buf_str(&both);
}

static enum status stream(struct ctx *cx, struct reply *reply, struct str bytes)
{
    bool is_first = reply->prelude.len > 0;
    struct str all = is_first ? with_prelude(cx->arena, reply->prelude, bytes) : bytes;
    enum status status = reply->way->write(cx, reply, all);
    if (reply->has_begun) {
        reply->prelude = (struct str){0};
    }
    reply->was_too_large |= status == ERR_TOO_LARGE;
    return status;
}

enum status reply_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    if (reply->has_ended) {
        return fail(cx, ERR_CONFLICT, "the reply has gone out already");
    }
    switch (reply->mode) {
    case REPLY_NONE:
    case REPLY_BUFFERED:
        return fail(cx, ERR_INVALID, "reply_write on a reply that is no stream");
    case REPLY_COLLECTED:
        return collect(cx, reply, bytes);
    case REPLY_STREAMED:
        break;
    }
    return bytes.len == 0 ? OK : stream(cx, reply, bytes);
}

enum status reply_write_prelude(struct ctx *cx, struct reply *reply)
{
    return reply->prelude.len == 0 ? OK : stream(cx, reply, STR(""));
}

enum status reply_settle(struct ctx *cx, struct reply *reply)
{
    if (reply->mode == REPLY_NONE) {
        reply->is_missing = true;
        return fail(cx, ERR_INTERNAL, "the handler returned OK and gave no reply");
    }
    return reply->settle == NULL ? OK : reply->settle(cx, reply);
}

struct str reply_failure_type(struct ctx *cx, const struct reply *reply, enum status status)
{
    if (reply->is_missing) {
        return STR("Runtime.NoReply");
    }
    return status == ERR_TOO_LARGE && reply->was_too_large
               ? STR("Function.ResponseSizeTooLarge") /* the name Lambda itself gives it */
               : error_type_of_status(cx->arena, status);
}

enum status reply_end(struct ctx *cx, struct reply *reply)
{
    if (reply->has_ended) {
        return fail(cx, ERR_CONFLICT, "the reply has gone out already");
    }
    if (reply->mode == REPLY_NONE) {
        return fail(cx, ERR_INVALID, "there is no reply to end");
    }
    TRY(reply_settle(cx, reply));
    reply->ended = reply->way->end(cx, reply);
    reply->has_ended = true;
    /* What Lambda said to it is the loop's business, once the handler has returned. */
    err_clear(cx);
    return OK;
}
