#include "shared/llm/wire/replicate_input.h"

#include "shared/llm/wire/chat_check.h"
#include "shared/llm/wire/dropped.h"

/* ---- prompt ---------------------------------------------------------------------------------- */

static void texts_add(struct buf *out, const struct llm_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].kind == LLM_PART_TEXT || parts[i].kind == LLM_PART_REFUSAL) {
            buf_add(out, parts[i].text);
        }
    }
}

static void paragraph(struct buf *out)
{
    buf_add(out, out->len > 0 ? STR("\n\n") : STR(""));
}

static struct str system_of(struct ctx *cx, const struct llm_chat *chat)
{
    struct buf out = buf_in(cx->arena, REPLICATE_MAX_BODY_BYTES);
    for (size_t i = 0; i < chat->message_count; i++) {
        if (chat->messages[i].role == LLM_SYSTEM) {
            paragraph(&out);
            texts_add(&out, chat->messages[i].parts, chat->messages[i].part_count);
        }
    }
    return buf_str(&out);
}

static size_t turn_count(const struct llm_chat *chat)
{
    size_t count = 0;
    for (size_t i = 0; i < chat->message_count; i++) {
        count += chat->messages[i].role != LLM_SYSTEM;
    }
    return count;
}

/* `system` stands before it where the model has no input for it. */
static struct str prompt_of(struct ctx *cx, const struct llm_chat *chat, struct str system)
{
    struct buf out = buf_in(cx->arena, REPLICATE_MAX_BODY_BYTES);
    bool is_single = turn_count(chat) == 1;
    buf_add(&out, system);
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        if (message->role == LLM_SYSTEM) {
            continue;
        }
        paragraph(&out);
        if (!is_single) {
            buf_add(&out, message->role == LLM_ASSISTANT ? STR("Assistant: ") : STR("User: "));
        }
        texts_add(&out, message->parts, message->part_count);
    }
    return buf_str(&out);
}

/* ---- input ----------------------------------------------------------------------------------- */

static void image_write(struct ctx *cx, struct json_writer *w, const struct llm_part *part)
{
    json_str(w, part->url.len > 0 ? part->url
                                  : arena_format(cx->arena, "data:" STR_FMT ";base64," STR_FMT,
                                                 STR_ARG(part->media_type), STR_ARG(part->data)));
}

/* ERR_INVALID: a document, a tool's call or result. */
static enum status part_check(struct ctx *cx, const struct llm_part *part, bool takes_images)
{
    bool is_text = part->kind == LLM_PART_TEXT || part->kind == LLM_PART_REFUSAL ||
                   part->kind == LLM_PART_THINKING || part->kind == LLM_PART_REDACTED;
    if (is_text || (part->kind == LLM_PART_IMAGE && takes_images)) {
        return OK;
    }
    return fail_public(cx, ERR_INVALID, "a model at Replicate takes text%s, not tools or documents",
                       takes_images ? " and images" : "");
}

static enum status parts_check(struct ctx *cx, const struct llm_chat *chat, bool takes_images,
                               size_t *image_count)
{
    *image_count = 0;
    for (size_t i = 0; i < chat->message_count; i++) {
        for (size_t k = 0; k < chat->messages[i].part_count; k++) {
            const struct llm_part *part = &chat->messages[i].parts[k];
            TRY(part_check(cx, part, takes_images));
            *image_count += part->kind == LLM_PART_IMAGE;
        }
    }
    return OK;
}

/* Of all turns, in one array. */
static enum status images_write(struct ctx *cx, struct json_writer *w, const struct llm_chat *chat,
                                struct str name)
{
    size_t image_count = 0;
    TRY(parts_check(cx, chat, name.len > 0, &image_count));
    if (image_count == 0) {
        return OK;
    }
    json_key(w, name);
    json_array_begin(w);
    for (size_t i = 0; i < chat->message_count; i++) {
        for (size_t k = 0; k < chat->messages[i].part_count; k++) {
            if (chat->messages[i].parts[k].kind == LLM_PART_IMAGE) {
                image_write(cx, w, &chat->messages[i].parts[k]);
            }
        }
    }
    json_array_end(w);
    return OK;
}

