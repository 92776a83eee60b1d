#include "functions/ai-gateway/watch.h"

#include "functions/ai-gateway/metrics.h"
#include "shared/base/clock.h"

void gateway_watch(struct ctx *cx, const struct ask *ask)
{
    const struct llm_watched call = {.caller = &ask->caller,
                                     .request = &ask->request,
                                     .outcome = &ask->outcome,
                                     .status = ask->status};
    struct otlp *otlp = ask->place->otlp;
    int64_t dropped_before = otlp_dropped(otlp);
    llm_watched_log(cx, &call);
    llm_record_end(cx, ask->place->recorder, &call);
    otlp_take(cx, otlp, &call);
    otlp_flush(cx, otlp, clock_now_ms(), false);
    gateway_metrics(cx, &call, otlp_dropped(otlp) - dropped_before);
}
