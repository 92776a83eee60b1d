#include "functions/plan-generator/week.h"

#include "shared/base/clock.h"

#include <math.h>

enum { TRIES_PER_DAY = 6, PORTIONS_PER_DAY = 3 };

/* What is still owed of the week's intake, spread over the days left; never absurdly much or
 * little. */
static void day_goal_set(const struct targets *targets, const struct nutrient_sum *so_far,
                         int days_left, struct day_goal *goal)
{
    *goal = (struct day_goal){.targets = targets, .need_weight = 1};
    for (size_t i = 0; i < STEERED_COUNT; i++) {
        enum nutrient nutrient = steered_nutrients[i].nutrient;
        double daily = targets->intake[nutrient].amount;
        double owed = (daily * WEEK_DAYS - so_far->amount[nutrient]) / days_left;
        goal->need[nutrient] = fmin(fmax(owed, 0.6 * daily), 1.6 * daily);
    }
}

/* The cheapest of the first few proposals that can be made exact. */
static bool day_solve(const struct menu *proposals, size_t count, const struct day_goal *goal,
                      struct week_day *day)
{
    static const double portions_weight = 1.5;
    size_t solved = 0;
    double best = HUGE_VAL;
    for (size_t i = 0; i < count && solved < PORTIONS_PER_DAY; i++) {
        struct portions portions = {0};
        if (portions_solve(&proposals[i], goal, &portions, NULL) != PORTIONS_EXACT) {
            continue;
        }
        solved++;
        double cost = proposals[i].cost + portions_weight * portions.cost;
        if (cost < best) {
            best = cost;
            day->menu = proposals[i];
            day->portions = portions;
        }
    }
    return solved > 0;
}

static enum status day_refuse(struct ctx *cx, const struct dish_menu *dishes,
                              const struct day_goal *goal, const struct menu *menu, int32_t day)
{
    const char *binding = "portions";
    struct portions portions = {0};
    (void)portions_solve(menu, goal, &portions, &binding);
    char date[11];
    date_format(day, date);
    return fail_public(cx, ERR_INFEASIBLE,
                       "no portions of the %zu dishes left make %s exact: the binding rule is %s "
                       "(%.0f kcal, %.0f g protein)",
                       dishes->dish_count, date, binding, goal->targets->energy_kcal,
                       goal->targets->protein_g);
}

static enum status time_check(struct ctx *cx, int32_t day)
{
    if (ctx_remaining_ms(cx, 1) > 0) {
        return OK;
    }
    char date[11];
    date_format(day, date);
    return fail(cx, ERR_TIMEOUT, "the deadline passed while %s was being made", date);
}

static enum status day_build(struct ctx *cx, const struct dish_menu *dishes, struct day_goal *goal,
                             const struct week_memory *memory, struct draw *draw, struct week *week,
                             struct week_day *day)
{
    struct menu proposals[MENU_PROPOSALS];
    struct week_memory kept = *memory;
    for (int attempt = 0; attempt < TRIES_PER_DAY; attempt++) {
        TRY(time_check(cx, day->date));
        int64_t started = clock_mono_us();
        size_t count = menu_propose(cx->arena, dishes, goal, &kept, draw, proposals);
        int64_t proposed = clock_mono_us();
        bool solved = day_solve(proposals, count, goal, day);
        week->menu_us += proposed - started;
        week->portions_us += clock_mono_us() - proposed;
        if (solved) {
            return OK;
        }
        goal->need_weight /= 3; /* dishes rich in everything may be too rich in protein */
        kept.enforce_variety &= attempt == 0; /* a dish again is better than no week */
    }
    return day_refuse(cx, dishes, goal, &proposals[0], day->date);
}

static void count_variety(struct week *week)
{
    const struct dish *seen[WEEK_DAYS * MEAL_TYPE_COUNT];
    size_t count = 0;
    for (size_t d = 0; d < WEEK_DAYS; d++) {
        for (size_t meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
            const struct dish *dish = week->days[d].menu.dish[meal];
            bool dish_is_new = true, cuisine_is_new = true;
            for (size_t i = 0; i < count; i++) {
                dish_is_new &= seen[i] != dish;
                cuisine_is_new &= seen[i]->cuisine != dish->cuisine;
            }
            week->unique_dishes += dish_is_new;
            week->cuisines += cuisine_is_new;
            seen[count++] = dish;
        }
    }
}

enum status week_build(struct ctx *cx, const struct dish_menu *dishes,
                       const struct targets *targets, const struct week_options *options,
                       struct week *week)
{
    *week = (struct week){0};
    struct draw draw = {.state = options->seed};
    struct week_memory memory = {.enforce_variety = options->enforce_variety};
    struct nutrient_sum so_far = {0};
    for (int d = 0; d < WEEK_DAYS; d++) {
        struct week_day *day = &week->days[d];
        day->date = options->start + d;
        struct day_goal goal;
        day_goal_set(targets, &so_far, WEEK_DAYS - d, &goal);
        TRY(day_build(cx, dishes, &goal, &memory, &draw, week, day));
        nutrient_sum_merge(&so_far, &day->portions.sum);
        for (size_t meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
            memory.served[memory.served_count++] = day->menu.dish[meal];
        }
    }
    count_variety(week);
    return OK;
}

const char *weekday_name(int32_t date)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    return names[date_weekday(date)];
}

static void meal_to_plan(struct ctx *cx, const struct week_day *day, enum meal_type type,
                         struct plan_meal *meal)
{
    const struct recipe *recipe = day->menu.dish[type]->recipe;
    *meal = (struct plan_meal){
        .type = str_from_cstr(meal_type_key(type)),
        .recipe_id = recipe->id,
        .title = recipe->title,
        .cuisine = recipe->cuisine,
        .servings = 1,
        .lines = ARENA_ARRAY(cx->arena, struct plan_line, recipe->line_count),
    };
    for (size_t i = 0; i < day->portions.count; i++) {
        const struct portion *portion = &day->portions.lines[i];
        if (portion->meal == type) {
            meal->lines[meal->line_count++] = (struct plan_line){
                .fdc_id = portion->line->fdc_id,
                .name = portion->line->name,
                .grams = portion->grams,
                .food = portion->line->food,
                .classes = portion->line->classes,
            };
        }
    }
}

void week_to_plan(struct ctx *cx, const struct week *week, struct plan *plan)
{
    *plan = (struct plan){
        .days = ARENA_ARRAY(cx->arena, struct plan_day, WEEK_DAYS),
        .day_count = WEEK_DAYS,
    };
    for (size_t d = 0; d < WEEK_DAYS; d++) {
        struct plan_day *day = &plan->days[d];
        day->date = week->days[d].date;
        day->name = str_from_cstr(weekday_name(day->date));
        day->meals = ARENA_ARRAY(cx->arena, struct plan_meal, MEAL_TYPE_COUNT);
        day->meal_count = MEAL_TYPE_COUNT;
        for (unsigned type = 0; type < MEAL_TYPE_COUNT; type++) {
            meal_to_plan(cx, &week->days[d], (enum meal_type)type, &day->meals[type]);
        }
    }
    plan_add_up(plan);
}
