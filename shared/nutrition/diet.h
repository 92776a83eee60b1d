/*
 * Diets as rules a machine can check: classes of food that are out, and numeric limits. Several
 * may hold at once. Sources are named with the rules in diet.c.
 */
#pragma once

#include "shared/nutrition/food_class.h"

#define DIET_LIST(X)                                                                               \
    X(DIET_VEGETARIAN, "vegetarian")                                                               \
    X(DIET_VEGAN, "vegan")                                                                         \
    X(DIET_PESCATARIAN, "pescatarian")                                                             \
    X(DIET_KETO, "keto")                                                                           \
    X(DIET_PALEO, "paleo")                                                                         \
    X(DIET_PCOS, "pcos")                                                                           \
    X(DIET_GLUTEN_FREE, "gluten_free")                                                             \
    X(DIET_DAIRY_FREE, "dairy_free")                                                               \
    X(DIET_NUT_FREE, "nut_free") /* tree nuts and peanuts */                                       \
    X(DIET_HALAL, "halal")

enum diet {
#define DIET_ENUM(name, key) name,
    DIET_LIST(DIET_ENUM)
#undef DIET_ENUM
        DIET_COUNT
};
#define DIET_BIT(d) (1U << (d))
typedef uint32_t diet_set;

const char *diet_key(enum diet diet);
/*
 * Adds the diet of that name; "omnivore" adds none; case, '-' and ' ' for '_' do not matter.
 *
 * ERR_INVALID  no such diet; the words name it and are public
 */
enum status diet_set_add(struct ctx *cx, diet_set *diets, struct str name) MUST_CHECK;

/* All classes of food the diets forbid. */
food_class_set diet_set_forbids(diet_set diets);
/* The first diet of the set that forbids a class of `contains`; DIET_COUNT if none does. */
enum diet diet_set_breach(diet_set diets, food_class_set contains, enum food_class *breached);
