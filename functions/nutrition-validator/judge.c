#include "functions/nutrition-validator/judge.h"

#include "shared/base/clock.h"
#include "shared/nutrition/targets_json.h"

#include <math.h>

enum { SUGGESTED_MENDS_MAX = 20 };
#define FIBRE_G_PER_KCAL (14.0 / 1000.0) /* IOM 2005 */
#define SATURATED_SHARE  0.10            /* of energy, Dietary Guidelines 2020-2025 */
#define KCAL_PER_FAT_G   9.0

const struct deviation_name deviation_names[DEVIATION_COUNT] = {
    {"calories_deviation", "calories", N_ENERGY},
    {"protein_deviation", "protein", N_PROTEIN},
    {"fat_deviation", "fat", N_FAT},
    {"carbohydrates_deviation", "carbohydrates", N_CARBOHYDRATE},
    {"fiber_deviation", "fiber", N_FIBRE},
};

/* ---- what the plan is held against -------------------------------------------------------------
 */

/*
 * Reference intakes by sex, age and life stage, all that is wanted of the profile here: energy and
 * macronutrients come from elsewhere, so a body that was not measured may stand in. False if the
 * profile does not say enough, or the person is outside what the tables cover.
 */
static bool intakes_of_eater(struct ctx *cx, const struct eater *eater, int32_t today,
                             diet_set diets, struct targets *targets)
{
    struct person person = {
        .height_cm = eater->height_cm > 0 ? eater->height_cm : 170,
        .weight_kg = eater->weight_kg > 0 ? eater->weight_kg : 70,
        .activity = ACTIVITY_LIGHT,
        .diets = diets,
    };
    if (!eater->has_birth_date || !sex_of_name(eater->sex, &person.sex)) {
        return false;
    }
    if (!life_stage_of_name(eater->life_stage, &person.life_stage)) {
        person.life_stage = LIFE_NONE;
    }
    person.age_years = date_years_between(eater->birth_date, today);
    struct ctx probe = {.arena = cx->arena}; /* its failure is an answer here, not an error */
    return targets_compute(&probe, &person, targets) == OK;
}

/* The body's four numbers in place of the base's; what hangs on energy follows it. */
static void targets_override(const struct daily_targets *asked, struct targets *targets)
{
    targets->energy_kcal = asked->calories;
    targets->protein_g = asked->protein;
    targets->fat_g = (struct range){asked->fat, asked->fat};
    targets->carbohydrate_g = (struct range){asked->carbohydrates, asked->carbohydrates};
    if (targets->fibre_min_g > 0 || asked->fiber > 0) {
        targets->fibre_min_g = asked->fiber > 0 ? asked->fiber : FIBRE_G_PER_KCAL * asked->calories;
    }
    if (targets->saturated_max_g > 0) {
        targets->saturated_max_g = SATURATED_SHARE * asked->calories / KCAL_PER_FAT_G;
    }
}

static enum status targets_choose(struct ctx *cx, const struct validate_input *input,
                                  const struct stored_plan *stored, const struct eater *eater,
                                  int32_t today, struct judge_rules *rules)
{
    if (!input->has_targets && stored->targets == NULL) {
        fail_field(cx, STR("targets"), "are required: the stored plan has none of its own");
        return fields_status(cx);
    }
    if (!input->has_targets) {
        return targets_read(cx, stored->targets, &rules->targets);
    }
    struct ctx probe = {.arena =
                            cx->arena}; /* with targets in the body, the plan's may be broken */
    bool has_base =
        stored->targets != NULL && targets_read(&probe, stored->targets, &rules->targets) == OK;
    has_base = has_base || intakes_of_eater(cx, eater, today, rules->diets, &rules->targets);
    if (!has_base) {
        rules->targets = (struct targets){0};
    }
    targets_override(&input->targets, &rules->targets);
    return OK;
}

static enum status texts_add(struct ctx *cx, struct exclusions *exclusions,
                             struct pg_text_array texts)
{
    for (size_t i = 0; i < texts.count; i++) {
        TRY(exclusions_add(cx, exclusions, texts.items[i]));
    }
    return OK;
}

