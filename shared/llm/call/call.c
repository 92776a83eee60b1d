/*
 * A call as a story.
 */
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/llm/call/internal.h"

enum { ORPHAN_AFTER_MS = 60 * 1000 };

/* ---- preparation ----------------------------------------------------------------------------- */

static int64_t smaller(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static enum status guard_pass(struct ctx *cx, struct llm_call *call)
{
    const struct llm_chat *chat = call->request->chat;
    if (chat == NULL) {
        return OK;
    }
    TRY(guard_get(cx, call->llm->guards, call->caller->guard, &call->guard));
    TRY(guard_before(cx, call->guard, call->request, &call->outcome->guard));
    call->must_match = chat->format == LLM_FORMAT_SCHEMA && guard_validates(call->guard);
    return call->must_match ? llm_schema_check(cx, call) : OK;
}

/* What is asked again has the first answer in it. */
static void bounds_extend(struct llm_bounds *bounds)
{
    bounds->is_open_ended |= bounds->output_tokens == 0;
    bounds->input_tokens += bounds->output_tokens + LLM_WHY_TOKENS;
}

static enum status plan(struct ctx *cx, struct llm_call *call)
{
    const int32_t today = date_of_ms(call->outcome->head.started_ms);
    call->bounds = llm_bounds_of(call->request);
    if (call->must_match) {
        bounds_extend(&call->bounds);
    }
    const struct llm_planning planning = {
        .models = call->llm->models, .route = &call->route, .bounds = call->bounds, .today = today};
    TRY(llm_plan_make(cx, &planning, &call->plan));
    for (size_t i = 0; i < call->plan.count; i++) {
        const struct llm_provider *provider = call->plan.steps[i].target.provider;
        if (!llm_keys_has(call->llm->keys, provider)) {
            llm_plan_close(&call->plan, provider);
        }
    }
    llm_plan_price(&call->plan, &call->bounds, call->must_match ? 2 : 1);
    return llm_plan_start(&call->plan)
               ? OK
               : fail_code(cx, ERR_UPSTREAM, "AI_SERVICE_ERROR",
                           "No key is configured for this model's provider");
}

/* For whoever watches, whatever comes of the call. */
static void names_tell(struct llm_call *call)
{
    struct llm_settlement *settlement = &call->outcome->settlement;
    settlement->alias = call->route.alias;
    settlement->function = call->request->function;
    settlement->operation = call->request->operation;
    settlement->price_version = llm_models_version(call->llm->models);
}

static enum status prepare(struct ctx *cx, struct llm_call *call)
{
    struct llm_request *request = call->request;
    const int32_t today = date_of_ms(call->outcome->head.started_ms);
    TRY(llm_route_find(cx, call->llm->models, request->model, today, &call->route));
    names_tell(call);
    if (request->max_tokens_default == 0) {
        request->max_tokens_default = call->route.default_output_tokens;
    }
    request->max_tokens_cap = smaller(request->max_tokens_cap, call->route.max_output_tokens);
    TRY(guard_pass(cx, call));
    return plan(cx, call);
}

/* ---- admission ------------------------------------------------------------------------------- */

/* Now that there is a `caller`, llm_finish has something to settle. */
static void settlement_start(struct ctx *cx, struct llm_call *call)
{
    struct llm_settlement *settlement = &call->outcome->settlement;
    settlement->caller = call->caller;
    settlement->call_id = call->outcome->head.call_id;
    settlement->generation_id = call->request->generation_id;
    settlement->is_cached = call->admission.is_cached;
    settlement->is_replay = call->admission.is_replay;
    settlement->request_id = cx->request_id;
    settlement->trace_id = str_slice(cx->traceparent, 3, 35);
    settlement->idempotency_key = call->request->idempotency_key;
}

static void rest(struct llm_call *call, const struct str *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        llm_plan_rest(&call->plan, targets[i]);
    }
    (void)llm_plan_start(&call->plan); /* again, for some rest */
}

