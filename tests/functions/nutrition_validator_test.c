/*
 * The validator without a database: the test stands in for auth_caller and for the two reads of
 * store.h, so that what is tested is the story, from the event to the answer.
 */
#include "functions/nutrition-validator/handler.h"

#include "functions/nutrition-validator/store.h"
#include "shared/base/clock.h"
#include "tests/support/check.h"

#define RECIPE_A    "a1000000-0000-4000-8000-000000000001"
#define RECIPE_B    "b2000000-0000-4000-8000-000000000002"
#define RECIPE_C    "c3000000-0000-4000-8000-000000000003"
#define RECIPE_NONE "d4000000-0000-4000-8000-000000000004"
#define PLAN_ID     "e5000000-0000-4000-8000-000000000005"

#define TARGETS_2000                                                                               \
    "\"targets\":{\"daily_calories\":2000,\"daily_protein\":125,\"daily_fat\":67,"                 \
    "\"daily_carbohydrates\":225,\"daily_fiber\":30}"
#define TARGETS_1700                                                                               \
    "\"targets\":{\"daily_calories\":1700,\"daily_protein\":100,\"daily_fat\":60,"                 \
    "\"daily_carbohydrates\":190}"
#define MEAL(id) "{\"recipe_id\":\"" id "\"}"
#define SAMPLE_DAYS                                                                                \
    "\"days\":[{\"day\":\"monday\",\"meals\":[" MEAL(RECIPE_A) "," MEAL(RECIPE_B) "," MEAL(        \
        RECIPE_C) "]},{\"day\":\"tuesday\",\"meals\":[" MEAL(RECIPE_A) "," MEAL(RECIPE_C) "," MEAL(RECIPE_C) "]}]"
#define SAMPLE_PLAN "\"plan_data\":{" SAMPLE_DAYS "}"

/* 2026-03-01T10:00:00Z */
static const int64_t NOW_MS = 1772359200000;

/* ---- what stands in ----------------------------------------------------------------------------
 */

static struct {
    enum status database; /* what both reads give */
    struct str plan_data; /* of PLAN_ID, the caller's own */
    struct eater eater;
    size_t reads;
} fake;

enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)auth;
    (void)now_ms;
    if (str_eq(authorization_header, STR("Bearer forbidden"))) {
        return fail(cx, ERR_FORBIDDEN, "role");
    }
    if (!str_eq(authorization_header, STR("Bearer good"))) {
        return fail(cx, ERR_UNAUTHENTICATED, "no such token");
    }
    *caller = (struct caller){0};
    return OK;
}

enum status subject_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                         struct str meal_plan_id, struct subject *subject)
{
    (void)pg;
    (void)caller;
    fake.reads++;
    if (fake.database != OK) {
        return fail(cx, fake.database, "secret host name");
    }
    if (meal_plan_id.len > 0 && !str_eq(meal_plan_id, STR(PLAN_ID))) {
        return fail_public(cx, ERR_NOT_FOUND, "Meal plan not found");
    }
    *subject = (struct subject){.eater = fake.eater};
    subject->plan_data = meal_plan_id.len > 0 ? fake.plan_data : (struct str){0};
    return OK;
}

/* A, B and C of the contract: one food each, 100 g of it a serving. */
static struct food foods[4];
static struct recipe_line recipe_lines[3];
static struct recipe recipes[3];

static void food_init(size_t i, const char *description, const double amounts[5])
{
    static const enum nutrient macros[] = {N_ENERGY, N_PROTEIN, N_FAT, N_CARBOHYDRATE, N_FIBRE};
    foods[i] = (struct food){.fdc_id = (int32_t)i + 1, .description = str_from_cstr(description)};
    for (size_t n = 0; n < ARRAY_LEN(macros); n++) {
        foods[i].known |= 1ULL << macros[n];
        foods[i].per_100g[macros[n]] = amounts[n];
    }
}

