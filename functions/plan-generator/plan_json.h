/*
 * A week as the JSON that is stored in meal_plans.plan_data and sent to the caller.
 */
#pragma once

#include "functions/plan-generator/extras.h"
#include "functions/plan-generator/input.h"
#include "shared/nutrition/verdict.h"

enum { UNHEARD_MAX = 8 };

struct plan_document {
    const struct week *week;
    const struct plan *plan;
    const struct targets *targets;
    const struct verdict *verdict;
    const struct plan_input *input;
    struct extras_options extras;
    uint64_t seed;
    struct str unheard[UNHEARD_MAX]; /* words to keep out that no food is known by */
    size_t unheard_count;
};

enum { PLAN_DATA_MAX_BYTES = 1024 * 1024 };

/* ERR_INTERNAL  more than PLAN_DATA_MAX_BYTES, which no week of ours comes near */
enum status plan_document_write(struct ctx *cx, const struct plan_document *document,
                                struct str *json) MUST_CHECK;

/* Signed percentages of the week's daily mean against the targets, for the log row. */
struct str plan_accuracy(struct ctx *cx, const struct plan *plan, const struct targets *targets);

/* "Thai, Greek and Mexican week", from what is eaten most. */
struct str week_theme(struct ctx *cx, const struct week *week, const struct plan_input *input);
