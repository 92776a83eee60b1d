#include "shared/schema/schema.h"

#include "shared/base/clock.h"
#include "tests/support/check.h"

enum macro { PROTEIN = 1, CARBS, FAT };

struct preferences {
    bool enforce_variety;
    int max_prep_time;
    const struct str *exclude_recipes;
    size_t exclude_recipe_count;
    const enum macro *focus_macros;
    size_t focus_macro_count;
};

struct meal {
    struct str recipe_id;
    double servings;
};

struct input {
    struct str name;
    struct str note;
    int64_t big;
    int32_t small;
    int negative;
    double share;
    bool force;
    bool has_start;
    bool has_note;
    int32_t start;
    enum macro macro;
    struct preferences preferences;
    struct meal *meals;
    size_t meal_count;
    const int64_t *foods;
    size_t food_count;
    const struct json *extra;
};

static const struct schema_name macro_names[] = {
    {"protein", PROTEIN}, {"carbs", CARBS}, {"fat", FAT}};

static const struct schema_field preference_fields[] = {
    FIELD_BOOL(struct preferences, enforce_variety, .fallback = true),
    FIELD_INT(struct preferences, max_prep_time, .min = 5, .max = 180, .fallback = 45),
    FIELD_LIST(struct preferences, exclude_recipes, exclude_recipe_count,
               ITEM_STR(.pattern = SCHEMA_UUID), .max_items = 3),
    FIELD_LIST(struct preferences, focus_macros, focus_macro_count, ITEM_ENUM(macro_names),
               .min_items = 1, .max_items = 2),
};

static const struct schema_field meal_fields[] = {
    FIELD_STR(struct meal, recipe_id, .required = true, .as = "recipe"),
    FIELD_NUM(struct meal, servings, .above_min = true, .fallback = 1),
};

static const struct schema_field input_fields[] = {
    FIELD_STR(struct input, name, .min_bytes = 2, .max_bytes = 5, .fallback_str = STR_INIT("none")),
    FIELD_STR(struct input, note, .nullable = true,
              .present = FIELD_PRESENT(struct input, has_note)),
    FIELD_INT(struct input, big),
    FIELD_INT(struct input, small),
    FIELD_INT(struct input, negative, .min = -10),
    FIELD_NUM(struct input, share, .min = 0.25, .max = 0.75),
    FIELD_BOOL(struct input, force),
    FIELD_DATE(struct input, start, .present = FIELD_PRESENT(struct input, has_start)),
    FIELD_ENUM(struct input, macro, macro_names, .fallback = FAT),
    FIELD_OBJECT(struct input, preferences, preference_fields),
    FIELD_LIST(struct input, meals, meal_count, ITEM_OBJECT(struct meal, meal_fields)),
    FIELD_LIST(struct input, foods, food_count, ITEM_INT(.min = 1, .max = 99)),
    FIELD_RAW(struct input, extra),
};

static enum status read_text(struct ctx *cx, struct str text, struct input *input)
{
    const struct json *root = NULL;
    enum status status = json_read(cx, exact_copy(cx, text), NULL, &root);
    CHECK_STATUS(cx, status, OK);
    memset(input, 0x5a, sizeof *input); /* what is not written shows */
    return schema_read(cx, root, input_fields, ARRAY_LEN(input_fields), input);
}

