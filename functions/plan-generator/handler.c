#include "functions/plan-generator/handler.h"

#include "functions/plan-generator/focus.h"
#include "functions/plan-generator/input.h"
#include "functions/plan-generator/plan_json.h"
#include "functions/plan-generator/store.h"
#include "shared/base/clock.h"
#include "shared/base/uuid.h"
#include "shared/log/log.h"

/* What a failure needs after the work's own deadline: one short transaction. */
enum { RECORD_RESERVE_MS = 500 };

/* One generation, from the request to the saved plan. */
struct generation {
    struct caller caller;
    struct plan_input input;
    struct generation_data data;
    struct str id;
    uint64_t seed;
    const char *stage; /* what is being done: where a failure struck */
    int64_t started_us;
    int64_t load_us, save_us; /* shares of SQL */
    struct person person;
    struct targets targets;
    struct exclusions exclusions;
    struct dish_menu dishes;
    struct week week;
    struct plan plan;
    struct verdict verdict;
};

static int64_t elapsed_ms(const struct generation *g)
{
    return (clock_mono_us() - g->started_us) / 1000;
}

/* A plan that is there already; wishes sent along are not dropped in silence. */
static const char *ready_message(const struct plan_input *input)
{
    bool wishes = input->has_seed || input->has_preferences || input->special_request_count > 0;
    return wishes ? "That week's plan was ready, and what you asked for was not applied; send "
                    "force_regenerate to replace it."
                  : "That week's plan was ready.";
}

static enum status respond(struct ctx *cx, const struct generation *g,
                           const struct saved_plan *saved, const char *message,
                           struct http_answer *answer)
{
    struct buf buf = buf_in(cx->arena, PLAN_DATA_MAX_BYTES + KIB(4));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_bool(&w, "success", true);
    json_member_str(&w, "generation_id", saved->generation_id);
    json_member_str(&w, "plan_id", saved->id);
    json_member_cstr(&w, "status", "generated");
    json_member_cstr(&w, "message", message);
    json_member_i64(&w, "duration_ms", elapsed_ms(g));
    json_member_i64(&w, "total_recipes", (int64_t)WEEK_DAYS * MEAL_TYPE_COUNT);
    json_member_str(&w, "week_theme", saved->week_theme);
    json_member_raw(&w, "plan", saved->plan_data);
    json_object_end(&w);
    answer->body = buf_str(&buf);
    return buf.full ? fail(cx, ERR_INTERNAL, "the answer is too large") : OK;
}

static enum status data_load(struct ctx *cx, struct generation *g, struct pg *pg)
{
    int64_t before = clock_mono_us();
    TRY(generation_load(cx, pg, &g->caller, g->input.week_start, &g->data));
    g->load_us = clock_mono_us() - before;
    return OK;
}

/* Without a seed of the caller's: the same plan for the same user and week, another when forced. */
static void seed_choose(struct generation *g)
{
    if (g->input.has_seed) {
        g->seed = (uint64_t)g->input.seed;
        return;
    }
    uint64_t salt = (uint64_t)(int64_t)g->input.week_start;
    struct str from = g->input.force_regenerate ? g->id : g->caller.user_id;
    g->seed = draw_seed_of(from, salt) >> 11; /* 53 bits: exact wherever JSON numbers are doubles */
}

static enum status blueprint_make(struct ctx *cx, struct generation *g, int32_t today)
{
    TRY(profile_person(cx, &g->data.profile, today, &g->person));
    TRY(profile_exclusions(cx, &g->data.profile, &g->exclusions));
    TRY(targets_compute(cx, &g->person, &g->targets));
    focus_apply(&g->input.preferences, g->person.diets, &g->targets);
    return OK;
}

static enum status dishes_choose(struct ctx *cx, struct generation *g)
{
    const struct plan_preferences *wanted = &g->input.preferences;
    struct dish_rules rules = {
        .diets = g->person.diets,
        .exclusions = &g->exclusions,
        .max_prep_minutes = wanted->max_prep_minutes > 0 ? wanted->max_prep_minutes
                                                         : g->data.profile.cooking_minutes,
        .excluded_recipes = wanted->excluded_recipes,
        .excluded_recipe_count = wanted->excluded_recipe_count,
        .premium_allowed = g->data.premium_allowed,
        .taste = g->data.taste,
    };
    return dish_menu_build(cx, &g->data.recipes, &rules, &g->dishes);
}

/* The same judgement that the nutrition validator passes; nothing it refuses is saved. */
static enum status plan_judge(struct ctx *cx, struct generation *g)
{
    struct verdict_rules rules = {
        .targets = &g->targets,
        .diets = g->person.diets,
        .exclusions = &g->exclusions,
    };
    week_to_plan(cx, &g->week, &g->plan);
    TRY(verdict_reach(cx, &g->plan, &rules, &g->verdict));
    if (g->verdict.errors > 0) {
        const struct finding *first = &g->verdict.findings[0];
        return fail_code(cx, ERR_INFEASIBLE, "NUTRITION_VALIDATION_FAILED",
                         "the plan breaks the rule %s: " STR_FMT, first->rule,
                         STR_ARG(first->message));
    }
    return OK;
}

static enum status week_make(struct ctx *cx, struct generation *g)
{
    struct week_options options = {
        .start = g->input.week_start,
        .seed = g->seed,
        .enforce_variety = g->input.preferences.enforce_variety,
    };
    g->stage = "candidates";
    TRY(dishes_choose(cx, g));
    g->stage = "menu and portions";
    TRY(week_build(cx, &g->dishes, &g->targets, &options, &g->week));
    g->stage = "verdict";
    return plan_judge(cx, g);
}

