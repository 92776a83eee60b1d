/*
 * What a plan is held against, and what comes of it. Takes values only; the clock, the database and
 * the wire are others'.
 *
 * Targets of the body are the contract's: four numbers, met by the mean of the days within a
 * percentage; a day that is off them warns. A stored plan's own targets are promises for each day:
 * 0.5 % of energy, 1 g of protein, fat and carbohydrate inside their range (or the percentage, if
 * the caller names one), and a day that is off them makes the plan invalid.
 */
#pragma once

#include "functions/nutrition-validator/store.h"
#include "functions/nutrition-validator/stored.h"
#include "shared/nutrition/verdict.h"

struct judge_rules {
    struct targets targets;
    struct exclusions exclusions;
    struct verdict_tolerance tolerance;
    diet_set diets;
    double fiber_target; /* 0: none was asked for */
    double threshold;    /* percent, of the mean */
    bool targets_are_callers;
    bool require_all;
};

/*
 * Joins the body's wishes, the stored plan's targets and the eater's profile. The profile's
 * allergies, dislikes and diet hold for a stored plan, which is the caller's own; a plan in the
 * body may be for anybody, so only what the body says holds for it. Vitamins and minerals are those
 * of the stored targets, else of the profile's sex and age, else not judged.
 *
 * ERR_INVALID  no targets: neither the body nor the plan has them; or the plan's are not readable
 */
enum status judge_rules_of(struct ctx *cx, const struct validate_input *input,
                           const struct stored_plan *stored, const struct eater *eater,
                           int32_t today, struct judge_rules *rules) MUST_CHECK;

/* The four of the contract, in its order, and fibre. */
enum { DEVIATION_COUNT = 5, DEVIATION_FIBER = 4 };
struct deviations {
    double percent[DEVIATION_COUNT]; /* signed; 0 inside a range */
    bool has_fiber;
    bool within; /* all four within the threshold; fibre is not asked */
};
struct deviation_name {
    const char *key, *words; /* "calories_deviation", "calories" */
    enum nutrient nutrient;
};
extern const struct deviation_name deviation_names[DEVIATION_COUNT];

struct validation {
    const struct plan *plan;
    const struct judge_rules *rules;
    struct verdict verdict;
    struct deviations mean;
    struct deviations *days; /* one a day */
    bool *day_is_valid;
    bool is_valid;
    const struct str *missing, *suggestions;
    size_t missing_count, suggestion_count;
};

enum status plan_judge(struct ctx *cx, const struct plan *plan, const struct judge_rules *rules,
                       struct validation *validation) MUST_CHECK;