static void book_init(void)
{
    static const struct {
        const char *id, *food, *line;
        double amounts[5];
    } rows[] = {
        {RECIPE_A, "Oats, cooked", "porridge", {410, 18, 12, 58, 9}},
        {RECIPE_B, "Bread with peanut butter", "sandwich", {480, 26, 11, 66, 16}},
        {RECIPE_C, "Chicken with rice", "chicken pan", {690, 44, 27, 64, 7}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        food_init(i, rows[i].food, rows[i].amounts);
        recipe_lines[i] = (struct recipe_line){
            .fdc_id = foods[i].fdc_id, .name = str_from_cstr(rows[i].line), .grams = 100};
        recipe_lines[i].food = &foods[i];
        food_classes_scan(recipe_lines[i].name, &recipe_lines[i].classes);
        food_classes_scan(foods[i].description, &recipe_lines[i].classes);
        recipes[i] = (struct recipe){.id = str_from_cstr(rows[i].id), .title = STR("Title")};
        recipes[i].lines = &recipe_lines[i];
        recipes[i].line_count = 1;
    }
    food_init(3, "Milk, whole", (const double[]){61, 3.2, 3.3, 4.8, 0});
    foods[2].known |= 1ULL << N_SATURATED;
    foods[2].per_100g[N_SATURATED] = 13;
}

enum status book_extract_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                              const struct week_input *week, struct book_extract *book)
{
    (void)pg;
    (void)caller;
    (void)week;
    fake.reads++;
    if (fake.database != OK) {
        return fail(cx, fake.database, "secret host name");
    }
    book_init();
    *book = (struct book_extract){.foods = {.foods = foods, .count = ARRAY_LEN(foods)},
                                  .recipes = {.recipes = recipes, .count = ARRAY_LEN(recipes)}};
    return OK;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

struct exchange {
    struct test_ctx t;
    struct http_answer answer;
    const struct json *root, *validation;
};

static void exchange_open(struct exchange *x)
{
    *x = (struct exchange){0};
    arena_init(&x->t.arena, 0);
    x->t.cx = (struct ctx){.arena = &x->t.arena, .request_id = STR("r-1")};
}

static void exchange_close(struct exchange *x)
{
    arena_deinit(&x->t.arena);
}

static void send(struct exchange *x, const char *method, const char *token, struct str body)
{
    struct ctx *cx = &x->t.cx;
    struct http_header headers[] = {
        {.name = STR("authorization"), .value = str_from_cstr(token)},
    };
    struct http_event event = {
        .method = str_from_cstr(method),
        .path = STR("/nutrition-validator"),
        .stage = STR("$default"),
        .body = exact_copy(cx, body),
        .headers = headers,
        .header_count = 1,
    };
    struct services services = {0};
    endpoint_answer(cx, &nutrition_validator, &services, &event, NOW_MS, &x->answer);
    CHECK_STATUS(cx, json_read(cx, x->answer.body, NULL, &x->root), OK);
    x->validation = json_find(x->root, STR("validation"));
}

static void post(struct exchange *x, const char *body)
{
    exchange_open(x);
    send(x, "POST", "Bearer good", str_from_cstr(body));
}

static const struct json *member(const struct json *object, const char *path)
{
    struct str rest = str_from_cstr(path);
    struct str part;
    while (str_split_next(&rest, '.', &part)) {
        object = json_find(object, part);
    }
    return object;
}

static void check_json(const struct json *object, const char *path, const char *want)
{
    const struct json *value = member(object, path);
    CHECK_STR(path, value == NULL ? STR("(absent)") : value->span, str_from_cstr(want));
}

static void check_path(const struct exchange *x, const char *name, const char *path,
                       const char *message)
{
    JSON_EACH (detail, json_find(x->root, STR("details"))) {
        if (str_eq(json_find_str(detail, STR("path")), str_from_cstr(path))) {
            struct str text = json_find_str(detail, STR("message"));
            if (str_find(text, str_from_cstr(message)) == SIZE_MAX) {
                CHECK_FAILED("%s: \"" STR_FMT "\" lacks \"%s\"\n", name, STR_ARG(text), message);
            }
            return;
        }
    }
    CHECK_FAILED("%s: no detail of %s in " STR_FMT "\n", name, path, STR_ARG(x->answer.body));
}

static int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    return 0;
}

static size_t findings_of(const struct exchange *x, const char *rule, const char *severity)
{
    size_t count = 0;
    JSON_EACH (finding, json_find(x->validation, STR("findings"))) {
        count += str_eq(json_find_str(finding, STR("rule")), str_from_cstr(rule)) &&
                 str_eq(json_find_str(finding, STR("severity")), str_from_cstr(severity));
    }
    return count;
}

/* ---- the contract's samples --------------------------------------------------------------------
 */

