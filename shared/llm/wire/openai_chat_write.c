#include "shared/llm/wire/chat_check.h"
#include "shared/llm/wire/openai.h"

static bool takes(const struct llm_target *target, enum llm_accepts what)
{
    return (target->model->accepts & (unsigned)what) != 0;
}

/* ---- tools ----------------------------------------------------------------------------------- */

static void tool_write(struct json_writer *w, const struct llm_tool *tool)
{
    json_object_begin(w);
    json_member_cstr(w, "type", "function");
    json_member_object(w, "function");
    json_member_str(w, "name", tool->name);
    if (tool->description.len > 0) {
        json_member_str(w, "description", tool->description);
    }
    /* To OpenAI none means no parameters; other servers want it said. */
    json_member_raw(w, "parameters", chat_tool_schema(tool));
    if (tool->strict) {
        json_member_bool(w, "strict", true);
    }
    json_object_end(w);
    json_object_end(w);
}

static void choice_write(struct json_writer *w, const struct llm_chat *chat)
{
    static const char *const words[] = {
        [LLM_TOOLS_AUTO] = "auto", [LLM_TOOLS_NONE] = "none", [LLM_TOOLS_ANY] = "required"};
    if (chat->tool_choice == LLM_TOOLS_UNSET) {
        return;
    }
    if (chat->tool_choice != LLM_TOOLS_ONE) {
        json_member_cstr(w, "tool_choice", words[chat->tool_choice]);
        return;
    }
    json_member_object(w, "tool_choice");
    json_member_cstr(w, "type", "function");
    json_member_object(w, "function");
    json_member_str(w, "name", chat->tool_name);
    json_object_end(w);
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
    choice_write(w, chat);
    if (chat->no_parallel_tools) {
        json_member_bool(w, "parallel_tool_calls", false);
    }
}

/* ---- the form of the answer ------------------------------------------------------------------ */

static void format_write(struct json_writer *w, const struct llm_chat *chat)
{
    if (chat->format == LLM_FORMAT_TEXT) {
        return;
    }
    bool has_schema = chat->format == LLM_FORMAT_SCHEMA;
    json_member_object(w, "response_format");
    json_member_cstr(w, "type", has_schema ? "json_schema" : "json_object");
    if (has_schema) {
        json_member_object(w, "json_schema");
        json_member_str(w, "name", chat->schema_name.len > 0 ? chat->schema_name : STR("answer"));
        json_member_raw(w, "schema", chat->schema);
        json_member_bool(w, "strict", chat->schema_is_strict);
        json_object_end(w);
    }
    json_object_end(w);
}

/* More than four are refused: the others are told as left out. */
static void stops_write(struct json_writer *w, const struct llm_target *target,
                        const struct llm_chat *chat, struct buf *dropped)
{
    enum { MAX_STOPS = 4 };
    bool is_taken = takes(target, LLM_ACCEPTS_STOP);
    if (chat->stop_count > 0 && (!is_taken || chat->stop_count > MAX_STOPS)) {
        dropped_add(dropped, STR("stop"));
    }
    if (chat->stop_count == 0 || !is_taken) {
        return;
    }
    json_member_array(w, "stop");
    for (size_t i = 0; i < chat->stop_count && i < MAX_STOPS; i++) {
        json_str(w, chat->stops[i]);
    }
    json_array_end(w);
}

/* ---- sampling -------------------------------------------------------------------------------- */

static void member_write(struct json_writer *w, struct str name, struct str number)
{
    if (number.len > 0) {
        json_key(w, name);
        json_raw(w, number);
    }
}

static void sampling_write(struct json_writer *w, const struct llm_target *target,
                           const struct llm_chat *chat, struct buf *dropped)
{
    static const struct str temperature = STR_INIT("temperature"), top_p = STR_INIT("top_p");
    member_write(w, temperature,
                 dropped_unless(dropped, takes(target, LLM_ACCEPTS_TEMPERATURE), temperature,
                                chat->temperature));
    member_write(w, top_p,
                 dropped_unless(dropped, takes(target, LLM_ACCEPTS_TOP_P), top_p, chat->top_p));
    (void)dropped_unless(dropped, false, STR("top_k"), chat->top_k);
    stops_write(w, target, chat, dropped);
}

static bool has_thoughts(const struct llm_chat *chat)
{
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        for (size_t p = 0; p < message->part_count; p++) {
            enum llm_part_kind kind = message->parts[p].kind;
            if (kind == LLM_PART_THINKING || kind == LLM_PART_REDACTED) {
                return true;
            }
        }
    }
    return false;
}

/* A budget of thought in tokens has no word here; an effort has, where the model thinks at all. */
static void effort_write(struct json_writer *w, const struct llm_target *target,
                         const struct llm_chat *chat, struct buf *dropped)
{
    bool thinks = takes(target, LLM_ACCEPTS_EFFORT) || takes(target, LLM_ACCEPTS_THINKING);
    if (chat->effort.len > 0 && thinks) {
        json_member_str(w, "reasoning_effort", chat->effort);
    } else if (chat->effort.len > 0) {
        dropped_add(dropped, STR("reasoning_effort"));
    }
    if (chat->thinking_budget >= 0 || has_thoughts(chat)) {
        dropped_add(dropped, STR("thinking"));
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void stream_write(struct json_writer *w)
{
    json_member_bool(w, "stream", true);
    json_member_object(w, "stream_options");
    json_member_bool(w, "include_usage", true);
    json_object_end(w);
}

struct str openai_cap_member(const struct llm_target *target)
{
    return takes(target, LLM_ACCEPTS_MAX_TOKENS) ? STR("max_tokens") : STR("max_completion_tokens");
}

static void limits_write(struct json_writer *w, const struct llm_target *target,
                         const struct llm_request *request)
{
    int64_t cap = llm_request_output_tokens(request);
    if (cap > 0) {
        json_key(w, openai_cap_member(target));
        json_i64(w, cap);
    }
}

enum status openai_chat_write(struct ctx *cx, const struct llm_target *target,
                              const struct llm_request *request, struct str *body,
                              struct buf *dropped)
{
    const struct llm_chat *chat = request->chat;
    struct buf buf = buf_in(cx->arena, SIZE_MAX);
    TRY(chat_check(cx, chat, target->model, STR(""), false));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_str(&w, "model", target->model->id);
    json_key(&w, STR("messages"));
    TRY(openai_messages_write(cx, &w, chat));
    limits_write(&w, target, request);
    sampling_write(&w, target, chat, dropped);
    tools_write(&w, chat);
    format_write(&w, chat);
    effort_write(&w, target, chat, dropped);
    if (chat->user.len > 0) {
        json_member_str(&w, "user", chat->user);
    }
    if (request->stream) {
        stream_write(&w);
    }
    json_object_end(&w);
    dropped_add(dropped, chat->untranslated);
    *body = buf_str(&buf);
    return OK;
}
