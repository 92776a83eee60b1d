#include "functions/plan-generator/menu.h"

#include "shared/nutrition/verdict_intake.h"

#include <math.h>

const double meal_energy_share[MEAL_TYPE_COUNT] = {
    [MEAL_BREAKFAST] = 0.25,
    [MEAL_LUNCH] = 0.325,
    [MEAL_DINNER] = 0.325,
    [MEAL_SNACK] = 0.10,
};

/* RDA nutrients weigh 1, AI ones less, and B12 and calcium more, for few dishes carry them; those
 * USDA hardly measures (iodine, biotin, ...) are left out. */
const struct steered_nutrient steered_nutrients[STEERED_COUNT] = {
    {N_FIBRE, 0.6},       {N_ALPHA_LINOLENIC, 0.3},
    {N_VITAMIN_A, 1.0},   {N_VITAMIN_C, 1.0},
    {N_VITAMIN_D, 0.6},   {N_VITAMIN_E, 1.0},
    {N_VITAMIN_K, 0.2},   {N_THIAMIN, 1.0},
    {N_RIBOFLAVIN, 1.0},  {N_NIACIN, 1.0},
    {N_VITAMIN_B6, 1.0},  {N_FOLATE, 1.0},
    {N_VITAMIN_B12, 2.0}, {N_CHOLINE, 0.3},
    {N_CALCIUM, 2.0},     {N_COPPER, 1.0},
    {N_IRON, 1.0},        {N_MAGNESIUM, 1.0},
    {N_PHOSPHORUS, 1.0},  {N_POTASSIUM, 0.5},
    {N_SELENIUM, 1.0},    {N_ZINC, 1.0},
};

const enum nutrient capped_nutrients[CAPPED_COUNT] = {
    N_VITAMIN_A, N_VITAMIN_C, N_FOLATE,     N_CHOLINE,  N_CALCIUM,
    N_COPPER,    N_IRON,      N_PHOSPHORUS, N_SELENIUM, N_ZINC,
};

/* What the search adds up, in this order: the macros, the steered nutrients (fibre first), the
 * capped ones. */
enum {
    V_ENERGY,
    V_PROTEIN,
    V_FAT,
    V_CARBOHYDRATE,
    V_NET_CARBOHYDRATE,
    V_SODIUM,
    V_SATURATED,
    V_STEERED,
    V_CAPPED = V_STEERED + STEERED_COUNT,
    V_COUNT = V_CAPPED + CAPPED_COUNT,
};

struct option {
    const struct dish *dish;
    double value[V_COUNT]; /* at its serving size */
    double cost;           /* of its own: taste, repetition, chance */
};

struct search {
    const struct day_goal *goal;
    /* A nutrient's weight, and how much of it one unit makes up for; both 0: not steered. */
    double wanted[STEERED_COUNT], each[STEERED_COUNT];
    struct option *options[MEAL_TYPE_COUNT];
    size_t count[MEAL_TYPE_COUNT];
};

/* The portions may stretch a dish; past these sizes it is another dish. */
double dish_serving_size(const struct dish *dish, enum meal_type meal, double energy_kcal)
{
    double wanted = meal_energy_share[meal] * energy_kcal;
    double size = dish->serving.amount[N_ENERGY] > 1 ? wanted / dish->serving.amount[N_ENERGY] : 1;
    return fmin(fmax(size, 0.5), 2.2);
}

static void option_fill(const struct day_goal *goal, enum meal_type meal, struct option *option)
{
    const struct dish *dish = option->dish;
    double size = dish_serving_size(dish, meal, goal->targets->energy_kcal);
    const double *amount = dish->serving.amount;
    option->value[V_ENERGY] = size * amount[N_ENERGY];
    option->value[V_PROTEIN] = size * amount[N_PROTEIN];
    option->value[V_FAT] = size * amount[N_FAT];
    option->value[V_CARBOHYDRATE] = size * amount[N_CARBOHYDRATE];
    option->value[V_NET_CARBOHYDRATE] = size * dish->net_carbohydrate_g;
    option->value[V_SODIUM] = size * amount[N_SODIUM];
    option->value[V_SATURATED] = size * amount[N_SATURATED];
    for (size_t i = 0; i < STEERED_COUNT; i++) {
        option->value[V_STEERED + i] = size * amount[steered_nutrients[i].nutrient];
    }
    for (size_t i = 0; i < CAPPED_COUNT; i++) {
        option->value[V_CAPPED + i] = size * amount[intake_limited_nutrient(capped_nutrients[i])];
    }
}

