#include "shared/nutrition/diet.h"

#include <assert.h>

#define FLESH                                                                                      \
    (CLASS_BIT(CLASS_MEAT) | CLASS_BIT(CLASS_POULTRY) | CLASS_BIT(CLASS_PORK) |                    \
     CLASS_BIT(CLASS_GELATIN))
#define SEAFOOD (CLASS_BIT(CLASS_FISH) | CLASS_BIT(CLASS_CRUSTACEAN) | CLASS_BIT(CLASS_MOLLUSC))

/*
 * Sources: vegetarian and vegan, the definitions of the European Vegetarian Union and the Vegan
 * Society; paleo, Cordain 2002 (no cereals, legumes, dairy, refined sugar); gluten-free, 21 CFR
 * 101.91 and Regulation (EU) 828/2014, oats out unless they are sold as gluten-free; halal, Codex
 * CAC/GL 24-1997, of which a food's name shows pork, alcohol and gelatin of unknown animal. Keto
 * and pcos are numbers, which targets.c holds.
 */
static const food_class_set forbidden[DIET_COUNT] = {
    [DIET_VEGETARIAN] = FLESH | SEAFOOD,
    [DIET_VEGAN] =
        FLESH | SEAFOOD | CLASS_BIT(CLASS_MILK) | CLASS_BIT(CLASS_EGG) | CLASS_BIT(CLASS_HONEY),
    [DIET_PESCATARIAN] = FLESH,
    [DIET_KETO] = 0,
    [DIET_PALEO] = CLASS_BIT(CLASS_GRAIN) | CLASS_BIT(CLASS_WHEAT) | CLASS_BIT(CLASS_GLUTEN) |
                   CLASS_BIT(CLASS_LEGUME) | CLASS_BIT(CLASS_PEANUT) | CLASS_BIT(CLASS_SOY) |
                   CLASS_BIT(CLASS_LUPIN) | CLASS_BIT(CLASS_MILK) | CLASS_BIT(CLASS_ADDED_SUGAR),
    [DIET_PCOS] = 0,
    [DIET_GLUTEN_FREE] = CLASS_BIT(CLASS_WHEAT) | CLASS_BIT(CLASS_GLUTEN),
    [DIET_DAIRY_FREE] = CLASS_BIT(CLASS_MILK),
    [DIET_NUT_FREE] = CLASS_BIT(CLASS_TREE_NUT) | CLASS_BIT(CLASS_PEANUT),
    [DIET_HALAL] = CLASS_BIT(CLASS_PORK) | CLASS_BIT(CLASS_ALCOHOL) | CLASS_BIT(CLASS_GELATIN),
};

const char *diet_key(enum diet diet)
{
    static const char *const keys[DIET_COUNT] = {
#define DIET_KEY(name, key) [name] = (key),
        DIET_LIST(DIET_KEY)
#undef DIET_KEY
    };
    assert(diet < DIET_COUNT);
    return keys[diet];
}

static int as_in_key(char c)
{
    if (c == '-' || c == ' ') {
        return '_';
    }
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* A key as people write it: "Gluten-free", "dairy free". */
static bool is_key(struct str name, struct str key)
{
    if (name.len != key.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (as_in_key(name.ptr[i]) != key.ptr[i]) {
            return false;
        }
    }
    return true;
}

enum status diet_set_add(struct ctx *cx, diet_set *diets, struct str name)
{
    name = str_trim(name);
    if (is_key(name, STR("omnivore"))) {
        return OK;
    }
    for (size_t d = 0; d < DIET_COUNT; d++) {
        if (is_key(name, str_from_cstr(diet_key((enum diet)d)))) {
            *diets |= DIET_BIT(d);
            return OK;
        }
    }
    return fail_public(cx, ERR_INVALID, "there is no diet \"" STR_FMT "\"", STR_ARG(name));
}

food_class_set diet_set_forbids(diet_set diets)
{
    food_class_set classes = 0;
    for (size_t d = 0; d < DIET_COUNT; d++) {
        classes |= (diets & DIET_BIT(d)) != 0 ? forbidden[d] : 0;
    }
    return classes;
}

enum diet diet_set_breach(diet_set diets, food_class_set contains, enum food_class *breached)
{
    for (size_t d = 0; d < DIET_COUNT; d++) {
        food_class_set hit = (diets & DIET_BIT(d)) != 0 ? forbidden[d] & contains : 0;
        if (hit != 0) {
            *breached = (enum food_class)__builtin_ctz(hit);
            return (enum diet)d;
        }
    }
    return DIET_COUNT;
}
