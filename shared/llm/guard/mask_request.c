/*
 * Masking of a whole request: the caller's bytes, as edits of single strings, and the chat. Both
 * use one table, so that the same text has the same placeholder in both.
 */
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

/* A tool's arguments are JSON in a string (OpenAI): read, so that "\n" is no letter n. */
static void mask_string(struct masking *m, const struct json *value)
{
    bool is_json = str_eq(value->key, STR("arguments"));
    struct str masked =
        is_json ? mask_json(m, value->text) : masks_apply(m->cx, m->masks, value->text, m->state);
    if (masked.ptr != value->text.ptr) {
        edit_add(m, value, masked);
    }
}

/* `all`: the value is a tool's arguments, whose members mean nothing to the protocol. */
static void mask_value(struct masking *m, const struct json *value, bool all)
{
    if (value->type == JSON_STRING) {
        mask_string(m, value);
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
                                         size_t count)
{
    struct llm_part *copy = ARENA_ARRAY(m->cx->arena, struct llm_part, count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = parts[i];
        struct llm_part *part = &copy[i];
        if (part->kind == LLM_PART_TEXT || part->kind == LLM_PART_REFUSAL) {
            part->text = masks_apply(m->cx, m->masks, part->text, m->state);
        } else if (part->kind == LLM_PART_TOOL_CALL) {
            part->json = mask_json(m, part->json);
        } else if (part->kind == LLM_PART_TOOL_RESULT) {
            part->parts = mask_parts(m, part->parts, part->part_count);
        } else if (part->kind == LLM_PART_DOCUMENT &&
                   str_has_prefix(part->media_type, STR("text/"))) {
            part->data = masks_apply(m->cx, m->masks, part->data, m->state);
        }
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
