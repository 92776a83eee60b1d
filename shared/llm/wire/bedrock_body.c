#include "shared/llm/wire/bedrock_body.h"

#include "shared/llm/wire/chat_check.h"
#include "shared/llm/wire/dropped.h"

/* A body under way. A failure found while writing is kept until the end, as a buf's is. */
struct body {
    struct ctx *cx;
    struct json_writer w;
    const struct llm_model *model;
    const struct llm_request *request;
    struct buf *dropped;
    unsigned document_count;
    enum status status;
};

static const struct {
    struct str media_type;
    const char *format;
    bool is_image;
} formats[] = {
    {STR_INIT("image/png"), "png", true},        {STR_INIT("image/jpeg"), "jpeg", true},
    {STR_INIT("image/gif"), "gif", true},        {STR_INIT("image/webp"), "webp", true},
    {STR_INIT("application/pdf"), "pdf", false}, {STR_INIT("text/csv"), "csv", false},
    {STR_INIT("text/html"), "html", false},      {STR_INIT("text/plain"), "txt", false},
    {STR_INIT("text/markdown"), "md", false},
};

static bool accepts(const struct body *b, enum llm_accepts what)
{
    return llm_model_accepts(b->model, STR(""), what);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void refuse(struct body *b, const char *what)
{
    if (b->status == OK) {
        b->status = fail_public(b->cx, ERR_INVALID, STR_FMT " does not take %s",
                                STR_ARG(b->model->id), what);
    }
}

static const char *format_of(struct body *b, const struct llm_part *part)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (formats[i].is_image == (part->kind == LLM_PART_IMAGE) &&
            str_eq_nocase(formats[i].media_type, part->media_type)) {
            return formats[i].format;
        }
    }
    refuse(b, "images or documents of this media type");
    return "";
}

static void text_write(struct body *b, const struct llm_part *part)
{
    json_member_str(&b->w, "text", part->text);
}

static void image_write(struct body *b, const struct llm_part *part)
{
    if (part->url.len > 0) {
        refuse(b, "images by address, only their bytes");
    }
    json_member_object(&b->w, "image");
    json_member_cstr(&b->w, "format", part->url.len > 0 ? "" : format_of(b, part));
    json_member_object(&b->w, "source");
    json_member_str(&b->w, "bytes", part->data);
    json_object_end(&b->w);
    json_object_end(&b->w);
}

/* A name is required and the model reads it, so it is a neutral one, as AWS advises. */
static void document_write(struct body *b, const struct llm_part *part)
{
    bool is_text = part->data.len == 0 && part->url.len == 0;
    if (part->url.len > 0) {
        refuse(b, "documents by address, only their bytes");
    }
    json_member_object(&b->w, "document");
    json_member_cstr(&b->w, "format", is_text || part->url.len > 0 ? "txt" : format_of(b, part));
    json_member_str(&b->w, "name", arena_format(b->cx->arena, "document %u", ++b->document_count));
    json_member_object(&b->w, "source");
    json_member_str(&b->w, is_text ? "text" : "bytes", is_text ? part->text : part->data);
    json_object_end(&b->w);
    json_object_end(&b->w);
}

static void thinking_write(struct body *b, const struct llm_part *part)
{
    json_member_object(&b->w, "reasoningContent");
    json_member_object(&b->w, "reasoningText");
    json_member_str(&b->w, "text", part->text);
    json_member_str(&b->w, "signature", part->signature);
    json_object_end(&b->w);
    json_object_end(&b->w);
}

static void tool_call_write(struct body *b, const struct llm_part *part)
{
    json_member_object(&b->w, "toolUse");
    json_member_str(&b->w, "toolUseId", part->id);
    json_member_str(&b->w, "name", part->name);
    json_member_raw(&b->w, "input", part->json.len > 0 ? part->json : STR("{}"));
    json_object_end(&b->w);
}

static void result_part_write(struct body *b, const struct llm_part *part)
{
    json_object_begin(&b->w);
    if (part->kind == LLM_PART_IMAGE) {
        image_write(b, part);
    } else if (part->kind == LLM_PART_DOCUMENT) {
        document_write(b, part);
    } else {
        text_write(b, part);
    }
    json_object_end(&b->w);
}

static void tool_result_write(struct body *b, const struct llm_part *part)
{
    json_member_object(&b->w, "toolResult");
    json_member_str(&b->w, "toolUseId", part->id);
    json_member_array(&b->w, "content");
    for (size_t i = 0; i < part->part_count; i++) {
        if (chat_part_has_content(&part->parts[i])) {
            result_part_write(b, &part->parts[i]);
        }
    }
    json_array_end(&b->w);
    if (part->is_error) {
        json_member_cstr(&b->w, "status", "error");
    }
    json_object_end(&b->w);
}

/* What was hidden by one provider is of no use to another. */
static bool is_written(const struct llm_part *part)
{
    return chat_part_has_content(part) && part->kind != LLM_PART_REDACTED &&
           part->kind != LLM_PART_OTHER;
}

