/*
 * The schema as its users meet it: through PgBouncer, as the login role, with claims. For each
 * table who sees what and who may change what; the functions; the views; the quota under a race.
 */
#include "tests/integration/db_fixture.h"

#include <pthread.h>

static const struct pg_identity as_admin = {
    .role = PG_ROLE_AUTHENTICATED,
    .claims = STR_INIT("{\"sub\":\"99999999-9999-4999-8999-999999999999\","
                       "\"app_metadata\":{\"role\":\"admin\"}}")};
/* What a user can write into a token: an e-mail address and user_metadata prove nothing. */
static const struct pg_identity as_pretender = {
    .role = PG_ROLE_AUTHENTICATED,
    .claims = STR_INIT("{\"sub\":\"99999999-9999-4999-8999-999999999999\",\"role\":\"admin\","
                       "\"email\":\"root@mealwise.app\",\"user_metadata\":{\"role\":\"admin\"}}")};
static const struct pg_identity as_nobody = {.role = PG_ROLE_AUTHENTICATED};
static const struct pg_identity as_service = {.role = PG_ROLE_SERVICE};

#define PLAN_ID       "44444444-4444-4444-8444-444444444444"
#define GENERATION_ID "55555555-5555-4555-8555-555555555555"
#define RECIPE_ID     "66666666-6666-4666-8666-666666666666"
#define HIDDEN_ID     "77777777-7777-4777-8777-777777777777"

/* Ada has a row in every table that can be somebody's. */
static const char rows_sql[] =
    "INSERT INTO usda_nutrition_data (fdc_id, description, data_type, nutrients) VALUES"
    " (1, 'Oats, plain', 'sr_legacy',"
    "  '{\"1008\":400,\"1003\":10,\"1004\":5,\"1005\":70,\"1079\":8}'),"
    " (2, 'Milk, whole', 'sr_legacy', '{\"1008\":60,\"1003\":3,\"1004\":3.5,\"1005\":5}');"
    "INSERT INTO recipes (id, slug, title, prep_time_minutes, cook_time_minutes, difficulty_level,"
    " cuisine_type, meal_type, status) VALUES"
    " ('" RECIPE_ID
    "', 'porridge', 'Porridge', 5, 5, 'easy', 'british', '{breakfast}', 'published'),"
    " ('" HIDDEN_ID
    "', 'secret', 'Secret', 5, 5, 'easy', 'british', '{breakfast}', 'pending_review');"
    "INSERT INTO recipe_ingredients (recipe_id, position, fdc_id, name, grams) VALUES"
    " ('" RECIPE_ID "', 1, 1, 'oats', 50), ('" RECIPE_ID "', 2, 2, 'milk', 200),"
    " ('" HIDDEN_ID "', 1, 1, 'oats', 1);"
    "INSERT INTO subscription_plans (id, name, price_monthly, price_yearly, plan_generation_limit)"
    " VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'Four', 5, 50, 4),"
    " ('aaaaaaaa-0000-4000-8000-000000000002', 'All', 5, 50, -1);"
    "INSERT INTO users (id, sex) VALUES ('" ADA_ID "', 'female'), ('" BEN_ID "', 'male'),"
    " ('" CAI_ID "', NULL);"
    "INSERT INTO user_intake (id, user_id) VALUES"
    " ('bbbbbbbb-0000-4000-8000-000000000001', '" ADA_ID "');"
    "INSERT INTO subscriptions (user_id, plan_id, status) VALUES"
    " ('" ADA_ID "', 'aaaaaaaa-0000-4000-8000-000000000002', 'active'),"
    " ('" BEN_ID "', 'aaaaaaaa-0000-4000-8000-000000000001', 'active'),"
    " ('" CAI_ID "', 'aaaaaaaa-0000-4000-8000-000000000001', 'canceled');"
    "INSERT INTO meal_plans (id, user_id, week_start_date, plan_data) VALUES"
    " ('" PLAN_ID "', '" ADA_ID "', '2026-03-02', '{}');"
    "INSERT INTO mood_jam_assignments (meal_plan_id, detected_mood) VALUES ('" PLAN_ID "', 'zen');"
    "INSERT INTO grocery_lists (meal_plan_id, user_id, items) VALUES"
    " ('" PLAN_ID "', '" ADA_ID "', '[]');"
    "INSERT INTO user_events (user_id, event_type) VALUES ('" ADA_ID "', 'opened');"
    "INSERT INTO plan_generation_logs (user_id, generation_id, created_at) VALUES"
    " ('" ADA_ID "', '" GENERATION_ID "', now() - interval '40 days');"
    "INSERT INTO failed_plans (user_id, generation_id, failure_stage, failure_reason,"
    " user_blueprint) VALUES ('" ADA_ID "', '" GENERATION_ID "', 'menu', 'none', '{}');"
    "INSERT INTO ai_request_logs (user_id, operation, model, tokens_used, cost_nanodollars, "
    "success)"
    " VALUES ('" ADA_ID "', 'general', 'm', 1550, 8370000, true),"
    " ('" ADA_ID "', 'general', 'm', 10, 0, true);"
    "INSERT INTO error_logs (user_id, error_message) VALUES ('" ADA_ID "', 'broken');"
    "INSERT INTO dreamcut_refiner (id, user_id, content_hash, prompt_version, payload) VALUES"
    " ('ref_abcdefgh_000001', '" ADA_ID "', sha256('x'), '1', '{}');"
    "SELECT refiner_event_add('ref_abcdefgh_000001', 'processing', '{}');";

