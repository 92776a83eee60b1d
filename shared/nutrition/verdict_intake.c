#include "shared/nutrition/verdict_intake.h"

#include "shared/nutrition/verdict_build.h"
#include "shared/nutrition/verdict_mend.h"

#include <math.h>

/* Below this share of the weight, what is known says nothing about what is not. */
#define COVERAGE_MIN 0.5
#define SHORT_SHARE  (2.0 / 3.0)

/*
 * Vegans meet vitamin B12 by fortified foods or a supplement (IOM 1998, chapter 9), and USDA's food
 * table, which plans are made from, has few fortified foods. As an error this would refuse every
 * vegan plan for what a tablet mends; so it is a warning even above 2/3, with that mend.
 */
static const enum severity VEGAN_B12_SEVERITY = SEVERITY_WARNING;

static const char *const state_keys[] = {
    [INTAKE_NOT_JUDGED] = "not_judged", [INTAKE_MET] = "met",         [INTAKE_SHORT] = "short",
    [INTAKE_VERY_SHORT] = "very_short", [INTAKE_UNCLEAR] = "unclear", [INTAKE_OVER] = "over",
};

const char *intake_state_key(enum intake_state state)
{
    return state_keys[state];
}

enum nutrient intake_limited_nutrient(enum nutrient nutrient)
{
    if (nutrient == N_VITAMIN_A) {
        return N_RETINOL;
    }
    if (nutrient == N_FOLATE) {
        return N_FOLIC_ACID;
    }
    bool food_counts = nutrient != N_MAGNESIUM && nutrient != N_VITAMIN_E && nutrient != N_NIACIN;
    return food_counts ? nutrient : NUTRIENT_COUNT;
}

/*
 * Water is mostly drunk, and salt mostly added: a plan of foods falls short of either without
 * anybody being so. Under keto a shortfall of carbohydrate is the diet.
 */
static bool is_minimum_judged(const struct targets *targets, enum nutrient nutrient)
{
    if (nutrient == N_WATER || nutrient == N_SODIUM || nutrient == N_CHLORIDE) {
        return false;
    }
    return nutrient != N_CARBOHYDRATE || targets->net_carbohydrate_max_g <= 0;
}

static enum intake_state state_of(const struct intake_mean *intake)
{
    if (intake->upper > 0 && intake->limited > intake->upper + VERDICT_EPSILON) {
        return INTAKE_OVER;
    }
    if (intake->target <= 0) {
        return INTAKE_NOT_JUDGED;
    }
    if (intake->mean >= intake->target - VERDICT_EPSILON) {
        return INTAKE_MET;
    }
    if (intake->coverage < COVERAGE_MIN || intake->estimate >= intake->target - VERDICT_EPSILON) {
        return INTAKE_UNCLEAR;
    }
    return intake->estimate >= SHORT_SHARE * intake->target ? INTAKE_SHORT : INTAKE_VERY_SHORT;
}

