#include "functions/plan-generator/extras.h"

#include <stdlib.h>

/* ---- groceries: one item a food, its grams over the week and the household ---- */

static const struct {
    struct str usda, shelf;
} shelves[] = {
    /* USDA food category -> where it stands in a shop; what is not named is pantry */
    {STR_INIT("Vegetables and Vegetable Products"), STR_INIT("produce")},
    {STR_INIT("Fruits and Fruit Juices"), STR_INIT("produce")},
    {STR_INIT("Beef Products"), STR_INIT("meat_seafood")},
    {STR_INIT("Pork Products"), STR_INIT("meat_seafood")},
    {STR_INIT("Poultry Products"), STR_INIT("meat_seafood")},
    {STR_INIT("Lamb, Veal, and Game Products"), STR_INIT("meat_seafood")},
    {STR_INIT("Sausages and Luncheon Meats"), STR_INIT("meat_seafood")},
    {STR_INIT("Finfish and Shellfish Products"), STR_INIT("meat_seafood")},
    {STR_INIT("Dairy and Egg Products"), STR_INIT("dairy_eggs")},
    {STR_INIT("Spices and Herbs"), STR_INIT("spices")},
    {STR_INIT("Baked Products"), STR_INIT("bakery")},
    {STR_INIT("Beverages"), STR_INIT("beverages")},
    {STR_INIT("Soups, Sauces, and Gravies"), STR_INIT("condiments")},
};

static struct str shelf_of(const struct food *food)
{
    for (size_t i = 0; food != NULL && i < ARRAY_LEN(shelves); i++) {
        if (str_eq(food->category, shelves[i].usda)) {
            return shelves[i].shelf;
        }
    }
    return STR("pantry");
}

struct item_use {
    struct str recipe_id;
    unsigned days; /* bit per day of the week */
};

struct item {
    const struct plan_line *line; /* the first that names it */
    struct str shelf;
    double grams;
    struct item_use uses[WEEK_DAYS * MEAL_TYPE_COUNT];
    size_t use_count;
};

static struct item *item_of(struct item *items, size_t *count, const struct plan_line *line)
{
    for (size_t i = 0; i < *count; i++) {
        if (items[i].line->fdc_id == line->fdc_id) {
            return &items[i];
        }
    }
    struct item *item = &items[(*count)++];
    *item = (struct item){.line = line, .shelf = shelf_of(line->food)};
    return item;
}

static void item_add(struct item *item, size_t day, const struct plan_meal *meal, double grams)
{
    item->grams += grams;
    size_t i = 0;
    while (i < item->use_count && !str_eq(item->uses[i].recipe_id, meal->recipe_id)) {
        i++;
    }
    item->use_count += i == item->use_count;
    item->uses[i].recipe_id = meal->recipe_id;
    item->uses[i].days |= 1U << day;
}

static int by_shelf_and_name(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    int order = str_cmp(one->shelf, other->shelf);
    return order != 0 ? order : str_cmp(one->line->name, other->line->name);
}

static size_t line_count(const struct plan *plan)
{
    size_t count = 0;
    for (size_t d = 0; d < plan->day_count; d++) {
        for (size_t m = 0; m < plan->days[d].meal_count; m++) {
            count += plan->days[d].meals[m].line_count;
        }
    }
    return count;
}

static size_t items_collect(struct ctx *cx, const struct plan *plan, int household,
                            struct item **items)
{
    size_t count = 0;
    *items = ARENA_ARRAY(cx->arena, struct item, line_count(plan));
    for (size_t d = 0; d < plan->day_count; d++) {
        for (size_t m = 0; m < plan->days[d].meal_count; m++) {
            const struct plan_meal *meal = &plan->days[d].meals[m];
            for (size_t i = 0; i < meal->line_count; i++) {
                struct item *item = item_of(*items, &count, &meal->lines[i]);
                item_add(item, d, meal, meal->lines[i].grams * household);
            }
        }
    }
    qsort(*items, count, sizeof **items, by_shelf_and_name);
    return count;
}

static void item_write(struct json_writer *w, const struct item *item)
{
    json_object_begin(w);
    json_member_str(w, "name", item->line->name);
    json_member_i64(w, "fdc_id", item->line->fdc_id);
    json_member_fixed(w, "amount", item->grams, 1);
    json_member_cstr(w, "unit", "g");
    json_member_str(w, "category", item->shelf);
    json_member_array(w, "source_recipes");
    for (size_t i = 0; i < item->use_count; i++) {
        json_str(w, item->uses[i].recipe_id);
    }
    json_array_end(w);
    json_member_bool(w, "checked_off", false);
    json_object_end(w);
}