static int setup(void **state)
{
    if (db_cluster_start(state) != 0) {
        return -1;
    }
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_STATUS(db.cx, migrate(db.cx, db.pg, MIGRATIONS), OK);
    db_script(&db, rows_sql);
    db_close(&db);
    return 0;
}

/* ---- who sees what ---- */

enum { REFUSED = -1 };

/* Rows of Ada's (or everybody's) that each one sees. */
static const struct {
    const char *table;
    int64_t ada, ben, admin;
} tables[] = {
    {"usda_nutrition_data", 2, 2, 2},
    {"recipes", 1, 1, 1},
    {"recipe_ingredients", 2, 2, 2},
    {"subscription_plans", 2, 2, 2},
    {"users WHERE id = '" ADA_ID "'", 1, 0, 0},
    {"user_intake", 1, 0, 0},
    {"subscriptions WHERE user_id = '" ADA_ID "'", 1, 0, 0},
    {"meal_plans", 1, 0, 0},
    {"mood_jam_assignments", 1, 0, 0},
    {"grocery_lists", 1, 0, 0},
    {"user_events", 1, 0, 0},
    {"plan_generation_logs", 1, 0, 1},
    {"ai_request_logs", 2, 0, 2},
    {"failed_plans", 0, 0, 1},
    {"error_logs", 0, 0, 1},
    {"schema_migrations", REFUSED, REFUSED, REFUSED},
    /* model calls: the role llm_gateway's alone (llm_isolation_test.c) */
    {"llm_settings", REFUSED, REFUSED, REFUSED},
    {"llm_tenants", REFUSED, REFUSED, REFUSED},
    {"llm_keys", REFUSED, REFUSED, REFUSED},
    {"llm_budgets", REFUSED, REFUSED, REFUSED},
    {"llm_spend", REFUSED, REFUSED, REFUSED},
    {"llm_holds", REFUSED, REFUSED, REFUSED},
    {"llm_rates", REFUSED, REFUSED, REFUSED},
    {"llm_cache", REFUSED, REFUSED, REFUSED},
    {"llm_replays", REFUSED, REFUSED, REFUSED},
    {"llm_cooldowns", REFUSED, REFUSED, REFUSED},
    {"llm_recordings", REFUSED, REFUSED, REFUSED},
    {"dreamcut_refiner_settings", REFUSED, REFUSED, REFUSED},
    {"dreamcut_refiner", 1, 0, 0},
    {"dreamcut_refiner_events", 1, 0, 0},
};

static void seen_check(struct db *db, const char *table, const char *who,
                       const struct pg_identity *identity, int64_t want)
{
    struct str sql = arena_format(db->cx->arena, "SELECT count(*) AS v FROM public.%s", table);
    struct str name = arena_format(db->cx->arena, "%s as %s", table, who);
    if (want == REFUSED) {
        CHECK_STATUS(db->cx, db_run(db, identity, sql.ptr, NULL), ERR_FORBIDDEN);
    } else {
        CHECK_I64(name.ptr, db_i64(db, identity, sql.ptr), want);
    }
}

static void every_table_shows_each_one_their_own(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        bool shared = tables[i].ben > 0;
        int64_t stranger = tables[i].ben == REFUSED ? REFUSED : shared ? tables[i].ben : 0;
        seen_check(&db, tables[i].table, "ada", &as_ada, tables[i].ada);
        seen_check(&db, tables[i].table, "ben", &as_ben, tables[i].ben);
        seen_check(&db, tables[i].table, "anon", &as_anon, REFUSED);
        seen_check(&db, tables[i].table, "nobody", &as_nobody, stranger);
        seen_check(&db, tables[i].table, "admin", &as_admin, tables[i].admin);
        seen_check(&db, tables[i].table, "pretender", &as_pretender, stranger);
    }
    db_close(&db);
}

static void no_table_is_left_out_or_unforced(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_I64("tables", ARRAY_LEN(tables),
              db_i64(&db, NULL,
                     "SELECT count(*) AS v FROM pg_class WHERE relkind IN ('r', 'p')"
                     " AND relnamespace = 'public'::regnamespace"));
    CHECK_STR("tables without forced row security",
              db_str(&db, NULL,
                     "SELECT COALESCE(string_agg(relname, ' '), '') AS v FROM pg_class"
                     " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
                     " AND NOT (relrowsecurity AND relforcerowsecurity)"),
              STR(""));
    CHECK_STR(
        "foreign keys without an index that begins with them",
        db_str(&db, NULL,
               "SELECT COALESCE(string_agg(conname, ' '), '') AS v FROM pg_constraint AS c"
               " WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS ("
               " SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND"
               " (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)"),
        STR(""));
    db_close(&db);
}

static void the_service_role_sees_everything(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    CHECK_I64("recipes", db_i64(&db, &as_service, "SELECT count(*) AS v FROM public.recipes"), 2);
    CHECK_I64("users", db_i64(&db, &as_service, "SELECT count(*) AS v FROM public.users"), 3);
    CHECK_I64("failed", db_i64(&db, &as_service, "SELECT count(*) AS v FROM public.failed_plans"),
              1);
    db_close(&db);
}

/* ---- who may change what ---- */

