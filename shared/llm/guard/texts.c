#include "shared/json/json.h"
#include "shared/llm/guard/internal.h"

bool guard_is_prompt(struct str key)
{
    static const struct str keys[] = {STR_INIT("messages"), STR_INIT("system"), STR_INIT("input"),
                                      STR_INIT("instructions"), STR_INIT("prompt")};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (str_eq(key, keys[i])) {
            return true;
        }
    }
    return false;
}

bool guard_is_structure(const struct json *object, struct str key)
{
    static const struct str keys[] = {
        STR_INIT("type"),        STR_INIT("role"),          STR_INIT("id"),
        STR_INIT("name"),        STR_INIT("model"),         STR_INIT("url"),
        STR_INIT("image_url"),   STR_INIT("media_type"),    STR_INIT("signature"),
        STR_INIT("thinking"),    STR_INIT("tool_call_id"),  STR_INIT("tool_use_id"),
        STR_INIT("call_id"),     STR_INIT("file_id"),       STR_INIT("file_data"),
        STR_INIT("detail"),      STR_INIT("status"),        STR_INIT("encrypted_content"),
        STR_INIT("input_audio"), STR_INIT("cache_control"),
    };
    if (str_eq(key, STR("data"))) { /* of an image, unless the source is text (Anthropic) */
        return !str_eq(json_find_str(object, STR("type")), STR("text"));
    }
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (str_eq(key, keys[i])) {
            return true;
        }
    }
    return false;
}

static enum status each_part(struct ctx *cx, const struct llm_part *part, enum llm_role role,
                             guard_text_fn *fn, void *arg)
{
    switch (part->kind) {
    case LLM_PART_TEXT:
    case LLM_PART_REFUSAL:
        return fn(cx, arg, role, part->text);
    case LLM_PART_TOOL_CALL:
        return fn(cx, arg, role, part->json);
    case LLM_PART_TOOL_RESULT:
        for (size_t i = 0; i < part->part_count; i++) {
            TRY(each_part(cx, &part->parts[i], LLM_TOOL, fn, arg));
        }
        return OK;
    case LLM_PART_DOCUMENT:
        return str_has_prefix(part->media_type, STR("text/")) ? fn(cx, arg, role, part->data) : OK;
    case LLM_PART_THINKING:
    case LLM_PART_REDACTED:
    case LLM_PART_IMAGE:
    case LLM_PART_OTHER:
        return OK;
    }
    return OK;
}

/* `all`: as in the masking of a body, a tool's arguments. */
static enum status each_string(struct ctx *cx, const struct json *value, bool all,
                               guard_text_fn *fn, void *arg)
{
    if (value->type == JSON_STRING) {
        return fn(cx, arg, LLM_USER, value->text);
    }
    bool is_object = value->type == JSON_OBJECT;
    JSON_EACH (child, value) {
        if (all || !is_object || !guard_is_structure(value, child->key)) {
            TRY(each_string(cx, child, all || (is_object && str_eq(child->key, STR("input"))), fn,
                            arg));
        }
    }
    return OK;
}

/* Without a chat nobody has said who speaks: all of it counts as a user's. */
static enum status each_text_of_body(struct ctx *cx, const struct json *root, guard_text_fn *fn,
                                     void *arg)
{
    if (root == NULL || root->type != JSON_OBJECT) {
        return OK;
    }
    JSON_EACH (member, root) {
        if (guard_is_prompt(member->key)) {
            TRY(each_string(cx, member, false, fn, arg));
        }
    }
    return OK;
}

enum status guard_each_text(struct ctx *cx, const struct llm_request *request, guard_text_fn *fn,
                            void *arg)
{
    const struct llm_chat *chat = request->chat;
    if (chat == NULL) {
        return each_text_of_body(cx, request->root, fn, arg);
    }
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        for (size_t k = 0; k < message->part_count; k++) {
            TRY(each_part(cx, &message->parts[k], message->role, fn, arg));
        }
    }
    return OK;
}
