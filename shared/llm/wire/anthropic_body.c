#include "shared/llm/wire/anthropic_body.h"

#include "shared/llm/wire/chat_check.h"
#include "shared/llm/wire/dropped.h"

/* ---- parts ----------------------------------------------------------------------------------- */

static void member_unless_empty(struct json_writer *w, const char *key, struct str value)
{
    if (value.len > 0) {
        json_member_str(w, key, value);
    }
}

static void raw_unless_empty(struct json_writer *w, const char *key, struct str json)
{
    if (json.len > 0) {
        json_member_raw(w, key, json);
    }
}

/* Of an image or a document. */
static void source_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_object(w, "source");
    if (part->url.len > 0) {
        json_member_cstr(w, "type", "url");
        json_member_str(w, "url", part->url);
    } else if (part->data.len > 0) {
        json_member_cstr(w, "type", "base64");
        json_member_str(w, "media_type", part->media_type);
        json_member_str(w, "data", part->data);
    } else {
        json_member_cstr(w, "type", "text");
        json_member_cstr(w, "media_type", "text/plain");
        json_member_str(w, "data", part->text);
    }
    json_object_end(w);
}

static void text_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_cstr(w, "type", "text");
    json_member_str(w, "text", part->text);
}

static void media_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_cstr(w, "type", part->kind == LLM_PART_IMAGE ? "image" : "document");
    source_write(w, part);
    if (part->kind == LLM_PART_DOCUMENT) {
        member_unless_empty(w, "title", part->name);
    }
}

static void thinking_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_cstr(w, "type", "thinking");
    json_member_str(w, "thinking", part->text);
    json_member_str(w, "signature", part->signature);
}

static void tool_call_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_cstr(w, "type", "tool_use");
    json_member_str(w, "id", part->id);
    json_member_str(w, "name", part->name);
    json_member_raw(w, "input", part->json.len > 0 ? part->json : STR("{}"));
}

/* What a tool's result is made of: texts, images and documents. */
static void result_part_write(struct json_writer *w, const struct llm_part *part)
{
    json_object_begin(w);
    if (part->kind == LLM_PART_IMAGE || part->kind == LLM_PART_DOCUMENT) {
        media_write(w, part);
    } else {
        text_write(w, part);
    }
    raw_unless_empty(w, "cache_control", part->cache_control);
    json_object_end(w);
}

static void tool_result_write(struct json_writer *w, const struct llm_part *part)
{
    json_member_cstr(w, "type", "tool_result");
    json_member_str(w, "tool_use_id", part->id);
    json_member_array(w, "content");
    for (size_t i = 0; i < part->part_count; i++) {
        if (chat_part_has_content(&part->parts[i])) {
            result_part_write(w, &part->parts[i]);
        }
    }
    json_array_end(w);
    if (part->is_error) {
        json_member_bool(w, "is_error", true);
    }
}

static void part_members_write(struct json_writer *w, const struct llm_part *part)
{
    switch (part->kind) {
    case LLM_PART_TEXT:
    case LLM_PART_REFUSAL:
        text_write(w, part);
        break;
    case LLM_PART_THINKING:
        thinking_write(w, part);
        break;
    case LLM_PART_IMAGE:
    case LLM_PART_DOCUMENT:
        media_write(w, part);
        break;
    case LLM_PART_TOOL_CALL:
        tool_call_write(w, part);
        break;
    case LLM_PART_TOOL_RESULT:
        tool_result_write(w, part);
        break;
    case LLM_PART_REDACTED:
    case LLM_PART_OTHER:
        break; /* written whole, in part_write */
    }
}

static void part_write(struct json_writer *w, const struct llm_part *part)
{
    if (part->kind == LLM_PART_REDACTED || part->kind == LLM_PART_OTHER) {
        json_raw(w, part->json);
        return;
    }
    json_object_begin(w);
    part_members_write(w, part);
    raw_unless_empty(w, "cache_control", part->cache_control);
    json_object_end(w);
}

/* ---- turns ----------------------------------------------------------------------------------- */

static bool message_has_content(const struct llm_message *message)
{
    for (size_t i = 0; i < message->part_count; i++) {
        if (chat_part_has_content(&message->parts[i])) {
            return true;
        }
    }
    return false;
}