static void sample_1_is_under_target(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{" SAMPLE_PLAN "," TARGETS_2000 "}");
    CHECK_I64("status", x.answer.status, 200);
    check_json(x.root, "success", "true");
    check_json(x.root, "timestamp", "\"2026-03-01T10:00:00.000Z\"");
    check_json(x.validation, "is_valid", "false");
    check_json(
        x.validation, "total_nutrition",
        "{\"calories\":3370,\"protein\":194,\"fat\":116,\"carbohydrates\":374,\"fiber\":55}");
    check_json(
        x.validation, "daily_average",
        "{\"calories\":1685,\"protein\":97,\"fat\":58,\"carbohydrates\":187,\"fiber\":27.5}");
    check_json(
        x.validation, "target_deviations",
        "{\"calories_deviation\":-15.75,\"protein_deviation\":-22.4,\"fat_deviation\":-13.43,"
        "\"carbohydrates_deviation\":-16.89,\"fiber_deviation\":-8.33}");
    check_json(x.validation, "within_threshold", "false");
    check_json(x.validation, "missing_nutrition_data", "[]");
    check_json(x.validation, "suggestions",
               "[\"calories 15.8% under target\",\"protein 22.4% under target\",\"carbohydrates "
               "16.9% under target\"]");
    check_json(x.validation, "detailed_breakdown", "(absent)");
    exchange_close(&x);
}

static void sample_2_is_valid_by_its_mean(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 "}");
    check_json(x.validation, "is_valid", "true");
    check_json(x.validation, "target_deviations",
               "{\"calories_deviation\":-0.88,\"protein_deviation\":-3,\"fat_deviation\":-3.33,"
               "\"carbohydrates_deviation\":-1.58}");
    check_json(x.validation, "within_threshold", "true");
    check_json(x.validation, "suggestions", "[]");
    /* Monday's fat is 16.7 % short: told, and left to the mean. */
    const struct json *monday = json_find(x.validation, STR("per_day"))->first;
    check_json(monday, "day", "\"monday\"");
    check_json(monday, "nutrition.fat", "50");
    check_json(monday, "deviations.fat_deviation", "-16.67");
    check_json(monday, "is_valid", "false");
    check_json(monday->next, "is_valid", "true");
    CHECK_I64("fat warns", findings_of(&x, "fat", "warning"), 1);
    check_json(x.validation, "errors", "0");
    exchange_close(&x);
}

static void fibre_is_measured_and_never_decides(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{" SAMPLE_PLAN ",\"targets\":{\"daily_calories\":1700,\"daily_protein\":100,"
             "\"daily_fat\":60,\"daily_carbohydrates\":190,\"daily_fiber\":60}}");
    check_json(x.validation, "target_deviations.fiber_deviation", "-54.17");
    check_json(x.validation, "within_threshold", "true");
    check_json(x.validation, "is_valid", "true");
    exchange_close(&x);
}

static void sample_3_strangers_plan_is_not_found(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{\"meal_plan_id\":\"" RECIPE_NONE "\"," TARGETS_1700 "}");
    CHECK_I64("status", x.answer.status, 404);
    check_json(x.root, "success", "false");
    check_json(x.root, "error", "\"Meal plan not found\"");
    check_json(x.root, "status", "404");
    check_json(x.root, "request_id", "\"r-1\"");
    exchange_close(&x);
}

static void sample_4_wants_a_plan(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{" TARGETS_1700 "}", "{}", "", "  "};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct exchange x;
        post(&x, bodies[i]);
        CHECK_I64(bodies[i], x.answer.status, 422);
        check_json(x.root, "error", "\"Give meal_plan_id or plan_data\"");
        exchange_close(&x);
    }
    CHECK_I64("nothing was read", fake.reads, 0);
}

#define SAMPLE_5(strict)                                                                           \
    "{\"plan_data\":{\"days\":[{\"meals\":[" MEAL(RECIPE_NONE) "," MEAL(RECIPE_A) "," MEAL(        \
        RECIPE_B) "," MEAL(RECIPE_C) "]}]}," TARGETS_1700                                          \
                                     ",\"options\":{\"require_all_recipes\":" strict "}}"

static void sample_5_unknown_recipe_is_named(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, SAMPLE_5("false"));
    check_json(x.validation, "missing_nutrition_data", "[\"Recipe " RECIPE_NONE "\"]");
    CHECK_I64("warns", findings_of(&x, "unknown_recipe", "warning"), 1);
    check_json(x.validation, "within_threshold", "false"); /* fat 16.7 % short */
    check_json(x.validation, "suggestions", "[\"fat 16.7% under target\"]");
    exchange_close(&x);
    post(&x, SAMPLE_5("true"));
    check_json(x.validation, "is_valid", "false");
    CHECK_I64("fails", findings_of(&x, "unknown_recipe", "error"), 1);
    exchange_close(&x);
}

