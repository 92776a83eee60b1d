/*
 * The validator on a real database with the project's own foods and recipes, through the pooler and
 * row security. SQL adds the same recipes up as a second opinion. Who calls is the test's word:
 * tokens have tests of their own.
 */
#include "functions/nutrition-validator/handler.h"

#include "functions/plan-generator/handler.h"
#include "infra/db/tool/seed.h"
#include "tests/integration/db_fixture.h"

#define SEED "infra/db/seed"
/* The seed has people of its own. */
#define EVA_ID      "a4444444-4444-4444-8444-444444444444"
#define DAN_ID      "a5555555-5555-4555-8555-555555555555"
#define PLAN_ID     "e5000000-0000-4000-8000-000000000005"
#define BAD_PLAN_ID "e6000000-0000-4000-8000-000000000006"
#define NO_ID       "e7000000-0000-4000-8000-000000000007"

/* "Bearer <user id>" */
enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)auth;
    (void)now_ms;
    if (!str_skip_prefix(&authorization_header, STR("Bearer "))) {
        return fail(cx, ERR_UNAUTHENTICATED, "no such token");
    }
    *caller = (struct caller){.user_id = authorization_header};
    caller->claims = arena_format(cx->arena, "{\"sub\":\"" STR_FMT "\",\"role\":\"authenticated\"}",
                                  STR_ARG(authorization_header));
    return OK;
}

/* Eva must not eat nuts, and has a plan of four published recipes. */
static const char rows_sql[] =
    "INSERT INTO users (id, sex, date_of_birth) VALUES ('" EVA_ID "', 'female', '1990-05-01'),"
    " ('" DAN_ID "', 'male', NULL);"
    "INSERT INTO user_intake (user_id, diet_type, allergies) VALUES"
    " ('" EVA_ID "', 'omnivore', '{tree nuts}');"
    "INSERT INTO meal_plans (id, user_id, week_start_date, plan_data) SELECT '" PLAN_ID
    "', '" EVA_ID
    "', '2026-03-02', jsonb_build_object('days', jsonb_build_array(jsonb_build_object("
    " 'day', 'monday', 'date', '2026-03-02', 'meals', (SELECT jsonb_agg(jsonb_build_object("
    "  'meal_type', 'lunch', 'recipe_id', id, 'servings', 1.5)) FROM (SELECT id FROM recipes"
    "  WHERE status = 'published' ORDER BY id LIMIT 4) r))), 'wow_layers', '{}'::jsonb);"
    "INSERT INTO meal_plans (id, user_id, week_start_date, plan_data) VALUES"
    " ('" BAD_PLAN_ID "', '" EVA_ID
    "', '2026-03-09', '{\"days\":[{\"meals\":[{\"lines\":[{\"name\":"
    "\"almond butter\",\"fdc_id\":2147483647,\"grams\":10}]}]}]}');";

/* What the four recipes of Eva's plan hold, at one and a half servings. */
#define SUM_SQL(nutrient)                                                                          \
    "SELECT round(sum(1.5 * i.grams * (f.nutrients ->> '" nutrient                                 \
    "')::numeric / 100), 2)::float8::text AS v FROM recipe_ingredients i JOIN usda_nutrition_data" \
    " f USING (fdc_id) WHERE i.recipe_id IN (SELECT id FROM recipes WHERE status = 'published'"    \
    " ORDER BY id LIMIT 4)"

static struct db owner, pooled;

static int start(void **state)
{
    if (db_cluster_start(state) != 0) {
        return -1;
    }
    db_open(&owner, cluster.admin);
    struct seed_counts counts;
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, MIGRATIONS), OK);
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, SEED, &counts), OK);
    db_script(&owner, rows_sql);
    db_open(&pooled, cluster.url);
    return 0;
}

static int stop(void **state)
{
    db_close(&pooled);
    db_close(&owner);
    return db_cluster_stop(state);
}

