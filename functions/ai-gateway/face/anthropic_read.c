#include "functions/ai-gateway/face/anthropic.h"

enum { MAX_MESSAGES = 100000, MAX_NAME_BYTES = 40 };

/* Where a value stands; written out as a path only if it is at fault. */
struct place {
    const struct place *in;
    const char *member; /* NULL: the element `index` */
    size_t index;
};

#define MEMBER(up, key) (&(const struct place){.in = (up), .member = (key)})
#define ELEMENT(up, at) (&(const struct place){.in = (up), .index = (at)})

static void path_write(struct buf *out, const struct place *place)
{
    if (place == NULL) {
        return;
    }
    path_write(out, place->in);
    if (place->member == NULL) {
        buf_addf(out, "[%zu]", place->index);
    } else {
        buf_addf(out, "%s%s", out->len > 0 ? "." : "", place->member);
    }
}

static void fault(struct ctx *cx, const struct place *place, const char *words)
{
    struct buf path = buf_in(cx->arena, KIB(1));
    path_write(&path, place);
    fail_field(cx, buf_str(&path), "%s", words);
}

/* ---- members --------------------------------------------------------------------------------- */

/* NULL stands for what is not there; so does null, as in the official client's optional members. */
static const struct json *member_of(const struct json *object, const char *name)
{
    const struct json *member = json_find(object, str_from_cstr(name));
    return member == NULL || member->type == JSON_NULL ? NULL : member;
}

/* Of this type, or NULL, with a fault if it is another or, where `required`, not there. */
static const struct json *typed(struct ctx *cx, const struct place *in, const struct json *object,
                                const char *name, enum json_type type, bool required)
{
    const struct json *member = member_of(object, name);
    if (member == NULL && required) {
        fault(cx, MEMBER(in, name), "is required");
    } else if (member != NULL && member->type != type) {
        fault(cx, MEMBER(in, name),
              arena_format(cx->arena, "must be %s", json_type_words(type)).ptr);
        return NULL;
    }
    return member;
}

static struct str text_of(struct ctx *cx, const struct place *in, const struct json *object,
                          const char *name, bool required)
{
    const struct json *member = typed(cx, in, object, name, JSON_STRING, required);
    return member == NULL ? (struct str){0} : member->text;
}

static bool flag_of(struct ctx *cx, const struct place *in, const struct json *object,
                    const char *name)
{
    const struct json *member = typed(cx, in, object, name, JSON_BOOL, false);
    return member != NULL && member->boolean;
}

/* The number as written. */
static struct str number_of(struct ctx *cx, const struct json *object, const char *name)
{
    const struct json *member = typed(cx, NULL, object, name, JSON_NUMBER, false);
    return member == NULL ? (struct str){0} : member->text;
}

