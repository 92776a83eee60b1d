/*
 * What POST /plan-generator refuses, and how: the one error shape, the path of each bad field,
 * nothing stored, nothing leaked; and a database that goes away and comes back.
 */
#include "infra/db/tool/seed.h"
#include "shared/auth/sign.h"
#include "tests/integration/plan_fixture.h"

#include <signal.h>

#define SEED "infra/db/seed"
enum { BODY_LIMIT = 256 * 1024, ISLAND_TIMEOUT_S = 6 };

/* {"success":false,"error","error_code","status","request_id"} and details, nothing else. */
static void check_error_shape(const struct json *root, int status, const char *code)
{
    size_t members = json_find(root, STR("details")) != NULL ? 6 : 5;
    assert_false(true_at(root, "success"));
    CHECK_STR("code", text_at(root, "error_code"), str_from_cstr(code));
    CHECK_NEAR("status", number_at(root, "status"), status, 0);
    assert_true(text_at(root, "error").len > 0);
    assert_true(uuid_is_valid(text_at(root, "request_id")));
    CHECK_I64("members", root->count, members);
}

static const struct json *refused(struct ctx *cx, const char *name,
                                  const struct http_result *result, int status, const char *code)
{
    const struct json *root = answer_read(cx, name, result, status);
    CHECK_STR("type", http_result_header(result, "content-type"), STR("application/json"));
    check_error_shape(root, status, code);
    return root;
}

static void nothing_stored(struct ctx *cx, struct str user)
{
    CHECK_I64("plans", plans_of(cx, user), 0);
    CHECK_I64("log rows", logs_of(cx, user, "%"), 0);
}

/* ---- bodies --------------------------------------------------------------------------------- */

static const struct bad_body {
    const char *name, *body;
    const char *path;  /* of a detail; NULL: the fault is the body's */
    const char *words; /* in the error, or in the detail's message */
} bad_bodies[] = {
    {"not JSON", "week=1", NULL, "column 1"},
    {"cut off", "{\"seed\":", NULL, "column 9"},
    {"two documents", "{}{}", NULL, "column 3"},
    {"a comment", "{/* all */}", NULL, "column 2"},
    {"a key twice", "{\"seed\":1,\"seed\":2}", NULL, "duplicate key"},
    {"not UTF-8", "{\"seed\":\"\xFF\"}", NULL, "UTF-8"},
    {"an array", "[]", NULL, "an array"},
    {"a string", "\"plan\"", NULL, "a string"},
    {"null", "null", NULL, "null"},
    {"an unknown member", "{\"week_start\":\"2026-12-01\"}", "week_start", "unknown"},
    {"an unknown preference", "{\"preferences\":{\"spicy\":true}}", "preferences.spicy", "unknown"},
    {"a number for a date", "{\"week_start_date\":20261201}", "week_start_date", "date"},
    {"31 February", "{\"week_start_date\":\"2027-02-31\"}", "week_start_date", "date"},
    {"29 February of a common year", "{\"week_start_date\":\"2027-02-29\"}", "week_start_date",
     "date"},
    {"month 13", "{\"week_start_date\":\"2026-13-01\"}", "week_start_date", "date"},
    {"a time with the date", "{\"week_start_date\":\"2026-12-01T00:00:00Z\"}", "week_start_date",
     "date"},
    {"a date far away", "{\"week_start_date\":\"1999-01-04\"}", "week_start_date", "year"},
    {"a string for a flag", "{\"force_regenerate\":\"yes\"}", "force_regenerate", "a string"},
    {"a negative seed", "{\"seed\":-1}", "seed", "0"},
    {"a seed past 2^53", "{\"seed\":9007199254740992}", "seed", "at most 9"},
    {"half a seed", "{\"seed\":1.5}", "seed", "whole"},
    {"requests as a string", "{\"special_requests\":\"soup\"}", "special_requests", "a string"},
    {"an empty request", "{\"special_requests\":[\"soup\",\"\"]}", "special_requests[1]", "empty"},
    {"eleven requests",
     "{\"special_requests\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]}",
     "special_requests", "10"},
    {"preferences as a list", "{\"preferences\":[]}", "preferences", "an array"},
    {"no time to cook", "{\"preferences\":{\"max_prep_time\":4}}", "preferences.max_prep_time",
     "5"},
    {"all day to cook", "{\"preferences\":{\"max_prep_time\":181}}", "preferences.max_prep_time",
     "180"},
    {"a macro nobody knows", "{\"preferences\":{\"focus_macros\":[\"fibre\"]}}",
     "preferences.focus_macros[0]", "protein"},
    {"three macros", "{\"preferences\":{\"focus_macros\":[\"fat\",\"carbs\",\"protein\"]}}",
     "preferences.focus_macros", "2"},
    {"a recipe that is no id", "{\"preferences\":{\"exclude_recipes\":[\"stew\"]}}",
     "preferences.exclude_recipes[0]", "UUID"},
};