static void parts_write(struct json_writer *w, const struct llm_message *message)
{
    for (size_t i = 0; i < message->part_count; i++) {
        if (chat_part_has_content(&message->parts[i])) {
            part_write(w, &message->parts[i]);
        }
    }
}

static void system_write(struct json_writer *w, const struct llm_chat *chat)
{
    bool has_system = false;
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        if (message->role == LLM_SYSTEM && message_has_content(message)) {
            if (!has_system) {
                json_member_array(w, "system");
            }
            has_system = true;
            parts_write(w, message);
        }
    }
    if (has_system) {
        json_array_end(w);
    }
}

static bool is_turn(const struct llm_message *message)
{
    return message->role != LLM_SYSTEM && message_has_content(message);
}

/* Results that stand in messages of their own (OpenAI's) are one turn here: all calls of a turn
 * are answered in the next one. */
static bool goes_on(const struct llm_message *before, const struct llm_message *message)
{
    return before != NULL && before->role == LLM_TOOL && message->role == LLM_TOOL;
}

static void turn_begin(struct json_writer *w, const struct llm_message *message)
{
    json_object_begin(w);
    json_member_cstr(w, "role", message->role == LLM_ASSISTANT ? "assistant" : "user");
    json_member_array(w, "content");
}

static void turn_end(struct json_writer *w)
{
    json_array_end(w);
    json_object_end(w);
}

static void messages_write(struct json_writer *w, const struct llm_chat *chat)
{
    const struct llm_message *before = NULL;
    json_member_array(w, "messages");
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        if (!is_turn(message)) {
            continue;
        }
        if (before != NULL && !goes_on(before, message)) {
            turn_end(w);
        }
        if (!goes_on(before, message)) {
            turn_begin(w, message);
        }
        parts_write(w, message);
        before = message;
    }
    if (before != NULL) {
        turn_end(w);
    }
    json_array_end(w);
}

/* ---- tools ----------------------------------------------------------------------------------- */

static void tool_write(struct json_writer *w, const struct llm_tool *tool)
{
    json_object_begin(w);
    json_member_str(w, "name", tool->name);
    member_unless_empty(w, "description", tool->description);
    json_member_raw(w, "input_schema", chat_tool_schema(tool));
    if (tool->strict) {
        json_member_bool(w, "strict", true);
    }
    raw_unless_empty(w, "cache_control", tool->cache_control);
    json_object_end(w);
}

static void tool_choice_write(struct json_writer *w, const struct llm_chat *chat)
{
    static const char *const types[] = {
        [LLM_TOOLS_UNSET] = "auto", [LLM_TOOLS_AUTO] = "auto", [LLM_TOOLS_NONE] = "none",
        [LLM_TOOLS_ANY] = "any",    [LLM_TOOLS_ONE] = "tool",
    };
    if (chat->tool_choice == LLM_TOOLS_UNSET && !chat->no_parallel_tools) {
        return;
    }
    json_member_object(w, "tool_choice");
    json_member_cstr(w, "type", types[chat->tool_choice]);
    if (chat->tool_choice == LLM_TOOLS_ONE) {
        json_member_str(w, "name", chat->tool_name);
    }
    if (chat->no_parallel_tools && chat->tool_choice != LLM_TOOLS_NONE) {
        json_member_bool(w, "disable_parallel_tool_use", true);
    }
    json_object_end(w);
}