/* ---- shapes ------------------------------------------------------------------------------------
 */

static void flat_body_gives_the_nested_answer(void **state)
{
    (void)state;
    struct exchange nested, flat;
    post(&nested, "{" SAMPLE_PLAN "," TARGETS_1700 ",\"options\":{\"deviation_threshold\":2}}");
    post(&flat,
         "{" SAMPLE_PLAN ",\"target_calories\":1700,\"target_protein\":100,\"target_fat\":60,"
         "\"target_carbohydrates\":190,\"deviation_threshold\":2}");
    CHECK_STR("body", flat.answer.body, nested.answer.body);
    check_json(flat.validation, "within_threshold", "false");
    exchange_close(&flat);
    exchange_close(&nested);
}

static void recipe_ids_match_in_either_case_and_servings_multiply(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{\"plan_data\":{\"days\":[{\"meals\":[{\"recipe_id\":\"A1000000-0000-4000-8000-"
             "000000000001\",\"servings\":2.5}]}]}," TARGETS_1700 "}");
    check_json(x.validation, "missing_nutrition_data", "[]");
    check_json(x.validation, "total_nutrition.calories", "1025");
    exchange_close(&x);
}

static void lines_are_judged_as_eaten(void **state)
{
    (void)state;
    struct exchange x;
    post(&x,
         "{\"plan_data\":{\"days\":[{\"date\":\"2026-03-02\",\"meals\":[{\"meal_type\":\"lunch\","
         "\"servings\":3,\"ingredients\":[{\"fdc_id\":4,\"grams\":250},{\"fdc_id\":99,\"grams\":"
         "50,\"name\":\"moon dust\"}]}]}]}," TARGETS_1700 "}");
    check_json(x.validation, "total_nutrition.calories", "152.5");
    check_json(x.validation, "missing_nutrition_data", "[\"Food 99\"]");
    const struct json *day = json_find(x.validation, STR("per_day"))->first;
    check_json(day, "day", "\"2026-03-02\"");
    check_json(day, "date", "\"2026-03-02\"");
    const struct json *calcium = NULL;
    JSON_EACH (nutrient, json_find(x.validation, STR("nutrients"))) {
        calcium = str_eq(json_find_str(nutrient, STR("key")), STR("protein")) ? nutrient : calcium;
    }
    check_json(calcium, "coverage", "0.833");
    check_json(calcium, "lower_bound", "8");
    check_json(calcium, "estimate", "9.6");
    CHECK_I64("all nutrients", json_find(x.validation, STR("nutrients"))->count, NUTRIENT_COUNT);
    exchange_close(&x);
}

static void without_the_recipe_book_only_lines_count(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{\"plan_data\":{\"days\":[{\"meals\":[" MEAL(
                 RECIPE_A) ",{\"lines\":[{\"fdc_id\":4,\"grams\":100}]}]}]}," TARGETS_1700
                           ",\"options\":{\"use_usda_fallback\":false}}");
    check_json(x.validation, "total_nutrition.calories", "61");
    check_json(x.validation, "missing_nutrition_data", "[\"Recipe " RECIPE_A "\"]");
    exchange_close(&x);
}

static void detailed_breakdown_proves_each_line(void **state)
{
    (void)state;
    struct exchange x;
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 ",\"options\":{\"detailed_breakdown\":true}}");
    const struct json *days = json_find(x.validation, STR("detailed_breakdown"));
    CHECK_I64("days", days->count, 2);
    const struct json *meal = json_find(days->first, STR("meals"))->first;
    check_json(meal, "recipe_id", "\"" RECIPE_A "\"");
    check_json(meal, "recipe_title", "\"Title\"");
    check_json(meal, "calculation_method", "\"usda_calculated\"");
    const struct json *proof = json_find(x.validation, STR("proof"));
    CHECK_I64("lines", proof->count, 6);
    double kcal = 0;
    JSON_EACH (line, proof) {
        double each = 0;
        assert_true(json_is_f64(member(line, "nutrition.calories"), &each));
        kcal += each;
    }
    CHECK_NEAR("the lines add up to the total", kcal, 3370, 1e-9);
    exchange_close(&x);
}

