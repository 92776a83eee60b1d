#include "runtime/env.h"
#include "runtime/lambda.h"
#include "runtime/post.h"

#include "shared/log/log.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

/* What serves one event at a time: the unit that a process could have several of. */
struct slot {
    struct env env;
    struct api api;
    struct arena arena;
    struct ctx cx;
};

static void slot_close(struct slot *slot)
{
    api_close(&slot->api);
    arena_deinit(&slot->arena);
}

/* Says why the program ends: the last line of its log. */
static int stop(const struct slot *slot)
{
    LOG(NULL, LOG_FATAL, "runtime_stopped", LOG_CSTR("error", slot->cx.err.text));
    return EXIT_FAILURE;
}

/* The words move to the arena, for posting uses `cx->err` for its own failures. */
static struct error_report report_of(struct ctx *cx, struct str type)
{
    struct error_report report = {
        .type = type, .message = arena_str_copy(cx->arena, str_from_cstr(cx->err.text))};
    return report;
}

/* ---- init ------------------------------------------------------------------------------------ */

static enum status start(struct slot *slot, const struct lambda_options *options)
{
    struct ctx *cx = &slot->cx;
    enum status status = options->init == NULL ? OK : options->init(cx, options->app);
    if (status == OK) {
        return OK;
    }
    struct error_report report = report_of(cx, error_type_of_status(cx->arena, status));
    enum status posted = post_init_error(cx, &slot->api, &report, slot->env.task_root);
    /* The cause of the end is the init's, even if Lambda could not be told. */
    (void)posted;
    return fail(cx, status, "init: " STR_FMT, STR_ARG(report.message));
}

/* ---- one event ------------------------------------------------------------------------------- */

static void turn_begin(struct slot *slot, const struct turn *turn)
{
    slot->cx.deadline_ms = turn->inv.deadline_ms;
    slot->cx.request_id = turn->inv.request_id;
    slot->cx.tenant_id = turn->inv.tenant_id;
    slot->cx.trace_id = turn->inv.trace_id;
    env_set_trace_id(turn->inv.trace_id);
}

/* The arena itself is reset by `next_event`, first thing. */
static void turn_end(struct slot *slot)
{
    slot->cx.deadline_ms = 0;
    slot->cx.request_id = (struct str){0};
    slot->cx.tenant_id = (struct str){0};
    slot->cx.trace_id = (struct str){0};
}

static enum status report_failure(struct slot *slot, const struct turn *turn, struct str type)
{
    struct ctx *cx = &slot->cx;
    struct error_report report = report_of(cx, type);
    LOG(cx, LOG_ERROR, "invocation_failed", LOG_STR("type", type),
        LOG_STR("error", report.message));
    return post_error(cx, &slot->api, turn, &report, slot->env.task_root);
}

static struct str failure_type(struct ctx *cx, enum status status, const struct reply *reply)
{
    return status == ERR_TOO_LARGE && reply->was_too_large
               ? STR("Function.ResponseSizeTooLarge") /* the name Lambda itself gives it */
               : error_type_of_status(cx->arena, status);
}

static enum status handle(struct slot *slot, const struct lambda_options *options,
                          const struct turn *turn)
{
    struct ctx *cx = &slot->cx;
    struct reply reply = {.mode = REPLY_NONE};
    enum status status = options->handler(cx, &turn->inv, &reply, options->app);
    if (status != OK) {
        return report_failure(slot, turn, failure_type(cx, status, &reply));
    }
    switch (reply.mode) {
    case REPLY_NONE:
        (void)fail(cx, ERR_INTERNAL, "the handler returned OK and gave no reply");
        return report_failure(slot, turn, STR("Runtime.NoReply"));
    case REPLY_BUFFERED:
        return post_response(cx, &slot->api, turn, &reply);
    }
    return OK;
}

/* Returns only with the reason why there is no next event. */
static enum status serve(struct slot *slot, const struct lambda_options *options)
{
    struct ctx *cx = &slot->cx;
    for (;;) {
        struct turn turn = {0};
        enum status polled = next_event(cx, &slot->api, &turn);
        if (polled != OK && polled != ERR_TOO_LARGE) {
            return polled;
        }
        turn_begin(slot, &turn);
        TRY(polled == OK ? handle(slot, options, &turn)
                         : report_failure(slot, &turn, STR("Runtime.EventTooLarge")));
        if (options->after != NULL) {
            err_clear(cx);
            options->after(cx, options->app);
        }
        turn_end(slot);
    }
}

int lambda_run(const struct lambda_options *options)
{
    assert(options != NULL && options->handler != NULL);
    log_init();
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    DEFER(slot_close) struct slot slot = {0};
    arena_init(&slot.arena, 0);
    slot.cx.arena = &slot.arena;
    if (env_read(&slot.cx, &slot.env) != OK) {
        return stop(&slot);
    }
    api_init(&slot.api, slot.env.runtime_api, API_RUNTIME);
    if (start(&slot, options) != OK || serve(&slot, options) != OK) {
        return stop(&slot);
    }
    return EXIT_FAILURE;
}