static void cache_point_write(struct body *b, struct str cache_control)
{
    if (cache_control.len == 0) {
        return;
    }
    json_object_begin(&b->w);
    json_member_object(&b->w, "cachePoint");
    json_member_cstr(&b->w, "type", "default");
    if (str_find(cache_control, STR("\"1h\"")) != SIZE_MAX) {
        json_member_cstr(&b->w, "ttl", "1h");
    }
    json_object_end(&b->w);
    json_object_end(&b->w);
}

static void part_write(struct body *b, const struct llm_part *part)
{
    static void (*const writers[])(struct body * b, const struct llm_part *part) = {
        [LLM_PART_TEXT] = text_write,
        [LLM_PART_REFUSAL] = text_write,
        [LLM_PART_THINKING] = thinking_write,
        [LLM_PART_IMAGE] = image_write,
        [LLM_PART_DOCUMENT] = document_write,
        [LLM_PART_TOOL_CALL] = tool_call_write,
        [LLM_PART_TOOL_RESULT] = tool_result_write,
    };
    json_object_begin(&b->w);
    writers[part->kind](b, part);
    json_object_end(&b->w);
    cache_point_write(b, part->cache_control);
}

/* ---- turns ----------------------------------------------------------------------------------- */

/* Texts of all system turns, wherever they stood. */
static void system_write(struct body *b)
{
    const struct llm_chat *chat = b->request->chat;
    bool is_open = false;
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        for (size_t k = 0; k < message->part_count && message->role == LLM_SYSTEM; k++) {
            if (message->parts[k].kind != LLM_PART_TEXT || message->parts[k].text.len == 0) {
                continue;
            }
            if (!is_open) {
                json_member_array(&b->w, "system");
            }
            is_open = true;
            part_write(b, &message->parts[k]);
        }
    }
    if (is_open) {
        json_array_end(&b->w);
    }
}

static void turn_begin(struct body *b, const char *role)
{
    json_object_begin(&b->w);
    json_member_cstr(&b->w, "role", role);
    json_member_array(&b->w, "content");
}

static void turn_end(struct body *b, const char *role)
{
    if (role != NULL) {
        json_array_end(&b->w);
        json_object_end(&b->w);
    }
}

static void messages_write(struct body *b)
{
    static const char *const roles[] = {
        [LLM_USER] = "user", [LLM_TOOL] = "user", [LLM_ASSISTANT] = "assistant"};
    const struct llm_chat *chat = b->request->chat;
    const char *open = NULL; /* whose turn is being written */
    json_member_array(&b->w, "messages");
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        for (size_t k = 0; k < message->part_count && message->role != LLM_SYSTEM; k++) {
            if (!is_written(&message->parts[k])) {
                continue;
            }
            const char *role = roles[message->role];
            if (open == NULL || strcmp(open, role) != 0) {
                turn_end(b, open);
                turn_begin(b, role);
                open = role;
            }
            part_write(b, &message->parts[k]);
        }
    }
    turn_end(b, open);
    json_array_end(&b->w);
}

/* ---- tools ----------------------------------------------------------------------------------- */

static bool has_tool_blocks(const struct llm_chat *chat)
{
    for (size_t i = 0; i < chat->message_count; i++) {
        for (size_t k = 0; k < chat->messages[i].part_count; k++) {
            enum llm_part_kind kind = chat->messages[i].parts[k].kind;
            if (kind == LLM_PART_TOOL_CALL || kind == LLM_PART_TOOL_RESULT) {
                return true;
            }
        }
    }
    return false;
}

static void tool_write(struct body *b, const struct llm_tool *tool)
{
    json_object_begin(&b->w);
    json_member_object(&b->w, "toolSpec");
    json_member_str(&b->w, "name", tool->name);
    if (tool->description.len > 0) {
        json_member_str(&b->w, "description", tool->description);
    }
    json_member_object(&b->w, "inputSchema");
    json_member_raw(&b->w, "json", chat_tool_schema(tool));
    json_object_end(&b->w);
    if (tool->strict) {
        json_member_bool(&b->w, "strict", true);
    }
    json_object_end(&b->w);
    json_object_end(&b->w);
    cache_point_write(b, tool->cache_control);
}

static void tool_choice_write(struct body *b)
{
    const struct llm_chat *chat = b->request->chat;
    static const char *const words[] = {
        [LLM_TOOLS_AUTO] = "auto", [LLM_TOOLS_ANY] = "any", [LLM_TOOLS_ONE] = "tool"};
    if (chat->tool_choice == LLM_TOOLS_NONE) {
        dropped_add(b->dropped, STR("tool_choice"));
    }
    if (chat->tool_choice == LLM_TOOLS_NONE || chat->tool_choice == LLM_TOOLS_UNSET) {
        return;
    }
    json_member_object(&b->w, "toolChoice");
    json_member_object(&b->w, words[chat->tool_choice]);
    if (chat->tool_choice == LLM_TOOLS_ONE) {
        json_member_str(&b->w, "name", chat->tool_name);
    }
    json_object_end(&b->w);
    json_object_end(&b->w);
}

