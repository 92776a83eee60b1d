/*
 * A request body and a stored plan, whatever they hold: read, they keep their limits; judged on a
 * table of two foods, the answer is JSON.
 */
#include "functions/nutrition-validator/assemble.h"
#include "functions/nutrition-validator/input.h"
#include "functions/nutrition-validator/judge.h"
#include "functions/nutrition-validator/respond.h"
#include "functions/nutrition-validator/stored.h"
#include "tests/fuzz/fuzz.h"

static struct food foods[] = {
    {.fdc_id = 1,
     .description = STR_INIT("Milk, whole"),
     .known = 1ULL << N_ENERGY | 1ULL << N_PROTEIN | 1ULL << N_CALCIUM,
     .per_100g = {[N_ENERGY] = 61, [N_PROTEIN] = 3.2, [N_CALCIUM] = 113}},
    {.fdc_id = 2,
     .description = STR_INIT("Almonds"),
     .known = 1ULL << N_ENERGY | 1ULL << N_FAT | 1ULL << N_VITAMIN_E,
     .per_100g = {[N_ENERGY] = 579, [N_FAT] = 50, [N_VITAMIN_E] = 25.6}},
};

static void week_check(const struct week_input *week)
{
    FUZZ_CHECK(week->day_count > 0 && week->day_count <= PLAN_MAX_DAYS);
    for (size_t d = 0; d < week->day_count; d++) {
        FUZZ_CHECK(week->days[d].meal_count <= PLAN_MAX_MEALS);
        for (size_t m = 0; m < week->days[d].meal_count; m++) {
            const struct meal_input *meal = &week->days[d].meals[m];
            FUZZ_CHECK(meal->line_count <= PLAN_MAX_LINES);
            FUZZ_CHECK(meal->line_count > 0 || meal->recipe_id.len > 0);
            FUZZ_CHECK(meal->servings > 0 && meal->servings <= MEAL_MAX_SERVINGS);
        }
    }
}

static void judge(struct ctx *cx, const struct validate_input *input,
                  const struct stored_plan *stored, const struct week_input *week)
{
    const struct book_extract book = {.foods = {.foods = foods, .count = ARRAY_LEN(foods)}};
    const struct eater eater = {0};
    struct plan plan;
    struct judge_rules rules;
    struct validation validation;
    struct http_answer answer = {0};
    const struct json *root = NULL;
    week_check(week);
    plan_assemble(cx, week, &book, input->use_recipe_book, &plan);
    if (judge_rules_of(cx, input, stored, &eater, 20000, &rules) != OK) {
        err_clear(cx); /* no targets, or broken ones: an answer like another */
        return;
    }
    FUZZ_CHECK(plan_judge(cx, &plan, &rules, &validation) == OK);
    if (validation_respond(cx, &validation, true, 0, &answer) == OK) {
        FUZZ_CHECK(json_read(cx, answer.body, NULL, &root) == OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_ctx f;
    fuzz_open(&f);
    struct ctx *cx = &f.cx;
    struct stored_plan stored = {0};
    struct validate_input input = {0};
    const struct json *root = NULL;
    if (json_read(cx, fuzz_str(data, size), NULL, &root) == OK &&
        validate_input_read(cx, root, &input) == OK && input.meal_plan_id.len == 0) {
        judge(cx, &input, &stored, &input.week);
    }
    err_clear(cx);
    if (stored_plan_read(cx, fuzz_str(data, size), &stored) == OK) {
        input = (struct validate_input){.deviation_threshold = 15, .use_recipe_book = true};
        judge(cx, &input, &stored, &stored.week);
    }
    fuzz_close(&f);
    return 0;
}
