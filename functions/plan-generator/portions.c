#include "functions/plan-generator/portions.h"

#include "functions/plan-generator/rounding.h"
#include "shared/nutrition/verdict_intake.h"

#include <assert.h>
#include <lpsolve/lp_lib.h>
#include <math.h>

/*
 * Columns, 1-based as lp_solve has them:
 *   1..4            size of each meal's dish
 *   then p and q    for each line that bends
 *   then u          shortfall of each steered nutrient
 *   then o          excess over sodium, saturated fat and the capped nutrients
 *   then e          slack of the hard rows, only when a binding rule is looked for
 */
enum {
    SOFT_LIMITS = 2 + CAPPED_COUNT,
    HARD_ROWS = 9, /* energy, protein, fat, carbohydrate, net carbohydrate, four meals */
    COLUMNS_MAX =
        MEAL_TYPE_COUNT + 2 * PORTION_LINES_MAX + STEERED_COUNT + SOFT_LIMITS + 2 * HARD_ROWS,
};

static const double bend_more = 0.40,
                    bend_less = 0.35;        /* of the line's grams at its serving size */
static const double size_spread = 0.35;      /* around the serving size */
static const double meal_share_slack = 0.07; /* of the day's energy, either way */
static const double cap_weight = 50;         /* past an upper level; above all that is wished for */

struct row {
    double value[COLUMNS_MAX];
    int column[COLUMNS_MAX];
    int count;
};

struct program {
    const struct menu *menu;
    const struct day_goal *goal;
    struct portions *portions;
    bool bends[PORTION_LINES_MAX];
    int bend_column[PORTION_LINES_MAX]; /* of p; q follows */
    double size[MEAL_TYPE_COUNT];       /* the serving size each dish starts from */
    int first_shortfall, first_excess, first_slack, columns;
    bool elastic;
    int slack_used;
    lprec *lp;
};

static void program_close(struct program *program)
{
    if (program->lp != NULL) {
        delete_lp(program->lp);
    }
}

static bool keeps_proportion(const struct recipe_line *line)
{
    return line->grams < 5 || str_eq(line->food->category, STR("Spices and Herbs"));
}

static void lay_out(struct program *program)
{
    struct portions *portions = program->portions;
    portions->count = 0;
    int column = MEAL_TYPE_COUNT + 1;
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        const struct dish *dish = program->menu->dish[meal];
        program->size[meal] =
            dish_serving_size(dish, (enum meal_type)meal, program->goal->targets->energy_kcal);
        assert(dish->recipe->line_count <= DISH_LINES_MAX);
        for (size_t i = 0; i < dish->recipe->line_count; i++) {
            size_t at = portions->count++;
            portions->lines[at] =
                (struct portion){.meal = (enum meal_type)meal, .line = &dish->recipe->lines[i]};
            program->bends[at] = !keeps_proportion(portions->lines[at].line);
            program->bend_column[at] = column;
            column += program->bends[at] ? 2 : 0;
        }
    }
    program->first_shortfall = column;
    program->first_excess = column + STEERED_COUNT;
    program->first_slack = program->first_excess + SOFT_LIMITS;
    program->columns = program->first_slack - 1 + (program->elastic ? 2 * HARD_ROWS : 0);
}

static void row_add(struct row *row, int column, double value)
{
    row->column[row->count] = column;
    row->value[row->count++] = value;
}

/* What one gram of a food brings. */
typedef double per_gram_fn(const struct food *food, enum nutrient nutrient);

static double amount_per_gram(const struct food *food, enum nutrient nutrient)
{
    return food->per_100g[nutrient] / 100;
}

static double net_carbohydrate_per_gram(const struct food *food, enum nutrient nutrient)
{
    (void)nutrient;
    return fmax(0, food->per_100g[N_CARBOHYDRATE] - food->per_100g[N_FIBRE]) / 100;
}

/* The terms that add a nutrient up over the meals of the bit set. */
static void row_of(const struct program *program, unsigned meals, per_gram_fn *per_gram,
                   enum nutrient nutrient, struct row *row)
{
    double of_size[MEAL_TYPE_COUNT] = {0};
    row->count = 0;
    for (size_t i = 0; i < program->portions->count; i++) {
        const struct portion *portion = &program->portions->lines[i];
        if ((meals & 1U << portion->meal) == 0) {
            continue;
        }
        double each = per_gram(portion->line->food, nutrient);
        of_size[portion->meal] += each * portion->line->grams;
        if (program->bends[i] && each > 0) {
            row_add(row, program->bend_column[i], each);
            row_add(row, program->bend_column[i] + 1, -each);
        }
    }
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        if (of_size[meal] > 0) {
            row_add(row, (int)meal + 1, of_size[meal]);
        }
    }
}

enum { ALL_MEALS = (1U << MEAL_TYPE_COUNT) - 1 };

