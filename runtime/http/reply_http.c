#include "runtime/core/reply.h"
#include "runtime/http/http_answer.h"

enum {
    PRELUDE_MAX_BYTES = 1024 * 1024,
    ONE_CHUNK_BYTES = 16 * 1024, /* a body up to this goes out with its head */
};

/* ---- where it goes --------------------------------------------------------------------------- */

static struct http_kind kind_of(const struct reply *reply)
{
    return reply->inv == NULL ? (struct http_kind){0} : http_event_kind(reply->inv->event);
}

/* An ALB can take no stream, whatever the options say of what else calls the function. */
static bool is_streamed(const struct reply *reply, const struct http_kind *kind)
{
    bool all = reply->stream_http && (kind->format == HTTP_V2 || kind->format == HTTP_V1);
    return all || (reply->stream_urls && http_event_is_of_url(reply->inv->event));
}

static size_t limit_of(const struct http_kind *kind)
{
    return kind->format == HTTP_ALB ? HTTP_ALB_MAX_BYTES : LAMBDA_REPLY_MAX_BYTES;
}

static enum status refuse(struct ctx *cx, struct reply *reply, size_t bytes, size_t limit)
{
    if (limit == LAMBDA_REPLY_MAX_BYTES) {
        return reply_refuse_size(cx, reply, bytes);
    }
    reply->was_too_large = true;
    return fail(cx, ERR_TOO_LARGE,
                "a reply of %zu bytes does not fit the limit of %zu; send less, or a link to it",
                bytes, limit);
}

/* ---- at once --------------------------------------------------------------------------------- */

static enum status reply_envelope(struct ctx *cx, struct reply *reply, const struct http_kind *kind,
                                  const struct http_answer *answer)
{
    size_t limit = limit_of(kind);
    struct buf envelope = buf_in(cx->arena, limit);
    /* A body beyond the limit is not even encoded. */
    bool fits = answer->body.len <= limit;
    if (fits) {
        http_envelope_write(cx, kind, answer, &envelope);
        fits = !envelope.full;
    }
    return fits ? reply_json(cx, reply, buf_str(&envelope))
                : refuse(cx, reply, answer->body.len, limit);
}

/* ---- as a stream ----------------------------------------------------------------------------- */

static enum status prelude(struct ctx *cx, struct reply *reply, const struct http_answer *answer,
                           bool has_body, struct str *out)
{
    struct http_kind kind = kind_of(reply);
    struct buf text = buf_in(cx->arena, PRELUDE_MAX_BYTES);
    http_prelude_write(cx, &kind, answer, has_body, &text);
    *out = buf_str(&text);
    return text.full ? refuse(cx, reply, text.len, PRELUDE_MAX_BYTES) : OK;
}

/* A body that is there already, once nobody can replace it any more. */
static enum status send_whole(struct ctx *cx, struct reply *reply)
{
    struct str head = reply->prelude;
    struct str body = reply->body;
    TRY(reply_stream(cx, reply, HTTP_PRELUDE_TYPE));
    reply->prelude = head;
    if (body.len > ONE_CHUNK_BYTES) {
        TRY(reply_write_prelude(cx, reply)); /* the body is not copied behind it */
    }
    TRY(reply_write(cx, reply, body));
    return reply_write_prelude(cx, reply);
}

static enum status reply_whole_stream(struct ctx *cx, struct reply *reply,
                                      const struct http_answer *answer)
{
    struct str head = {0};
    TRY(prelude(cx, reply, answer, answer->body.len > 0, &head));
    if (answer->body.len > LAMBDA_STREAM_MAX_BYTES - head.len) {
        return refuse(cx, reply, answer->body.len, LAMBDA_STREAM_MAX_BYTES);
    }
    TRY(reply_bytes(cx, reply, HTTP_PRELUDE_TYPE, STR("")));
    reply->body = answer->body; /* beyond what a buffered reply may have */
    reply->prelude = head;
    reply->settle = send_whole;
    return OK;
}

enum status reply_http(struct ctx *cx, struct reply *reply, const struct http_answer *answer)
{
    struct http_kind kind = kind_of(reply);
    TRY(reply_may_choose(cx, reply));
    TRY(http_answer_check(cx, &kind, answer));
    return is_streamed(reply, &kind) ? reply_whole_stream(cx, reply, answer)
                                     : reply_envelope(cx, reply, &kind, answer);
}

/* ---- piece by piece -------------------------------------------------------------------------- */

static enum status send_collected(struct ctx *cx, struct reply *reply)
{
    struct http_answer answer = *(const struct http_answer *)reply->settle_for;
    answer.body = buf_str(&reply->collected);
    return reply_http(cx, reply, &answer);
}

enum status reply_http_stream(struct ctx *cx, struct reply *reply, const struct http_answer *head)
{
    struct http_kind kind = kind_of(reply);
    TRY(reply_may_choose(cx, reply));
    TRY(http_answer_check(cx, &kind, head));
    if (is_streamed(reply, &kind)) {
        struct str text = {0};
        TRY(prelude(cx, reply, head, true, &text));
        TRY(reply_stream(cx, reply, HTTP_PRELUDE_TYPE));
        reply->prelude = text;
        reply->settle = reply_write_prelude;
        return OK;
    }
    struct http_answer *copy = ARENA_NEW(cx->arena, struct http_answer);
    *copy = *head;
    TRY(reply_collect(cx, reply, limit_of(&kind)));
    reply->settle = send_collected;
    reply->settle_for = copy;
    return OK;
}
