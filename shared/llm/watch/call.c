#include "shared/llm/watch/call.h"

#include "shared/log/log.h"

struct str llm_watched_operation(const struct llm_watched *call)
{
    switch (call->request->protocol) {
    case LLM_PROTOCOL_OPENAI_EMBEDDINGS:
        return STR("embeddings");
    case LLM_PROTOCOL_ANTHROPIC_COUNT:
        return STR("count_tokens");
    case LLM_PROTOCOL_NONE:
    case LLM_PROTOCOL_OPENAI_CHAT:
    case LLM_PROTOCOL_OPENAI_RESPONSES:
    case LLM_PROTOCOL_ANTHROPIC:
    case LLM_PROTOCOL_REPLICATE:
    case LLM_PROTOCOL_BEDROCK:
        break;
    }
    return STR("chat");
}

/* Not `request->model`, which is whatever the caller wrote. */
struct str llm_watched_model(const struct llm_watched *call)
{
    return call->outcome->settlement.alias;
}

const struct llm_attempt *llm_watched_attempt(const struct llm_watched *call)
{
    size_t count = call->outcome->attempt_count;
    return count > 0 ? &call->outcome->attempts[count - 1] : NULL;
}

const char *llm_watched_result(const struct llm_watched *call)
{
    enum llm_failure_class kind = call->outcome->failure.kind;
    if (call->status == OK && kind == LLM_NONE) {
        return "ok";
    }
    return kind != LLM_NONE ? llm_failure_words(kind) : status_name(call->status);
}

void llm_watched_log(const struct ctx *cx, const struct llm_watched *call)
{
    const struct llm_outcome *outcome = call->outcome;
    const struct llm_settlement *settlement = &outcome->settlement;
    const struct llm_usage *usage = &outcome->usage;
    const struct llm_attempt *attempt = llm_watched_attempt(call);
    LOG(cx, LOG_INFO, "llm_call", LOG_STR("callId", outcome->head.call_id),
        LOG_STR("tenant", call->caller->tenant_id), LOG_STR("user", call->caller->user_id),
        LOG_STR("key", call->caller->key_id), LOG_STR("function", settlement->function),
        LOG_STR("operation", settlement->operation), LOG_STR("model", llm_watched_model(call)),
        LOG_CSTR("result", llm_watched_result(call)), LOG_STR("trail", outcome->head.trail),
        LOG_I64("attempts", (int64_t)outcome->attempt_count),
        LOG_BOOL("stream", call->request->stream), LOG_BOOL("cached", outcome->head.is_cached),
        LOG_BOOL("replay", outcome->head.is_replay), LOG_I64("inputTokens", usage->input),
        LOG_I64("cacheReadTokens", usage->cache_read),
        LOG_I64("cacheWriteTokens", usage->cache_write_5m + usage->cache_write_1h),
        LOG_I64("outputTokens", usage->output), LOG_BOOL("usageKnown", usage->is_known),
        LOG_I64("costNano", outcome->cost_nano), LOG_STR("priceVersion", settlement->price_version),
        LOG_I64("tookUs", settlement->took_us), LOG_I64("overheadUs", settlement->overhead_us),
        LOG_I64("firstTokenUs", attempt != NULL ? attempt->first_token_us : -1),
        LOG_STR("guard", outcome->head.guard_flags));
}
