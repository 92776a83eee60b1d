#include "functions/plan-generator/dish.h"

enum { COOK_ALLOWANCE_MINUTES = 30 };

/* The hard rules, in the order they are tried. */
enum dish_rule {
    RULE_ALLERGY,
    RULE_DIET,
    RULE_PREP_TIME,
    RULE_EXCLUDED,
    RULE_PREMIUM,
    RULE_UNKNOWN_FOOD,
    RULE_TOO_LONG,
    RULE_COUNT
};

static bool in_list(const struct str *list, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(list[i], id)) {
            return true;
        }
    }
    return false;
}

static bool line_is_excluded(const struct dish_rules *rules, const struct recipe_line *line)
{
    struct exclusion_hit hit;
    return exclusions_match(rules->exclusions, line->name, &line->classes, &hit) ||
           (line->food != NULL &&
            exclusions_match(rules->exclusions, line->food->description, &line->classes, &hit));
}

static unsigned lines_breach(const struct dish_rules *rules, const struct recipe *recipe)
{
    food_class_set forbidden = diet_set_forbids(rules->diets);
    unsigned breached = 0;
    for (size_t i = 0; i < recipe->line_count; i++) {
        const struct recipe_line *line = &recipe->lines[i];
        breached |= line->food == NULL ? 1U << RULE_UNKNOWN_FOOD : 0;
        breached |= (line->classes.contains & forbidden) != 0 ? 1U << RULE_DIET : 0;
        breached |= line_is_excluded(rules, line) ? 1U << RULE_ALLERGY : 0;
    }
    return breached;
}

/* Bit per rule that keeps the recipe out; 0: it may be served. */
static unsigned breaches(const struct dish_rules *rules, const struct recipe *recipe)
{
    unsigned breached = lines_breach(rules, recipe);
    int limit = rules->max_prep_minutes;
    if (limit > 0 &&
        (recipe->prep_minutes > limit || recipe->cook_minutes > limit + COOK_ALLOWANCE_MINUTES)) {
        breached |= 1U << RULE_PREP_TIME;
    }
    if (in_list(rules->excluded_recipes, rules->excluded_recipe_count, recipe->id)) {
        breached |= 1U << RULE_EXCLUDED;
    }
    if (recipe->premium && !rules->premium_allowed) {
        breached |= 1U << RULE_PREMIUM;
    }
    if (recipe->line_count > DISH_LINES_MAX) {
        breached |= 1U << RULE_TOO_LONG;
    }
    return breached;
}

static double preference_of(const struct taste *taste, const struct recipe *recipe)
{
    double preference = recipe->rating / 5.0;
    for (size_t i = 0; i < taste->cultures.count; i++) {
        preference += str_eq_nocase(taste->cultures.items[i], recipe->cuisine) ? 0.5 : 0.0;
    }
    preference += in_list(taste->loved, taste->loved_count, recipe->id) ? 1.0 : 0.0;
    preference -= in_list(taste->skipped, taste->skipped_count, recipe->id) ? 1.5 : 0.0;
    preference -= in_list(taste->swapped_away, taste->swapped_count, recipe->id) ? 1.0 : 0.0;
    return preference;
}

static unsigned cuisine_number(const struct recipe_book *book, struct str cuisine)
{
    unsigned number = 0;
    while (number < book->count && !str_eq(book->recipes[number].cuisine, cuisine)) {
        number++;
    }
    return number;
}

static const struct {
    food_class_set classes;
    enum dish_kind kind;
} kinds[] = {
    /* the first that the line shows */
    {CLASS_BIT(CLASS_FISH) | CLASS_BIT(CLASS_CRUSTACEAN) | CLASS_BIT(CLASS_MOLLUSC), KIND_FISH},
    {CLASS_BIT(CLASS_POULTRY), KIND_POULTRY},
    {CLASS_BIT(CLASS_MEAT) | CLASS_BIT(CLASS_PORK), KIND_MEAT},
    {CLASS_BIT(CLASS_EGG), KIND_EGG},
    {CLASS_BIT(CLASS_MILK), KIND_MILK},
    {CLASS_BIT(CLASS_SOY), KIND_SOY},
    {CLASS_BIT(CLASS_LEGUME), KIND_PULSE},
};

static enum dish_kind kind_of(food_class_set classes)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if ((classes & kinds[i].classes) != 0) {
            return kinds[i].kind;
        }
    }
    return KIND_OTHER;
}

