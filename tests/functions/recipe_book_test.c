/*
 * The recipe book itself: enough of it for every diet and pair of diets, honest energies, foods
 * that all exist. Read from the seed files, without a database.
 */
#include "functions/plan-generator/dish.h"
#include "tests/support/check.h"
#include "tests/support/seed_book.h"

enum { RECIPES_AT_LEAST = 150, FOODS_AT_LEAST = 900, CANDIDATES_AT_LEAST = 8 };

static struct test_ctx book;
static struct food_table foods;
static struct recipe_book recipes;

static int book_open(void **state)
{
    (void)state;
    book = test_ctx_open(&book);
    seed_book_load(&book.cx, &foods, &recipes);
    return 0;
}

static int book_close(void **state)
{
    (void)state;
    test_ctx_close(&book);
    return 0;
}

static void the_book_is_large_enough(void **state)
{
    (void)state;
    assert_true(foods.count >= FOODS_AT_LEAST);
    assert_true(recipes.count >= RECIPES_AT_LEAST);
}

static void every_line_is_a_known_food(void **state)
{
    (void)state;
    for (size_t i = 0; i < recipes.count; i++) {
        for (size_t k = 0; k < recipes.recipes[i].line_count; k++) {
            const struct recipe_line *line = &recipes.recipes[i].lines[k];
            bool known = line->food != NULL && (line->food->known & 1ULL << N_ENERGY) != 0;
            if (!known) {
                CHECK_FAILED(STR_FMT ": no food %d with an energy\n",
                             STR_ARG(recipes.recipes[i].id), line->fdc_id);
            }
        }
    }
}

static struct nutrient_sum serving_of(const struct recipe *recipe)
{
    struct nutrient_sum sum = {0};
    for (size_t i = 0; i < recipe->line_count; i++) {
        nutrient_sum_add(&sum, recipe->lines[i].food, recipe->lines[i].grams);
    }
    return sum;
}

static void energy_agrees_with_the_macronutrients(void **state)
{
    (void)state;
    for (size_t i = 0; i < recipes.count; i++) {
        struct nutrient_sum sum = serving_of(&recipes.recipes[i]);
        const double *a = sum.amount;
        double atwater = 4 * a[N_PROTEIN] + 9 * a[N_FAT] + 4 * (a[N_CARBOHYDRATE] - a[N_FIBRE]) +
                         2 * a[N_FIBRE] + 7 * a[N_ALCOHOL];
        /* a mixed dish; single foods differ more (vegetables by up to 30 %) */
        CHECK_NEAR(recipes.recipes[i].id.ptr, atwater / a[N_ENERGY], 1, 0.15);
    }
}

/* One of the book's diets; keto goes by a dish's numbers, the rest by its words. */
struct way {
    const char *name;
    diet_set diets;
};
static const struct way ways[] = {
    {"vegan", DIET_BIT(DIET_VEGAN)},
    {"vegetarian", DIET_BIT(DIET_VEGETARIAN)},
    {"pescatarian", DIET_BIT(DIET_PESCATARIAN)},
    {"gluten-free", DIET_BIT(DIET_GLUTEN_FREE)},
    {"keto", DIET_BIT(DIET_KETO)},
    {"dairy-free and nut-free", DIET_BIT(DIET_DAIRY_FREE) | DIET_BIT(DIET_NUT_FREE)},
    {"halal", DIET_BIT(DIET_HALAL)},
};

static bool is_keto(const struct recipe *recipe)
{
    struct nutrient_sum sum = serving_of(recipe);
    return 9 * sum.amount[N_FAT] >= 0.60 * sum.amount[N_ENERGY] &&
           4 * nutrient_sum_net_carbohydrate(&sum) <= 0.10 * sum.amount[N_ENERGY];
}

static bool suits(const struct recipe *recipe, diet_set diets)
{
    food_class_set forbidden = diet_set_forbids(diets);
    for (size_t i = 0; i < recipe->line_count; i++) {
        if ((recipe->lines[i].classes.contains & forbidden) != 0) {
            return false;
        }
    }
    return (diets & DIET_BIT(DIET_KETO)) == 0 || is_keto(recipe);
}

static size_t candidates(diet_set diets, enum meal_type meal)
{
    size_t count = 0;
    for (size_t i = 0; i < recipes.count; i++) {
        const struct recipe *recipe = &recipes.recipes[i];
        count += (recipe->meals & 1U << meal) != 0 && suits(recipe, diets);
    }
    return count;
}

static void every_pair_of_diets_has_eight_dishes_for_each_main_meal(void **state)
{
    (void)state;
    size_t fewest = recipes.count;
    for (size_t a = 0; a < ARRAY_LEN(ways); a++) {
        for (size_t b = a; b < ARRAY_LEN(ways); b++) {
            for (unsigned meal = MEAL_BREAKFAST; meal <= MEAL_DINNER; meal++) {
                size_t count = candidates(ways[a].diets | ways[b].diets, (enum meal_type)meal);
                fewest = count < fewest ? count : fewest;
                if (count < CANDIDATES_AT_LEAST) {
                    print_error("%s + %s, %s: %zu\n", ways[a].name, ways[b].name,
                                meal_type_key((enum meal_type)meal), count);
                }
                assert_true(count >= CANDIDATES_AT_LEAST);
            }
        }
    }
    print_message("the narrowest pair has %zu dishes for a main meal\n", fewest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_book_is_large_enough),
        cmocka_unit_test(every_line_is_a_known_food),
        cmocka_unit_test(energy_agrees_with_the_macronutrients),
        cmocka_unit_test(every_pair_of_diets_has_eight_dishes_for_each_main_meal),
    };
    return cmocka_run_group_tests(tests, book_open, book_close);
}
