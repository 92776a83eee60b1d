/*
 * The judgement of a plan: each rule, whether it holds, on which day or over the week, by which
 * numbers, on which evidence, and what would mend it. The generator refuses to save a plan that
 * this does not accept.
 *
 * Errors make a plan invalid: energy, protein, fat and carbohydrate of each day; excluded allergens
 * and foods; diets; nutrients over an upper limit that counts food; foods or recipes nobody knows.
 * Warnings and information do not: vitamins and minerals are habitual figures, judged on the mean
 * of the days against RDA and AI with the share of the weight whose value is known.
 */
#pragma once

#include "shared/nutrition/plan.h"
#include "shared/nutrition/targets.h"

/* What a plan of ours promises of each day, from the displayed grams: 5 per mille of energy, 1 g of
 * protein. */
enum { PROMISE_ENERGY_PER_MILLE = 5, PROMISE_PROTEIN_G = 1 };

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

/* How near a day must come. Zero members mean the plan's own promise: 0.5 % of energy, 1 g of
 * protein. */
struct verdict_tolerance {
    double energy_share;  /* of the target, 0.15 is 15 % */
    double protein_g;     /* absolute */
    double protein_share; /* of the target; used instead of protein_g if above 0 */
    double range_share;   /* widens fat and carbohydrate ranges by this share of their ends */
};

struct verdict_rules {
    const struct targets *targets; /* NULL: only allergens, diets and unknown foods are judged */
    struct verdict_tolerance tolerance;
    diet_set diets;
    const struct exclusions *exclusions; /* NULL: none */
    /* A day off its energy or macronutrients warns instead: for whoever asked for a mean. */
    bool days_advise;
    /* Unknown foods and recipes warn instead: for whoever knows that the book has gaps. */
    bool allow_unknown;
};

enum { VERDICT_WEEK = -1 };
/* Differences below this are the noise of adding up, not of eating. */
#define VERDICT_EPSILON 1e-6

/* One rule that does not hold, or is worth telling. Texts live in the arena. */
struct finding {
    const char *rule; /* "energy", "protein", "fat", "carbohydrates", "net_carbohydrates",
                         "allergen", "diet", "unknown_food", "unknown_recipe", "upper_limit",
                         "intake", "sodium", "saturated_fat", "fiber" */
    enum severity severity;
    int day;                  /* index, or VERDICT_WEEK */
    int meal;                 /* index in the day, or -1 */
    enum nutrient nutrient;   /* NUTRIENT_COUNT where none is meant */
    double actual, min, max;  /* per day, unit of the nutrient; max 0: none */
    double coverage;          /* share of the weight with a known value, 0..1 */
    struct str line, word;    /* the evidence: the ingredient line, the word in it */
    struct str message, mend; /* sentences: what is wrong; the smallest thing that would mend it */
    size_t found;             /* the order of finding them, which sorting keeps among equals */
};

struct verdict {
    struct finding *findings; /* errors first, then by day */
    size_t count, errors, warnings;
};

/* Judges a plan that has been added up. Never fails on the plan's content. */
enum status verdict_reach(struct ctx *cx, const struct plan *plan,
                          const struct verdict_rules *rules, struct verdict *verdict) MUST_CHECK;

/* "error", "warning", "info" */
const char *severity_key(enum severity severity);
/* What to call a day, a meal: its name, else its date, else "day 3"; "lunch", else "meal 2". */
struct str plan_day_words(struct arena *arena, const struct plan *plan, size_t day);
struct str plan_meal_words(struct arena *arena, const struct plan_day *day, size_t meal);

enum { VERDICT_WRITE_MAX = 500 };
/*
 * The findings as a JSON array of {rule, severity, day?, day_index?, meal?, meal_index?, nutrient?,
 * actual?, min?, max?, unit?, coverage?, evidence?{line, word}, message, mend?}; at most
 * VERDICT_WRITE_MAX of them, so that a plan full of faults still fits an answer.
 */
void verdict_write(const struct plan *plan, const struct verdict *verdict, struct json_writer *w);
