#include "functions/plan-generator/focus.h"

#include <math.h>

enum { KCAL_PER_G_PROTEIN = 4, KCAL_PER_G_CARBOHYDRATE = 4, KCAL_PER_G_FAT = 9 };

/*
 * Energy that the least of protein, fat and carbohydrate leaves free. A day cannot be filled with
 * least shares: the energy of real foods is not 4/4/9 of their parts (targets.c keeps the same
 * distance).
 */
static double room_kcal(const struct targets *t)
{
    static const double filled = 0.95;
    return fmax(0, filled * t->energy_kcal - t->protein_g * KCAL_PER_G_PROTEIN -
                       t->fat_g.min * KCAL_PER_G_FAT -
                       t->carbohydrate_g.min * KCAL_PER_G_CARBOHYDRATE);
}

static void protein_raise(diet_set diets, struct targets *t)
{
    static const double raise = 0.2;
    /* of the energy: what the dishes of a diet reach without isolates */
    double ceiling = (diets & DIET_BIT(DIET_VEGAN)) != 0 ? 0.22 : 0.30;
    double most_g = ceiling * t->energy_kcal / KCAL_PER_G_PROTEIN;
    double by_g = fmin(raise * t->protein_g, room_kcal(t) / KCAL_PER_G_PROTEIN);
    t->protein_g = fmax(t->protein_g, floor(fmin(t->protein_g + by_g, most_g)));
}

static void range_raise(struct range *range, double room_g)
{
    range->min += fmin((range->max - range->min) / 3, room_g);
}

void focus_apply(const struct plan_preferences *preferences, diet_set diets,
                 struct targets *targets)
{
    bool keto = (diets & DIET_BIT(DIET_KETO)) != 0;
    for (size_t i = 0; i < preferences->focus_count; i++) {
        switch (preferences->focus[i]) {
        case FOCUS_PROTEIN:
            if (!keto) {
                protein_raise(diets, targets);
            }
            break;
        case FOCUS_CARBOHYDRATE:
            if (!keto) {
                range_raise(&targets->carbohydrate_g, room_kcal(targets) / KCAL_PER_G_CARBOHYDRATE);
            }
            break;
        case FOCUS_FAT:
            range_raise(&targets->fat_g, room_kcal(targets) / KCAL_PER_G_FAT);
            break;
        case FOCUS_COUNT:
            break;
        }
    }
}
