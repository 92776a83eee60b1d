#include "shared/catalogue/catalogue.h"

#include <stdlib.h>

const char catalogue_recipe_foods_sql[] =
    "SELECT fdc_id, description, COALESCE(food_category, '') AS food_category, nutrients"
    " FROM public.usda_nutrition_data"
    " WHERE fdc_id IN (SELECT fdc_id FROM public.recipe_ingredients) ORDER BY fdc_id";

const char catalogue_foods_sql[] =
    "SELECT fdc_id, description, COALESCE(food_category, '') AS food_category, nutrients"
    " FROM public.usda_nutrition_data WHERE fdc_id = ANY ($1::int[]) ORDER BY fdc_id";

#define RECIPE_COLUMNS                                                                             \
    "SELECT r.id, r.title, r.cuisine_type, r.difficulty_level, r.meal_type, r.prep_time_minutes,"  \
    " r.cook_time_minutes, r.is_premium, r.rating_average, r.instructions,"                        \
    " array_agg(i.fdc_id::text ORDER BY i.position) AS line_foods,"                                \
    " array_agg(i.name ORDER BY i.position) AS line_names,"                                        \
    " array_agg(i.grams::text ORDER BY i.position) AS line_grams"                                  \
    " FROM public.recipes r JOIN public.recipe_ingredients i ON i.recipe_id = r.id"

const char catalogue_recipes_sql[] =
    RECIPE_COLUMNS " WHERE r.status = 'published' GROUP BY r.id ORDER BY r.id";

const char catalogue_recipes_by_id_sql[] =
    RECIPE_COLUMNS " WHERE r.id = ANY ($1::uuid[]) GROUP BY r.id ORDER BY r.id";

static int compare_food(const void *key, const void *element)
{
    int32_t fdc_id = *(const int32_t *)key;
    int32_t other = ((const struct food *)element)->fdc_id;
    return (fdc_id > other) - (fdc_id < other);
}

const struct food *food_find(const struct food_table *table, int32_t fdc_id)
{
    return table->count == 0
               ? NULL
               : bsearch(&fdc_id, table->foods, table->count, sizeof *table->foods, compare_food);
}

static enum status food_read(struct ctx *cx, struct pg_row row, struct food *food)
{
    food->fdc_id = (int32_t)pg_col_i64(row, "fdc_id");
    food->description = pg_col_str(row, "description");
    food->category = pg_col_str(row, "food_category");
    struct str nutrients = pg_col_str(row, "nutrients");
    TRY(pg_row_status(cx, row));
    enum status status = food_nutrients_read(cx, nutrients, food);
    return status == OK ? OK : err_while(cx, status, "food %d", food->fdc_id);
}

enum status catalogue_foods_read(struct ctx *cx, struct pg_rows *rows, struct food_table *table)
{
    size_t count = pg_rows_count(rows);
    struct food *foods = ARENA_ARRAY(cx->arena, struct food, count);
    for (size_t i = 0; i < count; i++) {
        TRY(food_read(cx, pg_row_at(rows, i), &foods[i]));
    }
    *table = (struct food_table){.foods = foods, .count = count};
    return OK;
}

static const char *const meal_keys[] = {
#define MEAL_TYPE_KEY(name, key) [name] = (key),
    MEAL_TYPE_LIST(MEAL_TYPE_KEY)
#undef MEAL_TYPE_KEY
};

const char *meal_type_key(enum meal_type type)
{
    return meal_keys[type];
}

enum meal_type meal_type_of_name(struct str name)
{
    if (str_eq(name, STR("dessert"))) {
        return MEAL_SNACK;
    }
    unsigned type = 0;
    while (type < MEAL_TYPE_COUNT && !str_eq(name, str_from_cstr(meal_keys[type]))) {
        type++;
    }
    return (enum meal_type)type;
}

static int compare_recipe(const void *key, const void *element)
{
    return str_cmp(*(const struct str *)key, ((const struct recipe *)element)->id);
}

