#include "functions/ai-gateway/face/anthropic.h"

#include "shared/llm/wire/anthropic.h"

enum { MAX_BETA_BYTES = 512 };

/* ---- headers --------------------------------------------------------------------------------- */

static enum status version_read(struct ctx *cx, const struct http_event *event, struct str *version)
{
    *version = str_trim(http_event_header(event, STR("anthropic-version")));
    if (version->len == 0) {
        return fail_public(cx, ERR_INVALID, "anthropic-version: header is required");
    }
    if (!anthropic_version_is_known(*version)) {
        return fail_public(cx, ERR_INVALID,
                           "anthropic-version: must be " ANTHROPIC_VERSION_2023
                           " or " ANTHROPIC_VERSION_2026);
    }
    return OK;
}

static bool is_beta_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_alnum && strchr("-_.", c) == NULL) {
            return false;
        }
    }
    return name.len > 0;
}

/* A list, over any number of header fields, put together anew from names of known letters. */
static enum status beta_read(struct ctx *cx, const struct http_event *event, struct str *beta)
{
    struct buf list = buf_in(cx->arena, MAX_BETA_BYTES);
    struct str value;
    struct str name;
    size_t at = 0;
    while (http_event_header_next(event, STR("anthropic-beta"), &at, &value)) {
        while (str_split_next(&value, ',', &name)) {
            name = str_trim(name);
            if (!is_beta_name(name)) {
                return fail_public(cx, ERR_INVALID, "anthropic-beta: names with commas between");
            }
            buf_add(&list, list.len > 0 ? STR(",") : STR(""));
            buf_add(&list, name);
        }
    }
    *beta = buf_str(&list);
    return list.full
               ? fail_public(cx, ERR_INVALID, "anthropic-beta: at most %d bytes", MAX_BETA_BYTES)
               : OK;
}

/* ---- requests -------------------------------------------------------------------------------- */

/*
 * A thread lives in the provider's account, which all tenants share, and another model of the chain
 * does not have it. Official clients know the code, and go on by sending the whole conversation.
 */
static enum status thread_refuse(struct ctx *cx, const struct json *root)
{
    const struct json *thread = json_find(root, STR("thread"));
    if (thread == NULL || thread->type == JSON_NULL) {
        return OK;
    }
    return fail_code(cx, ERR_INVALID, "thread_unsupported_request",
                     "thread: conversations are not kept here, send all messages");
}

static enum status request_read(struct ctx *cx, const struct http_event *event, bool counts,
                                struct llm_request *out)
{
    struct llm_chat *chat = ARENA_NEW(cx->arena, struct llm_chat);
    TRY(version_read(cx, event, &out->api_version));
    TRY(beta_read(cx, event, &out->beta));
    TRY(json_read(cx, event->body, NULL, &out->root));
    if (out->root->type != JSON_OBJECT) {
        return fail_public(cx, ERR_INVALID, "the body must be a JSON object");
    }
    TRY(thread_refuse(cx, out->root));
    TRY(anthropic_chat_read(cx, out->root, counts, chat));
    out->body = event->body;
    out->model = chat->model;
    out->chat = counts ? NULL : chat;
    out->stream = chat->stream && !counts;
    out->protocol = counts ? LLM_PROTOCOL_ANTHROPIC_COUNT : LLM_PROTOCOL_ANTHROPIC;
    return OK;
}

static enum status messages_read(struct ctx *cx, const struct http_event *event,
                                 struct llm_request *out)
{
    return request_read(cx, event, false, out);
}

static enum status count_read(struct ctx *cx, const struct http_event *event,
                              struct llm_request *out)
{
    return request_read(cx, event, true, out);
}

struct str anthropic_count_estimate(struct ctx *cx, const struct llm_request *request)
{
    return arena_format(cx->arena, "{\"input_tokens\":%zu}", request->body.len);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Ours that Anthropic answers with another HTTP status; the rest is as in status_http. */
static int http_status_of(enum status status)
{
    enum { BAD_REQUEST = 400, OVERLOADED = 529 };
    int http_status = status_http(status);
    if (status == ERR_OVERLOADED) {
        return OVERLOADED;
    }
    return http_status == status_http(ERR_INVALID) ? BAD_REQUEST : http_status;
}

/* The public words; of faulty fields, each with its path. */
static struct str error_message(struct ctx *cx, enum status status)
{
    const struct err *err = &cx->err;
    struct buf words = buf_in(cx->arena, KIB(8));
    for (size_t i = 0; i < err->field_count; i++) {
        buf_addf(&words, "%s%s%s%s", i > 0 ? "; " : "", err->fields[i].path,
                 err->fields[i].path[0] != '\0' ? ": " : "", err->fields[i].message);
    }
    if (words.len > 0) {
        return buf_str(&words);
    }
    return str_from_cstr(err->words[0] != '\0' ? err->words : status_words(status));
}

static struct str error_body(struct ctx *cx, enum status status)
{
    struct buf body = buf_in(cx->arena, KIB(64));
    struct json_writer w = json_writer_on(&body);
    json_object_begin(&w);
    json_member_cstr(&w, "type", "error");
    json_member_object(&w, "error");
    json_member_str(&w, "type", anthropic_error_type(http_status_of(status)));
    json_member_str(&w, "message", error_message(cx, status));
    json_member_object(&w, "details");
    json_member_cstr(&w, "error_code", cx->err.code != NULL ? cx->err.code : status_code(status));
    json_object_end(&w);
    json_object_end(&w);
    json_member_str(&w, "request_id", cx->request_id);
    json_object_end(&w);
    return buf_str(&body);
}

void anthropic_error(struct ctx *cx, enum status status, struct face_error *out)
{
    *out = (struct face_error){
        .http_status = http_status_of(status),
        .body = error_body(cx, status),
    };
}

const struct face face_anthropic = {
    .name = "anthropic",
    .protocol = LLM_PROTOCOL_ANTHROPIC,
    .read = messages_read,
    .writer_new = anthropic_writer_new,
    .take = anthropic_take,
    .fail = anthropic_fail,
    .error = anthropic_error,
};

const struct face face_anthropic_count = {
    .name = "anthropic-count",
    .protocol = LLM_PROTOCOL_ANTHROPIC_COUNT,
    .read = count_read,
    .writer_new = anthropic_writer_new,
    .take = anthropic_take,
    .fail = anthropic_fail,
    .error = anthropic_error,
};
