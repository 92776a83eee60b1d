#include "tests/support/seed_book.h"

#include "infra/db/tool/csv.h"
#include "shared/base/file.h"
#include "shared/json/json.h"
#include "tests/support/check.h"

enum { MAX_FOODS = 4000, MAX_RECIPES = 1000 };

static void food_fill(struct ctx *cx, const struct csv *csv, struct food *food)
{
    struct buf json = buf_in(cx->arena, KIB(16));
    struct json_writer w = json_writer_on(&json);
    json_object_begin(&w);
    for (size_t c = 0; c < csv_column_count(csv); c++) {
        int64_t id = 0;
        if (str_to_i64(csv_column_name(csv, c), &id) && csv_field(csv, c).len > 0) {
            json_key(&w, csv_column_name(csv, c));
            json_raw(&w, csv_field(csv, c));
        }
    }
    json_object_end(&w);
    CHECK_STATUS(cx, food_nutrients_read(cx, buf_str(&json), food), OK);
}

static void foods_load(struct ctx *cx, struct food_table *table)
{
    struct csv *csv = NULL;
    size_t id = 0, description = 0, category = 0;
    CHECK_STATUS(cx, csv_open(cx, "infra/db/seed/foods.csv", &csv), OK);
    CHECK_STATUS(cx, csv_column(cx, csv, STR("fdc_id"), &id), OK);
    CHECK_STATUS(cx, csv_column(cx, csv, STR("description"), &description), OK);
    CHECK_STATUS(cx, csv_column(cx, csv, STR("food_category"), &category), OK);
    table->foods = ARENA_ARRAY(cx->arena, struct food, MAX_FOODS);
    for (bool more = false;;) {
        CHECK_STATUS(cx, csv_next(cx, csv, &more), OK);
        if (!more) {
            break;
        }
        assert_true(table->count < MAX_FOODS);
        struct food *food = &table->foods[table->count++];
        int64_t fdc_id = 0;
        assert_true(str_to_i64(csv_field(csv, id), &fdc_id));
        food->fdc_id = (int32_t)fdc_id;
        food->description = arena_str_copy(cx->arena, csv_field(csv, description));
        food->category = arena_str_copy(cx->arena, csv_field(csv, category));
        food_fill(cx, csv, food);
    }
}

static int json_int(const struct json *object, struct str key)
{
    int64_t value = 0;
    assert_true(json_is_i64(json_find(object, key), &value));
    return (int)value;
}

static void line_fill(const struct json *json, const struct food_table *foods,
                      struct recipe_line *line)
{
    line->fdc_id = json_int(json, STR("fdc_id"));
    line->name = json_find_str(json, STR("name"));
    assert_true(json_is_f64(json_find(json, STR("grams")), &line->grams));
    line->food = food_find(foods, line->fdc_id);
    food_classes_scan(line->name, &line->classes);
    if (line->food != NULL) {
        food_classes_scan(line->food->description, &line->classes);
    }
}

static void recipe_fill(struct ctx *cx, const struct json *json, const struct food_table *foods,
                        struct recipe *recipe)
{
    recipe->id = json_find_str(json, STR("slug"));
    recipe->title = json_find_str(json, STR("title"));
    recipe->cuisine = json_find_str(json, STR("cuisine"));
    recipe->difficulty = json_find_str(json, STR("difficulty"));
    recipe->prep_minutes = json_int(json, STR("prep_minutes"));
    recipe->cook_minutes = json_int(json, STR("cook_minutes"));
    JSON_EACH (meal, json_find(json, STR("meal_types"))) {
        recipe->meals |= 1U << meal_type_of_name(meal->text);
    }
    const struct json *lines = json_find(json, STR("ingredients"));
    recipe->lines = ARENA_ARRAY(cx->arena, struct recipe_line, lines->count);
    JSON_EACH (line, lines) {
        line_fill(line, foods, &recipe->lines[recipe->line_count++]);
    }
}

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct recipe *)a)->id, ((const struct recipe *)b)->id);
}

void seed_book_load(struct ctx *cx, struct food_table *foods, struct recipe_book *book)
{
    static const char *const files[] = {"breakfast", "lunch", "dinner", "snack"};
    foods_load(cx, foods);
    book->recipes = ARENA_ARRAY(cx->arena, struct recipe, MAX_RECIPES);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct str path = arena_format(cx->arena, "infra/db/seed/recipes/%s.json", files[i]);
        struct str text = {0};
        const struct json *root = NULL;
        CHECK_STATUS(cx, file_read(cx, path.ptr, MIB(4), &text), OK);
        CHECK_STATUS(cx, json_read(cx, text, NULL, &root), OK);
        JSON_EACH (json, root) {
            assert_true(book->count < MAX_RECIPES);
            recipe_fill(cx, json, foods, &book->recipes[book->count++]);
        }
    }
    qsort(book->recipes, book->count, sizeof *book->recipes, by_id);
}