static void avoid_finds_allergens_and_diets_in_an_inline_plan(void **state)
{
    (void)state;
    struct exchange x;
    post(&x,
         "{\"plan_data\":{\"days\":[{\"meals\":[{\"lines\":[{\"fdc_id\":4,\"grams\":100,\"name\":"
         "\"breakfast drink\"}]}]}]},\"avoid\":{\"allergies\":[\"dairy\"],\"diets\":[\"vegan\"]},"
         "\"targets\":{\"daily_calories\":61,\"daily_protein\":3.2,\"daily_fat\":3.3,"
         "\"daily_carbohydrates\":4.8}}");
    check_json(x.validation, "within_threshold", "true");
    check_json(x.validation, "is_valid", "false");
    CHECK_I64("allergen", findings_of(&x, "allergen", "error"), 1);
    CHECK_I64("diet", findings_of(&x, "diet", "error"), 1);
    const struct json *finding = json_find(x.validation, STR("findings"))->first;
    check_json(finding, "evidence.line", "\"breakfast drink\"");
    check_json(finding, "evidence.word", "\"Milk\"");
    exchange_close(&x);
}

/* ---- stored plans ------------------------------------------------------------------------------
 */

#define OWN_TARGETS(kcal)                                                                          \
    "\"targets\":{\"energy_kcal\":" kcal ",\"protein_g\":88,\"fat_g\":{\"min\":40,\"max\":60},"    \
    "\"carbohydrate_g\":{\"min\":180,\"max\":190},\"intake\":{\"fiber\":{\"kind\":\"ai\","         \
    "\"amount\":25}}}"
#define STORED_DAY                                                                                 \
    "\"days\":[{\"day\":\"monday\",\"date\":\"2026-03-02\",\"meals\":["                            \
    "{\"meal_type\":\"lunch\",\"recipe_id\":\"" RECIPE_NONE "\",\"servings\":1,\"completed\":"     \
    "false,\"lines\":[{\"fdc_id\":1,\"name\":\"porridge\",\"grams\":100},{\"fdc_id\":2,"           \
    "\"name\":\"sandwich\",\"grams\":100}]}," MEAL(RECIPE_C) "]}],\"unique_recipes\":2"
#define ASK_STORED "{\"meal_plan_id\":\"" PLAN_ID "\"}"

static void stored_plan_is_held_to_its_own_promise(void **state)
{
    (void)state;
    struct exchange x;
    fake.plan_data = STR("{" STORED_DAY "," OWN_TARGETS("1580") "}");
    post(&x, ASK_STORED);
    check_json(x.validation, "is_valid", "true");
    check_json(x.validation, "total_nutrition.calories", "1580");
    check_json(x.validation, "target_deviations.fat_deviation", "0");
    exchange_close(&x);

    fake.plan_data = STR("{" STORED_DAY "," OWN_TARGETS("1600") "}");
    post(&x, ASK_STORED); /* 1.25 % off: within 15 % on the mean, outside the promise of 0.5 % */
    check_json(x.validation, "is_valid", "false");
    check_json(x.validation, "within_threshold", "true");
    CHECK_I64("energy", findings_of(&x, "energy", "error"), 1);
    CHECK_I64("its mend is suggested", json_find(x.validation, STR("suggestions"))->count, 1);
    exchange_close(&x);

    post(&x, "{\"meal_plan_id\":\"" PLAN_ID "\",\"options\":{\"deviation_threshold\":2}}");
    check_json(x.validation, "is_valid", "true");
    exchange_close(&x);
}

static void stored_plan_may_call_its_lines_ingredients(void **state)
{
    (void)state;
    struct exchange x;
    fake.plan_data = STR("{\"days\":[{\"meals\":[{\"recipe_id\":\"" RECIPE_C "\",\"servings\":1,"
                         "\"ingredients\":[{\"fdc_id\":4,\"grams\":200},{\"fdc_id\":1,\"grams\":"
                         "0}]}]}]," OWN_TARGETS("122") "}");
    post(&x, ASK_STORED); /* not the recipe's own 690 kcal */
    check_json(x.validation, "total_nutrition.calories", "122");
    exchange_close(&x);
}

static void stored_plan_is_held_to_the_bodys_targets_if_there_are_any(void **state)
{
    (void)state;
    struct exchange x;
    fake.plan_data = STR("{" STORED_DAY "," OWN_TARGETS("9000") "}");
    post(&x, "{\"meal_plan_id\":\"" PLAN_ID "\"," TARGETS_1700 "}");
    check_json(x.validation, "target_deviations.calories_deviation", "-7.06");
    exchange_close(&x);
}

static void stored_plan_wins_over_an_inline_one(void **state)
{
    (void)state;
    struct exchange x;
    fake.plan_data = STR("{" STORED_DAY "}");
    post(&x, "{\"meal_plan_id\":\"" PLAN_ID "\"," SAMPLE_PLAN "," TARGETS_1700 "}");
    check_json(x.validation, "total_nutrition.calories", "1580");
    exchange_close(&x);
}