struct intake_mean intake_mean_of(const struct plan *plan, const struct targets *targets,
                                  enum nutrient nutrient)
{
    double days = fmax(1, (double)plan->day_count);
    struct intake_mean intake = {
        .mean = plan->sum.amount[nutrient] / days,
        .coverage = nutrient_sum_coverage(&plan->sum, nutrient),
    };
    intake.estimate = intake.coverage > 0 ? intake.mean / intake.coverage : 0;
    if (targets == NULL || (size_t)nutrient >= DRI_NUTRIENT_COUNT) {
        return intake;
    }
    enum nutrient limited = intake_limited_nutrient(nutrient);
    if (limited != NUTRIENT_COUNT) {
        intake.upper = targets->intake[nutrient].upper;
        intake.limited = plan->sum.amount[limited] / days;
    }
    if (is_minimum_judged(targets, nutrient)) {
        intake.kind = targets->intake[nutrient].kind;
        intake.target = intake.kind == INTAKE_NONE ? 0 : targets->intake[nutrient].amount;
    }
    intake.state = state_of(&intake);
    return intake;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

static enum severity shortfall_severity(const struct verdict_builder *b, enum nutrient nutrient,
                                        const struct intake_mean *intake)
{
    if (intake->state == INTAKE_UNCLEAR || intake->kind == INTAKE_AI) {
        return SEVERITY_INFO;
    }
    bool vegan = (b->rules->diets & DIET_BIT(DIET_VEGAN)) != 0;
    if (nutrient == N_VITAMIN_B12 && vegan) {
        return VEGAN_B12_SEVERITY;
    }
    return intake->state == INTAKE_VERY_SHORT ? SEVERITY_WARNING : SEVERITY_INFO;
}

static struct str shortfall_message(struct arena *arena, enum nutrient nutrient,
                                    const struct intake_mean *intake)
{
    const char *words = nutrient_info(nutrient)->words;
    const char *kind = intake->kind == INTAKE_RDA ? "RDA" : "AI";
    struct str has = amount_words(arena, intake->mean, nutrient);
    struct str target = amount_words(arena, intake->target, nutrient);
    if (intake->coverage <= 0) {
        return arena_format(
            arena, "%s: cannot tell, no food of the plan has a known value (%s " STR_FMT " a day)",
            words, kind, STR_ARG(target));
    }
    if (intake->state == INTAKE_UNCLEAR) {
        return arena_format(
            arena,
            "%s: cannot tell, " STR_FMT " a day from the %.0f %% of the weight with a "
            "known value (%s " STR_FMT ")",
            words, STR_ARG(has), floor(100 * intake->coverage), kind, STR_ARG(target));
    }
    return arena_format(arena,
                        "%s: " STR_FMT " a day, %.0f %% of the %s of " STR_FMT
                        ", known for %.0f %% of the weight",
                        words, STR_ARG(has), floor(100 * intake->mean / intake->target), kind,
                        STR_ARG(target), floor(100 * intake->coverage));
}

/* Where nothing is known there is nothing to mend; where little is, only in case. */
static struct str shortfall_mend(const struct verdict_builder *b, enum nutrient nutrient,
                                 const struct intake_mean *intake)
{
    if (intake->coverage <= 0) {
        return (struct str){0};
    }
    struct arena *arena = b->cx->arena;
    struct str mend = mend_intake(b, nutrient, intake->target - intake->mean);
    return intake->state != INTAKE_UNCLEAR
               ? mend
               : arena_format(arena, "in case it is short: " STR_FMT, STR_ARG(mend));
}

static void shortfall_add(struct verdict_builder *b, enum nutrient nutrient,
                          const struct intake_mean *intake)
{
    verdict_add(b, (struct finding){
                       .rule = "intake",
                       .severity = shortfall_severity(b, nutrient, intake),
                       .day = VERDICT_WEEK,
                       .meal = -1,
                       .nutrient = nutrient,
                       .actual = intake->mean,
                       .min = intake->target,
                       .coverage = intake->coverage,
                       .message = shortfall_message(b->cx->arena, nutrient, intake),
                       .mend = shortfall_mend(b, nutrient, intake),
                   });
}

/* Something that should not be passed: an upper limit, sodium, saturated fat. */
struct limit {
    const char *rule;
    enum nutrient nutrient, counted;
    double max;
    enum severity week, day; /* SEVERITY_INFO for `day`: days are not judged */
    const char *words;       /* what the limit is */
    struct str mend;         /* empty: the largest source, and how much less of it */
};

static void over_add(struct verdict_builder *b, const struct limit *limit, int day, double actual)
{
    struct arena *arena = b->cx->arena;
    const struct nutrient_sum *sum = day == VERDICT_WEEK ? &b->plan->sum : &b->plan->days[day].sum;
    struct str when = day == VERDICT_WEEK ? STR("the mean of the days")
                                          : plan_day_words(arena, b->plan, (size_t)day);
    struct str has = amount_words(arena, actual, limit->counted);
    struct str max = amount_words(arena, limit->max, limit->counted);
    verdict_add(b, (struct finding){
                       .rule = limit->rule,
                       .severity = day == VERDICT_WEEK ? limit->week : limit->day,
                       .day = day,
                       .meal = -1,
                       .nutrient = limit->nutrient,
                       .actual = actual,
                       .max = limit->max,
                       .coverage = nutrient_sum_coverage(sum, limit->counted),
                       .message = arena_format(arena, STR_FMT " has " STR_FMT " of %s; %s " STR_FMT,
                                               STR_ARG(when), STR_ARG(has),
                                               nutrient_info(limit->counted)->words, limit->words,
                                               STR_ARG(max)),
                       .mend = limit->mend.len > 0
                                   ? limit->mend
                                   : mend_excess(b, day, limit->counted, actual - limit->max),
                   });
}

/* The mean first; where it holds, the days that do not. */
static void limit_judge(struct verdict_builder *b, const struct limit *limit)
{
    if (limit->max <= 0 || b->plan->day_count == 0) {
        return;
    }
    double mean = b->plan->sum.amount[limit->counted] / (double)b->plan->day_count;
    if (mean > limit->max + VERDICT_EPSILON) {
        over_add(b, limit, VERDICT_WEEK, mean);
        return;
    }
    for (size_t day = 0; limit->day != SEVERITY_INFO && day < b->plan->day_count; day++) {
        double amount = b->plan->days[day].sum.amount[limit->counted];
        if (amount > limit->max + VERDICT_EPSILON) {
            over_add(b, limit, (int)day, amount);
        }
    }
}

static void upper_limit_judge(struct verdict_builder *b, enum nutrient nutrient)
{
    enum nutrient counted = intake_limited_nutrient(nutrient);
    if (counted == NUTRIENT_COUNT) {
        return;
    }
    /* Plant eaters pass manganese's limit by food alone, without harm known (IOM 2001, chapter 10).
     */
    bool harmless = nutrient == N_MANGANESE;
    limit_judge(b, &(struct limit){.rule = "upper_limit",
                                   .nutrient = nutrient,
                                   .counted = counted,
                                   .max = b->rules->targets->intake[nutrient].upper,
                                   .week = harmless ? SEVERITY_INFO : SEVERITY_ERROR,
                                   .day = harmless ? SEVERITY_INFO : SEVERITY_WARNING,
                                   .words = "the upper limit is",
                                   .mend = harmless ? STR("nothing needs to change: plant foods "
                                                          "pass this limit without harm known")
                                                    : (struct str){0}});
}

static void fibre_judge(struct verdict_builder *b)
{
    double min = b->rules->targets->fibre_min_g;
    struct intake_mean intake = intake_mean_of(b->plan, NULL, N_FIBRE);
    if (min <= 0 || intake.mean >= min - VERDICT_EPSILON) {
        return;
    }
    struct arena *arena = b->cx->arena;
    struct str has = amount_words(arena, intake.mean, N_FIBRE);
    struct str goal = amount_words(arena, min, N_FIBRE);
    verdict_add(b,
                (struct finding){
                    .rule = "fiber",
                    .severity = SEVERITY_INFO,
                    .day = VERDICT_WEEK,
                    .meal = -1,
                    .nutrient = N_FIBRE,
                    .actual = intake.mean,
                    .min = min,
                    .coverage = intake.coverage,
                    .message = arena_format(arena, "fibre: " STR_FMT " a day, the goal is " STR_FMT,
                                            STR_ARG(has), STR_ARG(goal)),
                    .mend = mend_intake(b, N_FIBRE, min - intake.mean),
                });
}

void verdict_intakes(struct verdict_builder *b)
{
    const struct targets *targets = b->rules->targets;
    for (unsigned i = 0; i < DRI_NUTRIENT_COUNT; i++) {
        enum nutrient nutrient = (enum nutrient)i;
        struct intake_mean intake = intake_mean_of(b->plan, targets, nutrient);
        bool is_short = intake.state == INTAKE_SHORT || intake.state == INTAKE_VERY_SHORT ||
                        intake.state == INTAKE_UNCLEAR;
        /* The day's fibre has a rule of its own, by energy. */
        if (is_short && !(nutrient == N_FIBRE && targets->fibre_min_g > 0)) {
            shortfall_add(b, nutrient, &intake);
        }
        upper_limit_judge(b, nutrient);
    }
    fibre_judge(b);
    limit_judge(b, &(struct limit){.rule = "sodium",
                                   .nutrient = N_SODIUM,
                                   .counted = N_SODIUM,
                                   .max = targets->sodium_max_mg,
                                   .week = SEVERITY_WARNING,
                                   .day = SEVERITY_WARNING,
                                   .words = "to lower the risk of chronic disease, at most"});
    limit_judge(b, &(struct limit){.rule = "saturated_fat",
                                   .nutrient = N_SATURATED,
                                   .counted = N_SATURATED,
                                   .max = targets->saturated_max_g,
                                   .week = SEVERITY_WARNING,
                                   .day = SEVERITY_INFO,
                                   .words = "a tenth of the energy is"});
}
