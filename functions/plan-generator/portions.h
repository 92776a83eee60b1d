/*
 * How much of each ingredient: a linear program for one day's menu, then whole grams. Energy and
 * protein are hit, fat and carbohydrate stay inside their ranges, vitamins and minerals are pulled
 * towards what the day needs, and the dishes stay near their recipes. Solved by lp_solve 5.5.
 *
 * Variables: a size s for each meal's dish; for each ingredient that may bend, grams more (p) or
 * less (q) than s times the recipe. Spices, salt, leavening and whatever weighs under 5 g keep
 * their proportion.
 */
#pragma once

#include "functions/plan-generator/menu.h"

enum { PORTION_LINES_MAX = MEAL_TYPE_COUNT * DISH_LINES_MAX };

struct portion {
    enum meal_type meal;
    const struct recipe_line *line;
    double grams; /* as displayed: whole above 5 g, tenths below */
};

struct portions {
    struct portion lines[PORTION_LINES_MAX];
    size_t count;
    struct nutrient_sum sum; /* of the displayed grams */
    double cost;             /* of the program: bending and shortfalls; lower is better */
};

enum portions_result {
    PORTIONS_EXACT,
    PORTIONS_IMPOSSIBLE, /* `binding` names the rule that no portions satisfy */
};

/* `binding` may be NULL; it is looked for only if asked, and is a static string. */
enum portions_result portions_solve(const struct menu *menu, const struct day_goal *goal,
                                    struct portions *portions, const char **binding);