static struct str span_of(const struct json *object, const char *name)
{
    const struct json *member = member_of(object, name);
    return member == NULL ? (struct str){0} : member->span;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static const struct llm_part *blocks_read(struct ctx *cx, const struct place *place,
                                          const struct json *content, size_t *count);

static void other_read(const struct json *block, struct llm_part *part)
{
    *part = (struct llm_part){
        .kind = LLM_PART_OTHER, .name = json_find_str(block, STR("type")), .json = block->span};
}

static void text_read(struct ctx *cx, const struct place *place, const struct json *block,
                      struct llm_part *part)
{
    part->kind = LLM_PART_TEXT;
    part->text = text_of(cx, place, block, "text", true);
}

/* A file's id is known to its provider alone. */
static void media_read(struct ctx *cx, const struct place *place, const struct json *block,
                       struct llm_part *part)
{
    const struct json *source = typed(cx, place, block, "source", JSON_OBJECT, true);
    const struct place *in = MEMBER(place, "source");
    struct str type = json_find_str(source, STR("type"));
    if (source == NULL) {
        return;
    }
    if (str_eq(type, STR("base64"))) {
        part->media_type = text_of(cx, in, source, "media_type", true);
        part->data = text_of(cx, in, source, "data", true);
    } else if (str_eq(type, STR("url"))) {
        part->url = text_of(cx, in, source, "url", true);
    } else if (str_eq(type, STR("text")) && part->kind == LLM_PART_DOCUMENT) {
        part->text = text_of(cx, in, source, "data", true);
    } else {
        other_read(block, part);
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
    part->name = text_of(cx, place, block, "title", false);
    media_read(cx, place, block, part);
}

static void tool_use_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    const struct json *input = typed(cx, place, block, "input", JSON_OBJECT, true);
    part->kind = LLM_PART_TOOL_CALL;
    part->id = text_of(cx, place, block, "id", true);
    part->name = text_of(cx, place, block, "name", true);
    part->json = input == NULL ? (struct str){0} : input->span;
}

static void tool_result_read(struct ctx *cx, const struct place *place, const struct json *block,
                             struct llm_part *part)
{
    const struct json *content = member_of(block, "content");
    part->kind = LLM_PART_TOOL_RESULT;
    part->id = text_of(cx, place, block, "tool_use_id", true);
    part->is_error = flag_of(cx, place, block, "is_error");
    if (content != NULL) {
        part->parts = blocks_read(cx, MEMBER(place, "content"), content, &part->part_count);
    }
}

static void thinking_read(struct ctx *cx, const struct place *place, const struct json *block,
                          struct llm_part *part)
{
    part->kind = LLM_PART_THINKING;
    part->text = text_of(cx, place, block, "thinking", true);
    part->signature = text_of(cx, place, block, "signature", false);
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
        fault(cx, MEMBER(place, "type"), "is required");
        return;
    }
    part->cache_control = span_of(block, "cache_control");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].type, type)) {
            types[i].read(cx, place, block, part);
            return;
        }
    }
    other_read(block, part);
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
        fault(cx, place, "must be a string or an array of content blocks");
        return NULL;
    }
    parts = ARENA_ARRAY(cx->arena, struct llm_part, content->count);
    JSON_EACH (block, content) {
        block_read(cx, ELEMENT(place, i), block, &parts[i]);
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
    const struct json *content = member_of(object, "content");
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (str_eq(roles[i].word, word)) {
            message->role = roles[i].role;
            is_known = true;
        }
    }
    if (!is_known) {
        fault(cx, MEMBER(place, "role"), "must be user, assistant or system");
    }
    if (content == NULL) {
        fault(cx, MEMBER(place, "content"), "is required");
        return;
    }
    message->parts = blocks_read(cx, MEMBER(place, "content"), content, &message->part_count);
}

/* `system` is the first turn. */
static void messages_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *system = member_of(root, "system");
    const struct json *messages = typed(cx, NULL, root, "messages", JSON_ARRAY, true);
    const struct place *place = MEMBER(NULL, "messages");
    if (messages == NULL) {
        return;
    }
    if (messages->count == 0 || messages->count > MAX_MESSAGES) {
        fault(cx, place, "must have from 1 to 100000 messages");
        return;
    }
    struct llm_message *turns = ARENA_ARRAY(cx->arena, struct llm_message, messages->count + 1);
    chat->messages = turns;
    if (system != NULL) {
        turns->role = LLM_SYSTEM;
        turns->parts = blocks_read(cx, MEMBER(NULL, "system"), system, &turns->part_count);
        turns++;
    }
    size_t i = 0;
    JSON_EACH (message, messages) {
        message_read(cx, ELEMENT(place, i++), message, turns++);
    }
    chat->message_count = (size_t)(turns - chat->messages);
}

/* ---- tools ----------------------------------------------------------------------------------- */

