#include "functions/nutrition-validator/input.h"

#include "shared/base/uuid.h"
#include "shared/schema/schema.h"

#define DEVIATION_PERCENT 15.0
#define DAILY_MAX_KCAL    20000
#define DAILY_MAX_GRAMS   5000
#define WORD_MAX_BYTES    100
#define AVOID_LIST_MAX    60
#define DIET_LIST_MAX     10

/* As read: what the API's struct has no room for is beside it. */
struct meal_body {
    struct meal_input meal;
    struct line_input *lines, *ingredients;
    size_t line_count, ingredient_count;
    const struct json *ignored;
};
struct day_body {
    const struct json *ignored;
    struct day_input day;
    bool has_date;
    struct meal_body *meals;
    size_t meal_count;
};
struct body {
    struct validate_input input; /* first: the flat fields are its own */
    const struct json *ignored;
    bool has_plan;
    struct day_body *days;
    size_t day_count;
    struct str *allergies, *dislikes, *diets;
    size_t allergy_count, dislike_count, diet_count;
};

static const struct schema_field line_fields[] = {
    FIELD_INT(struct line_input, fdc_id, .required = true, .min = 1, .max = INT32_MAX),
    FIELD_NUM(struct line_input, grams, .required = true, .above_min = true, .max = LINE_MAX_GRAMS),
    FIELD_STR(struct line_input, name, .max_bytes = 200),
};

/* What a generated plan carries beside its weights: it may be sent back as it came, and is
 * recomputed. */
#define IGNORED(type, name) FIELD_RAW(type, ignored, .as = (name))

static const struct schema_field meal_fields[] = {
    FIELD_STR(struct meal_body, meal.recipe_id, .as = "recipe_id", .pattern = SCHEMA_UUID),
    FIELD_NUM(struct meal_body, meal.servings, .as = "servings", .fallback = 1, .above_min = true,
              .max = MEAL_MAX_SERVINGS),
    FIELD_STR(struct meal_body, meal.type, .as = "meal_type", .max_bytes = 40),
    FIELD_STR(struct meal_body, meal.title, .as = "title", .max_bytes = 200),
    FIELD_LIST(struct meal_body, lines, line_count, ITEM_OBJECT(struct line_input, line_fields),
               .max_items = PLAN_MAX_LINES),
    FIELD_LIST(struct meal_body, ingredients, ingredient_count,
               ITEM_OBJECT(struct line_input, line_fields), .max_items = PLAN_MAX_LINES),
    IGNORED(struct meal_body, "completed"),
    IGNORED(struct meal_body, "cuisine"),
    IGNORED(struct meal_body, "prep_minutes"),
    IGNORED(struct meal_body, "cook_minutes"),
    IGNORED(struct meal_body, "instructions"),
    IGNORED(struct meal_body, "nutrition"),
};

static const struct schema_field day_fields[] = {
    FIELD_STR(struct day_body, day.name, .as = "day", .max_bytes = 40),
    FIELD_DATE(struct day_body, day.date, .as = "date",
               .present = FIELD_PRESENT(struct day_body, has_date)),
    FIELD_LIST(struct day_body, meals, meal_count, ITEM_OBJECT(struct meal_body, meal_fields),
               .required = true, .min_items = 1, .max_items = PLAN_MAX_MEALS),
    IGNORED(struct day_body, "nutrition"),
};

static const struct schema_field plan_fields[] = {
    FIELD_LIST(struct body, days, day_count, ITEM_OBJECT(struct day_body, day_fields),
               .required = true, .min_items = 1, .max_items = PLAN_MAX_DAYS),
    IGNORED(struct body, "version"),
    IGNORED(struct body, "week_start_date"),
    IGNORED(struct body, "seed"),
    IGNORED(struct body, "targets"),
    IGNORED(struct body, "total_recipes"),
    IGNORED(struct body, "unique_recipes"),
    IGNORED(struct body, "variety_score"),
    IGNORED(struct body, "nutrition"),
    IGNORED(struct body, "daily_intake"),
    IGNORED(struct body, "findings"),
    IGNORED(struct body, "notes"),
    IGNORED(struct body, "special_requests"),
    IGNORED(struct body, "mood"),
    IGNORED(struct body, "wow_layers"),
};

#define TARGET(member_, name, max_, ...)                                                           \
    FIELD_NUM(struct daily_targets, member_, .as = (name), .above_min = true, .max = (max_),       \
              __VA_ARGS__)

