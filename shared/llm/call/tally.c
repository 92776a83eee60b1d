#include "shared/llm/call/tally.h"

static int64_t guess(int64_t bytes)
{
    return (bytes + LLM_GUESS_BYTES - 1) / LLM_GUESS_BYTES;
}

static void content_add(struct llm_tally *tally, const struct llm_event *event)
{
    tally->content_bytes += (int64_t)(event->text.len + event->name.len);
    tally->has_content |= event->text.len > 0 || event->kind == LLM_EVENT_TOOL_START;
    if (tally->text != NULL && event->kind == LLM_EVENT_TEXT) {
        buf_add(tally->text, event->text);
    }
}

static void failure_note(struct ctx *cx, struct llm_tally *tally, const struct llm_failure *failure)
{
    tally->failure = *failure; /* its views end with the event */
    tally->failure.code = arena_str_copy(cx->arena, failure->code);
    tally->failure.words = arena_str_copy(cx->arena, failure->words);
    tally->failure.member = arena_str_copy(cx->arena, failure->member);
    if (failure->kind == LLM_NONE) {
        tally->failure.kind = LLM_CUT;
    }
}

void llm_tally_event(struct ctx *cx, struct llm_tally *tally, const struct llm_event *event)
{
    switch (event->kind) {
    case LLM_EVENT_TEXT:
    case LLM_EVENT_THINKING:
    case LLM_EVENT_SIGNATURE:
    case LLM_EVENT_REFUSAL:
    case LLM_EVENT_TOOL_START:
    case LLM_EVENT_TOOL_INPUT:
    case LLM_EVENT_OTHER:
        content_add(tally, event);
        break;
    case LLM_EVENT_USAGE:
        tally->usage = event->usage;
        tally->has_usage = true;
        break;
    case LLM_EVENT_FINISH:
        tally->finish = event->finish;
        tally->has_finish = true;
        break;
    case LLM_EVENT_END:
        tally->has_end = true;
        break;
    case LLM_EVENT_ERROR:
        failure_note(cx, tally, &event->failure);
        break;
    case LLM_EVENT_START:
    case LLM_EVENT_BLOCK_END:
        break;
    }
}

/*
 * A whole answer's usage is what its wire says; one that was cut has at most its beginning in it.
 * Nor has anybody counted who says that nothing went in, or that what came out was nothing.
 */
static bool is_counted(const struct llm_tally *tally)
{
    const struct llm_usage *usage = &tally->usage;
    return tally->has_usage && tally->has_end && llm_usage_input_all(usage) > 0 &&
           (usage->output > 0 || tally->content_bytes == 0);
}

struct llm_usage llm_tally_usage(const struct llm_tally *tally, int64_t input_bytes)
{
    struct llm_usage usage = tally->usage;
    int64_t output = guess(tally->content_bytes);
    if (is_counted(tally)) {
        return usage;
    }
    usage.is_known = false;
    usage.output = usage.output > output ? usage.output : output;
    if (llm_usage_input_all(&usage) == 0) {
        usage.input = guess(input_bytes > 0 ? input_bytes : 1);
    }
    return usage;
}

void llm_usage_add(struct llm_usage *sum, const struct llm_usage *usage)
{
    sum->input += usage->input;
    sum->cache_write_5m += usage->cache_write_5m;
    sum->cache_write_1h += usage->cache_write_1h;
    sum->cache_read += usage->cache_read;
    sum->output += usage->output;
    sum->reasoning += usage->reasoning;
}
