/*
 * From a program's grams to those on a kitchen scale: whole grams (tenths under 5 g), coarse where
 * it does not matter, then single-gram steps, one line or a pair at a time, until the day is exact
 * again.
 */
#pragma once

#include "functions/plan-generator/portions.h"

/*
 * Rounds in place and adds up. `may_step[i]`: line i may be moved. True if the displayed grams keep
 * the promise of portions.h and the ranges.
 */
bool portions_round(struct portions *portions, const bool *may_step, const struct targets *targets);
