#include "functions/ai-gateway/face/openai_completion.h"

const char *openai_finish_reason(const struct answer *answer)
{
    static const char *const reasons[] = {
        [LLM_FINISH_STOP] = "stop",
        [LLM_FINISH_LENGTH] = "length",
        [LLM_FINISH_TOOLS] = "tool_calls",
        [LLM_FINISH_SEQUENCE] = "stop",
        [LLM_FINISH_FILTER] = "content_filter",
        [LLM_FINISH_REFUSAL] = "content_filter",
        [LLM_FINISH_PAUSE] = "stop",
    };
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        if (block->kind == LLM_EVENT_REFUSAL && answer->finish == LLM_FINISH_REFUSAL) {
            return "stop"; /* the refusal itself says it */
        }
    }
    return reasons[answer->finish];
}

void openai_completion_head(struct json_writer *w, const struct openai_completion *completion,
                            const char *object)
{
    struct str model = completion->answer->model;
    json_member_str(w, "id", completion->id);
    json_member_cstr(w, "object", object);
    json_member_i64(w, "created", completion->created_s);
    json_member_str(w, "model", model.len > 0 ? model : completion->request->model);
}

void openai_completion_usage(struct json_writer *w, const struct llm_usage *usage)
{
    int64_t input = llm_usage_input_all(usage);
    json_member_object(w, "usage");
    json_member_i64(w, "prompt_tokens", input);
    json_member_i64(w, "completion_tokens", usage->output);
    json_member_i64(w, "total_tokens", input + usage->output);
    json_member_object(w, "prompt_tokens_details");
    json_member_i64(w, "cached_tokens", usage->cache_read);
    json_member_i64(w, "cache_write_tokens", usage->cache_write_5m + usage->cache_write_1h);
    json_member_i64(w, "audio_tokens", 0);
    json_object_end(w);
    json_member_object(w, "completion_tokens_details");
    json_member_i64(w, "reasoning_tokens", usage->reasoning);
    json_member_i64(w, "audio_tokens", 0);
    json_member_i64(w, "accepted_prediction_tokens", 0);
    json_member_i64(w, "rejected_prediction_tokens", 0);
    json_object_end(w);
    json_object_end(w);
}

static void calls_write(const struct answer *answer, struct json_writer *w)
{
    json_member_array(w, "tool_calls");
    for (const struct answer_block *block = answer->first; block != NULL; block = block->next) {
        if (block->kind != LLM_EVENT_TOOL_START) {
            continue;
        }
        json_object_begin(w);
        json_member_str(w, "id", block->id);
        json_member_cstr(w, "type", "function");
        json_member_object(w, "function");
        json_member_str(w, "name", block->name);
        json_member_str(w, "arguments", block->has_text ? buf_str(&block->text) : STR("{}"));
        json_object_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void message_write(struct ctx *cx, const struct answer *answer, struct json_writer *w)
{
    json_member_object(w, "message");
    json_member_cstr(w, "role", "assistant");
    openai_text_or_null(w, "content", answer_text(cx, answer, LLM_EVENT_TEXT));
    openai_text_or_null(w, "refusal", answer_text(cx, answer, LLM_EVENT_REFUSAL));
    json_member_array(w, "annotations");
    json_array_end(w);
    if (answer->tool_count > 0) {
        calls_write(answer, w);
    }
    json_object_end(w);
}

void openai_completion_write(struct ctx *cx, struct json_writer *w,
                             const struct openai_completion *completion)
{
    json_object_begin(w);
    openai_completion_head(w, completion, "chat.completion");
    json_member_array(w, "choices");
    json_object_begin(w);
    json_member_i64(w, "index", 0);
    message_write(cx, completion->answer, w);
    json_member_raw(w, "logprobs", STR("null"));
    json_member_cstr(w, "finish_reason", openai_finish_reason(completion->answer));
    json_object_end(w);
    json_array_end(w);
    openai_completion_usage(w, &completion->answer->usage);
    json_object_end(w);
}
