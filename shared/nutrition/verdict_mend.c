#include "shared/nutrition/verdict_mend.h"

#include <math.h>

/* An exchange this small is not worth telling. */
#define UNFELT_KCAL 5.0

struct str amount_words(struct arena *arena, double amount, enum nutrient nutrient)
{
    const char *unit = nutrient_info(nutrient)->unit;
    if (fabs(amount) < 10) {
        return arena_format(arena, "%.3g %s", amount, unit);
    }
    /* %g drops the decimal that says nothing: 14, 100.5, 1850 */
    double shown = fabs(amount) < 1000 ? round(amount * 10) / 10 : round(amount);
    return arena_format(arena, "%.10g %s", shown, unit);
}

/* ", with 80 kcal less from other foods": what keeps the day's energy where it is. */
static struct str energy_words(struct arena *arena, const struct mend_wish *wish,
                               const struct pick *pick)
{
    double energy = pick->grams * food_density(pick->line->food, N_ENERGY);
    if (!wish->energy_fits || wish->nutrient == N_ENERGY || fabs(energy) < UNFELT_KCAL) {
        return STR("");
    }
    return arena_format(arena, ", with %.0f kcal %s from other foods", fabs(energy),
                        energy > 0 ? "less" : "more");
}

struct str mend_day(const struct verdict_builder *b, const struct mend_wish *wish)
{
    struct arena *arena = b->cx->arena;
    const struct plan_day *day = &b->plan->days[wish->day];
    struct str when = plan_day_words(arena, b->plan, wish->day);
    struct str amount = amount_words(arena, fabs(wish->by), wish->nutrient);
    struct str change =
        arena_format(arena, "%s " STR_FMT " of %s on " STR_FMT, wish->by > 0 ? "add" : "cut",
                     STR_ARG(amount), nutrient_info(wish->nutrient)->words, STR_ARG(when));
    struct pick pick = pick_of_day(b, wish);
    if (pick.line == NULL) {
        return arena_format(arena, STR_FMT ": choose another recipe, no food of that day will do",
                            STR_ARG(change));
    }
    struct str meal = plan_meal_words(arena, day, pick.meal);
    if (!pick.fits) {
        return arena_format(arena,
                            STR_FMT ": no portion of one food does that; choose another recipe for "
                                    "the " STR_FMT,
                            STR_ARG(change), STR_ARG(meal));
    }
    struct str rest = energy_words(arena, wish, &pick);
    return arena_format(arena,
                        STR_FMT ": for instance %.0f g %s " STR_FMT " in the " STR_FMT STR_FMT,
                        STR_ARG(change), ceil(fabs(pick.grams)), pick.grams > 0 ? "more" : "less",
                        STR_ARG(pick.line->name), STR_ARG(meal), STR_ARG(rest));
}

struct str mend_line(const struct verdict_builder *b, size_t day, size_t meal, struct str line)
{
    struct arena *arena = b->cx->arena;
    struct str when = plan_day_words(arena, b->plan, day);
    struct str where = plan_meal_words(arena, &b->plan->days[day], meal);
    return arena_format(
        arena, "replace " STR_FMT " in the " STR_FMT " on " STR_FMT ", or choose another recipe",
        STR_ARG(line), STR_ARG(where), STR_ARG(when));
}

struct str mend_intake(const struct verdict_builder *b, enum nutrient nutrient, double gap)
{
    struct arena *arena = b->cx->arena;
    if (nutrient == N_VITAMIN_B12 && (b->rules->diets & DIET_BIT(DIET_VEGAN)) != 0) {
        return STR("take a food fortified with vitamin B12 every day (nutritional yeast, plant "
                   "drink, cereal: the label says how much) or a supplement; no plant food "
                   "holds enough");
    }
    if (nutrient == N_VITAMIN_D) {
        return STR("food alone rarely reaches it: fortified foods, sun or a supplement; ask a "
                   "doctor which");
    }
    double grams = 0;
    const struct plan_line *line = pick_richest(b, nutrient, gap, &grams);
    if (line == NULL) {
        return arena_format(arena,
                            "no single food of this plan closes the gap: exchange a recipe for "
                            "one richer in %s",
                            nutrient_info(nutrient)->words);
    }
    double energy_kcal = grams * food_density(line->food, N_ENERGY);
    struct str more =
        arena_format(arena, "%.0f g more " STR_FMT " a day", grams, STR_ARG(line->name));
    return energy_kcal < UNFELT_KCAL
               ? more
               : arena_format(arena, STR_FMT ", in exchange for %.0f kcal of other foods",
                              STR_ARG(more), energy_kcal);
}

struct source {
    const struct plan_line *line;
    size_t day, meal;
    double amount;
};

static void source_of_day(const struct plan *plan, size_t day, enum nutrient nutrient,
                          struct source *largest)
{
    for (size_t m = 0; m < plan->days[day].meal_count; m++) {
        const struct plan_meal *meal = &plan->days[day].meals[m];
        for (size_t i = 0; i < meal->line_count; i++) {
            double amount = meal->lines[i].grams * food_density(meal->lines[i].food, nutrient);
            if (amount > largest->amount) {
                *largest = (struct source){&meal->lines[i], day, m, amount};
            }
        }
    }
}

struct str mend_excess(const struct verdict_builder *b, int day, enum nutrient nutrient,
                       double excess)
{
    struct arena *arena = b->cx->arena;
    const struct plan *plan = b->plan;
    struct source largest = {0};
    size_t first = day == VERDICT_WEEK ? 0 : (size_t)day;
    size_t last = day == VERDICT_WEEK ? plan->day_count : first + 1;
    for (size_t d = first; d < last; d++) {
        source_of_day(plan, d, nutrient, &largest);
    }
    if (largest.line == NULL) {
        return STR("");
    }
    double wanted =
        excess * (double)(last - first) / food_density(largest.line->food, nutrient); /* grams */
    struct str meal = plan_meal_words(arena, &plan->days[largest.day], largest.meal);
    struct str when = plan_day_words(arena, plan, largest.day);
    struct str amount = amount_words(arena, largest.amount, nutrient);
    struct str change = STR("to begin with, leave out");
    if (wanted <= largest.line->grams) {
        change = wanted >= 1 ? arena_format(arena, "%.0f g less", ceil(wanted))
                             : arena_format(arena, "%.1f g less", fmax(0.1, wanted));
    }
    return arena_format(arena,
                        STR_FMT " " STR_FMT " in the " STR_FMT " on " STR_FMT
                                ", the largest source (" STR_FMT ")",
                        STR_ARG(change), STR_ARG(largest.line->name), STR_ARG(meal), STR_ARG(when),
                        STR_ARG(amount));
}
