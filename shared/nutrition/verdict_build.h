/*
 * What the files of the verdict share: the list that findings are put in, and the groups of rules.
 * Nobody else includes this.
 */
#pragma once

#include "shared/nutrition/verdict.h"

struct verdict_builder {
    struct ctx *cx;
    const struct plan *plan;
    const struct verdict_rules *rules;
    struct finding *items;
    size_t count, cap;
    /* Addresses of the lines that some finding is about: no mend asks for more of what is wrong. */
    uintptr_t *faulty;
    size_t faulty_count;
};

/* Copies the finding; an arena text for its words is the caller's. */
void verdict_add(struct verdict_builder *b, struct finding finding);

/* Allergens and excluded words, diets, foods and recipes nobody knows. Before the others: they ask
 * which lines are faulty. */
void verdict_foods(struct verdict_builder *b);
bool verdict_line_is_faulty(const struct verdict_builder *b, const struct plan_line *line);
/* Fibre, saturated fat, vitamins and minerals: over the week; upper limits and sodium also by day.
 */
void verdict_intakes(struct verdict_builder *b);

/* "14 g", "1850 kcal", "0.62 mg": as many digits as a person wants to read. */
struct str amount_words(struct arena *arena, double amount, enum nutrient nutrient);
