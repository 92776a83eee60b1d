#include "functions/refiner/enrich.h"

#include "shared/base/clock.h"

enum {
    MAX_TEXT_BYTES = 256 * 1024, /* of a model's answer; far more than REFINER_OUTPUT_TOKENS */
    FIRST_SHARE_PERCENT = 60,    /* of the time that is left, while another model could follow */
};

/* ---- one model's answer ---------------------------------------------------------------------- */

static enum status sink_begin(struct ctx *cx, void *arg, const struct llm_head *head)
{
    (void)head;
    *(struct buf *)arg = buf_in(cx->arena, MAX_TEXT_BYTES);
    return OK;
}

static enum status sink_raw(struct ctx *cx, void *arg, struct str bytes)
{
    (void)arg;
    (void)bytes;
    return fail(cx, ERR_INTERNAL, "events were asked for");
}

static enum status sink_event(struct ctx *cx, void *arg, const struct llm_event *event)
{
    struct buf *text = arg;
    if (event->kind == LLM_EVENT_TEXT) {
        buf_add(text, event->text);
    }
    return text->full ? fail(cx, ERR_TOO_LARGE, "an answer of more than %zu bytes", text->max) : OK;
}

/* "/a" is cut, or "/a/0" of it. Names of members hold no slash and no tilde. */
static bool was_cut(const struct json_repaired *repaired, struct str name)
{
    for (size_t i = 0; i < repaired->truncated_count; i++) {
        struct str pointer = repaired->truncated[i], first;
        if (str_skip_prefix(&pointer, STR("/")) && str_split_next(&pointer, '/', &first) &&
            str_eq(first, name)) {
            return true;
        }
    }
    return false;
}

static size_t fields_take(struct ctx *cx, const struct form *form, struct str model,
                          const struct json_repaired *repaired, struct refined *refined,
                          struct enrichment *enrichment)
{
    const struct json *root = NULL;
    size_t taken = 0;
    if (json_read(cx, repaired->text, NULL, &root) != OK) {
        err_clear(cx); /* nested deeper than any form of ours: nothing to take */
        return 0;
    }
    for (size_t i = 0; i < REFINED_ENRICHABLE_COUNT; i++) {
        if (enrichment->sources[i].len == 0 && !was_cut(repaired, form->names[i]) &&
            refined_enrich(cx, refined, &refined_enrichables[i], json_find(root, form->names[i]))) {
            enrichment->sources[i] = model;
            taken++;
        }
    }
    return taken;
}

static void repairs_note(struct enrichment *enrichment, struct str model,
                         const struct json_repaired *repaired)
{
    for (size_t i = 0; i < repaired->edit_count; i++) {
        if (enrichment->repair_count == ENRICH_MAX_REPAIRS) {
            enrichment->repairs_dropped += repaired->edit_count - i;
            break;
        }
        enrichment->repairs[enrichment->repair_count++] =
            (struct enrich_repair){.model = model, .edit = repaired->edits[i]};
    }
    enrichment->repairs_dropped += repaired->edits_dropped;
}

