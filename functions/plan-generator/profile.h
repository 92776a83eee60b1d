/*
 * Who the plan is for, as the database knows them, and the step from there to a person whose
 * targets can be computed.
 */
#pragma once

#include "shared/nutrition/food_class.h"
#include "shared/nutrition/targets.h"
#include "shared/pg/pg.h"

struct profile {
    bool has_user, has_intake;
    struct str user_id, intake_id;
    bool has_birth_date;
    int32_t birth_date; /* days since 1970-01-01 */
    struct str sex, life_stage, activity_level;
    double height_cm, weight_kg; /* 0: unknown */
    int streak_days;
    struct str diet_type;
    struct pg_text_array dietary_rules, allergies, dislikes, goals, cultures;
    int own_energy_kcal; /* 0: computed */
    int cooking_minutes; /* 0: no preference */
    int household_size;  /* 0: unknown */
};

/*
 * ERR_INCOMPLETE  fields are missing; each is named, and all of them in the public words
 * ERR_INVALID     a diet, goal or allergy nobody knows
 */
enum status profile_person(struct ctx *cx, const struct profile *profile, int32_t today,
                           struct person *person) MUST_CHECK;

/*
 * Allergies and dislikes, which both keep a food out.
 *
 * ERR_INVALID  more of them than can be held
 */
enum status profile_exclusions(struct ctx *cx, const struct profile *profile,
                               struct exclusions *exclusions) MUST_CHECK;
