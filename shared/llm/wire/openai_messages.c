/*
 * One message of the neutral form may become several: a tool's results stand in messages of their
 * own here, before what else the user says; the images of a result, which a tool's message cannot
 * hold, go to the user's. Thoughts stay out: they are of the model that had them.
 */
#include "shared/llm/wire/openai.h"

static bool is_said(const struct llm_part *part)
{
    return part->kind == LLM_PART_TEXT || part->kind == LLM_PART_REFUSAL ||
           part->kind == LLM_PART_IMAGE || part->kind == LLM_PART_DOCUMENT;
}

static size_t count_said(const struct llm_part *parts, size_t count)
{
    size_t said = 0;
    for (size_t i = 0; i < count; i++) {
        said += is_said(&parts[i]);
    }
    return said;
}

/* ---- content --------------------------------------------------------------------------------- */

static struct str data_url(struct ctx *cx, const struct llm_part *part)
{
    return arena_format(cx->arena, "data:" STR_FMT ";base64," STR_FMT, STR_ARG(part->media_type),
                        STR_ARG(part->data));
}

static void text_write(struct json_writer *w, const char *type, const char *member, struct str text)
{
    json_object_begin(w);
    json_member_cstr(w, "type", type);
    json_member_str(w, member, text);
    json_object_end(w);
}

static void image_write(struct ctx *cx, struct json_writer *w, const struct llm_part *part)
{
    json_object_begin(w);
    json_member_cstr(w, "type", "image_url");
    json_member_object(w, "image_url");
    json_member_str(w, "url", part->url.len > 0 ? part->url : data_url(cx, part));
    json_object_end(w);
    json_object_end(w);
}

static enum status document_write(struct ctx *cx, struct json_writer *w,
                                  const struct llm_part *part)
{
    if (part->url.len > 0) {
        return fail_public(cx, ERR_INVALID, "this model takes documents as data, not by address");
    }
    json_object_begin(w);
    json_member_cstr(w, "type", "file");
    json_member_object(w, "file");
    json_member_str(w, "filename", part->name.len > 0 ? part->name : STR("document"));
    json_member_str(w, "file_data", data_url(cx, part));
    json_object_end(w);
    json_object_end(w);
    return OK;
}

static enum status part_write(struct ctx *cx, struct json_writer *w, const struct llm_part *part)
{
    switch (part->kind) {
    case LLM_PART_TEXT:
        text_write(w, "text", "text", part->text);
        return OK;
    case LLM_PART_REFUSAL:
        text_write(w, "refusal", "refusal", part->text);
        return OK;
    case LLM_PART_IMAGE:
        image_write(cx, w, part);
        return OK;
    case LLM_PART_DOCUMENT:
        return document_write(cx, w, part);
    case LLM_PART_THINKING:
    case LLM_PART_REDACTED:
    case LLM_PART_TOOL_CALL:
    case LLM_PART_TOOL_RESULT:
    case LLM_PART_OTHER:
        break;
    }
    return OK;
}

static enum status parts_write(struct ctx *cx, struct json_writer *w, const struct llm_part *parts,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(part_write(cx, w, &parts[i]));
    }
    return OK;
}

/* The one text there is, as a string; else a list. */
static enum status content_write(struct ctx *cx, struct json_writer *w,
                                 const struct llm_part *parts, size_t count)
{
    size_t said = count_said(parts, count);
    json_key(w, STR("content"));
    for (size_t i = 0; said == 1 && i < count; i++) {
        if (parts[i].kind == LLM_PART_TEXT) {
            json_str(w, parts[i].text);
            return OK;
        }
    }
    json_array_begin(w);
    TRY(parts_write(cx, w, parts, count));
    json_array_end(w);
    return OK;
}

/* ---- tools' results -------------------------------------------------------------------------- */

static bool is_image(const struct llm_part *part)
{
    return part->kind == LLM_PART_IMAGE || part->kind == LLM_PART_DOCUMENT;
}

static size_t count_texts(const struct llm_part *result)
{
    size_t texts = 0;
    for (size_t i = 0; i < result->part_count; i++) {
        texts += result->parts[i].kind == LLM_PART_TEXT;
    }
    return texts;
}

static void texts_write(struct json_writer *w, const struct llm_part *result)
{
    json_array_begin(w);
    for (size_t i = 0; i < result->part_count; i++) {
        if (result->parts[i].kind == LLM_PART_TEXT) {
            text_write(w, "text", "text", result->parts[i].text);
        }
    }
    json_array_end(w);
}