static const struct json *ask(struct pg *pg, const char *token, struct str body, int *status)
{
    struct ctx *cx = pooled.cx;
    struct http_header headers[] = {
        {.name = STR("authorization"), .value = str_from_cstr(token)},
    };
    struct http_event event = {
        .method = STR("POST"),
        .path = STR("/nutrition-validator"),
        .stage = STR("$default"),
        .body = body,
        .headers = headers,
        .header_count = 1,
    };
    struct services services = {.pg = pg};
    struct http_answer answer;
    cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
    endpoint_answer(cx, &nutrition_validator, &services, &event, clock_now_ms(), &answer);
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, answer.body, NULL, &root), OK);
    *status = answer.status;
    return root;
}

#define TARGETS                                                                                    \
    "\"targets\":{\"daily_calories\":2000,\"daily_protein\":100,\"daily_fat\":70,"                 \
    "\"daily_carbohydrates\":250}"

static double number_of(const struct json *root, const char *group, const char *key)
{
    const struct json *object = json_find(json_find(root, STR("validation")), str_from_cstr(group));
    double value = -1;
    assert_true(json_is_f64(json_find(object, str_from_cstr(key)), &value));
    return value;
}

static void check_sum(const struct json *root, const char *key, const char *sql)
{
    double want = 0;
    assert_true(str_to_f64(db_str(&owner, NULL, sql), &want));
    assert_true(want > 1);
    CHECK_NEAR(key, number_of(root, "total_nutrition", key), want, 0.011);
}

static void stored_plan_adds_up_as_sql_does(void **state)
{
    (void)state;
    int status = 0;
    const struct json *root = ask(pooled.pg, "Bearer " EVA_ID,
                                  STR("{\"meal_plan_id\":\"" PLAN_ID "\"," TARGETS "}"), &status);
    CHECK_I64("status", status, 200);
    check_sum(root, "calories", SUM_SQL("1008"));
    check_sum(root, "protein", SUM_SQL("1003"));
    check_sum(root, "fat", SUM_SQL("1004"));
    check_sum(root, "carbohydrates", SUM_SQL("1005"));
    const struct json *validation = json_find(root, STR("validation"));
    CHECK_I64("nothing is missing", json_find(validation, STR("missing_nutrition_data"))->count, 0);
    const struct json *iron = NULL;
    JSON_EACH (nutrient, json_find(validation, STR("nutrients"))) {
        iron = str_eq(json_find_str(nutrient, STR("key")), STR("iron")) ? nutrient : iron;
    }
    CHECK_STR("her iron", json_find(iron, STR("target"))->text, STR("18"));
}

static void every_published_recipe_is_weighed(void **state)
{
    (void)state;
    struct str ids = db_str(&owner, NULL,
                            "SELECT json_agg(json_build_object('recipe_id', id))::text AS v FROM"
                            " (SELECT id FROM recipes WHERE status = 'published' ORDER BY"
                            " random() LIMIT 12) r");
    struct str body = arena_format(
        pooled.cx->arena, "{\"plan_data\":{\"days\":[{\"meals\":" STR_FMT "}]}," TARGETS "}",
        STR_ARG(ids));
    int status = 0;
    const struct json *root = ask(pooled.pg, "Bearer " DAN_ID, body, &status);
    CHECK_I64("status", status, 200);
    JSON_EACH (nutrient, json_find(json_find(root, STR("validation")), STR("nutrients"))) {
        if (str_eq(json_find_str(nutrient, STR("key")), STR("calories"))) {
            CHECK_STR("energy of all of it", json_find(nutrient, STR("coverage"))->text, STR("1"));
        }
    }
}

