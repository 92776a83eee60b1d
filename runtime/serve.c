#include "runtime/serve.h"

#include "runtime/post.h"

#include "shared/log/log.h"

/* The words move to the arena, for posting uses `cx->err` for its own failures. */
static struct error_report report_of(struct ctx *cx, struct str type)
{
    struct error_report report = {
        .type = type, .message = arena_str_copy(cx->arena, str_from_cstr(cx->err.text))};
    return report;
}

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

static enum status report_failure(struct slot *slot, struct str type)
{
    struct ctx *cx = &slot->cx;
    struct error_report report = report_of(cx, type);
    LOG(cx, LOG_ERROR, "invocation_failed", LOG_STR("type", type),
        LOG_STR("error", report.message));
    return claim(slot)
               ? post_error(cx, &slot->api, &slot->turn, &report, slot->program->env.task_root)
               : OK;
}

static struct str failure_type(struct ctx *cx, enum status status, const struct reply *reply)
{
    return status == ERR_TOO_LARGE && reply->was_too_large
               ? STR("Function.ResponseSizeTooLarge") /* the name Lambda itself gives it */
               : error_type_of_status(cx->arena, status);
}

static enum status handle(struct slot *slot)
{
    struct ctx *cx = &slot->cx;
    const struct lambda_options *options = slot->program->options;
    struct reply reply = {.mode = REPLY_NONE, .inv = &slot->turn.inv};
    enum status status = options->handler(cx, &slot->turn.inv, &reply, options->app);
    if (status != OK) {
        return report_failure(slot, failure_type(cx, status, &reply));
    }
    switch (reply.mode) {
    case REPLY_NONE:
        (void)fail(cx, ERR_INTERNAL, "the handler returned OK and gave no reply");
        return report_failure(slot, STR("Runtime.NoReply"));
    case REPLY_BUFFERED:
        return claim(slot) ? post_response(cx, &slot->api, &slot->turn, &reply) : OK;
    }
    return OK;
}

static enum status next(struct slot *slot)
{
    enum status polled = next_event(&slot->cx, &slot->api, &slot->turn);
    slot->turn.inv.slot = slot->index;
    slot->turn.inv.state = slot->state;
    slot->turn.inv.owner = slot;
    return polled;
}

/* `polled`: what came instead of a whole event. */
static enum status turn_run(struct slot *slot, enum status polled)
{
    const struct lambda_options *options = slot->program->options;
    TRY(polled == OK ? handle(slot) : report_failure(slot, STR("Runtime.EventTooLarge")));
    if (options->after != NULL) {
        err_clear(&slot->cx);
        options->after(&slot->cx, options->app);
    }
    return OK;
}

enum status serve(struct slot *slot)
{
    for (;;) {
        enum status polled = next(slot); /* which resets the arena, first thing */
        if (polled != OK && polled != ERR_TOO_LARGE) {
            return polled;
        }
        slot_turn_begin(slot);
        env_set_trace_id(slot->turn.inv.trace_id);
        enum status status = turn_run(slot, polled);
        slot_turn_end(slot);
        TRY(status);
    }
}
