#include "functions/ai-gateway/face/openai_chat_read.h"

/* A message in the making: room for all its parts is there. */
struct message {
    struct llm_part *parts;
    size_t count;
};

static struct llm_part *part_add(struct message *message, enum llm_part_kind kind)
{
    struct llm_part *part = &message->parts[message->count++];
    part->kind = kind;
    return part;
}

/* ---- parts ----------------------------------------------------------------------------------- */

typedef void part_fn(struct ctx *cx, const struct place *at, const struct json *value,
                     struct llm_part *part);

static void text_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct llm_part *part)
{
    const struct place text = {.parent = at, .name = "text"};
    const struct json *member = field_get(cx, at, value, "text");
    part->kind = LLM_PART_TEXT;
    if (member != NULL) {
        (void)field_str(cx, &text, member, &part->text);
    }
}

static void refusal_read(struct ctx *cx, const struct place *at, const struct json *value,
                         struct llm_part *part)
{
    part->kind = LLM_PART_REFUSAL;
    part->text = field_get_str(cx, at, value, "refusal");
}

static void image_read(struct ctx *cx, const struct place *at, const struct json *value,
                       struct llm_part *part)
{
    const struct place image_at = {.parent = at, .name = "image_url"};
    const struct json *image = field_get(cx, at, value, "image_url");
    part->kind = LLM_PART_IMAGE;
    if (image != NULL && field_is_object(cx, &image_at, image)) {
        openai_address(field_get_str(cx, &image_at, image, "url"), part);
    }
}

static void file_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct llm_part *part)
{
    const struct place file_at = {.parent = at, .name = "file"};
    const struct json *file = field_get(cx, at, value, "file");
    if (file != NULL && field_is_object(cx, &file_at, file)) {
        openai_file(cx, &file_at, file, part);
    }
}

static void part_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct llm_part *part)
{
    static const struct {
        struct str type;
        part_fn *read;
    } types[] = {
        {STR_INIT("text"), text_read},
        {STR_INIT("image_url"), image_read},
        {STR_INIT("file"), file_read},
        {STR_INIT("refusal"), refusal_read},
    };
    if (!field_is_object(cx, at, value)) {
        return;
    }
    struct str type = field_get_str(cx, at, value, "type");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(type, types[i].type)) {
            types[i].read(cx, at, value, part);
            return;
        }
    }
    *part = (struct llm_part){.kind = LLM_PART_OTHER, .name = type, .json = value->span};
}

/* A string, or a list of parts. */
static void content_read(struct ctx *cx, const struct place *message_at, const struct json *content,
                         struct message *message)
{
    const struct place at = {.parent = message_at, .name = "content"};
    size_t index = 0;
    if (content->type == JSON_STRING) {
        part_add(message, LLM_PART_TEXT)->text = content->text;
        return;
    }
    if (content->type != JSON_ARRAY) {
        place_fault(cx, &at, "must be a string or an array");
        return;
    }
    if (!field_is_array(cx, &at, content, 1, OPENAI_MAX_PARTS)) {
        return;
    }
    JSON_EACH (value, content) {
        const struct place here = {.parent = &at, .index = index++};
        part_read(cx, &here, value, part_add(message, LLM_PART_OTHER));
    }
}

/* ---- an assistant's calls -------------------------------------------------------------------- */

static void call_read(struct ctx *cx, const struct place *at, const struct json *call,
                      struct openai_reading *reading, struct llm_part *part)
{
    const struct place type_at = {.parent = at, .name = "type"};
    const struct place function_at = {.parent = at, .name = "function"};
    const struct place arguments = {.parent = &function_at, .name = "arguments"};
    if (!field_is_object(cx, at, call)) {
        return;
    }
    part->id = field_get_str(cx, at, call, "id");
    struct str type = field_text(cx, at, call, "type", false);
    if (type.len > 0 && !str_eq(type, STR("function"))) {
        openai_untranslatable(cx, &type_at, reading);
        return;
    }
    const struct json *function = field_get(cx, at, call, "function");
    if (function != NULL && field_is_object(cx, &function_at, function)) {
        part->name = field_get_str(cx, &function_at, function, "name");
        struct str text = field_text(cx, &function_at, function, "arguments", false);
        part->json = openai_arguments(cx, &arguments, text, reading);
    }
}