static void groceries_write(struct json_writer *w, const struct item *items, size_t count,
                            int people)
{
    json_member_object(w, "grocery_list");
    json_member_object(w, "items_by_category");
    for (size_t i = 0; i < count; i++) {
        bool first = i == 0 || !str_eq(items[i - 1].shelf, items[i].shelf);
        if (first) {
            json_key(w, items[i].shelf);
            json_array_begin(w);
        }
        item_write(w, &items[i]);
        if (i + 1 == count || !str_eq(items[i + 1].shelf, items[i].shelf)) {
            json_array_end(w);
        }
    }
    json_object_end(w);
    json_member_i64(w, "people", people);
    json_member_i64(w, "total_items", (int64_t)count);
    json_member_i64(w, "completion_percentage", 0);
    json_object_end(w);
}

/* ---- cooking ahead: grains and pulses that come up on several days keep for those days ---- */

/* USDA: cooked leftovers keep three to four days, so a batch serves the first half of the week. */
enum { BATCH_MINUTES = 25, BATCH_DAYS = 0x0F };

static bool keeps_when_cooked(const struct food *food)
{
    return food != NULL &&
           (str_eq(food->category, STR("Cereal Grains and Pasta")) ||
            str_eq(food->category, STR("Legumes and Legume Products"))) &&
           food->per_100g[N_FAT] < 10; /* not oils, spreads or nuts' kin */
}

static bool is_batch(const struct item *item)
{
    unsigned days = 0;
    for (size_t i = 0; i < item->use_count; i++) {
        days |= item->uses[i].days & BATCH_DAYS;
    }
    bool on_two_days = (days & (days - 1)) != 0;
    return on_two_days && keeps_when_cooked(item->line->food);
}

static void task_write(struct ctx *cx, struct json_writer *w, const struct item *item,
                       const char *day)
{
    json_object_begin(w);
    json_member_str(w, "description",
                    arena_format(cx->arena, "Cook ahead for the first days: " STR_FMT,
                                 STR_ARG(item->line->name)));
    json_member_i64(w, "estimated_time_minutes", BATCH_MINUTES);
    json_member_cstr(w, "suggested_day", day);
    json_member_cstr(w, "priority", "medium");
    json_member_array(w, "enables_recipes");
    for (size_t i = 0; i < item->use_count; i++) {
        if ((item->uses[i].days & BATCH_DAYS) != 0) {
            json_str(w, item->uses[i].recipe_id);
        }
    }
    json_array_end(w);
    json_object_end(w);
}

/* All of it on the day before the week begins. */
static void prep_write(struct ctx *cx, struct json_writer *w, const struct item *items,
                       size_t count, int32_t week_start)
{
    const char *day = weekday_name(week_start - 1);
    int64_t tasks = 0;
    json_member_object(w, "prep_schedule");
    json_member_array(w, "tasks");
    for (size_t i = 0; i < count; i++) {
        if (is_batch(&items[i])) {
            task_write(cx, w, &items[i], day);
            tasks++;
        }
    }
    json_array_end(w);
    json_member_i64(w, "total_prep_time_minutes", tasks * BATCH_MINUTES);
    json_member_array(w, "recommended_prep_days");
    if (tasks > 0) {
        json_cstr(w, day);
    }
    json_array_end(w);
    json_object_end(w);
}

/* ---- challenges ---- */

static void challenge(struct json_writer *w, const char *type, int64_t reward, int64_t target)
{
    json_object_begin(w);
    json_member_cstr(w, "type", type);
    json_member_i64(w, "xp_reward", reward);
    json_member_i64(w, "target_value", target);
    json_member_i64(w, "current_progress", 0);
    json_member_bool(w, "completed", false);
    json_object_end(w);
}

static void challenges_write(struct json_writer *w, const struct week *week, int streak_days)
{
    json_member_array(w, "xp_challenges");
    challenge(w, "plan_completion", 150, WEEK_DAYS);
    if (streak_days >= 3) {
        challenge(w, "streak_keeper", streak_days > 20 ? 200 : 10 * (int64_t)streak_days,
                  streak_days + WEEK_DAYS);
    }
    challenge(w, "rate_meals", 75, 5);
    if (week->cuisines >= 3) {
        challenge(w, "variety", 25 * (int64_t)week->cuisines, (int64_t)week->cuisines);
    }
    json_array_end(w);
}

void extras_write(struct ctx *cx, struct json_writer *w, const struct week *week,
                  const struct plan *plan, const struct extras_options *options)
{
    struct item *items = NULL;
    int household = options->household_size > 0 ? options->household_size : 1;
    size_t count = items_collect(cx, plan, household, &items);
    json_member_object(w, "wow_layers");
    groceries_write(w, items, count, household);
    prep_write(cx, w, items, count, plan->days[0].date);
    challenges_write(w, week, options->streak_days);
    json_object_end(w);
}
