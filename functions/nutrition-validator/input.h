/*
 * The body of POST /nutrition-validator, in either of its two shapes: nested (`targets`, `options`)
 * or flat (`target_calories` ...). Both give the same struct.
 */
#pragma once

#include "shared/json/json.h"
#include "shared/nutrition/diet.h"
#include "shared/nutrition/plan.h"

/* What is eaten, as the sender says it: not looked up yet. */
struct line_input {
    int32_t fdc_id;
    double grams;
    struct str name; /* may be empty */
};
struct meal_input {
    struct str recipe_id;  /* may be empty if there are lines */
    struct str recipe_key; /* the same as the database writes it; empty if it is no UUID */
    struct str type, title;
    double servings;
    const struct line_input *lines; /* as eaten: servings do not multiply them */
    size_t line_count;
};
struct day_input {
    struct str name; /* may be empty */
    int32_t date;    /* PLAN_NO_DATE if not given */
    struct meal_input *meals;
    size_t meal_count;
};
struct week_input {
    struct day_input *days;
    size_t day_count;
};

/* 0: not given */
struct daily_targets {
    double calories, protein, fat, carbohydrates, fiber;
};

struct validate_input {
    struct str meal_plan_id; /* wins over `week` */
    struct week_input week;
    struct daily_targets targets;
    double deviation_threshold; /* percent */
    bool has_threshold, has_targets;
    bool require_all_recipes, use_recipe_book, detailed_breakdown;
    struct exclusions avoid;
    diet_set diets;
};

/* A recipe id as the database writes it: in lower case; empty if it is no UUID. */
struct str recipe_key_of(struct ctx *cx, struct str recipe_id);

#define LINE_MAX_GRAMS    5000
#define MEAL_MAX_SERVINGS 100

/*
 * `root` NULL is an empty body.
 *
 * ERR_INVALID  neither plan nor id, no targets for a plan in the body, no days, a wrong type, an
 * unknown member, a limit passed; each field is named
 */
enum status validate_input_read(struct ctx *cx, const struct json *root,
                                struct validate_input *input) MUST_CHECK;
