#include "shared/llm/wire/openai.h"

/* ---- the response object --------------------------------------------------------------------- */

static enum status parts_take(struct ctx *cx, struct openai_events *out, const struct json *parts)
{
    static const struct {
        struct str type, member;
        enum llm_event_kind kind;
    } kinds[] = {
        {STR_INIT("output_text"), STR_INIT("text"), LLM_EVENT_TEXT},
        {STR_INIT("refusal"), STR_INIT("refusal"), LLM_EVENT_REFUSAL},
        {STR_INIT("summary_text"), STR_INIT("text"), LLM_EVENT_THINKING},
        {STR_INIT("reasoning_text"), STR_INIT("text"), LLM_EVENT_THINKING},
    };
    if (parts == NULL || parts->type != JSON_ARRAY) {
        return OK;
    }
    JSON_EACH (part, parts) {
        struct str type = json_find_str(part, STR("type"));
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            if (str_eq(type, kinds[i].type)) {
                TRY(openai_text(cx, out, kinds[i].kind, json_find_str(part, kinds[i].member)));
            }
        }
        TRY(openai_block_end(cx, out));
    }
    return OK;
}

static enum status call_begin(struct ctx *cx, struct openai_events *out, const struct json *item)
{
    return openai_tool_start(cx, out, json_find_str(item, STR("call_id")),
                             json_find_str(item, STR("name")));
}

static bool is_call(const struct json *item)
{
    return str_eq(json_find_str(item, STR("type")), STR("function_call"));
}

static enum status item_take(struct ctx *cx, struct openai_events *out, const struct json *item)
{
    if (is_call(item)) {
        TRY(call_begin(cx, out, item));
        TRY(openai_tool_input(cx, out, json_find_str(item, STR("arguments"))));
    }
    TRY(parts_take(cx, out, json_find(item, STR("summary"))));
    TRY(parts_take(cx, out, json_find(item, STR("content"))));
    return openai_block_end(cx, out);
}

static enum llm_finish finish_of(const struct openai_events *out, const struct json *response)
{
    if (str_eq(json_find_str(response, STR("status")), STR("incomplete"))) {
        const struct json *details = json_find(response, STR("incomplete_details"));
        bool is_filter = str_eq(json_find_str(details, STR("reason")), STR("content_filter"));
        return is_filter ? LLM_FINISH_FILTER : LLM_FINISH_LENGTH;
    }
    return out->has_tools ? LLM_FINISH_TOOLS : LLM_FINISH_STOP;
}

/* How it ended: usage, the reason, the end; or its error. */
static enum status end_take(struct ctx *cx, struct openai_events *out, const struct json *response)
{
    TRY(openai_usage(cx, out, json_find(response, STR("usage"))));
    if (str_eq(json_find_str(response, STR("status")), STR("failed"))) {
        return openai_error(cx, out, json_find(response, STR("error")));
    }
    TRY(openai_finish(cx, out, finish_of(out, response)));
    return openai_end(cx, out);
}

static enum status start_take(struct ctx *cx, struct openai_events *out,
                              const struct json *response)
{
    return openai_start(cx, out, json_find_str(response, STR("id")),
                        json_find_str(response, STR("model")));
}

enum status openai_response_whole(struct ctx *cx, struct openai_events *out,
                                  const struct json *root)
{
    const struct json *output = json_find(root, STR("output"));
    if (output == NULL || output->type != JSON_ARRAY) {
        return fail(cx, ERR_UPSTREAM, "an answer without output");
    }
    TRY(start_take(cx, out, root));
    JSON_EACH (item, output) {
        TRY(item_take(cx, out, item));
    }
    return end_take(cx, out, root);
}

/* ---- its stream ------------------------------------------------------------------------------ */

typedef enum status event_take_fn(struct ctx *cx, struct openai_events *out,
                                  struct openai_items *at, const struct json *event);

static enum status on_created(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                              const struct json *event)
{
    (void)at;
    return start_take(cx, out, json_find(event, STR("response")));
}

static enum status on_terminal(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                               const struct json *event)
{
    (void)at;
    return end_take(cx, out, json_find(event, STR("response")));
}

static enum status on_item_added(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                                 const struct json *event)
{
    const struct json *item = json_find(event, STR("item"));
    at->has_input = false;
    TRY(openai_block_end(cx, out));
    return is_call(item) ? call_begin(cx, out, item) : OK;
}

static enum status on_block_end(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                                const struct json *event)
{
    (void)at;
    (void)event;
    return openai_block_end(cx, out);
}

static enum status on_input(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                            const struct json *event)
{
    struct str text = json_find_str(event, STR("delta"));
    at->has_input = at->has_input || text.len > 0;
    return openai_tool_input(cx, out, text);
}

/* Arguments that came in no fragment come here. */
static enum status on_input_done(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                                 const struct json *event)
{
    struct str all = json_find_str(event, STR("arguments"));
    return at->has_input ? OK : openai_tool_input(cx, out, all);
}

static enum status on_text(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                           const struct json *event)
{
    (void)at;
    return openai_text(cx, out, LLM_EVENT_TEXT, json_find_str(event, STR("delta")));
}

static enum status on_refusal(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                              const struct json *event)
{
    (void)at;
    return openai_text(cx, out, LLM_EVENT_REFUSAL, json_find_str(event, STR("delta")));
}

static enum status on_thinking(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                               const struct json *event)
{
    (void)at;
    return openai_text(cx, out, LLM_EVENT_THINKING, json_find_str(event, STR("delta")));
}

/* The error stands in the event itself, or, as their servers have it, in a member of it. */
static enum status on_error(struct ctx *cx, struct openai_events *out, struct openai_items *at,
                            const struct json *event)
{
    (void)at;
    const struct json *error = json_find(event, STR("error"));
    return openai_error(cx, out, error != NULL && error->type == JSON_OBJECT ? error : event);
}

/* Events that are not here tell nothing that others do not tell too. */
static const struct {
    struct str type;
    event_take_fn *take;
} events[] = {
    {STR_INIT("response.output_text.delta"), on_text},
    {STR_INIT("response.function_call_arguments.delta"), on_input},
    {STR_INIT("response.function_call_arguments.done"), on_input_done},
    {STR_INIT("response.reasoning_summary_text.delta"), on_thinking},
    {STR_INIT("response.reasoning_text.delta"), on_thinking},
    {STR_INIT("response.refusal.delta"), on_refusal},
    {STR_INIT("response.created"), on_created},
    {STR_INIT("response.output_item.added"), on_item_added},
    {STR_INIT("response.content_part.done"), on_block_end},
    {STR_INIT("response.reasoning_summary_part.done"), on_block_end},
    {STR_INIT("response.output_item.done"), on_block_end},
    {STR_INIT("response.completed"), on_terminal},
    {STR_INIT("response.incomplete"), on_terminal},
    {STR_INIT("response.failed"), on_terminal},
    {STR_INIT("error"), on_error},
};

enum status openai_response_event(struct ctx *cx, struct openai_events *out,
                                  struct openai_items *at, const struct json *root)
{
    struct str type = json_find_str(root, STR("type"));
    if (type.len == 0) {
        return fail(cx, ERR_UPSTREAM, "an event without a type");
    }
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        if (str_eq(type, events[i].type)) {
            return events[i].take(cx, out, at, root);
        }
    }
    return OK;
}
