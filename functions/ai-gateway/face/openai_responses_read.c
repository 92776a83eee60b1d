#include "functions/ai-gateway/face/openai_responses_read.h"

/* ---- limits ---------------------------------------------------------------------------------- */

static void max_tokens_read(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    (void)field_i64(cx, at, value, 1, OPENAI_MAX_OUTPUT_TOKENS, &reading->chat->max_tokens);
}

static void reasoning_read(struct ctx *cx, const struct place *at, const struct json *value,
                           struct openai_reading *reading)
{
    if (field_is_object(cx, at, value)) {
        reading->chat->effort = field_text(cx, at, value, "effort", false);
    }
}

/* ---- tools ----------------------------------------------------------------------------------- */

/* A tool that the provider runs is billed by prices of its own, and may call anybody. */
static bool is_function(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    const struct place type_at = {.parent = at, .name = "type"};
    if (!field_is_object(cx, at, value)) {
        return false;
    }
    struct str type = field_get_str(cx, at, value, "type");
    if (str_eq(type, STR("custom"))) {
        openai_untranslatable(cx, &type_at, reading);
    } else if (type.len > 0 && !str_eq(type, STR("function"))) {
        place_fault(cx, &type_at, "must be function or custom: no tool is run by a provider here");
    }
    return str_eq(type, STR("function"));
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
        if (is_function(cx, &here, tool, reading)) {
            openai_function(cx, &here, tool, &tools[count++]);
        }
    }
    reading->chat->tools = tools;
    reading->chat->tool_count = count;
}

static void tool_choice_read(struct ctx *cx, const struct place *at, const struct json *value,
                             struct openai_reading *reading)
{
    if (openai_choice_word(cx, at, value, reading)) {
        return;
    }
    if (is_function(cx, at, value, reading)) {
        reading->chat->tool_choice = LLM_TOOLS_ONE;
        reading->chat->tool_name = field_get_str(cx, at, value, "name");
    }
}

/* ---- the form of the answer ------------------------------------------------------------------ */

static void text_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct openai_reading *reading)
{
    const struct place format_at = {.parent = at, .name = "format"};
    const struct place type_at = {.parent = &format_at, .name = "type"};
    const struct json *format = field_is_object(cx, at, value) ? field_find(value, "format") : NULL;
    if (format == NULL || !field_is_object(cx, &format_at, format)) {
        return;
    }
    struct str type = field_get_str(cx, &format_at, format, "type");
    if (str_eq(type, STR("json_object"))) {
        reading->chat->format = LLM_FORMAT_JSON;
    } else if (str_eq(type, STR("json_schema"))) {
        openai_schema(cx, &format_at, format, reading);
    } else if (type.len > 0 && !str_eq(type, STR("text"))) {
        openai_untranslatable(cx, &type_at, reading);
    }
}

/* ---- what is not offered --------------------------------------------------------------------- */

static void state_refuse(struct ctx *cx, const struct place *at, const struct json *value,
                         struct openai_reading *reading)
{
    (void)value;
    (void)reading;
    place_fault(cx, at, "is not supported: responses are not kept here, send all items as input");
}

static void background_read(struct ctx *cx, const struct place *at, const struct json *value,
                            struct openai_reading *reading)
{
    bool is_background = false;
    (void)reading;
    if (field_bool(cx, at, value, &is_background) && is_background) {
        place_fault(cx, at, "is not supported: an answer comes at once or as a stream");
    }
}

static void prompt_refuse(struct ctx *cx, const struct place *at, const struct json *value,
                          struct openai_reading *reading)
{
    (void)value;
    (void)reading;
    place_fault(cx, at, "is not supported: prompts are not kept here, send their text");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct openai_member members[] = {
    {"model", openai_model},
    {"input", openai_ignored},        /* read with the instructions, which come first */
    {"instructions", openai_ignored}, /* the same */
    {"stream", openai_stream},
    {"stream_options", openai_ignored},
    {"max_output_tokens", max_tokens_read},
    {"temperature", openai_temperature},
    {"top_p", openai_top_p},
    {"tools", tools_read},
    {"tool_choice", tool_choice_read},
    {"parallel_tool_calls", openai_parallel},
    {"text", text_read},
    {"reasoning", reasoning_read},
    {"user", openai_user},
    {"safety_identifier", openai_user},
    {"service_tier", openai_service_tier},
    {"previous_response_id", state_refuse},
    {"conversation", state_refuse},
    {"background", background_read},
    {"prompt", prompt_refuse},
    {"store", openai_ignored},
    {"metadata", openai_ignored},
    {"prompt_cache_key", openai_ignored},
    {"prompt_cache_retention", openai_ignored},
};

enum status openai_responses_read(struct ctx *cx, const struct http_event *event,
                                  struct llm_request *out)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    struct openai_reading reading = {.chat = chat, .request = out};
    *chat = (struct llm_chat){.max_tokens = -1, .thinking_budget = -1};
    TRY(openai_body_read(cx, event->body, members, ARRAY_LEN(members), &reading));
    (void)field_get(cx, NULL, out->root, "model");
    openai_items_read(cx, field_find(out->root, "instructions"),
                      field_get(cx, NULL, out->root, "input"), &reading);
    out->protocol = LLM_PROTOCOL_OPENAI_RESPONSES;
    out->chat = chat;
    return fields_status(cx);
}