static enum status plan_keep(struct ctx *cx, struct generation *g, struct pg *pg,
                             struct saved_plan *saved, bool *existed)
{
    struct plan_document document = {
        .week = &g->week,
        .plan = &g->plan,
        .targets = &g->targets,
        .verdict = &g->verdict,
        .input = &g->input,
        .extras = {.household_size = g->data.profile.household_size,
                   .streak_days = g->data.profile.streak_days},
        .seed = g->seed,
    };
    document.unheard_count =
        words_unheard(&g->data.recipes, &g->exclusions, document.unheard, UNHEARD_MAX);
    struct plan_record record = {
        .generation_id = g->id,
        .intake_id = g->data.profile.intake_id,
        .week_theme = week_theme(cx, &g->week, &g->input),
        .accuracy = plan_accuracy(cx, &g->plan, &g->targets),
        .week_start = g->input.week_start,
        .seed = (int64_t)g->seed,
        .recipes = (int64_t)WEEK_DAYS * MEAL_TYPE_COUNT,
        .replace = g->input.force_regenerate,
    };
    g->stage = "saving";
    TRY(plan_document_write(cx, &document, &record.plan_data));
    record.duration_ms = elapsed_ms(g);
    int64_t before = clock_mono_us();
    TRY(plan_save(cx, pg, &g->caller, &record, saved, existed));
    g->save_us = clock_mono_us() - before;
    return OK;
}

/* What a later reader needs to see why it failed; no names, no dates of birth. */
static struct str blueprint_write(struct ctx *cx, const struct generation *g)
{
    struct buf buf = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&buf);
    json_object_begin(&w);
    json_member_i64(&w, "seed", (int64_t)g->seed);
    json_member_i64(&w, "diets", g->person.diets);
    json_member_i64(&w, "excluded_classes", g->exclusions.classes);
    json_member_i64(&w, "max_prep_time", g->input.preferences.max_prep_minutes);
    json_member_fixed(&w, "energy_kcal", g->targets.energy_kcal, 0);
    json_member_fixed(&w, "protein_g", g->targets.protein_g, 0);
    json_object_end(&w);
    return buf_str(&buf);
}

/*
 * Closes the log row. One more failure on the way changes nothing for the caller, who gets the
 * first; a row that stays open is closed by the user's next generation (generation_start).
 */
static void failure_record(struct ctx *cx, struct generation *g, struct pg *pg)
{
    struct err first = cx->err;
    struct str reason = arena_str_copy(cx->arena, str_from_cstr(first.text));
    enum status recorded = generation_fail(cx, pg, &g->caller, g->id, elapsed_ms(g), g->stage,
                                           reason, blueprint_write(cx, g));
    if (recorded != OK) {
        LOG(cx, LOG_WARN, "failure_not_recorded", LOG_CSTR("error", cx->err.text));
    }
    cx->err = first;
}

static void log_generated(const struct ctx *cx, const struct generation *g)
{
    LOG(cx, LOG_INFO, "plan_generated", LOG_STR("generationId", g->id),
        LOG_I64("dishes", (int64_t)g->dishes.dish_count), LOG_I64("durationMs", elapsed_ms(g)),
        LOG_I64("loadUs", g->load_us), LOG_I64("menuUs", g->week.menu_us),
        LOG_I64("portionsUs", g->week.portions_us), LOG_I64("saveUs", g->save_us));
}

static enum status plan_make(struct ctx *cx, struct generation *g, struct pg *pg,
                             struct saved_plan *saved, bool *existed)
{
    TRY(week_make(cx, g));
    return plan_keep(cx, g, pg, saved, existed);
}

static enum status generate(struct ctx *cx, struct generation *g, struct pg *pg,
                            struct http_answer *answer)
{
    struct saved_plan saved = {0};
    bool existed = false;
    TRY(generation_start(cx, pg, &g->caller, g->id));
    int64_t deadline_ms = cx->deadline_ms;
    cx->deadline_ms = deadline_ms == 0 ? 0 : deadline_ms - RECORD_RESERVE_MS;
    enum status status = plan_make(cx, g, pg, &saved, &existed);
    cx->deadline_ms = deadline_ms;
    if (status != OK) {
        failure_record(cx, g, pg);
        return status;
    }
    log_generated(cx, g);
    return respond(cx, g, &saved, existed ? ready_message(&g->input) : "Plan ready.", answer);
}

enum status plan_generate(struct ctx *cx, const struct http_event *event,
                          const struct http_params *params, struct http_answer *answer, void *app)
{
    (void)params;
    const struct endpoint_call *call = app;
    int32_t today = date_of_ms(call->now_ms);
    struct generation *g = ARENA_NEW(cx->arena, struct generation);
    const struct json *body = NULL;
    char id[UUID_TEXT_LEN + 1];
    g->started_us = clock_mono_us();
    TRY(endpoint_caller(cx, call, event, &g->caller));
    TRY(endpoint_body(cx, event, &body));
    TRY(plan_input_read(cx, body, today, &g->input));
    TRY(data_load(cx, g, call->services->pg));
    TRY(subscription_check(cx, &g->data.quota));
    if (g->data.existing.id.len > 0 && !g->input.force_regenerate) {
        return respond(cx, g, &g->data.existing, ready_message(&g->input), answer);
    }
    TRY(quota_check(cx, &g->data.quota));
    TRY(blueprint_make(cx, g, today));
    uuid_v4(id);
    g->id = arena_str_copy(cx->arena, str_from_cstr(id));
    seed_choose(g);
    return generate(cx, g, call->services->pg, answer);
}
