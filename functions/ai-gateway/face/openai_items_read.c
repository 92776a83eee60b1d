/*
 * Items are finer than turns: what a model said and each of its calls stand apart here. They become
 * one turn again, for other protocols want calls beside each other, and their results after.
 */
#include "functions/ai-gateway/face/openai_responses_read.h"

/* The messages in the making; all parts stand in one array, in order. */
struct items {
    struct llm_message *messages, *last; /* NULL: there is none yet */
    size_t message_count;
    struct llm_part *parts;
    size_t part_count;
    bool is_open; /* the last message is of the item being read */
    struct openai_reading *reading;
};

/* Of an assistant's items the next goes on where the last one ended. */
static struct llm_message *message_for(struct items *items, enum llm_role role)
{
    struct llm_message *last = items->last;
    bool goes_on = last != NULL && role == LLM_ASSISTANT && last->role == LLM_ASSISTANT;
    if (last != NULL && (items->is_open || goes_on)) {
        return last;
    }
    items->is_open = true;
    items->last = &items->messages[items->message_count++];
    *items->last = (struct llm_message){.role = role, .parts = &items->parts[items->part_count]};
    return items->last;
}

static struct llm_part *part_add(struct items *items, enum llm_role role, enum llm_part_kind kind)
{
    message_for(items, role)->part_count++;
    struct llm_part *part = &items->parts[items->part_count++];
    part->kind = kind;
    return part;
}

/* ---- what is new to us ----------------------------------------------------------------------- */

/*
 * Somewhere in it an image or a file, whose tokens its bytes do not bound. A file by its id is of
 * the account that all callers share, and could be another's.
 */
static bool has_media(struct ctx *cx, const struct place *at, const struct json *value)
{
    static const struct str keys[] = {STR_INIT("image_url"), STR_INIT("file_url"),
                                      STR_INIT("file_data")};
    bool is_found = false;
    if (value->type == JSON_OBJECT && field_find(value, "file_id") != NULL) {
        const struct place id = {.parent = at, .name = "file_id"};
        place_fault(cx, &id, "is not supported: files are not kept here, send their data");
    }
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        is_found |= json_find(value, keys[i]) != NULL;
    }
    JSON_EACH (child, value) {
        is_found |= has_media(cx, at, child);
    }
    return is_found;
}

/* ---- content --------------------------------------------------------------------------------- */

static bool is_text(struct str type)
{
    return str_eq(type, STR("input_text")) || str_eq(type, STR("output_text")) ||
           str_eq(type, STR("text"));
}

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

static void image_read(struct ctx *cx, const struct place *at, const struct json *value,
                       struct llm_part *part)
{
    const struct place id = {.parent = at, .name = "file_id"};
    part->kind = LLM_PART_IMAGE;
    if (field_find(value, "file_id") != NULL) {
        place_fault(cx, &id, "is not supported: files are not kept here, send image_url");
        return;
    }
    openai_address(field_get_str(cx, at, value, "image_url"), part);
}

static void part_read(struct ctx *cx, const struct place *at, const struct json *value,
                      struct llm_part *part)
{
    if (!field_is_object(cx, at, value)) {
        return;
    }
    struct str type = field_get_str(cx, at, value, "type");
    if (is_text(type)) {
        text_read(cx, at, value, part);
    } else if (str_eq(type, STR("input_image"))) {
        image_read(cx, at, value, part);
    } else if (str_eq(type, STR("input_file"))) {
        openai_file(cx, at, value, part);
    } else if (str_eq(type, STR("refusal"))) {
        part->kind = LLM_PART_REFUSAL;
        part->text = field_get_str(cx, at, value, "refusal");
    } else {
        (void)has_media(cx, at, value);
        part->kind = LLM_PART_OTHER;
        part->name = type;
        part->json = value->span;
    }
}

/* ---- items ----------------------------------------------------------------------------------- */

static void message_read(struct ctx *cx, const struct place *at, const struct json *item,
                         struct items *items)
{
    const struct place content_at = {.parent = at, .name = "content"};
    const struct json *content = field_get(cx, at, item, "content");
    enum llm_role role = LLM_USER;
    size_t index = 0;
    if (!openai_role(cx, at, item, false, &role) || content == NULL) {
        return;
    }
    if (content->type == JSON_STRING) {
        part_add(items, role, LLM_PART_TEXT)->text = content->text;
        return;
    }
    if (!field_is_array(cx, &content_at, content, 0, OPENAI_MAX_PARTS)) {
        return;
    }
    JSON_EACH (value, content) {
        const struct place here = {.parent = &content_at, .index = index++};
        part_read(cx, &here, value, part_add(items, role, LLM_PART_OTHER));
    }
}

static void call_read(struct ctx *cx, const struct place *at, const struct json *item,
                      struct items *items)
{
    const struct place arguments = {.parent = at, .name = "arguments"};
    struct llm_part *part = part_add(items, LLM_ASSISTANT, LLM_PART_TOOL_CALL);
    part->id = field_get_str(cx, at, item, "call_id");
    part->name = field_get_str(cx, at, item, "name");
    struct str text = field_text(cx, at, item, "arguments", false);
    part->json = openai_arguments(cx, &arguments, text, items->reading);
}

