/*
 * What the caller wants more of, inside what a day can still hold.
 */
#pragma once

#include "functions/plan-generator/input.h"
#include "shared/nutrition/targets.h"

/*
 * Protein: a fifth more. Fat, carbohydrate: the upper two thirds of the range. Each only as far as
 * the least of all three leaves room; keto's protein and carbohydrate stay as they are.
 */
void focus_apply(const struct plan_preferences *preferences, diet_set diets,
                 struct targets *targets);
