/*
 * FoodData Central's CSV archives, as USDA publishes them, into the food table: food.csv,
 * nutrient.csv, food_nutrient.csv and food_category.csv, and where they are there
 * foundation_food.csv and sr_legacy_food.csv, which list the foods that count (food.csv of
 * Foundation Foods also holds lab samples and superseded versions). Foods of other kinds (branded,
 * survey, samples) are passed over and counted.
 *
 * Energy is 1008, else 2048, else 2047; all three stay as they are too, but for 1008. An absent row
 * and an empty amount mean unknown and store nothing. Foods that are there already are replaced,
 * others left alone.
 *
 * Source: fdc.nal.usda.gov, "Data dictionary of FoodData Central downloadable data".
 */
#pragma once

#include "shared/pg/pg.h"

struct fdc_counts {
    int64_t foods, amounts;                 /* stored */
    int64_t superseded, other_kinds, blank; /* passed over: foods, foods, amounts */
};

/*
 * All of it in one transaction: a fault leaves the table exactly as it was. Shows its progress on
 * standard error unless `quiet`.
 *
 * ERR_NOT_FOUND  a file is missing
 * ERR_INVALID    "file:line: what": not CSV, a column missing, a value that is none, an id that no
 * other file knows, an amount or a food given twice; or no food at all
 */
enum status fdc_load(struct ctx *cx, struct pg *pg, const char *folder, bool quiet,
                     struct fdc_counts *counts) MUST_CHECK;
