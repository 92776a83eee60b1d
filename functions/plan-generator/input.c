#include "functions/plan-generator/input.h"

#include "shared/base/clock.h"
#include "shared/schema/schema.h"

enum { YEAR_DAYS = 366 };

struct body {
    struct plan_input input;
    bool has_week_start;
};

static const struct schema_name focus_names[] = {
    {"protein", FOCUS_PROTEIN},
    {"carbs", FOCUS_CARBOHYDRATE},
    {"fat", FOCUS_FAT},
};

static const struct schema_field preference_fields[] = {
    FIELD_BOOL(struct plan_preferences, enforce_variety, .fallback = true),
    FIELD_INT(struct plan_preferences, max_prep_minutes, .as = "max_prep_time", .min = 5,
              .max = 180),
    FIELD_LIST(struct plan_preferences, focus, focus_count, ITEM_ENUM(focus_names),
               .as = "focus_macros", .max_items = 2),
    FIELD_STR(struct plan_preferences, mood, .as = "mood_override", .max_bytes = 60),
    FIELD_LIST(struct plan_preferences, excluded_recipes, excluded_recipe_count,
               ITEM_STR(.pattern = SCHEMA_UUID), .as = "exclude_recipes", .max_items = 50),
};

static const struct schema_field body_fields[] = {
    FIELD_DATE(struct body, input.week_start, .as = "week_start_date",
               .present = FIELD_PRESENT(struct body, has_week_start)),
    FIELD_LIST(struct body, input.special_requests, input.special_request_count,
               ITEM_STR(.min_bytes = 1, .max_bytes = 200), .as = "special_requests",
               .max_items = 10),
    FIELD_BOOL(struct body, input.force_regenerate, .as = "force_regenerate"),
    FIELD_INT(struct body, input.seed, .as = "seed", .min = 0, .max = 9007199254740991,
              .present = FIELD_PRESENT(struct body, input.has_seed)),
    FIELD_OBJECT(struct body, input.preferences, preference_fields, .as = "preferences",
                 .present = FIELD_PRESENT(struct body, input.has_preferences)),
};

/* The Monday after `today`: from a Sunday that is tomorrow, from a Monday a week on. */
static int32_t next_monday(int32_t today)
{
    return today + 7 - date_weekday(today);
}

enum status plan_input_read(struct ctx *cx, const struct json *root, int32_t today,
                            struct plan_input *input)
{
    struct body body = {0};
    TRY(schema_read(cx, root, body_fields, ARRAY_LEN(body_fields), &body));
    if (!body.has_week_start) {
        body.input.week_start = next_monday(today);
    }
    int32_t away = body.input.week_start - today;
    if (away > YEAR_DAYS || away < -YEAR_DAYS) {
        fail_field(cx, STR("week_start_date"), "more than a year away from today");
    }
    struct plan_preferences *wishes = &body.input.preferences;
    if (wishes->focus_count == 2 && wishes->focus[0] == wishes->focus[1]) {
        wishes->focus_count = 1; /* said twice, meant once */
    }
    *input = body.input;
    return fields_status(cx);
}
