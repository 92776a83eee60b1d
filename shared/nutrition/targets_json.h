/*
 * Targets as they are kept in a plan's JSON, so that a plan is judged by what it was made for, even
 * after the person has changed.
 *
 *   {"energy_kcal":2000,"protein_g":110,"fat_g":{"min":44.444444444,"max":77.777777778},
 *    "carbohydrate_g":{"min":225,"max":325},"fiber_min_g":28, ...,
 *    "intake":{"vitamin_c":{"kind":"rda","amount":90,"upper":2000}, ...},"notes":["..."]}
 */
#pragma once

#include "shared/json/json.h"
#include "shared/nutrition/targets.h"

/* Writes one object. Members that are 0 ("no such rule") are left out. */
void targets_write(const struct targets *targets, struct json_writer *w);
/*
 * Reads what `targets_write` wrote, to nine decimals; members it does not know are passed over.
 *
 * ERR_INVALID  energy, protein, fat or carbohydrate are missing, or a value is not what it should
 *              be; the words name it and are public, for users may write their own plans
 */
enum status targets_read(struct ctx *cx, const struct json *json,
                         struct targets *targets) MUST_CHECK;
