#include "shared/llm/call/internal.h"
#include "shared/log/log.h"

/* What cannot be settled expires; that it was not is for whoever watches the log. */
void llm_finish(struct ctx *cx, struct llm *llm, struct llm_outcome *outcome)
{
    if (llm->pg == NULL || outcome->settlement.caller == NULL) {
        return; /* nothing was admitted, so nothing is held */
    }
    struct err err = cx->err;
    if (llm_settle(cx, llm->pg, &outcome->settlement) != OK) {
        LOG(cx, LOG_ERROR, "llm_call_not_settled", LOG_STR("callId", outcome->head.call_id),
            LOG_I64("costNano", outcome->cost_nano), LOG_CSTR("reason", cx->err.text));
    }
    cx->err = err;
}