static enum status admit(struct ctx *cx, struct llm_call *call)
{
    struct str resting[LLM_MAX_COOLDOWNS];
    const struct llm_request *request = call->request;
    bool is_free = request->protocol == LLM_PROTOCOL_ANTHROPIC_COUNT;
    if (call->llm->pg == NULL) {
        rest(call, request->resting, request->resting_count);
        return OK;
    }
    call->has_cache_key =
        !request->no_cache && !is_free && llm_cache_key(cx, call, &call->cache_key);
    llm_request_digest(cx, call, &call->request_digest);
    const struct llm_admission_request admission = {
        .caller = call->caller,
        .alias = call->route.alias,
        .function = request->function,
        .operation = request->operation,
        .worst_cost_nano = is_free ? 0 : call->plan.worst_cost_nano,
        .worst_tokens = is_free ? 0 : call->plan.worst_tokens,
        .hold_ms = ctx_remaining_ms(cx, call->llm->timeouts.total_ms) + ORPHAN_AFTER_MS,
        .call_id = call->outcome->head.call_id,
        .cache_key = call->has_cache_key ? &call->cache_key : NULL,
        .idempotency_key = request->idempotency_key,
        .request_digest = &call->request_digest,
    };
    call->outcome->head.limits = &call->admission.limits;
    TRY(llm_admit(cx, call->llm->pg, &admission, &call->admission));
    settlement_start(cx, call);
    for (size_t i = 0; i < call->admission.cooldown_count; i++) {
        resting[i] = call->admission.cooldowns[i].target;
    }
    rest(call, resting, call->admission.cooldown_count);
    return OK;
}

/* ---- the call -------------------------------------------------------------------------------- */

static enum status answer(struct ctx *cx, struct llm_call *call)
{
    struct llm_head *head = &call->outcome->head;
    head->is_cached = call->admission.is_cached;
    head->is_replay = call->admission.is_replay;
    if (head->is_cached || head->is_replay) {
        return llm_stored_give(cx, call, &call->admission.answer);
    }
    TRY(llm_attempts(cx, call));
    return call->must_match ? llm_schema_pass(cx, call) : OK;
}

/* Providers are given up while there is still time to say so, and to settle. */
static enum status answer_in_time(struct ctx *cx, struct llm_call *call)
{
    call->deadline_ms = cx->deadline_ms;
    if (cx->deadline_ms > 0) {
        cx->deadline_ms -= call->llm->timeouts.reserve_ms;
    }
    enum status status = answer(cx, call);
    cx->deadline_ms = call->deadline_ms;
    return status;
}

static void conclude(struct ctx *cx, struct llm_call *call, enum status status)
{
    struct llm_outcome *outcome = call->outcome;
    struct llm_settlement *settlement = &outcome->settlement;
    int64_t took_us = clock_mono_us() - call->started_us;
    llm_head_fill(cx, call);
    if (status == OK) {
        outcome->failure = (struct llm_failure){.retry_after_ms = -1};
        llm_stored_take(cx, call);
    }
    settlement->attempts = outcome->attempts;
    settlement->attempt_count = outcome->attempt_count;
    settlement->succeeded = status == OK;
    settlement->took_us = took_us;
    settlement->overhead_us = outcome->head.overhead_us;
}

static struct str id_new(struct ctx *cx)
{
    char text[UUID_TEXT_LEN + 1];
    uuid_v4(text);
    return arena_str_copy(cx->arena, str_from_cstr(text));
}

static struct llm_call *call_new(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                                 struct llm_request *request, const struct llm_sink *sink,
                                 struct llm_outcome *outcome)
{
    struct llm_call *call = ARENA_NEW(cx->arena, struct llm_call);
    *outcome = (struct llm_outcome){.failure = {.retry_after_ms = -1}};
    outcome->head = (struct llm_head){
        .cost_nano = -1,
        .call_id = request->call_id.len > 0 ? request->call_id : id_new(cx),
        .started_ms = request->started_ms > 0 ? request->started_ms : clock_now_ms(),
    };
    *call = (struct llm_call){
        .llm = llm,
        .caller = caller,
        .request = request,
        .sink = sink,
        .outcome = outcome,
        .started_us = clock_mono_us(),
        .to = {.sink = sink, .guard = &outcome->guard, .begin = llm_head_give, .arg = call},
    };
    return call;
}

enum status llm_call(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                     struct llm_request *request, const struct llm_sink *sink,
                     struct llm_outcome *outcome)
{
    struct llm_call *call = call_new(cx, llm, caller, request, sink, outcome);
    enum status status = prepare(cx, call);
    status = status == OK ? admit(cx, call) : status;
    status = status == OK ? answer_in_time(cx, call) : status;
    conclude(cx, call, status);
    return status;
}
