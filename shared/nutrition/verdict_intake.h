/*
 * A nutrient over the days against its Dietary Reference Intake, with what is not known kept in
 * sight: "9.1 ug from 62 % of the weight" is not a shortfall if the rest may hold what is missing.
 * RDA and AI are figures of habit, hence the mean of the days (IOM, DRI: Applications in Dietary
 * Planning, 2003).
 */
#pragma once

#include "shared/nutrition/plan.h"
#include "shared/nutrition/targets.h"

enum intake_state {
    INTAKE_NOT_JUDGED, /* no target, or one that a plan of foods cannot speak to */
    INTAKE_MET,
    INTAKE_SHORT,      /* 2/3 of the target or more */
    INTAKE_VERY_SHORT, /* less than 2/3 */
    INTAKE_UNCLEAR,    /* too much of the weight has no value to say */
    INTAKE_OVER,       /* above an upper limit that counts food */
};
/* "met", "short" ... as in the answer. */
const char *intake_state_key(enum intake_state state);

struct intake_mean {
    enum intake_kind kind;
    enum intake_state state;
    double target, upper; /* 0: none */
    double mean;          /* a day, of what is known: the truth is this or more */
    /* If the unknown weight held as much per gram as the known: an estimate, not a bound. Equal to
     * `mean` where all is known, 0 where nothing is. */
    double estimate;
    double limited;  /* what the upper limit counts, a day: retinol for vitamin A ... */
    double coverage; /* share of the weight with a known value */
};

/* `targets` may be NULL. A plan without days has a mean of 0. */
struct intake_mean intake_mean_of(const struct plan *plan, const struct targets *targets,
                                  enum nutrient nutrient);
/*
 * The nutrient that an upper limit counts: retinol for vitamin A, folic acid for folate, itself for
 * most; NUTRIENT_COUNT where food does not count at all (magnesium, vitamin E, niacin).
 */
enum nutrient intake_limited_nutrient(enum nutrient nutrient);
