/*
 * Whole weeks from the project's own recipes, without a database: 200 people of all kinds get a
 * plan that the verdict accepts, or a refusal that names the binding rule.
 */
#include "functions/plan-generator/focus.h"
#include "functions/plan-generator/week.h"
#include "shared/base/clock.h"
#include "shared/nutrition/verdict.h"
#include "tests/support/check.h"
#include "tests/support/seed_book.h"

#include <pthread.h>

struct book {
    struct arena arena;
    struct ctx cx;
    struct food_table foods;
    struct recipe_book recipes;
};

static struct book the_book;

static int book_open(void **state)
{
    (void)state;
    arena_init(&the_book.arena, 0);
    the_book.cx = (struct ctx){.arena = &the_book.arena};
    seed_book_load(&the_book.cx, &the_book.foods, &the_book.recipes);
    return 0;
}

static int book_close(void **state)
{
    (void)state;
    arena_deinit(&the_book.arena);
    return 0;
}

struct guest {
    struct person person;
    const char *allergies[3];
    struct plan_preferences wishes;
};

static enum status week_for(struct ctx *cx, const struct guest *guest, uint64_t seed, bool variety,
                            struct week *week, struct plan *plan, struct verdict *verdict)
{
    struct exclusions exclusions = {0};
    for (size_t i = 0; i < ARRAY_LEN(guest->allergies) && guest->allergies[i] != NULL; i++) {
        TRY(exclusions_add(cx, &exclusions, str_from_cstr(guest->allergies[i])));
    }
    struct targets targets;
    TRY(targets_compute(cx, &guest->person, &targets));
    focus_apply(&guest->wishes, guest->person.diets, &targets);
    struct dish_menu dishes;
    TRY(dish_menu_build(cx, &the_book.recipes,
                        &(struct dish_rules){.diets = guest->person.diets,
                                             .exclusions = &exclusions,
                                             .premium_allowed = true},
                        &dishes));
    TRY(week_build(cx, &dishes, &targets,
                   &(struct week_options){.start = 20780, .seed = seed, .enforce_variety = variety},
                   week));
    week_to_plan(cx, week, plan);
    return verdict_reach(cx, plan,
                         &(struct verdict_rules){.targets = &targets,
                                                 .diets = guest->person.diets,
                                                 .exclusions = &exclusions},
                         verdict);
}

static const diet_set guest_diets[] = {
    0,
    DIET_BIT(DIET_VEGETARIAN),
    DIET_BIT(DIET_VEGAN),
    DIET_BIT(DIET_PESCATARIAN),
    DIET_BIT(DIET_KETO),
    DIET_BIT(DIET_PALEO),
    DIET_BIT(DIET_PCOS),
    DIET_BIT(DIET_GLUTEN_FREE),
    DIET_BIT(DIET_HALAL),
    DIET_BIT(DIET_DAIRY_FREE) | DIET_BIT(DIET_NUT_FREE),
    DIET_BIT(DIET_VEGAN) | DIET_BIT(DIET_GLUTEN_FREE),
    DIET_BIT(DIET_VEGAN) | DIET_BIT(DIET_KETO),
    DIET_BIT(DIET_KETO) | DIET_BIT(DIET_HALAL),
};

static const char *const guest_allergies[][2] = {
    {NULL, NULL},          {"tree nuts", NULL},   {"dairy", NULL},      {"eggs", "peanuts"},
    {"shellfish", "fish"}, {"soy", NULL},         {"gluten", "sesame"}, {"milk", "eggs"},
    {"nuts", "shellfish"}, {"mustard", "celery"}, {"eggplant", NULL},   {"coconut", "wheat"},
};

static const uint32_t guest_goals[] = {
    0,
    1U << GOAL_WEIGHT_LOSS,
    1U << GOAL_MUSCLE_GAIN,
    1U << GOAL_HEART_HEALTH,
    1U << GOAL_ENERGY_BOOST,
};

/* Spread, not random: every diet meets every pair of allergies, ages, sizes and energies. */
static struct guest guest_number(unsigned i)
{
    struct guest guest = {
        .person =
            {
                .sex = i % 2 == 0 ? SEX_FEMALE : SEX_MALE,
                .age_years = 19 + (int)(i * 7 % 62),
                .height_cm = 150 + (double)(i * 11 % 45),
                .weight_kg = 48 + (double)(i * 13 % 60),
                .activity = (enum activity)(i % 5),
                .goals = guest_goals[i % ARRAY_LEN(guest_goals)],
                .diets = guest_diets[i % ARRAY_LEN(guest_diets)],
            },
        .allergies = {guest_allergies[i % ARRAY_LEN(guest_allergies)][0],
                      guest_allergies[i % ARRAY_LEN(guest_allergies)][1]},
    };
    if (i % 2 == 0 || i % 5 == 0) { /* the rest take what is computed for them */
        int floor = guest.person.sex == SEX_FEMALE ? 1200 : 1500;
        guest.person.own_energy_kcal = floor + (int)(i * 53 % (3501U - (unsigned)floor));
    }
    return guest;
}

