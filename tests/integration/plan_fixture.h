/*
 * What the plan generator's end-to-end tests share: the released gateway before the database that
 * tests/run.sh started, guests put in by the owner, and questions asked as they would ask them.
 */
#pragma once

#include "shared/base/uuid.h"
#include "shared/json/json.h"
#include "tests/integration/db_fixture.h"
#include "tests/support/gateway.h"

static struct gateway gateway;
static struct db owner, pooled;

/* What marks the guests of these tests, so that they can be taken away again. */
#define GUEST_EMAIL "guest@plan-test.example"

/* Fields left NULL or 0 get what the comment says. */
struct guest {
    const char *sex;                          /* 'female' */
    const char *born;                         /* '1990-05-01' */
    int height_cm, weight_kg;                 /* 168, 65 */
    const char *activity;                     /* 'light' */
    const char *diet;                         /* 'omnivore' */
    const char *rules, *allergies, *dislikes; /* arrays without braces: "tree nuts,soy"; none */
    const char *goal;                         /* none */
    int energy_kcal;                          /* computed */
    const char *tier;                         /* 'Family': as many plans as one wants */
    const char *subscription;                 /* 'active' */
};

static inline const char *or_else(const char *given, const char *fallback)
{
    return given != NULL ? given : fallback;
}

/* The new guest's id, in the arena. */
static inline struct str guest_add(struct ctx *cx, const struct guest *guest)
{
    char id[UUID_TEXT_LEN + 1], energy[16] = "NULL";
    uuid_v4(id);
    if (guest->energy_kcal > 0) {
        (void)snprintf(energy, sizeof energy, "%d", guest->energy_kcal);
    }
    struct str people = arena_format(
        cx->arena,
        "INSERT INTO users (id, email, sex, date_of_birth, height_cm, weight_kg, activity_level)"
        " VALUES ('%s', '" GUEST_EMAIL "', '%s', '%s', %d, %d, '%s');",
        id, or_else(guest->sex, "female"), or_else(guest->born, "1990-05-01"),
        guest->height_cm > 0 ? guest->height_cm : 168, guest->weight_kg > 0 ? guest->weight_kg : 65,
        or_else(guest->activity, "light"));
    struct str intake = arena_format(
        cx->arena,
        "INSERT INTO user_intake (user_id, diet_type, dietary_rules, allergies, dislikes,"
        " health_goals, daily_calories, household_size)"
        " VALUES ('%s', '%s', '{%s}', '{%s}', '{%s}', '{%s}', %s, 2);",
        id, or_else(guest->diet, "omnivore"), or_else(guest->rules, ""),
        or_else(guest->allergies, ""), or_else(guest->dislikes, ""), or_else(guest->goal, ""),
        energy);
    struct str tier =
        arena_format(cx->arena,
                     "INSERT INTO subscriptions (user_id, plan_id, status) SELECT '%s', id, '%s'"
                     " FROM subscription_plans WHERE name = '%s';",
                     id, or_else(guest->subscription, "active"), or_else(guest->tier, "Family"));
    db_script(&owner, people.ptr);
    db_script(&owner, intake.ptr);
    db_script(&owner, tier.ptr);
    return arena_str_copy(cx->arena, str_from_cstr(id));
}

static inline struct str bearer(struct ctx *cx, struct str user_id)
{
    return gateway_bearer(cx, &gateway, &(struct token_wish){.user_id = user_id});
}

/* Reads the answer; a status other than `want` fails the test and shows the body. */
static inline const struct json *answer_read(struct ctx *cx, const char *name,
                                             const struct http_result *result, int want)
{
    const struct json *root = NULL;
    if (result->status != want) {
        CHECK_FAILED("%s: HTTP %d, want %d: " STR_FMT "\n", name, result->status, want,
                     STR_ARG(str_slice(result->body, 0, 600)));
    }
    CHECK_STATUS(cx, json_read(cx, result->body, NULL, &root), OK);
    return root;
}

static inline const struct json *ask_plan(struct ctx *cx, struct str user_id, const char *body,
                                          int want)
{
    struct http_result result;
    gateway_ask(cx, &gateway, "POST", "/plan-generator", bearer(cx, user_id), str_from_cstr(body),
                &result);
    return answer_read(cx, body, &result, want);
}

/* "plan.days"; NULL if a step is missing. */
static inline const struct json *json_at(const struct json *root, const char *path)
{
    struct str rest = str_from_cstr(path), step;
    while (root != NULL && str_split_next(&rest, '.', &step)) {
        root = json_find(root, step);
    }
    return root;
}

static inline struct str text_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value != NULL ? value->text : (struct str){0};
}

static inline bool true_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

/* The array or object there; a missing one fails the test. */
static inline const struct json *list_at(const struct json *root, const char *path)
{
    const struct json *value = json_at(root, path);
    if (value == NULL) {
        CHECK_FAILED("%s: missing\n", path);
        abort();
    }
    return value;
}

static inline double number_at(const struct json *root, const char *path)
{
    double value = 0;
    if (!json_is_f64(json_at(root, path), &value)) {
        CHECK_FAILED("%s: no number\n", path);
    }
    return value;
}

/* `format` has one %s place for a user's id. */
PRINTF_LIKE(2, 3)
static inline int64_t count_of(struct ctx *cx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str sql = arena_vformat(cx->arena, format, args);
    va_end(args);
    return db_i64(&owner, NULL, sql.ptr);
}

static inline int64_t plans_of(struct ctx *cx, struct str user_id)
{
    return count_of(cx, "SELECT count(*) AS v FROM meal_plans WHERE user_id = '" STR_FMT "'",
                    STR_ARG(user_id));
}

static inline int64_t logs_of(struct ctx *cx, struct str user_id, const char *status)
{
    return count_of(cx,
                    "SELECT count(*) AS v FROM plan_generation_logs WHERE user_id = '" STR_FMT
                    "' AND status LIKE '%s'",
                    STR_ARG(user_id), status);
}

static inline void guests_remove(void)
{
    db_script(&owner, "DELETE FROM users WHERE email = '" GUEST_EMAIL "'");
}

static inline int plan_world_open(void **state)
{
    (void)state;
    const char *url = getenv("DATABASE_URL"), *admin = getenv("ADMIN_DATABASE_URL");
    if (url == NULL || admin == NULL) {
        print_error("DATABASE_URL and ADMIN_DATABASE_URL: tests/run.sh integration sets them\n");
        return -1;
    }
    db_open(&owner, admin);
    db_open(&pooled, url);
    owner.cx->deadline_ms = pooled.cx->deadline_ms = 0;
    guests_remove();
    gateway_start(&gateway, &(struct gateway_options){.database_url = url});
    return 0;
}

static inline int plan_world_close(void **state)
{
    (void)state;
    gateway_stop(&gateway);
    guests_remove();
    db_close(&pooled);
    db_close(&owner);
    return 0;
}
