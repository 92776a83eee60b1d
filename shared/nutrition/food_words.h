/*
 * The table of words behind food_class.h: what a phrase shows, and what it proves absent. Data
 * only; food_match.c reads it.
 */
#pragma once

#include "shared/nutrition/food_class.h"

/* Where a rule's `shields` reach beyond its own words. */
enum food_word_reach {
    REACH_SELF,
    REACH_AROUND, /* "vegan cheese", "cheese, vegan": up to 4 words, until a mark or "with" */
    REACH_NEXT,   /* "without milk", "no added sugar" */
};

/*
 * A phrase is singular words with one space between. A comma stands where the text may have one, in
 * USDA's order ("nut, coconut"); such a phrase counts at the start of a text only, where that order
 * is used. Rules whose words lie inside a phrase still count, but for the classes it shields; so
 * "almond milk" need not say that it holds almond. A class both shielded and in `may_contain` is
 * one that the words inside overstate. Elsewhere a phrase does not span a mark: "almonds, milk" is
 * two foods.
 */
struct food_word_rule {
    struct str phrase;
    food_class_set contains, may_contain, shields;
    enum food_word_reach reach;
};

enum { FOOD_PHRASE_WORDS_MAX = 8 };

/* Shielded like a class, so that "or without nuts" and "no-bake" are not read as negations. */
#define FOOD_MODIFIER (1U << 31)

/* Sorted by the phrase's bytes: all phrases of one first word lie together. */
extern const struct food_word_rule food_word_rules[];
extern const size_t food_word_rule_count;
