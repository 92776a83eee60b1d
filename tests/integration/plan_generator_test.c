/*
 * POST /plan-generator as its callers have it: the released gateway and bootstrap, the real
 * database behind its pooler, bearer tokens, row security. What is refused is in
 * plan_generator_refusals_test.c, who gets which food in plan_generator_people_test.c.
 */
#include "tests/integration/plan_fixture.h"

static const char *const meal_order[] = {"breakfast", "lunch", "dinner", "snack"};
enum { DAYS = 7, MEALS = ARRAY_LEN(meal_order), RECIPES = DAYS * MEALS };

#define FORCED(more) "{\"force_regenerate\":true" more "}"

static void check_meal(const struct json *meal, const char *type)
{
    CHECK_STR("meal", text_at(meal, "meal_type"), str_from_cstr(type));
    assert_true(uuid_is_valid(text_at(meal, "recipe_id")));
    assert_true(text_at(meal, "title").len > 0);
    const struct json *lines = list_at(meal, "ingredients");
    assert_true(lines->count > 0);
    assert_true(list_at(meal, "instructions")->count >= 3);
    assert_true(text_at(list_at(meal, "instructions")->first, "text").len > 0);
    JSON_EACH (line, lines) {
        assert_true(number_at(line, "grams") > 0);
        assert_true(number_at(line, "fdc_id") > 0);
        assert_true(text_at(line, "name").len > 0);
    }
}

static void answer_has_the_fields_of_the_contract(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", bearer(&t.cx, user), (struct str){0},
                &result);
    const struct json *root = answer_read(&t.cx, "empty body", &result, 200);
    CHECK_STR("type", http_result_header(&result, "content-type"), STR("application/json"));
    assert_true(true_at(root, "success"));
    assert_true(uuid_is_valid(text_at(root, "generation_id")));
    assert_true(uuid_is_valid(text_at(root, "plan_id")));
    CHECK_STR("status", text_at(root, "status"), STR("generated"));
    CHECK_STR("message", text_at(root, "message"), STR("Plan ready."));
    CHECK_STR("recipes", text_at(root, "total_recipes"), STR("28"));
    assert_true(number_at(root, "duration_ms") >= 0);
    assert_true(str_has_suffix(text_at(root, "week_theme"), STR(" week")));
    assert_null(json_at(root, "error"));
    const struct json *days = list_at(root, "plan.days");
    CHECK_I64("days", days->count, DAYS);
    JSON_EACH (day, days) {
        size_t at = 0;
        CHECK_I64("meals", list_at(day, "meals")->count, MEALS);
        JSON_EACH (meal, list_at(day, "meals")) {
            check_meal(meal, meal_order[at++]);
        }
    }
}

/* SQL adds up what was stored: a second opinion on what the plan promises. */
static void every_day_keeps_its_targets_as_sql_counts(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){.sex = "male", .energy_kcal = 2345});
    const struct json *root = ask_plan(&t.cx, user, "{}", 200);
    CHECK_NEAR("own energy", number_at(root, "plan.targets.energy_kcal"), 2345, 0);
    static const char off[] =
        "WITH d AS (SELECT plan_data -> 'targets' AS t, calculate_plan_nutrition("
        "  jsonb_build_object('days', jsonb_build_array(day))) AS n"
        "  FROM meal_plans, jsonb_array_elements(plan_data -> 'days') AS day WHERE user_id = "
        "'%.*s')"
        " SELECT count(*) FILTER (WHERE"
        "  abs((n->>'calories')::float8 / (t->>'energy_kcal')::float8 - 1) <= 0.005"
        "  AND abs((n->>'protein')::float8 - (t->>'protein_g')::float8) <= 1"
        "  AND (n->>'fat')::float8 BETWEEN (t#>>'{fat_g,min}')::float8 AND "
        "(t#>>'{fat_g,max}')::float8"
        "  AND (n->>'carbohydrates')::float8 BETWEEN (t#>>'{carbohydrate_g,min}')::float8"
        "   AND (t#>>'{carbohydrate_g,max}')::float8) AS v FROM d";
    CHECK_I64("days that hold",
              db_i64(&owner, NULL, arena_format(t.cx.arena, off, STR_ARG(user)).ptr), DAYS);
}

