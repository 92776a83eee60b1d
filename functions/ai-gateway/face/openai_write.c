#include "functions/ai-gateway/face/openai_write.h"

#include "shared/base/uuid.h"

/* ---- errors ---------------------------------------------------------------------------------- */

/* OpenAI says 400 where others say 422: its clients know that one as the request's fault. */
static const struct {
    enum status status;
    int http_status;
    const char *type, *code;
} rows[] = {
    {ERR_INCOMPLETE, 400, "invalid_request_error", NULL},
    {ERR_REFUSED, 400, "invalid_request_error", "content_policy_violation"},
    {ERR_INVALID, 400, "invalid_request_error", NULL},
    {ERR_INFEASIBLE, 400, "invalid_request_error", NULL},
    {ERR_UNAUTHENTICATED, 401, "invalid_request_error", "invalid_api_key"},
    {ERR_BUDGET, 402, "insufficient_quota", "insufficient_quota"},
    {ERR_FORBIDDEN, 403, "invalid_request_error", "permission_denied"},
    {ERR_NOT_FOUND, 404, "invalid_request_error", "model_not_found"},
    {ERR_METHOD, 405, "invalid_request_error", "method_not_allowed"},
    {ERR_CONFLICT, 409, "invalid_request_error", "conflict"},
    {ERR_TOO_LARGE, 413, "invalid_request_error", "context_length_exceeded"},
    {ERR_RATE_LIMITED, 429, "rate_limit_error", "rate_limit_exceeded"},
    {ERR_INTERNAL, 500, "server_error", "internal_error"},
    {ERR_UPSTREAM, 502, "server_error", "upstream_error"},
    {ERR_UNAVAILABLE, 503, "service_unavailable_error", "service_unavailable"},
    {ERR_OVERLOADED, 503, "service_unavailable_error", "server_is_overloaded"},
    {ERR_TIMEOUT, 504, "server_error", "timeout"},
};

static size_t row_of(enum status status)
{
    size_t last = ARRAY_LEN(rows) - 1;
    for (size_t i = 0; i < last; i++) {
        if (rows[i].status == status) {
            return i;
        }
    }
    return last;
}

/* Ours are in capitals; this protocol's are not. */
static struct str lower_case(struct ctx *cx, struct str word)
{
    char *lower = arena_cstr_copy(cx->arena, word);
    for (size_t i = 0; i < word.len; i++) {
        if (lower[i] >= 'A' && lower[i] <= 'Z') {
            lower[i] = (char)(lower[i] - 'A' + 'a');
        }
    }
    return (struct str){.ptr = lower, .len = word.len};
}

struct str openai_error_code(struct ctx *cx, enum status status)
{
    static const struct str too_long = STR_INIT("PROMPT_TOO_LONG");
    struct str own = str_from_cstr(cx->err.code);
    bool is_told = own.len > 0 && !str_eq(own, too_long);
    return is_told ? lower_case(cx, own) : str_from_cstr(rows[row_of(status)].code);
}

void openai_text_or_null(struct json_writer *w, const char *member, struct str text)
{
    json_key(w, str_from_cstr(member));
    if (text.len > 0) {
        json_str(w, text);
    } else {
        json_null(w);
    }
}

void openai_error_object(struct ctx *cx, struct json_writer *w, enum status status)
{
    const struct err *err = &cx->err;
    const char *param = err->field_count > 0 ? err->fields[0].path : "";
    json_object_begin(w);
    json_member_cstr(w, "message", err->words[0] != '\0' ? err->words : status_words(status));
    json_member_cstr(w, "type", rows[row_of(status)].type);
    openai_text_or_null(w, "param", str_from_cstr(param));
    openai_text_or_null(w, "code", openai_error_code(cx, status));
    json_object_end(w);
}

void openai_error_body(struct ctx *cx, enum status status, struct face_error *out)
{
    struct buf buf = buf_in(cx->arena, KIB(8));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_key(&w, STR("error"));
    openai_error_object(cx, &w, status);
    json_object_end(&w);
    *out =
        (struct face_error){.http_status = rows[row_of(status)].http_status, .body = buf_str(&buf)};
}

/* ---- ids ------------------------------------------------------------------------------------- */

struct str openai_id(struct ctx *cx, const char *prefix, struct str call_id)
{
    char uuid[UUID_TEXT_LEN + 1];
    struct buf id = buf_in(cx->arena, KIB(1));
    struct str rest = call_id, part;
    if (call_id.len == 0) {
        uuid_v4(uuid);
        rest = (struct str){.ptr = uuid, .len = UUID_TEXT_LEN};
    }
    buf_add(&id, str_from_cstr(prefix));
    while (str_split_next(&rest, '-', &part)) {
        buf_add(&id, part);
    }
    return buf_str(&id);
}

/* ---- records --------------------------------------------------------------------------------- */

enum status openai_record_write(struct ctx *cx, const struct face_writing *writing,
                                const struct buf *records)
{
    if (records->full) {
        return fail(cx, ERR_TOO_LARGE, "an answer of more than %zu bytes", records->max);
    }
    return records->len == 0 ? OK : writing->write(cx, writing->arg, buf_str(records));
}
