#include "shared/llm/call/answer.h"

void llm_answer_begin(struct ctx *cx, struct llm_answer *answer)
{
    answer->held = buf_in(cx->arena, LLM_MAX_ANSWER_BYTES);
    answer->text = buf_in(cx->arena, LLM_MAX_ANSWER_BYTES);
    answer->tally = (struct llm_tally){.text = answer->holds_all ? &answer->text : NULL};
    if (answer->sent->is_stream) {
        answer->stream = answer->wire->stream_new(cx, answer->sent);
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

static enum status failed(struct ctx *cx, struct llm_answer *answer, enum llm_failure_class kind,
                          const char *words)
{
    answer->failure = (struct llm_failure){.kind = kind, .http_status = 200, .retry_after_ms = -1};
    return fail(cx, ERR_UPSTREAM, "%s", words);
}

/* The caller's side failed; the words are its own. */
static enum status gone(struct llm_answer *answer, enum status status)
{
    answer->failure = (struct llm_failure){.kind = LLM_CANCELLED, .retry_after_ms = -1};
    return status;
}

static enum status told_failure(struct ctx *cx, struct llm_answer *answer)
{
    answer->failure = answer->tally.failure;
    return fail(cx, ERR_UPSTREAM, "the answer was an error: %s",
                llm_failure_words(answer->failure.kind));
}

/* A decoder's status, unless it was the sink's. */
static enum status decoded(struct llm_answer *answer, enum status status)
{
    if (status != OK && answer->failure.kind == LLM_NONE) {
        answer->failure =
            (struct llm_failure){.kind = LLM_MALFORMED, .http_status = 200, .retry_after_ms = -1};
        return ERR_UPSTREAM;
    }
    return status;
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum status event_give(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct llm_answer *answer = arg;
    const struct llm_sink *sink = answer->to->sink;
    enum status status = sink->event(cx, sink->arg, event);
    return status == OK ? OK : gone(answer, status);
}

static enum status event_take(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct llm_answer *answer = arg;
    llm_tally_event(cx, &answer->tally, event);
    if (!answer->delivers || answer->sent->is_raw || event->kind == LLM_EVENT_ERROR) {
        return OK;
    }
    return answer->unmask != NULL ? guard_answer_event(cx, answer->unmask, event)
                                  : event_give(cx, answer, event);
}

static enum status raw_give(struct ctx *cx, struct llm_answer *answer, struct str bytes)
{
    const struct llm_sink *sink = answer->to->sink;
    enum status status = bytes.len > 0 ? sink->raw(cx, sink->arg, bytes) : OK;
    return status == OK ? OK : gone(answer, status);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static enum status piece_decode(struct ctx *cx, struct llm_answer *answer, struct str bytes)
{
    const struct llm_wire *wire = answer->wire;
    enum status status =
        decoded(answer, wire->stream_feed(cx, answer->stream, bytes, event_take, answer));
    if (status == OK && answer->delivers && answer->sent->is_raw) {
        status = raw_give(cx, answer,
                          wire->stream_raw != NULL ? wire->stream_raw(answer->stream) : bytes);
    }
    if (status == OK && answer->tally.failure.kind != LLM_NONE) {
        status = told_failure(cx, answer);
    }
    return status;
}

static enum status body_decode(struct ctx *cx, struct llm_answer *answer, struct str body)
{
    enum status status =
        decoded(answer, answer->wire->whole(cx, answer->sent, body, event_take, answer));
    answer->tally.has_end |= status == OK;
    if (status == OK && answer->tally.failure.kind != LLM_NONE) {
        status = told_failure(cx, answer);
    }
    return status;
}

/* From its beginning once more, for now somebody listens. */
enum status llm_answer_deliver(struct ctx *cx, struct llm_answer *answer)
{
    enum status status = answer->to->begin(cx, answer->to->arg);
    if (status != OK) {
        return gone(answer, status);
    }
    answer->delivers = true;
    answer->tally = (struct llm_tally){0};
    if (answer->to->guard != NULL && answer->to->guard->masks != NULL) {
        answer->unmask = guard_answer_new(cx, answer->to->guard, event_give, answer);
    }
    struct str all = buf_str(&answer->held);
    if (answer->sent->is_stream) {
        answer->stream = answer->wire->stream_new(cx, answer->sent);
        return piece_decode(cx, answer, all);
    }
    TRY(body_decode(cx, answer, all));
    if (!answer->sent->is_raw) {
        return OK;
    }
    const struct llm_wire *wire = answer->wire;
    return raw_give(cx, answer,
                    wire->whole_raw != NULL ? wire->whole_raw(cx, answer->sent, all) : all);
}

static bool is_due(const struct llm_answer *answer)
{
    bool is_decided = answer->tally.has_content || answer->tally.has_end;
    return !answer->holds_all && (is_decided || !answer->sent->is_stream);
}

/* Past what may be stored, a copy is of no use any more. */
static void copy_add(struct llm_answer *answer, struct str bytes)
{
    if (answer->held.len + bytes.len > LLM_MAX_STORED_BYTES) {
        answer->keeps_copy = false;
    }
    if (answer->keeps_copy) {
        buf_add(&answer->held, bytes);
    }
}

enum status llm_answer_take(struct ctx *cx, struct llm_answer *answer, struct str bytes)
{
    if (answer->delivers) {
        copy_add(answer, bytes);
        return piece_decode(cx, answer, bytes);
    }
    buf_add(&answer->held, bytes);
    if (answer->held.full) {
        return failed(cx, answer, LLM_MALFORMED, "the answer is larger than is allowed");
    }
    TRY(answer->sent->is_stream ? piece_decode(cx, answer, bytes) : body_decode(cx, answer, bytes));
    return is_due(answer) ? llm_answer_deliver(cx, answer) : OK;
}

enum status llm_answer_end(struct ctx *cx, struct llm_answer *answer)
{
    return answer->tally.has_end ? OK
                                 : failed(cx, answer, LLM_CUT, "the answer ended before its end");
}
