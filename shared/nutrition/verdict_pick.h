/*
 * Which line of a plan a mend speaks of. Chosen among the lines that are there already, because
 * what somebody eats anyway is the change most likely to be made (the objective of the Thrifty
 * Food Plan, USDA 2021). A line serves if a cook would weigh it out: food, not what flavours it;
 * at least 5 g of change, at most a portion; and nothing that a finding is about.
 */
#pragma once

#include "shared/nutrition/verdict_build.h"

/* A day's change of one nutrient: `by` above 0 adds. Energy or a macronutrient. */
struct mend_wish {
    size_t day;
    enum nutrient nutrient;
    double by;
    double slack;       /* how far past `by` the day is still right */
    bool without_fibre; /* carbohydrate: net of it */
    bool energy_fits;   /* the day's energy is right as it is: say what the change does to it */
};

struct pick {
    const struct plan_line *line; /* NULL: no line of the day serves */
    size_t meal;
    double grams; /* more, or less if negative */
    double score;
    bool fits; /* a cook would do it, and the day is right afterwards */
};

/* The line of the day that serves a wish best. */
struct pick pick_of_day(const struct verdict_builder *b, const struct mend_wish *wish);

/*
 * The line of the plan with the most of a nutrient for the least energy of which `*grams` more a
 * day, a multiple of 5 g and an eatable amount, close a gap; NULL if there is none.
 */
const struct plan_line *pick_richest(const struct verdict_builder *b, enum nutrient nutrient,
                                     double gap, double *grams);

/* Per gram; 0 if it is not known, or `food` is NULL. */
double food_density(const struct food *food, enum nutrient nutrient);
