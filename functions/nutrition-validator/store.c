#include "functions/nutrition-validator/store.h"

static const char profile_sql[] =
    "SELECT COALESCE(u.sex, '') AS sex, u.life_stage, u.date_of_birth IS NOT NULL AS "
    "has_birth_date,"
    " COALESCE(u.date_of_birth, '1970-01-01') AS date_of_birth,"
    " COALESCE(u.height_cm, 0) AS height_cm, COALESCE(u.weight_kg, 0) AS weight_kg,"
    " COALESCE(i.diet_type, '') AS diet_type, COALESCE(i.dietary_rules, '{}') AS dietary_rules,"
    " COALESCE(i.allergies, '{}') AS allergies, COALESCE(i.dislikes, '{}') AS dislikes"
    " FROM public.users u LEFT JOIN LATERAL ("
    "   SELECT * FROM public.user_intake WHERE user_id = u.id AND is_active"
    "   ORDER BY version DESC LIMIT 1) i ON true"
    " WHERE u.id = auth.uid()";

/* A plan of ours has some 60 KB; its user may have made it anything. */
static const char plan_sql[] =
    "SELECT CASE WHEN octet_length(plan_data::text) <= 1048576 THEN plan_data::text ELSE '' END"
    " AS plan_data FROM public.meal_plans WHERE id = $1::uuid AND user_id = auth.uid()";

/* As catalogue_foods_sql, and the foods of some recipes, so that neither waits for the other. */
static const char foods_sql[] =
    "SELECT fdc_id, description, COALESCE(food_category, '') AS food_category, nutrients"
    " FROM public.usda_nutrition_data WHERE fdc_id = ANY ($1::int[]) OR fdc_id IN"
    " (SELECT fdc_id FROM public.recipe_ingredients WHERE recipe_id = ANY ($2::uuid[]))"
    " ORDER BY fdc_id";

static enum status eater_read(struct ctx *cx, struct pg_rows *rows, struct eater *eater)
{
    *eater = (struct eater){0};
    if (pg_rows_count(rows) == 0) {
        return OK;
    }
    struct pg_row row = pg_row_at(rows, 0);
    eater->sex = pg_col_str(row, "sex");
    eater->life_stage = pg_col_str(row, "life_stage");
    eater->has_birth_date = pg_col_bool(row, "has_birth_date");
    eater->birth_date = pg_col_date(row, "date_of_birth");
    eater->height_cm = pg_col_f64(row, "height_cm");
    eater->weight_kg = pg_col_f64(row, "weight_kg");
    eater->diet_type = pg_col_str(row, "diet_type");
    eater->dietary_rules = pg_col_text_array(row, "dietary_rules");
    eater->allergies = pg_col_text_array(row, "allergies");
    eater->dislikes = pg_col_text_array(row, "dislikes");
    return pg_row_status(cx, row);
}

static enum status plan_data_read(struct ctx *cx, struct pg_rows *rows, struct str *plan_data)
{
    if (pg_rows_count(rows) == 0) {
        return fail_public(cx, ERR_NOT_FOUND, "Meal plan not found");
    }
    struct pg_row row = pg_row_at(rows, 0);
    *plan_data = pg_col_str(row, "plan_data");
    return pg_row_status(cx, row);
}

/* Runs statements as the caller, in a transaction of one round trip. */
static enum status read_as(struct ctx *cx, struct pg *pg, const struct caller *caller,
                           const struct pg_query *queries, size_t count, struct pg_rows *rows)
{
    struct pg_identity identity = {.role = PG_ROLE_AUTHENTICATED, .claims = caller->claims};
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, pg, &identity, &tx));
    return pg_exec_commit(cx, &tx, queries, count, rows);
}

enum status subject_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                         struct str meal_plan_id, struct subject *subject)
{
    *subject = (struct subject){0};
    struct pg_param id[] = {PG_STR(meal_plan_id)};
    struct pg_query queries[] = {
        {.sql = profile_sql},
        {.sql = plan_sql, .params = id, .param_count = ARRAY_LEN(id)},
    };
    struct pg_rows rows[ARRAY_LEN(queries)] = {0};
    bool by_id = meal_plan_id.len > 0;
    enum status status = read_as(cx, pg, caller, queries, by_id ? 2 : 1, rows);
    if (status != OK) {
        return err_while(cx, status, "reading the plan and the profile");
    }
    TRY(eater_read(cx, &rows[0], &subject->eater));
    return by_id ? plan_data_read(cx, &rows[1], &subject->plan_data) : OK;
}

/* What a week asks the book for; repeats are the database's to fold. */
struct wanted {
    struct str *recipes;
    int64_t *foods;
    size_t recipe_count, food_count;
};

static void meal_wants(const struct meal_input *meal, struct wanted *wanted)
{
    if (meal->recipe_key.len > 0) {
        wanted->recipes[wanted->recipe_count++] = meal->recipe_key;
    }
    for (size_t i = 0; i < meal->line_count; i++) {
        wanted->foods[wanted->food_count++] = meal->lines[i].fdc_id;
    }
}

static struct wanted week_wants(struct ctx *cx, const struct week_input *week)
{
    size_t meals = 0;
    size_t lines = 0;
    for (size_t d = 0; d < week->day_count; d++) {
        meals += week->days[d].meal_count;
        for (size_t m = 0; m < week->days[d].meal_count; m++) {
            lines += week->days[d].meals[m].line_count;
        }
    }
    struct wanted wanted = {
        .recipes = ARENA_ARRAY(cx->arena, struct str, meals),
        .foods = ARENA_ARRAY(cx->arena, int64_t, lines),
    };
    for (size_t d = 0; d < week->day_count; d++) {
        for (size_t m = 0; m < week->days[d].meal_count; m++) {
            meal_wants(&week->days[d].meals[m], &wanted);
        }
    }
    return wanted;
}

enum status book_extract_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                              const struct week_input *week, struct book_extract *book)
{
    struct wanted wanted = week_wants(cx, week);
    struct pg_param foods[] = {PG_I64_ARRAY(wanted.foods, wanted.food_count),
                               PG_TEXT_ARRAY(wanted.recipes, wanted.recipe_count)};
    struct pg_param recipes[] = {PG_TEXT_ARRAY(wanted.recipes, wanted.recipe_count)};
    struct pg_query queries[] = {
        {.sql = foods_sql, .params = foods, .param_count = ARRAY_LEN(foods)},
        {.sql = catalogue_recipes_by_id_sql, .params = recipes, .param_count = ARRAY_LEN(recipes)},
    };
    struct pg_rows rows[ARRAY_LEN(queries)] = {0};
    enum status status = read_as(cx, pg, caller, queries, ARRAY_LEN(queries), rows);
    if (status != OK) {
        return err_while(cx, status, "reading foods and recipes");
    }
    TRY(catalogue_foods_read(cx, &rows[0], &book->foods));
    return catalogue_recipes_read(cx, &rows[1], &book->foods, &book->recipes);
}
