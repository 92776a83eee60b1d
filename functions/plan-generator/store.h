/*
 * The plan generator's SQL, by name. Every transaction runs as the caller, under row security.
 */
#pragma once

#include "functions/plan-generator/dish.h"
#include "functions/plan-generator/profile.h"
#include "shared/auth/auth.h"
#include "shared/pg/pg.h"

struct quota {
    bool has_subscription;
    int64_t limit; /* plans a month; -1: unlimited */
    int64_t used;
};

/* A plan that is there already. */
struct saved_plan {
    struct str id; /* empty: none */
    struct str generation_id, week_theme;
    struct str plan_data; /* JSON */
};

/* Everything a generation needs, read in one round trip. */
struct generation_data {
    struct profile profile;
    struct quota quota;
    bool premium_allowed;
    struct saved_plan existing; /* active, of the same week */
    struct taste taste;
    struct food_table foods;
    struct recipe_book recipes;
};

/* `week_start`: days since 1970-01-01. Statuses as pg.h. */
enum status generation_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                            int32_t week_start, struct generation_data *data) MUST_CHECK;

/*
 * Opens the log row of a generation, and closes the caller's that a process left open when it died.
 */
enum status generation_start(struct ctx *cx, struct pg *pg, const struct caller *caller,
                             struct str generation_id) MUST_CHECK;

struct plan_record {
    struct str generation_id, intake_id, week_theme, plan_data, accuracy;
    int32_t week_start;
    int64_t seed;
    int64_t duration_ms;
    int64_t recipes;
    bool replace; /* archive an active plan of the week; else it wins, and nothing is saved */
};

/*
 * Saves the plan and closes the log row, in one transaction that holds the user's quota lock: the
 * limit is checked again under it. `saved->id` is the new plan's, or that of the plan that another
 * request saved first (then `*existed`, and the log row says so). After a failure nothing is saved
 * and the log row is still open.
 *
 * ERR_FORBIDDEN, ERR_RATE_LIMITED  as quota_check: the subscription or the limit ended meanwhile
 */
enum status plan_save(struct ctx *cx, struct pg *pg, const struct caller *caller,
                      const struct plan_record *record, struct saved_plan *saved,
                      bool *existed) MUST_CHECK;

/* Closes the log row as failed and keeps what there was to work with. */
enum status generation_fail(struct ctx *cx, struct pg *pg, const struct caller *caller,
                            struct str generation_id, int64_t duration_ms, const char *stage,
                            struct str reason, struct str blueprint) MUST_CHECK;

/* ERR_FORBIDDEN  no active subscription (SUBSCRIPTION_REQUIRED) */
enum status subscription_check(struct ctx *cx, const struct quota *quota) MUST_CHECK;

/*
 * ERR_FORBIDDEN     as subscription_check
 * ERR_RATE_LIMITED  the month's plans are used up
 */
enum status quota_check(struct ctx *cx, const struct quota *quota) MUST_CHECK;