static void plan_is_saved_with_one_completed_log_row(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    const struct json *root = ask_plan(&t.cx, user, "{\"seed\":41}", 200);
    CHECK_I64("plans", plans_of(&t.cx, user), 1);
    CHECK_I64("rows", logs_of(&t.cx, user, "%"), 1);
    CHECK_I64("saved as told",
              count_of(&t.cx,
                       "SELECT count(*) AS v FROM meal_plans p JOIN user_intake i ON i.id ="
                       " p.intake_id WHERE p.id = '" STR_FMT "' AND p.user_id = '" STR_FMT
                       "' AND generation_id = '" STR_FMT "' AND p.status = 'active' AND seed = 41"
                       " AND week_theme = '" STR_FMT "' AND i.user_id = p.user_id",
                       STR_ARG(text_at(root, "plan_id")), STR_ARG(user),
                       STR_ARG(text_at(root, "generation_id")),
                       STR_ARG(text_at(root, "week_theme"))),
              1);
    CHECK_I64("logged",
              count_of(&t.cx,
                       "SELECT count(*) AS v FROM plan_generation_logs WHERE user_id = '" STR_FMT
                       "' AND generation_id = '" STR_FMT "' AND status = 'completed'"
                       " AND recipes_selected = 28 AND duration_ms >= 0 AND completed_at >="
                       " started_at AND error_message IS NULL AND claude_cost_nanodollars = 0"
                       " AND abs((nutritional_accuracy ->> 'calories_deviation')::float8) <= 0.5"
                       " AND abs((nutritional_accuracy ->> 'protein_deviation')::float8) <= 2"
                       " AND nutritional_accuracy ?& ARRAY['fat_deviation',"
                       " 'carbohydrates_deviation']",
                       STR_ARG(user), STR_ARG(text_at(root, "generation_id"))),
              1);
    CHECK_I64("the answer is what is stored",
              count_of(&t.cx,
                       "SELECT count(*) AS v FROM meal_plans WHERE id = '" STR_FMT
                       "' AND plan_data = $answer$" STR_FMT "$answer$::jsonb",
                       STR_ARG(text_at(root, "plan_id")), STR_ARG(list_at(root, "plan")->span)),
              1);
}

static int64_t plans_seen_by(struct ctx *cx, struct str reader, struct str plan_id)
{
    struct pg_identity identity = {
        .role = PG_ROLE_AUTHENTICATED,
        .claims = arena_format(cx->arena, "{\"sub\":\"" STR_FMT "\"}", STR_ARG(reader)),
    };
    struct str sql =
        arena_format(cx->arena, "SELECT count(*) AS v FROM meal_plans WHERE id = '" STR_FMT "'",
                     STR_ARG(plan_id));
    return db_i64(&pooled, &identity, sql.ptr);
}

static void only_its_owner_reads_a_plan(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct str stranger = guest_add(&t.cx, &(struct guest){0});
    struct str plan = text_at(ask_plan(&t.cx, user, "{}", 200), "plan_id");
    CHECK_I64("owner", plans_seen_by(&t.cx, user, plan), 1);
    CHECK_I64("stranger", plans_seen_by(&t.cx, stranger, plan), 0);
    struct str body = arena_format(t.cx.arena, "{\"meal_plan_id\":\"" STR_FMT "\"}", STR_ARG(plan));
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/nutrition-validator", bearer(&t.cx, stranger), body,
                &result);
    (void)answer_read(&t.cx, "a stranger's plan", &result, 404);
}

static void second_ask_returns_the_plan_that_is_there(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    const struct json *first = ask_plan(&t.cx, user, "{}", 200);
    const struct json *second = ask_plan(&t.cx, user, "{\"seed\":7}", 200);
    CHECK_STR("plan", text_at(second, "plan_id"), text_at(first, "plan_id"));
    CHECK_STR("generation", text_at(second, "generation_id"), text_at(first, "generation_id"));
    CHECK_STR("theme", text_at(second, "week_theme"), text_at(first, "week_theme"));
    assert_true(str_find(text_at(second, "message"), STR("was not applied")) != SIZE_MAX);
    const struct json *third = ask_plan(&t.cx, user, "{}", 200);
    CHECK_STR("message", text_at(third, "message"), STR("That week's plan was ready."));
    CHECK_I64("plans", plans_of(&t.cx, user), 1);
    CHECK_I64("rows", logs_of(&t.cx, user, "%"), 1);
}

