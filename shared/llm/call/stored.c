/*
 * Answers that are kept: the provider's bytes, and which decoder reads them, as a content type.
 *
 *   wire=anthropic;protocol=4;form=stream;bytes=text
 *
 * Bytes that are no text (Bedrock's event streams) are kept in base64, for the database keeps text.
 */
#include "shared/base/base64.h"
#include "shared/base/utf8.h"
#include "shared/llm/call/internal.h"

enum { CACHE_LIFE_S = 30 * 60 };

/* ---- the type -------------------------------------------------------------------------------- */

struct stored_type {
    struct str wire, form, bytes;
    int64_t protocol;
};

static struct str type_write(struct ctx *cx, const struct llm_answer *answer, bool is_base64)
{
    return arena_format(cx->arena, "wire=%s;protocol=%d;form=%s;bytes=%s", answer->wire->name,
                        (int)answer->sent->protocol, answer->sent->is_stream ? "stream" : "whole",
                        is_base64 ? "base64" : "text");
}

static bool type_read(struct str text, struct stored_type *type)
{
    struct str part, name;
    int64_t protocol = -1;
    *type = (struct stored_type){0};
    while (str_split_next(&text, ';', &part)) {
        struct str value = part;
        (void)str_split_next(&value, '=', &name);
        if (str_eq(name, STR("wire"))) {
            type->wire = value;
        } else if (str_eq(name, STR("form"))) {
            type->form = value;
        } else if (str_eq(name, STR("bytes"))) {
            type->bytes = value;
        } else if (str_eq(name, STR("protocol")) && !str_to_i64(value, &protocol)) {
            return false;
        }
    }
    type->protocol = protocol;
    return protocol >= LLM_PROTOCOL_NONE && protocol <= LLM_PROTOCOL_BEDROCK;
}

/* ---- out of it ------------------------------------------------------------------------------- */

static bool bytes_read(struct ctx *cx, const struct stored_type *type, struct str body,
                       struct str *bytes)
{
    *bytes = body;
    return !str_eq(type->bytes, STR("base64")) || base64_decode(cx->arena, body, bytes);
}

static void sent_fill(const struct llm_call *call, const struct stored_type *type,
                      struct llm_wire_request *sent)
{
    const struct llm_request *request = call->request;
    bool is_stream = str_eq(type->form, STR("stream"));
    *sent = (struct llm_wire_request){
        .protocol = (enum llm_protocol)type->protocol,
        .is_stream = is_stream,
        .is_raw = !request->wants_events && (int64_t)request->protocol == type->protocol &&
                  request->stream == is_stream,
        .hides_usage = request->chat != NULL && !request->chat->stream_usage,
        .wants_base64 = llm_request_wants_base64(request),
    };
}

enum status llm_stored_give(struct ctx *cx, struct llm_call *call,
                            const struct llm_stored_answer *stored)
{
    struct stored_type type;
    struct str bytes = {0};
    struct llm_answer *answer = ARENA_NEW(cx->arena, struct llm_answer);
    struct llm_wire_request *sent = ARENA_NEW(cx->arena, struct llm_wire_request);
    bool is_known = type_read(stored->content_type, &type);
    answer->wire = is_known ? llm_wire_find(type.wire) : NULL;
    if (answer->wire == NULL || !bytes_read(cx, &type, stored->body, &bytes)) {
        return fail(cx, ERR_INTERNAL, "a stored answer of an unknown type");
    }
    sent_fill(call, &type, sent);
    answer->sent = sent;
    answer->to = &call->to;
    llm_answer_begin(cx, answer);
    call->answer = answer;
    enum status status = llm_answer_take(cx, answer, bytes);
    if (status == OK && sent->is_stream) {
        status = llm_answer_end(cx, answer);
    }
    call->outcome->failure = answer->failure;
    bool is_unreadable = status != OK && answer->failure.kind != LLM_CANCELLED;
    return is_unreadable ? err_while(cx, ERR_INTERNAL, "reading a stored answer") : status;
}

/* ---- into it --------------------------------------------------------------------------------- */

static bool is_text(struct str bytes)
{
    return utf8_is_valid(bytes) && str_find_char(bytes, '\0') == SIZE_MAX;
}

static bool may_be_stored(const struct llm_call *call)
{
    const struct llm_answer *answer = call->answer;
    return answer != NULL && answer->keeps_copy && answer->tally.has_end && answer->held.len > 0 &&
           answer->held.len <= LLM_MAX_STORED_BYTES && call->outcome->failure.kind == LLM_NONE;
}

void llm_stored_take(struct ctx *cx, const struct llm_call *call)
{
    struct llm_settlement *settlement = &call->outcome->settlement;
    if (!may_be_stored(call)) {
        return;
    }
    struct str bytes = buf_str(&call->answer->held);
    bool is_base64 = !is_text(bytes);
    settlement->content_type = type_write(cx, call->answer, is_base64);
    settlement->answer = is_base64 ? base64_encode(cx->arena, bytes) : bytes;
    if (call->has_cache_key) {
        settlement->cache_key = &call->cache_key;
        settlement->cache_ttl_s = CACHE_LIFE_S;
    }
}