static void stranger_gets_404_as_for_no_plan(void **state)
{
    (void)state;
    int theirs = 0;
    int nobodys = 0;
    const struct json *a = ask(pooled.pg, "Bearer " DAN_ID,
                               STR("{\"meal_plan_id\":\"" PLAN_ID "\"," TARGETS "}"), &theirs);
    const struct json *b = ask(pooled.pg, "Bearer " DAN_ID,
                               STR("{\"meal_plan_id\":\"" NO_ID "\"," TARGETS "}"), &nobodys);
    CHECK_I64("theirs", theirs, 404);
    CHECK_I64("nobody's", nobodys, 404);
    CHECK_STR("the same words", json_find_str(a, STR("error")), json_find_str(b, STR("error")));
}

static void profile_allergy_fails_a_stored_plan_with_its_line(void **state)
{
    (void)state;
    int status = 0;
    const struct json *root =
        ask(pooled.pg, "Bearer " EVA_ID, STR("{\"meal_plan_id\":\"" BAD_PLAN_ID "\"," TARGETS "}"),
            &status);
    CHECK_I64("status", status, 200);
    const struct json *validation = json_find(root, STR("validation"));
    size_t allergens = 0;
    JSON_EACH (finding, json_find(validation, STR("findings"))) {
        if (str_eq(json_find_str(finding, STR("rule")), STR("allergen"))) {
            allergens++;
            CHECK_STR("line", json_find_str(json_find(finding, STR("evidence")), STR("line")),
                      STR("almond butter"));
        }
    }
    CHECK_I64("allergens", allergens, 1);
    CHECK_STR("missing", json_find(validation, STR("missing_nutrition_data"))->first->text,
              STR("Food 2147483647"));
}

/* Ada may not eat tree nuts; Ben is vegan, without gluten. Both are the seed's. */
static void generated_plans_keep_their_promise(void **state)
{
    (void)state;
    static const char *const tokens[] = {"Bearer " ADA_ID, "Bearer " BEN_ID};
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        struct ctx *cx = pooled.cx;
        struct http_header header = {.name = STR("authorization"),
                                     .value = str_from_cstr(tokens[i])};
        struct http_event event = {.method = STR("POST"), .headers = &header, .header_count = 1};
        struct services services = {.pg = pooled.pg};
        struct endpoint_call call = {.services = &services, .now_ms = clock_now_ms()};
        const struct http_params none = {0};
        struct http_answer answer = {0};
        const struct json *made = NULL;
        cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
        CHECK_STATUS(cx, plan_generate(cx, &event, &none, &answer, &call), OK);
        CHECK_STATUS(cx, json_read(cx, answer.body, NULL, &made), OK);
        struct str body = arena_format(cx->arena, "{\"meal_plan_id\":\"" STR_FMT "\"}",
                                       STR_ARG(json_find_str(made, STR("plan_id"))));
        int status = 0;
        const struct json *root = ask(pooled.pg, tokens[i], body, &status);
        CHECK_I64(tokens[i], status, 200);
        const struct json *validation = json_find(root, STR("validation"));
        CHECK_STR(tokens[i], json_find(validation, STR("is_valid"))->span, STR("true"));
        CHECK_STR("errors", json_find(validation, STR("errors"))->text, STR("0"));
        CHECK_I64("days", json_find(validation, STR("per_day"))->count, 7);
    }
}

static void database_away_is_503(void **state)
{
    (void)state;
    struct pg *away = pg_new("postgresql://nobody@127.0.0.1:1/none?sslmode=disable");
    int status = 0;
    const struct json *root =
        ask(away, "Bearer " EVA_ID, STR("{\"meal_plan_id\":\"" PLAN_ID "\"," TARGETS "}"), &status);
    CHECK_I64("status", status, 503);
    CHECK_STR("code", json_find_str(root, STR("error_code")), STR("DATABASE_ERROR"));
    pg_free(away);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_plan_adds_up_as_sql_does),
        cmocka_unit_test(every_published_recipe_is_weighed),
        cmocka_unit_test(stranger_gets_404_as_for_no_plan),
        cmocka_unit_test(profile_allergy_fails_a_stored_plan_with_its_line),
        cmocka_unit_test(generated_plans_keep_their_promise),
        cmocka_unit_test(database_away_is_503),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
