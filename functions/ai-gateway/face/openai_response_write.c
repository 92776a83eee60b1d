#include "functions/ai-gateway/face/openai_responses.h"

#include <stdio.h>

/* ---- items ----------------------------------------------------------------------------------- */

bool openai_is_item(const struct answer_block *block)
{
    return block->kind == LLM_EVENT_TEXT || block->kind == LLM_EVENT_REFUSAL ||
           block->kind == LLM_EVENT_TOOL_START;
}

int64_t openai_item_index(const struct openai_response *response, const struct answer_block *block)
{
    int64_t index = 0;
    const struct answer_block *at = response->answer->first;
    for (; at != NULL && at != block; at = at->next) {
        index += openai_is_item(at);
    }
    return index;
}

struct str openai_item_id(const struct openai_response *response, const struct answer_block *block,
                          char out[static OPENAI_MAX_ITEM_ID_BYTES])
{
    int len = snprintf(out, OPENAI_MAX_ITEM_ID_BYTES, "%s_%.40s_%u",
                       block->kind == LLM_EVENT_TOOL_START ? "fc" : "msg",
                       response->hex.ptr != NULL ? response->hex.ptr : "", block->index);
    return (struct str){.ptr = out, .len = (size_t)len};
}

void openai_item_part_write(struct json_writer *w, const struct answer_block *block, bool is_done)
{
    bool is_refusal = block->kind == LLM_EVENT_REFUSAL;
    json_object_begin(w);
    json_member_cstr(w, "type", is_refusal ? "refusal" : "output_text");
    json_member_str(w, is_refusal ? "refusal" : "text", is_done ? buf_str(&block->text) : STR(""));
    if (!is_refusal) {
        json_member_raw(w, "annotations", STR("[]"));
        json_member_raw(w, "logprobs", STR("[]"));
    }
    json_object_end(w);
}

/* A block whose end never came is told as what it is. */
static const char *status_of(const struct answer_block *block, bool is_done)
{
    const char *done = block->has_ended ? "completed" : "incomplete";
    return is_done ? done : "in_progress";
}

static void message_write(struct json_writer *w, const struct answer_block *block, bool is_done)
{
    json_member_cstr(w, "type", "message");
    json_member_cstr(w, "status", status_of(block, is_done));
    json_member_cstr(w, "role", "assistant");
    json_member_array(w, "content");
    if (is_done) {
        openai_item_part_write(w, block, true);
    }
    json_array_end(w);
}

static void call_write(struct json_writer *w, const struct answer_block *block, bool is_done)
{
    struct str arguments = block->has_text ? buf_str(&block->text) : STR("{}");
    json_member_cstr(w, "type", "function_call");
    json_member_cstr(w, "status", status_of(block, is_done));
    json_member_str(w, "call_id", block->id);
    json_member_str(w, "name", block->name);
    json_member_str(w, "arguments", is_done ? arguments : STR(""));
}

void openai_item_write(struct json_writer *w, const struct openai_response *response,
                       const struct answer_block *block, bool is_done)
{
    char id[OPENAI_MAX_ITEM_ID_BYTES];
    json_object_begin(w);
    json_member_str(w, "id", openai_item_id(response, block, id));
    if (block->kind == LLM_EVENT_TOOL_START) {
        call_write(w, block, is_done);
    } else {
        message_write(w, block, is_done);
    }
    json_object_end(w);
}

static void output_write(struct json_writer *w, const struct openai_response *response)
{
    const struct answer_block *block = response->answer->first;
    json_member_array(w, "output");
    for (; block != NULL; block = block->next) {
        if (openai_is_item(block)) {
            openai_item_write(w, response, block, true);
        }
    }
    json_array_end(w);
}

/* ---- the response ---------------------------------------------------------------------------- */

static const char *incomplete_reason(enum llm_finish finish)
{
    switch (finish) {
    case LLM_FINISH_LENGTH:
        return "max_output_tokens";
    case LLM_FINISH_FILTER:
        return "content_filter";
    case LLM_FINISH_STOP:
    case LLM_FINISH_TOOLS:
    case LLM_FINISH_SEQUENCE:
    case LLM_FINISH_REFUSAL:
    case LLM_FINISH_PAUSE:
        break;
    }
    return NULL;
}