static bool detail_has(const struct json *root, const char *path, const char *words)
{
    JSON_EACH (detail, list_at(root, "details")) {
        if (str_eq(text_at(detail, "path"), str_from_cstr(path))) {
            return str_find(text_at(detail, "message"), str_from_cstr(words)) != SIZE_MAX;
        }
    }
    return false;
}

static void bad_bodies_are_refused_with_the_path(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct str authorization = bearer(&t.cx, user);
    for (size_t i = 0; i < ARRAY_LEN(bad_bodies); i++) {
        const struct bad_body *bad = &bad_bodies[i];
        struct http_result result;
        gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", authorization,
                    str_from_cstr(bad->body), &result);
        const struct json *root = refused(&t.cx, bad->name, &result, 422, "VALIDATION_FAILED");
        bool told = bad->path != NULL
                        ? detail_has(root, bad->path, bad->words)
                        : str_find(text_at(root, "error"), str_from_cstr(bad->words)) != SIZE_MAX;
        if (!told) {
            CHECK_FAILED("%s: want \"%s\" at %s: " STR_FMT "\n", bad->name, bad->words,
                         bad->path != NULL ? bad->path : "the body", STR_ARG(result.body));
        }
    }
    nothing_stored(&t.cx, user);
}

static void every_bad_field_is_told_at_once(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    const struct json *root =
        ask_plan(&t.cx, user,
                 "{\"seed\":\"x\",\"week_start_date\":\"2027-04-31\",\"colour\":1,"
                 "\"preferences\":{\"max_prep_time\":true}}",
                 422);
    CHECK_I64("details", list_at(root, "details")->count, 4);
    nothing_stored(&t.cx, user);
}

/* `len` bytes: {} and white space. */
static struct str padded(struct ctx *cx, size_t len)
{
    char *text = arena_alloc(cx->arena, 1, len);
    memset(text, ' ', len);
    text[0] = '{';
    text[len - 1] = '}';
    return (struct str){.ptr = text, .len = len};
}

static void body_limit_is_exact(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", bearer(&t.cx, user),
                padded(&t.cx, BODY_LIMIT + 1), &result);
    (void)refused(&t.cx, "one byte too many", &result, 413, "PAYLOAD_TOO_LARGE");
    nothing_stored(&t.cx, user);
    gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", bearer(&t.cx, user),
                padded(&t.cx, BODY_LIMIT), &result);
    (void)answer_read(&t.cx, "the limit", &result, 200);
}

/* ---- who is asking -------------------------------------------------------------------------- */

static struct str forged(struct ctx *cx, struct str bearer_text)
{
    struct str copy = arena_str_copy(cx->arena, bearer_text);
    char *signature = arena_cstr_copy(cx->arena, copy);
    char *place = strrchr(signature, '.') + 8;
    *place = *place == 'A' ? 'B' : 'A';
    return str_from_cstr(signature);
}