static void tools_write(struct body *b)
{
    const struct llm_chat *chat = b->request->chat;
    bool is_wanted = chat->tool_choice != LLM_TOOLS_NONE || has_tool_blocks(chat);
    if (chat->tool_count == 0 || !is_wanted) {
        return;
    }
    json_member_object(&b->w, "toolConfig");
    json_member_array(&b->w, "tools");
    for (size_t i = 0; i < chat->tool_count; i++) {
        tool_write(b, &chat->tools[i]);
    }
    json_array_end(&b->w);
    tool_choice_write(b);
    json_object_end(&b->w);
    if (chat->no_parallel_tools) {
        dropped_add(b->dropped, STR("parallel_tool_calls"));
    }
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void raw_unless_empty(struct body *b, const char *key, struct str json)
{
    if (json.len > 0) {
        json_member_raw(&b->w, key, json);
    }
}

static void stops_write(struct body *b)
{
    const struct llm_chat *chat = b->request->chat;
    if (chat->stop_count == 0) {
        return;
    }
    if (!accepts(b, LLM_ACCEPTS_STOP)) {
        dropped_add(b->dropped, STR("stop"));
        return;
    }
    json_member_array(&b->w, "stopSequences");
    for (size_t i = 0; i < chat->stop_count; i++) {
        json_str(&b->w, chat->stops[i]);
    }
    json_array_end(&b->w);
}

static void inference_write(struct body *b, int64_t max_tokens)
{
    const struct llm_chat *chat = b->request->chat;
    json_member_object(&b->w, "inferenceConfig");
    json_member_i64(&b->w, "maxTokens", max_tokens);
    raw_unless_empty(b, "temperature",
                     dropped_unless(b->dropped, accepts(b, LLM_ACCEPTS_TEMPERATURE),
                                    STR("temperature"), chat->temperature));
    raw_unless_empty(
        b, "topP",
        dropped_unless(b->dropped, accepts(b, LLM_ACCEPTS_TOP_P), STR("top_p"), chat->top_p));
    stops_write(b);
    json_object_end(&b->w);
}

/* What Converse has no member for, in the model's own protocol. */
static void extras_write(struct body *b, int64_t max_tokens)
{
    const struct llm_chat *chat = b->request->chat;
    struct str top_k =
        dropped_unless(b->dropped, accepts(b, LLM_ACCEPTS_TOP_K), STR("top_k"), chat->top_k);
    int64_t budget = chat_thinking_budget(chat);
    bool thinks = budget > 0 && accepts(b, LLM_ACCEPTS_THINKING) && budget < max_tokens;
    dropped_add(b->dropped, budget > 0 && !thinks ? STR("thinking") : STR(""));
    dropped_add(b->dropped, chat->effort.len > 0 ? STR("reasoning_effort") : STR(""));
    if (top_k.len == 0 && !thinks) {
        return;
    }
    json_member_object(&b->w, "additionalModelRequestFields");
    raw_unless_empty(b, "top_k", top_k);
    if (thinks) {
        json_member_object(&b->w, "thinking");
        json_member_cstr(&b->w, "type", "enabled");
        json_member_i64(&b->w, "budget_tokens", budget);
        json_object_end(&b->w);
    }
    json_object_end(&b->w);
}

/* The schema travels as text. */
static void format_write(struct body *b)
{
    const struct llm_chat *chat = b->request->chat;
    bool has_schema = chat->format == LLM_FORMAT_SCHEMA && accepts(b, LLM_ACCEPTS_SCHEMA);
    if (!has_schema) {
        dropped_add(b->dropped, chat->format == LLM_FORMAT_TEXT ? STR("") : STR("response_format"));
        return;
    }
    json_member_object(&b->w, "outputConfig");
    json_member_object(&b->w, "textFormat");
    json_member_cstr(&b->w, "type", "json_schema");
    json_member_object(&b->w, "structure");
    json_member_object(&b->w, "jsonSchema");
    json_member_str(&b->w, "schema", chat->schema);
    if (chat->schema_name.len > 0) {
        json_member_str(&b->w, "name", chat->schema_name);
    }
    json_object_end(&b->w);
    json_object_end(&b->w);
    json_object_end(&b->w);
    json_object_end(&b->w);
}

enum status bedrock_body(struct ctx *cx, const struct llm_target *target,
                         const struct llm_request *request, struct buf *dropped, struct str *body)
{
    struct buf out = buf_in(cx->arena, BEDROCK_MAX_BODY_BYTES);
    struct body b = {
        .cx = cx,
        .w = json_writer_on(&out),
        .model = target->model,
        .request = request,
        .dropped = dropped,
    };
    int64_t max_tokens = chat_max_tokens(request, target->model);
    TRY(chat_check(cx, request->chat, target->model, STR(""), false));
    dropped_add(dropped, request->chat->untranslated);
    json_object_begin(&b.w);
    system_write(&b);
    messages_write(&b);
    inference_write(&b, max_tokens);
    tools_write(&b);
    format_write(&b);
    extras_write(&b, max_tokens);
    json_object_end(&b.w);
    TRY(b.status);
    *body = buf_str(&out);
    return out.full ? fail_public(cx, ERR_TOO_LARGE, "The request is too large for the model") : OK;
}