enum { GUESTS = 200 };

static void every_guest_gets_a_plan_or_the_binding_rule(void **state)
{
    (void)state;
    size_t plans = 0, refused = 0;
    int64_t most_us = 0, total_us = 0;
    for (unsigned i = 0; i < GUESTS; i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct guest guest = guest_number(i);
        struct week week;
        struct plan plan;
        struct verdict verdict = {0};
        int64_t started = clock_mono_us();
        enum status status = week_for(&t.cx, &guest, i, true, &week, &plan, &verdict);
        int64_t took = clock_mono_us() - started;
        most_us = took > most_us ? took : most_us;
        total_us += took;
        if (status == OK && verdict.errors == 0) {
            plans++;
            continue;
        }
        refused++;
        if (status == OK) { /* what the handler turns into a 422 that names the rule */
            print_message("guest %u refused: %s: " STR_FMT "\n", i, verdict.findings[0].rule,
                          STR_ARG(verdict.findings[0].message));
            continue;
        }
        CHECK_STATUS(&t.cx, status, ERR_INFEASIBLE);
        assert_non_null(strstr(t.cx.err.words, "rule"));
        print_message("guest %u refused: %s\n", i, t.cx.err.words);
    }
    print_message("%zu plans, %zu refused; %.1f ms a week, at most %.1f ms\n", plans, refused,
                  (double)total_us / 1000 / GUESTS, (double)most_us / 1000);
    assert_true(plans >= GUESTS * 19 / 20);
}

static const enum focus protein[] = {FOCUS_PROTEIN}, carbohydrate[] = {FOCUS_CARBOHYDRATE},
                        fat[] = {FOCUS_FAT}, protein_and_fat[] = {FOCUS_PROTEIN, FOCUS_FAT},
                        both_fuels[] = {FOCUS_CARBOHYDRATE, FOCUS_FAT};
static const struct plan_preferences wishes[] = {
    {.focus = protein, .focus_count = 1},    {.focus = carbohydrate, .focus_count = 1},
    {.focus = fat, .focus_count = 1},        {.focus = protein_and_fat, .focus_count = 2},
    {.focus = both_fuels, .focus_count = 2},
};

static bool gets_a_plan(const struct guest *guest, unsigned seed)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct week week;
    struct plan plan;
    struct verdict verdict = {0};
    enum status status = week_for(&t.cx, guest, seed, true, &week, &plan, &verdict);
    return status == OK && verdict.errors == 0;
}

/* A wish is one: who has a plan without it has one with it. */
static void a_focus_costs_nobody_the_plan(void **state)
{
    (void)state;
    size_t lost = 0, asked = 0;
    for (unsigned i = 2; i < GUESTS; i += 10) {
        struct guest guest = guest_number(i);
        if (!gets_a_plan(&guest, i)) {
            continue;
        }
        for (size_t w = 0; w < ARRAY_LEN(wishes); w++) {
            guest.wishes = wishes[w];
            asked++;
            if (!gets_a_plan(&guest, i)) {
                print_message("guest %u has no plan with wish %zu\n", i, w);
                lost++;
            }
        }
    }
    print_message("%zu of %zu plans lost\n", lost, asked);
    CHECK_I64("plans lost", lost, 0);
}

static void same_seed_gives_the_same_week(void **state)
{
    (void)state;
    struct guest guest = guest_number(1);
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct week *weeks = ARENA_ARRAY(&t.arena, struct week, 3);
    struct plan plan;
    struct verdict verdict;
    for (size_t i = 0; i < 3; i++) {
        CHECK_STATUS(&t.cx, week_for(&t.cx, &guest, i / 2, true, &weeks[i], &plan, &verdict), OK);
    }
    bool same = true, other = true;
    for (size_t d = 0; d < WEEK_DAYS; d++) {
        for (size_t m = 0; m < MEAL_TYPE_COUNT; m++) {
            same &= str_eq(weeks[0].days[d].menu.dish[m]->recipe->id,
                           weeks[1].days[d].menu.dish[m]->recipe->id);
            other &= str_eq(weeks[0].days[d].menu.dish[m]->recipe->id,
                            weeks[2].days[d].menu.dish[m]->recipe->id);
        }
    }
    assert_true(same);
    assert_false(other);
}

enum { AT_ONCE = 4, GUESTS_EACH = 8 };

