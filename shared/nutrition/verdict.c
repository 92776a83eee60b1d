#include "shared/nutrition/verdict.h"

#include "shared/base/clock.h"
#include "shared/nutrition/verdict_build.h"
#include "shared/nutrition/verdict_mend.h"

#include <math.h>
#include <stdlib.h>

void verdict_add(struct verdict_builder *b, struct finding finding)
{
    if (b->count == b->cap) {
        size_t cap = b->cap == 0 ? 32 : 2 * b->cap;
        struct finding *items = ARENA_ARRAY(b->cx->arena, struct finding, cap);
        if (b->count > 0) {
            memcpy(items, b->items, b->count * sizeof *items);
        }
        b->items = items;
        b->cap = cap;
    }
    b->items[b->count++] = finding;
}

struct str plan_day_words(struct arena *arena, const struct plan *plan, size_t day)
{
    const struct plan_day *d = &plan->days[day];
    if (d->name.len > 0) {
        return d->name;
    }
    if (d->date == PLAN_NO_DATE) {
        return arena_format(arena, "day %zu", day + 1);
    }
    char text[11];
    date_format(d->date, text);
    return arena_str_copy(arena, str_from_cstr(text));
}

struct str plan_meal_words(struct arena *arena, const struct plan_day *day, size_t meal)
{
    const struct plan_meal *m = &day->meals[meal];
    return m->type.len > 0 ? m->type : arena_format(arena, "meal %zu", meal + 1);
}

/* ---- a day's energy and macronutrients ---------------------------------------------------------
 */

/* One number of a day against what it may be. */
struct day_rule {
    const char *rule;
    enum nutrient nutrient;
    double actual, aim; /* `aim`: a target that is one number; 0: a range; -1: net of fibre */
    double min, max;
};

static struct range widened(struct range range, double share)
{
    return (struct range){.min = range.min * (1 - share), .max = range.max * (1 + share)};
}

static struct range energy_range(const struct verdict_rules *rules)
{
    double share = rules->tolerance.energy_share;
    double target = rules->targets->energy_kcal;
    return widened((struct range){target, target},
                   share > 0 ? share : (PROMISE_ENERGY_PER_MILLE / 1000.0));
}

static struct range protein_range(const struct verdict_rules *rules)
{
    const struct verdict_tolerance *tolerance = &rules->tolerance;
    double target = rules->targets->protein_g;
    double grams = tolerance->protein_g > 0 ? tolerance->protein_g : PROMISE_PROTEIN_G;
    if (tolerance->protein_share > 0) {
        grams = target * tolerance->protein_share;
    }
    return (struct range){.min = target - grams, .max = target + grams};
}

static bool is_inside(double value, double min, double max)
{
    return value >= min - VERDICT_EPSILON && value <= max + VERDICT_EPSILON;
}

static struct str day_message(struct verdict_builder *b, size_t day, const struct day_rule *rule,
                              double coverage)
{
    struct arena *arena = b->cx->arena;
    struct str when = plan_day_words(arena, b->plan, day);
    const char *words = rule->nutrient == N_CARBOHYDRATE && rule->aim < 0
                            ? "net carbohydrate"
                            : nutrient_info(rule->nutrient)->words;
    struct str has = amount_words(arena, rule->actual, rule->nutrient);
    struct str min = amount_words(arena, rule->min, rule->nutrient);
    struct str max = amount_words(arena, rule->max, rule->nutrient);
    struct str text =
        rule->min > 0
            ? arena_format(arena,
                           STR_FMT " has " STR_FMT " of %s; it should be " STR_FMT " to " STR_FMT,
                           STR_ARG(when), STR_ARG(has), words, STR_ARG(min), STR_ARG(max))
            : arena_format(arena, STR_FMT " has " STR_FMT " of %s; at most " STR_FMT, STR_ARG(when),
                           STR_ARG(has), words, STR_ARG(max));
    if (coverage > 1 - VERDICT_EPSILON) {
        return text;
    }
    return arena_format(arena, STR_FMT " (known for %.0f %% of the weight)", STR_ARG(text),
                        floor(100 * coverage));
}