static void add_hard(struct program *program, struct row *row, struct range range)
{
    if (program->elastic) {
        int slack = program->first_slack + 2 * program->slack_used++;
        row_add(row, slack, 1);
        row_add(row, slack + 1, -1);
    }
    if (range.min == range.max) {
        (void)add_constraintex(program->lp, row->count, row->value, row->column, EQ, range.min);
        return;
    }
    (void)add_constraintex(program->lp, row->count, row->value, row->column, LE, range.max);
    if (range.min > 0) {
        (void)add_constraintex(program->lp, row->count, row->value, row->column, GE, range.min);
    }
}

/* A gram inside, so that rounding to whole grams stays in. */
static struct range inset(struct range range)
{
    return range.max - range.min > 4 ? (struct range){range.min + (range.min > 0), range.max - 1}
                                     : range;
}

static const char *const hard_names[HARD_ROWS] = {
    "energy",
    "protein",
    "fat",
    "carbohydrate",
    "net carbohydrate",
    "breakfast's share of the energy",
    "lunch's share of the energy",
    "dinner's share of the energy",
    "the snack's share of the energy",
};

static void add_hard_rows(struct program *program)
{
    const struct targets *t = program->goal->targets;
    struct row row;
    row_of(program, ALL_MEALS, amount_per_gram, N_ENERGY, &row);
    add_hard(program, &row, (struct range){t->energy_kcal, t->energy_kcal});
    row_of(program, ALL_MEALS, amount_per_gram, N_PROTEIN, &row);
    add_hard(program, &row, (struct range){t->protein_g, t->protein_g});
    row_of(program, ALL_MEALS, amount_per_gram, N_FAT, &row);
    add_hard(program, &row, inset(t->fat_g));
    row_of(program, ALL_MEALS, amount_per_gram, N_CARBOHYDRATE, &row);
    add_hard(program, &row, inset(t->carbohydrate_g));
    row_of(program, ALL_MEALS, net_carbohydrate_per_gram, N_CARBOHYDRATE, &row);
    double net_max = t->net_carbohydrate_max_g > 0 ? t->net_carbohydrate_max_g - 0.5 : 1e6;
    add_hard(program, &row, (struct range){0, net_max});
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        double share = meal_energy_share[meal] * t->energy_kcal;
        double slack = fmin(meal_share_slack * t->energy_kcal, 0.5 * share);
        row_of(program, 1U << meal, amount_per_gram, N_ENERGY, &row);
        add_hard(program, &row, (struct range){share - slack, share + slack});
    }
}

/* Upper levels give way only to the hard rows; the verdict then refuses the plan. */
static void add_caps(struct program *program)
{
    struct row row;
    for (int i = 0; i < CAPPED_COUNT; i++) {
        double upper = program->goal->targets->intake[capped_nutrients[i]].upper;
        if (upper > 0) {
            row_of(program, ALL_MEALS, amount_per_gram,
                   intake_limited_nutrient(capped_nutrients[i]), &row);
            row_add(&row, program->first_excess + 2 + i, -1);
            (void)add_constraintex(program->lp, row.count, row.value, row.column, LE, 0.98 * upper);
        }
    }
}

static void add_soft_rows(struct program *program)
{
    struct row row;
    for (int i = 0; i < STEERED_COUNT; i++) {
        enum nutrient nutrient = steered_nutrients[i].nutrient;
        if (program->goal->need[nutrient] > 0) {
            row_of(program, ALL_MEALS, amount_per_gram, nutrient, &row);
            row_add(&row, program->first_shortfall + i, 1);
            (void)add_constraintex(program->lp, row.count, row.value, row.column, GE,
                                   program->goal->need[nutrient]);
        }
    }
    const struct targets *t = program->goal->targets;
    row_of(program, ALL_MEALS, amount_per_gram, N_SODIUM, &row);
    row_add(&row, program->first_excess, -1);
    (void)add_constraintex(program->lp, row.count, row.value, row.column, LE, t->sodium_max_mg);
    row_of(program, ALL_MEALS, amount_per_gram, N_SATURATED, &row);
    row_add(&row, program->first_excess + 1, -1);
    double saturated_max = t->saturated_max_g > 0 ? t->saturated_max_g : 1e6;
    (void)add_constraintex(program->lp, row.count, row.value, row.column, LE, saturated_max);
    add_caps(program);
}

static void set_column_limits(struct program *program)
{
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        double size = program->size[meal];
        (void)set_bounds(program->lp, (int)meal + 1, size * (1 - size_spread),
                         size * (1 + size_spread));
    }
    for (size_t i = 0; i < program->portions->count; i++) {
        const struct portion *portion = &program->portions->lines[i];
        if (program->bends[i]) {
            double grams = portion->line->grams * program->size[portion->meal];
            (void)set_upbo(program->lp, program->bend_column[i], bend_more * grams);
            (void)set_upbo(program->lp, program->bend_column[i] + 1, bend_less * grams);
        }
    }
}

/*
 * What a slack of 1 is measured against when a binding rule is looked for. Energy counts tenfold:
 * it is kept, so that the rule which cannot be kept beside it shows.
 */