static void calls_read(struct ctx *cx, const struct place *message_at, const struct json *calls,
                       struct openai_reading *reading, struct message *message)
{
    const struct place at = {.parent = message_at, .name = "tool_calls"};
    size_t index = 0;
    if (!field_is_array(cx, &at, calls, 0, OPENAI_MAX_PARTS)) {
        return;
    }
    JSON_EACH (call, calls) {
        const struct place here = {.parent = &at, .index = index++};
        call_read(cx, &here, call, reading, part_add(message, LLM_PART_TOOL_CALL));
    }
}

/* What older clients, and models that speak, put beside the content. */
static void extras_note(struct ctx *cx, const struct place *at, const struct json *value,
                        struct openai_reading *reading)
{
    static const char *const names[] = {"function_call", "audio"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct place here = {.parent = at, .name = names[i]};
        if (field_find(value, names[i]) != NULL) {
            openai_untranslatable(cx, &here, reading);
        }
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static size_t most_parts(const struct json *value)
{
    const struct json *content = json_find(value, STR("content"));
    const struct json *calls = json_find(value, STR("tool_calls"));
    size_t refusal = 1, text = 1;
    return refusal + text + (content != NULL ? content->count : 0) +
           (calls != NULL ? calls->count : 0);
}

static void assistant_read(struct ctx *cx, const struct place *at, const struct json *value,
                           struct openai_reading *reading, struct message *message)
{
    const struct json *content = field_find(value, "content");
    const struct json *calls = field_find(value, "tool_calls");
    struct str refusal = field_text(cx, at, value, "refusal", false);
    if (content != NULL) {
        content_read(cx, at, content, message);
    }
    if (refusal.len > 0) {
        part_add(message, LLM_PART_REFUSAL)->text = refusal;
    }
    if (calls != NULL) {
        calls_read(cx, at, calls, reading, message);
    }
    extras_note(cx, at, value, reading);
}

/* One part, whose own parts are the content. */
static void tool_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct message *message)
{
    struct llm_part *result = ARENA_NEW(cx->arena, struct llm_part);
    const struct json *content = field_get(cx, at, value, "content");
    result->kind = LLM_PART_TOOL_RESULT;
    result->id = field_get_str(cx, at, value, "tool_call_id");
    if (content != NULL) {
        content_read(cx, at, content, message);
    }
    result->parts = message->parts;
    result->part_count = message->count;
    *message = (struct message){.parts = result, .count = 1};
}

static void message_read(struct ctx *cx, const struct place *at, const struct json *value,
                         struct openai_reading *reading, struct llm_message *out)
{
    if (!field_is_object(cx, at, value) || !openai_role(cx, at, value, true, &out->role)) {
        return;
    }
    struct message message = {.parts = ARENA_ARRAY(cx->arena, struct llm_part, most_parts(value))};
    if (out->role == LLM_ASSISTANT) {
        assistant_read(cx, at, value, reading, &message);
    } else if (out->role == LLM_TOOL) {
        tool_read(cx, at, value, &message);
    } else {
        const struct json *content = field_get(cx, at, value, "content");
        if (content != NULL) {
            content_read(cx, at, content, &message);
        }
    }
    out->parts = message.parts;
    out->part_count = message.count;
}

void openai_messages(struct ctx *cx, const struct place *at, const struct json *value,
                     struct openai_reading *reading)
{
    size_t index = 0;
    if (!field_is_array(cx, at, value, 1, OPENAI_MAX_MESSAGES)) {
        return;
    }
    struct llm_message *messages = ARENA_ARRAY(cx->arena, struct llm_message, value->count);
    JSON_EACH (message, value) {
        const struct place here = {.parent = at, .index = index};
        message_read(cx, &here, message, reading, &messages[index++]);
    }
    reading->chat->messages = messages;
    reading->chat->message_count = value->count;
}
