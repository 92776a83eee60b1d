#include "shared/nutrition/food_class.h"

#include "shared/nutrition/food_match.h"

#include <assert.h>

static_assert(FOOD_CLASS_COUNT < 31, "a set has a bit per class and one for FOOD_MODIFIER");

const char *food_class_key(enum food_class c)
{
    static const char *const keys[FOOD_CLASS_COUNT] = {
#define FOOD_CLASS_KEY(name, key) [name] = (key),
        FOOD_CLASS_LIST(FOOD_CLASS_KEY)
#undef FOOD_CLASS_KEY
    };
    assert(c < FOOD_CLASS_COUNT);
    return keys[c];
}

const char *food_class_words(enum food_class c)
{
    static const char *const words[FOOD_CLASS_COUNT] = {
        [CLASS_MILK] = "milk",
        [CLASS_EGG] = "egg",
        [CLASS_FISH] = "fish",
        [CLASS_CRUSTACEAN] = "crustaceans",
        [CLASS_MOLLUSC] = "molluscs",
        [CLASS_TREE_NUT] = "tree nuts",
        [CLASS_PEANUT] = "peanuts",
        [CLASS_WHEAT] = "wheat",
        [CLASS_GLUTEN] = "gluten",
        [CLASS_SOY] = "soy",
        [CLASS_SESAME] = "sesame",
        [CLASS_CELERY] = "celery",
        [CLASS_MUSTARD] = "mustard",
        [CLASS_LUPIN] = "lupin",
        [CLASS_SULPHITE] = "sulphites",
        [CLASS_MEAT] = "meat",
        [CLASS_POULTRY] = "poultry",
        [CLASS_PORK] = "pork",
        [CLASS_GELATIN] = "gelatin or other animal parts",
        [CLASS_HONEY] = "honey",
        [CLASS_ALCOHOL] = "alcohol",
        [CLASS_GRAIN] = "grains",
        [CLASS_LEGUME] = "legumes",
        [CLASS_ADDED_SUGAR] = "added sugar",
    };
    assert(c < FOOD_CLASS_COUNT);
    return words[c];
}

static void words_note(struct food_classes *classes, food_class_set set, struct str word)
{
    for (; set != 0; set &= set - 1) {
        classes->word[__builtin_ctz(set)] = word;
    }
}

/* A rule's own shield does not hide what the rule says itself. */
static void match_add(struct food_classes *classes, const struct food_block *block, size_t at,
                      const struct food_match *match)
{
    food_class_set hidden =
        food_class_all(block->shields + at, match->words) & ~match->rule->shields;
    food_class_set contains = match->rule->contains & ~hidden & ~classes->contains;
    food_class_set may = match->rule->may_contain & ~hidden & ~classes->contains & ~contains;
    struct str view = food_block_view(block, at, match->words);
    words_note(classes, contains, view);
    words_note(classes, may & ~classes->may_contain, view);
    classes->contains |= contains;
    classes->may_contain = (classes->may_contain | may) & ~contains;
}

void food_classes_scan(struct str text, struct food_classes *classes)
{
    struct food_block block;
    food_block_begin(&block, text);
    while (food_block_next(&block)) {
        for (size_t at = block.from; at < block.to; at++) {
            struct food_match match = {0};
            while (food_match_next(&block, at, &match)) {
                match_add(classes, &block, at, &match);
            }
        }
    }
}
