/*
 * What a food is, read off its words: allergens (FDA's nine and the EU's fourteen) and the classes
 * that diets forbid. Words are matched as tokens, plural or singular, and phrases shield the words
 * inside them from one class or another: "butternut squash" holds no butter and no nut, "eggplant"
 * no egg, "oat milk" no milk but gluten, "buckwheat" no wheat, "nutmeg" no nut, "coconut" is no
 * tree nut (FDA guidance, edition 5, 2025). A match proves presence; no match proves nothing: never
 * say "safe". A dish's name in a title claims more than its lines hold ("cauliflower risotto"):
 * scan the lines. Sources: FALCPA and the FASTER Act; Regulation (EU) 1169/2011 Annex II; 21 CFR
 * 101.91.
 */
#pragma once

#include "shared/base/ctx.h"

#define FOOD_CLASS_LIST(X)                                                                         \
    X(CLASS_MILK, "milk")                                                                          \
    X(CLASS_EGG, "egg")                                                                            \
    X(CLASS_FISH, "fish")                                                                          \
    X(CLASS_CRUSTACEAN, "crustacean")                                                              \
    X(CLASS_MOLLUSC, "mollusc")                                                                    \
    X(CLASS_TREE_NUT, "tree_nut")                                                                  \
    X(CLASS_PEANUT, "peanut")                                                                      \
    X(CLASS_WHEAT, "wheat")                                                                        \
    X(CLASS_GLUTEN, "gluten")                                                                      \
    X(CLASS_SOY, "soy")                                                                            \
    X(CLASS_SESAME, "sesame")                                                                      \
    X(CLASS_CELERY, "celery")                                                                      \
    X(CLASS_MUSTARD, "mustard")                                                                    \
    X(CLASS_LUPIN, "lupin")                                                                        \
    X(CLASS_SULPHITE, "sulphite")                                                                  \
    X(CLASS_MEAT, "meat") /* red meat of any mammal */                                             \
    X(CLASS_POULTRY, "poultry")                                                                    \
    X(CLASS_PORK, "pork")       /* also CLASS_MEAT */                                              \
    X(CLASS_GELATIN, "gelatin") /* gelatin, lard, suet, rennet, carmine, isinglass */              \
    X(CLASS_HONEY, "honey")                                                                        \
    X(CLASS_ALCOHOL, "alcohol")                                                                    \
    X(CLASS_GRAIN, "grain") /* any cereal, also maize and rice: paleo */                           \
    X(CLASS_LEGUME, "legume")                                                                      \
    X(CLASS_ADDED_SUGAR, "added_sugar")

enum food_class {
#define FOOD_CLASS_ENUM(name, key) name,
    FOOD_CLASS_LIST(FOOD_CLASS_ENUM)
#undef FOOD_CLASS_ENUM
        FOOD_CLASS_COUNT
};
#define CLASS_BIT(c) (1U << (c))
typedef uint32_t food_class_set;

const char *food_class_key(enum food_class c);
/* "tree nuts", for sentences */
const char *food_class_words(enum food_class c);

/* What a text shows. `word[c]` is the view of the text that showed class c, in the graver grade. */
struct food_classes {
    food_class_set contains;
    /* compound foods whose recipes usually hold it: curry paste, stock; never also in `contains` */
    food_class_set may_contain;
    struct str word[FOOD_CLASS_COUNT];
};

/*
 * Adds what `text` shows to `classes` (start from zero); the first word that showed a class in a
 * grade stays. A text is one food, in the order people or USDA write it: a recipe's line, a
 * description. Of any length.
 */
void food_classes_scan(struct str text, struct food_classes *classes);

/*
 * What a person wants kept out: allergen classes, and plain words for the rest ("mushroom",
 * "cilantro"). Built from the profile's free text: "Tree nuts", "dairy", "shellfish", "gluten" and
 * their everyday synonyms become classes (dairy -> milk, shellfish -> crustacean and mollusc, nuts
 * -> tree nut and peanut, gluten -> gluten and wheat, seafood -> fish too); any other word is
 * looked for as it is, as tokens, under its other names too (eggplant, aubergine), with the same
 * protected phrases; a kind ("citrus", "nightshades", "corn") also as what belongs to it. Commas,
 * "and", and words like "allergy to" part one thing from the next. A dislike never widens: "egg"
 * the dislike is the class too, "almonds" is almonds alone.
 */
enum { EXCLUSION_WORDS_MAX = 256 };
struct exclusions {
    food_class_set classes;
    struct str words[EXCLUSION_WORDS_MAX]; /* lower case, views in the arena */
    size_t word_count;
};
/* ERR_INVALID  more than EXCLUSION_WORDS_MAX words; an empty text is passed over */
enum status exclusions_add(struct ctx *cx, struct exclusions *exclusions,
                           struct str text) MUST_CHECK;

/* Why a line is kept out. */
struct exclusion_hit {
    struct str word;  /* the view of the text that matched */
    const char *rule; /* "tree nuts", or NULL if a plain word matched */
    bool may_contain; /* the weaker grade */
};
/* True if `text` (with its `classes` already scanned from it) holds something excluded; both grades
 * exclude. */
bool exclusions_match(const struct exclusions *exclusions, struct str text,
                      const struct food_classes *classes, struct exclusion_hit *hit);