static void force_archives_the_plan_that_was_there(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct str first = text_at(ask_plan(&t.cx, user, "{}", 200), "plan_id");
    struct str second = text_at(ask_plan(&t.cx, user, FORCED(""), 200), "plan_id");
    assert_false(str_eq(first, second));
    CHECK_I64("archived",
              count_of(&t.cx,
                       "SELECT count(*) AS v FROM meal_plans WHERE (id, status) IN"
                       " (('" STR_FMT "', 'archived'), ('" STR_FMT "', 'active'))",
                       STR_ARG(first), STR_ARG(second)),
              2);
    CHECK_I64("rows", logs_of(&t.cx, user, "completed"), 2);
}

static void week_starts_on_the_day_asked_for(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    int32_t day = date_of_ms(clock_now_ms()) + 30;
    char date[11];
    date_format(day, date);
    struct str body = arena_format(t.cx.arena, "{\"week_start_date\":\"%s\"}", date);
    const struct json *root = ask_plan(&t.cx, user, body.ptr, 200);
    CHECK_STR("start", text_at(root, "plan.week_start_date"), str_from_cstr(date));
    JSON_EACH (each, list_at(root, "plan.days")) {
        static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday"};
        date_format(day, date);
        CHECK_STR("date", text_at(each, "date"), str_from_cstr(date));
        CHECK_STR("day", text_at(each, "day"), str_from_cstr(names[date_weekday(day)]));
        day++;
    }
    root = ask_plan(&t.cx, user, "{}", 200);
    int32_t today = date_of_ms(clock_now_ms());
    date_format(today + 7 - date_weekday(today), date);
    CHECK_STR("by itself, the next Monday", text_at(root, "plan.week_start_date"),
              str_from_cstr(date));
    CHECK_I64("two weeks, two plans", plans_of(&t.cx, user), 2);
}

static void no_recipe_takes_longer_than_asked(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    (void)ask_plan(&t.cx, user, "{\"preferences\":{\"max_prep_time\":10}}", 200);
    static const char slow[] =
        "SELECT count(*) || '/' || count(*) FILTER (WHERE prep_time_minutes > 10 OR"
        " cook_time_minutes > 40) AS v FROM meal_plans p, jsonb_path_query(plan_data,"
        " '$.days[*].meals[*]') m JOIN recipes r ON r.id = (m ->> 'recipe_id')::uuid"
        " WHERE p.user_id = '%.*s'";
    CHECK_STR("recipes, too slow ones",
              db_str(&owner, NULL, arena_format(t.cx.arena, slow, STR_ARG(user)).ptr), STR("28/0"));
}

/* The ids of the recipes served, each once, as JSON strings with commas between. */
static struct str served(struct ctx *cx, const struct json *root, size_t *count)
{
    struct buf ids = buf_in(cx->arena, KIB(8));
    *count = 0;
    JSON_EACH (day, list_at(root, "plan.days")) {
        JSON_EACH (meal, list_at(day, "meals")) {
            const struct json *id = list_at(meal, "recipe_id");
            if (str_find(buf_str(&ids), id->text) == SIZE_MAX) {
                buf_addf(&ids, "%s" STR_FMT, *count == 0 ? "" : ",", STR_ARG(id->span));
                (*count)++;
            }
        }
    }
    return buf_str(&ids);
}

static void excluded_recipes_are_never_served(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    size_t count = 0;
    struct str first = served(&t.cx, ask_plan(&t.cx, user, "{\"seed\":5}", 200), &count);
    struct str body = arena_format(
        t.cx.arena, FORCED(",\"seed\":5,\"preferences\":{\"exclude_recipes\":[" STR_FMT "]}"),
        STR_ARG(first));
    struct str second = served(&t.cx, ask_plan(&t.cx, user, body.ptr, 200), &count);
    struct str id;
    CHECK_I64("recipes", count, RECIPES);
    while (str_split_next(&second, ',', &id)) {
        if (str_find(first, id) != SIZE_MAX) {
            CHECK_FAILED(STR_FMT " was to be left out\n", STR_ARG(id));
        }
    }
}

