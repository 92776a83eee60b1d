/*
 * What would mend a finding, in one sentence that a cook can act on: which food, how many grams,
 * in which meal. Chosen among the lines that are there already, because what somebody eats anyway
 * is the change most likely to be made (the objective of the Thrifty Food Plan, USDA 2021).
 */
#pragma once

#include "shared/nutrition/plan.h"

/* A day's change of one nutrient: `by` above 0 adds. Energy or a macronutrient. */
struct mend_wish {
    size_t day;
    enum nutrient nutrient;
    double by;
    bool without_fibre; /* carbohydrate: net of it */
    bool energy_fits;   /* the day's energy is right as it is: say what the change does to it */
};

/* "add 14 g of protein on tuesday: for instance 45 g more tofu, firm in the lunch" */
struct str mend_day(struct arena *arena, const struct plan *plan, const struct mend_wish *wish);
/* "replace butter in the lunch on tuesday, or choose another recipe" */
struct str mend_line(struct arena *arena, const struct plan *plan, size_t day, size_t meal,
                     struct str line);
/* A mean that falls short by `gap` a day: the best food of the plan, or that food rarely does it.
 */
struct str mend_intake(struct arena *arena, const struct plan *plan, enum nutrient nutrient,
                       double gap, bool vegan);
/* A mean or a day (not VERDICT_WEEK) over a limit by `excess` a day: its largest source. */
struct str mend_excess(struct arena *arena, const struct plan *plan, int day,
                       enum nutrient nutrient, double excess);