/* All that a plan says, in a number; of a refusal, 0. (FNV-1a) */
static uint64_t plan_print(unsigned guest_index)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct guest guest = guest_number(guest_index);
    struct week week;
    struct plan plan;
    struct verdict verdict = {0};
    if (week_for(&t.cx, &guest, guest_index, true, &week, &plan, &verdict) != OK) {
        return 0;
    }
    uint64_t print = 14695981039346656037ULL;
    for (size_t d = 0; d < plan.day_count; d++) {
        for (size_t m = 0; m < plan.days[d].meal_count; m++) {
            const struct plan_meal *meal = &plan.days[d].meals[m];
            for (size_t i = 0; i < meal->line_count; i++) {
                print = (print ^ (uint32_t)meal->lines[i].fdc_id) * 1099511628211ULL;
                print = (print ^ (uint64_t)(meal->lines[i].grams * 1000)) * 1099511628211ULL;
            }
        }
    }
    return print;
}

static void *plan_prints(void *arg)
{
    uint64_t *prints = arg;
    for (unsigned i = 0; i < GUESTS_EACH; i++) {
        prints[i] = plan_print(i);
    }
    return NULL;
}

/* The book is shared, and nothing else: neither ours nor the solver's state. */
static void weeks_made_at_once_are_those_made_alone(void **state)
{
    (void)state;
    uint64_t alone[GUESTS_EACH], at_once[AT_ONCE][GUESTS_EACH];
    pthread_t threads[AT_ONCE];
    (void)plan_prints(alone);
    for (size_t i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, plan_prints, at_once[i]), 0);
    }
    size_t plans = 0;
    for (size_t i = 0; i < AT_ONCE; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t g = 0; g < GUESTS_EACH; g++) {
            CHECK_I64("the same plan", at_once[i][g], alone[g]);
            plans += alone[g] != 0 ? 1 : 0;
        }
    }
    assert_true(plans > 0);
}

static void variety_serves_no_dish_twice(void **state)
{
    (void)state;
    struct guest guest = {.person = {.sex = SEX_FEMALE,
                                     .age_years = 30,
                                     .height_cm = 165,
                                     .weight_kg = 60,
                                     .activity = ACTIVITY_MODERATE}};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct week *week = ARENA_NEW(&t.arena, struct week);
    struct plan plan;
    struct verdict verdict;
    CHECK_STATUS(&t.cx, week_for(&t.cx, &guest, 7, true, week, &plan, &verdict), OK);
    CHECK_I64("unique dishes", week->unique_dishes, WEEK_DAYS * MEAL_TYPE_COUNT);
}

/* The longest recipe that may be served, four times a day: the program's tables hold it. */
static void recipe_of_thirty_lines_is_served_and_one_more_is_not(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct recipe_line lines[DISH_LINES_MAX + 1];
    struct recipe recipe = the_book.recipes.recipes[0];
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        lines[i] = recipe.lines[i % recipe.line_count];
    }
    recipe.lines = lines;
    recipe.line_count = DISH_LINES_MAX;
    recipe.meals = (1U << MEAL_TYPE_COUNT) - 1;
    struct recipe_book book = {.recipes = &recipe, .count = 1};
    struct exclusions none = {0};
    struct dish_rules rules = {.exclusions = &none, .premium_allowed = true};
    struct dish_menu dishes;
    CHECK_STATUS(&t.cx, dish_menu_build(&t.cx, &book, &rules, &dishes), OK);
    struct targets targets;
    struct person person = guest_number(0).person;
    CHECK_STATUS(&t.cx, targets_compute(&t.cx, &person, &targets), OK);
    struct week *week = ARENA_NEW(&t.arena, struct week);
    CHECK_STATUS(&t.cx, week_build(&t.cx, &dishes, &targets, &(struct week_options){0}, week),
                 ERR_INFEASIBLE); /* of one dish; what counts is that ASan is content */
    recipe.line_count++;
    CHECK_STATUS(&t.cx, dish_menu_build(&t.cx, &book, &rules, &dishes), ERR_INFEASIBLE);
    assert_non_null(strstr(t.cx.err.words, "more than 30 ingredients"));
}

static void week_ends_at_the_deadline(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.deadline_ms = clock_now_ms() - 1;
    struct guest guest = guest_number(1);
    struct week *week = ARENA_NEW(&t.arena, struct week);
    struct plan plan;
    struct verdict verdict;
    CHECK_STATUS(&t.cx, week_for(&t.cx, &guest, 1, true, week, &plan, &verdict), ERR_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_guest_gets_a_plan_or_the_binding_rule),
        cmocka_unit_test(a_focus_costs_nobody_the_plan),
        cmocka_unit_test(same_seed_gives_the_same_week),
        cmocka_unit_test(weeks_made_at_once_are_those_made_alone),
        cmocka_unit_test(variety_serves_no_dish_twice),
        cmocka_unit_test(recipe_of_thirty_lines_is_served_and_one_more_is_not),
        cmocka_unit_test(week_ends_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, book_open, book_close);
}
