/*
 * Masking of a whole request: the caller's bytes, as edits of single strings, and the chat. Both
 * use one table, so that the same text has the same placeholder in both.
 */
#include "shared/base/base64.h"
#include "shared/json/json.h"
#include "shared/llm/guard/internal.h"

struct masking {
    struct ctx *cx;
    struct guard_masks *masks;
    struct guard_state *state;
    struct str source; /* that the edits are of */
    struct llm_edit *edits;
    size_t count, room;
};

static struct str mask_json(struct masking *outer, struct str source);

static void edit_add(struct masking *m, const struct json *value, struct str text)
{
    if (m->count == m->room) {
        size_t room = m->room == 0 ? 8 : m->room * 2;
        struct llm_edit *grown = ARENA_ARRAY(m->cx->arena, struct llm_edit, room);
        if (m->count > 0) {
            memcpy(grown, m->edits, m->count * sizeof *grown);
        }
        m->edits = grown;
        m->room = room;
    }
    struct buf json = buf_in(m->cx->arena, text.len * 6 + 2);
    struct json_writer w = json_writer_on(&json);
    json_str(&w, text);
    m->edits[m->count++] = (struct llm_edit){
        .at = (size_t)(value->span.ptr - m->source.ptr),
        .len = value->span.len,
        .text = buf_str(&json),
    };
}

/* A file that is text, in base64; what is none stays, for a provider to refuse. */
static struct str mask_base64(struct masking *m, struct str data)
{
    struct str text;
    if (!base64_decode(m->cx->arena, data, &text)) {
        return data;
    }
    struct str masked = masks_apply(m->cx, m->masks, text, m->state);
    return masked.ptr == text.ptr ? data : base64_encode(m->cx->arena, masked);
}

/* "data:text/plain;base64,QUJD" */
static struct str mask_data_url(struct masking *m, struct str url)
{
    size_t comma = str_find_char(url, ',');
    struct str data = str_slice(url, comma == SIZE_MAX ? url.len : comma + 1, url.len);
    struct str masked = mask_base64(m, data);
    return masked.ptr == data.ptr
               ? url
               : arena_format(m->cx->arena, STR_FMT STR_FMT, STR_ARG(str_slice(url, 0, comma + 1)),
                              STR_ARG(masked));
}

/* A tool's arguments are JSON in a string (OpenAI): read, so that "\n" is no letter n. */
static struct str mask_text(struct masking *m, const struct json *value, bool all)
{
    if (!all && str_eq(value->key, STR("file_data"))) {
        return mask_data_url(m, value->text);
    }
    return str_eq(value->key, STR("arguments"))
               ? mask_json(m, value->text)
               : masks_apply(m->cx, m->masks, value->text, m->state);
}

static void mask_string(struct masking *m, const struct json *value, bool all)
{
    struct str masked = mask_text(m, value, all);
    if (masked.ptr != value->text.ptr) {
        edit_add(m, value, masked);
    }
}

/* `all`: the value is a tool's arguments, whose members mean nothing to the protocol. */
static void mask_value(struct masking *m, const struct json *value, bool all)
{
    if (value->type == JSON_STRING) {
        mask_string(m, value, all);
        return;
    }
    bool is_object = value->type == JSON_OBJECT;
    JSON_EACH (child, value) {
        if (all || !is_object || !guard_is_structure(value, child->key)) {
            mask_value(m, child, all || (is_object && str_eq(child->key, STR("input"))));
        }
    }
}

static struct str edits_apply(struct masking *m)
{
    size_t most = m->source.len;
    for (size_t i = 0; i < m->count; i++) {
        most += m->edits[i].text.len;
    }
    struct buf out = buf_in(m->cx->arena, most);
    size_t at = 0;
    for (size_t i = 0; i < m->count; i++) {
        buf_add(&out, str_slice(m->source, at, m->edits[i].at));
        buf_add(&out, m->edits[i].text);
        at = m->edits[i].at + m->edits[i].len;
    }
    buf_add(&out, str_slice(m->source, at, m->source.len));
    return buf_str(&out);
}

/* JSON with its strings masked; what is none is masked as the text it is. */
static struct str mask_json(struct masking *outer, struct str source)
{
    struct masking m = {
        .cx = outer->cx, .masks = outer->masks, .state = outer->state, .source = source};
    const struct json *root = NULL;
    if (json_read(m.cx, source, NULL, &root) != OK) {
        err_clear(m.cx); /* models write broken arguments; that is not the caller's fault */
        return masks_apply(m.cx, m.masks, source, m.state);
    }
    mask_value(&m, root, true);
    return m.count == 0 ? source : edits_apply(&m);
}

/* ---- the body ---- */

static void mask_body(struct masking *m, struct llm_request *request)
{
    m->source = request->body;
    JSON_EACH (member, request->root) {
        if (guard_is_prompt(member->key)) {
            mask_value(m, member, false);
        }
    }
    request->edits = m->edits;
    request->edit_count = m->count;
}

/* ---- the chat ---- */

static const struct llm_part *mask_parts(struct masking *m, const struct llm_part *parts,
                                         size_t count);

/* Its title, and what is text in it. */
static void mask_file(struct masking *m, struct llm_part *part)
{
    part->name = masks_apply(m->cx, m->masks, part->name, m->state);
    part->text = masks_apply(m->cx, m->masks, part->text, m->state);
    if (str_has_prefix(part->media_type, STR("text/"))) {
        part->data = mask_base64(m, part->data);
    }
}

static void mask_part(struct masking *m, struct llm_part *part)
{
    switch (part->kind) {
    case LLM_PART_TEXT:
    case LLM_PART_REFUSAL:
        part->text = masks_apply(m->cx, m->masks, part->text, m->state);
        break;
    case LLM_PART_TOOL_CALL:
        part->json = mask_json(m, part->json);
        break;
    case LLM_PART_TOOL_RESULT:
        part->parts = mask_parts(m, part->parts, part->part_count);
        break;
    case LLM_PART_DOCUMENT:
        mask_file(m, part);
        break;
    case LLM_PART_THINKING:
    case LLM_PART_REDACTED:
    case LLM_PART_IMAGE:
    case LLM_PART_OTHER:
        break;
    }
}

static const struct llm_part *mask_parts(struct masking *m, const struct llm_part *parts,
                                         size_t count)
{
    struct llm_part *copy = ARENA_ARRAY(m->cx->arena, struct llm_part, count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = parts[i];
        mask_part(m, &copy[i]);
    }
    return copy;
}

static const struct llm_chat *mask_chat(struct masking *m, const struct llm_chat *chat)
{
    struct llm_chat *copy = ARENA_NEW(m->cx->arena, struct llm_chat);
    struct llm_message *messages =
        ARENA_ARRAY(m->cx->arena, struct llm_message, chat->message_count);
    *copy = *chat;
    copy->messages = messages;
    for (size_t i = 0; i < chat->message_count; i++) {
        messages[i] = chat->messages[i];
        messages[i].parts = mask_parts(m, chat->messages[i].parts, chat->messages[i].part_count);
    }
    return copy;
}

void guard_mask_request(struct ctx *cx, struct guard_masks *masks, struct llm_request *request,
                        struct guard_state *state)
{
    struct masking m = {.cx = cx, .masks = masks, .state = state};
    if (request->chat != NULL) {
        request->chat = mask_chat(&m, request->chat);
    }
    if (request->root != NULL && request->root->type == JSON_OBJECT) {
        mask_body(&m, request);
    }
}
