#include "functions/ai-gateway/face/anthropic.h"
#include "functions/ai-gateway/face/fields.h"

enum { MAX_NAME_BYTES = 40 /* of a member, in a header */, MAX_TOKENS = 1000 * 1000 * 1000 };
#define MAX_PARAMETER 1e9

/* ---- what is not offered --------------------------------------------------------------------- */

#define NO_PRICE "is not offered here: its price is not known"

/* What is billed beside the prices of the table, and what other callers' things could be in. */
static void unpriced_refuse(struct ctx *cx, const struct json *root)
{
    static const struct {
        const char *name;
        struct str usual; /* the word that asks for nothing special */
        const char *words;
    } members[] = {
        {"speed", STR_INIT("standard"), NO_PRICE},
        {"inference_geo", STR_INIT("global"), NO_PRICE},
        {"mcp_servers", STR_INIT(""), "is not supported: no tool is run by a provider here"},
        {"container", STR_INIT(""), "is not supported: no tool is run by a provider here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *value = field_find(root, members[i].name);
        bool is_empty = value != NULL && value->type == JSON_ARRAY && value->count == 0;
        if (value != NULL && !is_empty &&
            (value->type != JSON_STRING || !str_eq(value->text, members[i].usual))) {
            place_fault(cx, PLACE_MEMBER(NULL, members[i].name), "%s", members[i].words);
        }
    }
}

/* ---- tools ----------------------------------------------------------------------------------- */

static void tool_read(struct ctx *cx, const struct place *place, const struct json *object,
                      struct llm_tool *tool)
{
    const struct json *schema = field_object(cx, place, object, "input_schema", true);
    *tool = (struct llm_tool){
        .name = field_text(cx, place, object, "name", true),
        .description = field_text(cx, place, object, "description", false),
        .schema = schema == NULL ? (struct str){0} : schema->span,
        .strict = field_flag(cx, place, object, "strict"),
        .cache_control = field_span(object, "cache_control"),
    };
}

static bool is_custom_tool(struct str type)
{
    return type.len == 0 || str_eq(type, STR("custom"));
}

/* Of Anthropic's making, with dated types and no counterpart elsewhere, but run by the caller. */
static bool is_callers_tool(struct str type)
{
    static const struct str kinds[] = {STR_INIT("bash_"), STR_INIT("text_editor_"),
                                       STR_INIT("computer_"), STR_INIT("memory_")};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_has_prefix(type, kinds[i])) {
            return true;
        }
    }
    return false;
}

static void name_add(struct buf *names, struct str name)
{
    buf_add(names, names->len > 0 ? STR(", ") : STR(""));
    buf_add(names, name);
}

