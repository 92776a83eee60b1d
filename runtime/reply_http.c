#include "runtime/http_answer.h"
#include "runtime/reply.h"

static enum status refuse_for_alb(struct ctx *cx, struct reply *reply, size_t bytes)
{
    reply->was_too_large = true;
    return fail(
        cx, ERR_TOO_LARGE,
        "a reply of %zu bytes does not fit an ALB's limit of %d; send less, or a link to it", bytes,
        HTTP_ALB_MAX_BYTES);
}

enum status reply_http(struct ctx *cx, struct reply *reply, const struct http_answer *answer)
{
    struct http_kind kind = {0};
    if (reply->inv != NULL) {
        kind = http_event_kind(reply->inv->event);
    }
    TRY(http_answer_check(cx, &kind, answer));
    bool is_alb = kind.format == HTTP_ALB;
    size_t limit = is_alb ? HTTP_ALB_MAX_BYTES : LAMBDA_REPLY_MAX_BYTES;
    struct buf envelope = buf_in(cx->arena, limit);
    /* A body beyond the limit is not even encoded. */
    bool fits = answer->body.len <= limit;
    if (fits) {
        http_envelope_write(cx, &kind, answer, &envelope);
        fits = !envelope.full;
    }
    if (!fits) {
        return is_alb ? refuse_for_alb(cx, reply, answer->body.len)
                      : reply_refuse_size(cx, reply, answer->body.len);
    }
    return reply_json(cx, reply, buf_str(&envelope));
}
