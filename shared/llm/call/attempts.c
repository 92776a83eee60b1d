/*
 * Attempts, one after the other, as the retry table says.
 */
#include "shared/llm/call/internal.h"

#include <sys/random.h>

/* How often this target has failed in this way, the last time included. */
static unsigned tries_of(const struct llm_outcome *outcome)
{
    const struct llm_attempt *last = &outcome->attempts[outcome->attempt_count - 1];
    unsigned tries = 0;
    for (size_t i = 0; i < outcome->attempt_count; i++) {
        const struct llm_attempt *row = &outcome->attempts[i];
        tries += row->failure == last->failure && str_eq(row->target, last->target);
    }
    return tries;
}

static struct llm_standing standing_of(const struct ctx *cx, const struct llm_call *call)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        random = UINT32_MAX; /* never seen; then the longest wait */
    }
    return (struct llm_standing){
        .has_begun = call->outcome->has_begun,
        .has_spare = call->plan.has_spare,
        .has_attempts = call->outcome->attempt_count < LLM_MAX_ATTEMPTS,
        .tries = tries_of(call->outcome),
        .left_ms = ctx_remaining_ms(cx, INT64_MAX),
        .random = random,
    };
}

/* Whether a faulty request can be told by its member: then the caller wrote that word too. */
static bool is_member_known(const struct llm_call *call, const struct llm_failure *failure)
{
    return failure->kind == LLM_BAD_REQUEST && failure->member.len > 0 &&
           json_find(call->request->root, failure->member) != NULL;
}

/* What the caller is told, in the class's words; the log has what happened before them. */
static enum status tell(struct ctx *cx, const struct llm_call *call)
{
    const struct llm_failure *failure = &call->outcome->failure;
    const struct llm_policy *row = llm_policy_told(failure);
    struct str reason = arena_str_copy(cx->arena, str_from_cstr(cx->err.text));
    if (is_member_known(call, failure)) {
        fail_field(cx, failure->member, "the model's provider does not accept it");
        return err_while(cx, fields_status(cx), STR_FMT, STR_ARG(reason));
    }
    (void)fail_code(cx, row->status, row->code, "%s", row->words);
    return err_while(cx, row->status, STR_FMT, STR_ARG(reason));
}

static enum status give_up(struct ctx *cx, struct llm_call *call, enum status status)
{
    const struct llm_failure *failure = &call->outcome->failure;
    call->outcome->attempts_are_spent = true;
    return llm_policy_told(failure)->code == NULL ? status : tell(cx, call);
}

static bool move_on(struct ctx *cx, struct llm_call *call)
{
    const struct llm_standing at = standing_of(cx, call);
    struct llm_decision decision = llm_decide(&call->outcome->failure, &at);
    const struct llm_provider *provider = llm_plan_target(&call->plan)->provider;
    if (decision.step == LLM_STEP_NEW_KEY && !llm_keys_refused(call->llm->keys, provider)) {
        return false;
    }
    size_t before = call->plan.at;
    if (!llm_plan_move(&call->plan, decision.step)) {
        return false;
    }
    call->plan.has_spare &= !decision.takes_spare;
    llm_wait(call, call->plan.at == before ? decision.wait_ms : 0);
    return true;
}

enum status llm_attempts(struct ctx *cx, struct llm_call *call)
{
    for (;;) {
        enum status status = llm_attempt(cx, call);
        if (status == OK || call->outcome->failure.kind == LLM_CANCELLED) {
            return status;
        }
        if (!move_on(cx, call)) {
            return give_up(cx, call, status);
        }
        err_clear(cx); /* another attempt follows */
    }
}