/* Repetition over the week: of the dish itself, of its main food, of its kind. */
static double repetition_cost(const struct week_memory *memory, const struct dish *dish)
{
    double same_dish = 0, same_main = 0, same_kind = 0;
    for (size_t i = 0; i < memory->served_count; i++) {
        same_dish += memory->served[i] == dish;
        same_main += memory->served[i]->main_food == dish->main_food;
        same_kind += memory->served[i]->kind == dish->kind;
    }
    double again = memory->enforce_variety ? 8.0 : 0.0;
    return again * same_dish * same_dish + 0.08 * same_main + 0.06 * same_kind;
}

static void search_open(struct arena *arena, const struct dish_menu *dishes,
                        const struct day_goal *goal, const struct week_memory *memory,
                        struct draw *draw, struct search *search)
{
    search->goal = goal;
    for (size_t i = 0; i < STEERED_COUNT; i++) {
        double need = goal->need[steered_nutrients[i].nutrient];
        search->wanted[i] = need > 0 ? steered_nutrients[i].weight : 0;
        search->each[i] = need > 0 ? steered_nutrients[i].weight / need : 0;
    }
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        search->count[meal] = dishes->count[meal];
        search->options[meal] = ARENA_ARRAY(arena, struct option, dishes->count[meal]);
        for (size_t i = 0; i < dishes->count[meal]; i++) {
            struct option *option = &search->options[meal][i];
            option->dish = dishes->of[meal][i];
            option_fill(goal, (enum meal_type)meal, option);
            option->cost = repetition_cost(memory, option->dish) - 0.25 * option->dish->preference +
                           0.5 * draw_unit(draw);
        }
    }
}

/* 0 inside the range, else how far outside, relative to its width's scale. */
static double outside(double value, struct range range)
{
    double scale = range.max > 1 ? range.max : 1;
    return value < range.min   ? (range.min - value) / scale
           : value > range.max ? (value - range.max) / scale
                               : 0;
}

/* How far the portions would have to bend this sum; what they cannot bend weighs most. */
static double macro_cost(const struct targets *t, const double *sum)
{
    double energy = fabs(sum[V_ENERGY] - t->energy_kcal) / t->energy_kcal;
    double protein = fabs(sum[V_PROTEIN] - t->protein_g) / t->protein_g;
    double cost = 6 * energy + 2 * protein + 25 * fmax(0, protein - 0.10);
    cost +=
        12 * outside(sum[V_FAT], t->fat_g) + 12 * outside(sum[V_CARBOHYDRATE], t->carbohydrate_g);
    if (t->net_carbohydrate_max_g > 0) {
        cost += 15 * fmax(0, sum[V_NET_CARBOHYDRATE] / t->net_carbohydrate_max_g - 0.95);
    }
    if (t->saturated_max_g > 0) {
        cost += 1.5 * fmax(0, sum[V_SATURATED] / t->saturated_max_g - 1);
    }
    return cost + 2 * fmax(0, sum[V_SODIUM] / t->sodium_max_mg - 1);
}

static double need_cost(const struct search *search, const double *sum)
{
    double cost = 0;
    for (size_t i = 0; i < STEERED_COUNT; i++) {
        double missing = search->wanted[i] - search->each[i] * sum[V_STEERED + i];
        cost += missing > 0 ? missing : 0;
    }
    return cost;
}

/* Half as much fibre again as is advised is plenty. */
static double fibre_cost(const struct targets *t, const double *sum)
{
    return 1.5 * fmax(0, sum[V_STEERED] / (1.5 * t->fibre_min_g) - 1);
}

/* Nearing an upper level is as bad as a broken range. */
static double cap_cost(const struct targets *t, const double *sum)
{
    double cost = 0;
    for (size_t i = 0; i < CAPPED_COUNT; i++) {
        double upper = t->intake[capped_nutrients[i]].upper;
        cost += upper > 0 ? 25 * fmax(0, sum[V_CAPPED + i] / upper - 0.9) : 0;
    }
    return cost;
}

/* Within one day no dish, no cuisine and no main food twice, and rather not two of a kind. */
static double pair_cost(const struct dish *one, const struct dish *other)
{
    double cost = one == other ? 20 : 0;
    cost += one->cuisine == other->cuisine ? 0.5 : 0;
    cost += one->main_food == other->main_food ? 0.4 : 0;
    return cost + (one->kind == other->kind && one->kind != KIND_OTHER ? 0.25 : 0);
}

