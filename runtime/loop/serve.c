#include "runtime/loop/serve.h"

#include "runtime/core/answer.h"
#include "runtime/loop/guard.h"
#include "runtime/loop/layers.h"
#include "runtime/loop/slots.h"

static enum status handle(struct slot *slot)
{
    struct reply reply = answer_begin(slot);
    enum status status = layers_call(&slot->cx, slot->program->options, &slot->turn.inv, &reply);
    return answer_end(slot, &reply, status);
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
    TRY(polled == OK ? handle(slot) : answer_failure(slot, STR("Runtime.EventTooLarge")));
    if (options->after != NULL) {
        err_clear(&slot->cx);
        options->after(&slot->cx, options->app);
    }
    return OK;
}

enum status serve(struct slot *slot)
{
    struct program *program = slot->program;
    while (!atomic_load(&slot->must_end)) {
        enum status polled = next(slot); /* which resets the arena, first thing */
        if (polled != OK && polled != ERR_TOO_LARGE) {
            return polled;
        }
        guard_arm(slot);
        slot_turn_begin(slot);
        if (program->is_concurrent) {
            slots_take(program);
        } else {
            env_set_trace_id(slot->turn.inv.trace_id);
        }
        enum status status = turn_run(slot, polled);
        slot_turn_end(slot);
        atomic_fetch_sub(&program->busy, program->is_concurrent ? 1 : 0);
        TRY(status);
    }
    return OK;
}
