#include "functions/nutrition-validator/assemble.h"

static void line_of_input(struct ctx *cx, const struct line_input *from,
                          const struct book_extract *book, struct plan_line *line)
{
    line->fdc_id = from->fdc_id;
    line->grams = from->grams;
    line->food = food_find(&book->foods, from->fdc_id);
    line->name = from->name;
    if (line->name.len == 0) {
        line->name = line->food != NULL ? line->food->description
                                        : arena_format(cx->arena, "food %d", (int)from->fdc_id);
    }
    food_classes_scan(line->name, &line->classes);
    if (line->food != NULL) {
        food_classes_scan(line->food->description, &line->classes);
    }
}

static void lines_of_input(struct ctx *cx, const struct meal_input *from,
                           const struct book_extract *book, struct plan_meal *meal)
{
    meal->servings = 1;
    meal->line_count = from->line_count;
    meal->lines = ARENA_ARRAY(cx->arena, struct plan_line, from->line_count);
    for (size_t i = 0; i < from->line_count; i++) {
        line_of_input(cx, &from->lines[i], book, &meal->lines[i]);
    }
}

static void lines_of_recipe(struct ctx *cx, const struct recipe *recipe, struct plan_meal *meal)
{
    meal->line_count = recipe->line_count;
    meal->lines = ARENA_ARRAY(cx->arena, struct plan_line, recipe->line_count);
    for (size_t i = 0; i < recipe->line_count; i++) {
        const struct recipe_line *from = &recipe->lines[i];
        meal->lines[i] = (struct plan_line){
            .fdc_id = from->fdc_id,
            .name = from->name,
            .grams = from->grams * meal->servings,
            .food = from->food,
            .classes = from->classes,
        };
    }
}

static void meal_of_input(struct ctx *cx, const struct meal_input *from,
                          const struct book_extract *book, bool use_recipe_book,
                          struct plan_meal *meal)
{
    const struct recipe *recipe = recipe_find(&book->recipes, from->recipe_key);
    *meal = (struct plan_meal){
        .type = from->type,
        .recipe_id = from->recipe_id,
        .title = recipe != NULL ? recipe->title : from->title,
        .servings = from->servings,
    };
    if (from->line_count > 0) {
        lines_of_input(cx, from, book, meal);
    } else if (recipe != NULL && use_recipe_book) {
        lines_of_recipe(cx, recipe, meal);
    } else {
        meal->unknown = true;
    }
}

void plan_assemble(struct ctx *cx, const struct week_input *week, const struct book_extract *book,
                   bool use_recipe_book, struct plan *plan)
{
    *plan = (struct plan){
        .days = ARENA_ARRAY(cx->arena, struct plan_day, week->day_count),
        .day_count = week->day_count,
    };
    for (size_t d = 0; d < week->day_count; d++) {
        const struct day_input *from = &week->days[d];
        struct plan_day *day = &plan->days[d];
        day->name = from->name;
        day->date = from->date;
        day->meals = ARENA_ARRAY(cx->arena, struct plan_meal, from->meal_count);
        day->meal_count = from->meal_count;
        for (size_t m = 0; m < from->meal_count; m++) {
            meal_of_input(cx, &from->meals[m], book, use_recipe_book, &day->meals[m]);
        }
    }
    plan_add_up(plan);
}