static double clash_cost(const struct option *const chosen[MEAL_TYPE_COUNT])
{
    double cost = 0;
    for (unsigned a = 0; a < MEAL_TYPE_COUNT; a++) {
        for (unsigned b = a + 1; b < MEAL_TYPE_COUNT; b++) {
            cost += pair_cost(chosen[a]->dish, chosen[b]->dish);
        }
    }
    return cost;
}

static void sum_range(const struct option *const chosen[MEAL_TYPE_COUNT], size_t from, size_t to,
                      double *sum)
{
    for (size_t i = from; i < to; i++) {
        sum[i] =
            chosen[0]->value[i] + chosen[1]->value[i] + chosen[2]->value[i] + chosen[3]->value[i];
    }
}

/*
 * Exact if it is below `enough`; else anything that is not. Only the dishes' own cost may be
 * negative and it comes first, so that most combinations are out before the long sums.
 */
static double total_cost(const struct search *search,
                         const struct option *const chosen[MEAL_TYPE_COUNT], double enough)
{
    double sum[V_COUNT];
    double cost = chosen[0]->cost + chosen[1]->cost + chosen[2]->cost + chosen[3]->cost;
    cost += clash_cost(chosen);
    if (cost >= enough) {
        return cost;
    }
    sum_range(chosen, 0, V_STEERED, sum);
    cost += macro_cost(search->goal->targets, sum);
    if (cost >= enough) {
        return cost;
    }
    sum_range(chosen, V_STEERED, V_COUNT, sum);
    return cost + search->goal->need_weight * need_cost(search, sum) +
           fibre_cost(search->goal->targets, sum) + cap_cost(search->goal->targets, sum);
}

/* Chooses the best option for one meal, the others staying. */
static void improve_meal(const struct search *search, const struct option *chosen[MEAL_TYPE_COUNT],
                         unsigned meal, double *cost)
{
    const struct option *best = chosen[meal];
    for (size_t i = 0; i < search->count[meal]; i++) {
        chosen[meal] = &search->options[meal][i];
        double enough = *cost - 1e-9;
        double with = total_cost(search, chosen, enough);
        if (with < enough) {
            *cost = with;
            best = chosen[meal];
        }
    }
    chosen[meal] = best;
}

static struct menu climb(const struct search *search, struct draw *draw)
{
    const struct option *chosen[MEAL_TYPE_COUNT];
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        chosen[meal] = &search->options[meal][draw_below(draw, search->count[meal])];
    }
    double cost = total_cost(search, chosen, HUGE_VAL);
    for (int sweep = 0; sweep < 6; sweep++) {
        double before = cost;
        for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
            improve_meal(search, chosen, meal, &cost);
        }
        if (cost >= before) {
            break;
        }
    }
    struct menu menu = {.cost = cost};
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        menu.dish[meal] = chosen[meal]->dish;
    }
    return menu;
}

static bool same_menu(const struct menu *a, const struct menu *b)
{
    return memcmp(a->dish, b->dish, sizeof a->dish) == 0;
}

/* Keeps the list sorted, without doubles, at most MENU_PROPOSALS long. */
static size_t insert(struct menu *proposals, size_t count, const struct menu *menu)
{
    size_t at = 0;
    while (at < count && proposals[at].cost <= menu->cost) {
        if (same_menu(&proposals[at], menu)) {
            return count;
        }
        at++;
    }
    if (at == MENU_PROPOSALS) {
        return count;
    }
    size_t kept = count < MENU_PROPOSALS ? count : MENU_PROPOSALS - 1;
    memmove(&proposals[at + 1], &proposals[at], (kept - at) * sizeof *proposals);
    proposals[at] = *menu;
    return kept + 1;
}

size_t menu_propose(struct arena *arena, const struct dish_menu *dishes,
                    const struct day_goal *goal, const struct week_memory *memory,
                    struct draw *draw, struct menu proposals[static MENU_PROPOSALS])
{
    enum { CLIMBS = 10 };
    struct search search;
    search_open(arena, dishes, goal, memory, draw, &search);
    size_t count = 0;
    for (int i = 0; i < CLIMBS; i++) {
        struct menu menu = climb(&search, draw);
        count = insert(proposals, count, &menu);
    }
    return count;
}