static void schema_read_gives_every_kind_its_value(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct input in;
    CHECK_STATUS(
        &t.cx,
        read_text(&t.cx,
                  STR("{\"name\":\"\\u00e9t\\u00e9\",\"note\":\"n\",\"big\":9223372036854775807,"
                      "\"small\":-2147483648,\"negative\":-10,\"share\":0.5,\"force\":true,"
                      "\"start\":\"2024-02-29\",\"macro\":\"carbs\",\"preferences\":{"
                      "\"enforce_variety\":false,\"max_prep_time\":3e1,\"exclude_recipes\":"
                      "[\"123e4567-e89b-12d3-a456-426614174000\"],\"focus_macros\":[\"fat\","
                      "\"protein\"]},\"meals\":[{\"recipe\":\"a\",\"servings\":2.5},"
                      "{\"recipe\":\"b\"}],\"foods\":[1,99],\"extra\":[null]}"),
                  &in),
        OK);
    CHECK_STR("name", in.name, STR("\xc3\xa9t\xc3\xa9"));
    CHECK_STR("note", in.note, STR("n"));
    CHECK_I64("has_note", in.has_note, 1);
    CHECK_I64("big", in.big, INT64_MAX);
    CHECK_I64("small", in.small, INT32_MIN);
    CHECK_I64("negative", in.negative, -10);
    CHECK_NEAR("share", in.share, 0.5, 0);
    CHECK_I64("force", in.force, 1);
    CHECK_I64("has_start", in.has_start, 1);
    CHECK_I64("start", in.start, date_to_days((struct date){2024, 2, 29}));
    CHECK_I64("macro", in.macro, CARBS);
    CHECK_I64("variety", in.preferences.enforce_variety, 0);
    CHECK_I64("max_prep_time", in.preferences.max_prep_time, 30);
    CHECK_I64("exclusions", in.preferences.exclude_recipe_count, 1);
    CHECK_STR("exclusion", in.preferences.exclude_recipes[0],
              STR("123e4567-e89b-12d3-a456-426614174000"));
    CHECK_I64("macros", in.preferences.focus_macro_count, 2);
    CHECK_I64("macro 0", in.preferences.focus_macros[0], FAT);
    CHECK_I64("macro 1", in.preferences.focus_macros[1], PROTEIN);
    CHECK_I64("meals", in.meal_count, 2);
    CHECK_STR("meal 1", in.meals[1].recipe_id, STR("b"));
    CHECK_NEAR("servings 0", in.meals[0].servings, 2.5, 0);
    CHECK_NEAR("servings 1", in.meals[1].servings, 1, 0);
    CHECK_I64("food 1", in.foods[1], 99);
    CHECK_STR("extra", in.extra->span, STR("[null]"));
}

static void check_fallbacks(const struct input *in)
{
    CHECK_STR("name", in->name, STR("none"));
    CHECK_STR("note", in->note, STR(""));
    CHECK_I64("has_note", in->has_note, 0);
    CHECK_I64("big", in->big, 0);
    CHECK_I64("small", in->small, 0);
    CHECK_I64("has_start", in->has_start, 0);
    CHECK_I64("macro", in->macro, FAT);
    CHECK_I64("variety", in->preferences.enforce_variety, 1);
    CHECK_I64("max_prep_time", in->preferences.max_prep_time, 45);
    CHECK_I64("exclusions", in->preferences.exclude_recipe_count, 0);
    assert_null(in->preferences.exclude_recipes);
    CHECK_I64("meals", in->meal_count, 0);
    assert_null(in->meals);
    assert_null(in->extra);
}

static void schema_read_gives_absent_members_their_fallbacks(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct input in;
    CHECK_STATUS(&t.cx, read_text(&t.cx, STR("{}"), &in), OK);
    check_fallbacks(&in);
    CHECK_STATUS(&t.cx, read_text(&t.cx, STR("{\"note\":null,\"preferences\":{}}"), &in), OK);
    check_fallbacks(&in);
    memset(&in, 0x5a, sizeof in);
    CHECK_STATUS(&t.cx, schema_read(&t.cx, NULL, input_fields, ARRAY_LEN(input_fields), &in), OK);
    check_fallbacks(&in);
}