static void profile_rules_hold_for_stored_plans_only(void **state)
{
    (void)state;
    struct exchange x;
    static const struct str allergies[] = {STR_INIT("peanut")};
    fake.eater.allergies = (struct pg_text_array){.items = allergies, .count = 1};
    fake.eater.diet_type = STR("vegetarian");
    fake.plan_data = STR("{" STORED_DAY "," OWN_TARGETS("1580") "}");
    post(&x, ASK_STORED);
    check_json(x.validation, "is_valid", "false");
    CHECK_I64("allergen", findings_of(&x, "allergen", "error"), 1);
    CHECK_I64("diet", findings_of(&x, "diet", "error"), 1);
    exchange_close(&x);
    static const struct str dislikes[] = {STR_INIT("rice")};
    static const struct str rules[] = {STR_INIT("gluten_free")};
    fake.eater.dislikes = (struct pg_text_array){.items = dislikes, .count = 1};
    fake.eater.dietary_rules = (struct pg_text_array){.items = rules, .count = 1};
    post(&x, ASK_STORED);
    CHECK_I64("and the rice", findings_of(&x, "allergen", "error"), 2);
    CHECK_I64("and the oats, the bread", findings_of(&x, "diet", "error"), 3);
    exchange_close(&x);
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 "}");
    check_json(x.validation, "is_valid", "true");
    exchange_close(&x);
}

static void profile_gives_reference_intakes(void **state)
{
    (void)state;
    struct exchange x;
    fake.eater = (struct eater){.sex = STR("female"), .life_stage = STR("none")};
    fake.eater.has_birth_date = true;
    fake.eater.birth_date = date_to_days((struct date){1990, 5, 1});
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 "}");
    const struct json *iron = NULL;
    JSON_EACH (nutrient, json_find(x.validation, STR("nutrients"))) {
        iron = str_eq(json_find_str(nutrient, STR("key")), STR("iron")) ? nutrient : iron;
    }
    check_json(iron, "target", "18");
    check_json(iron, "kind", "\"rda\"");
    check_json(iron, "verdict", "\"unclear\"");
    /* 19.5 g a day: over a tenth of the 1700 kcal asked for, 18.9 g */
    CHECK_I64("saturated fat", findings_of(&x, "saturated_fat", "warning"), 1);
    check_json(x.validation, "is_valid", "true");
    exchange_close(&x);
}

static void stored_plan_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *plan, *words;
    } cases[] = {
        {"no days", "{}", "no days"},
        {"zero days", "{\"days\":[]}", "no days"},
        {"days are text", "{\"days\":\"x\"}", "no days"},
        {"no meals", "{\"days\":[{}]}", "no list of meals"},
        {"empty meal", "{\"days\":[{\"meals\":[{}]}]}", "neither a recipe_id nor lines"},
        {"no grams", "{\"days\":[{\"meals\":[{\"lines\":[{\"fdc_id\":1}]}]}]}", "no grams"},
        {"negative servings", "{\"days\":[{\"meals\":[{\"recipe_id\":\"x\",\"servings\":-1}]}]}",
         "servings"},
        {"too large", "", "too large"},
        {"no targets", "{" STORED_DAY "}", "stored plan has none"},
        {"broken targets", "{" STORED_DAY ",\"targets\":{}}", "energy_kcal is required"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exchange x;
        fake.plan_data = str_from_cstr(cases[i].plan);
        post(&x, ASK_STORED);
        CHECK_I64(cases[i].name, x.answer.status, 422);
        struct str error = json_find_str(x.root, STR("error"));
        if (str_find(error, str_from_cstr(cases[i].words)) == SIZE_MAX) {
            CHECK_FAILED("%s: " STR_FMT "\n", cases[i].name, STR_ARG(error));
        }
        exchange_close(&x);
    }
}

/* ---- what is refused ---------------------------------------------------------------------------
 */

