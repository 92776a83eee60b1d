#include "functions/ai-gateway/face/openai_chat_read.h"

/* ---- limits and sampling --------------------------------------------------------------------- */

static void max_tokens_read(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    (void)field_i64(cx, at, value, 1, OPENAI_MAX_OUTPUT_TOKENS, &reading->chat->max_tokens);
}

static void n_read(struct ctx *cx, const struct place *at, const struct json *value,
                   struct openai_reading *reading)
{
    (void)field_i64(cx, at, value, 1, OPENAI_MAX_CHOICES, &reading->chat->choices);
}

/* No member of OpenAI's, but of servers that speak its protocol. */
static void top_k_read(struct ctx *cx, const struct place *at, const struct json *value,
                       struct openai_reading *reading)
{
    (void)field_number(cx, at, value, -1, INT32_MAX, &reading->chat->top_k);
}

static void stop_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct openai_reading *reading)
{
    size_t count = value->type == JSON_STRING ? 1 : value->count;
    struct str *stops = ARENA_ARRAY(cx->arena, struct str, count + 1);
    size_t index = 0;
    if (value->type == JSON_STRING) {
        stops[0] = value->text;
    } else if (field_is_array(cx, at, value, 0, OPENAI_MAX_STOPS)) {
        JSON_EACH (stop, value) {
            const struct place here = {.parent = at, .index = index};
            (void)field_str(cx, &here, stop, &stops[index++]);
        }
    }
    reading->chat->stops = stops;
    reading->chat->stop_count = count;
}

static void stream_options_read(struct ctx *cx, const struct place *at, const struct json *value,
                                struct openai_reading *reading)
{
    const struct place here = {.parent = at, .name = "include_usage"};
    if (field_is_object(cx, at, value)) {
        const struct json *usage = field_find(value, "include_usage");
        if (usage != NULL) {
            (void)field_bool(cx, &here, usage, &reading->chat->stream_usage);
        }
    }
}

static void effort_read(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    (void)field_str(cx, at, value, &reading->chat->effort);
}

/* ---- tools ----------------------------------------------------------------------------------- */

static bool is_function(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    const struct place type = {.parent = at, .name = "type"};
    if (!field_is_object(cx, at, value)) {
        return false;
    }
    struct str word = field_get_str(cx, at, value, "type");
    if (word.len > 0 && !str_eq(word, STR("function"))) {
        openai_untranslatable(cx, &type, reading);
    }
    return str_eq(word, STR("function"));
}

static void tools_read(struct ctx *cx, const struct place *at, const struct json *value,
                       struct openai_reading *reading)
{
    size_t index = 0, count = 0;
    if (!field_is_array(cx, at, value, 0, OPENAI_MAX_TOOLS)) {
        return;
    }
    struct llm_tool *tools = ARENA_ARRAY(cx->arena, struct llm_tool, value->count);
    JSON_EACH (tool, value) {
        const struct place here = {.parent = at, .index = index++};
        const struct place function_at = {.parent = &here, .name = "function"};
        if (!is_function(cx, &here, tool, reading)) {
            continue;
        }
        const struct json *function = field_get(cx, &here, tool, "function");
        if (function != NULL && field_is_object(cx, &function_at, function)) {
            openai_function(cx, &function_at, function, &tools[count++]);
        }
    }
    reading->chat->tools = tools;
    reading->chat->tool_count = count;
}

static void tool_choice_read(struct ctx *cx, const struct place *at, const struct json *value,
                             struct openai_reading *reading)
{
    const struct place function_at = {.parent = at, .name = "function"};
    if (openai_choice_word(cx, at, value, reading) || !is_function(cx, at, value, reading)) {
        return;
    }
    const struct json *function = field_get(cx, at, value, "function");
    if (function != NULL && field_is_object(cx, &function_at, function)) {
        reading->chat->tool_choice = LLM_TOOLS_ONE;
        reading->chat->tool_name = field_get_str(cx, &function_at, function, "name");
    }
}

/* ---- the form of the answer ------------------------------------------------------------------ */

static void response_format_read(struct ctx *cx, const struct place *at, const struct json *value,
                                 struct openai_reading *reading)
{
    const struct place type_at = {.parent = at, .name = "type"};
    const struct place schema_at = {.parent = at, .name = "json_schema"};
    if (!field_is_object(cx, at, value)) {
        return;
    }
    struct str type = field_get_str(cx, at, value, "type");
    if (str_eq(type, STR("json_object"))) {
        reading->chat->format = LLM_FORMAT_JSON;
    } else if (str_eq(type, STR("json_schema"))) {
        const struct json *schema = field_get(cx, at, value, "json_schema");
        if (schema != NULL && field_is_object(cx, &schema_at, schema)) {
            openai_schema(cx, &schema_at, schema, reading);
        }
    } else if (type.len > 0 && !str_eq(type, STR("text"))) {
        openai_untranslatable(cx, &type_at, reading);
    }
}

/* ---- what is not offered --------------------------------------------------------------------- */

/*
 * Sound and searches are billed by other prices than those of the table, and of a prediction what
 * the model did not say is billed as if it had, beyond the cap.
 */
static void unpriced_refuse(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    (void)value;
    (void)reading;
    place_fault(cx, at, "is not supported here: its price is not known");
}

static void modalities_read(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    (void)reading;
    if (!field_is_array(cx, at, value, 0, 8)) {
        return;
    }
    JSON_EACH (word, value) {
        if (!str_eq(word->text, STR("text"))) {
            place_fault(cx, at, "must be [\"text\"]: the price of other answers is not known");
            return;
        }
    }
}

/* The calls of old: their own protocol still takes them. */
static void functions_note(struct ctx *cx, const struct place *at, const struct json *value,
                           struct openai_reading *reading)
{
    (void)value;
    openai_untranslatable(cx, at, reading);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct openai_member members[] = {
    {"model", openai_model},
    {"messages", openai_messages},
    {"stream", openai_stream},
    {"stream_options", stream_options_read},
    {"max_completion_tokens", max_tokens_read},
    {"max_tokens", max_tokens_read},
    {"temperature", openai_temperature},
    {"top_p", openai_top_p},
    {"top_k", top_k_read},
    {"n", n_read},
    {"stop", stop_read},
    {"tools", tools_read},
    {"tool_choice", tool_choice_read},
    {"parallel_tool_calls", openai_parallel},
    {"functions", functions_note},
    {"function_call", functions_note},
    {"response_format", response_format_read},
    {"reasoning_effort", effort_read},
    {"user", openai_user},
    {"safety_identifier", openai_user},
    {"service_tier", openai_service_tier},
    {"modalities", modalities_read},
    {"audio", unpriced_refuse},
    {"prediction", unpriced_refuse},
    {"web_search_options", unpriced_refuse},
    {"prompt_cache_key", openai_ignored},
    {"prompt_cache_retention", openai_ignored},
    {"store", openai_ignored},
    {"metadata", openai_ignored},
};

static void required_check(struct ctx *cx, const struct json *root)
{
    (void)field_get(cx, NULL, root, "model");
    (void)field_get(cx, NULL, root, "messages");
}

enum status openai_chat_read(struct ctx *cx, const struct http_event *event,
                             struct llm_request *out)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    struct openai_reading reading = {.chat = chat, .request = out};
    *chat = (struct llm_chat){.max_tokens = -1, .thinking_budget = -1};
    TRY(openai_body_read(cx, event->body, members, ARRAY_LEN(members), &reading));
    required_check(cx, out->root);
    out->protocol = LLM_PROTOCOL_OPENAI_CHAT;
    out->chat = chat;
    return fields_status(cx);
}
