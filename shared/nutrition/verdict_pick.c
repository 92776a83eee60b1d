#include "shared/nutrition/verdict_pick.h"

#include "shared/nutrition/food_text.h"

#include <math.h>

#define KCAL_PER_PROTEIN_G 4.0 /* Atwater */
/* The least that is worth weighing, and the step that kitchen scales and cooks think in. */
#define STEP_G 5.0
/* How much more of a food is still a portion: as much again, or a small helping; of an oil a
 * tablespoon. */
#define HELPING_G     60.0
#define OIL_HELPING_G 15.0
/* A line cut by more than this is no longer the same dish. */
#define CUT_SHARE_MAX 0.8
/* Under this many grams a line is a garnish, and "20 g more dill" is no advice. */
#define DAY_LINE_MIN_G    10.0
#define INTAKE_LINE_MIN_G 20.0
/* What somebody may be asked to eat on top every day. */
#define EXTRA_MAX_G    300.0
#define EXTRA_MAX_KCAL 300.0

double food_density(const struct food *food, enum nutrient nutrient)
{
    bool known = food != NULL && (food->known >> nutrient & 1U) != 0;
    return known ? food->per_100g[nutrient] / 100 : 0;
}

static double per_kcal(const struct food *food, enum nutrient nutrient)
{
    double energy = food_density(food, N_ENERGY);
    return energy > 0 ? food_density(food, nutrient) / energy : 0;
}

/* ---- what a cook would weigh out ---- */

static bool is_in_category(const struct plan_line *line, struct str category)
{
    return str_eq(line->food->category, category);
}

static bool has_word(struct str text, const struct str words[], size_t count)
{
    struct food_token token;
    while (food_token_next(&text, &token)) {
        for (size_t i = 0; i < count; i++) {
            if (food_word_is(food_token_word(&token), words[i])) {
                return true;
            }
        }
    }
    return false;
}

/* USDA files soy sauce under legumes, leavening under baked products, herbs under vegetables. */
static bool is_flavouring(const struct plan_line *line)
{
    static const struct str words[] = {
        STR_INIT("catsup"),     STR_INIT("chili"),   STR_INIT("chilli"),    STR_INIT("chive"),
        STR_INIT("cilantro"),   STR_INIT("garlic"),  STR_INIT("ginger"),    STR_INIT("horseradish"),
        STR_INIT("jalapeno"),   STR_INIT("ketchup"), STR_INIT("leavening"), STR_INIT("lemon"),
        STR_INIT("lemongrass"), STR_INIT("lime"),    STR_INIT("miso"),      STR_INIT("mustard"),
        STR_INIT("parsley"),    STR_INIT("relish"),  STR_INIT("sauce"),     STR_INIT("seaweed"),
        STR_INIT("shoyu"),      STR_INIT("tamari"),  STR_INIT("vinegar"),   STR_INIT("yeast"),
    };
    return is_in_category(line, STR("Spices and Herbs")) ||
           is_in_category(line, STR("Soups, Sauces, and Gravies")) ||
           (line->classes.contains & CLASS_BIT(CLASS_ALCOHOL)) != 0 ||
           has_word(line->food->description, words, ARRAY_LEN(words)) ||
           has_word(line->name, words, ARRAY_LEN(words));
}

/* Less sugar is advice, more is not. */
static bool is_sweet(const struct plan_line *line)
{
    return is_in_category(line, STR("Sweets")) ||
           (line->classes.contains & CLASS_BIT(CLASS_HONEY)) != 0;
}

static bool is_oil(const struct plan_line *line)
{
    return is_in_category(line, STR("Fats and Oils"));
}

static bool may_eat_more(const struct verdict_builder *b, const struct plan_line *line)
{
    return line->food != NULL && !is_flavouring(line) && !is_sweet(line) &&
           !verdict_line_is_faulty(b, line);
}

/* ---- a day ---- */

/* What a gram of the food does to the wish. */
static double wished_density(const struct food *food, const struct mend_wish *wish)
{
    double fibre = wish->without_fibre ? food_density(food, N_FIBRE) : 0;
    return food_density(food, wish->nutrient) - fibre;
}

/*
 * How well a line serves to change a nutrient. Energy: much of it, and little protein with it,
 * since protein is a target of its own. Else: the most of the nutrient for the least energy.
 */