static void answer_take(struct ctx *cx, const struct form *form, struct str text,
                        struct refined *refined, struct enrich_attempt *attempt,
                        struct enrichment *enrichment)
{
    struct json_repaired repaired = {0};
    const struct json_repair_options options = {.allowed = JSON_GRADE_LOSSY,
                                                .guide = &form->guide.guide};
    if (json_repair(cx, text, &options, &repaired) != OK) {
        err_clear(cx); /* noted in the attempt; the next model is asked */
        attempt->result = "unreadable";
        return;
    }
    attempt->accepted = fields_take(cx, form, attempt->model, &repaired, refined, enrichment);
    if (attempt->accepted == 0) {
        attempt->result = "unfit";
        return;
    }
    repairs_note(enrichment, attempt->model, &repaired);
    enrichment->accepted += attempt->accepted;
    if (enrichment->model_used.len == 0) {
        enrichment->model_used = attempt->model;
    }
    attempt->result = enrichment->accepted >= ENRICH_ENOUGH ? "ok" : "partial";
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct llm_request *request_of(struct ctx *cx, const struct model_prompt *prompt,
                                      const struct form *form, struct str model)
{
    struct llm_request *request = ARENA_NEW(cx->arena, struct llm_request);
    *request = (struct llm_request){
        .protocol = LLM_PROTOCOL_NONE,
        .chat = model_prompt_chat(cx, prompt, form, model),
        .model = model,
        .wants_events = true,
        .function = STR("refiner"),
        .no_cache = true, /* the refinement itself is what is kept */
        .max_tokens_cap = REFINER_OUTPUT_TOKENS,
    };
    return request;
}

/*
 * What the caller's limits refuse, no other model would be allowed either; NULL: a provider's
 * failure, which says nothing of others. A 429 of theirs has the status of ours.
 */
static const char *refusal_of(enum status status, const struct llm_outcome *outcome)
{
    static const struct {
        enum status status;
        const char *reason;
    } refusals[] = {
        {ERR_BUDGET, "budget"},         {ERR_RATE_LIMITED, "rate_limit"},
        {ERR_FORBIDDEN, "not_allowed"}, {ERR_UNAUTHENTICATED, "not_allowed"},
        {ERR_UNAVAILABLE, "database"},  {ERR_REFUSED, "guard"},
    };
    for (size_t i = 0; i < ARRAY_LEN(refusals) && !outcome->attempts_are_spent; i++) {
        if (refusals[i].status == status) {
            return refusals[i].reason;
        }
    }
    return NULL;
}

struct chain {
    const struct desk *desk;
    const struct llm_caller *caller;
    const struct model_prompt *prompt;
    struct refined *refined;
    struct enrichment *enrichment;
};

/* False: nobody else needs to be asked. */
static bool model_ask(struct ctx *cx, const struct chain *chain, struct str model)
{
    struct enrichment *enrichment = chain->enrichment;
    struct enrich_attempt *attempt = &enrichment->attempts[enrichment->attempt_count++];
    const struct form *form = &chain->desk->form;
    struct buf text = {0};
    *attempt = (struct enrich_attempt){
        .model = model, .result = "failed", .outcome = ARENA_NEW(cx->arena, struct llm_outcome)};
    const struct llm_sink sink = {
        .begin = sink_begin, .raw = sink_raw, .event = sink_event, .arg = &text};
    struct llm_request *request = request_of(cx, chain->prompt, form, model);
    enum status status =
        llm_call(cx, chain->desk->llm, chain->caller, request, &sink, attempt->outcome);
    enrichment->cost_nano += attempt->outcome->cost_nano > 0 ? attempt->outcome->cost_nano : 0;
    if (status != OK) {
        err_clear(cx); /* told in the metadata; the rules' text stands */
        const char *refusal = refusal_of(status, attempt->outcome);
        enrichment->reason = refusal != NULL ? refusal : "models";
        attempt->result = refusal != NULL ? "refused" : "failed";
        return refusal == NULL;
    }
    answer_take(cx, form, buf_str(&text), chain->refined, attempt, enrichment);
    enrichment->reason = "models";
    return enrichment->accepted < ENRICH_ENOUGH;
}

/* ---- the chain ------------------------------------------------------------------------------- */

/* When the models' time is up; `latest` of several wishes. */
static int64_t models_end_ms(const struct ctx *cx, const struct enrich_limits *limits)
{
    int64_t now_ms = clock_now_ms();
    bool is_shorter = limits->timeout_ms > 0 && limits->timeout_ms < REFINER_PATIENCE_MS;
    int64_t end_ms = now_ms + (is_shorter ? limits->timeout_ms : REFINER_PATIENCE_MS);
    int64_t latest_ms = cx->deadline_ms - REFINER_RESERVE_MS;
    return cx->deadline_ms > 0 && latest_ms < end_ms ? latest_ms : end_ms;
}

static void chain_ask(struct ctx *cx, const struct chain *chain, const struct llm_route *route,
                      size_t most, int64_t end_ms)
{
    bool goes_on = true;
    for (size_t i = 0; i < most && goes_on; i++) {
        const struct llm_target *target = &route->targets[i];
        int64_t now_ms = clock_now_ms();
        int64_t left_ms = end_ms - now_ms;
        if (left_ms < REFINER_MODEL_MIN_MS) {
            chain->enrichment->reason = "time";
            return;
        }
        bool is_last = i + 1 == most;
        cx->deadline_ms = now_ms + (is_last ? left_ms : left_ms * FIRST_SHARE_PERCENT / 100);
        goes_on = model_ask(cx, chain, llm_target_name(cx->arena, target));
    }
}

void enrich(struct ctx *cx, const struct desk *desk, const struct llm_caller *caller,
            const struct model_prompt *prompt, const struct enrich_limits *limits,
            struct refined *refined, struct enrichment *enrichment)
{
    const struct chain chain = {desk, caller, prompt, refined, enrichment};
    struct llm_route route;
    int64_t deadline_ms = cx->deadline_ms;
    *enrichment = (struct enrichment){.reason = "models"};
    if (prompt->user.len > REFINER_MAX_PROMPT_BYTES) {
        enrichment->reason = "too_large";
        return;
    }
    if (llm_route_find(cx, llm_models_of(desk->llm), STR(ENRICH_ALIAS), date_of_ms(clock_now_ms()),
                       &route) != OK) {
        err_clear(cx); /* a configuration without the alias: rules alone */
        return;
    }
    bool has_most = limits->models > 0 && limits->models < route.target_count;
    chain_ask(cx, &chain, &route, has_most ? limits->models : route.target_count,
              models_end_ms(cx, limits));
    cx->deadline_ms = deadline_ms;
    if (enrichment->accepted > 0) {
        enrichment->reason = NULL;
    }
}

void enrich_settle(struct ctx *cx, const struct desk *desk, struct enrichment *enrichment)
{
    for (size_t i = 0; i < enrichment->attempt_count; i++) {
        llm_finish(cx, desk->llm, enrichment->attempts[i].outcome);
    }
}
