/*
 * The body of POST /plan-generator. An empty one means all defaults.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

enum focus { FOCUS_PROTEIN, FOCUS_CARBOHYDRATE, FOCUS_FAT, FOCUS_COUNT };

struct plan_preferences {
    bool enforce_variety;
    int max_prep_minutes;    /* 0: the profile's own */
    const enum focus *focus; /* each at most once */
    size_t focus_count;
    struct str mood;
    const struct str *excluded_recipes;
    size_t excluded_recipe_count;
};

struct plan_input {
    int32_t week_start; /* days since 1970-01-01 */
    const struct str *special_requests;
    size_t special_request_count;
    bool force_regenerate;
    bool has_seed;
    int64_t seed;
    bool has_preferences;
    struct plan_preferences preferences;
};

/*
 * `today` (days since 1970-01-01) gives the default week: the Monday after it. `root` NULL is an
 * empty body.
 *
 * ERR_INVALID  a wrong type, an unknown member, a limit passed, a date that does not exist or lies
 * more than a year away; each field is named
 */
enum status plan_input_read(struct ctx *cx, const struct json *root, int32_t today,
                            struct plan_input *input) MUST_CHECK;
