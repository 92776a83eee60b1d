#include "functions/plan-generator/profile.h"

#include "shared/base/clock.h"

/* A profile is complete when these are there; the order is the one a person is asked in. */
static void missing_note(struct ctx *cx, struct buf *names, bool missing, const char *name)
{
    if (missing) {
        fail_field(cx, str_from_cstr(name), "is missing from the profile");
        buf_addf(names, "%s%s", names->len == 0 ? "" : ", ", name);
    }
}

static enum status completeness_check(struct ctx *cx, const struct profile *p)
{
    struct buf names = buf_in(cx->arena, KIB(1));
    missing_note(cx, &names, !p->has_intake || p->diet_type.len == 0, "diet_type");
    missing_note(cx, &names, !p->has_birth_date, "date_of_birth");
    missing_note(cx, &names, p->sex.len == 0, "sex");
    missing_note(cx, &names, p->height_cm <= 0, "height_cm");
    missing_note(cx, &names, p->weight_kg <= 0, "weight_kg");
    missing_note(cx, &names, p->household_size < 1, "household_size");
    if (names.len == 0) {
        return OK;
    }
    return fail_public(cx, ERR_INCOMPLETE, "Incomplete profile: " STR_FMT,
                       STR_ARG(buf_str(&names)));
}

static enum status diets_read(struct ctx *cx, const struct profile *profile, diet_set *diets)
{
    TRY(diet_set_add(cx, diets, profile->diet_type));
    for (size_t i = 0; i < profile->dietary_rules.count; i++) {
        TRY(diet_set_add(cx, diets, profile->dietary_rules.items[i]));
    }
    return OK;
}

static enum status goals_read(struct ctx *cx, const struct profile *profile, uint32_t *goals)
{
    for (size_t i = 0; i < profile->goals.count; i++) {
        enum goal goal = GOAL_MAINTENANCE;
        if (!goal_of_name(profile->goals.items[i], &goal)) {
            return fail_public(cx, ERR_INVALID, "health_goals: no goal is called \"" STR_FMT "\"",
                               STR_ARG(str_slice(profile->goals.items[i], 0, 60)));
        }
        *goals |= 1U << goal;
    }
    return OK;
}

enum status profile_person(struct ctx *cx, const struct profile *profile, int32_t today,
                           struct person *person)
{
    TRY(completeness_check(cx, profile));
    *person = (struct person){
        .age_years = date_years_between(profile->birth_date, today),
        .height_cm = profile->height_cm,
        .weight_kg = profile->weight_kg,
        .own_energy_kcal = profile->own_energy_kcal,
    };
    /* The columns are checked lists: an unknown name means that the database is ahead of this code.
     */
    if (!sex_of_name(profile->sex, &person->sex) ||
        !life_stage_of_name(profile->life_stage, &person->life_stage)) {
        return fail(cx, ERR_INTERNAL, "profile: unknown sex or life stage");
    }
    /* An unknown or unsaid activity counts as the least: too little food is told, too much is not.
     */
    if (!activity_of_name(profile->activity_level, &person->activity)) {
        person->activity = ACTIVITY_SEDENTARY;
    }
    TRY(diets_read(cx, profile, &person->diets));
    return goals_read(cx, profile, &person->goals);
}

enum status profile_exclusions(struct ctx *cx, const struct profile *profile,
                               struct exclusions *exclusions)
{
    *exclusions = (struct exclusions){0};
    for (size_t i = 0; i < profile->allergies.count; i++) {
        TRY(exclusions_add(cx, exclusions, profile->allergies.items[i]));
    }
    for (size_t i = 0; i < profile->dislikes.count; i++) {
        TRY(exclusions_add(cx, exclusions, profile->dislikes.items[i]));
    }
    return OK;
}
