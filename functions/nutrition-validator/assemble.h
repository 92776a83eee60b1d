/*
 * From what the sender says is eaten to a plan that is weighed and added up.
 */
#pragma once

#include "functions/nutrition-validator/store.h"
#include "shared/nutrition/plan.h"

/*
 * A meal with lines is those lines, as eaten; one without is its recipe's lines times its servings.
 * A recipe that the book lacks, or that may not be looked up (`use_recipe_book` false), makes the
 * meal `unknown`. The plan's names point into `week` and `book`.
 */
void plan_assemble(struct ctx *cx, const struct week_input *week, const struct book_extract *book,
                   bool use_recipe_book, struct plan *plan);
