/*
 * The project's own foods and recipes, read from infra/db/seed into memory as the catalogue would
 * give them: what needs no database is tested without one.
 */
#pragma once

#include "shared/catalogue/catalogue.h"

/* Fails the test with the reason if the files are not what they should be. Run from the root. */
void seed_book_load(struct ctx *cx, struct food_table *foods, struct recipe_book *book);
