/*
 * Foods and recipes as they stand in the database, read into the arena for one request. The
 * statements are constants so that a caller may send them with its own in one round trip; what
 * comes back is read here. Row security lets every signed-in user read both.
 */
#pragma once

#include "shared/nutrition/food_class.h"
#include "shared/nutrition/nutrient.h"
#include "shared/pg/pg.h"

struct food_table {
    struct food *foods; /* ascending fdc_id */
    size_t count;
};

/* NULL if it is not there. */
const struct food *food_find(const struct food_table *table, int32_t fdc_id);

/* No parameters: every food that some recipe uses. */
extern const char catalogue_recipe_foods_sql[];
/* $1 integer[]: the foods of these ids; an unknown id gives no row. */
extern const char catalogue_foods_sql[];
/* Reads the rows of either statement. */
enum status catalogue_foods_read(struct ctx *cx, struct pg_rows *rows,
                                 struct food_table *table) MUST_CHECK;

#define MEAL_TYPE_LIST(X)                                                                          \
    X(MEAL_BREAKFAST, "breakfast")                                                                 \
    X(MEAL_LUNCH, "lunch")                                                                         \
    X(MEAL_DINNER, "dinner")                                                                       \
    X(MEAL_SNACK, "snack")

enum meal_type {
#define MEAL_TYPE_ENUM(name, key) name,
    MEAL_TYPE_LIST(MEAL_TYPE_ENUM)
#undef MEAL_TYPE_ENUM
        MEAL_TYPE_COUNT
};
const char *meal_type_key(enum meal_type type);
/* MEAL_TYPE_COUNT if there is no such meal ("dessert" counts as a snack). */
enum meal_type meal_type_of_name(struct str name);

/* One ingredient, in grams for one serving. */
struct recipe_line {
    int32_t fdc_id;
    struct str name;
    double grams;
    const struct food *food;     /* NULL if the food table lacks it */
    struct food_classes classes; /* read off the name and the food's description */
};

struct recipe {
    struct str id, title, cuisine, difficulty;
    unsigned meals; /* bit per enum meal_type */
    int prep_minutes, cook_minutes;
    bool premium;
    double rating;           /* 0..5, 0: none yet */
    struct str instructions; /* JSON: [{"step": 1, "text": "..."}, ...] */
    struct recipe_line *lines;
    size_t line_count;
};

struct recipe_book {
    struct recipe *recipes; /* ascending id */
    size_t count;
};

const struct recipe *recipe_find(const struct recipe_book *book, struct str id);

/* No parameters: every published recipe, one row a recipe, its lines as arrays. */
extern const char catalogue_recipes_sql[];
/* $1 uuid[]: these recipes, whatever their status; an unknown id gives no row. */
extern const char catalogue_recipes_by_id_sql[];
/* Reads the rows of either statement; lines point to `foods`, and their classes are scanned. */
enum status catalogue_recipes_read(struct ctx *cx, struct pg_rows *rows,
                                   const struct food_table *foods,
                                   struct recipe_book *book) MUST_CHECK;
