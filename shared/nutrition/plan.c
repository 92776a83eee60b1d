#include "shared/nutrition/plan.h"

static void meal_add_up(struct plan_meal *meal)
{
    meal->sum = (struct nutrient_sum){0};
    for (size_t i = 0; i < meal->line_count; i++) {
        const struct plan_line *line = &meal->lines[i];
        if (line->food == NULL) {
            meal->sum.grams += line->grams;
        } else {
            nutrient_sum_add(&meal->sum, line->food, line->grams);
        }
    }
}

static void day_add_up(struct plan_day *day)
{
    day->sum = (struct nutrient_sum){0};
    for (size_t i = 0; i < day->meal_count; i++) {
        meal_add_up(&day->meals[i]);
        nutrient_sum_merge(&day->sum, &day->meals[i].sum);
    }
}

void plan_add_up(struct plan *plan)
{
    plan->sum = (struct nutrient_sum){0};
    for (size_t i = 0; i < plan->day_count; i++) {
        day_add_up(&plan->days[i]);
        nutrient_sum_merge(&plan->sum, &plan->days[i].sum);
    }
}
