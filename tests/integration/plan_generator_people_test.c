/*
 * People of many kinds get a plan over HTTP, and the nutrition validator, asked over HTTP for the
 * stored plan, accepts each. What is on their plates is then judged by two parties that the
 * generator did not ask: the text rules, line by line, and USDA's own food categories.
 */
#include "shared/nutrition/diet.h"
#include "tests/integration/plan_fixture.h"

/* The guests: every diet, rules beside it, allergies in everyday words, the traps as dislikes. */
static const struct guest guests[] = {
    {.sex = "female", .born = "2006-02-01", .activity = "active"},
    {.sex = "male",
     .born = "1950-03-07",
     .height_cm = 171,
     .weight_kg = 74,
     .diet = "omnivore",
     .goal = "heart_health",
     .allergies = "shellfish"},
    {.sex = "female", .diet = "vegetarian", .goal = "weight_loss", .weight_kg = 82},
    {.sex = "male", .diet = "vegetarian", .allergies = "eggs,tree nuts", .energy_kcal = 2400},
    {.sex = "female", .diet = "vegan", .energy_kcal = 1500},
    {.sex = "male",
     .diet = "vegan",
     .rules = "gluten_free",
     .goal = "muscle_gain",
     .height_cm = 182,
     .weight_kg = 81,
     .activity = "moderate"},
    {.sex = "female", .diet = "vegan", .allergies = "soy", .energy_kcal = 2000},
    {.sex = "male", .diet = "pescatarian", .allergies = "milk,mustard"},
    {.sex = "female", .diet = "pescatarian", .dislikes = "eggplant,coconut", .born = "1975-06-01"},
    {.sex = "male", .diet = "keto", .energy_kcal = 2300},
    {.sex = "female", .diet = "keto", .allergies = "dairy", .energy_kcal = 1700},
    {.sex = "male", .diet = "paleo", .energy_kcal = 2500},
    {.sex = "female", .diet = "pcos", .goal = "weight_loss", .weight_kg = 90},
    {.sex = "male", .diet = "gluten_free", .allergies = "sesame,celery"},
    {.sex = "female", .diet = "halal", .energy_kcal = 2100},
    {.sex = "male", .diet = "halal", .allergies = "peanuts,fish", .activity = "very_active"},
    {.sex = "female", .rules = "dairy_free,nut_free"},
    {.sex = "male", .allergies = "wheat", .dislikes = "buckwheat,mushroom", .born = "1960-01-09"},
    {.sex = "female", .allergies = "tree nuts,peanuts", .dislikes = "nutmeg,butternut squash"},
    {.sex = "male", .allergies = "milk", .dislikes = "oat milk", .energy_kcal = 3200},
    {.sex = "female", .allergies = "fish", .dislikes = "Worcestershire sauce,cilantro"},
    {.sex = "male", .allergies = "egg", .dislikes = "eggplant", .goal = "energy_boost"},
    {.sex = "female", .allergies = "gluten,lactose", .energy_kcal = 1300},
    {.sex = "male", .allergies = "seafood,sulphites", .goal = "digestive_health"},
    {.sex = "female", .diet = "vegetarian", .rules = "gluten_free", .allergies = "lupin,soy"},
    {.sex = "female", .diet = "vegetarian", .rules = "halal,nut_free", .born = "1946-11-30"},
    {.sex = "male", .diet = "halal", .rules = "gluten_free,dairy_free", .weight_kg = 95},
    {.sex = "female", .diet = "vegan", .rules = "nut_free", .allergies = "sesame"},
};

static const char validate[] = "{\"meal_plan_id\":\"%.*s\"}";

static void check_accepted(struct ctx *cx, struct str user, struct str plan_id, size_t number)
{
    struct str body = arena_format(cx->arena, validate, STR_ARG(plan_id));
    struct http_result result;
    gateway_ask(cx, &gateway, "POST", "/nutrition-validator", bearer(cx, user), body, &result);
    const struct json *root = answer_read(cx, "validator", &result, 200);
    if (!true_at(root, "validation.is_valid")) {
        CHECK_FAILED("guest %zu: " STR_FMT "\n", number, STR_ARG(str_slice(result.body, 0, 2000)));
    }
    JSON_EACH (finding, list_at(root, "validation.findings")) {
        if (str_eq(text_at(finding, "severity"), STR("error"))) {
            CHECK_FAILED("guest %zu: " STR_FMT "\n", number, STR_ARG(finding->span));
        }
    }
}

/* ---- the plate ------------------------------------------------------------------------------ */

struct avoidance {
    diet_set diets;
    struct exclusions exclusions;
};

static void avoidance_read(struct ctx *cx, const struct guest *guest, struct avoidance *avoidance)
{
    *avoidance = (struct avoidance){0};
    struct str rest = str_from_cstr(or_else(guest->rules, "omnivore")), word;
    CHECK_STATUS(
        cx, diet_set_add(cx, &avoidance->diets, str_from_cstr(or_else(guest->diet, "omnivore"))),
        OK);
    while (str_split_next(&rest, ',', &word)) {
        CHECK_STATUS(cx, diet_set_add(cx, &avoidance->diets, word), OK);
    }
    const char *lists[] = {guest->allergies, guest->dislikes};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        rest = str_from_cstr(lists[i]);
        while (str_split_next(&rest, ',', &word)) {
            CHECK_STATUS(cx, exclusions_add(cx, &avoidance->exclusions, word), OK);
        }
    }
}

