/*
 * The validator's SQL, by name. It only reads, as the caller, under row security: a stranger's plan
 * is not there.
 */
#pragma once

#include "functions/nutrition-validator/input.h"
#include "shared/auth/auth.h"
#include "shared/catalogue/catalogue.h"

/* What the caller's profile says of the person who eats; any of it may be missing. */
struct eater {
    struct str sex, life_stage; /* empty: not said */
    bool has_birth_date;
    int32_t birth_date;
    double height_cm, weight_kg; /* 0: not said */
    struct str diet_type;
    struct pg_text_array dietary_rules, allergies, dislikes;
};

struct subject {
    struct str plan_data; /* empty if no id was given, or it passes 1 MiB */
    struct eater eater;
};

/*
 * One round trip. `meal_plan_id` empty: only the profile.
 *
 * ERR_NOT_FOUND  no such plan, or not the caller's
 */
enum status subject_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                         struct str meal_plan_id, struct subject *subject) MUST_CHECK;

/* The recipes that a week names, and the foods of those and of its lines. */
struct book_extract {
    struct food_table foods;
    struct recipe_book recipes;
};

/* One round trip; ids that are unknown, or no ids, are left out. */
enum status book_extract_load(struct ctx *cx, struct pg *pg, const struct caller *caller,
                              const struct week_input *week, struct book_extract *book) MUST_CHECK;