static const struct {
    const char *name;
    struct str text, path, message; /* empty message: accepted */
} cases[] = {
    {"array for the body", STR_INIT("[]"), STR_INIT(""),
     STR_INIT("the body must be a JSON object, not an array")},
    {"null for the body", STR_INIT("null"), STR_INIT(""),
     STR_INIT("the body must be a JSON object, not null")},

    {"string at its minimum", STR_INIT("{\"name\":\"ab\"}"), STR_INIT(""), STR_INIT("")},
    {"string at its maximum", STR_INIT("{\"name\":\"abcde\"}"), STR_INIT(""), STR_INIT("")},
    {"string one too long", STR_INIT("{\"name\":\"abcdef\"}"), STR_INIT("name"),
     STR_INIT("must be at most 5 bytes long")},
    {"string one too short", STR_INIT("{\"name\":\"a\"}"), STR_INIT("name"),
     STR_INIT("must be at least 2 bytes long")},
    {"empty string", STR_INIT("{\"name\":\"\"}"), STR_INIT("name"), STR_INIT("must not be empty")},
    {"U+0000 in a string", STR_INIT("{\"name\":\"a\\u0000b\"}"), STR_INIT("name"),
     STR_INIT("must not hold the character U+0000")},
    {"number for a string", STR_INIT("{\"name\":1}"), STR_INIT("name"),
     STR_INIT("must be a string, not a number")},
    {"null where not nullable", STR_INIT("{\"name\":null}"), STR_INIT("name"),
     STR_INIT("must be a string, not null")},

    {"5.0 is whole", STR_INIT("{\"big\":5.0}"), STR_INIT(""), STR_INIT("")},
    {"fraction for an integer", STR_INIT("{\"big\":5.5}"), STR_INIT("big"),
     STR_INIT("must be a whole number")},
    {"string for an integer", STR_INIT("{\"big\":\"5\"}"), STR_INIT("big"),
     STR_INIT("must be a whole number, not a string")},
    {"past int64", STR_INIT("{\"big\":9223372036854775808}"), STR_INIT("big"),
     STR_INIT("is out of range")},
    {"1e999", STR_INIT("{\"big\":1e999}"), STR_INIT("big"), STR_INIT("is out of range")},
    {"past int32", STR_INIT("{\"small\":2147483648}"), STR_INIT("small"),
     STR_INIT("is out of range")},
    {"int32 maximum", STR_INIT("{\"small\":2147483647}"), STR_INIT(""), STR_INIT("")},
    {"negative without a maximum, at its minimum", STR_INIT("{\"negative\":-10}"), STR_INIT(""),
     STR_INIT("")},
    {"one below a negative minimum", STR_INIT("{\"negative\":-11}"), STR_INIT("negative"),
     STR_INIT("must be at least -10")},
    {"nested minimum", STR_INIT("{\"preferences\":{\"max_prep_time\":5}}"), STR_INIT(""),
     STR_INIT("")},
    {"one below a nested minimum", STR_INIT("{\"preferences\":{\"max_prep_time\":4}}"),
     STR_INIT("preferences.max_prep_time"), STR_INIT("must be at least 5")},
    {"nested maximum", STR_INIT("{\"preferences\":{\"max_prep_time\":180}}"), STR_INIT(""),
     STR_INIT("")},
    {"one past a nested maximum", STR_INIT("{\"preferences\":{\"max_prep_time\":181}}"),
     STR_INIT("preferences.max_prep_time"), STR_INIT("must be at most 180")},

    {"number at its minimum", STR_INIT("{\"share\":0.25}"), STR_INIT(""), STR_INIT("")},
    {"number below its minimum", STR_INIT("{\"share\":0.2499}"), STR_INIT("share"),
     STR_INIT("must be at least 0.25")},
    {"number above its maximum", STR_INIT("{\"share\":0.7501}"), STR_INIT("share"),
     STR_INIT("must be at most 0.75")},
    {"number past double", STR_INIT("{\"share\":1e400}"), STR_INIT("share"),
     STR_INIT("is out of range")},
    {"above 0: 0 refused", STR_INIT("{\"meals\":[{\"recipe\":\"a\",\"servings\":0}]}"),
     STR_INIT("meals[0].servings"), STR_INIT("must be more than 0")},
    {"above 0: negative refused", STR_INIT("{\"meals\":[{\"recipe\":\"a\",\"servings\":-2}]}"),
     STR_INIT("meals[0].servings"), STR_INIT("must be more than 0")},
    {"above 0: a little accepted", STR_INIT("{\"meals\":[{\"recipe\":\"a\",\"servings\":0.001}]}"),
     STR_INIT(""), STR_INIT("")},

    {"1 for a bool", STR_INIT("{\"force\":1}"), STR_INIT("force"),
     STR_INIT("must be true or false, not a number")},
    {"word for a bool", STR_INIT("{\"force\":\"true\"}"), STR_INIT("force"),
     STR_INIT("must be true or false, not a string")},

    {"31 February", STR_INIT("{\"start\":\"2026-02-31\"}"), STR_INIT("start"),
     STR_INIT("not a calendar date (YYYY-MM-DD)")},
    {"29 February of a common year", STR_INIT("{\"start\":\"2026-02-29\"}"), STR_INIT("start"),
     STR_INIT("not a calendar date (YYYY-MM-DD)")},
    {"date with a time", STR_INIT("{\"start\":\"2026-02-01T00:00:00Z\"}"), STR_INIT("start"),
     STR_INIT("not a calendar date (YYYY-MM-DD)")},
    {"number for a date", STR_INIT("{\"start\":20260201}"), STR_INIT("start"),
     STR_INIT("must be a date (YYYY-MM-DD), not a number")},

    {"unknown word of an enum", STR_INIT("{\"macro\":\"sugar\"}"), STR_INIT("macro"),
     STR_INIT("must be one of: protein, carbs, fat")},
    {"enum in other case", STR_INIT("{\"macro\":\"Fat\"}"), STR_INIT("macro"),
     STR_INIT("must be one of: protein, carbs, fat")},
    {"enum as number", STR_INIT("{\"macro\":1}"), STR_INIT("macro"),
     STR_INIT("must be a string, not a number")},

    {"array for an object", STR_INIT("{\"preferences\":[]}"), STR_INIT("preferences"),
     STR_INIT("must be an object, not an array")},
    {"object for a list", STR_INIT("{\"meals\":{}}"), STR_INIT("meals"),
     STR_INIT("must be an array, not an object")},
    {"list at its maximum",
     STR_INIT(
         "{\"preferences\":{\"exclude_recipes\":[\"123e4567-e89b-12d3-a456-426614174000\","
         "\"123e4567-e89b-12d3-a456-426614174001\",\"123E4567-E89B-12D3-A456-426614174002\"]}}"),
     STR_INIT(""), STR_INIT("")},
    {"one item too many", STR_INIT("{\"preferences\":{\"exclude_recipes\":[1,2,3,4]}}"),
     STR_INIT("preferences.exclude_recipes"), STR_INIT("must have at most 3 items")},
    {"one item too few", STR_INIT("{\"preferences\":{\"focus_macros\":[]}}"),
     STR_INIT("preferences.focus_macros"), STR_INIT("must have at least 1 item")},
    {"bad item of a list",
     STR_INIT("{\"preferences\":{\"exclude_recipes\":[\"123e4567-e89b-12d3-a456-426614174000\","
              "\"123e4567-e89b-12d3-a456-426614174001\",\"x'; DROP TABLE\"]}}"),
     STR_INIT("preferences.exclude_recipes[2]"),
     STR_INIT("must be a UUID, as in 123e4567-e89b-12d3-a456-426614174000")},
    {"null item of a list", STR_INIT("{\"meals\":[null]}"), STR_INIT("meals[0]"),
     STR_INIT("must be an object, not null")},
    {"bad number in a list", STR_INIT("{\"foods\":[1,100]}"), STR_INIT("foods[1]"),
     STR_INIT("must be at most 99")},
    {"required member of an item", STR_INIT("{\"meals\":[{\"recipe\":\"a\"},{}]}"),
     STR_INIT("meals[1].recipe"), STR_INIT("is required")},
    {"required member given as null", STR_INIT("{\"meals\":[{\"recipe\":null}]}"),
     STR_INIT("meals[0].recipe"), STR_INIT("must be a string, not null")},

    {"unknown member, far from any", STR_INIT("{\"zzz\":1}"), STR_INIT("zzz"),
     STR_INIT("unknown field")},
    {"unknown member, a typing error", STR_INIT("{\"preferences\":{\"max_preptime\":5}}"),
     STR_INIT("preferences.max_preptime"), STR_INIT("unknown field; did you mean max_prep_time?")},
    {"unknown member, other case", STR_INIT("{\"Force\":true}"), STR_INIT("Force"),
     STR_INIT("unknown field; did you mean force?")},
    {"the C name where JSON has another",
     STR_INIT("{\"meals\":[{\"recipe\":\"a\",\"recipe_id\":\"a\"}]}"),
     STR_INIT("meals[0].recipe_id"), STR_INIT("unknown field")},
    {"unknown member with odd characters", STR_INIT("{\"a.b[0]\":1}"), STR_INIT("[\"a.b[0]\"]"),
     STR_INIT("unknown field")},
    {"empty name", STR_INIT("{\"\":1}"), STR_INIT("[\"\"]"), STR_INIT("unknown field")},
    {"long name is cut where a character begins",
     STR_INIT("{\"012345678901234567890123456789012345678\xc3\xa9xyz\":1}"),
     STR_INIT("012345678901234567890123456789012345678..."), STR_INIT("unknown field")},
};

