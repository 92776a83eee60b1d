#include "shared/nutrition/verdict_mend.h"

#include "shared/nutrition/verdict.h"
#include "shared/nutrition/verdict_build.h"

#include <math.h>

#define KCAL_PER_PROTEIN_G 4.0 /* Atwater */
/* How much more of a food is still a portion: as much again, or a small helping. */
#define HELPING_G 60.0
/* A line cut by more than this is no longer the same dish. */
#define CUT_SHARE_MAX 0.8
/* Under this many grams a line is a seasoning, and "20 g more dried basil a day" is no advice. */
#define FOOD_MIN_G 20.0
/* What somebody may be asked to eat on top every day. */
#define EXTRA_MAX_G    300.0
#define EXTRA_MAX_KCAL 300.0

static bool is_known(const struct food *food, enum nutrient nutrient)
{
    return food != NULL && (food->known >> nutrient & 1U) != 0;
}

/* Per gram; 0 if it is not known. */
static double density(const struct food *food, enum nutrient nutrient)
{
    return is_known(food, nutrient) ? food->per_100g[nutrient] / 100 : 0;
}

static double per_kcal(const struct food *food, enum nutrient nutrient)
{
    double energy = density(food, N_ENERGY);
    return energy > 0 ? density(food, nutrient) / energy : 0;
}

/* What a gram of the food does to the wish. */
static double wished_density(const struct food *food, const struct mend_wish *wish)
{
    double fibre = wish->without_fibre ? density(food, N_FIBRE) : 0;
    return density(food, wish->nutrient) - fibre;
}

/*
 * How well a line serves to change a nutrient. Energy: much of it, and little protein with it,
 * since protein is a target of its own. Else: the most of the nutrient for the least energy.
 */
static double fitness(const struct plan_line *line, const struct mend_wish *wish)
{
    if (wish->nutrient != N_ENERGY) {
        double energy = density(line->food, N_ENERGY);
        return energy > 0 ? wished_density(line->food, wish) / energy : 0;
    }
    double from_protein = fmin(1, KCAL_PER_PROTEIN_G * per_kcal(line->food, N_PROTEIN));
    return line->grams * density(line->food, N_ENERGY) * (1 - from_protein);
}

struct pick {
    const struct plan_line *line;
    size_t meal;
    double grams; /* more, or less if negative */
    double score;
    bool fits;
};

static bool is_better(const struct pick *pick, const struct pick *best)
{
    if (pick->fits != best->fits) {
        return pick->fits;
    }
    return pick->score > best->score;
}

static bool pick_fits(const struct pick *pick)
{
    return pick->grams < 0 ? -pick->grams <= CUT_SHARE_MAX * pick->line->grams
                           : pick->grams <= fmax(pick->line->grams, HELPING_G);
}

static struct pick pick_of_day(const struct plan_day *day, const struct mend_wish *wish)
{
    struct pick best = {0};
    for (size_t m = 0; m < day->meal_count; m++) {
        for (size_t i = 0; i < day->meals[m].line_count; i++) {
            const struct plan_line *line = &day->meals[m].lines[i];
            double each = wished_density(line->food, wish);
            if (each <= 0) {
                continue;
            }
            struct pick pick = {.line = line, .meal = m, .grams = wish->by / each};
            pick.score = fitness(line, wish);
            pick.fits = pick_fits(&pick);
            if (best.line == NULL || is_better(&pick, &best)) {
                best = pick;
            }
        }
    }
    return best;
}

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
    double energy = pick->grams * density(pick->line->food, N_ENERGY);
    if (!wish->energy_fits || wish->nutrient == N_ENERGY || fabs(energy) < 1) {
        return STR("");
    }
    return arena_format(arena, ", with %.0f kcal %s from other foods", fabs(energy),
                        energy > 0 ? "less" : "more");
}

