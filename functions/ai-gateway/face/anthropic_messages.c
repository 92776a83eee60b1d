#include "functions/ai-gateway/face/anthropic.h"
#include "functions/ai-gateway/face/fields.h"

enum { MAX_MESSAGES = 100000 };

/* ---- blocks ---------------------------------------------------------------------------------- */

static const struct llm_part *blocks_read(struct ctx *cx, const struct place *place,
                                          const struct json *content, size_t *count);

/* A file's id is of an account that all callers share: it would let one read another's. */
static void files_refuse(struct ctx *cx, const struct place *place, const struct json *value)
{
    if (value->type == JSON_OBJECT && field_find(value, "file_id") != NULL) {
        place_fault(cx, PLACE_MEMBER(place, "file_id"),
                    "is not supported: files are not kept here, send their data");
    }
    JSON_EACH (child, value) {
        files_refuse(cx, place, child);
    }
}

static void other_read(struct ctx *cx, const struct place *place, const struct json *block,
                       struct llm_part *part)
{
    files_refuse(cx, place, block);
    *part = (struct llm_part){
        .kind = LLM_PART_OTHER, .name = json_find_str(block, STR("type")), .json = block->span};
}

static void text_read(struct ctx *cx, const struct place *place, const struct json *block,
                      struct llm_part *part)
{
    part->kind = LLM_PART_TEXT;
    part->text = field_text(cx, place, block, "text", true);
}

static void media_read(struct ctx *cx, const struct place *place, const struct json *block,
                       struct llm_part *part)
{
    const struct json *source = field_object(cx, place, block, "source", true);
    const struct place *in = PLACE_MEMBER(place, "source");
    struct str type = json_find_str(source, STR("type"));
    if (source == NULL) {
        return;
    }
    if (str_eq(type, STR("base64"))) {
        part->media_type = field_text(cx, in, source, "media_type", true);
        part->data = field_text(cx, in, source, "data", true);
    } else if (str_eq(type, STR("url"))) {
        part->url = field_text(cx, in, source, "url", true);
    } else if (str_eq(type, STR("text")) && part->kind == LLM_PART_DOCUMENT) {
        part->text = field_text(cx, in, source, "data", true);
    } else {
        other_read(cx, place, block, part);
    }
}

static void image_read(struct ctx *cx, const struct place *place, const struct json *block,
                       struct llm_part *part)
{
    part->kind = LLM_PART_IMAGE;
    media_read(cx, place, block, part);
}

static void document_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    part->kind = LLM_PART_DOCUMENT;
    part->name = field_text(cx, place, block, "title", false);
    media_read(cx, place, block, part);
}

static void tool_use_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    const struct json *input = field_object(cx, place, block, "input", true);
    part->kind = LLM_PART_TOOL_CALL;
    part->id = field_text(cx, place, block, "id", true);
    part->name = field_text(cx, place, block, "name", true);
    part->json = input == NULL ? (struct str){0} : input->span;
}

static void tool_result_read(struct ctx *cx, const struct place *place, const struct json *block,
                             struct llm_part *part)
{
    const struct json *content = field_find(block, "content");
    part->kind = LLM_PART_TOOL_RESULT;
    part->id = field_text(cx, place, block, "tool_use_id", true);
    part->is_error = field_flag(cx, place, block, "is_error");
    if (content != NULL) {
        part->parts = blocks_read(cx, PLACE_MEMBER(place, "content"), content, &part->part_count);
    }
}

static void thinking_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    part->kind = LLM_PART_THINKING;
    part->text = field_text(cx, place, block, "thinking", true);
    part->signature = field_text(cx, place, block, "signature", false);
}

static void redacted_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    (void)cx;
    (void)place;
    part->kind = LLM_PART_REDACTED;
    part->json = block->span;
}

static void block_read(struct ctx *cx, const struct place *place, const struct json *block,
                       struct llm_part *part)
{
    static const struct {
        struct str type;
        void (*read)(struct ctx *cx, const struct place *place, const struct json *block,
                     struct llm_part *part);
    } types[] = {
        {STR_INIT("text"), text_read},
        {STR_INIT("image"), image_read},
        {STR_INIT("document"), document_read},
        {STR_INIT("tool_use"), tool_use_read},
        {STR_INIT("tool_result"), tool_result_read},
        {STR_INIT("thinking"), thinking_read},
        {STR_INIT("redacted_thinking"), redacted_read},
    };
    struct str type = json_find_str(block, STR("type"));
    if (type.len == 0) {
        place_fault(cx, PLACE_MEMBER(place, "type"), "is required");
        return;
    }
    part->cache_control = field_span(block, "cache_control");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].type, type)) {
            types[i].read(cx, place, block, part);
            return;
        }
    }
    other_read(cx, place, block, part);
}

/* A string is one block of text. */
static const struct llm_part *blocks_read(struct ctx *cx, const struct place *place,
                                          const struct json *content, size_t *count)
{
    struct llm_part *parts = NULL;
    size_t i = 0;
    *count = 0;
    if (content->type == JSON_STRING) {
        parts = ARENA_NEW(cx->arena, struct llm_part);
        parts->text = content->text;
        *count = 1;
        return parts;
    }
    if (content->type != JSON_ARRAY) {
        place_fault(cx, place, "must be a string or an array of content blocks");
        return NULL;
    }
    parts = ARENA_ARRAY(cx->arena, struct llm_part, content->count);
    JSON_EACH (block, content) {
        block_read(cx, PLACE_ELEMENT(place, i), block, &parts[i]);
        i++;
    }
    *count = content->count;
    return parts;
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void message_read(struct ctx *cx, const struct place *place, const struct json *object,
                         struct llm_message *message)
{
    static const struct {
        struct str word;
        enum llm_role role;
    } roles[] = {
        {STR_INIT("user"), LLM_USER},
        {STR_INIT("assistant"), LLM_ASSISTANT},
        {STR_INIT("system"), LLM_SYSTEM},
    };
    struct str word = json_find_str(object, STR("role"));
    const struct json *content = field_find(object, "content");
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (str_eq(roles[i].word, word)) {
            message->role = roles[i].role;
            is_known = true;
        }
    }
    if (!is_known) {
        place_fault(cx, PLACE_MEMBER(place, "role"), "must be user, assistant or system");
    }
    if (content == NULL) {
        place_fault(cx, PLACE_MEMBER(place, "content"), "is required");
        return;
    }
    message->parts = blocks_read(cx, PLACE_MEMBER(place, "content"), content, &message->part_count);
}

/* `system` is the first turn. */
void anthropic_messages_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *system = field_find(root, "system");
    const struct json *messages = field_array(cx, NULL, root, "messages", true);
    const struct place *place = PLACE_MEMBER(NULL, "messages");
    if (messages == NULL) {
        return;
    }
    if (messages->count == 0 || messages->count > MAX_MESSAGES) {
        place_fault(cx, place, "must have from 1 to 100000 messages");
        return;
    }
    struct llm_message *turns = ARENA_ARRAY(cx->arena, struct llm_message, messages->count + 1);
    chat->messages = turns;
    if (system != NULL) {
        turns->role = LLM_SYSTEM;
        turns->parts = blocks_read(cx, PLACE_MEMBER(NULL, "system"), system, &turns->part_count);
        turns++;
    }
    size_t i = 0;
    JSON_EACH (message, messages) {
        message_read(cx, PLACE_ELEMENT(place, i++), message, turns++);
    }
    chat->message_count = (size_t)(turns - chat->messages);
}