static void variety_serves_no_recipe_twice_and_its_lack_may(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    size_t fewest = RECIPES, count = 0;
    for (int seed = 1; seed <= 5; seed++) {
        struct str body = arena_format(t.cx.arena, FORCED(",\"seed\":%d"), seed);
        const struct json *root = ask_plan(&t.cx, user, body.ptr, 200);
        (void)served(&t.cx, root, &count);
        CHECK_I64("different recipes", count, RECIPES);
        CHECK_NEAR("as told", number_at(root, "plan.unique_recipes"), RECIPES, 0);
        body = arena_format(
            t.cx.arena, FORCED(",\"seed\":%d,\"preferences\":{\"enforce_variety\":false}"), seed);
        root = ask_plan(&t.cx, user, body.ptr, 200);
        (void)served(&t.cx, root, &count);
        CHECK_NEAR("as told", number_at(root, "plan.unique_recipes"), (double)count, 0);
        fewest = count < fewest ? count : fewest;
    }
    assert_true(fewest < RECIPES);
}

static void same_seed_gives_the_same_plan(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct str one = list_at(ask_plan(&t.cx, user, FORCED(",\"seed\":9"), 200), "plan")->span;
    struct str same = list_at(ask_plan(&t.cx, user, FORCED(",\"seed\":9"), 200), "plan")->span;
    struct str other = list_at(ask_plan(&t.cx, user, FORCED(",\"seed\":10"), 200), "plan")->span;
    assert_true(str_eq(one, same));
    assert_false(str_eq(one, other));
}

static void wishes_show_in_the_plan(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    double protein = number_at(ask_plan(&t.cx, user, "{}", 200), "plan.targets.protein_g");
    const struct json *root =
        ask_plan(&t.cx, user,
                 FORCED(",\"special_requests\":[\"no pasta, please\"],\"preferences\":"
                        "{\"focus_macros\":[\"protein\"],\"mood_override\":\"rainy\"}"),
                 200);
    CHECK_NEAR("a fifth more", number_at(root, "plan.targets.protein_g"), protein * 1.2, 1);
    CHECK_STR("mood", text_at(root, "plan.mood"), STR("rainy"));
    CHECK_STR("request", list_at(root, "plan.special_requests")->first->text,
              STR("no pasta, please"));
    assert_true(str_has_prefix(text_at(root, "week_theme"), STR("High-protein ")));
}

static void groceries_are_the_week_times_the_household(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0}); /* a household of two */
    const struct json *root = ask_plan(&t.cx, user, "{}", 200);
    double eaten = 0, bought = 0;
    JSON_EACH (day, list_at(root, "plan.days")) {
        JSON_EACH (meal, list_at(day, "meals")) {
            JSON_EACH (line, list_at(meal, "ingredients")) {
                eaten += number_at(line, "grams");
            }
        }
    }
    JSON_EACH (aisle, list_at(root, "plan.wow_layers.grocery_list.items_by_category")) {
        JSON_EACH (item, aisle) {
            bought += number_at(item, "amount");
        }
    }
    CHECK_NEAR("grams", bought, 2 * eaten, 0.01 * eaten);
    CHECK_NEAR("people", number_at(root, "plan.wow_layers.grocery_list.people"), 2, 0);
}

static void word_that_no_food_has_is_told(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user =
        guest_add(&t.cx, &(struct guest){.allergies = "peanit,tree nuts", .dislikes = "mushroom"});
    const struct json *notes = list_at(ask_plan(&t.cx, user, "{}", 200), "plan.notes");
    size_t told = 0;
    JSON_EACH (note, notes) {
        told += str_find(note->text, STR("kept nothing out")) != SIZE_MAX;
        assert_true(str_find(note->text, STR("mushroom")) == SIZE_MAX);
    }
    CHECK_I64("told", told, 1);
}

