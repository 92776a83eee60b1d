/*
 * The steps of seed.h, in its transaction.
 */
#pragma once

#include "shared/pg/pg.h"

/* foods.csv into the food table. */
enum status seed_foods(struct ctx *cx, struct pg_tx *tx, const char *path,
                       size_t *foods) MUST_CHECK;
/* Every .json file of the folder, in order of their names. The foods must be there before. */
enum status seed_recipes(struct ctx *cx, struct pg_tx *tx, const char *folder, size_t *recipes,
                         size_t *lines) MUST_CHECK;