static void tools_write(struct json_writer *w, const struct llm_chat *chat)
{
    if (chat->tool_count == 0) {
        return;
    }
    json_member_array(w, "tools");
    for (size_t i = 0; i < chat->tool_count; i++) {
        tool_write(w, &chat->tools[i]);
    }
    json_array_end(w);
    tool_choice_write(w, chat);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool accepts(const struct anthropic_asking *asking, enum llm_accepts what)
{
    return llm_model_accepts(asking->target->model, asking->version, what);
}

static void sampling_write(struct json_writer *w, const struct anthropic_asking *asking,
                           struct buf *dropped)
{
    const struct llm_chat *chat = asking->request->chat;
    const struct {
        const char *key;
        struct str number;
        enum llm_accepts what;
    } numbers[] = {
        {"temperature", chat->temperature, LLM_ACCEPTS_TEMPERATURE},
        {"top_p", chat->top_p, LLM_ACCEPTS_TOP_P},
        {"top_k", chat->top_k, LLM_ACCEPTS_TOP_K},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        raw_unless_empty(w, numbers[i].key,
                         dropped_unless(dropped, accepts(asking, numbers[i].what),
                                        str_from_cstr(numbers[i].key), numbers[i].number));
    }
}

static void stops_write(struct json_writer *w, const struct anthropic_asking *asking,
                        struct buf *dropped)
{
    const struct llm_chat *chat = asking->request->chat;
    if (chat->stop_count == 0) {
        return;
    }
    if (!accepts(asking, LLM_ACCEPTS_STOP)) {
        dropped_add(dropped, STR("stop"));
        return;
    }
    json_member_array(w, "stop_sequences");
    for (size_t i = 0; i < chat->stop_count; i++) {
        json_str(w, chat->stops[i]);
    }
    json_array_end(w);
}

/* OpenAI's words of effort that Anthropic has none for. */
static struct str effort_word(struct str effort)
{
    if (str_eq(effort, STR("minimal"))) {
        return STR("low");
    }
    return str_eq(effort, STR("none")) ? STR("") : effort;
}

static void output_config_write(struct json_writer *w, const struct anthropic_asking *asking,
                                struct buf *dropped)
{
    const struct llm_chat *chat = asking->request->chat;
    struct str effort = dropped_unless(dropped, accepts(asking, LLM_ACCEPTS_EFFORT),
                                       STR("reasoning_effort"), effort_word(chat->effort));
    bool has_schema = chat->format == LLM_FORMAT_SCHEMA && accepts(asking, LLM_ACCEPTS_SCHEMA);
    if (chat->format != LLM_FORMAT_TEXT && !has_schema) {
        dropped_add(dropped, STR("response_format"));
    }
    if (!has_schema && effort.len == 0) {
        return;
    }
    json_member_object(w, "output_config");
    member_unless_empty(w, "effort", effort);
    if (has_schema) {
        json_member_object(w, "format");
        json_member_cstr(w, "type", "json_schema");
        json_member_raw(w, "schema", chat->schema);
        json_object_end(w);
    }
    json_object_end(w);
}

/* A budget has a least, and leaves room for the answer. */
static void thinking_write_budget(struct json_writer *w, const struct anthropic_asking *asking,
                                  int64_t max_tokens, struct buf *dropped)
{
    int64_t budget = chat_thinking_budget(asking->request->chat);
    if (budget <= 0) {
        return;
    }
    if (!accepts(asking, LLM_ACCEPTS_THINKING) || budget >= max_tokens) {
        dropped_add(dropped, STR("thinking"));
        return;
    }
    json_member_object(w, "thinking");
    json_member_cstr(w, "type", "enabled");
    json_member_i64(w, "budget_tokens", budget);
    json_object_end(w);
}

enum status anthropic_body(struct ctx *cx, const struct anthropic_asking *asking,
                           struct buf *dropped, struct str *body)
{
    const struct llm_chat *chat = asking->request->chat;
    struct buf out = buf_in(cx->arena, ANTHROPIC_MAX_BODY_BYTES);
    struct json_writer w = json_writer_on(&out);
    int64_t max_tokens = chat_max_tokens(asking->request, asking->target->model);
    TRY(chat_check(cx, chat, asking->target->model, asking->version, false));
    dropped_add(dropped, chat->untranslated);
    json_object_begin(&w);
    json_member_str(&w, "model", asking->target->model->id);
    json_member_i64(&w, "max_tokens", max_tokens);
    system_write(&w, chat);
    messages_write(&w, chat);
    tools_write(&w, chat);
    sampling_write(&w, asking, dropped);
    stops_write(&w, asking, dropped);
    output_config_write(&w, asking, dropped);
    thinking_write_budget(&w, asking, max_tokens, dropped);
    if (chat->user.len > 0) {
        json_member_object(&w, "metadata");
        json_member_str(&w, "user_id", chat->user);
        json_object_end(&w);
    }
    if (asking->is_stream) {
        json_member_bool(&w, "stream", true);
    }
    json_object_end(&w);
    *body = buf_str(&out);
    return out.full ? fail_public(cx, ERR_TOO_LARGE, "The request is too large for the model") : OK;
}