static void numbers_write(struct json_writer *w, const struct llm_model *model,
                          const struct llm_chat *chat, struct buf *dropped)
{
    const struct {
        struct str name, ours, number;
        enum llm_accepts what;
    } numbers[] = {
        {model->input.temperature, STR("temperature"), chat->temperature, LLM_ACCEPTS_TEMPERATURE},
        {model->input.top_p, STR("top_p"), chat->top_p, LLM_ACCEPTS_TOP_P},
        {model->input.top_k, STR("top_k"), chat->top_k, LLM_ACCEPTS_TOP_K},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        bool is_taken =
            numbers[i].name.len > 0 && llm_model_accepts(model, STR(""), numbers[i].what);
        struct str number = dropped_unless(dropped, is_taken, numbers[i].ours, numbers[i].number);
        if (number.len > 0) {
            json_key(w, numbers[i].name);
            json_raw(w, number);
        }
    }
}

/* One text with commas between, so that none may be in them. */
static void stops_write(struct ctx *cx, struct json_writer *w, const struct llm_model *model,
                        const struct llm_chat *chat, struct buf *dropped)
{
    struct buf list = buf_in(cx->arena, REPLICATE_MAX_BODY_BYTES);
    bool is_taken = model->input.stops.len > 0;
    for (size_t i = 0; i < chat->stop_count; i++) {
        is_taken = is_taken && str_find_char(chat->stops[i], ',') == SIZE_MAX;
        buf_add(&list, i > 0 ? STR(",") : STR(""));
        buf_add(&list, chat->stops[i]);
    }
    if (chat->stop_count > 0 && is_taken) {
        json_key(w, model->input.stops);
        json_str(w, buf_str(&list));
    } else if (chat->stop_count > 0) {
        dropped_add(dropped, STR("stop"));
    }
}

static void text_write(struct json_writer *w, struct str name, struct str text)
{
    if (name.len > 0 && text.len > 0) {
        json_key(w, name);
        json_str(w, text);
    }
}

static void never_taken(const struct llm_chat *chat, struct buf *dropped)
{
    dropped_add(dropped, chat->untranslated);
    dropped_add(dropped, chat->format != LLM_FORMAT_TEXT ? STR("response_format") : STR(""));
    dropped_add(dropped, chat->thinking_budget > 0 ? STR("thinking") : STR(""));
    dropped_add(dropped, chat->effort.len > 0 ? STR("reasoning_effort") : STR(""));
}

enum status replicate_input(struct ctx *cx, const struct llm_request *request,
                            const struct llm_model *model, struct json_writer *w,
                            struct buf *dropped)
{
    const struct llm_chat *chat = request->chat;
    struct str system = system_of(cx, chat);
    bool has_system = model->input.system.len > 0;
    struct str prompt = prompt_of(cx, chat, has_system ? STR("") : system);
    int64_t max_tokens = chat_max_tokens(request, model);
    json_object_begin(w);
    text_write(w, model->input.prompt.len > 0 ? model->input.prompt : STR("prompt"), prompt);
    text_write(w, model->input.system, system);
    if (model->input.max_tokens.len > 0 && max_tokens > 0) {
        json_key(w, model->input.max_tokens);
        json_i64(w, max_tokens);
    } else if (chat->max_tokens >= 0) {
        dropped_add(dropped, STR("max_tokens"));
    }
    numbers_write(w, model, chat, dropped);
    stops_write(cx, w, model, chat, dropped);
    never_taken(chat, dropped);
    TRY(images_write(cx, w, chat, model->input.images));
    json_object_end(w);
    return OK;
}