struct str mend_day(struct arena *arena, const struct plan *plan, const struct mend_wish *wish)
{
    const struct plan_day *day = &plan->days[wish->day];
    struct str when = plan_day_words(arena, plan, wish->day);
    struct str amount = amount_words(arena, fabs(wish->by), wish->nutrient);
    struct str change =
        arena_format(arena, "%s " STR_FMT " of %s on " STR_FMT, wish->by > 0 ? "add" : "cut",
                     STR_ARG(amount), nutrient_info(wish->nutrient)->words, STR_ARG(when));
    struct pick pick = pick_of_day(day, wish);
    if (pick.line == NULL) {
        return arena_format(arena, STR_FMT ": choose another recipe, no food of that day holds any",
                            STR_ARG(change));
    }
    struct str meal = plan_meal_words(arena, day, pick.meal);
    if (!pick.fits) {
        return arena_format(arena,
                            STR_FMT ": more than one portion of a food can give; choose another "
                                    "recipe for the " STR_FMT,
                            STR_ARG(change), STR_ARG(meal));
    }
    struct str rest = energy_words(arena, wish, &pick);
    return arena_format(arena,
                        STR_FMT ": for instance %.0f g %s " STR_FMT " in the " STR_FMT STR_FMT,
                        STR_ARG(change), ceil(fabs(pick.grams)), pick.grams > 0 ? "more" : "less",
                        STR_ARG(pick.line->name), STR_ARG(meal), STR_ARG(rest));
}

struct str mend_line(struct arena *arena, const struct plan *plan, size_t day, size_t meal,
                     struct str line)
{
    struct str when = plan_day_words(arena, plan, day);
    struct str where = plan_meal_words(arena, &plan->days[day], meal);
    return arena_format(
        arena, "replace " STR_FMT " in the " STR_FMT " on " STR_FMT ", or choose another recipe",
        STR_ARG(line), STR_ARG(where), STR_ARG(when));
}

/* A food, of which an eatable amount a day would close the gap. */
static bool closes_gap(const struct plan_line *line, enum nutrient nutrient, double gap)
{
    double each = density(line->food, nutrient);
    if (each <= 0 || line->grams < FOOD_MIN_G) {
        return false;
    }
    double grams = gap / each;
    return grams <= EXTRA_MAX_G && grams * density(line->food, N_ENERGY) <= EXTRA_MAX_KCAL;
}

/* The better of the best so far (or NULL) and the meal's lines: most nutrient for least energy. */
static const struct plan_line *richest_of_meal(const struct plan_meal *meal, enum nutrient nutrient,
                                               double gap, const struct plan_line *best)
{
    for (size_t i = 0; i < meal->line_count; i++) {
        const struct plan_line *line = &meal->lines[i];
        if (closes_gap(line, nutrient, gap) &&
            (best == NULL || per_kcal(line->food, nutrient) > per_kcal(best->food, nutrient))) {
            best = line;
        }
    }
    return best;
}

static const struct plan_line *richest_line(const struct plan *plan, enum nutrient nutrient,
                                            double gap)
{
    const struct plan_line *best = NULL;
    for (size_t d = 0; d < plan->day_count; d++) {
        for (size_t m = 0; m < plan->days[d].meal_count; m++) {
            best = richest_of_meal(&plan->days[d].meals[m], nutrient, gap, best);
        }
    }
    return best;
}

struct str mend_intake(struct arena *arena, const struct plan *plan, enum nutrient nutrient,
                       double gap, bool vegan)
{
    if (nutrient == N_VITAMIN_B12 && vegan) {
        return STR("take a food fortified with vitamin B12 every day (nutritional yeast, plant "
                   "drink, cereal: the label says how much) or a supplement; no plant food "
                   "holds enough");
    }
    if (nutrient == N_VITAMIN_D) {
        return STR("food alone rarely reaches it: fortified foods, sun or a supplement; ask a "
                   "doctor which");
    }
    const struct plan_line *line = richest_line(plan, nutrient, gap);
    if (line == NULL) {
        return arena_format(arena,
                            "no single food of this plan closes the gap: exchange a recipe for "
                            "one richer in %s",
                            nutrient_info(nutrient)->words);
    }
    double grams = fmax(1, ceil(gap / density(line->food, nutrient)));
    return arena_format(arena,
                        "%.0f g more " STR_FMT " a day, in exchange for %.0f kcal of other foods",
                        grams, STR_ARG(line->name), grams * density(line->food, N_ENERGY));
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
            double amount = meal->lines[i].grams * density(meal->lines[i].food, nutrient);
            if (amount > largest->amount) {
                *largest = (struct source){&meal->lines[i], day, m, amount};
            }
        }
    }
}

struct str mend_excess(struct arena *arena, const struct plan *plan, int day,
                       enum nutrient nutrient, double excess)
{
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
        excess * (double)(last - first) / density(largest.line->food, nutrient); /* grams */
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
