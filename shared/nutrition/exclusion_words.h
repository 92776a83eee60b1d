/*
 * The tables behind `exclusions_add`: what people write in a profile, and what they mean by it.
 * Data only; exclusions.c reads it. Words are singular, lower case, without accents.
 */
#pragma once

#include "shared/nutrition/food_class.h"

/* A name of a class. */
struct exclusion_synonym {
    struct str words;
    food_class_set classes;
};
extern const struct exclusion_synonym exclusion_synonyms[];
extern const size_t exclusion_synonym_count;

/* One food under several names: whoever keeps one out keeps out all. Empty: no more names. */
enum { EXCLUSION_NAMESAKES_MAX = 3 };
extern const struct str exclusion_namesakes[][EXCLUSION_NAMESAKES_MAX];
extern const size_t exclusion_namesakes_count;

/* A kind of food, and what belongs to it: whoever keeps the kind out keeps out each. */
struct exclusion_kind {
    struct str words;
    const struct str *members; /* may be the name of a class */
    size_t member_count;
};
extern const struct exclusion_kind exclusion_kinds[];
extern const size_t exclusion_kind_count;

/* Dishes whose "and" or "with" joins no two things to keep out. */
extern const struct str exclusion_joined[];
extern const size_t exclusion_joined_count;

/* How it is said, not what: "severe allergy to nuts", "egg-free", "milk and milk products". */
extern const struct str exclusion_fillers[];
extern const size_t exclusion_filler_count;