static const struct schema_field nested_target_fields[] = {
    TARGET(calories, "daily_calories", DAILY_MAX_KCAL, .required = true),
    TARGET(protein, "daily_protein", DAILY_MAX_GRAMS, .required = true),
    TARGET(fat, "daily_fat", DAILY_MAX_GRAMS, .required = true),
    TARGET(carbohydrates, "daily_carbohydrates", DAILY_MAX_GRAMS, .required = true),
    TARGET(fiber, "daily_fiber", DAILY_MAX_GRAMS, .required = false),
};

/* The options stand in an object of their own, or flat at the top. */
#define OPTION_FIELDS                                                                              \
    FIELD_NUM(struct validate_input, deviation_threshold, .fallback = DEVIATION_PERCENT, .min = 1, \
              .max = 50, .present = FIELD_PRESENT(struct validate_input, has_threshold)),          \
        FIELD_BOOL(struct validate_input, require_all_recipes, .fallback = true),                  \
        FIELD_BOOL(struct validate_input, use_recipe_book, .as = "use_usda_fallback",              \
                   .fallback = true),                                                              \
        FIELD_BOOL(struct validate_input, detailed_breakdown)

static const struct schema_field option_fields[] = {OPTION_FIELDS};

static const struct schema_field avoid_fields[] = {
    FIELD_LIST(struct body, allergies, allergy_count, ITEM_STR(.max_bytes = WORD_MAX_BYTES),
               .max_items = AVOID_LIST_MAX),
    FIELD_LIST(struct body, dislikes, dislike_count, ITEM_STR(.max_bytes = WORD_MAX_BYTES),
               .max_items = AVOID_LIST_MAX),
    FIELD_LIST(struct body, diets, diet_count, ITEM_STR(.max_bytes = WORD_MAX_BYTES),
               .max_items = DIET_LIST_MAX),
};

/* An object whose members fill the body itself, not a struct inside it. */
#define BODY_PART(name, table, ...)                                                                \
    {                                                                                              \
        .member = (name), .kind = SCHEMA_OBJECT, .fields = (table),                                \
        .field_count = ARRAY_LEN(table), __VA_ARGS__                                               \
    }

static const struct schema_field nested_fields[] = {
    FIELD_STR(struct body, input.meal_plan_id, .as = "meal_plan_id", .pattern = SCHEMA_UUID),
    BODY_PART("plan_data", plan_fields, .present = FIELD_PRESENT(struct body, has_plan)),
    FIELD_OBJECT(struct body, input.targets, nested_target_fields, .as = "targets",
                 .present = FIELD_PRESENT(struct body, input.has_targets)),
    FIELD_OBJECT(struct body, input, option_fields, .as = "options"),
    BODY_PART("avoid", avoid_fields, .present = 0),
};

#define FLAT_TARGET(member_, name, max_)                                                           \
    FIELD_NUM(struct validate_input, targets.member_, .as = (name), .above_min = true,             \
              .max = (max_))

static const struct schema_field flat_fields[] = {
    FIELD_STR(struct validate_input, meal_plan_id, .pattern = SCHEMA_UUID),
    BODY_PART("plan_data", plan_fields, .present = FIELD_PRESENT(struct body, has_plan)),
    FLAT_TARGET(calories, "target_calories", DAILY_MAX_KCAL),
    FLAT_TARGET(protein, "target_protein", DAILY_MAX_GRAMS),
    FLAT_TARGET(fat, "target_fat", DAILY_MAX_GRAMS),
    FLAT_TARGET(carbohydrates, "target_carbohydrates", DAILY_MAX_GRAMS),
    FLAT_TARGET(fiber, "target_fiber", DAILY_MAX_GRAMS),
    BODY_PART("avoid", avoid_fields, .present = 0),
    OPTION_FIELDS,
};
_Static_assert(offsetof(struct body, input) == 0, "flat fields are those of validate_input");

struct str recipe_key_of(struct ctx *cx, struct str recipe_id)
{
    if (!uuid_is_valid(recipe_id)) {
        return (struct str){0};
    }
    char *key = arena_cstr_copy(cx->arena, recipe_id);
    for (size_t i = 0; i < recipe_id.len; i++) {
        if (key[i] >= 'A' && key[i] <= 'F') {
            key[i] = "abcdef"[key[i] - 'A'];
        }
    }
    return (struct str){.ptr = key, .len = recipe_id.len};
}