static struct str other_key_s(struct ctx *cx, struct str user)
{
    struct signing_key *key = NULL;
    CHECK_STATUS(cx, signing_key_generate(cx, STR("ES256"), &key), OK);
    return gateway_bearer(cx, &gateway, &(struct token_wish){.user_id = user, .key = key});
}

static void tokens_that_do_not_hold_are_401(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    struct str user = guest_add(cx, &(struct guest){0});
    struct str good = bearer(cx, user);
    const struct {
        const char *name;
        struct str authorization;
    } cases[] = {
        {"none", {0}},
        {"no token", STR("Bearer ")},
        {"not a token", STR("Bearer abc")},
        {"another scheme", STR("Basic YTpi")},
        {"unsigned", STR("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")},
        {"cut short", str_slice(good, 0, good.len - 4)},
        {"signature changed", forged(cx, good)},
        {"another key", other_key_s(cx, user)},
        {"expired",
         gateway_bearer(cx, &gateway, &(struct token_wish){.user_id = user, .expires_in_s = -120})},
        {"another audience",
         gateway_bearer(cx, &gateway,
                        &(struct token_wish){.user_id = user, .audience = STR("other")})},
        {"another issuer",
         gateway_bearer(cx, &gateway,
                        &(struct token_wish){.user_id = user, .issuer = STR("http://other")})},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_result result;
        gateway_ask(cx, &gateway, "POST", "/plan-generator", cases[i].authorization, STR("{}"),
                    &result);
        const struct json *root = refused(cx, cases[i].name, &result, 401, "UNAUTHORIZED");
        CHECK_STR("the same words", text_at(root, "error"),
                  STR("A valid bearer token is required"));
        CHECK_STR("challenge", http_result_header(&result, "www-authenticate"), STR("Bearer"));
    }
    nothing_stored(cx, user);
}

static void tokens_of_other_roles_are_403(void **state)
{
    (void)state;
    static const struct str roles[] = {STR_INIT("anon"), STR_INIT("service_role")};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        struct http_result result;
        struct str token = gateway_bearer(&t.cx, &gateway,
                                          &(struct token_wish){.user_id = user, .role = roles[i]});
        gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", token, STR("{}"), &result);
        (void)refused(&t.cx, roles[i].ptr, &result, 403, "FORBIDDEN");
    }
    nothing_stored(&t.cx, user);
}

static void token_is_asked_for_before_the_body_is_judged(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", (struct str){0}, STR("nonsense"),
                &result);
    (void)refused(&t.cx, "both wrong", &result, 401, "UNAUTHORIZED");
}

/* ---- who may -------------------------------------------------------------------------------- */

static void only_an_active_subscription_counts(void **state)
{
    (void)state;
    static const char *const other[] = {"trialing", "past_due", "canceled"};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        struct str user = guest_add(&t.cx, &(struct guest){.subscription = other[i]});
        check_error_shape(ask_plan(&t.cx, user, "{}", 403), 403, "SUBSCRIPTION_REQUIRED");
        nothing_stored(&t.cx, user);
    }
    struct str nobody = STR("deadbeef-0000-4000-8000-000000000000"); /* a token, no row */
    check_error_shape(ask_plan(&t.cx, nobody, "{}", 403), 403, "SUBSCRIPTION_REQUIRED");
}

static void incomplete_profile_names_what_is_missing(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *root = ask_plan(&t.cx, STR(CAI_ID), "{}", 400);
    check_error_shape(root, 400, "VALIDATION_FAILED");
    CHECK_STR("words", text_at(root, "error"), STR("Incomplete profile: diet_type, date_of_birth"));
    CHECK_I64("details", list_at(root, "details")->count, 2);
    assert_true(detail_has(root, "diet_type", "missing"));
    assert_true(detail_has(root, "date_of_birth", "missing"));
    nothing_stored(&t.cx, STR(CAI_ID));
    struct str user = guest_add(&t.cx, &(struct guest){0});
    db_script(&owner, arena_format(t.cx.arena,
                                   "UPDATE users SET sex = NULL, height_cm = NULL, weight_kg = NULL"
                                   " WHERE id = '%.*s'; DELETE FROM user_intake WHERE user_id ="
                                   " '%.*s'",
                                   STR_ARG(user), STR_ARG(user))
                          .ptr);
    CHECK_STR("the rest", text_at(ask_plan(&t.cx, user, "{}", 400), "error"),
              STR("Incomplete profile: diet_type, sex, height_cm, weight_kg, household_size"));
    nothing_stored(&t.cx, user);
}