static void tool_read(struct ctx *cx, const struct place *place, const struct json *object,
                      struct llm_tool *tool)
{
    const struct json *schema = typed(cx, place, object, "input_schema", JSON_OBJECT, true);
    *tool = (struct llm_tool){
        .name = text_of(cx, place, object, "name", true),
        .description = text_of(cx, place, object, "description", false),
        .schema = schema == NULL ? (struct str){0} : schema->span,
        .strict = flag_of(cx, place, object, "strict"),
        .cache_control = span_of(object, "cache_control"),
    };
}

/* The caller's own; what a provider runs itself has a dated type, and no counterpart elsewhere. */
static bool is_custom_tool(const struct json *object)
{
    struct str type = json_find_str(object, STR("type"));
    return type.len == 0 || str_eq(type, STR("custom"));
}

static void name_add(struct buf *names, struct str name)
{
    buf_add(names, names->len > 0 ? STR(", ") : STR(""));
    buf_add(names, name);
}

static void tools_read(struct ctx *cx, const struct json *root, struct llm_chat *chat,
                       struct buf *untranslated)
{
    const struct json *list = typed(cx, NULL, root, "tools", JSON_ARRAY, false);
    size_t i = 0;
    bool has_others = false;
    if (list == NULL || list->count == 0) {
        return;
    }
    struct llm_tool *tools = ARENA_ARRAY(cx->arena, struct llm_tool, list->count);
    JSON_EACH (item, list) {
        const struct place *place = ELEMENT(MEMBER(NULL, "tools"), i++);
        if (is_custom_tool(item)) {
            tool_read(cx, place, item, &tools[chat->tool_count++]);
        } else {
            has_others = true;
        }
    }
    chat->tools = tools;
    if (has_others) {
        name_add(untranslated, STR("server_tools"));
    }
}

static void tool_choice_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    static const struct {
        struct str type;
        enum llm_tool_choice choice;
    } types[] = {
        {STR_INIT("auto"), LLM_TOOLS_AUTO},
        {STR_INIT("any"), LLM_TOOLS_ANY},
        {STR_INIT("none"), LLM_TOOLS_NONE},
        {STR_INIT("tool"), LLM_TOOLS_ONE},
    };
    const struct json *choice = typed(cx, NULL, root, "tool_choice", JSON_OBJECT, false);
    const struct place *place = MEMBER(NULL, "tool_choice");
    if (choice == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].type, json_find_str(choice, STR("type")))) {
            chat->tool_choice = types[i].choice;
        }
    }
    if (chat->tool_choice == LLM_TOOLS_UNSET) {
        fault(cx, MEMBER(place, "type"), "must be auto, any, tool or none");
    }
    chat->tool_name = text_of(cx, place, choice, "name", chat->tool_choice == LLM_TOOLS_ONE);
    chat->no_parallel_tools = flag_of(cx, place, choice, "disable_parallel_tool_use");
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void max_tokens_read(struct ctx *cx, const struct json *root, bool counts,
                            struct llm_chat *chat)
{
    const struct json *member = typed(cx, NULL, root, "max_tokens", JSON_NUMBER, !counts);
    chat->max_tokens = -1;
    if (member != NULL && (!json_is_i64(member, &chat->max_tokens) || chat->max_tokens < 0)) {
        fault(cx, MEMBER(NULL, "max_tokens"), "must be a whole number, 0 or more");
        chat->max_tokens = -1;
    }
}

static void stops_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *list = typed(cx, NULL, root, "stop_sequences", JSON_ARRAY, false);
    if (list == NULL || list->count == 0) {
        return;
    }
    struct str *stops = ARENA_ARRAY(cx->arena, struct str, list->count);
    JSON_EACH (item, list) {
        if (item->type != JSON_STRING) {
            fault(cx, ELEMENT(MEMBER(NULL, "stop_sequences"), chat->stop_count),
                  "must be a string");
        }
        stops[chat->stop_count++] = item->type == JSON_STRING ? item->text : (struct str){0};
    }
    chat->stops = stops;
}

