/*
 * What would mend a finding, in one sentence: a food of the plan, grams more or less of it, and in
 * which meal. Only the verdict's own files include this.
 */
#pragma once

#include "shared/nutrition/verdict_build.h"
#include "shared/nutrition/verdict_pick.h"

/* "add 14 g of protein on tuesday: for instance 45 g more tofu, firm in the lunch" */
struct str mend_day(const struct verdict_builder *b, const struct mend_wish *wish);
/* "replace butter in the lunch on tuesday, or choose another recipe" */
struct str mend_line(const struct verdict_builder *b, size_t day, size_t meal, struct str line);
/* A mean that falls short by `gap` a day: the best food of the plan, or that food rarely does it.
 */
struct str mend_intake(const struct verdict_builder *b, enum nutrient nutrient, double gap);
/* A mean or a day (not VERDICT_WEEK) over a limit by `excess` a day: its largest source. */
struct str mend_excess(const struct verdict_builder *b, int day, enum nutrient nutrient,
                       double excess);
