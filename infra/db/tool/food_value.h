/*
 * Values that both food loaders read, checked where the file's line is known.
 */
#pragma once

#include "infra/db/tool/csv.h"

/* A positive whole number of 31 bits: fdc_id, nutrient id, category id. */
enum status food_id_read(struct ctx *cx, const struct csv *csv, size_t column,
                         uint64_t *id) MUST_CHECK;
/* A description of 1 to 500 characters. */
enum status food_description_check(struct ctx *cx, const struct csv *csv,
                                   struct str text) MUST_CHECK;
/* YYYY-MM-DD of a day that exists, or nothing. */
enum status food_date_check(struct ctx *cx, const struct csv *csv, struct str text) MUST_CHECK;
/* An amount in 100 g: a decimal number from 0 to a million. */
enum status food_amount_check(struct ctx *cx, const struct csv *csv, struct str text) MUST_CHECK;