static void thinking_budget_read(struct ctx *cx, const struct json *root, struct llm_chat *chat,
                                 struct buf *untranslated)
{
    const struct json *thinking = typed(cx, NULL, root, "thinking", JSON_OBJECT, false);
    const struct json *budget = member_of(thinking, "budget_tokens");
    struct str type = json_find_str(thinking, STR("type"));
    chat->thinking_budget = -1;
    if (thinking == NULL || str_eq(type, STR("disabled"))) {
        return;
    }
    if (budget == NULL) {
        name_add(untranslated, STR("thinking")); /* adaptive, and what is still to come */
    } else if (!json_is_i64(budget, &chat->thinking_budget) || chat->thinking_budget < 0) {
        fault(cx, MEMBER(MEMBER(NULL, "thinking"), "budget_tokens"), "must be a whole number");
        chat->thinking_budget = -1;
    }
}

static void output_config_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *config = typed(cx, NULL, root, "output_config", JSON_OBJECT, false);
    const struct place *place = MEMBER(NULL, "output_config");
    const struct json *format = typed(cx, place, config, "format", JSON_OBJECT, false);
    chat->effort = text_of(cx, place, config, "effort", false);
    if (format == NULL) {
        return;
    }
    const struct json *schema =
        typed(cx, MEMBER(place, "format"), format, "schema", JSON_OBJECT, true);
    chat->format = LLM_FORMAT_SCHEMA;
    chat->schema = schema == NULL ? (struct str){0} : schema->span;
    chat->schema_is_strict = true;
}

/* Names of members with no place in a chat; only plain ones, for they go to a header. */
static void untranslated_read(const struct json *root, struct buf *names)
{
    static const struct str known[] = {
        STR_INIT("model"),          STR_INIT("max_tokens"), STR_INIT("messages"),
        STR_INIT("system"),         STR_INIT("tools"),      STR_INIT("tool_choice"),
        STR_INIT("stop_sequences"), STR_INIT("thinking"),   STR_INIT("output_config"),
        STR_INIT("temperature"),    STR_INIT("top_p"),      STR_INIT("top_k"),
        STR_INIT("metadata"),       STR_INIT("stream"),
    };
    JSON_EACH (member, root) {
        bool is_known = false;
        bool is_plain = member->key.len > 0 && member->key.len <= MAX_NAME_BYTES;
        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
            is_known = is_known || str_eq(known[i], member->key);
        }
        for (size_t i = 0; i < member->key.len && is_plain; i++) {
            is_plain = member->key.ptr[i] == '_' ||
                       (member->key.ptr[i] >= 'a' && member->key.ptr[i] <= 'z');
        }
        if (!is_known && is_plain && member->type != JSON_NULL) {
            name_add(names, member->key);
        }
    }
}

enum status anthropic_chat_read(struct ctx *cx, const struct json *root, bool counts,
                                struct llm_chat *chat)
{
    struct buf untranslated = buf_in(cx->arena, KIB(1));
    const struct json *metadata = typed(cx, NULL, root, "metadata", JSON_OBJECT, false);
    chat->model = text_of(cx, NULL, root, "model", true);
    chat->user = text_of(cx, MEMBER(NULL, "metadata"), metadata, "user_id", false);
    chat->stream = flag_of(cx, NULL, root, "stream");
    chat->stream_usage = true;
    chat->temperature = number_of(cx, root, "temperature");
    chat->top_p = number_of(cx, root, "top_p");
    chat->top_k = number_of(cx, root, "top_k");
    max_tokens_read(cx, root, counts, chat);
    messages_read(cx, root, chat);
    tools_read(cx, root, chat, &untranslated);
    tool_choice_read(cx, root, chat);
    stops_read(cx, root, chat);
    thinking_budget_read(cx, root, chat, &untranslated);
    output_config_read(cx, root, chat);
    untranslated_read(root, &untranslated);
    chat->untranslated = buf_str(&untranslated);
    return fields_status(cx);
}