static void result_write(struct json_writer *w, const struct llm_part *result)
{
    bool has_one = result->part_count == 1 && count_texts(result) == 1;
    json_object_begin(w);
    json_member_cstr(w, "role", "tool");
    json_member_str(w, "tool_call_id", result->id);
    json_key(w, STR("content"));
    if (has_one || count_texts(result) == 0) {
        json_str(w, has_one ? result->parts[0].text : STR("")); /* an empty list is refused */
    } else {
        texts_write(w, result);
    }
    json_object_end(w);
}

static size_t results_write(struct json_writer *w, const struct llm_message *message)
{
    size_t images = 0;
    for (size_t i = 0; i < message->part_count; i++) {
        const struct llm_part *part = &message->parts[i];
        if (part->kind != LLM_PART_TOOL_RESULT) {
            continue;
        }
        result_write(w, part);
        for (size_t p = 0; p < part->part_count; p++) {
            images += is_image(&part->parts[p]);
        }
    }
    return images;
}

static enum status result_images_write(struct ctx *cx, struct json_writer *w,
                                       const struct llm_message *message)
{
    for (size_t i = 0; i < message->part_count; i++) {
        const struct llm_part *part = &message->parts[i];
        for (size_t p = 0; p < part->part_count; p++) {
            if (is_image(&part->parts[p])) {
                TRY(part_write(cx, w, &part->parts[p]));
            }
        }
    }
    return OK;
}

/* ---- messages -------------------------------------------------------------------------------- */

/* What a user says beside results, the images of these first. */
static enum status user_write(struct ctx *cx, struct json_writer *w,
                              const struct llm_message *message)
{
    size_t images = results_write(w, message);
    size_t said = count_said(message->parts, message->part_count);
    if (images + said == 0 && message->part_count > 0) {
        return OK;
    }
    json_object_begin(w);
    json_member_cstr(w, "role", "user");
    if (images == 0) {
        TRY(content_write(cx, w, message->parts, message->part_count));
    } else {
        json_member_array(w, "content");
        TRY(result_images_write(cx, w, message));
        TRY(parts_write(cx, w, message->parts, message->part_count));
        json_array_end(w);
    }
    json_object_end(w);
    return OK;
}

static void call_write(struct json_writer *w, const struct llm_part *call)
{
    json_object_begin(w);
    json_member_str(w, "id", call->id);
    json_member_cstr(w, "type", "function");
    json_member_object(w, "function");
    json_member_str(w, "name", call->name);
    json_member_str(w, "arguments", call->json.len > 0 ? call->json : STR("{}"));
    json_object_end(w);
    json_object_end(w);
}

static size_t count_calls(const struct llm_message *message)
{
    size_t calls = 0;
    for (size_t i = 0; i < message->part_count; i++) {
        calls += message->parts[i].kind == LLM_PART_TOOL_CALL;
    }
    return calls;
}

static void calls_write(struct json_writer *w, const struct llm_message *message)
{
    json_member_array(w, "tool_calls");
    for (size_t i = 0; i < message->part_count; i++) {
        if (message->parts[i].kind == LLM_PART_TOOL_CALL) {
            call_write(w, &message->parts[i]);
        }
    }
    json_array_end(w);
}

/* A turn of thoughts alone is none here. */
static enum status assistant_write(struct ctx *cx, struct json_writer *w,
                                   const struct llm_message *message)
{
    size_t said = count_said(message->parts, message->part_count), calls = count_calls(message);
    if (said + calls == 0) {
        return OK;
    }
    json_object_begin(w);
    json_member_cstr(w, "role", "assistant");
    if (said > 0) {
        TRY(content_write(cx, w, message->parts, message->part_count));
    }
    if (calls > 0) {
        calls_write(w, message);
    }
    json_object_end(w);
    return OK;
}

static enum status system_write(struct ctx *cx, struct json_writer *w,
                                const struct llm_message *message)
{
    json_object_begin(w);
    json_member_cstr(w, "role", "system");
    TRY(content_write(cx, w, message->parts, message->part_count));
    json_object_end(w);
    return OK;
}

enum status openai_messages_write(struct ctx *cx, struct json_writer *w,
                                  const struct llm_chat *chat)
{
    json_array_begin(w);
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        switch (message->role) {
        case LLM_SYSTEM:
            TRY(system_write(cx, w, message));
            break;
        case LLM_USER:
        case LLM_TOOL:
            TRY(user_write(cx, w, message));
            break;
        case LLM_ASSISTANT:
            TRY(assistant_write(cx, w, message));
            break;
        }
    }
    json_array_end(w);
    return OK;
}
