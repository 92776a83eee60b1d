/*
 * What comes with a plan: the week's shopping, what to cook ahead, and challenges. All of it is
 * counted from the plan's grams; nothing is guessed.
 */
#pragma once

#include "functions/plan-generator/week.h"
#include "shared/json/json.h"

struct extras_options {
    int household_size; /* portions of each dish to shop for */
    int streak_days;
};

/* Writes the object "wow_layers": grocery_list, prep_schedule, xp_challenges. */
void extras_write(struct ctx *cx, struct json_writer *w, const struct week *week,
                  const struct plan *plan, const struct extras_options *options);
