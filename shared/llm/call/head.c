/*
 * What is known of a call when its answer begins.
 */
#include "shared/base/clock.h"
#include "shared/llm/call/internal.h"

enum { MAX_TRAIL_BYTES = 1024 };

/* "anthropic/claude-haiku-4-5:slow_down,openai/gpt-4.1-mini:ok" */
static struct str trail_make(struct ctx *cx, const struct llm_outcome *outcome)
{
    struct buf trail = buf_in(cx->arena, MAX_TRAIL_BYTES);
    for (size_t i = 0; i < outcome->attempt_count; i++) {
        const struct llm_attempt *attempt = &outcome->attempts[i];
        buf_addf(&trail, "%s" STR_FMT ":%s", i > 0 ? "," : "", STR_ARG(attempt->target),
                 attempt->failure == LLM_NONE ? "ok" : llm_failure_words(attempt->failure));
    }
    return buf_str(&trail);
}

void llm_head_fill(struct ctx *cx, struct llm_call *call)
{
    struct llm_head *head = &call->outcome->head;
    head->trail = trail_make(cx, call->outcome);
    head->dropped = call->dropped;
    head->overhead_us = clock_mono_us() - call->started_us - call->elsewhere_us;
    if (call->request->chat != NULL) {
        head->guard_flags = guard_flags(cx, &call->outcome->guard);
    }
}

static int64_t cost_known(const struct llm_call *call)
{
    const struct llm_answer *answer = call->answer;
    const struct llm_outcome *outcome = call->outcome;
    if (outcome->head.target == NULL) {
        return 0;
    }
    if (answer->sent->is_stream || !answer->tally.has_usage) {
        return -1;
    }
    struct llm_usage usage = llm_tally_usage(&answer->tally, call->bounds.text_bytes);
    return outcome->cost_nano + llm_cost_nano(outcome->head.target->model, &usage);
}

enum status llm_head_give(struct ctx *cx, void *arg)
{
    struct llm_call *call = arg;
    struct llm_head *head = &call->outcome->head;
    const struct llm_wire_request *sent = call->answer->sent;
    llm_head_fill(cx, call);
    head->content_type = sent->is_stream ? STR("text/event-stream") : STR("application/json");
    head->cost_nano = cost_known(call);
    call->outcome->has_begun = true;
    return call->sink->begin(cx, call->sink->arg, head);
}