static double hard_scale(const struct targets *t, int row)
{
    const double scale[HARD_ROWS] = {
        t->energy_kcal / 10, t->protein_g,   t->fat_g.max,   t->carbohydrate_g.max, 50,
        t->energy_kcal,      t->energy_kcal, t->energy_kcal, t->energy_kcal,
    };
    return scale[row];
}

/* Shortfalls and excesses relative to what is wanted; bending relative to the line's weight. */
static void set_objective(struct program *program)
{
    struct row row = {.count = 0};
    const struct targets *t = program->goal->targets;
    for (size_t i = 0; i < program->portions->count; i++) {
        const struct portion *portion = &program->portions->lines[i];
        if (program->bends[i]) {
            double grams = portion->line->grams * program->size[portion->meal];
            row_add(&row, program->bend_column[i], 0.05 / grams);
            row_add(&row, program->bend_column[i] + 1, 0.05 / grams);
        }
    }
    for (int i = 0; i < STEERED_COUNT; i++) {
        double need = program->goal->need[steered_nutrients[i].nutrient];
        if (need > 0) {
            row_add(&row, program->first_shortfall + i, steered_nutrients[i].weight / need);
        }
    }
    row_add(&row, program->first_excess, 2 / t->sodium_max_mg);
    row_add(&row, program->first_excess + 1, t->saturated_max_g > 0 ? 2 / t->saturated_max_g : 0);
    for (int i = 0; i < CAPPED_COUNT; i++) {
        double upper = t->intake[capped_nutrients[i]].upper;
        row_add(&row, program->first_excess + 2 + i, upper > 0 ? cap_weight / upper : 0);
    }
    for (int i = 0; program->elastic && i < HARD_ROWS; i++) {
        row_add(&row, program->first_slack + 2 * i, 1000 / hard_scale(t, i));
        row_add(&row, program->first_slack + 2 * i + 1, 1000 / hard_scale(t, i));
    }
    (void)set_obj_fnex(program->lp, row.count, row.value, row.column);
}

/* True if there is an optimum; its columns are then in `values`. */
static bool program_solve(struct program *program, double values[static COLUMNS_MAX])
{
    lay_out(program);
    program->lp = make_lp(0, program->columns);
    if (program->lp == NULL) {
        return false;
    }
    set_verbose(program->lp, NEUTRAL);
    /* The default, geometric, takes longer than the program itself. */
    set_scaling(program->lp, SCALE_EQUILIBRATE + SCALE_POWER2);
    set_timeout(program->lp, 1); /* seconds; a day's program takes a fraction of a millisecond */
    (void)set_add_rowmode(program->lp, TRUE);
    set_objective(program);
    add_hard_rows(program);
    add_soft_rows(program);
    (void)set_add_rowmode(program->lp, FALSE);
    set_column_limits(program);
    return solve(program->lp) == OPTIMAL && get_variables(program->lp, values) != FALSE;
}

static void read_grams(struct program *program, const double *values)
{
    for (size_t i = 0; i < program->portions->count; i++) {
        struct portion *portion = &program->portions->lines[i];
        portion->grams = portion->line->grams * values[portion->meal];
        if (program->bends[i]) {
            portion->grams += values[program->bend_column[i] - 1] - values[program->bend_column[i]];
        }
    }
    program->portions->cost = get_objective(program->lp);
}

/*
 * With slack on every hard row there is always an optimum; the row that needs most of it binds. If
 * none needs any, the program has an answer, and only whole grams stand in its way.
 */
static const char *binding_rule(const struct menu *menu, const struct day_goal *goal,
                                struct portions *portions)
{
    DEFER(program_close)
    struct program program = {.menu = menu, .goal = goal, .portions = portions, .elastic = true};
    double values[COLUMNS_MAX];
    if (!program_solve(&program, values)) {
        return "portions";
    }
    const char *binding = "whole grams";
    double most_slack = 1e-6;
    for (size_t i = 0; i < HARD_ROWS; i++) {
        size_t column = (size_t)program.first_slack + 2 * i - 1;
        double slack = (values[column] + values[column + 1]) / hard_scale(goal->targets, (int)i);
        if (slack > most_slack) {
            most_slack = slack;
            binding = hard_names[i];
        }
    }
    return binding;
}

enum portions_result portions_solve(const struct menu *menu, const struct day_goal *goal,
                                    struct portions *portions, const char **binding)
{
    DEFER(program_close)
    struct program program = {.menu = menu, .goal = goal, .portions = portions};
    double values[COLUMNS_MAX];
    if (program_solve(&program, values)) {
        read_grams(&program, values);
        if (portions_round(portions, program.bends, goal->targets)) {
            return PORTIONS_EXACT;
        }
    }
    if (binding != NULL) {
        *binding = binding_rule(menu, goal, portions);
    }
    return PORTIONS_IMPOSSIBLE;
}