static void schema_read_names_the_field_and_what_would_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct input in;
        enum status status = read_text(&t.cx, cases[i].text, &in);
        if (cases[i].message.len == 0) {
            CHECK_STATUS(&t.cx, status, OK);
            continue;
        }
        CHECK_I64(cases[i].name, status, ERR_INVALID);
        CHECK_I64(cases[i].name, t.cx.err.field_count, 1);
        CHECK_STR(cases[i].name, str_from_cstr(t.cx.err.fields[0].path), cases[i].path);
        CHECK_STR(cases[i].name, str_from_cstr(t.cx.err.fields[0].message), cases[i].message);
    }
}

static void schema_read_collects_every_fault(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct input in;
    CHECK_STATUS(
        &t.cx,
        read_text(&t.cx,
                  STR("{\"big\":\"x\",\"start\":\"2026-02-31\",\"preferences\":{\"max_prep_time\":"
                      "1,\"exclude_recipes\":[\"a\",\"b\"]},\"meals\":[{},{}],\"nope\":0}"),
                  &in),
        ERR_INVALID);
    static const char *const want[] = {
        "big",
        "start",
        "preferences.max_prep_time",
        "preferences.exclude_recipes[0]",
        "preferences.exclude_recipes[1]",
        "meals[0].recipe",
        "meals[1].recipe",
        "nope",
    };
    CHECK_I64("faults", t.cx.err.field_count, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_STR(want[i], str_from_cstr(t.cx.err.fields[i].path), str_from_cstr(want[i]));
    }
}

