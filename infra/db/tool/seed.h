/*
 * The project's own data: foods.csv, recipes/(any).json and demo.sql of a folder, all in one
 * transaction, as often as you like: what is there is put back as the files say, the rest is left
 * alone. A recipe's id comes from its slug and stays the same everywhere.
 */
#pragma once

#include "shared/pg/pg.h"

struct seed_counts {
    size_t foods, recipes, recipe_lines;
};

/*
 * ERR_INVALID    a faulty file: "file:line: what", for JSON with the path of the member
 * ERR_NOT_FOUND  a file or the folder is missing
 */
enum status seed(struct ctx *cx, struct pg *pg, const char *folder,
                 struct seed_counts *counts) MUST_CHECK;