static void check_line(const struct avoidance *avoidance, struct str text, size_t number)
{
    struct food_classes classes = {0};
    struct exclusion_hit hit;
    food_classes_scan(text, &classes);
    if ((classes.contains & diet_set_forbids(avoidance->diets)) != 0 ||
        exclusions_match(&avoidance->exclusions, text, &classes, &hit)) {
        CHECK_FAILED("guest %zu is served \"" STR_FMT "\"\n", number, STR_ARG(text));
    }
}

/* Each line's own name and USDA's description of it. */
static void check_texts(struct ctx *cx, const struct avoidance *avoidance, struct str plan_id,
                        size_t number)
{
    struct str sql = arena_format(
        cx->arena,
        "SELECT DISTINCT line ->> 'name' AS name, f.description FROM meal_plans p,"
        " jsonb_path_query(plan_data, '$.days[*].meals[*].ingredients[*]') AS line"
        " JOIN usda_nutrition_data f ON f.fdc_id = (line ->> 'fdc_id')::int WHERE p.id = '" STR_FMT
        "'",
        STR_ARG(plan_id));
    struct pg_rows *rows = ARENA_NEW(owner.cx->arena, struct pg_rows);
    CHECK_STATUS(owner.cx, db_run(&owner, NULL, sql.ptr, rows), OK);
    assert_true(pg_rows_count(rows) > 20);
    for (size_t i = 0; i < pg_rows_count(rows); i++) {
        struct pg_row row = pg_row_at(rows, i);
        check_line(avoidance, pg_col_str(row, "name"), number);
        check_line(avoidance, pg_col_str(row, "description"), number);
    }
}

/* USDA's categories know nothing of our words. Eggs stand among dairy, so vegans alone tell. */
static const struct {
    diet_set diets;
    const char *categories;
} forbidden_categories[] = {
    {DIET_BIT(DIET_VEGAN) | DIET_BIT(DIET_VEGETARIAN) | DIET_BIT(DIET_PESCATARIAN),
     "'Beef Products','Pork Products','Poultry Products','Lamb, Veal, and Game Products',"
     "'Sausages and Luncheon Meats'"},
    {DIET_BIT(DIET_VEGAN) | DIET_BIT(DIET_VEGETARIAN), "'Finfish and Shellfish Products'"},
    {DIET_BIT(DIET_HALAL), "'Pork Products'"},
    {DIET_BIT(DIET_PALEO), "'Legumes and Legume Products','Cereal Grains and Pasta'"},
};

/* Soy milk is listed among legumes, but some plant drinks stand with dairy: told by their name. */
static const char dairy_sql[] =
    "SELECT count(*) AS v FROM meal_plans p,"
    " jsonb_path_query(plan_data, '$.days[*].meals[*].ingredients[*]') AS line"
    " JOIN usda_nutrition_data f ON f.fdc_id = (line ->> 'fdc_id')::int WHERE p.id = '%.*s'"
    " AND food_category = 'Dairy and Egg Products'";

static void check_categories(struct ctx *cx, diet_set diets, struct str plan_id, size_t number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "guest %zu", number);
    for (size_t i = 0; i < ARRAY_LEN(forbidden_categories); i++) {
        if ((forbidden_categories[i].diets & diets) != 0) {
            CHECK_I64(name,
                      count_of(cx,
                               "SELECT count(*) AS v FROM meal_plans p, jsonb_path_query(plan_data,"
                               " '$.days[*].meals[*].ingredients[*]') AS line JOIN"
                               " usda_nutrition_data f ON f.fdc_id = (line ->> 'fdc_id')::int"
                               " WHERE p.id = '" STR_FMT "' AND food_category IN (%s)",
                               STR_ARG(plan_id), forbidden_categories[i].categories),
                      0);
        }
    }
    if ((diets & DIET_BIT(DIET_VEGAN)) != 0) {
        CHECK_I64(name, count_of(cx, dairy_sql, STR_ARG(plan_id)), 0);
    }
}

static void everybody_gets_a_plan_that_the_validator_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str user = guest_add(&t.cx, &guests[i]);
        const struct json *root = ask_plan(&t.cx, user, "{}", 200);
        struct str plan_id = text_at(root, "plan_id");
        struct avoidance avoidance;
        avoidance_read(&t.cx, &guests[i], &avoidance);
        check_accepted(&t.cx, user, plan_id, i);
        check_texts(&t.cx, &avoidance, plan_id, i);
        check_categories(&t.cx, avoidance.diets, plan_id, i);
    }
}

/* What the checks above would say if the generator were wrong. */
static void wrong_plates_are_noticed(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){.diet = "keto", .energy_kcal = 2000});
    struct str plan = text_at(ask_plan(&t.cx, user, "{}", 200), "plan_id");
    db_script(&owner,
              arena_format(t.cx.arena,
                           "UPDATE user_intake SET allergies = '{egg,milk,fish,tree nuts,beef}'"
                           " WHERE user_id = '" STR_FMT "'",
                           STR_ARG(user))
                  .ptr);
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/nutrition-validator", bearer(&t.cx, user),
                arena_format(t.cx.arena, validate, STR_ARG(plan)), &result);
    const struct json *root = answer_read(&t.cx, "validator", &result, 200);
    assert_false(true_at(root, "validation.is_valid"));
    assert_true(count_of(&t.cx, dairy_sql, STR_ARG(plan)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_gets_a_plan_that_the_validator_accepts),
        cmocka_unit_test(wrong_plates_are_noticed),
    };
    return cmocka_run_group_tests(tests, plan_world_open, plan_world_close);
}