static const struct {
    const struct pg_identity *who;
    const char *sql;
    int64_t affected; /* REFUSED: 42501 */
} changes[] = {
    /* another user's rows do not exist */
    {&as_ben, "UPDATE users SET weight_kg = 1000 / 20 WHERE id = '" ADA_ID "'", 0},
    {&as_ben, "UPDATE user_intake SET version = 2", 0},
    {&as_ben, "UPDATE meal_plans SET user_rating = 1", 0},
    {&as_ben, "DELETE FROM meal_plans", 0},
    {&as_ben, "UPDATE grocery_lists SET items = '[]'", 0},
    {&as_ben, "DELETE FROM grocery_lists", 0},
    {&as_ben, "UPDATE mood_jam_assignments SET user_rating = 1", 0},
    {&as_ben, "UPDATE failed_plans SET reviewed = true", 0},
    /* nor can they be made or handed over */
    {&as_ben, "INSERT INTO users (id) VALUES ('88888888-8888-4888-8888-888888888888')", REFUSED},
    {&as_ben, "INSERT INTO user_intake (user_id, version) VALUES ('" ADA_ID "', 7)", REFUSED},
    {&as_ben,
     "INSERT INTO meal_plans (user_id, week_start_date, plan_data)"
     " VALUES ('" ADA_ID "', '2026-04-06', '{}')",
     REFUSED},
    {&as_ben,
     "INSERT INTO grocery_lists (meal_plan_id, user_id, items)"
     " VALUES ('" PLAN_ID "', '" ADA_ID "', '[]')",
     REFUSED},
    {&as_ben, "INSERT INTO user_events (user_id, event_type) VALUES ('" ADA_ID "', 'x')", REFUSED},
    {&as_ada, "UPDATE meal_plans SET user_id = '" BEN_ID "'", REFUSED},
    {&as_ada, "UPDATE user_intake SET user_id = '" BEN_ID "'", REFUSED},
    {&as_ada, "UPDATE users SET id = '88888888-8888-4888-8888-888888888888'", REFUSED},
    /* what a user may not change of their own */
    {&as_ada, "UPDATE users SET current_xp = 9000", REFUSED},
    {&as_ada, "DELETE FROM users", REFUSED},
    {&as_ada, "UPDATE subscriptions SET status = 'active'", REFUSED},
    {&as_ada, "DELETE FROM subscriptions", REFUSED},
    {&as_ada,
     "INSERT INTO subscriptions (user_id, plan_id, status) VALUES"
     " ('" ADA_ID "', 'aaaaaaaa-0000-4000-8000-000000000002', 'active')",
     REFUSED},
    {&as_ada, "UPDATE subscription_plans SET plan_generation_limit = -1", REFUSED},
    {&as_ada, "UPDATE mood_jam_assignments SET detected_mood = 'x'", REFUSED},
    {&as_ada, "UPDATE mood_jam_assignments SET user_rating = 5, play_count = 1", REFUSED},
    {&as_ada, "DELETE FROM mood_jam_assignments", REFUSED},
    {&as_ada, "UPDATE user_events SET event_type = 'y'", REFUSED},
    {&as_ada, "DELETE FROM user_events", REFUSED},
    {&as_ada, "UPDATE recipes SET title = 'x'", REFUSED},
    {&as_ada, "DELETE FROM recipe_ingredients", REFUSED},
    {&as_ada, "DELETE FROM usda_nutrition_data", REFUSED},
    /* logs are written by functions alone */
    {&as_ada,
     "INSERT INTO plan_generation_logs (user_id, generation_id)"
     " VALUES ('" ADA_ID "', gen_random_uuid())",
     REFUSED},
    {&as_ada, "UPDATE plan_generation_logs SET status = 'failed'", REFUSED},
    {&as_ada, "DELETE FROM plan_generation_logs", REFUSED},
    {&as_ada, "INSERT INTO error_logs (error_message) VALUES ('x')", REFUSED},
    {&as_ada,
     "INSERT INTO ai_request_logs (operation, model, success) VALUES ('general', 'm', true)",
     REFUSED},
    {&as_admin, "DELETE FROM plan_generation_logs", REFUSED},
    {&as_admin, "UPDATE failed_plans SET failure_reason = 'x'", REFUSED},
    {&as_anon, "INSERT INTO users (id) VALUES ('" ADA_ID "')", REFUSED},
    /* and what each one may */
    {&as_ada, "UPDATE users SET weight_kg = 64.5, sex = 'female', life_stage = 'lactation_0_6'", 1},
    {&as_ada, "UPDATE user_intake SET diet_type = 'vegan'", 1},
    {&as_ada, "UPDATE mood_jam_assignments SET user_rating = 5", 1},
    {&as_ada, "UPDATE grocery_lists SET completion_percentage = 50", 1},
    {&as_ada, "UPDATE meal_plans SET user_rating = 4", 1},
    {&as_ada,
     "INSERT INTO user_events (user_id, event_type, event_data) VALUES ('" ADA_ID "',"
     " 'recipe_rated', '{\"recipe_id\":\"" RECIPE_ID "\",\"rating\":\"love\"}')",
     1},
    {&as_admin, "UPDATE failed_plans SET reviewed = true, resolution_notes = 'seen'", 1},
};