/* No week satisfies every rule: the rule is named, the failure is kept, no plan is there. */
static void check_infeasible(struct ctx *cx, const struct guest *guest, const char *words)
{
    struct str user = guest_add(cx, guest);
    const struct json *root = ask_plan(cx, user, "{}", 422);
    check_error_shape(root, 422, "GENERATION_FAILED");
    if (str_find(text_at(root, "error"), str_from_cstr(words)) == SIZE_MAX) {
        CHECK_FAILED("want \"%s\": " STR_FMT "\n", words, STR_ARG(text_at(root, "error")));
    }
    CHECK_I64("plans", plans_of(cx, user), 0);
    CHECK_I64("logged as failed", logs_of(cx, user, "failed"), 1);
    CHECK_I64("nothing else logged", logs_of(cx, user, "%"), 1);
    CHECK_I64("kept for those who mend it",
              count_of(cx,
                       "SELECT count(*) AS v FROM failed_plans WHERE user_id = '" STR_FMT
                       "' AND failure_reason LIKE '%%%s%%' AND user_blueprint ? 'seed'",
                       STR_ARG(user), words),
              1);
}

static void impossible_wishes_name_the_binding_rule(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    check_infeasible(&t.cx,
                     &(struct guest){.diet = "vegan",
                                     .rules = "keto,paleo",
                                     .dislikes = "salt,oil,garlic,onion,tomato,coconut"},
                     "the binding rule, the ");
    check_infeasible(&t.cx, &(struct guest){.sex = "male", .diet = "keto", .energy_kcal = 5000},
                     "the binding rule is ");
}

/* ---- a failure half way -----------------------------------------------------------------------
 */

static void failure_while_saving_closes_the_log_row(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str user = guest_add(&t.cx, &(struct guest){0});
    db_script(&owner,
              arena_format(t.cx.arena,
                           "CREATE FUNCTION public.saving_fails() RETURNS trigger LANGUAGE plpgsql"
                           " AS 'BEGIN RAISE EXCEPTION ''disk full''; END';"
                           "CREATE TRIGGER saving_fails BEFORE INSERT ON meal_plans FOR EACH ROW"
                           " WHEN (NEW.user_id = '" STR_FMT "')"
                           " EXECUTE FUNCTION public.saving_fails()",
                           STR_ARG(user))
                  .ptr);
    struct http_result result;
    gateway_ask(&t.cx, &gateway, "POST", "/plan-generator", bearer(&t.cx, user), STR("{}"),
                &result);
    db_script(&owner, "DROP FUNCTION public.saving_fails() CASCADE");
    check_error_shape(answer_read(&t.cx, "saving", &result, 500), 500, "INTERNAL");
    assert_true(str_find(result.body, STR("disk full")) == SIZE_MAX);
    CHECK_I64("plans", plans_of(&t.cx, user), 0);
    CHECK_I64("closed with its reason",
              count_of(&t.cx,
                       "SELECT count(*) AS v FROM plan_generation_logs l JOIN failed_plans f USING"
                       " (generation_id) WHERE l.user_id = '" STR_FMT "' AND status = 'failed'"
                       " AND failure_stage = 'saving' AND error_message LIKE '%%disk full%%'",
                       STR_ARG(user)),
              1);
}

/* ---- paths and methods ---------------------------------------------------------------------- */

