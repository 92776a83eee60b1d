#include "shared/llm/wire/openai.h"

static enum status emit(struct ctx *cx, struct openai_events *out, const struct llm_event *event)
{
    return out->emit(cx, out->arg, event);
}

enum status openai_start(struct ctx *cx, struct openai_events *out, struct str id, struct str model)
{
    if (out->has_started) {
        return OK;
    }
    out->has_started = true;
    return emit(cx, out, &(struct llm_event){.kind = LLM_EVENT_START, .id = id, .model = model});
}

enum status openai_block_end(struct ctx *cx, struct openai_events *out)
{
    if (!out->is_open) {
        return OK;
    }
    out->is_open = false;
    return emit(cx, out, &(struct llm_event){.kind = LLM_EVENT_BLOCK_END, .index = out->index});
}

static enum status block_begin(struct ctx *cx, struct openai_events *out, enum llm_event_kind kind)
{
    TRY(openai_block_end(cx, out));
    out->is_open = true;
    out->open = kind;
    out->index = out->next++;
    return OK;
}

enum status openai_text(struct ctx *cx, struct openai_events *out, enum llm_event_kind kind,
                        struct str text)
{
    if (text.len == 0) {
        return OK;
    }
    if (!out->is_open || out->open != kind) {
        TRY(block_begin(cx, out, kind));
    }
    out->has_refused = out->has_refused || kind == LLM_EVENT_REFUSAL;
    return emit(cx, out, &(struct llm_event){.kind = kind, .index = out->index, .text = text});
}

enum status openai_tool_start(struct ctx *cx, struct openai_events *out, struct str id,
                              struct str name)
{
    if (name.len == 0) {
        return fail(cx, ERR_UPSTREAM, "a tool call without a name");
    }
    TRY(block_begin(cx, out, LLM_EVENT_TOOL_START));
    out->has_tools = true;
    return emit(cx, out,
                &(struct llm_event){
                    .kind = LLM_EVENT_TOOL_START, .index = out->index, .id = id, .name = name});
}

enum status openai_tool_input(struct ctx *cx, struct openai_events *out, struct str text)
{
    if (text.len == 0) {
        return OK;
    }
    if (!out->is_open || out->open != LLM_EVENT_TOOL_START) {
        return fail(cx, ERR_UPSTREAM, "arguments of a tool call that is not open");
    }
    return emit(
        cx, out,
        &(struct llm_event){.kind = LLM_EVENT_TOOL_INPUT, .index = out->index, .text = text});
}

/* ---- usage ----------------------------------------------------------------------------------- */

enum { MAX_TOKENS = 1000000000 };

/* Chat Completions and Responses count the same things under two names each. */
static const struct {
    struct str input, input_details, output, output_details;
} spellings[] = {
    {STR_INIT("prompt_tokens"), STR_INIT("prompt_tokens_details"), STR_INIT("completion_tokens"),
     STR_INIT("completion_tokens_details")},
    {STR_INIT("input_tokens"), STR_INIT("input_tokens_details"), STR_INIT("output_tokens"),
     STR_INIT("output_tokens_details")},
};

/* A count that is there, and no more than `max`; else 0. */
static int64_t count_read(const struct json *object, struct str name, int64_t max)
{
    int64_t count = 0;
    if (!json_is_i64(json_find(object, name), &count) || count < 0) {
        return 0;
    }
    return count < max ? count : max;
}

/* More tokens than any model takes are no count, and would empty a budget at one stroke. */
static int64_t total_read(const struct json *usage, struct str name)
{
    int64_t count = count_read(usage, name, MAX_TOKENS + 1);
    return count <= MAX_TOKENS ? count : 0;
}

/* Their count of input contains what the cache gave and what it took. */
static struct llm_usage usage_read(const struct json *usage, size_t spelling, int64_t input)
{
    const struct json *details = json_find(usage, spellings[spelling].input_details);
    struct llm_usage u = {.is_known = true};
    u.cache_read = count_read(details, STR("cached_tokens"), input);
    u.cache_write_5m = count_read(details, STR("cache_write_tokens"), input - u.cache_read);
    u.input = input - u.cache_read - u.cache_write_5m;
    u.output = total_read(usage, spellings[spelling].output);
    u.reasoning = count_read(json_find(usage, spellings[spelling].output_details),
                             STR("reasoning_tokens"), u.output);
    return u;
}

enum status openai_usage(struct ctx *cx, struct openai_events *out, const struct json *usage)
{
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        int64_t input = 0;
        if (json_is_i64(json_find(usage, spellings[i].input), &input)) {
            input = total_read(usage, spellings[i].input);
            return emit(
                cx, out,
                &(struct llm_event){.kind = LLM_EVENT_USAGE, .usage = usage_read(usage, i, input)});
        }
    }
    return OK;
}

/* ---- the end --------------------------------------------------------------------------------- */

enum status openai_finish(struct ctx *cx, struct openai_events *out, enum llm_finish finish)
{
    if (out->has_finished) {
        return OK;
    }
    TRY(openai_block_end(cx, out));
    out->has_finished = true;
    if (finish == LLM_FINISH_STOP && out->has_refused) {
        finish = LLM_FINISH_REFUSAL;
    }
    return emit(cx, out, &(struct llm_event){.kind = LLM_EVENT_FINISH, .finish = finish});
}

enum status openai_end(struct ctx *cx, struct openai_events *out)
{
    if (!out->has_finished) {
        return fail(cx, ERR_UPSTREAM, "an answer that ends without a reason");
    }
    out->has_ended = true;
    return emit(cx, out, &(struct llm_event){.kind = LLM_EVENT_END});
}

enum status openai_error(struct ctx *cx, struct openai_events *out, const struct json *error)
{
    struct llm_event event = {.kind = LLM_EVENT_ERROR};
    openai_failure(error, 0, &event.failure);
    out->has_ended = true;
    return emit(cx, out, &event);
}

bool openai_has_error(const struct json *root)
{
    const struct json *error = json_find(root, STR("error"));
    return error != NULL && error->type != JSON_NULL;
}