static void state_write(struct json_writer *w, enum openai_response_state state, const char *reason,
                        const char *error_words)
{
    static const char *const words[] = {[OPENAI_IN_PROGRESS] = "in_progress",
                                        [OPENAI_DONE] = "completed",
                                        [OPENAI_FAILED] = "failed"};
    bool is_incomplete = state == OPENAI_DONE && reason != NULL;
    json_member_cstr(w, "status", is_incomplete ? "incomplete" : words[state]);
    if (state == OPENAI_FAILED) {
        json_member_object(w, "error");
        json_member_cstr(w, "code", "server_error");
        json_member_cstr(w, "message", error_words);
        json_object_end(w);
    } else {
        json_member_raw(w, "error", STR("null"));
    }
    if (is_incomplete) {
        json_member_object(w, "incomplete_details");
        json_member_cstr(w, "reason", reason);
        json_object_end(w);
    } else {
        json_member_raw(w, "incomplete_details", STR("null"));
    }
}

/* What the request said comes back as it was written, else the protocol's own default. */
static void request_write(struct json_writer *w, const struct json *root)
{
    static const struct {
        const char *name;
        struct str fallback;
    } members[] = {
        {"instructions", STR_INIT("null")},
        {"max_output_tokens", STR_INIT("null")},
        {"metadata", STR_INIT("{}")},
        {"parallel_tool_calls", STR_INIT("true")},
        {"reasoning", STR_INIT("{\"effort\":null,\"summary\":null}")},
        {"temperature", STR_INIT("null")},
        {"text", STR_INIT("{\"format\":{\"type\":\"text\"}}")},
        {"tool_choice", STR_INIT("\"auto\"")},
        {"tools", STR_INIT("[]")},
        {"top_p", STR_INIT("null")},
        {"truncation", STR_INIT("\"disabled\"")},
    };
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *given = json_find(root, str_from_cstr(members[i].name));
        bool is_given = given != NULL && given->type != JSON_NULL;
        json_member_raw(w, members[i].name, is_given ? given->span : members[i].fallback);
    }
    json_member_raw(w, "previous_response_id", STR("null"));
    json_member_bool(w, "background", false);
    json_member_bool(w, "store", false); /* nothing is kept */
}

static void usage_write(struct json_writer *w, const struct llm_usage *usage)
{
    int64_t input = llm_usage_input_all(usage);
    json_member_object(w, "usage");
    json_member_i64(w, "input_tokens", input);
    json_member_object(w, "input_tokens_details");
    json_member_i64(w, "cached_tokens", usage->cache_read);
    json_member_i64(w, "cache_write_tokens", usage->cache_write_5m + usage->cache_write_1h);
    json_object_end(w);
    json_member_i64(w, "output_tokens", usage->output);
    json_member_object(w, "output_tokens_details");
    json_member_i64(w, "reasoning_tokens", usage->reasoning);
    json_object_end(w);
    json_member_i64(w, "total_tokens", input + usage->output);
    json_object_end(w);
}

void openai_response_write(struct json_writer *w, const struct openai_response *response,
                           enum openai_response_state state, const char *error_words)
{
    const struct answer *answer = response->answer;
    json_object_begin(w);
    json_member_str(w, "id", response->id);
    json_member_cstr(w, "object", "response");
    json_member_i64(w, "created_at", response->created_s);
    state_write(w, state, incomplete_reason(answer->finish), error_words);
    json_member_str(w, "model", answer->model.len > 0 ? answer->model : response->request->model);
    request_write(w, response->request->root);
    if (state == OPENAI_IN_PROGRESS) {
        json_member_raw(w, "output", STR("[]"));
        json_member_raw(w, "usage", STR("null"));
    } else {
        output_write(w, response);
        usage_write(w, &answer->usage);
    }
    json_object_end(w);
}
