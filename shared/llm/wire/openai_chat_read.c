#include "shared/llm/wire/openai.h"

/* ---- what whole answers and streams share ---------------------------------------------------- */

/* The choice with index 0, which is the answer; NULL: none is here. */
static const struct json *choice_find(const struct json *choices)
{
    if (choices == NULL || choices->type != JSON_ARRAY) {
        return NULL;
    }
    JSON_EACH (choice, choices) {
        int64_t index = 0;
        const struct json *member = json_find(choice, STR("index"));
        if (member == NULL || (json_is_i64(member, &index) && index == 0)) {
            return choice;
        }
    }
    return NULL;
}

/* What llama.cpp, vLLM and others add, under either name, and some under both. */
static struct str thought_of(const struct json *from)
{
    struct str thought = json_find_str(from, STR("reasoning_content"));
    return thought.len > 0 ? thought : json_find_str(from, STR("reasoning"));
}

/* The texts of a message, or of a delta. */
static enum status texts_take(struct ctx *cx, struct openai_events *out, const struct json *from)
{
    TRY(openai_text(cx, out, LLM_EVENT_THINKING, thought_of(from)));
    TRY(openai_text(cx, out, LLM_EVENT_TEXT, json_find_str(from, STR("content"))));
    return openai_text(cx, out, LLM_EVENT_REFUSAL, json_find_str(from, STR("refusal")));
}

static enum status reason_take(struct ctx *cx, struct openai_events *out, const struct json *choice)
{
    static const struct {
        struct str word;
        enum llm_finish finish;
    } reasons[] = {
        {STR_INIT("stop"), LLM_FINISH_STOP},
        {STR_INIT("length"), LLM_FINISH_LENGTH},
        {STR_INIT("tool_calls"), LLM_FINISH_TOOLS},
        {STR_INIT("function_call"), LLM_FINISH_TOOLS},
        {STR_INIT("content_filter"), LLM_FINISH_FILTER},
    };
    struct str word = json_find_str(choice, STR("finish_reason"));
    if (word.len == 0) {
        return OK;
    }
    if (str_eq(word, STR("error"))) { /* of servers that stand before others */
        return openai_error(cx, out, json_find(choice, STR("error")));
    }
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (str_eq(word, reasons[i].word)) {
            return openai_finish(cx, out, reasons[i].finish);
        }
    }
    return openai_finish(cx, out, LLM_FINISH_STOP); /* a server's own word, "eos" */
}

static enum status start_take(struct ctx *cx, struct openai_events *out, const struct json *root)
{
    return openai_start(cx, out, json_find_str(root, STR("id")), json_find_str(root, STR("model")));
}

static enum status not_the_protocol(struct ctx *cx, const char *what)
{
    return fail(cx, ERR_UPSTREAM, "an answer without %s", what);
}

/* ---- whole ----------------------------------------------------------------------------------- */

static enum status calls_take(struct ctx *cx, struct openai_events *out, const struct json *calls)
{
    if (calls == NULL || calls->type != JSON_ARRAY) {
        return OK;
    }
    JSON_EACH (call, calls) {
        const struct json *function = json_find(call, STR("function"));
        TRY(openai_tool_start(cx, out, json_find_str(call, STR("id")),
                              json_find_str(function, STR("name"))));
        TRY(openai_tool_input(cx, out, json_find_str(function, STR("arguments"))));
    }
    return OK;
}

enum status openai_chat_whole(struct ctx *cx, struct openai_events *out, const struct json *root)
{
    const struct json *choice = choice_find(json_find(root, STR("choices")));
    const struct json *message = json_find(choice, STR("message"));
    if (openai_has_error(root) || message == NULL) {
        return not_the_protocol(cx, "choices[0].message");
    }
    TRY(start_take(cx, out, root));
    TRY(texts_take(cx, out, message));
    TRY(calls_take(cx, out, json_find(message, STR("tool_calls"))));
    TRY(reason_take(cx, out, choice));
    if (out->has_ended) {
        return OK;
    }
    TRY(openai_usage(cx, out, json_find(root, STR("usage"))));
    return openai_end(cx, out);
}

/* ---- streams --------------------------------------------------------------------------------- */

/* A fragment: the first of a call has its id and name, all have the call's index. */
static enum status fragment_take(struct ctx *cx, struct openai_events *out,
                                 struct openai_chunks *at, const struct json *call)
{
    const struct json *function = json_find(call, STR("function"));
    struct str name = json_find_str(function, STR("name"));
    int64_t index = 0; /* some servers leave it out where there is one call */
    (void)json_is_i64(json_find(call, STR("index")), &index);
    bool is_same = out->is_open && out->open == LLM_EVENT_TOOL_START && at->tool == index;
    if (!is_same) {
        at->tool = index;
        TRY(openai_tool_start(cx, out, json_find_str(call, STR("id")), name));
    }
    return openai_tool_input(cx, out, json_find_str(function, STR("arguments")));
}

static enum status delta_take(struct ctx *cx, struct openai_events *out, struct openai_chunks *at,
                              const struct json *delta)
{
    TRY(texts_take(cx, out, delta));
    const struct json *calls = json_find(delta, STR("tool_calls"));
    if (calls == NULL || calls->type != JSON_ARRAY) {
        return OK;
    }
    JSON_EACH (call, calls) {
        TRY(fragment_take(cx, out, at, call));
    }
    return OK;
}

enum status openai_chunk(struct ctx *cx, struct openai_events *out, struct openai_chunks *at,
                         const struct json *root)
{
    if (openai_has_error(root)) {
        return openai_error(cx, out, json_find(root, STR("error")));
    }
    const struct json *choices = json_find(root, STR("choices"));
    if (choices == NULL || choices->type != JSON_ARRAY) {
        return not_the_protocol(cx, "choices");
    }
    TRY(start_take(cx, out, root));
    const struct json *choice = choice_find(choices);
    if (choice != NULL && !out->has_finished) {
        TRY(delta_take(cx, out, at, json_find(choice, STR("delta"))));
        TRY(reason_take(cx, out, choice));
    }
    return out->has_ended ? OK : openai_usage(cx, out, json_find(root, STR("usage")));
}