static void strangers_and_users_change_nothing_that_is_not_theirs(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        /* rolled back, so that changes do not meet each other */
        struct ctx *cx = db.cx;
        struct pg_rows rows = {0};
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, db.pg, changes[i].who, &tx), OK);
        enum status status = pg_exec(cx, &tx, &(struct pg_query){.sql = changes[i].sql}, &rows);
        if (status != (changes[i].affected == REFUSED ? ERR_FORBIDDEN : OK)) {
            CHECK_FAILED("%s\n  %s %s\n", changes[i].sql, status_name(status), cx->err.text);
        }
        if (status == OK) {
            CHECK_I64(changes[i].sql, rows.affected, changes[i].affected);
        }
    }
    db_close(&db);
}

static const struct {
    const char *sqlstate, *sql;
} bad_values[] = {
    {"23514", "UPDATE users SET sex = 'x'"},
    {"23514", "UPDATE users SET sex = 'male', life_stage = 'pregnancy_1'"},
    {"23514", "UPDATE users SET sex = NULL, life_stage = 'pregnancy_1'"},
    {"23514", "UPDATE users SET activity_level = 'lazy'"},
    {"23514", "UPDATE users SET height_cm = 49.9"},
    {"23514", "UPDATE users SET weight_kg = 500.1"},
    {"23514", "UPDATE users SET date_of_birth = '1899-12-31'"},
    {"23514", "UPDATE user_intake SET diet_type = 'carnivore'"},
    {"23514", "UPDATE user_intake SET dietary_rules = '{vegan,pcos}'"},
    {"23514", "UPDATE user_intake SET health_goals = '{fame}'"},
    {"23514", "UPDATE user_intake SET allergies = ARRAY['nuts', NULL]"},
    {"23514", "UPDATE user_intake SET daily_calories = 799"},
    {"23514", "UPDATE user_intake SET daily_calories = 6001"},
    {"23514", "UPDATE user_intake SET household_size = 0"},
    {"23514", "UPDATE user_intake SET cooking_time_preference = 4"},
    {"23514", "UPDATE user_intake SET flavor_preferences = '{\"spicy\": 11}'"},
    {"23514", "UPDATE user_intake SET flavor_preferences = '{\"salty\": 1}'"},
    {"23514", "UPDATE user_intake SET flavor_preferences = '{\"sweet\": \"much\"}'"},
    {"23505", "INSERT INTO user_intake (user_id) VALUES ('" ADA_ID "')"},
    {"23514", "UPDATE subscriptions SET status = 'paused'"},
    {"23505", "INSERT INTO subscriptions (user_id, plan_id, status)"
              " SELECT user_id, plan_id, 'active' FROM subscriptions WHERE user_id = '" ADA_ID "'"},
    {"23514", "UPDATE subscription_plans SET plan_generation_limit = -2"},
    {"23514", "UPDATE recipes SET meal_type = '{brunch}'"},
    {"23514", "UPDATE recipes SET meal_type = '{}'"},
    {"23514", "UPDATE recipes SET difficulty_level = 'trivial'"},
    {"23514", "UPDATE recipes SET slug = 'Bad Slug'"},
    {"23514", "UPDATE recipe_ingredients SET grams = 0"},
    {"23503", "UPDATE recipe_ingredients SET fdc_id = 999"},
    {"23503", "DELETE FROM usda_nutrition_data"},
    {"23514", "UPDATE usda_nutrition_data SET nutrients = '{\"1008\": -1}'"},
    {"23514", "UPDATE usda_nutrition_data SET nutrients = '{\"1087\": \"much\"}'"},
    {"23514", "UPDATE usda_nutrition_data SET data_type = 'branded'"},
    {"428C9", "UPDATE usda_nutrition_data SET calories = 1"},
    {"23505", "INSERT INTO meal_plans (user_id, week_start_date, plan_data)"
              " VALUES ('" ADA_ID "', '2026-03-02', '{}')"},
    {"23514", "UPDATE meal_plans SET user_rating = 6"},
    {"23514", "UPDATE meal_plans SET plan_data = '[]'"},
    {"23514", "UPDATE meal_plans SET completion_percentage = 100.01"},
    {"23503", "UPDATE meal_plans SET intake_id = gen_random_uuid()"},
    {"23503", "INSERT INTO grocery_lists (meal_plan_id, user_id, items)"
              " VALUES ('" PLAN_ID "', '" BEN_ID "', '[]')"},
    {"23514", "UPDATE mood_jam_assignments SET user_rating = 0"},
    {"23514", "INSERT INTO user_events (user_id, event_type, event_data)"
              " VALUES ('" ADA_ID "', 'recipe_rated', '{\"recipe_id\": \"x\"}')"},
    {"23514", "INSERT INTO user_events (user_id, event_type, event_data) VALUES"
              " ('" ADA_ID "', 'recipe_rated', '{\"recipe_id\": \"x\", \"rating\": \"hate\"}')"},
    {"23514", "UPDATE plan_generation_logs SET status = 'completed'"}, /* without completed_at */
    {"23514", "UPDATE plan_generation_logs SET nutritional_accuracy = '{\"a\": \"b\"}'"},
    {"23514", "UPDATE ai_request_logs SET operation = 'chat'"},
    {"23514", "UPDATE error_logs SET severity = 'bad'"},
    /* what would cost every reader its memory */
    {"23514", "UPDATE user_intake SET allergies = ARRAY[repeat('x', 65600)]"},
    {"23514", "UPDATE user_intake SET dislikes = ARRAY[repeat('x', 65600)]"},
    {"23514", "UPDATE user_intake SET cultural_preferences = ARRAY[repeat('x', 65600)]"},
    {"23514", "UPDATE user_intake SET kitchen_equipment = ARRAY[repeat('x', 65600)]"},
    {"23514", "UPDATE user_intake SET dietary_rules = array_fill('vegan'::text, ARRAY[21])"},
    {"23514", "UPDATE user_intake SET health_goals = array_fill('maintenance'::text, ARRAY[21])"},
    {"23514", "UPDATE meal_plans SET plan_data = jsonb_build_object('a', repeat('x', 1048570))"},
    {"23514", "UPDATE grocery_lists SET items = to_jsonb(repeat('x', 1048576))"},
    {"23514", "UPDATE grocery_lists SET items_checked_off = to_jsonb(repeat('x', 1048576))"},
    {"23514", "UPDATE user_events SET event_data = jsonb_build_object('a', repeat('x', 16384))"},
    {"23514", "UPDATE error_logs SET context = jsonb_build_object('a', repeat('x', 65536))"},
    {"23514", "UPDATE failed_plans SET user_blueprint = to_jsonb(repeat('x', 65536))"},
    {"23514", "UPDATE failed_plans SET validation_results = to_jsonb(repeat('x', 1048576))"},
    /* arrays that are no plain lists */
    {"23514", "UPDATE user_intake SET allergies = '[5:6]={milk,egg}'"},
    {"23514", "UPDATE user_intake SET dislikes = '[0:0]={milk}'"},
    {"23514", "UPDATE user_intake SET dietary_rules = '{{vegan},{keto}}'"},
    {"23514", "UPDATE user_intake SET health_goals = '{{weight_loss},{muscle_gain}}'"},
    {"23514", "UPDATE user_intake SET cultural_preferences = '[2:2]={thai}'"},
    {"23514", "UPDATE user_intake SET kitchen_equipment = '[2:2]={wok}'"},
};

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        enum status status = db_run(&db, NULL, bad_values[i].sql, NULL);
        if (status == OK) {
            CHECK_FAILED("accepted: %s\n", bad_values[i].sql);
        }
        CHECK_STR(bad_values[i].sql, str_from_cstr(db.sqlstate),
                  str_from_cstr(bad_values[i].sqlstate));
    }
    db_close(&db);
}

