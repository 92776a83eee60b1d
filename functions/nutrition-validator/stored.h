/*
 * A plan as `meal_plans.plan_data` keeps it. Its user may have written it, so it is read with the
 * same limits as a body; what else it holds (grocery list, playlists) is passed over.
 */
#pragma once

#include "functions/nutrition-validator/input.h"
#include "shared/nutrition/targets.h"

struct stored_plan {
    struct week_input week;
    const struct json *targets; /* as targets_json.h; NULL: it has none */
};

/*
 * `plan_data` empty: too large to be read.
 *
 * ERR_INVALID  not a plan, or beyond a limit; the words say where and are public
 */
enum status stored_plan_read(struct ctx *cx, struct str plan_data,
                             struct stored_plan *stored) MUST_CHECK;
