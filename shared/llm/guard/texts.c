#include "shared/base/base64.h"
#include "shared/json/json.h"
#include "shared/llm/guard/internal.h"

/* To whom texts go, and as whose. */
struct walk {
    guard_text_fn *fn;
    void *arg;
    enum llm_role role;
};

static enum status text_give(struct ctx *cx, const struct walk *walk, struct str text)
{
    return walk->fn(cx, walk->arg, walk->role, text);
}

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
        STR_INIT("type"),
        STR_INIT("role"),
        STR_INIT("id"),
        STR_INIT("name"),
        STR_INIT("model"),
        STR_INIT("url"),
        STR_INIT("image_url"),
        STR_INIT("media_type"),
        STR_INIT("signature"),
        STR_INIT("thinking"),
        STR_INIT("tool_call_id"),
        STR_INIT("tool_use_id"),
        STR_INIT("call_id"),
        STR_INIT("file_id"),
        STR_INIT("detail"),
        STR_INIT("status"),
        STR_INIT("encrypted_content"),
        STR_INIT("input_audio"),
        STR_INIT("cache_control"),
    };
    if (str_eq(key, STR("data"))) { /* of an image, unless the source is text (Anthropic) */
        return !str_eq(json_find_str(object, STR("type")), STR("text"));
    }
    if (str_eq(key, STR("file_data"))) {
        return !str_has_prefix(json_find_str(object, key), STR("data:text/"));
    }
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (str_eq(key, keys[i])) {
            return true;
        }
    }
    return false;
}

/* `all`: as in the masking of a body, a tool's arguments, whose members are its own. */
static enum status each_string(struct ctx *cx, const struct json *value, bool all,
                               const struct walk *walk)
{
    if (value->type == JSON_STRING) {
        return text_give(cx, walk, value->text);
    }
    bool is_object = value->type == JSON_OBJECT;
    JSON_EACH (child, value) {
        if (all && is_object) {
            TRY(text_give(cx, walk, child->key));
        }
        if (all || !is_object || !guard_is_structure(value, child->key)) {
            bool is_input = is_object && str_eq(child->key, STR("input"));
            TRY(each_string(cx, child, all || is_input, walk));
        }
    }
    return OK;
}

/* As written they are one text, unless escapes could hide something in it. */
static enum status each_argument(struct ctx *cx, struct str arguments, const struct walk *walk)
{
    const struct json *root = NULL;
    if (str_find_char(arguments, '\\') == SIZE_MAX) {
        return text_give(cx, walk, arguments);
    }
    if (json_read(cx, arguments, NULL, &root) != OK) {
        err_clear(cx); /* models write broken arguments; that is not the caller's fault */
        return text_give(cx, walk, arguments);
    }
    return each_string(cx, root, true, walk);
}

/* A file that is text, plain or in base64. */
static enum status document_give(struct ctx *cx, const struct llm_part *part,
                                 const struct walk *walk)
{
    struct str bytes = {0};
    bool is_text = str_has_prefix(part->media_type, STR("text/"));
    TRY(text_give(cx, walk, part->text));
    return is_text && base64_decode(cx->arena, part->data, &bytes) ? text_give(cx, walk, bytes)
                                                                   : OK;
}

static enum status each_part(struct ctx *cx, const struct llm_part *part, const struct walk *walk)
{
    const struct walk of_tool = {.fn = walk->fn, .arg = walk->arg, .role = LLM_TOOL};
    switch (part->kind) {
    case LLM_PART_TEXT:
    case LLM_PART_REFUSAL:
        return text_give(cx, walk, part->text);
    case LLM_PART_TOOL_CALL:
        return each_argument(cx, part->json, walk);
    case LLM_PART_TOOL_RESULT:
        for (size_t i = 0; i < part->part_count; i++) {
            TRY(each_part(cx, &part->parts[i], &of_tool));
        }
        return OK;
    case LLM_PART_DOCUMENT:
        return document_give(cx, part, walk);
    case LLM_PART_THINKING:
    case LLM_PART_REDACTED:
    case LLM_PART_IMAGE:
    case LLM_PART_OTHER:
        return OK;
    }
    return OK;
}

/* Without a chat nobody has said who speaks: all of it counts as a user's. */
static enum status each_member(struct ctx *cx, const struct json *root,
                               bool (*is_of_interest)(struct str key), const struct walk *walk)
{
    if (root == NULL || root->type != JSON_OBJECT) {
        return OK;
    }
    JSON_EACH (member, root) {
        if (is_of_interest(member->key)) {
            TRY(each_string(cx, member, false, walk));
        }
    }
    return OK;
}

enum status guard_each_text(struct ctx *cx, const struct llm_request *request, guard_text_fn *fn,
                            void *arg)
{
    const struct llm_chat *chat = request->chat;
    if (chat == NULL) {
        return each_member(cx, request->root, guard_is_prompt,
                           &(struct walk){.fn = fn, .arg = arg, .role = LLM_USER});
    }
    for (size_t i = 0; i < chat->message_count; i++) {
        const struct llm_message *message = &chat->messages[i];
        const struct walk walk = {.fn = fn, .arg = arg, .role = message->role};
        for (size_t k = 0; k < message->part_count; k++) {
            TRY(each_part(cx, &message->parts[k], &walk));
        }
    }
    return OK;
}

/* ---- what a chat does not show ---- */

static bool is_any(struct str key)
{
    return !str_eq(key, STR("model"));
}

/* Texts that stand in a row reach a model as one. */
static enum status joined_give(struct ctx *cx, const struct llm_message *message,
                               const struct walk *walk)
{
    struct buf all = buf_in(cx->arena, SIZE_MAX);
    size_t count = 0;
    for (size_t i = 0; i < message->part_count; i++) {
        if (message->parts[i].kind == LLM_PART_TEXT) {
            buf_add(&all, message->parts[i].text);
            count++;
        }
    }
    return count > 1 ? text_give(cx, walk, buf_str(&all)) : OK;
}

enum status guard_each_hidden_text(struct ctx *cx, const struct llm_request *request,
                                   guard_text_fn *fn, void *arg)
{
    const struct llm_chat *chat = request->chat;
    const struct walk walk = {.fn = fn, .arg = arg, .role = LLM_USER};
    for (size_t i = 0; chat != NULL && i < chat->message_count; i++) {
        TRY(joined_give(cx, &chat->messages[i], &walk));
    }
    return each_member(cx, request->root, is_any, &walk);
}