static void a_second_plan_of_a_week_may_be_a_draft(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    db_must(&db, &as_ada,
            "INSERT INTO meal_plans (id, user_id, intake_id, week_start_date, plan_data, status)"
            " VALUES ('dddddddd-0000-4000-8000-000000000001', '" ADA_ID "',"
            " 'bbbbbbbb-0000-4000-8000-000000000001', '2026-03-02', '{}', 'draft')");
    db_must(&db, &as_ada, "DELETE FROM meal_plans WHERE status = 'draft'");
    db_close(&db);
}

static void updated_at_is_the_servers(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    CHECK_STR("updated_at",
              db_str(&db, &as_ada,
                     "UPDATE grocery_lists SET updated_at = '2000-01-01'"
                     " RETURNING updated_at > '2020-01-01' AS v"),
              STR("t"));
    db_close(&db);
}

/* ---- functions ---- */

static void functions_are_closed_to_the_public(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_I64("functions",
              db_i64(&db, NULL,
                     "SELECT count(*) AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace"
                     " AND proname NOT LIKE 'llm\\_%'"),
              23);
    CHECK_STR("functions of model calls that users or service_role may call",
              db_str(&db, NULL,
                     "SELECT COALESCE(string_agg(proname, ' '), '') AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'llm\\_%'"
                     " AND (has_function_privilege('authenticated', oid, 'EXECUTE')"
                     " OR has_function_privilege('service_role', oid, 'EXECUTE'))"),
              STR(""));
    CHECK_STR("functions that anon may call",
              db_str(&db, NULL,
                     "SELECT COALESCE(string_agg(proname, ' '), '') AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace"
                     " AND has_function_privilege('anon', oid, 'EXECUTE')"),
              STR(""));
    CHECK_STR("functions with owner rights and a search path",
              db_str(&db, NULL,
                     "SELECT COALESCE(string_agg(proname, ' '), '') AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
                     " AND NOT COALESCE(proconfig, '{}') @> ARRAY['search_path=\"\"']"),
              STR(""));
    CHECK_I64("functions with owner rights",
              db_i64(&db, NULL,
                     "SELECT count(*) AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace AND prosecdef"),
              15);
    db_close(&db);
    db_open(&db, cluster.url);
    CHECK_STATUS(db.cx, db_run(&db, &as_anon, "SELECT public.plan_quota()", NULL), ERR_FORBIDDEN);
    CHECK_STATUS(db.cx, db_run(&db, &as_nobody, "SELECT public.plan_quota()", NULL), ERR_FORBIDDEN);
    CHECK_STATUS(db.cx,
                 db_run(&db, &as_nobody, "SELECT public.generation_start(gen_random_uuid())", NULL),
                 ERR_FORBIDDEN);
    db_close(&db);
}

#define RUN_ID "abababab-0000-4000-8000-000000000001"
#define FINISH "SELECT public.generation_finish('" RUN_ID "', "