/* A string, or parts as a message has them. */
static void output_read(struct ctx *cx, const struct place *at, const struct json *output,
                        struct llm_part *result)
{
    bool is_string = output->type == JSON_STRING;
    size_t index = 0;
    if (!is_string && !field_is_array(cx, at, output, 0, OPENAI_MAX_PARTS)) {
        return;
    }
    struct llm_part *parts = ARENA_ARRAY(cx->arena, struct llm_part, output->count + 1);
    if (is_string) {
        parts[0] = (struct llm_part){.kind = LLM_PART_TEXT, .text = output->text};
    }
    JSON_EACH (value, output) {
        const struct place here = {.parent = at, .index = index};
        part_read(cx, &here, value, &parts[index++]);
    }
    result->parts = parts;
    result->part_count = is_string ? 1 : index;
}

static void result_read(struct ctx *cx, const struct place *at, const struct json *item,
                        struct items *items)
{
    const struct place output_at = {.parent = at, .name = "output"};
    struct llm_part *part = part_add(items, LLM_TOOL, LLM_PART_TOOL_RESULT);
    part->id = field_get_str(cx, at, item, "call_id");
    const struct json *output = field_get(cx, at, item, "output");
    if (output != NULL) {
        output_read(cx, &output_at, output, part);
    }
}

static void reference_refuse(struct ctx *cx, const struct place *at, const struct json *item,
                             struct items *items)
{
    (void)item;
    (void)items;
    place_fault(cx, at, "is not supported: items are not kept here, send the item itself");
}

/* Thoughts are of the model that had them: only its own protocol gets them back. */
static void reasoning_skip(struct ctx *cx, const struct place *at, const struct json *item,
                           struct items *items)
{
    (void)cx;
    (void)at;
    (void)item;
    (void)items;
}

static void item_read(struct ctx *cx, const struct place *at, const struct json *item,
                      struct items *items)
{
    static const struct {
        struct str type;
        void (*read)(struct ctx *cx, const struct place *at, const struct json *item,
                     struct items *items);
    } types[] = {
        {STR_INIT(""), message_read}, /* the short form has no type */
        {STR_INIT("message"), message_read},
        {STR_INIT("function_call"), call_read},
        {STR_INIT("function_call_output"), result_read},
        {STR_INIT("reasoning"), reasoning_skip},
        {STR_INIT("item_reference"), reference_refuse},
    };
    const struct place type_at = {.parent = at, .name = "type"};
    if (!field_is_object(cx, at, item)) {
        return;
    }
    struct str type = field_text(cx, at, item, "type", false);
    items->is_open = false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(type, types[i].type)) {
            types[i].read(cx, at, item, items);
            return;
        }
    }
    if (has_media(cx, at, item)) {
        part_add(items, LLM_USER, LLM_PART_OTHER)->json = item->span;
    }
    openai_untranslatable(cx, &type_at, items->reading);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static size_t most_parts(const struct json *input)
{
    size_t parts = 2; /* the instructions; an input that is a string */
    if (input == NULL) {
        return parts;
    }
    JSON_EACH (item, input) {
        const struct json *content = json_find(item, STR("content"));
        parts += 1 + (content != NULL ? content->count : 0);
    }
    return parts;
}

static void input_read(struct ctx *cx, const struct json *input, struct items *items)
{
    const struct place at = {.name = "input"};
    size_t index = 0;
    items->is_open = false;
    if (input->type == JSON_STRING) {
        part_add(items, LLM_USER, LLM_PART_TEXT)->text = input->text;
        return;
    }
    if (input->type != JSON_ARRAY) {
        place_fault(cx, &at, "must be a string or an array");
        return;
    }
    if (!field_is_array(cx, &at, input, 1, OPENAI_MAX_MESSAGES)) {
        return;
    }
    JSON_EACH (item, input) {
        const struct place here = {.parent = &at, .index = index++};
        item_read(cx, &here, item, items);
    }
}

void openai_items_read(struct ctx *cx, const struct json *instructions, const struct json *input,
                       struct openai_reading *reading)
{
    size_t most = most_parts(input);
    struct items items = {
        .messages = ARENA_ARRAY(cx->arena, struct llm_message, most),
        .parts = ARENA_ARRAY(cx->arena, struct llm_part, most),
        .reading = reading,
    };
    const struct place at = {.name = "instructions"};
    struct str text = {0};
    if (instructions != NULL && field_str(cx, &at, instructions, &text) && text.len > 0) {
        part_add(&items, LLM_SYSTEM, LLM_PART_TEXT)->text = text;
    }
    if (input != NULL) {
        input_read(cx, input, &items);
    }
    reading->chat->messages = items.messages;
    reading->chat->message_count = items.message_count;
}