static void schema_read_counts_what_does_not_fit_the_table(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf text = buf_in(&t.arena, KIB(64));
    buf_add_char(&text, '{');
    for (int i = 0; i < 1000; i++) {
        buf_addf(&text, "%s\"unknown%d\":1", i == 0 ? "" : ",", i);
    }
    buf_add_char(&text, '}');
    assert_false(text.full);
    struct input in;
    CHECK_STATUS(&t.cx, read_text(&t.cx, buf_str(&text), &in), ERR_INVALID);
    CHECK_I64("kept", t.cx.err.field_count, ERR_FIELDS_MAX);
    CHECK_I64("dropped", t.cx.err.fields_dropped, 1000 - ERR_FIELDS_MAX);
}

static void schema_read_refuses_more_than_the_default_sizes(void **state)
{
    (void)state;
    for (size_t extra = 0; extra <= 1; extra++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        enum status want = extra == 0 ? OK : ERR_INVALID;
        struct buf text = buf_in(&t.arena, KIB(64));
        buf_addf(&text, "{\"note\":\"%0*d\"}", SCHEMA_DEFAULT_MAX_BYTES + (int)extra, 0);
        struct input in;
        CHECK_STATUS(&t.cx, read_text(&t.cx, buf_str(&text), &in), want);
        err_clear(&t.cx);
        struct buf list = buf_in(&t.arena, KIB(64));
        buf_add(&list, STR("{\"foods\":[1"));
        for (size_t i = 1; i < SCHEMA_DEFAULT_MAX_ITEMS + extra; i++) {
            buf_add(&list, STR(",1"));
        }
        buf_add(&list, STR("]}"));
        CHECK_STATUS(&t.cx, read_text(&t.cx, buf_str(&list), &in), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_read_gives_every_kind_its_value),
        cmocka_unit_test(schema_read_gives_absent_members_their_fallbacks),
        cmocka_unit_test(schema_read_names_the_field_and_what_would_be_right),
        cmocka_unit_test(schema_read_collects_every_fault),
        cmocka_unit_test(schema_read_counts_what_does_not_fit_the_table),
        cmocka_unit_test(schema_read_refuses_more_than_the_default_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
