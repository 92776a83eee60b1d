/*
 * Seven days: for each a menu and its portions. What a day leaves short, the days after it are
 * asked for, so that the week's mean comes near the intakes even where single days do not.
 */
#pragma once

#include "functions/plan-generator/portions.h"
#include "shared/nutrition/plan.h"

enum { WEEK_DAYS = 7 };

struct week_day {
    int32_t date; /* days since 1970-01-01 */
    struct menu menu;
    struct portions portions;
};

struct week {
    struct week_day days[WEEK_DAYS];
    size_t unique_dishes, cuisines;
    int64_t menu_us, portions_us; /* time spent in each stage */
};

struct week_options {
    int32_t start;
    uint64_t seed;
    bool enforce_variety; /* a dish comes again only where a day misses its numbers */
};

/*
 * The same dishes, targets and options give the same week.
 *
 * ERR_INFEASIBLE  a day cannot be made exact; the words name the day's binding rule
 * ERR_TIMEOUT     the deadline came first
 */
enum status week_build(struct ctx *cx, const struct dish_menu *dishes,
                       const struct targets *targets, const struct week_options *options,
                       struct week *week) MUST_CHECK;

/* The same week as what it weighs, added up: for the verdict and for writing. */
void week_to_plan(struct ctx *cx, const struct week *week, struct plan *plan);

/* "monday"; `date` in days since 1970-01-01. */
const char *weekday_name(int32_t date);