/* What only the flat shape has at its top. */
static bool is_flat(const struct json *root)
{
    static const struct str marks[] = {
        STR_INIT("target_calories"),     STR_INIT("target_protein"),
        STR_INIT("target_fat"),          STR_INIT("target_carbohydrates"),
        STR_INIT("target_fiber"),        STR_INIT("deviation_threshold"),
        STR_INIT("require_all_recipes"), STR_INIT("use_usda_fallback"),
        STR_INIT("detailed_breakdown"),
    };
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (json_find(root, marks[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* In the flat shape nothing holds the four together: one of them wants all. */
static void flat_targets_check(struct ctx *cx, struct validate_input *input)
{
    const struct daily_targets *t = &input->targets;
    const struct {
        double value;
        struct str name;
    } members[] = {
        {t->calories, STR_INIT("target_calories")},
        {t->protein, STR_INIT("target_protein")},
        {t->fat, STR_INIT("target_fat")},
        {t->carbohydrates, STR_INIT("target_carbohydrates")},
    };
    input->has_targets = t->fiber > 0;
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        input->has_targets = input->has_targets || members[i].value > 0;
    }
    for (size_t i = 0; input->has_targets && i < ARRAY_LEN(members); i++) {
        if (members[i].value <= 0) {
            fail_field(cx, members[i].name, "is required");
        }
    }
}

static void meal_take(struct ctx *cx, const struct meal_body *from, size_t day, size_t index,
                      struct meal_input *meal)
{
    *meal = from->meal;
    meal->recipe_key = recipe_key_of(cx, meal->recipe_id);
    bool is_alias = from->line_count == 0;
    meal->lines = is_alias ? from->ingredients : from->lines;
    meal->line_count = is_alias ? from->ingredient_count : from->line_count;
    struct str path = arena_format(cx->arena, "plan_data.days[%zu].meals[%zu]", day, index);
    if (from->line_count > 0 && from->ingredient_count > 0) {
        fail_field(cx, path, "give lines or ingredients, not both");
    } else if (meal->recipe_id.len == 0 && meal->line_count == 0) {
        fail_field(cx, path, "recipe_id is required where there are no lines");
    }
}

static void week_take(struct ctx *cx, const struct body *body, struct week_input *week)
{
    week->days = ARENA_ARRAY(cx->arena, struct day_input, body->day_count);
    week->day_count = body->day_count;
    for (size_t d = 0; d < body->day_count; d++) {
        const struct day_body *from = &body->days[d];
        struct day_input *day = &week->days[d];
        *day = from->day;
        day->date = from->has_date ? from->day.date : PLAN_NO_DATE;
        day->meals = ARENA_ARRAY(cx->arena, struct meal_input, from->meal_count);
        day->meal_count = from->meal_count;
        for (size_t m = 0; m < from->meal_count; m++) {
            meal_take(cx, &from->meals[m], d, m, &day->meals[m]);
        }
    }
}

/* Diets are names; a context of its own keeps the fields noted so far. */
static void diets_take(struct ctx *cx, struct body *body)
{
    for (size_t i = 0; i < body->diet_count; i++) {
        struct ctx probe = {.arena = cx->arena};
        if (diet_set_add(&probe, &body->input.diets, body->diets[i]) != OK) {
            fail_field(cx, arena_format(cx->arena, "avoid.diets[%zu]", i), "%s",
                       probe.err.words[0] != '\0' ? probe.err.words : "is not a diet we know");
        }
    }
}

static void avoid_take(struct ctx *cx, struct body *body, const struct str *words, size_t count,
                       const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct ctx probe = {.arena = cx->arena};
        if (exclusions_add(&probe, &body->input.avoid, words[i]) != OK) {
            fail_field(cx, arena_format(cx->arena, "avoid.%s[%zu]", name, i),
                       "one word too many; at most %d", EXCLUSION_WORDS_MAX);
            return;
        }
    }
}

/* Which plan, and what it is held against. */
static enum status subject_check(struct ctx *cx, const struct body *body)
{
    const struct validate_input *input = &body->input;
    if (input->meal_plan_id.len == 0 && !body->has_plan) {
        return fail_public(cx, ERR_INVALID, "Give meal_plan_id or plan_data");
    }
    if (input->meal_plan_id.len == 0 && !input->has_targets) {
        fail_field(cx, STR("targets"), "are required with plan_data");
    }
    return fields_status(cx);
}

enum status validate_input_read(struct ctx *cx, const struct json *root,
                                struct validate_input *input)
{
    struct body body = {0};
    bool flat = is_flat(root);
    TRY(flat ? schema_read(cx, root, flat_fields, ARRAY_LEN(flat_fields), &body)
             : schema_read(cx, root, nested_fields, ARRAY_LEN(nested_fields), &body));
    if (flat) {
        flat_targets_check(cx, &body.input);
    }
    week_take(cx, &body, &body.input.week);
    avoid_take(cx, &body, body.allergies, body.allergy_count, "allergies");
    avoid_take(cx, &body, body.dislikes, body.dislike_count, "dislikes");
    diets_take(cx, &body);
    TRY(subject_check(cx, &body));
    *input = body.input;
    return OK;
}
