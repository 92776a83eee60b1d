#include "functions/plan-generator/rounding.h"

#include "shared/nutrition/verdict.h"

#include <math.h>

struct totals {
    double energy, protein, fat, carbohydrate, net_carbohydrate;
};

struct rounding {
    struct portions *portions;
    const bool *may_step;
    const struct targets *targets;
    struct totals totals;
};

static struct totals per_gram(const struct food *food)
{
    double carbohydrate = food->per_100g[N_CARBOHYDRATE] / 100;
    return (struct totals){
        .energy = food->per_100g[N_ENERGY] / 100,
        .protein = food->per_100g[N_PROTEIN] / 100,
        .fat = food->per_100g[N_FAT] / 100,
        .carbohydrate = carbohydrate,
        .net_carbohydrate = fmax(0, carbohydrate - food->per_100g[N_FIBRE] / 100),
    };
}

static void totals_add(struct totals *totals, const struct totals *each, double grams)
{
    totals->energy += each->energy * grams;
    totals->protein += each->protein * grams;
    totals->fat += each->fat * grams;
    totals->carbohydrate += each->carbohydrate * grams;
    totals->net_carbohydrate += each->net_carbohydrate * grams;
}

static double over(double value, struct range range)
{
    return fmax(0, range.min - value) + fmax(0, value - range.max);
}

/* 0 is perfect; below 1 each promise is kept with room to spare: a fifth of what is allowed. */
static double miss(const struct targets *t, const struct totals *totals)
{
    double allowed_energy = t->energy_kcal * PROMISE_ENERGY_PER_MILLE / 1000.0;
    double cost = fabs(totals->energy - t->energy_kcal) / (allowed_energy / 5);
    cost += fabs(totals->protein - t->protein_g) / (PROMISE_PROTEIN_G / 5.0);
    cost += 50 * over(totals->fat, t->fat_g) + 50 * over(totals->carbohydrate, t->carbohydrate_g);
    if (t->net_carbohydrate_max_g > 0) {
        cost += 50 * fmax(0, totals->net_carbohydrate - t->net_carbohydrate_max_g);
    }
    return cost;
}

/* Five grams read well on a scale; dense foods and small amounts need the single gram. */
static double display_step(const struct portion *portion)
{
    if (portion->grams < 5) {
        return 0.1;
    }
    bool dense = portion->line->food->per_100g[N_ENERGY] > 400;
    return portion->grams >= 40 && !dense ? 5 : 1;
}

static void round_each(struct rounding *r)
{
    for (size_t i = 0; i < r->portions->count; i++) {
        struct portion *portion = &r->portions->lines[i];
        double step = display_step(portion);
        double rounded = step * round(portion->grams / step);
        portion->grams = fmax(rounded, step < 1 ? 0.1 : 1);
        struct totals each = per_gram(portion->line->food);
        totals_add(&r->totals, &each, portion->grams);
    }
}

struct step {
    size_t line;
    double grams;
};

static const double step_grams[] = {1, -1, 5, -5};

static bool step_is_allowed(const struct rounding *r, struct step step)
{
    const struct portion *portion = &r->portions->lines[step.line];
    return r->may_step[step.line] && portion->grams >= 5 && portion->grams + step.grams >= 5;
}

static double miss_after(const struct rounding *r, const struct step *steps, size_t count)
{
    struct totals totals = r->totals;
    for (size_t i = 0; i < count; i++) {
        struct totals each = per_gram(r->portions->lines[steps[i].line].line->food);
        totals_add(&totals, &each, steps[i].grams);
    }
    return miss(r->targets, &totals);
}

static void step_take(struct rounding *r, struct step step)
{
    struct portion *portion = &r->portions->lines[step.line];
    struct totals each = per_gram(portion->line->food);
    totals_add(&r->totals, &each, step.grams);
    portion->grams += step.grams;
}

/* The best single step, if any betters the day. */
static bool step_best(struct rounding *r, double *current)
{
    struct step best = {0};
    for (size_t i = 0; i < r->portions->count; i++) {
        for (size_t k = 0; k < ARRAY_LEN(step_grams); k++) {
            struct step step = {.line = i, .grams = step_grams[k]};
            double with = step_is_allowed(r, step) ? miss_after(r, &step, 1) : HUGE_VAL;
            if (with < *current - 1e-9) {
                *current = with;
                best = step;
            }
        }
    }
    if (best.grams != 0) {
        step_take(r, best);
    }
    return best.grams != 0;
}

static bool pair_is_allowed(const struct rounding *r, const struct step pair[static 2])
{
    return pair[0].line != pair[1].line && step_is_allowed(r, pair[0]) &&
           step_is_allowed(r, pair[1]);
}

/* A gram more here, one to three less there: keeps `best` the best so far. */
static void pair_try(const struct rounding *r, size_t more, size_t less, double *current,
                     struct step best[static 2])
{
    static const double less_grams[] = {-1, -2, -3};
    for (size_t k = 0; k < ARRAY_LEN(less_grams); k++) {
        struct step pair[2] = {{more, 1}, {less, less_grams[k]}};
        double with = pair_is_allowed(r, pair) ? miss_after(r, pair, 2) : HUGE_VAL;
        if (with < *current - 1e-9) {
            *current = with;
            memcpy(best, pair, sizeof pair);
        }
    }
}

/* The best pair of opposite steps: what single ones cannot mend, as protein wrong at the right
 * energy. */
static bool step_best_pair(struct rounding *r, double *current)
{
    struct step best[2] = {{0}};
    for (size_t more = 0; more < r->portions->count; more++) {
        for (size_t less = 0; less < r->portions->count; less++) {
            pair_try(r, more, less, current, best);
        }
    }
    if (best[0].grams != 0) {
        step_take(r, best[0]);
        step_take(r, best[1]);
    }
    return best[0].grams != 0;
}

static bool is_kept(const struct targets *t, const struct nutrient_sum *sum)
{
    double net = nutrient_sum_net_carbohydrate(sum);
    return fabs(sum->amount[N_ENERGY] - t->energy_kcal) <=
               t->energy_kcal * PROMISE_ENERGY_PER_MILLE / 1000.0 &&
           fabs(sum->amount[N_PROTEIN] - t->protein_g) <= PROMISE_PROTEIN_G &&
           over(sum->amount[N_FAT], t->fat_g) <= 0 &&
           over(sum->amount[N_CARBOHYDRATE], t->carbohydrate_g) <= 0 &&
           (t->net_carbohydrate_max_g <= 0 || net <= t->net_carbohydrate_max_g);
}

bool portions_round(struct portions *portions, const bool *may_step, const struct targets *targets)
{
    enum { STEPS_MAX = 200 };
    static const double good_enough = 0.4;
    struct rounding r = {.portions = portions, .may_step = may_step, .targets = targets};
    round_each(&r);
    double current = miss(targets, &r.totals);
    for (int i = 0; i < STEPS_MAX && current > good_enough; i++) {
        if (!step_best(&r, &current) && !step_best_pair(&r, &current)) {
            break;
        }
    }
    portions->sum = (struct nutrient_sum){0};
    for (size_t i = 0; i < portions->count; i++) {
        nutrient_sum_add(&portions->sum, portions->lines[i].line->food, portions->lines[i].grams);
    }
    return is_kept(targets, &portions->sum);
}