static void plan_may_be_sent_to_the_validator_as_it_came(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct str plan = list_at(ask_plan(&t.cx, user, "{}", 200), "plan")->span;
    struct str body = arena_format(t.cx.arena,
                                   "{\"plan_data\":" STR_FMT
                                   ",\"targets\":{\"daily_calories\":2000,\"daily_protein\":100,"
                                   "\"daily_fat\":60,\"daily_carbohydrates\":250}}",
                                   STR_ARG(plan));
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/nutrition-validator", bearer(&t.cx, user), body,
                &result);
    const struct json *root = answer_read(&t.cx, "as it came", &result, 200);
    assert_true(number_at(root, "validation.daily_average.calories") > 1000);
}

static void free_tier_gets_one_plan_a_month(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){.tier = "Free"});
    (void)ask_plan(&t.cx, user, "{}", 200);
    (void)ask_plan(&t.cx, user, "{}", 200); /* the plan that is there costs nothing */
    const struct json *root = ask_plan(&t.cx, user, FORCED(""), 429);
    CHECK_STR("code", text_at(root, "error_code"), STR("RATE_LIMITED"));
    CHECK_I64("plans", plans_of(&t.cx, user), 1);
    CHECK_I64("rows", logs_of(&t.cx, user, "%"), 1);
    db_script(&owner,
              arena_format(t.cx.arena,
                           "UPDATE plan_generation_logs SET created_at = date_trunc('month',"
                           " now(), 'UTC') - interval '1 second' WHERE user_id = '" STR_FMT "'",
                           STR_ARG(user))
                  .ptr);
    (void)ask_plan(&t.cx, user, FORCED(""), 200);
}

/* Two requests at the same time, each on its own connection. */
static void ask_twice(struct ctx *cx, struct str user, const char *body,
                      struct http_result *results)
{
    struct str url = arena_format(cx->arena, "%s/plan-generator", gateway.url);
    struct http_call calls[2];
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        calls[i] = (struct http_call){.method = "POST",
                                      .url = url.ptr,
                                      .authorization = bearer(cx, user),
                                      .body = str_from_cstr(body)};
    }
    http_call_together(cx, calls, ARRAY_LEN(calls), results);
}

enum { RACES = 5 };

static void limit_of_one_holds_for_two_at_once(void **state)
{
    (void)state;
    for (int race = 0; race < RACES; race++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str user = guest_add(&t.cx, &(struct guest){.tier = "Free"});
        struct http_result results[2];
        ask_twice(&t.cx, user, FORCED(""), results);
        size_t winner = results[0].status == 200 ? 0 : 1;
        (void)answer_read(&t.cx, "winner", &results[winner], 200);
        const struct json *root = answer_read(&t.cx, "loser", &results[1 - winner], 429);
        CHECK_STR("code", text_at(root, "error_code"), STR("RATE_LIMITED"));
        CHECK_I64("plans", plans_of(&t.cx, user), 1);
        CHECK_I64("completed", logs_of(&t.cx, user, "completed"), 1);
        CHECK_I64("none is left open", logs_of(&t.cx, user, "started"), 0);
    }
}

static void two_at_once_get_the_same_plan(void **state)
{
    (void)state;
    for (int race = 0; race < RACES; race++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct str user = guest_add(&t.cx, &(struct guest){.tier = "Free"});
        struct http_result results[2];
        ask_twice(&t.cx, user, "{}", results);
        const struct json *one = answer_read(&t.cx, "one", &results[0], 200);
        const struct json *other = answer_read(&t.cx, "other", &results[1], 200);
        CHECK_STR("plan", text_at(one, "plan_id"), text_at(other, "plan_id"));
        CHECK_STR("generation", text_at(one, "generation_id"), text_at(other, "generation_id"));
        CHECK_I64("plans", plans_of(&t.cx, user), 1);
        CHECK_I64("completed", logs_of(&t.cx, user, "completed"), 1);
    }
}

