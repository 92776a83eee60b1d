/*
 * One attempt: written, signed, sent, its head read, its answer handed on.
 */
#include "shared/base/clock.h"
#include "shared/base/field.h"
#include "shared/llm/call/internal.h"

enum { MAX_ERROR_BYTES = 64 * 1024, MAX_ID_BYTES = 100, IS_SUCCESS = 2 };

struct attempt {
    struct llm_call *call;
    const struct llm_target *target;
    const struct llm_wire *wire;
    struct llm_wire_request *sent;
    struct llm_attempt *row;
    struct llm_exchange x;
    int64_t started_us;
};

/* ---- how it failed --------------------------------------------------------------------------- */

static enum status ended(struct attempt *a, const struct llm_failure *failure, enum status status)
{
    a->call->outcome->failure = *failure;
    a->row->failure = failure->kind;
    a->row->cooldown_ms = llm_rest_ms(failure);
    return status;
}

static enum status ended_as(struct attempt *a, enum llm_failure_class kind, enum status status)
{
    const struct llm_failure failure = {
        .kind = kind, .http_status = a->row->http_status, .retry_after_ms = -1};
    return ended(a, &failure, status);
}

static bool is_our_time_up(const struct ctx *cx)
{
    return ctx_remaining_ms(cx, INT64_MAX) == 0;
}

/* No head came: what may have been billed stays held. */
static enum status unanswered(struct ctx *cx, struct attempt *a, enum status status)
{
    bool was_sent = a->x.failure.sent == HTTP_SENT;
    a->row->is_unsettled = was_sent;
    if (is_our_time_up(cx)) {
        return ended_as(a, LLM_DEADLINE, status);
    }
    return ended_as(a, was_sent ? LLM_AMBIGUOUS : LLM_UNSENT, status);
}

/* The connection failed within an answer of 200. */
static enum status broken_off(struct ctx *cx, struct attempt *a, enum status status)
{
    enum llm_failure_class kind = status == ERR_TOO_LARGE ? LLM_MALFORMED : LLM_CUT;
    return ended_as(a, status == ERR_TIMEOUT && is_our_time_up(cx) ? LLM_DEADLINE : kind, status);
}

static enum status refused(struct ctx *cx, struct attempt *a)
{
    struct llm_failure failure = {.retry_after_ms = -1};
    struct http_response *res = &a->x.res;
    if (llm_exchange_rest(cx, a->call, &a->x, MAX_ERROR_BYTES, &res->body) != OK) {
        res->body = (struct str){0}; /* the status alone says enough */
        err_clear(cx);
    }
    a->wire->classify(cx, res, &failure);
    failure.http_status = res->status;
    a->row->is_unsettled = failure.kind == LLM_AMBIGUOUS;
    return ended(a, &failure,
                 fail(cx, ERR_UPSTREAM, "the provider said %s (HTTP %d)",
                      llm_failure_words(failure.kind), res->status));
}

/* ---- an answer of 200 ------------------------------------------------------------------------ */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long the next piece may take, as things stand. */
static int64_t patience_ms(const struct attempt *a)
{
    const struct llm_timeouts *limits = &a->call->llm->timeouts;
    int64_t spent_ms = (clock_mono_us() - a->started_us) / 1000;
    int64_t next_ms =
        a->row->first_token_us >= 0 ? limits->idle_ms : limits->first_token_ms - spent_ms;
    return least(next_ms, limits->total_ms - spent_ms);
}

static enum status piece_read(struct ctx *cx, struct attempt *a, struct str *bytes)
{
    int64_t wait_ms = patience_ms(a);
    enum status status =
        wait_ms > 0 ? llm_exchange_read(cx, a->call, &a->x, wait_ms, bytes)
                    : fail(cx, ERR_TIMEOUT, "the answer took longer than is waited for one");
    return status == OK ? OK : broken_off(cx, a, status);
}

static enum status pieces_read(struct ctx *cx, struct attempt *a)
{
    struct llm_answer *answer = a->call->answer;
    struct str bytes = {0};
    do {
        TRY(piece_read(cx, a, &bytes));
        enum status status =
            bytes.len > 0 ? llm_answer_take(cx, answer, bytes) : llm_answer_end(cx, answer);
        if (a->row->first_token_us < 0 && answer->tally.has_content) {
            a->row->first_token_us = clock_mono_us() - a->started_us;
        }
        if (status != OK) {
            return ended(a, &answer->failure, status);
        }
    } while (bytes.len > 0 && !answer->tally.has_end);
    return OK;
}

static enum status follow_up(struct ctx *cx, struct attempt *a, struct str *body)
{
    if (a->wire->follow == NULL) {
        return OK;
    }
    llm_exchange_close(a->call, &a->x); /* its connection serves what is asked next */
    enum status status = llm_follow_up(cx, a->call, a->target, a->wire, body);
    if (status == OK) {
        return OK;
    }
    return ended_as(a, status == ERR_TIMEOUT ? LLM_DEADLINE : LLM_CUT, status);
}

