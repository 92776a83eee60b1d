#include "shared/llm/wire/chat_check.h"

enum { MIN_THINKING_TOKENS = 1024 };

/* ERR_INVALID, in the words of `what`, if there is such a thing and it is not accepted. */
static enum status refuse_unless(struct ctx *cx, bool accepted, const struct llm_model *model,
                                 const char *what)
{
    if (accepted) {
        return OK;
    }
    return fail_public(cx, ERR_INVALID, STR_FMT " does not take %s", STR_ARG(model->id), what);
}

static enum status parts_check(struct ctx *cx, const struct llm_part *parts, size_t count,
                               const struct llm_model *model, bool takes_images, bool takes_other)
{
    for (size_t i = 0; i < count; i++) {
        const struct llm_part *part = &parts[i];
        if (part->kind == LLM_PART_IMAGE || part->kind == LLM_PART_DOCUMENT) {
            TRY(refuse_unless(cx, takes_images, model, "images or documents"));
        }
        if (part->kind == LLM_PART_OTHER) {
            TRY(refuse_unless(cx, takes_other, model, "a content block of another provider's own"));
        }
        /* The parts of a result hold no results themselves: texts, images, documents. */
        for (size_t k = 0; k < part->part_count; k++) {
            if (part->parts[k].kind == LLM_PART_IMAGE) {
                TRY(refuse_unless(cx, takes_images, model, "images or documents"));
            }
        }
    }
    return OK;
}

enum status chat_check(struct ctx *cx, const struct llm_chat *chat, const struct llm_model *model,
                       struct str api_version, bool takes_other)
{
    bool takes_images = llm_model_accepts(model, api_version, LLM_ACCEPTS_IMAGES);
    TRY(refuse_unless(cx, chat->choices <= 1, model, "more than one choice"));
    if (chat->untranslatable.len > 0) {
        return fail_public(cx, ERR_INVALID, STR_FMT " does not take " STR_FMT, STR_ARG(model->id),
                           STR_ARG(chat->untranslatable));
    }
    TRY(refuse_unless(
        cx, chat->tool_count == 0 || llm_model_accepts(model, api_version, LLM_ACCEPTS_TOOLS),
        model, "tools"));
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        TRY(parts_check(cx, message->parts, message->part_count, model, takes_images, takes_other));
    }
    return OK;
}

bool chat_part_has_content(const struct llm_part *part)
{
    bool is_text = part->kind == LLM_PART_TEXT || part->kind == LLM_PART_REFUSAL;
    bool is_foreign_thought = part->kind == LLM_PART_THINKING && part->signature.len == 0;
    return !is_foreign_thought && (!is_text || part->text.len > 0);
}

int64_t chat_max_tokens(const struct llm_request *request, const struct llm_model *model)
{
    int64_t most = model->max_output_tokens;
    int64_t wanted = llm_request_output_tokens(request);
    return wanted <= 0 || (most > 0 && wanted > most) ? most : wanted;
}

int64_t chat_thinking_budget(const struct llm_chat *chat)
{
    bool is_small = chat->thinking_budget > 0 && chat->thinking_budget < MIN_THINKING_TOKENS;
    return is_small ? MIN_THINKING_TOKENS : chat->thinking_budget;
}

struct str chat_tool_schema(const struct llm_tool *tool)
{
    return tool->schema.len > 0 ? tool->schema : STR("{\"type\":\"object\",\"properties\":{}}");
}