static const struct {
    const char *name, *body, *path, *message;
} bad_fields[] = {
    {"no targets", "{" SAMPLE_PLAN "}", "targets", "required"},
    {"a target is missing",
     "{" SAMPLE_PLAN ",\"targets\":{\"daily_calories\":1,\"daily_protein\":1,\"daily_fat\":1}}",
     "targets.daily_carbohydrates", "required"},
    {"a flat target is missing", "{" SAMPLE_PLAN ",\"target_calories\":1700}", "target_protein",
     "required"},
    {"target of zero",
     "{" SAMPLE_PLAN ",\"targets\":{\"daily_calories\":0,\"daily_protein\":1,\"daily_fat\":1,"
     "\"daily_carbohydrates\":1}}",
     "targets.daily_calories", "more than 0"},
    {"threshold 0", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"options\":{\"deviation_threshold\":0}}",
     "options.deviation_threshold", "1"},
    {"threshold 51", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"options\":{\"deviation_threshold\":51}}",
     "options.deviation_threshold", "50"},
    {"zero days", "{\"plan_data\":{\"days\":[]}," TARGETS_1700 "}", "plan_data.days", ""},
    {"no meals", "{\"plan_data\":{\"days\":[{\"meals\":[]}]}," TARGETS_1700 "}",
     "plan_data.days[0].meals", ""},
    {"servings negative",
     "{\"plan_data\":{\"days\":[{\"meals\":[{\"recipe_id\":\"" RECIPE_A
     "\",\"servings\":-1}]}]}," TARGETS_1700 "}",
     "plan_data.days[0].meals[0].servings", "more than 0"},
    {"recipe id no UUID",
     "{\"plan_data\":{\"days\":[{\"meals\":[{\"recipe_id\":\"A\"}]}]}," TARGETS_1700 "}",
     "plan_data.days[0].meals[0].recipe_id", "UUID"},
    {"empty meal", "{\"plan_data\":{\"days\":[{\"meals\":[{}]}]}," TARGETS_1700 "}",
     "plan_data.days[0].meals[0]", "recipe_id is required"},
    {"both kinds of lines",
     "{\"plan_data\":{\"days\":[{\"meals\":[{\"lines\":[{\"fdc_id\":1,\"grams\":1}],"
     "\"ingredients\":[{\"fdc_id\":1,\"grams\":1}]}]}]}," TARGETS_1700 "}",
     "plan_data.days[0].meals[0]", "not both"},
    {"grams of zero",
     "{\"plan_data\":{\"days\":[{\"meals\":[{\"lines\":[{\"fdc_id\":1,\"grams\":0}]}]}]}"
     "," TARGETS_1700 "}",
     "plan_data.days[0].meals[0].lines[0].grams", "more than 0"},
    {"31 February",
     "{\"plan_data\":{\"days\":[{\"date\":\"2026-02-31\",\"meals\":[" MEAL(
         RECIPE_A) "]}]}," TARGETS_1700 "}",
     "plan_data.days[0].date", ""},
    {"unknown member", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"traget\":1}", "traget", ""},
    {"both shapes", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"target_calories\":1}", "targets", ""},
    {"unknown diet", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"avoid\":{\"diets\":[\"vegan\",\"air\"]}}",
     "avoid.diets[1]", ""},
    {"plan id no UUID", "{\"meal_plan_id\":\"1\"}", "meal_plan_id", "UUID"},
};

static void bad_fields_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_fields); i++) {
        struct exchange x;
        post(&x, bad_fields[i].body);
        CHECK_I64(bad_fields[i].name, x.answer.status, 422);
        check_json(x.root, "error_code", "\"VALIDATION_FAILED\"");
        check_path(&x, bad_fields[i].name, bad_fields[i].path, bad_fields[i].message);
        exchange_close(&x);
    }
    CHECK_I64("nothing was read", fake.reads, 0);
}

/* `count` copies of `item` in a list, between two texts. */
static struct str list_of(struct ctx *cx, const char *before, const char *item, size_t count,
                          const char *after)
{
    struct buf buf = buf_in(cx->arena, MIB(1));
    buf_add(&buf, str_from_cstr(before));
    for (size_t i = 0; i < count; i++) {
        buf_addf(&buf, "%s%s", i == 0 ? "" : ",", item);
    }
    buf_add(&buf, str_from_cstr(after));
    return buf_str(&buf);
}

static void lists_have_limits(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *item, *after;
        size_t max;
    } cases[] = {
        {"days", "{\"plan_data\":{\"days\":[", "{\"meals\":[" MEAL(RECIPE_A) "]}",
         "]}," TARGETS_1700 "}", PLAN_MAX_DAYS},
        {"meals", "{\"plan_data\":{\"days\":[{\"meals\":[", MEAL(RECIPE_A),
         "]}]}," TARGETS_1700 "}", PLAN_MAX_MEALS},
        {"lines", "{\"plan_data\":{\"days\":[{\"meals\":[{\"lines\":[",
         "{\"fdc_id\":1,\"grams\":9}", "]}]}]}," TARGETS_1700 "}", PLAN_MAX_LINES},
        {"allergies", "{" SAMPLE_PLAN "," TARGETS_1700 ",\"avoid\":{\"allergies\":[", "\"soy\"",
         "]}}", 60},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t over = 0; over < 2; over++) {
            struct exchange x;
            exchange_open(&x);
            struct str body = list_of(&x.t.cx, cases[i].before, cases[i].item, cases[i].max + over,
                                      cases[i].after);
            send(&x, "POST", "Bearer good", body);
            CHECK_I64(cases[i].name, x.answer.status, over == 0 ? 200 : 422);
            exchange_close(&x);
        }
    }
}