/* One instance serves everybody in turn; what it kept of the one before would show. */
static void warm_instance_answers_as_a_fresh_one(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str a = guest_add(&t.cx, &(struct guest){.diet = "keto", .allergies = "soy,fish"});
    struct str b = guest_add(&t.cx, &(struct guest){.sex = "male", .diet = "vegan"});
    struct gateway shared = gateway;
    struct str plans[2];
    for (int fresh = 0; fresh < 2; fresh++) {
        gateway_start(&gateway, &(struct gateway_options){.database_url = getenv("DATABASE_URL")});
        if (!fresh) {
            (void)ask_plan(&t.cx, a, FORCED(",\"seed\":1,\"special_requests\":[\"of A\"]"), 200);
            (void)ask_plan(&t.cx, a, FORCED(",\"seed\":-1"), 422);
        }
        plans[fresh] = list_at(ask_plan(&t.cx, b, FORCED(",\"seed\":2"), 200), "plan")->span;
        /* a request's report may be written after its answer, but before the next request's */
        struct http_result health;
        gateway_ask(&t.cx, &gateway, "GET", "/plan-generator/health", (struct str){0},
                    (struct str){0}, &health);
        struct str log = gateway_log(&t.cx, &gateway);
        size_t first = str_find(log, STR("Init Duration"));
        assert_true(first != SIZE_MAX);
        log = str_slice(log, first + 1, log.len);
        CHECK_I64("one process", str_find(log, STR("Init Duration")), SIZE_MAX);
        gateway_stop(&gateway);
    }
    gateway = shared;
    assert_true(plans[0].len > KIB(10));
    assert_true(str_eq(plans[0], plans[1]));
}

static void health_tells_database_version_and_commit(void **state)
{
    (void)state;
    static const char *const paths[] = {"/health", "/plan-generator/health",
                                        "/nutrition-validator/health"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_result result;
        gateway_ask(&t.cx, &gateway, "GET", paths[i], (struct str){0}, (struct str){0}, &result);
        const struct json *root = answer_read(&t.cx, paths[i], &result, 200);
        CHECK_STR("status", text_at(root, "status"), STR("healthy"));
        assert_true(true_at(root, "checks.database"));
        assert_true(text_at(root, "version").len > 0);
        assert_true(text_at(root, "commit").len > 0);
        CHECK_I64("timestamp", text_at(root, "timestamp").len, 24);
    }
}

/* What the schedule of template.yaml sends is no HTTP event: the Invoke API brings it. */
static void schedule_is_answered_with_the_health_report(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/2015-03-31/functions/PlanGeneratorFunction/invocations",
                (struct str){0}, STR("{\"source\":\"clambda.schedule\",\"task\":\"health\"}"),
                &result);
    const struct json *root = answer_read(&t.cx, "schedule", &result, 200);
    CHECK_STR("no error", http_result_header(&result, "x-amz-function-error"), STR(""));
    CHECK_STR("status", text_at(root, "status"), STR("healthy"));
    CHECK_STR("function", text_at(root, "function"), STR("plan-generator"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_has_the_fields_of_the_contract),
        cmocka_unit_test(every_day_keeps_its_targets_as_sql_counts),
        cmocka_unit_test(plan_is_saved_with_one_completed_log_row),
        cmocka_unit_test(only_its_owner_reads_a_plan),
        cmocka_unit_test(second_ask_returns_the_plan_that_is_there),
        cmocka_unit_test(force_archives_the_plan_that_was_there),
        cmocka_unit_test(week_starts_on_the_day_asked_for),
        cmocka_unit_test(no_recipe_takes_longer_than_asked),
        cmocka_unit_test(excluded_recipes_are_never_served),
        cmocka_unit_test(variety_serves_no_recipe_twice_and_its_lack_may),
        cmocka_unit_test(same_seed_gives_the_same_plan),
        cmocka_unit_test(wishes_show_in_the_plan),
        cmocka_unit_test(groceries_are_the_week_times_the_household),
        cmocka_unit_test(word_that_no_food_has_is_told),
        cmocka_unit_test(plan_may_be_sent_to_the_validator_as_it_came),
        cmocka_unit_test(free_tier_gets_one_plan_a_month),
        cmocka_unit_test(limit_of_one_holds_for_two_at_once),
        cmocka_unit_test(two_at_once_get_the_same_plan),
        cmocka_unit_test(warm_instance_answers_as_a_fresh_one),
        cmocka_unit_test(health_tells_database_version_and_commit),
        cmocka_unit_test(schedule_is_answered_with_the_health_report),
    };
    return cmocka_run_group_tests(tests, plan_world_open, plan_world_close);
}