static void a_generation_is_finished_once_and_by_its_user(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    db_must(&db, &as_ada, "SELECT public.generation_start('" RUN_ID "')");
    CHECK_STATUS(db.cx, db_run(&db, &as_ada, "SELECT public.generation_start('" RUN_ID "')", NULL),
                 ERR_CONFLICT);
    CHECK_STR("open",
              db_str(&db, &as_ada,
                     "SELECT status AS v FROM plan_generation_logs"
                     " WHERE generation_id = '" RUN_ID "'"),
              STR("started"));

    assert_int_not_equal(db_run(&db, &as_ben, FINISH "'completed', 10, 28)", NULL), OK);
    CHECK_STR("another user", str_from_cstr(db.sqlstate), STR("P0002"));
    assert_int_not_equal(db_run(&db, &as_ada, FINISH "'started', 10, 28)", NULL), OK);
    CHECK_STR("no end", str_from_cstr(db.sqlstate), STR("22023"));
    assert_int_not_equal(db_run(&db, &as_ada, FINISH "NULL, 10, 28)", NULL), OK);
    CHECK_STR("no status", str_from_cstr(db.sqlstate), STR("22023"));

    db_must(&db, &as_ada,
            FINISH "'fallback', 840, 28, '{\"calories_deviation\": -3, \"protein_deviation\": 14,"
                   " \"fat_deviation\": -15, \"carbohydrates_deviation\": 2}', NULL, 'no model')");
    CHECK_STR("closed",
              db_str(&db, &as_ada,
                     "SELECT status || ' ' || duration_ms || ' ' || recipes_selected || ' ' ||"
                     " fallback_reason || ' ' || (completed_at IS NOT NULL) AS v"
                     " FROM plan_generation_logs WHERE generation_id = '" RUN_ID "'"),
              STR("fallback 840 28 no model true"));
    assert_int_not_equal(db_run(&db, &as_ada, FINISH "'completed', 10, 28)", NULL), OK);
    CHECK_STR("twice", str_from_cstr(db.sqlstate), STR("P0002"));
    db_close(&db);
}

/* What a process that died left open, seen from the user's next generation. */
static void an_abandoned_generation_is_closed_by_the_next(void **state)
{
    (void)state;
    struct db owner, db;
    db_open(&owner, cluster.admin);
    db_must(
        &owner, NULL,
        "INSERT INTO plan_generation_logs (user_id, generation_id, started_at) VALUES"
        " ('" ADA_ID "', 'acacacac-0000-4000-8000-000000000001', now() - interval '16 minutes'),"
        " ('" ADA_ID "', 'acacacac-0000-4000-8000-000000000002', now() - interval '14 minutes'),"
        " ('" BEN_ID "', 'acacacac-0000-4000-8000-000000000003', now() - interval '16 minutes')");
    db_open(&db, cluster.url);
    db_must(&db, &as_ada, "SELECT public.generation_start('acacacac-0000-4000-8000-000000000004')");
    CHECK_STR("only her own, and only what cannot live",
              db_str(&owner, NULL,
                     "SELECT string_agg(status || coalesce(' ' || error_message, ''), ', ' ORDER BY"
                     " generation_id) AS v FROM plan_generation_logs"
                     " WHERE generation_id::text LIKE 'acacacac-%'"),
              STR("failed abandoned: its process ended, started, started, started"));
    db_must(&owner, NULL,
            "DELETE FROM plan_generation_logs WHERE generation_id::text LIKE 'acacacac-%'");
    db_close(&db);
    db_close(&owner);
}

static void failures_are_recorded_for_ones_own_generations(void **state)
{
    (void)state;
    static const char record[] = "SELECT public.failed_plan_record('" GENERATION_ID "', 'portions',"
                                 " 'energy out of reach', '{\"kcal\": 9000}', NULL)";
    struct db db;
    db_open(&db, cluster.url);
    assert_int_not_equal(db_run(&db, &as_ben, record, NULL), OK);
    CHECK_STR("another's", str_from_cstr(db.sqlstate), STR("P0002"));
    db_must(&db, &as_ada, record);
    CHECK_I64("seen by the user", db_i64(&db, &as_ada, "SELECT count(*) AS v FROM failed_plans"),
              0);
    CHECK_STR(
        "seen by an administrator",
        db_str(&db, &as_admin,
               "SELECT failure_reason AS v FROM failed_plans WHERE failure_stage = 'portions'"),
        STR("energy out of reach"));
    db_must(&db, &as_ada, "SELECT public.error_record('boom', 'critical', '{\"at\": 1}')");
    /* a caller without a row yet */
    db_must(&db, &as_pretender,
            "SELECT public.error_record('', 'warning', NULL, repeat('x', 20000))");
    CHECK_STR("errors",
              db_str(&db, &as_admin,
                     "SELECT string_agg(COALESCE(left(user_id::text, 4), 'none') || ' ' ||"
                     " error_message || ' ' || severity || ' ' ||"
                     " COALESCE(length(error_stack), 0), ', ' ORDER BY id) AS v FROM error_logs"),
              STR("1111 broken error 0, 1111 boom critical 0, none unknown warning 16000"));
    db_close(&db);
}

static struct str quota_of(struct db *db, const struct pg_identity *identity)
{
    return db_str(db, identity,
                  "SELECT concat_ws(' ', plan_limit, used, has_subscription) AS v"
                  " FROM public.plan_quota()");
}

