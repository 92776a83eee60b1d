#include "functions/ai-gateway/metrics.h"

#include "runtime/lambda_metrics.h"
#include "shared/log/log.h"

#include <stdlib.h>

enum { US_PER_MS = 1000 };

static enum status dimensions_set(struct ctx *cx, struct metrics *metrics, struct str model)
{
    const struct metrics_pair by_model = {STR("Model"), model.len > 0 ? model : STR("unknown")};
    TRY(metrics_dimension_set(cx, metrics, NULL, 0));
    return metrics_dimension_set(cx, metrics, &by_model, 1);
}

static double ms(int64_t us)
{
    return (double)us / US_PER_MS;
}

/* One metric; a value below 0 is one that there was none of. */
struct value {
    struct str name;
    enum metrics_unit unit;
    double value;
};

static enum status values_put(struct ctx *cx, struct metrics *metrics, const struct value *values,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].value >= 0) {
            TRY(metrics_put(cx, metrics, values[i].name, values[i].unit, values[i].value));
        }
    }
    return OK;
}

static enum status call_put(struct ctx *cx, struct metrics *metrics, const struct llm_watched *call,
                            int64_t spans_dropped)
{
    const struct llm_outcome *outcome = call->outcome;
    const struct llm_usage *usage = &outcome->usage;
    const struct llm_attempt *attempt = llm_watched_attempt(call);
    bool failed = call->status != OK || outcome->failure.kind != LLM_NONE;
    int64_t first_us = attempt != NULL ? attempt->first_token_us : -1;
    const struct value values[] = {
        {STR("Calls"), METRICS_COUNT, 1},
        {STR("Errors"), METRICS_COUNT, failed ? 1 : 0},
        {STR("Cached"), METRICS_COUNT, outcome->head.is_cached ? 1 : 0},
        {STR("Attempts"), METRICS_COUNT, (double)outcome->attempt_count},
        {STR("InputTokens"), METRICS_COUNT, (double)llm_usage_input_all(usage)},
        {STR("CacheReadTokens"), METRICS_COUNT, (double)usage->cache_read},
        {STR("OutputTokens"), METRICS_COUNT, (double)usage->output},
        {STR("CostNanoUsd"), METRICS_NONE, (double)outcome->cost_nano},
        {STR("Latency"), METRICS_MILLISECONDS, ms(outcome->settlement.took_us)},
        {STR("FirstToken"), METRICS_MILLISECONDS, first_us >= 0 ? ms(first_us) : -1},
        {STR("Overhead"), METRICS_MICROSECONDS, (double)outcome->settlement.overhead_us},
        {STR("SpansDropped"), METRICS_COUNT, spans_dropped > 0 ? (double)spans_dropped : -1},
    };
    TRY(dimensions_set(cx, metrics, llm_watched_model(call)));
    TRY(metrics_property(cx, metrics, STR("callId"), outcome->head.call_id));
    TRY(metrics_property(cx, metrics, STR("result"), str_from_cstr(llm_watched_result(call))));
    return values_put(cx, metrics, values, ARRAY_LEN(values));
}

void gateway_metrics(struct ctx *cx, const struct llm_watched *call, int64_t spans_dropped)
{
    struct metrics *metrics = NULL;
    struct str space = str_trim(str_from_cstr(getenv("LLM_METRICS_NAMESPACE")));
    if (str_eq(space, STR("off"))) {
        return;
    }
    enum status status =
        metrics_begin(cx, space.len > 0 ? space : STR("clambda/ai-gateway"), &metrics);
    if (status == OK) {
        status = call_put(cx, metrics, call, spans_dropped);
    }
    if (status != OK) {
        LOG(cx, LOG_WARN, "metrics_lost", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* the caller has had its answer */
    }
}
