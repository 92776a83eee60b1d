#include "functions/nutrition-validator/stored.h"

#include "shared/base/clock.h"

static enum status unreadable(struct ctx *cx, const char *what)
{
    return fail_public(cx, ERR_INVALID, "the stored plan cannot be judged: %s", what);
}

/* A positive number up to `max`, or false. */
static bool amount_read(const struct json *value, double max, double *out)
{
    return value != NULL && json_is_f64(value, out) && *out > 0 && *out <= max;
}

/* Zero is a pinch that was rounded away. */
static bool grams_read(const struct json *value, double *grams)
{
    return value != NULL && json_is_f64(value, grams) && *grams >= 0 && *grams <= LINE_MAX_GRAMS;
}

static bool id_read(const struct json *value, int32_t *fdc_id)
{
    int64_t id = 0;
    if (value == NULL || !json_is_i64(value, &id) || id < 1 || id > INT32_MAX) {
        return false;
    }
    *fdc_id = (int32_t)id;
    return true;
}

/* The array's elements, if it is one of at most `max`; an absent one is empty. */
static bool list_is_sound(const struct json *list, size_t max)
{
    return list == NULL || (list->type == JSON_ARRAY && list->count <= max);
}

static enum status lines_read(struct ctx *cx, const struct json *lines, struct meal_input *meal)
{
    if (!list_is_sound(lines, PLAN_MAX_LINES)) {
        return unreadable(cx, "a meal's lines are not a list, or too long a one");
    }
    if (lines == NULL) {
        return OK;
    }
    struct line_input *items = ARENA_ARRAY(cx->arena, struct line_input, lines->count);
    JSON_EACH (from, lines) {
        struct line_input *line = &items[meal->line_count++];
        line->name = json_find_str(from, STR("name"));
        if (!id_read(json_find(from, STR("fdc_id")), &line->fdc_id) ||
            !grams_read(json_find(from, STR("grams")), &line->grams)) {
            return unreadable(cx, "a line has no fdc_id, or no grams");
        }
    }
    meal->lines = items;
    return OK;
}

static enum status meal_read(struct ctx *cx, const struct json *from, struct meal_input *meal)
{
    const struct json *servings = json_find(from, STR("servings"));
    *meal = (struct meal_input){
        .recipe_id = json_find_str(from, STR("recipe_id")),
        .type = json_find_str(from, STR("meal_type")),
        .title = json_find_str(from, STR("title")),
        .servings = 1,
    };
    meal->recipe_key = recipe_key_of(cx, meal->recipe_id);
    if (servings != NULL && !amount_read(servings, MEAL_MAX_SERVINGS, &meal->servings)) {
        return unreadable(cx, "a meal's servings are not a number above 0");
    }
    const struct json *lines = json_find(from, STR("lines"));
    TRY(lines_read(cx, lines != NULL ? lines : json_find(from, STR("ingredients")), meal));
    if (meal->recipe_id.len == 0 && meal->line_count == 0) {
        return unreadable(cx, "a meal has neither a recipe_id nor lines");
    }
    return OK;
}

static enum status day_read(struct ctx *cx, const struct json *from, struct day_input *day)
{
    const struct json *meals = json_find(from, STR("meals"));
    if (meals == NULL || !list_is_sound(meals, PLAN_MAX_MEALS)) {
        return unreadable(cx, "a day has no list of meals, or too long a one");
    }
    *day = (struct day_input){.name = json_find_str(from, STR("day"))};
    if (!date_parse(json_find_str(from, STR("date")), &day->date)) {
        day->date = PLAN_NO_DATE;
    }
    day->meals = ARENA_ARRAY(cx->arena, struct meal_input, meals->count);
    JSON_EACH (meal, meals) {
        TRY(meal_read(cx, meal, &day->meals[day->meal_count++]));
    }
    return OK;
}

enum status stored_plan_read(struct ctx *cx, struct str plan_data, struct stored_plan *stored)
{
    *stored = (struct stored_plan){0};
    const struct json *root = NULL;
    if (plan_data.len == 0) {
        return unreadable(cx, "it is too large");
    }
    TRY(json_read(cx, plan_data, NULL, &root));
    const struct json *days = json_find(root, STR("days"));
    if (days == NULL || !list_is_sound(days, PLAN_MAX_DAYS) || days->count == 0) {
        return unreadable(cx, "it has no days, or too many");
    }
    stored->targets = json_find(root, STR("targets"));
    stored->week.days = ARENA_ARRAY(cx->arena, struct day_input, days->count);
    JSON_EACH (day, days) {
        TRY(day_read(cx, day, &stored->week.days[stored->week.day_count++]));
    }
    return OK;
}
