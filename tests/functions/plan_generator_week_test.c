/*
 * Whole weeks from the project's own recipes, without a database: 200 people of all kinds get a
 * plan that the verdict accepts, or a refusal that names the binding rule.
 */
#include "functions/plan-generator/week.h"
#include "shared/base/clock.h"
#include "shared/nutrition/verdict.h"
#include "tests/support/check.h"
#include "tests/support/seed_book.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_guest_gets_a_plan_or_the_binding_rule),
        cmocka_unit_test(same_seed_gives_the_same_week),
        cmocka_unit_test(variety_serves_no_dish_twice),
    };
    return cmocka_run_group_tests(tests, book_open, book_close);
}
