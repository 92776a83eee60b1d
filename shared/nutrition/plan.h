/*
 * A plan as what it weighs: days of meals of foods in grams. Both the generator, which makes one,
 * and the validator, which judges any, add it up here and nowhere else, so that they agree to the
 * last digit.
 */
#pragma once

#include "shared/nutrition/food_class.h"
#include "shared/nutrition/nutrient.h"

enum { PLAN_MAX_DAYS = 31, PLAN_MAX_MEALS = 12, PLAN_MAX_LINES = 60 };

struct plan_line {
    int32_t fdc_id;
    struct str name;             /* as the recipe or the sender calls it */
    double grams;                /* eaten, as displayed */
    const struct food *food;     /* NULL: not in the food table */
    struct food_classes classes; /* read off the name and the food's description */
};

struct plan_meal {
    struct str type; /* "breakfast"; empty if the sender did not say */
    struct str recipe_id, title, cuisine;
    double servings; /* 1 where grams say it all */
    bool unknown;    /* a recipe that is not in the book: no lines, nothing added up */
    struct plan_line *lines;
    size_t line_count;
    struct nutrient_sum sum;
};

struct plan_day {
    struct str name; /* "monday"; empty if the sender did not say */
    int32_t date;    /* days since 1970-01-01; PLAN_NO_DATE */
    struct plan_meal *meals;
    size_t meal_count;
    struct nutrient_sum sum;
};
#define PLAN_NO_DATE INT32_MIN

struct plan {
    struct plan_day *days;
    size_t day_count;
    struct nutrient_sum sum;
};

/* Fills each `sum` from the lines' grams and foods. Lines without a food add weight of unknown
 * content. */
void plan_add_up(struct plan *plan);