static double fitness(const struct plan_line *line, const struct mend_wish *wish)
{
    if (wish->nutrient != N_ENERGY) {
        double energy = food_density(line->food, N_ENERGY);
        return energy > 0 ? wished_density(line->food, wish) / energy : 0;
    }
    double from_protein = fmin(1, KCAL_PER_PROTEIN_G * per_kcal(line->food, N_PROTEIN));
    return line->grams * food_density(line->food, N_ENERGY) * (1 - from_protein);
}

static double most_grams(const struct plan_line *line, bool more)
{
    return more ? fmax(line->grams, is_oil(line) ? OIL_HELPING_G : HELPING_G)
                : CUT_SHARE_MAX * line->grams;
}

static struct pick pick_try(const struct plan_line *line, size_t meal, const struct mend_wish *wish)
{
    double each = wished_density(line->food, wish);
    struct pick pick = {.line = line, .meal = meal, .grams = wish->by / each};
    double most = most_grams(line, wish->by > 0);
    pick.score = fitness(line, wish);
    if (fabs(pick.grams) < STEP_G && STEP_G * each - fabs(wish->by) <= wish->slack) {
        pick.grams = copysign(STEP_G, pick.grams);
    }
    pick.fits = fabs(pick.grams) >= STEP_G && fabs(pick.grams) <= most;
    return pick;
}

static bool serves(const struct verdict_builder *b, const struct plan_line *line,
                   const struct mend_wish *wish)
{
    if (wished_density(line->food, wish) <= 0 || (line->grams < DAY_LINE_MIN_G && !is_oil(line))) {
        return false;
    }
    return wish->by > 0 ? may_eat_more(b, line) : !is_flavouring(line);
}

static bool is_better(const struct pick *pick, const struct pick *best)
{
    if (best->line == NULL || pick->fits != best->fits) {
        return best->line == NULL || pick->fits;
    }
    return pick->score > best->score;
}

struct pick pick_of_day(const struct verdict_builder *b, const struct mend_wish *wish)
{
    const struct plan_day *day = &b->plan->days[wish->day];
    struct pick best = {0};
    for (size_t m = 0; m < day->meal_count; m++) {
        for (size_t i = 0; i < day->meals[m].line_count; i++) {
            const struct plan_line *line = &day->meals[m].lines[i];
            if (!serves(b, line, wish)) {
                continue;
            }
            struct pick pick = pick_try(line, m, wish);
            if (is_better(&pick, &best)) {
                best = pick;
            }
        }
    }
    return best;
}

/* ---- a mean ---- */

/* In steps, upwards. */
static double gap_grams(const struct plan_line *line, enum nutrient nutrient, double gap)
{
    double steps = gap / food_density(line->food, nutrient) / STEP_G;
    return STEP_G * fmax(1, ceil(steps - VERDICT_EPSILON));
}

static bool closes_gap(const struct plan_line *line, enum nutrient nutrient, double gap)
{
    if (food_density(line->food, nutrient) <= 0 || line->grams < INTAKE_LINE_MIN_G) {
        return false;
    }
    double grams = gap_grams(line, nutrient, gap);
    double most = is_oil(line) ? OIL_HELPING_G : EXTRA_MAX_G;
    return grams <= most && grams * food_density(line->food, N_ENERGY) <= EXTRA_MAX_KCAL;
}

/* The better of the best so far (or NULL) and the meal's lines. */
static const struct plan_line *richest_of_meal(const struct verdict_builder *b,
                                               const struct plan_meal *meal, enum nutrient nutrient,
                                               double gap, const struct plan_line *best)
{
    for (size_t i = 0; i < meal->line_count; i++) {
        const struct plan_line *line = &meal->lines[i];
        bool richer =
            best == NULL || per_kcal(line->food, nutrient) > per_kcal(best->food, nutrient);
        if (richer && closes_gap(line, nutrient, gap) && may_eat_more(b, line)) {
            best = line;
        }
    }
    return best;
}

const struct plan_line *pick_richest(const struct verdict_builder *b, enum nutrient nutrient,
                                     double gap, double *grams)
{
    const struct plan_line *best = NULL;
    for (size_t d = 0; d < b->plan->day_count; d++) {
        for (size_t m = 0; m < b->plan->days[d].meal_count; m++) {
            best = richest_of_meal(b, &b->plan->days[d].meals[m], nutrient, gap, best);
        }
    }
    *grams = best == NULL ? 0 : gap_grams(best, nutrient, gap);
    return best;
}
