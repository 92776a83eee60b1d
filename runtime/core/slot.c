#include "runtime/core/slot.h"

#include "shared/base/clock.h"

enum { ANSWERERS = 4 };

static _Thread_local struct slot *current;

void slot_init(struct slot *slot, unsigned index, struct program *program)
{
    *slot = (struct slot){.index = index, .program = program};
    arena_init(&slot->arena, 0);
    slot->cx.arena = &slot->arena;
    api_init(&slot->api, program->env.runtime_api, API_RUNTIME);
    slot->api.stop_fd = program->stop_fd;
    stream_init(&slot->stream, program->env.runtime_api);
    (void)pthread_mutex_init(&slot->lock, NULL);
    (void)pthread_cond_init(&slot->answered, NULL);
}

void slot_deinit(struct slot *slot)
{
    api_close(&slot->api);
    stream_deinit(&slot->stream);
    arena_deinit(&slot->arena);
    (void)pthread_cond_destroy(&slot->answered);
    (void)pthread_mutex_destroy(&slot->lock);
}

enum status slot_open(struct slot *slot)
{
    const struct lambda_options *options = slot->program->options;
    if (options->slot_open != NULL) {
        TRY(options->slot_open(&slot->cx, slot->index, options->app, &slot->state));
    }
    slot->is_open = true;
    return OK;
}

void slot_close(struct slot *slot)
{
    const struct lambda_options *options = slot->program->options;
    if (slot->is_open && options->slot_close != NULL) {
        options->slot_close(slot->state, options->app);
    }
    slot->is_open = false;
    slot->state = NULL;
}

void slot_enter(struct slot *slot)
{
    current = slot;
    if (slot != NULL) {
        slot->thread = pthread_self();
    }
}

struct slot *slot_current(void)
{
    return current;
}

/* ---- turns ----------------------------------------------------------------------------------- */

void slot_turn_begin(struct slot *slot)
{
    const struct invocation *inv = &slot->turn.inv;
    slot->cx.deadline_ms = inv->deadline_ms;
    slot->cx.request_id = inv->request_id;
    slot->cx.tenant_id = inv->tenant_id;
    slot->cx.trace_id = inv->trace_id;
    slot->is_answered = false;
    slot->turns++;
    atomic_store(&slot->answer, slot->turns * ANSWERERS + ANSWERER_NOBODY);
}

static void await_release(struct slot *slot)
{
    (void)pthread_mutex_lock(&slot->lock);
    while (!slot->is_answered) {
        (void)pthread_cond_wait(&slot->answered, &slot->lock);
    }
    (void)pthread_mutex_unlock(&slot->lock);
}

/* Who answers the turn that is open. */
static enum answerer answerer_of(const struct slot *slot)
{
    return (enum answerer)(atomic_load(&slot->answer) % ANSWERERS);
}

void slot_turn_end(struct slot *slot)
{
    enum answerer who = answerer_of(slot);
    if (who == ANSWERER_GUARD || who == ANSWERER_CRASH) {
        await_release(slot);
    }
    atomic_store(&slot->answer, 0);
    slot->cx.deadline_ms = 0;
    slot->cx.request_id = (struct str){0};
    slot->cx.tenant_id = (struct str){0};
    slot->cx.trace_id = (struct str){0};
    slot->cx.traceparent = (struct str){0}; /* a view of the event, if the handler took it */
    slot->cx.tracestate = (struct str){0};
}

/* ---- answers --------------------------------------------------------------------------------- */

uint64_t slot_open_turn(const struct slot *slot)
{
    uint64_t answer = atomic_load(&slot->answer);
    return answer % ANSWERERS == ANSWERER_NOBODY ? answer / ANSWERERS : 0;
}

bool slot_claim(struct slot *slot, uint64_t turn, enum answerer who)
{
    uint64_t open = turn * ANSWERERS + ANSWERER_NOBODY;
    return turn != 0 &&
           atomic_compare_exchange_strong(&slot->answer, &open, turn * ANSWERERS + who);
}

bool slot_is_answered_by(const struct slot *slot, uint64_t turn, enum answerer who)
{
    return atomic_load(&slot->answer) == turn * ANSWERERS + who;
}

void slot_release(struct slot *slot)
{
    (void)pthread_mutex_lock(&slot->lock);
    slot->is_answered = true;
    (void)pthread_cond_signal(&slot->answered);
    (void)pthread_mutex_unlock(&slot->lock);
}

bool invocation_is_cancelled(const struct invocation *inv)
{
    const struct slot *slot = inv->owner;
    if (slot == NULL) { /* by hand: nobody answers in its place, but it is as late */
        return inv->deadline_ms > 0 && clock_now_ms() >= inv->deadline_ms;
    }
    return answerer_of(slot) == ANSWERER_GUARD;
}
