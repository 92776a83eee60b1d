/*
 * Which dishes make a good day: a seeded local search over one dish a meal, each served at its
 * share of the day's energy. It proposes a few days, best first; the portions (portions.h) decide
 * which of them can be made exact. Two stages, because one program for the whole week does not
 * close in time (a week's mixed-integer program with nutrient rows stayed open after a minute; a
 * day's linear program takes a fraction of a millisecond).
 */
#pragma once

#include "functions/plan-generator/dish.h"
#include "functions/plan-generator/random.h"

/* Share of the day's energy that each meal aims at; they add up to 1. */
extern const double meal_energy_share[MEAL_TYPE_COUNT];

struct menu {
    const struct dish *dish[MEAL_TYPE_COUNT];
    double cost; /* lower is better */
};

/* What is asked of one day. */
struct day_goal {
    const struct targets *targets;
    double need[NUTRIENT_COUNT]; /* wanted today; 0: not steered */
    double need_weight; /* of vitamins and minerals against the macros, in choosing dishes */
};

/* What the days before have served. */
struct week_memory {
    const struct dish *served[64];
    size_t served_count;
    bool enforce_variety;
};

enum { MENU_PROPOSALS = 6 };

/*
 * Fills `proposals` with up to MENU_PROPOSALS different menus, best first, and says how many.
 * At least one, as every meal has a dish.
 */
size_t menu_propose(struct arena *arena, const struct dish_menu *dishes,
                    const struct day_goal *goal, const struct week_memory *memory,
                    struct draw *draw, struct menu proposals[static MENU_PROPOSALS]);

/* The size at which a dish brings its meal's share of the day's energy, within what is still that
 * dish. */
double dish_serving_size(const struct dish *dish, enum meal_type meal, double energy_kcal);

/* The vitamins and minerals that days are steered by, and how much a shortfall weighs against
 * another. */
struct steered_nutrient {
    enum nutrient nutrient;
    double weight;
};
enum { STEERED_COUNT = 22 };
extern const struct steered_nutrient steered_nutrients[STEERED_COUNT];

/* Those whose upper level counts food that a plan could reach it with: fortified cereals, seeds,
 * eggs. */
enum { CAPPED_COUNT = 10 };
extern const enum nutrient capped_nutrients[CAPPED_COUNT];