/* Allergies first: if there is no room for all, it is the request that fails, not a rule. */
static enum status eater_rules_add(struct ctx *cx, const struct eater *eater,
                                   struct judge_rules *rules)
{
    TRY(texts_add(cx, &rules->exclusions, eater->allergies));
    TRY(texts_add(cx, &rules->exclusions, eater->dislikes));
    if (eater->diet_type.len > 0) {
        TRY(diet_set_add(cx, &rules->diets, eater->diet_type));
    }
    for (size_t i = 0; i < eater->dietary_rules.count; i++) {
        TRY(diet_set_add(cx, &rules->diets, eater->dietary_rules.items[i]));
    }
    return OK;
}

static struct verdict_tolerance tolerance_of(const struct validate_input *input)
{
    if (!input->has_targets && !input->has_threshold) {
        return (struct verdict_tolerance){0}; /* the plan's own promise */
    }
    double share = input->deviation_threshold / 100;
    return (struct verdict_tolerance){
        .energy_share = share, .protein_share = share, .range_share = share};
}

enum status judge_rules_of(struct ctx *cx, const struct validate_input *input,
                           const struct stored_plan *stored, const struct eater *eater,
                           int32_t today, struct judge_rules *rules)
{
    *rules = (struct judge_rules){
        .exclusions = input->avoid,
        .diets = input->diets,
        .tolerance = tolerance_of(input),
        .fiber_target = input->targets.fiber,
        .threshold = input->deviation_threshold,
        .targets_are_callers = input->has_targets,
        .require_all = input->require_all_recipes,
    };
    if (input->meal_plan_id.len > 0) {
        TRY(eater_rules_add(cx, eater, rules));
    }
    return targets_choose(cx, input, stored, eater, today, rules);
}

/* ---- the judgement -----------------------------------------------------------------------------
 */

/* Percent above or below a range's nearer end; a target that is one number is a range of one. */
static double percent_off(double actual, struct range range)
{
    if (actual < range.min) {
        return 100 * (actual - range.min) / range.min;
    }
    return actual > range.max && range.max > 0 ? 100 * (actual - range.max) / range.max : 0;
}

static struct deviations deviations_of(const struct nutrient_sum *sum, double days,
                                       const struct judge_rules *rules)
{
    const struct targets *t = &rules->targets;
    const struct range ranges[DEVIATION_COUNT] = {
        {t->energy_kcal, t->energy_kcal},
        {t->protein_g, t->protein_g},
        t->fat_g,
        t->carbohydrate_g,
        {rules->fiber_target, rules->fiber_target},
    };
    struct deviations deviations = {.has_fiber = rules->fiber_target > 0, .within = true};
    for (size_t i = 0; i < DEVIATION_COUNT; i++) {
        double actual = sum->amount[deviation_names[i].nutrient] / days;
        deviations.percent[i] = percent_off(actual, ranges[i]);
        bool holds = fabs(deviations.percent[i]) <= rules->threshold + VERDICT_EPSILON;
        deviations.within = deviations.within && (holds || i == DEVIATION_FIBER);
    }
    return deviations;
}

/* Texts, each once. */
struct text_list {
    struct str *items;
    size_t count, max;
};

static void text_list_add(struct text_list *list, struct str text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i], text)) {
            return;
        }
    }
    if (list->count < list->max) {
        list->items[list->count++] = text;
    }
}

enum { MISSING_MAX = 100 };

static void meal_missing(struct ctx *cx, const struct plan_meal *meal, struct text_list *missing)
{
    if (meal->unknown) {
        text_list_add(missing,
                      arena_format(cx->arena, "Recipe " STR_FMT, STR_ARG(meal->recipe_id)));
    }
    for (size_t i = 0; i < meal->line_count; i++) {
        if (meal->lines[i].food == NULL) {
            text_list_add(missing, arena_format(cx->arena, "Food %d", (int)meal->lines[i].fdc_id));
        }
    }
}

