/*
 * Which foods are in the plan that should not be, and which nobody knows. Each finding carries its
 * evidence: the line, and the word in it.
 */
#include "shared/nutrition/verdict_build.h"
#include "shared/nutrition/verdict_mend.h"

#include <stdlib.h>

/* Where a line stands. */
struct place {
    size_t day, meal;
    const struct plan_line *line;
};

static struct finding finding_at(const struct place *at, const char *rule, enum severity severity)
{
    return (struct finding){
        .rule = rule,
        .severity = severity,
        .day = (int)at->day,
        .meal = (int)at->meal,
        .nutrient = NUTRIENT_COUNT,
        .coverage = 1,
        .line = at->line == NULL ? (struct str){0} : at->line->name,
    };
}

static struct str food_words(const struct plan_line *line)
{
    return line->food == NULL ? (struct str){0} : line->food->description;
}

/* Both names count: a sender may call a food what it is not. */
static bool line_is_excluded(const struct exclusions *exclusions, const struct plan_line *line,
                             struct exclusion_hit *hit)
{
    return exclusions_match(exclusions, line->name, &line->classes, hit) ||
           exclusions_match(exclusions, food_words(line), &line->classes, hit);
}

static void exclusions_judge(struct verdict_builder *b, const struct place *at)
{
    struct exclusion_hit hit = {0};
    if (b->rules->exclusions == NULL || !line_is_excluded(b->rules->exclusions, at->line, &hit)) {
        return;
    }
    struct arena *arena = b->cx->arena;
    struct str rule = hit.rule != NULL ? str_from_cstr(hit.rule) : hit.word;
    struct finding finding = finding_at(at, "allergen", SEVERITY_ERROR);
    finding.word = hit.word;
    finding.message = arena_format(arena, STR_FMT " %s " STR_FMT ", which is to be avoided",
                                   STR_ARG(at->line->name),
                                   hit.may_contain ? "often contains" : "contains", STR_ARG(rule));
    finding.mend = mend_line(b, at->day, at->meal, at->line->name);
    verdict_add(b, finding);
}

/* A food that usually holds something forbidden, but need not, warns. */
static void diet_judge(struct verdict_builder *b, const struct place *at)
{
    const struct food_classes *classes = &at->line->classes;
    enum food_class breached = FOOD_CLASS_COUNT;
    enum severity severity = SEVERITY_ERROR;
    enum diet diet = diet_set_breach(b->rules->diets, classes->contains, &breached);
    if (diet == DIET_COUNT) {
        severity = SEVERITY_WARNING;
        diet = diet_set_breach(b->rules->diets, classes->may_contain, &breached);
    }
    if (diet == DIET_COUNT) {
        return;
    }
    struct arena *arena = b->cx->arena;
    struct finding finding = finding_at(at, "diet", severity);
    finding.word = classes->word[breached];
    finding.message =
        arena_format(arena, STR_FMT " %s %s, which a %s diet leaves out", STR_ARG(at->line->name),
                     severity == SEVERITY_ERROR ? "contains" : "often contains",
                     food_class_words(breached), diet_key(diet));
    finding.mend = mend_line(b, at->day, at->meal, at->line->name);
    verdict_add(b, finding);
}

static enum severity unknown_severity(const struct verdict_builder *b)
{
    return b->rules->allow_unknown ? SEVERITY_WARNING : SEVERITY_ERROR;
}

static void unknown_food_add(struct verdict_builder *b, const struct place *at)
{
    struct arena *arena = b->cx->arena;
    struct finding finding = finding_at(at, "unknown_food", unknown_severity(b));
    finding.message = arena_format(arena, "food %d (" STR_FMT ") is not in the food table",
                                   (int)at->line->fdc_id, STR_ARG(at->line->name));
    finding.mend = STR("give the fdc_id of a food that is in the table");
    verdict_add(b, finding);
}

static void unknown_recipe_add(struct verdict_builder *b, const struct place *at,
                               const struct plan_meal *meal)
{
    struct arena *arena = b->cx->arena;
    struct finding finding = finding_at(at, "unknown_recipe", unknown_severity(b));
    finding.message =
        arena_format(arena, "recipe " STR_FMT " has no nutrition data", STR_ARG(meal->recipe_id));
    finding.mend = STR("choose a recipe of the book, or give the meal's foods in grams");
    verdict_add(b, finding);
}

static void line_judge(struct verdict_builder *b, const struct place *at)
{
    size_t before = b->count;
    if (at->line->food == NULL) {
        unknown_food_add(b, at);
    }
    exclusions_judge(b, at);
    diet_judge(b, at);
    if (b->count > before) {
        b->faulty[b->faulty_count++] = (uintptr_t)at->line;
    }
}

static void meal_judge(struct verdict_builder *b, struct place at)
{
    const struct plan_meal *meal = &b->plan->days[at.day].meals[at.meal];
    if (meal->unknown) {
        unknown_recipe_add(b, &at, meal);
    }
    for (size_t i = 0; i < meal->line_count; i++) {
        at.line = &meal->lines[i];
        line_judge(b, &at);
    }
}

static int address_order(const void *left, const void *right)
{
    uintptr_t a = *(const uintptr_t *)left, b = *(const uintptr_t *)right;
    return (a > b) - (a < b);
}

bool verdict_line_is_faulty(const struct verdict_builder *b, const struct plan_line *line)
{
    uintptr_t address = (uintptr_t)line;
    return b->faulty_count > 0 &&
           bsearch(&address, b->faulty, b->faulty_count, sizeof address, address_order) != NULL;
}

static size_t plan_line_count(const struct plan *plan)
{
    size_t count = 0;
    for (size_t day = 0; day < plan->day_count; day++) {
        for (size_t meal = 0; meal < plan->days[day].meal_count; meal++) {
            count += plan->days[day].meals[meal].line_count;
        }
    }
    return count;
}

void verdict_foods(struct verdict_builder *b)
{
    b->faulty = ARENA_ARRAY(b->cx->arena, uintptr_t, plan_line_count(b->plan));
    for (size_t day = 0; day < b->plan->day_count; day++) {
        for (size_t meal = 0; meal < b->plan->days[day].meal_count; meal++) {
            meal_judge(b, (struct place){.day = day, .meal = meal});
        }
    }
    if (b->faulty_count > 0) {
        qsort(b->faulty, b->faulty_count, sizeof *b->faulty, address_order);
    }
}