static enum status whole_read(struct ctx *cx, struct attempt *a)
{
    struct llm_answer *answer = a->call->answer;
    struct str body = {0};
    enum status status = llm_exchange_rest(cx, a->call, &a->x, LLM_MAX_ANSWER_BYTES, &body);
    if (status != OK) {
        return broken_off(cx, a, status);
    }
    TRY(follow_up(cx, a, &body));
    status = llm_answer_take(cx, answer, body);
    return status == OK ? OK : ended(a, &answer->failure, status);
}

/* An error that came instead of an answer is free; all else that began is not, whatever we saw. */
static bool is_billed(enum llm_failure_class kind, const struct llm_tally *tally)
{
    return tally->has_usage || tally->has_content || kind == LLM_NONE || kind == LLM_CANCELLED ||
           kind == LLM_DEADLINE || llm_policy_of(kind)->maybe_billed;
}

static void bill(struct attempt *a)
{
    const struct llm_call *call = a->call;
    const struct llm_tally *tally = &call->answer->tally;
    bool is_free = call->request->protocol == LLM_PROTOCOL_ANTHROPIC_COUNT;
    if (!is_free && is_billed(a->row->failure, tally)) {
        a->row->usage = llm_tally_usage(tally, call->bounds.text_bytes);
        a->row->cost_nano = llm_cost_nano(a->target->model, &a->row->usage);
    }
}

static enum status answer_read(struct ctx *cx, struct attempt *a)
{
    struct llm_call *call = a->call;
    struct llm_answer *answer = ARENA_NEW(cx->arena, struct llm_answer);
    *answer = (struct llm_answer){
        .wire = a->wire,
        .sent = a->sent,
        .to = &call->to,
        .holds_all = call->must_match,
        .keeps_copy = call->has_cache_key || call->request->idempotency_key.len > 0,
    };
    llm_answer_begin(cx, answer);
    call->answer = answer;
    call->dropped = a->sent->dropped;
    call->outcome->head.target = a->target;
    enum status status = a->sent->is_stream ? pieces_read(cx, a) : whole_read(cx, a);
    bill(a);
    return status;
}

/* ---- the attempt ----------------------------------------------------------------------------- */

static const struct str id_fields[] = {STR_INIT("request-id"), STR_INIT("x-request-id"),
                                       STR_INIT("x-amzn-requestid")};

static struct str provider_id(const struct http_response *res)
{
    for (size_t i = 0; i < ARRAY_LEN(id_fields); i++) {
        struct str id = http_response_field(res, id_fields[i]);
        if (id.len > 0 && id.len <= MAX_ID_BYTES && field_is_visible(id)) {
            return id;
        }
    }
    return (struct str){0};
}

static enum status head_take(struct ctx *cx, struct attempt *a)
{
    a->row->http_status = a->x.res.status;
    a->row->provider_request_id = provider_id(&a->x.res);
    return a->x.res.status / 100 == IS_SUCCESS ? answer_read(cx, a) : refused(cx, a);
}

static enum status exchange(struct ctx *cx, struct attempt *a)
{
    const struct llm_timeouts *limits = &a->call->llm->timeouts;
    int64_t head_ms =
        a->sent->is_stream ? least(limits->first_token_ms, limits->total_ms) : limits->total_ms;
    a->started_us = clock_mono_us();
    enum status status = llm_exchange_open(cx, a->call, &a->x, a->sent, head_ms);
    status = status == OK ? head_take(cx, a) : unanswered(cx, a, status);
    llm_exchange_close(a->call, &a->x);
    a->row->took_us = clock_mono_us() - a->started_us;
    return status;
}

static struct llm_attempt *row_new(struct ctx *cx, struct llm_outcome *outcome,
                                   const struct llm_target *target)
{
    struct llm_attempt *row = &outcome->attempts[outcome->attempt_count++];
    *row = (struct llm_attempt){
        .target = llm_target_name(cx->arena, target),
        .provider = target->provider->name,
        .model = target->model->id,
        .started_ms = clock_now_ms(),
        .first_token_us = -1,
    };
    return row;
}

/* What may have been billed is no cost of the call's yet: its worst case stays held. */
static void account(struct attempt *a)
{
    struct llm_outcome *outcome = a->call->outcome;
    if (a->row->is_unsettled) {
        a->row->cost_nano = llm_worst_of(a->target->model, &a->call->bounds);
        return;
    }
    llm_usage_add(&outcome->usage, &a->row->usage);
    outcome->usage.is_known = a->row->usage.is_known;
    outcome->cost_nano += a->row->cost_nano;
}

enum status llm_attempt(struct ctx *cx, struct llm_call *call)
{
    const struct llm_target *target = llm_plan_target(&call->plan);
    struct attempt a = {
        .call = call,
        .target = target,
        .wire = llm_wire_find(target->provider->wire),
        .sent = ARENA_NEW(cx->arena, struct llm_wire_request),
        .row = row_new(cx, call->outcome, target),
        .x = {.target = target},
    };
    if (a.wire == NULL) {
        return ended_as(
            &a, LLM_REFUSED,
            fail(cx, ERR_INTERNAL, "no wire is called " STR_FMT, STR_ARG(target->provider->wire)));
    }
    enum status status = a.wire->request(cx, target, call->request, a.sent);
    if (status != OK) {
        return ended_as(&a, LLM_REFUSED, status);
    }
    status = exchange(cx, &a);
    account(&a);
    return status;
}