const struct recipe *recipe_find(const struct recipe_book *book, struct str id)
{
    return book->count == 0
               ? NULL
               : bsearch(&id, book->recipes, book->count, sizeof *book->recipes, compare_recipe);
}

static unsigned meals_of(struct pg_text_array names)
{
    unsigned meals = 0;
    for (size_t i = 0; i < names.count; i++) {
        enum meal_type type = meal_type_of_name(names.items[i]);
        meals |= type == MEAL_TYPE_COUNT ? 0 : 1U << type;
    }
    return meals;
}

/* What was read off the last name that a food went by: most lines call it the same. */
struct memo {
    struct str name;
    struct food_classes classes;
};

static void line_classify(const struct food_table *foods, struct memo *memos,
                          struct recipe_line *line)
{
    if (line->food == NULL) {
        food_classes_scan(line->name, &line->classes);
        return;
    }
    struct memo *memo = &memos[line->food - foods->foods];
    if (memo->name.ptr == NULL || !str_eq(memo->name, line->name)) {
        *memo = (struct memo){.name = line->name};
        food_classes_scan(line->name, &memo->classes);
        food_classes_scan(line->food->description, &memo->classes);
    }
    line->classes = memo->classes;
}

static enum status lines_read(struct ctx *cx, struct pg_row row, const struct food_table *foods,
                              struct memo *memos, struct recipe *recipe)
{
    struct pg_text_array ids = pg_col_text_array(row, "line_foods");
    struct pg_text_array names = pg_col_text_array(row, "line_names");
    struct pg_text_array grams = pg_col_text_array(row, "line_grams");
    TRY(pg_row_status(cx, row));
    if (names.count != ids.count || grams.count != ids.count) {
        return fail(cx, ERR_INTERNAL, "recipe " STR_FMT ": uneven lines", STR_ARG(recipe->id));
    }
    recipe->lines = ARENA_ARRAY(cx->arena, struct recipe_line, ids.count);
    recipe->line_count = ids.count;
    for (size_t i = 0; i < ids.count; i++) {
        struct recipe_line *line = &recipe->lines[i];
        int64_t fdc_id = 0;
        if (!str_to_i64(ids.items[i], &fdc_id) || !str_to_f64(grams.items[i], &line->grams)) {
            return fail(cx, ERR_INTERNAL, "recipe " STR_FMT ": malformed line",
                        STR_ARG(recipe->id));
        }
        line->fdc_id = (int32_t)fdc_id;
        line->name = names.items[i];
        line->food = food_find(foods, line->fdc_id);
        line_classify(foods, memos, line);
    }
    return OK;
}

enum status catalogue_recipes_read(struct ctx *cx, struct pg_rows *rows,
                                   const struct food_table *foods, struct recipe_book *book)
{
    size_t count = pg_rows_count(rows);
    struct recipe *recipes = ARENA_ARRAY(cx->arena, struct recipe, count);
    struct memo *memos = ARENA_ARRAY(cx->arena, struct memo, foods->count);
    for (size_t i = 0; i < count; i++) {
        struct pg_row row = pg_row_at(rows, i);
        struct recipe *recipe = &recipes[i];
        recipe->id = pg_col_str(row, "id");
        recipe->title = pg_col_str(row, "title");
        recipe->cuisine = pg_col_str(row, "cuisine_type");
        recipe->difficulty = pg_col_str(row, "difficulty_level");
        recipe->meals = meals_of(pg_col_text_array(row, "meal_type"));
        recipe->prep_minutes = (int)pg_col_i64(row, "prep_time_minutes");
        recipe->cook_minutes = (int)pg_col_i64(row, "cook_time_minutes");
        recipe->premium = pg_col_bool(row, "is_premium");
        recipe->rating = pg_col_f64(row, "rating_average");
        recipe->instructions = pg_col_str(row, "instructions");
        TRY(lines_read(cx, row, foods, memos, recipe));
    }
    *book = (struct recipe_book){.recipes = recipes, .count = count};
    return OK;
}
