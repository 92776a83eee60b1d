#include "shared/llm/guard/internal.h"

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

static enum status each_string(struct ctx *cx, const struct json *value, guard_text_fn *fn,
                               void *arg)
{
    if (value->type == JSON_STRING) {
        return fn(cx, arg, LLM_USER, value->text);
    }
    JSON_EACH (item, value) {
        TRY(each_string(cx, item, fn, arg));
    }
    return OK;
}

enum status guard_each_text(struct ctx *cx, const struct llm_request *request, guard_text_fn *fn,
                            void *arg)
{
    const struct llm_chat *chat = request->chat;
    if (chat == NULL) {
        const struct json *input = json_find(request->root, STR("input"));
        return input == NULL ? OK : each_string(cx, input, fn, arg);
    }
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        for (size_t k = 0; k < message->part_count; k++) {
            TRY(each_part(cx, &message->parts[k], message->role, fn, arg));
        }
    }
    return OK;
}