static void dish_fill(const struct recipe_book *book, const struct dish_rules *rules,
                      const struct recipe *recipe, struct dish *dish)
{
    dish->recipe = recipe;
    double most_protein = -1;
    for (size_t i = 0; i < recipe->line_count; i++) {
        const struct recipe_line *line = &recipe->lines[i];
        nutrient_sum_add(&dish->serving, line->food, line->grams);
        double protein = line->food->per_100g[N_PROTEIN] * line->grams;
        if (protein > most_protein) {
            most_protein = protein;
            dish->main_food = line->fdc_id;
            dish->kind = kind_of(line->classes.contains);
        }
    }
    dish->net_carbohydrate_g = nutrient_sum_net_carbohydrate(&dish->serving);
    dish->cuisine = cuisine_number(book, recipe->cuisine);
    dish->preference = preference_of(&rules->taste, recipe);
}

static const char *const rule_words[RULE_COUNT] = {
    [RULE_ALLERGY] = "the foods kept out (allergies and dislikes)",
    [RULE_DIET] = "the diet",
    [RULE_PREP_TIME] = "the cooking time (max_prep_time, or the profile's)",
    [RULE_EXCLUDED] = "exclude_recipes",
    [RULE_PREMIUM] = "premium recipes, which the subscription does not include",
    [RULE_UNKNOWN_FOOD] = "foods missing from the food table",
    [RULE_TOO_LONG] = "recipes of more than 30 ingredients",
};

/* Which single rule keeps most recipes of this meal out, all others holding. */
static enum status blocked(struct ctx *cx, const struct recipe_book *book,
                           const struct dish_rules *rules, enum meal_type meal)
{
    size_t alone[RULE_COUNT] = {0}, any[RULE_COUNT] = {0}, total = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct recipe *recipe = &book->recipes[i];
        if ((recipe->meals & 1U << meal) == 0) {
            continue;
        }
        total++;
        unsigned breached = breaches(rules, recipe);
        for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
            any[rule] += (breached & 1U << rule) != 0;
            alone[rule] += breached == 1U << rule;
        }
    }
    unsigned worst = 0;
    for (unsigned rule = 1; rule < RULE_COUNT; rule++) {
        if (alone[rule] > alone[worst] || (alone[rule] == alone[worst] && any[rule] > any[worst])) {
            worst = rule;
        }
    }
    if (total == 0) {
        return fail_public(cx, ERR_INFEASIBLE, "no recipe for %s in the book", meal_type_key(meal));
    }
    return fail_public(cx, ERR_INFEASIBLE,
                       "no %s is left: of %zu recipes the binding rule, %s, keeps out %zu, %zu of "
                       "them alone",
                       meal_type_key(meal), total, rule_words[worst], any[worst], alone[worst]);
}

enum status dish_menu_build(struct ctx *cx, const struct recipe_book *book,
                            const struct dish_rules *rules, struct dish_menu *menu)
{
    *menu = (struct dish_menu){0};
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        menu->of[meal] = ARENA_ARRAY(cx->arena, const struct dish *, book->count);
    }
    for (size_t i = 0; i < book->count; i++) {
        const struct recipe *recipe = &book->recipes[i];
        if (breaches(rules, recipe) != 0) {
            continue;
        }
        struct dish *dish = ARENA_NEW(cx->arena, struct dish);
        dish_fill(book, rules, recipe, dish);
        menu->dish_count++;
        for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
            if ((recipe->meals & 1U << meal) != 0) {
                menu->of[meal][menu->count[meal]++] = dish;
            }
        }
    }
    for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
        if (menu->count[meal] == 0) {
            return blocked(cx, book, rules, (enum meal_type)meal);
        }
    }
    return OK;
}

enum { WORDS_LOOKED_AT = 8 };

static bool is_heard(const struct recipe_book *book, const struct dish_rules *one_word)
{
    for (size_t i = 0; i < book->count; i++) {
        for (size_t k = 0; k < book->recipes[i].line_count; k++) {
            if (line_is_excluded(one_word, &book->recipes[i].lines[k])) {
                return true;
            }
        }
    }
    return false;
}

size_t words_unheard(const struct recipe_book *book, const struct exclusions *exclusions,
                     struct str *unheard, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < exclusions->word_count && i < WORDS_LOOKED_AT && count < max; i++) {
        struct exclusions one = {.words = {exclusions->words[i]}, .word_count = 1};
        struct dish_rules rules = {.exclusions = &one};
        if (!is_heard(book, &rules)) {
            unheard[count++] = exclusions->words[i];
        }
    }
    return count;
}