static void tools_read(struct ctx *cx, const struct json *root, struct llm_chat *chat,
                       struct buf *untranslated)
{
    const struct json *list = field_array(cx, NULL, root, "tools", false);
    size_t i = 0;
    bool has_others = false;
    if (list == NULL || list->count == 0) {
        return;
    }
    struct llm_tool *tools = ARENA_ARRAY(cx->arena, struct llm_tool, list->count);
    JSON_EACH (item, list) {
        const struct place *place = PLACE_ELEMENT(PLACE_MEMBER(NULL, "tools"), i++);
        struct str type = json_find_str(item, STR("type"));
        if (is_custom_tool(type)) {
            tool_read(cx, place, item, &tools[chat->tool_count++]);
        } else if (is_callers_tool(type)) {
            has_others = true;
        } else { /* billed by prices of its own, over as many turns as it likes */
            place_fault(cx, PLACE_MEMBER(place, "type"), "no tool is run by a provider here");
        }
    }
    chat->tools = tools;
    if (has_others) {
        name_add(untranslated, STR("anthropic_tools"));
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
    const struct json *choice = field_object(cx, NULL, root, "tool_choice", false);
    const struct place *place = PLACE_MEMBER(NULL, "tool_choice");
    if (choice == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(types[i].type, json_find_str(choice, STR("type")))) {
            chat->tool_choice = types[i].choice;
        }
    }
    if (chat->tool_choice == LLM_TOOLS_UNSET) {
        place_fault(cx, PLACE_MEMBER(place, "type"), "must be auto, any, tool or none");
    }
    chat->tool_name = field_text(cx, place, choice, "name", chat->tool_choice == LLM_TOOLS_ONE);
    chat->no_parallel_tools = field_flag(cx, place, choice, "disable_parallel_tool_use");
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* As written, for a provider to judge: each has limits of its own. */
static struct str number_of(struct ctx *cx, const struct json *root, const char *name)
{
    const struct json *value = field_find(root, name);
    struct str number = {0};
    if (value != NULL) {
        (void)field_number(cx, PLACE_MEMBER(NULL, name), value, -MAX_PARAMETER, MAX_PARAMETER,
                           &number);
    }
    return number;
}

static void max_tokens_read(struct ctx *cx, const struct json *root, bool counts,
                            struct llm_chat *chat)
{
    const struct json *value =
        counts ? field_find(root, "max_tokens") : field_get(cx, NULL, root, "max_tokens");
    chat->max_tokens = -1;
    if (value != NULL &&
        !field_i64(cx, PLACE_MEMBER(NULL, "max_tokens"), value, 0, MAX_TOKENS, &chat->max_tokens)) {
        chat->max_tokens = -1;
    }
}

static void stops_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *list = field_array(cx, NULL, root, "stop_sequences", false);
    if (list == NULL || list->count == 0) {
        return;
    }
    struct str *stops = ARENA_ARRAY(cx->arena, struct str, list->count);
    JSON_EACH (item, list) {
        if (item->type != JSON_STRING) {
            place_fault(cx, PLACE_ELEMENT(PLACE_MEMBER(NULL, "stop_sequences"), chat->stop_count),
                        "must be a string");
        }
        stops[chat->stop_count++] = item->type == JSON_STRING ? item->text : (struct str){0};
    }
    chat->stops = stops;
}

static void thinking_budget_read(struct ctx *cx, const struct json *root, struct llm_chat *chat,
                                 struct buf *untranslated)
{
    const struct json *thinking = field_object(cx, NULL, root, "thinking", false);
    const struct json *budget = field_find(thinking, "budget_tokens");
    struct str type = json_find_str(thinking, STR("type"));
    chat->thinking_budget = -1;
    if (thinking == NULL || str_eq(type, STR("disabled"))) {
        return;
    }
    if (budget == NULL) {
        name_add(untranslated, STR("thinking")); /* adaptive, and what is still to come */
    } else if (!field_i64(cx, PLACE_MEMBER(PLACE_MEMBER(NULL, "thinking"), "budget_tokens"), budget,
                          0, MAX_TOKENS, &chat->thinking_budget)) {
        chat->thinking_budget = -1;
    }
}

static void output_config_read(struct ctx *cx, const struct json *root, struct llm_chat *chat)
{
    const struct json *config = field_object(cx, NULL, root, "output_config", false);
    const struct place *place = PLACE_MEMBER(NULL, "output_config");
    const struct json *format = field_object(cx, place, config, "format", false);
    chat->effort = field_text(cx, place, config, "effort", false);
    if (format == NULL) {
        return;
    }
    const struct json *schema =
        field_object(cx, PLACE_MEMBER(place, "format"), format, "schema", true);
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
    const struct json *metadata = field_object(cx, NULL, root, "metadata", false);
    unpriced_refuse(cx, root);
    chat->model = field_text(cx, NULL, root, "model", true);
    chat->user = field_text(cx, PLACE_MEMBER(NULL, "metadata"), metadata, "user_id", false);
    chat->stream = field_flag(cx, NULL, root, "stream");
    chat->stream_usage = true;
    chat->temperature = number_of(cx, root, "temperature");
    chat->top_p = number_of(cx, root, "top_p");
    chat->top_k = number_of(cx, root, "top_k");
    max_tokens_read(cx, root, counts, chat);
    anthropic_messages_read(cx, root, chat);
    tools_read(cx, root, chat, &untranslated);
    tool_choice_read(cx, root, chat);
    stops_read(cx, root, chat);
    thinking_budget_read(cx, root, chat, &untranslated);
    output_config_read(cx, root, chat);
    untranslated_read(root, &untranslated);
    chat->untranslated = buf_str(&untranslated);
    return fields_status(cx);
}
