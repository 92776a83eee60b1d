#include "functions/refiner/item.h"

#include "functions/refiner/answer.h"
#include "functions/refiner/store.h"
#include "shared/base/clock.h"
#include "shared/log/log.h"

/* What the steps share. */
struct work {
    const struct desk *desk;
    const struct asker *asker;
    const struct item_wish *wish;
    struct analysis analysis;
    struct refinement refinement;
    struct model_prompt prompt;
    struct item *item;
    bool is_stored;
};

static struct answer_parts parts_of(const struct work *work)
{
    return (struct answer_parts){
        .id = work->item->id,
        .analysis = &work->analysis,
        .refinement = &work->refinement,
        .enrichment = work->item->enrichment,
        .took_ms = (clock_mono_us() - work->wish->started_us) / 1000,
        .is_stored = work->is_stored,
    };
}

/* ---- before the models ----------------------------------------------------------------------- */

static enum status draft_make(struct ctx *cx, struct work *work)
{
    TRY(analysis_read(cx, work->wish->analysis, &work->analysis));
    refine(cx, &work->analysis, &work->refinement);
    model_prompt_make(cx, &work->refinement, &work->desk->form, &work->prompt);
    struct answer_parts parts = parts_of(work);
    return answer_make(cx, work->desk->schema, &parts, &work->item->answer);
}

/* Not there, or not in time: the answer does not wait for it. */
static bool database_is_away(enum status status)
{
    return status == ERR_UNAVAILABLE || status == ERR_TIMEOUT;
}

static enum status begun_use(struct ctx *cx, const struct begin_result *result, struct work *work)
{
    switch (result->begun) {
    case BEGUN:
        return OK;
    case BEGUN_HIT:
        work->item->is_cached = true;
        work->item->id = result->id;
        return answer_again(cx, result->payload, &work->item->answer);
    case BEGUN_LIMITED:
        work->item->wait_s = result->wait_s;
        return fail_public(cx, ERR_RATE_LIMITED, "Too many refinements; again in %lld s",
                           (long long)result->wait_s);
    case BEGUN_TAKEN:
        return fail_public(cx, ERR_CONFLICT, "A refinement of this id is there already");
    }
    return fail(cx, ERR_INTERNAL, "no such outcome");
}

static enum status row_begin(struct ctx *cx, struct work *work)
{
    struct answer_parts parts = parts_of(work);
    struct begin_result result;
    const struct begin_row row = {
        .id = work->item->id,
        .analyzer_id = work->analysis.id,
        .prompt_version = STR(MODEL_PROMPT_VERSION),
        .payload = work->item->answer,
        .event = answer_event(cx, &parts, work->wish->now_ms),
        .hash = &work->prompt.hash,
        .refinement = &work->refinement,
        .use_cache = !work->wish->no_cache,
    };
    enum status status = refinement_begin(cx, work->desk->pg, &work->asker->caller, &row, &result);
    if (database_is_away(status)) {
        LOG(cx, LOG_WARN, "refinement_not_stored", LOG_CSTR("error", cx->err.text));
        err_clear(cx); /* told in the metadata */
        work->is_stored = false;
        work->item->enrichment->reason = "database";
        return OK;
    }
    TRY(status);
    return begun_use(cx, &result, work);
}

/* ---- the models, and after them -------------------------------------------------------------- */

static void models_ask(struct ctx *cx, struct work *work)
{
    const struct analysis_options *options = &work->analysis.wrapper;
    bool is_first_only = options->use_fallback == SAID_NO;
    const struct enrich_limits limits = {
        .models = is_first_only                 ? 1
                  : options->max_retries.is_set ? (size_t)options->max_retries.value + 1
                                                : 0,
        .timeout_ms = options->timeout_ms.is_set ? (int64_t)options->timeout_ms.value : 0,
    };
    enrich(cx, work->desk, &work->asker->llm, &work->prompt, &limits, &work->refinement.refined,
           work->item->enrichment);
    work->refinement.quality = quality_assess(cx, &work->analysis, &work->refinement.refined);
}

/* What a model brought in passed field by field; should the whole not fit, the rules' texts do. */
static enum status answer_finish(struct ctx *cx, struct work *work, const struct refined *by_rules)
{
    struct answer_parts parts = parts_of(work);
    struct enrichment *enrichment = work->item->enrichment;
    if (answer_make(cx, work->desk->schema, &parts, &work->item->answer) == OK) {
        return OK;
    }
    LOG(cx, LOG_ERROR, "refinement_unfit", LOG_CSTR("error", cx->err.text));
    err_clear(cx); /* made again, of what was fit before */
    work->refinement.refined = *by_rules;
    work->refinement.quality = quality_assess(cx, &work->analysis, by_rules);
    memset(enrichment->sources, 0, sizeof enrichment->sources);
    enrichment->accepted = 0;
    enrichment->model_used = (struct str){0};
    enrichment->reason = "unfit";
    return answer_make(cx, work->desk->schema, &parts, &work->item->answer);
}

static enum status row_finish(struct ctx *cx, struct work *work)
{
    struct answer_parts parts = parts_of(work);
    const struct enrichment *enrichment = work->item->enrichment;
    const struct finish_row row = {
        .id = work->item->id,
        .payload = work->item->answer,
        .event = answer_event(cx, &parts, clock_now_ms()),
        .model_used = enrichment->accepted > 0 ? enrichment->model_used : STR("none"),
        .degraded = enrichment->accepted == 0,
        .took_ms = parts.took_ms,
        .retries = enrichment->attempt_count > 1 ? (int64_t)enrichment->attempt_count - 1 : 0,
        .cost_nano = enrichment->cost_nano,
    };
    return refinement_finish(cx, work->desk->pg, &work->asker->caller, &row);
}

/* The models have been paid for: their answer goes out, stored or not. */
static enum status complete(struct ctx *cx, struct work *work)
{
    struct refined by_rules = work->refinement.refined; /* enriching replaces, it changes no list */
    if (work->wish->no_models) {
        work->item->enrichment->reason = "asked";
    } else if (work->is_stored) {
        models_ask(cx, work);
    }
    TRY(answer_finish(cx, work, &by_rules));
    if (!work->is_stored || row_finish(cx, work) == OK) {
        return OK;
    }
    LOG(cx, LOG_WARN, "refinement_not_ended", LOG_CSTR("error", cx->err.text));
    err_clear(cx); /* told in the metadata */
    work->is_stored = false;
    return answer_finish(cx, work, &by_rules);
}

enum status item_refine(struct ctx *cx, const struct desk *desk, const struct asker *asker,
                        const struct item_wish *wish, struct item *item)
{
    struct work *work = ARENA_NEW(cx->arena, struct work);
    *work =
        (struct work){.desk = desk, .asker = asker, .wish = wish, .item = item, .is_stored = true};
    *item = (struct item){
        .id = wish->id.len > 0 ? wish->id : refiner_id_new(cx, wish->now_ms),
        .enrichment = ARENA_NEW(cx->arena, struct enrichment),
    };
    item->enrichment->reason = "models";
    TRY(draft_make(cx, work));
    TRY(row_begin(cx, work));
    return item->is_cached ? OK : complete(cx, work);
}