static void quota_counts_this_months_finished_generations(void **state)
{
    (void)state;
    static const struct pg_identity as_cai = AS_USER(CAI_ID);
    struct db db, admin;
    db_open(&db, cluster.url);
    db_open(&admin, cluster.admin);
    CHECK_STR("canceled", quota_of(&db, &as_cai), STR("0 0 f"));
    db_script(&admin,
              "INSERT INTO plan_generation_logs (user_id, generation_id, status, completed_at,"
              " created_at) SELECT '" CAI_ID "', gen_random_uuid(), status,"
              " CASE WHEN status <> 'started' THEN now() END, at FROM (VALUES"
              " ('completed', now()), ('fallback', now()), ('failed', now()), ('started', now()),"
              " ('completed', date_trunc('month', now(), 'UTC')),"
              " ('completed', date_trunc('month', now(), 'UTC') - interval '1 millisecond'))"
              " AS row (status, at);"
              "UPDATE subscriptions SET status = 'active' WHERE user_id = '" CAI_ID "';");
    CHECK_STR("active", quota_of(&db, &as_cai), STR("4 3 t"));
    db_must(&admin, NULL,
            "UPDATE subscriptions SET status = 'trialing' WHERE user_id = '" CAI_ID "'");
    CHECK_STR("only active counts", quota_of(&db, &as_cai), STR("0 3 f"));
    db_close(&admin);
    db_close(&db);
}

static void the_quota_lock_makes_another_transaction_wait(void **state)
{
    (void)state;
    struct db first, second;
    db_open(&first, cluster.url);
    db_open(&second, cluster.url);
    {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(first.cx, pg_tx_begin(first.cx, first.pg, &as_ada, &tx), OK);
        CHECK_STATUS(first.cx,
                     pg_exec(first.cx, &tx,
                             &(struct pg_query){.sql = "SELECT public.plan_quota_lock()"}, NULL),
                     OK);
        second.cx->deadline_ms = clock_now_ms() + 300;
        CHECK_STATUS(second.cx, db_run(&second, &as_ada, "SELECT public.plan_quota_lock()", NULL),
                     ERR_TIMEOUT);
        second.cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
        /* nobody waits for another user's */
        db_must(&second, &as_ben, "SELECT public.plan_quota_lock()");
    }
    db_must(&second, &as_ada, "SELECT public.plan_quota_lock()"); /* the rollback let it go */
    db_close(&second);
    db_close(&first);
}

/* Takes one plan of Ben's four, if there is one left; as the endpoint does. */
static enum status plan_take(struct db *db, bool *taken)
{
    struct ctx *cx = db->cx;
    struct pg_rows rows[2] = {{0}, {0}};
    char id[] = "00000000-0000-0000-0000-000000000000";
    const struct pg_query check[] = {
        {.sql = "SELECT public.plan_quota_lock()"},
        {.sql =
             "SELECT used < plan_limit AS free, gen_random_uuid() AS id FROM public.plan_quota()"},
    };
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, db->pg, &as_ben, &tx));
    TRY(pg_exec_all(cx, &tx, check, ARRAY_LEN(check), rows));
    struct pg_row row = pg_row_at(&rows[1], 0);
    *taken = pg_col_bool(row, "free");
    (void)str_to_cstr(pg_col_str(row, "id"), id, sizeof id);
    TRY(pg_row_status(cx, row));
    if (!*taken) {
        return pg_tx_commit(cx, &tx);
    }
    const struct pg_param params[] = {PG_CSTR(id)};
    const struct pg_query take[] = {
        {"SELECT public.generation_start($1::uuid)", params, 1},
        {"SELECT public.generation_finish($1::uuid, 'completed', 1, 28)", params, 1},
    };
    return pg_exec_commit(cx, &tx, take, ARRAY_LEN(take), NULL);
}

enum { RACERS = 4, TRIES = 4 };

struct racer {
    pthread_t thread;
    enum status status;
    int taken;
};

static void *race(void *object)
{
    struct racer *racer = object;
    struct db db;
    db_open(&db, cluster.url);
    for (int i = 0; i < TRIES && racer->status == OK; i++) {
        bool taken = false;
        racer->status = plan_take(&db, &taken);
        racer->taken += taken;
    }
    db_close(&db);
    return NULL;
}

static void a_race_for_the_quota_ends_at_the_limit(void **state)
{
    (void)state;
    struct racer racers[RACERS] = {0};
    int taken = 0;
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
        CHECK_STR("racer", str_from_cstr(status_name(racers[i].status)), STR("OK"));
        taken += racers[i].taken;
    }
    CHECK_I64("taken", taken, 4);
    struct db db;
    db_open(&db, cluster.url);
    CHECK_STR("quota", quota_of(&db, &as_ben), STR("4 4 t"));
    db_close(&db);
}