static void day_rule_judge(struct verdict_builder *b, size_t day, const struct day_rule *rule,
                           bool energy_fits)
{
    if (is_inside(rule->actual, rule->min, rule->max)) {
        return;
    }
    double end = rule->actual < rule->min ? rule->min : rule->max;
    double goal = rule->aim > 0 ? rule->aim : end;
    double coverage = nutrient_sum_coverage(&b->plan->days[day].sum, rule->nutrient);
    struct mend_wish wish = {.day = day,
                             .nutrient = rule->nutrient,
                             .by = goal - rule->actual,
                             .slack = rule->aim > 0 ? (rule->max - rule->min) / 2
                                                    : rule->max - rule->min,
                             .without_fibre = rule->aim < 0,
                             .energy_fits = energy_fits};
    verdict_add(b, (struct finding){
                       .rule = rule->rule,
                       .severity = b->rules->days_advise ? SEVERITY_WARNING : SEVERITY_ERROR,
                       .day = (int)day,
                       .meal = -1,
                       .nutrient = rule->nutrient,
                       .actual = rule->actual,
                       .min = rule->min,
                       .max = rule->max,
                       .coverage = coverage,
                       .message = day_message(b, day, rule, coverage),
                       .mend = mend_day(b, &wish),
                   });
}

static void day_judge(struct verdict_builder *b, size_t day)
{
    const struct targets *t = b->rules->targets;
    const struct nutrient_sum *sum = &b->plan->days[day].sum;
    double share = b->rules->tolerance.range_share;
    struct range energy = energy_range(b->rules);
    struct range protein = protein_range(b->rules);
    struct range fat = widened(t->fat_g, share);
    struct range carbohydrate = widened(t->carbohydrate_g, share);
    const struct day_rule rules[] = {
        {"energy", N_ENERGY, sum->amount[N_ENERGY], t->energy_kcal, energy.min, energy.max},
        {"protein", N_PROTEIN, sum->amount[N_PROTEIN], t->protein_g, protein.min, protein.max},
        {"fat", N_FAT, sum->amount[N_FAT], 0, fat.min, fat.max},
        {"carbohydrates", N_CARBOHYDRATE, sum->amount[N_CARBOHYDRATE], 0, carbohydrate.min,
         carbohydrate.max},
    };
    bool energy_fits = is_inside(rules[0].actual, energy.min, energy.max);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        day_rule_judge(b, day, &rules[i], energy_fits);
    }
    if (t->net_carbohydrate_max_g > 0) {
        struct day_rule net = {.rule = "net_carbohydrates",
                               .nutrient = N_CARBOHYDRATE,
                               .actual = nutrient_sum_net_carbohydrate(sum),
                               .aim = -1,
                               .max = t->net_carbohydrate_max_g * (1 + share)};
        day_rule_judge(b, day, &net, energy_fits);
    }
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* Graver first; then as days and meals go, the week before them; then as they were found. */
static int finding_order(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->severity != b->severity) {
        return a->severity > b->severity ? -1 : 1;
    }
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    if (a->meal != b->meal) {
        return a->meal < b->meal ? -1 : 1;
    }
    return (a->found > b->found) - (a->found < b->found);
}

enum status verdict_reach(struct ctx *cx, const struct plan *plan,
                          const struct verdict_rules *rules, struct verdict *verdict)
{
    struct verdict_builder b = {.cx = cx, .plan = plan, .rules = rules};
    verdict_foods(&b);
    if (rules->targets != NULL) {
        for (size_t day = 0; day < plan->day_count; day++) {
            day_judge(&b, day);
        }
        verdict_intakes(&b);
    }
    *verdict = (struct verdict){.findings = b.items, .count = b.count};
    for (size_t i = 0; i < b.count; i++) {
        b.items[i].found = i;
        verdict->errors += b.items[i].severity == SEVERITY_ERROR;
        verdict->warnings += b.items[i].severity == SEVERITY_WARNING;
    }
    if (b.count > 0) {
        qsort(b.items, b.count, sizeof *b.items, finding_order);
    }
    return OK;
}