/* An HTTP event past the gateway, which answers 404 itself where template.yaml has no route. */
static void ask_by_event(struct ctx *cx, const char *method, const char *path,
                         const struct json **answer)
{
    struct str event = arena_format(
        cx->arena,
        "{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":\"%s\",\"rawQueryString\":\"\","
        "\"headers\":{},\"requestContext\":{\"http\":{\"method\":\"%s\",\"path\":\"%s\","
        "\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\",\"userAgent\":\"t\"},"
        "\"stage\":\"$default\",\"requestId\":\"r\",\"routeKey\":\"$default\"},"
        "\"isBase64Encoded\":false}",
        path, method, path);
    struct http_result result;
    gateway_ask(cx, &gateway, "POST", "/2015-03-31/functions/PlanGeneratorFunction/invocations",
                (struct str){0}, event, &result);
    *answer = answer_read(cx, path, &result, 200);
}

static void wrong_method_is_405_with_the_right_one(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"GET", "/plan-generator", "POST, OPTIONS"},
        {"DELETE", "/plan-generator", "POST, OPTIONS"},
        {"POST", "/plan-generator/health", "GET, HEAD, OPTIONS"},
        {"PUT", "/health", "GET, HEAD, OPTIONS"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const struct json *answer = NULL;
        const struct json *root = NULL;
        ask_by_event(&t.cx, cases[i].method, cases[i].path, &answer);
        CHECK_NEAR(cases[i].path, number_at(answer, "statusCode"), 405, 0);
        CHECK_STR("allow", text_at(answer, "headers.allow"), str_from_cstr(cases[i].allow));
        CHECK_STATUS(&t.cx, json_read(&t.cx, text_at(answer, "body"), NULL, &root), OK);
        check_error_shape(root, 405, "METHOD_NOT_ALLOWED");
    }
}

static void wrong_method_over_http_is_405(void **state)
{
    (void)state;
    static const char *const paths[] = {"/plan-generator", "/nutrition-validator"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct http_result result;
        gateway_ask(&t.cx, &gateway, "GET", paths[i], (struct str){0}, (struct str){0}, &result);
        check_error_shape(answer_read(&t.cx, paths[i], &result, 405), 405, "METHOD_NOT_ALLOWED");
        CHECK_STR("allow", http_result_header(&result, "allow"), STR("POST, OPTIONS"));
    }
}

static void unknown_path_is_404(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *answer = NULL;
    const struct json *root = NULL;
    ask_by_event(&t.cx, "POST", "/plan-generator/x", &answer);
    CHECK_NEAR("by event", number_at(answer, "statusCode"), 404, 0);
    CHECK_STATUS(&t.cx, json_read(&t.cx, text_at(answer, "body"), NULL, &root), OK);
    check_error_shape(root, 404, "NOT_FOUND");
    static const char *const wrong[][2] = {
        {"POST", "/plan-generator/x"}, {"POST", "/"}, {"PUT", "/health"}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct http_result result;
        gateway_ask(&t.cx, &gateway, wrong[i][0], wrong[i][1], (struct str){0}, (struct str){0},
                    &result);
        CHECK_I64(wrong[i][1], result.status, 404);
        CHECK_STR("API Gateway's words", result.body, STR("{\"message\":\"Not Found\"}"));
    }
}

/* ---- the database away ---------------------------------------------------------------------- */

/* A cluster, a gateway before it, and its owner, beside those that the other tests use. The
 * functions have less time there, so that nobody waits long for a pooler that waits for its server.
 */
struct island {
    struct gateway mainland_gateway;
    struct db mainland_owner;
};

static void island_open(struct island *island)
{
    *island = (struct island){.mainland_gateway = gateway, .mainland_owner = owner};
    assert_int_equal(db_cluster_start(NULL), 0);
    db_open(&owner, cluster.admin);
    struct seed_counts counts;
    CHECK_STATUS(owner.cx, migrate(owner.cx, owner.pg, MIGRATIONS), OK);
    CHECK_STATUS(owner.cx, seed(owner.cx, owner.pg, SEED, &counts), OK);
    gateway_start(&gateway, &(struct gateway_options){.database_url = cluster.url,
                                                      .timeout_s = ISLAND_TIMEOUT_S});
}