static void missing_collect(struct ctx *cx, struct validation *v)
{
    struct text_list missing = {.items = ARENA_ARRAY(cx->arena, struct str, MISSING_MAX),
                                .max = MISSING_MAX};
    for (size_t d = 0; d < v->plan->day_count; d++) {
        for (size_t m = 0; m < v->plan->days[d].meal_count; m++) {
            meal_missing(cx, &v->plan->days[d].meals[m], &missing);
        }
    }
    v->missing = missing.items;
    v->missing_count = missing.count;
}

/* The contract's own, one for each number that is off; then what mends each error. */
static void suggestions_collect(struct ctx *cx, struct validation *v)
{
    struct text_list list = {
        .max = DEVIATION_FIBER + MISSING_MAX + SUGGESTED_MENDS_MAX,
    };
    list.items = ARENA_ARRAY(cx->arena, struct str, list.max);
    for (size_t i = 0; i < DEVIATION_FIBER; i++) {
        double percent = v->mean.percent[i];
        if (fabs(percent) > v->rules->threshold + VERDICT_EPSILON) {
            text_list_add(&list,
                          arena_format(cx->arena, "%s %.1f%% %s target", deviation_names[i].words,
                                       fabs(percent), percent < 0 ? "under" : "over"));
        }
    }
    for (size_t i = 0; v->rules->require_all && i < v->missing_count; i++) {
        text_list_add(&list, arena_format(cx->arena,
                                          STR_FMT " has no nutrition data: replace it, or give "
                                                  "foods of the table in grams",
                                          STR_ARG(v->missing[i])));
    }
    for (size_t i = 0, mends = 0; i < v->verdict.count && mends < SUGGESTED_MENDS_MAX; i++) {
        const struct finding *finding = &v->verdict.findings[i];
        bool is_unknown = str_has_prefix(str_from_cstr(finding->rule), STR("unknown_"));
        if (finding->severity == SEVERITY_ERROR && !is_unknown && finding->mend.len > 0) {
            text_list_add(&list, finding->mend);
            mends++;
        }
    }
    v->suggestions = list.items;
    v->suggestion_count = list.count;
}

/* A day holds if nothing in it is an error, and, where days only warn, none of the four is off. */
static void days_judge(struct ctx *cx, struct validation *v)
{
    size_t count = v->plan->day_count;
    v->days = ARENA_ARRAY(cx->arena, struct deviations, count);
    v->day_is_valid = ARENA_ARRAY(cx->arena, bool, count);
    for (size_t d = 0; d < count; d++) {
        v->days[d] = deviations_of(&v->plan->days[d].sum, 1, v->rules);
        v->day_is_valid[d] = !v->rules->targets_are_callers || v->days[d].within;
    }
    for (size_t i = 0; i < v->verdict.count; i++) {
        const struct finding *finding = &v->verdict.findings[i];
        if (finding->severity == SEVERITY_ERROR && finding->day != VERDICT_WEEK) {
            v->day_is_valid[finding->day] = false;
        }
    }
}

enum status plan_judge(struct ctx *cx, const struct plan *plan, const struct judge_rules *rules,
                       struct validation *validation)
{
    *validation = (struct validation){.plan = plan, .rules = rules};
    struct verdict_rules verdict_rules = {
        .targets = &rules->targets,
        .tolerance = rules->tolerance,
        .diets = rules->diets,
        .exclusions = &rules->exclusions,
        .days_advise = rules->targets_are_callers,
        .allow_unknown = !rules->require_all,
    };
    TRY(verdict_reach(cx, plan, &verdict_rules, &validation->verdict));
    validation->mean = deviations_of(&plan->sum, (double)plan->day_count, rules);
    missing_collect(cx, validation);
    suggestions_collect(cx, validation);
    days_judge(cx, validation);
    bool complete = validation->missing_count == 0 || !rules->require_all;
    validation->is_valid = validation->mean.within && complete && validation->verdict.errors == 0;
    return OK;
}