static void requests_are_refused_in_one_shape(void **state)
{
    (void)state;
    static const struct {
        const char *name, *method, *token, *body;
        int status;
    } cases[] = {
        {"no token", "POST", "", "{}", 401},
        {"forged token", "POST", "Bearer bad", "{}", 401},
        {"token without the role", "POST", "Bearer forbidden", "{}", 403},
        {"wrong method", "GET", "Bearer good", "", 405},
        {"not JSON", "POST", "Bearer good", "{", 422},
        {"not an object", "POST", "Bearer good", "[]", 422},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exchange x;
        exchange_open(&x);
        send(&x, cases[i].method, cases[i].token, str_from_cstr(cases[i].body));
        CHECK_I64(cases[i].name, x.answer.status, cases[i].status);
        check_json(x.root, "success", "false");
        assert_true(json_find_str(x.root, STR("error_code")).len > 0);
        exchange_close(&x);
    }
    CHECK_I64("nothing was read", fake.reads, 0);
}

static void body_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct exchange x;
    exchange_open(&x);
    struct str body = list_of(&x.t.cx, "", " ", KIB(256), "{}");
    send(&x, "POST", "Bearer good", body);
    CHECK_I64("status", x.answer.status, 413);
    exchange_close(&x);
}

static void database_away_is_503_and_leaks_nothing(void **state)
{
    (void)state;
    struct exchange x;
    fake.database = ERR_UNAVAILABLE;
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 "}");
    CHECK_I64("status", x.answer.status, 503);
    CHECK_I64("leak", str_find(x.answer.body, STR("secret")) == SIZE_MAX, true);
    exchange_close(&x);
    fake.database = OK;
    post(&x, "{" SAMPLE_PLAN "," TARGETS_1700 "}");
    CHECK_I64("the next works", x.answer.status, 200);
    exchange_close(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sample_1_is_under_target, setup),
        cmocka_unit_test_setup(sample_2_is_valid_by_its_mean, setup),
        cmocka_unit_test_setup(fibre_is_measured_and_never_decides, setup),
        cmocka_unit_test_setup(sample_3_strangers_plan_is_not_found, setup),
        cmocka_unit_test_setup(sample_4_wants_a_plan, setup),
        cmocka_unit_test_setup(sample_5_unknown_recipe_is_named, setup),
        cmocka_unit_test_setup(flat_body_gives_the_nested_answer, setup),
        cmocka_unit_test_setup(recipe_ids_match_in_either_case_and_servings_multiply, setup),
        cmocka_unit_test_setup(lines_are_judged_as_eaten, setup),
        cmocka_unit_test_setup(without_the_recipe_book_only_lines_count, setup),
        cmocka_unit_test_setup(detailed_breakdown_proves_each_line, setup),
        cmocka_unit_test_setup(avoid_finds_allergens_and_diets_in_an_inline_plan, setup),
        cmocka_unit_test_setup(stored_plan_is_held_to_its_own_promise, setup),
        cmocka_unit_test_setup(stored_plan_may_call_its_lines_ingredients, setup),
        cmocka_unit_test_setup(stored_plan_is_held_to_the_bodys_targets_if_there_are_any, setup),
        cmocka_unit_test_setup(stored_plan_wins_over_an_inline_one, setup),
        cmocka_unit_test_setup(profile_rules_hold_for_stored_plans_only, setup),
        cmocka_unit_test_setup(profile_gives_reference_intakes, setup),
        cmocka_unit_test_setup(stored_plan_that_is_none_is_refused, setup),
        cmocka_unit_test_setup(bad_fields_are_named, setup),
        cmocka_unit_test_setup(lists_have_limits, setup),
        cmocka_unit_test_setup(requests_are_refused_in_one_shape, setup),
        cmocka_unit_test_setup(body_over_the_limit_is_refused, setup),
        cmocka_unit_test_setup(database_away_is_503_and_leaks_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