static void plans_are_added_up_with_servings_and_unknowns(void **state)
{
    (void)state;
    static const struct {
        const char *name, *plan, *want;
    } cases[] = {
        {"no day, no average", "{\"days\": []}", "0.00 0.00 0.00 0 - [] 0"},
        {"a recipe's lines, unknown fibre of the milk said",
         "{\"days\": [{\"meals\": [{\"recipe_id\": \"" RECIPE_ID "\"}]}]}",
         "320.00 11.00 4.00 1 320.00 [] 200.0"},
        {"servings, days",
         "{\"days\": [{\"meals\": [{\"recipe_id\": \"" RECIPE_ID "\", \"servings\": 1.5}]}, {}]}",
         "480.00 16.50 6.00 2 240.00 [] 300.00"},
        {"grams of the meal's own stand before the recipe's",
         "{\"days\": [{\"meals\": [{\"recipe_id\": \"" RECIPE_ID "\", \"servings\": 3,"
         " \"ingredients\": [{\"fdc_id\": 1, \"grams\": 10}]}]}]}",
         "40.00 1.00 0.80 1 40.00 [] 0"},
        {"unknown recipes are named",
         "{\"days\": [{\"meals\": [{\"recipe_id\": \"" PLAN_ID "\"}, {\"recipe_id\": \"x\"}]}]}",
         "0.00 0.00 0.00 1 0.00 [\"" PLAN_ID "\", \"x\"] 0"},
    };
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str sql = arena_format(
            db.cx->arena,
            "SELECT concat_ws(' ', n -> 'calories', n -> 'protein', n -> 'fiber', n -> 'days',"
            " COALESCE((n -> 'daily_average' -> 'calories')::text, '-'), n -> 'missing_recipes',"
            " n -> 'unknown' -> 'fiber') AS v FROM public.calculate_plan_nutrition('%s') AS n",
            cases[i].plan);
        CHECK_STR(cases[i].name, db_str(&db, &as_ada, sql.ptr), str_from_cstr(cases[i].want));
    }
    static const char *const bad[] = {"{}",
                                      "[]",
                                      "{\"days\": [{\"meals\": [{\"servings\": 0}]}]}",
                                      "{\"days\": [{\"meals\": [{\"servings\": -1}]}]}",
                                      "{\"days\": [{\"meals\": [{\"servings\": \"two\"}]}]}",
                                      "{\"days\": [{\"meals\": [7]}]}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct str sql =
            arena_format(db.cx->arena, "SELECT public.calculate_plan_nutrition('%s')", bad[i]);
        assert_int_not_equal(db_run(&db, &as_ada, sql.ptr, NULL), OK);
        CHECK_STR(bad[i], str_from_cstr(db.sqlstate), STR("22023"));
    }
    db_close(&db);
}

/* ---- views ---- */

static void views_show_what_the_tables_show(void **state)
{
    (void)state;
    static const char *const views[] = {"plan_generation_analytics", "nutrition_accuracy_stats",
                                        "performance_metrics", "ai_cost_summary"};
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        struct str sql =
            arena_format(db.cx->arena, "SELECT count(*) AS v FROM public.%s", views[i]);
        CHECK_STATUS(db.cx, db_run(&db, &as_anon, sql.ptr, NULL), ERR_FORBIDDEN);
        CHECK_I64(views[i], db_i64(&db, &as_nobody, sql.ptr), 0);
        CHECK_I64(views[i], db_i64(&db, &as_pretender, sql.ptr), 0);
        assert_true(db_i64(&db, &as_admin, sql.ptr) > 0);
    }
    /* Ada: one run opened 40 days ago, one fallback today; deviations -3, 14, -15, 2 */
    CHECK_STR(
        "analytics",
        db_str(&db, &as_ada,
               "SELECT string_agg(concat_ws(' ', total_attempts, successful_plans,"
               " failed_plans, fallback_plans, round(avg_duration_ms)), ', ' ORDER BY day) AS v"
               " FROM plan_generation_analytics"),
        STR("1 0 0 0, 1 0 0 1 840"));
    CHECK_STR("accuracy",
              db_str(&db, &as_ada,
                     "SELECT concat_ws(' ', plans_generated, round(avg_calories_deviation),"
                     " round(avg_protein_deviation), round(avg_fat_deviation),"
                     " round(avg_carbohydrates_deviation), plans_within_15_percent) AS v"
                     " FROM nutrition_accuracy_stats"),
              STR("1 3 14 15 2 1"));
    CHECK_STR("performance",
              db_str(&db, &as_ada,
                     "SELECT string_agg(concat_ws(' ', total_requests, successful_requests,"
                     " fallback_requests, failed_requests), ', ' ORDER BY hour) AS v"
                     " FROM performance_metrics"),
              STR("1 0 0 0, 1 0 1 0"));
    CHECK_STR(
        "cost",
        db_str(&db, &as_ada,
               "SELECT concat_ws(' ', requests, total_cost_nanodollars,"
               " round(total_cost_cents, 3), round(avg_cost_per_request, 3), total_tokens) AS v"
               " FROM ai_cost_summary"),
        STR("1 8370000 0.837 0.837 1550"));
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_shows_each_one_their_own),
        cmocka_unit_test(no_table_is_left_out_or_unforced),
        cmocka_unit_test(the_service_role_sees_everything),
        cmocka_unit_test(strangers_and_users_change_nothing_that_is_not_theirs),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(a_second_plan_of_a_week_may_be_a_draft),
        cmocka_unit_test(updated_at_is_the_servers),
        cmocka_unit_test(functions_are_closed_to_the_public),
        cmocka_unit_test(a_generation_is_finished_once_and_by_its_user),
        cmocka_unit_test(an_abandoned_generation_is_closed_by_the_next),
        cmocka_unit_test(views_show_what_the_tables_show),
        cmocka_unit_test(failures_are_recorded_for_ones_own_generations),
        cmocka_unit_test(quota_counts_this_months_finished_generations),
        cmocka_unit_test(the_quota_lock_makes_another_transaction_wait),
        cmocka_unit_test(a_race_for_the_quota_ends_at_the_limit),
        cmocka_unit_test(plans_are_added_up_with_servings_and_unknowns),
    };
    return cmocka_run_group_tests(tests, setup, db_cluster_stop);
}
