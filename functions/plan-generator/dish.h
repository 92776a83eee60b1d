/*
 * A recipe that may be served: what passed every hard rule, with what one serving holds.
 */
#pragma once

#include "functions/plan-generator/input.h"
#include "functions/plan-generator/profile.h"
#include "shared/catalogue/catalogue.h"

/* A longer recipe is left out: the linear program of a day has room for one such dish a meal. */
enum { DISH_LINES_MAX = 30 };

/* What a dish is built on: a week of one kind tires, however well it adds up. */
enum dish_kind {
    KIND_OTHER,
    KIND_PULSE,
    KIND_SOY,
    KIND_FISH,
    KIND_POULTRY,
    KIND_MEAT,
    KIND_EGG,
    KIND_MILK
};

struct dish {
    const struct recipe *recipe;
    struct nutrient_sum serving;
    double net_carbohydrate_g;
    int32_t main_food;   /* fdc_id of the line that brings the most protein */
    enum dish_kind kind; /* of that line */
    unsigned cuisine;    /* a number per name */
    double preference;   /* above 0: liked; below: not */
};

/* The dishes of each meal. A dish may stand in several. */
struct dish_menu {
    const struct dish **of[MEAL_TYPE_COUNT];
    size_t count[MEAL_TYPE_COUNT];
    size_t dish_count; /* different dishes */
};

/* What the person has said about recipes before; ids as text. */
struct taste {
    const struct str *loved, *skipped, *swapped_away;
    size_t loved_count, skipped_count, swapped_count;
    struct pg_text_array cultures;
};

struct dish_rules {
    diet_set diets;
    const struct exclusions *exclusions;
    int max_prep_minutes; /* 0: none; cooking may take 30 minutes more */
    const struct str *excluded_recipes;
    size_t excluded_recipe_count;
    bool premium_allowed;
    struct taste taste;
};

/*
 * ERR_INFEASIBLE  some meal has no dish left; the words name the rule whose lifting alone would
 * bring back the most
 */
enum status dish_menu_build(struct ctx *cx, const struct recipe_book *book,
                            const struct dish_rules *rules, struct dish_menu *menu) MUST_CHECK;

/*
 * The plain words to keep out that no line of the book shows, as a misspelt allergen would not:
 * told with the plan, since they keep nothing out. Looks at the first few words only; returns how
 * many it wrote.
 */
size_t words_unheard(const struct recipe_book *book, const struct exclusions *exclusions,
                     struct str *unheard, size_t max);