static void island_close(struct island *island)
{
    gateway_stop(&gateway);
    db_close(&owner);
    (void)db_cluster_stop(NULL);
    gateway = island->mainland_gateway;
    owner = island->mainland_owner;
}

/* Ends PostgreSQL alone (fast shutdown: SIGINT); the pooler before it stays. */
static void postgres_end(void)
{
    char path[DB_COMMAND_MAX], line[32];
    (void)snprintf(path, sizeof path, "%s/db/pg/postmaster.pid", cluster.folder);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_int_equal(kill((pid_t)strtol(line, NULL, 10), SIGINT), 0);
    for (int i = 0; i < 500 && access(path, F_OK) == 0; i++) {
        (void)usleep(20000);
    }
    assert_int_not_equal(access(path, F_OK), 0);
}

static void check_away(struct ctx *cx, struct str user, const char *how)
{
    struct http_result result;
    gateway_ask(cx, &gateway, "POST", "/plan-generator", bearer(cx, user), STR("{}"), &result);
    (void)refused(cx, how, &result, 503, "DATABASE_ERROR");
    CHECK_STR("retry", http_result_header(&result, "retry-after"), STR("1"));
    CHECK_I64("leaks", str_find(result.body, STR("127.0.0.1")), SIZE_MAX);
    print_message("%s: 503 after %lld ms\n", how, (long long)result.took_us / 1000);
    assert_true(result.took_us < (int64_t)ISLAND_TIMEOUT_S * 1000 * 1000);
    gateway_ask(cx, &gateway, "GET", "/health", (struct str){0}, (struct str){0}, &result);
    const struct json *root = answer_read(cx, how, &result, 503);
    CHECK_STR("health", text_at(root, "status"), STR("degraded"));
    assert_false(true_at(root, "checks.database"));
    assert_true(result.took_us < (int64_t)ISLAND_TIMEOUT_S * 1000 * 1000);
}

static void check_back(struct ctx *cx, struct str user)
{
    struct http_result result;
    assert_int_equal(db_cluster_run("start --fast"), 0);
    (void)ask_plan(cx, user, "{}", 200); /* the very next request */
    gateway_ask(cx, &gateway, "GET", "/health", (struct str){0}, (struct str){0}, &result);
    (void)answer_read(cx, "health", &result, 200);
}

static void database_away_is_503_until_it_is_back(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct island island;
    island_open(&island);
    struct str user = STR(ADA_ID);
    (void)ask_plan(&t.cx, user, "{}", 200); /* a connection that will have died */
    assert_int_equal(db_cluster_run("stop"), 0);
    check_away(&t.cx, user, "pooler and server gone");
    check_away(&t.cx, user, "still gone");
    check_back(&t.cx, user);
    postgres_end();
    check_away(&t.cx, user, "server gone, pooler up");
    check_back(&t.cx, user);
    island_close(&island);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_bodies_are_refused_with_the_path),
        cmocka_unit_test(every_bad_field_is_told_at_once),
        cmocka_unit_test(body_limit_is_exact),
        cmocka_unit_test(tokens_that_do_not_hold_are_401),
        cmocka_unit_test(tokens_of_other_roles_are_403),
        cmocka_unit_test(token_is_asked_for_before_the_body_is_judged),
        cmocka_unit_test(only_an_active_subscription_counts),
        cmocka_unit_test(incomplete_profile_names_what_is_missing),
        cmocka_unit_test(impossible_wishes_name_the_binding_rule),
        cmocka_unit_test(failure_while_saving_closes_the_log_row),
        cmocka_unit_test(wrong_method_is_405_with_the_right_one),
        cmocka_unit_test(wrong_method_over_http_is_405),
        cmocka_unit_test(unknown_path_is_404),
        cmocka_unit_test(database_away_is_503_until_it_is_back),
    };
    return cmocka_run_group_tests(tests, plan_world_open, plan_world_close);
}
