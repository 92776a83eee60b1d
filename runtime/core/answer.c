#include "runtime/core/answer.h"

#include "runtime/core/post.h"

#include "shared/log/log.h"

/* ---- who answers ----------------------------------------------------------------------------- */

/* True if this thread is to answer; else another one has done it, or does. */
static bool claim(struct slot *slot)
{
    if (slot_claim(slot, slot->turns, ANSWERER_LOOP)) {
        return true;
    }
    LOG(&slot->cx, LOG_WARN, "reply_dropped", LOG_I64("slot", slot->index),
        LOG_CSTR("reason", "the invocation was answered in place of its handler"));
    return false;
}

/* ---- over the Runtime API -------------------------------------------------------------------- */

static struct api_request stream_request(struct ctx *cx, const struct slot *slot,
                                         const struct reply *reply)
{
    return post_response_request(cx, &slot->turn, reply->content_type);
}

static enum status way_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    struct slot *slot = reply->way_to;
    struct stream *stream = &slot->stream;
    if (!stream_lock(stream, -1)) {
        return fail(cx, ERR_INTERNAL, "the stream's lock");
    }
    enum status status = OK;
    if (slot_open_turn(slot) != slot->turns) {
        status = fail(cx, ERR_TIMEOUT, "the invocation was answered in place of its handler");
    } else {
        struct api_request request = {0};
        if (!stream_has_begun(stream)) {
            request = stream_request(cx, slot, reply);
        }
        status = stream_write(cx, stream, &request, bytes);
    }
    reply->has_begun |= stream_has_begun(stream);
    stream_unlock(stream);
    return status;
}

/* With `report`: the stream fails. */
static enum status end_stream(struct ctx *cx, struct slot *slot, const struct reply *reply,
                              const struct error_report *report)
{
    struct stream *stream = &slot->stream;
    if (!stream_lock(stream, -1)) {
        return fail(cx, ERR_UPSTREAM, "the stream's lock");
    }
    enum status status = OK;
    if (claim(slot)) {
        struct api_request request = stream_request(cx, slot, reply);
        status = stream_end(cx, stream, &request, report);
    }
    stream_unlock(stream);
    return status;
}

static enum status way_end(struct ctx *cx, struct reply *reply)
{
    struct slot *slot = reply->way_to;
    if (reply->mode == REPLY_STREAMED) {
        return end_stream(cx, slot, reply, NULL);
    }
    return claim(slot) ? post_response(cx, &slot->api, &slot->turn, reply) : OK;
}

static const struct reply_way runtime_api_way = {.write = way_write, .end = way_end};

struct reply answer_begin(struct slot *slot)
{
    const struct program *program = slot->program;
    stream_reset(&slot->stream);
    return (struct reply){
        .inv = &slot->turn.inv,
        .stream_http = program->options->stream_http || program->env.stream_http,
        .stream_urls = program->env.stream_urls,
        .way = &runtime_api_way,
        .way_to = slot,
    };
}

/* ---- failures -------------------------------------------------------------------------------- */

static void log_failure(const struct slot *slot, const struct error_report *report)
{
    const struct ctx *cx = &slot->cx;
    LOG(cx, LOG_ERROR, "invocation_failed", LOG_STR("type", report->type),
        LOG_STR("error", report->message), LOG_I64("slot", slot->index));
}

enum status answer_failure(struct slot *slot, struct str type)
{
    struct error_report report = error_report_of(&slot->cx, type);
    log_failure(slot, &report);
    return claim(slot) ? post_error(&slot->cx, &slot->api, &slot->turn, &report,
                                    slot->program->env.task_root)
                       : OK;
}

static enum status failed(struct slot *slot, const struct reply *reply, struct str type)
{
    if (!reply->has_begun) {
        return answer_failure(slot, type);
    }
    struct error_report report = error_report_of(&slot->cx, type);
    log_failure(slot, &report);
    return end_stream(&slot->cx, slot, reply, &report);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum status ended_before(struct slot *slot, const struct reply *reply, enum status status)
{
    struct ctx *cx = &slot->cx;
    if (status != OK) {
        LOG(cx, LOG_ERROR, "after_response_failed", LOG_CSTR("status", status_name(status)),
            LOG_CSTR("error", cx->err.text));
    }
    return reply->ended == OK ? OK : fail(cx, reply->ended, "Lambda said HTTP 500 to the reply");
}

enum status answer_end(struct slot *slot, struct reply *reply, enum status status)
{
    struct ctx *cx = &slot->cx;
    if (reply->has_ended) {
        return ended_before(slot, reply, status);
    }
    if (status == OK) {
        status = reply_settle(cx, reply);
    }
    if (status != OK) {
        return failed(slot, reply, reply_failure_type(cx, reply, status));
    }
    return reply->way->end(cx, reply);
}
