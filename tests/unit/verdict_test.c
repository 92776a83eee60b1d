#include "shared/nutrition/verdict.h"

#include "shared/nutrition/targets_json.h"
#include "shared/nutrition/verdict_intake.h"
#include "tests/support/check.h"

#include <math.h>

/*
 * One day, two meals, of foods whose numbers are easy to add: the day has 2000 kcal, 100 g protein,
 * 70 g fat, 240 g carbohydrate, 30 g fibre. Each test changes one thing.
 */
enum { RICE, TOFU, OIL, KALE, FOOD_KINDS };

struct week {
    struct test_ctx t;
    struct ctx *cx;
    struct food foods[FOOD_KINDS];
    struct plan_line lines[7][FOOD_KINDS];
    struct plan_meal meals[7][2];
    struct plan_day days[7];
    struct plan plan;
    struct targets targets;
    struct exclusions exclusions;
    struct verdict_rules rules;
    struct verdict verdict;
};

static void food_set(struct food *food, enum nutrient nutrient, double per_100g)
{
    food->known |= 1ULL << nutrient;
    food->per_100g[nutrient] = per_100g;
}

static void food_init(struct food *food, int32_t fdc_id, const char *description, double kcal,
                      double protein, double fat, double carbohydrate, double fibre)
{
    *food = (struct food){.fdc_id = fdc_id, .description = str_from_cstr(description)};
    food_set(food, N_ENERGY, kcal);
    food_set(food, N_PROTEIN, protein);
    food_set(food, N_FAT, fat);
    food_set(food, N_CARBOHYDRATE, carbohydrate);
    food_set(food, N_FIBRE, fibre);
}

static void line_init(struct plan_line *line, const char *name, const struct food *food,
                      double grams)
{
    *line = (struct plan_line){
        .fdc_id = food->fdc_id, .name = str_from_cstr(name), .grams = grams, .food = food};
    food_classes_scan(line->name, &line->classes);
    food_classes_scan(food->description, &line->classes);
}

static void week_day_init(struct week *w, size_t day)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    struct plan_line *lines = w->lines[day];
    line_init(&lines[RICE], "brown rice", &w->foods[RICE], 300);
    line_init(&lines[TOFU], "tofu, firm", &w->foods[TOFU], 400);
    line_init(&lines[OIL], "olive oil", &w->foods[OIL], 30);
    line_init(&lines[KALE], "kale", &w->foods[KALE], 100);
    w->meals[day][0] = (struct plan_meal){.type = STR("lunch"), .servings = 1, .lines = lines};
    w->meals[day][0].line_count = 2;
    w->meals[day][1] = w->meals[day][0];
    w->meals[day][1].type = STR("dinner");
    w->meals[day][1].lines = lines + 2;
    w->days[day] = (struct plan_day){
        .name = str_from_cstr(names[day]), .date = PLAN_NO_DATE, .meals = w->meals[day]};
    w->days[day].meal_count = 2;
}

static void week_init(struct week *w, size_t days)
{
    *w = (struct week){0};
    arena_init(&w->t.arena, 0);
    w->t.cx = (struct ctx){.arena = &w->t.arena};
    w->cx = &w->t.cx;
    food_init(&w->foods[RICE], 1, "Rice, brown, long-grain, raw", 350, 8, 3, 70, 4);
    food_init(&w->foods[TOFU], 2, "Tofu, raw, firm", 145, 18, 8, 3, 2);
    food_init(&w->foods[OIL], 3, "Oil, olive", 880, 0, 97, 0, 0);
    food_init(&w->foods[KALE], 4, "Kale, raw", 106, 4, 1.4, 18, 10);
    for (size_t d = 0; d < days; d++) {
        week_day_init(w, d);
    }
    w->plan = (struct plan){.days = w->days, .day_count = days};
    w->targets = (struct targets){
        .energy_kcal = 2000,
        .protein_g = 100,
        .fat_g = {.min = 50, .max = 80},
        .carbohydrate_g = {.min = 200, .max = 300},
    };
    w->rules = (struct verdict_rules){.targets = &w->targets, .exclusions = &w->exclusions};
}

static void week_judge(struct week *w)
{
    plan_add_up(&w->plan);
    CHECK_STATUS(w->cx, verdict_reach(w->cx, &w->plan, &w->rules, &w->verdict), OK);
}

static void week_close(struct week *w)
{
    arena_deinit(&w->t.arena);
}

/* The first finding of a rule on a day; fails if there is none. */
static const struct finding *finding_of(const struct week *w, const char *rule, int day)
{
    for (size_t i = 0; i < w->verdict.count; i++) {
        if (strcmp(w->verdict.findings[i].rule, rule) == 0 && w->verdict.findings[i].day == day) {
            return &w->verdict.findings[i];
        }
    }
    CHECK_FAILED("no finding of %s on day %d among %zu", rule, day, w->verdict.count);
    abort(); /* CHECK_FAILED has left already; the analyzer cannot know */
}

static void check_has(const char *what, struct str text, const char *part)
{
    if (str_find(text, str_from_cstr(part)) == SIZE_MAX) {
        CHECK_FAILED("%s: \"" STR_FMT "\" lacks \"%s\"", what, STR_ARG(text), part);
    }
}

/* ---- adding up ---------------------------------------------------------------------------------
 */

static void plan_add_up_sums_meals_days_and_week(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    plan_add_up(&w.plan);
    plan_add_up(&w.plan); /* twice is as once */
    CHECK_NEAR("lunch kcal", w.meals[0][0].sum.amount[N_ENERGY], 1630, 1e-9);
    CHECK_NEAR("day kcal", w.days[1].sum.amount[N_ENERGY], 2000, 1e-9);
    CHECK_NEAR("week kcal", w.plan.sum.amount[N_ENERGY], 4000, 1e-9);
    CHECK_NEAR("week grams", w.plan.sum.grams, 1660, 1e-9);
    week_close(&w);
}

static void plan_add_up_gives_unknown_foods_weight_without_content(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.lines[0][KALE].food = NULL;
    plan_add_up(&w.plan);
    CHECK_NEAR("grams", w.plan.sum.grams, 830, 1e-9);
    CHECK_NEAR("kcal", w.plan.sum.amount[N_ENERGY], 1894, 1e-9);
    CHECK_NEAR("coverage", nutrient_sum_coverage(&w.plan.sum, N_ENERGY), 730.0 / 830.0, 1e-9);
    week_close(&w);
}

/* Does what a mend says, "... for instance 43 g more brown rice in ...", to the day's lines. */
static void mend_apply(struct week *w, struct str mend)
{
    static const struct str lead = STR_INIT("for instance ");
    size_t at = str_find(mend, lead);
    assert_true(at != SIZE_MAX);
    struct str rest = str_slice(mend, at + lead.len, mend.len);
    struct str number;
    double grams = 0;
    assert_true(str_split_next(&rest, ' ', &number) && str_to_f64(number, &grams));
    assert_true(str_skip_prefix(&rest, STR("g ")));
    bool is_more = str_skip_prefix(&rest, STR("more "));
    assert_true(is_more || str_skip_prefix(&rest, STR("less ")));
    for (size_t i = 0; i < FOOD_KINDS; i++) {
        if (str_has_prefix(rest, w->lines[0][i].name)) {
            w->lines[0][i].grams += is_more ? grams : -grams;
            return;
        }
    }
    CHECK_FAILED("no line is called " STR_FMT "\n", STR_ARG(rest));
}

static bool has_finding(const struct week *w, const char *rule)
{
    for (size_t i = 0; i < w->verdict.count; i++) {
        if (strcmp(w->verdict.findings[i].rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- days --------------------------------------------------------------------------------------
 */

static void verdict_accepts_a_day_on_target(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 7);
    week_judge(&w);
    CHECK_I64("errors", w.verdict.errors, 0);
    CHECK_I64("warnings", w.verdict.warnings, 0);
    week_close(&w);
}

static const struct {
    const char *name, *rule, *mend;
    struct targets targets;
    bool holds;
} day_cases[] = {
    {"energy at 0.5 % over", "energy", "", {.energy_kcal = 1990.05, .protein_g = 100}, true},
    {"energy past 0.5 % over",
     "energy",
     "less brown rice in the lunch",
     {.energy_kcal = 1990, .protein_g = 100},
     false},
    {"energy short",
     "energy",
     "add 150 kcal of energy on monday: for instance 43 g more brown rice in the lunch",
     {.energy_kcal = 2150, .protein_g = 100},
     false},
    {"protein 1 g off", "protein", "", {.energy_kcal = 2000, .protein_g = 101}, true},
    {"protein more than 1 g short",
     "protein",
     "add 14 g of protein on monday: for instance 78 g more tofu, firm in the lunch, with 113 "
     "kcal less from other foods",
     {.energy_kcal = 2000, .protein_g = 114},
     false},
    {"protein over",
     "protein",
     "cut 20 g of protein on monday: for instance 112 g less tofu, firm in the lunch, with "
     "161 kcal more from other foods",
     {.energy_kcal = 2000, .protein_g = 80},
     false},
    {"fat at the end of its range",
     "fat",
     "",
     {.energy_kcal = 2000, .protein_g = 100, .fat_g = {60, 71.5}},
     true},
    {"fat over",
     "fat",
     "less olive oil in the dinner",
     {.energy_kcal = 2000, .protein_g = 100, .fat_g = {40, 60}},
     false},
    {"fat short",
     "fat",
     "more olive oil in the dinner",
     {.energy_kcal = 2000, .protein_g = 100, .fat_g = {80, 100}},
     false},
    {"carbohydrate over",
     "carbohydrates",
     "less brown rice in the lunch",
     {.energy_kcal = 2000, .protein_g = 100, .carbohydrate_g = {100, 200}},
     false},
    {"carbohydrate short, and no portion is enough",
     "carbohydrates",
     "choose another recipe for the lunch",
     {.energy_kcal = 2000, .protein_g = 100, .carbohydrate_g = {600, 700}},
     false},
    {"net carbohydrate at its limit",
     "net_carbohydrates",
     "",
     {.energy_kcal = 2000, .protein_g = 100, .net_carbohydrate_max_g = 210},
     true},
    {"net carbohydrate over",
     "net_carbohydrates",
     "less brown rice in the lunch",
     {.energy_kcal = 2000, .protein_g = 100, .net_carbohydrate_max_g = 180},
     false},
};

static void verdict_judges_each_day_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(day_cases); i++) {
        struct week w;
        week_init(&w, 1);
        struct range fat = day_cases[i].targets.fat_g;
        struct range carbohydrate = day_cases[i].targets.carbohydrate_g;
        w.targets = day_cases[i].targets;
        w.targets.fat_g = fat.max > 0 ? fat : (struct range){0, 1000};
        w.targets.carbohydrate_g = carbohydrate.max > 0 ? carbohydrate : (struct range){0, 1000};
        week_judge(&w);
        CHECK_I64(day_cases[i].name, w.verdict.errors, day_cases[i].holds ? 0 : 1);
        if (!day_cases[i].holds) {
            const struct finding *finding = finding_of(&w, day_cases[i].rule, 0);
            check_has(day_cases[i].name, finding->mend, day_cases[i].mend);
            check_has(day_cases[i].name, finding->message, "monday has ");
            if (str_find(finding->mend, STR("another recipe")) == SIZE_MAX) {
                mend_apply(&w, finding->mend);
                week_judge(&w);
                CHECK_I64(day_cases[i].name, has_finding(&w, day_cases[i].rule), false);
            }
        }
        week_close(&w);
    }
}

/* A line at the lunch of the first day, beside rice and tofu, judged with 14 g of protein missing,
 * and of vitamin C whatever the food holds. */
static void mend_with_line(struct week *w, const char *name, const char *category, double grams)
{
    week_init(w, 1);
    static struct food extra;
    food_init(&extra, 9, name, 150, 60, 1, 1, 0);
    extra.category = str_from_cstr(category);
    food_set(&extra, N_VITAMIN_C, 500);
    food_set(&w->foods[RICE], N_VITAMIN_C, 0);
    food_set(&w->foods[TOFU], N_VITAMIN_C, 5);
    food_set(&w->foods[OIL], N_VITAMIN_C, 0);
    food_set(&w->foods[KALE], N_VITAMIN_C, 50);
    static struct plan_line lines[3];
    memcpy(lines, w->lines[0], 2 * sizeof lines[0]);
    line_init(&lines[2], name, &extra, grams);
    w->meals[0][0].lines = lines;
    w->meals[0][0].line_count = ARRAY_LEN(lines);
    plan_add_up(&w->plan);
    w->targets.energy_kcal = w->plan.sum.amount[N_ENERGY];
    w->targets.protein_g = w->plan.sum.amount[N_PROTEIN] + 14;
    w->targets.intake[N_VITAMIN_C].kind = INTAKE_RDA;
    w->targets.intake[N_VITAMIN_C].amount = w->plan.sum.amount[N_VITAMIN_C] + 4;
}

static void mend_asks_for_food_and_not_for_what_flavours_it(void **state)
{
    (void)state;
    static const struct {
        const char *name, *category;
        double grams;
        bool is_asked_for;
    } cases[] = {
        {"seitan strips", "Cereal Grains and Pasta", 40, true},
        {"pepper, black", "Spices and Herbs", 40, false},
        {"tamari", "Legumes and Legume Products", 40, false},
        {"parsley", "Vegetables and Vegetable Products", 40, false},
        {"maple syrup", "Sweets", 40, false},
        {"honey", "", 40, false},
        {"gravy", "Soups, Sauces, and Gravies", 40, false},
        {"cooking wine", "", 40, false},
        {"seitan strips", "", 9, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct week w;
        mend_with_line(&w, cases[i].name, cases[i].category, cases[i].grams);
        week_judge(&w);
        struct str day = finding_of(&w, "protein", 0)->mend;
        struct str mean = finding_of(&w, "intake", VERDICT_WEEK)->mend;
        struct str name = str_from_cstr(cases[i].name);
        CHECK_I64(cases[i].name, str_find(day, name) != SIZE_MAX, cases[i].is_asked_for);
        CHECK_I64(cases[i].name, str_find(mean, name) != SIZE_MAX, cases[i].is_asked_for);
        check_has(cases[i].name, mean,
                  cases[i].is_asked_for ? "5 g more seitan strips a day, in"
                                        : "10 g more kale a day, in");
        week_close(&w);
    }
}

static void mend_never_asks_for_more_of_what_is_forbidden(void **state)
{
    (void)state;
    static const struct {
        const char *name, *excluded;
        diet_set diets;
    } cases[] = {
        {"gluten strips", "gluten", 0},
        {"strips of veal", "", DIET_BIT(DIET_VEGETARIAN)},
        {"seitan strips", "seitan", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct week w;
        mend_with_line(&w, cases[i].name, "", 40);
        CHECK_STATUS(w.cx, exclusions_add(w.cx, &w.exclusions, str_from_cstr(cases[i].excluded)),
                     OK);
        w.rules.diets = cases[i].diets;
        week_judge(&w);
        struct str name = str_from_cstr(cases[i].name);
        struct str day = finding_of(&w, "protein", 0)->mend;
        struct str mean = finding_of(&w, "intake", VERDICT_WEEK)->mend;
        check_has(cases[i].name, day, "more tofu, firm");
        CHECK_I64(cases[i].name, str_find(mean, name) == SIZE_MAX, true);
        week_close(&w);
    }
}

static void mend_is_at_least_five_grams(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.targets.fat_g = (struct range){.min = 72, .max = 90}; /* 71.5 are there: 0.5 g of oil */
    week_judge(&w);
    check_has("fat", finding_of(&w, "fat", 0)->mend, "5 g more olive oil in the dinner");
    mend_apply(&w, finding_of(&w, "fat", 0)->mend);
    week_judge(&w);
    CHECK_I64("fat holds", has_finding(&w, "fat"), false);
    week_close(&w);
}

static void mend_cuts_food_and_not_what_flavours_it(void **state)
{
    (void)state;
    struct week w;
    mend_with_line(&w, "tamari", "Legumes and Legume Products", 40);
    w.targets.protein_g -= 28;
    week_judge(&w);
    check_has("protein", finding_of(&w, "protein", 0)->mend, "less tofu, firm");
    week_close(&w);
}

static void mend_rounds_up_only_where_the_day_stays_right(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.targets.energy_kcal = 1995; /* 5 g of rice are 17 kcal, of tofu 7, of kale 5 */
    w.rules.tolerance.energy_share = 0.001;
    week_judge(&w);
    check_has("energy", finding_of(&w, "energy", 0)->mend, "5 g less kale in the dinner");
    mend_apply(&w, finding_of(&w, "energy", 0)->mend);
    week_judge(&w);
    CHECK_I64("energy holds", has_finding(&w, "energy"), false);
    week_close(&w);
}

static void mend_asks_for_a_tablespoon_of_oil_at_most(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.foods[OIL].category = STR("Fats and Oils");
    w.lines[0][OIL].grams = 20;
    food_set(&w.foods[OIL], N_VITAMIN_E, 14);
    w.targets.intake[N_VITAMIN_E].kind = INTAKE_RDA;
    w.targets.intake[N_VITAMIN_E].amount = 2.8 + 2.1; /* 15 g of oil */
    w.targets.fat_g.min = 61.8 + 19.4;                /* 20 g: as much again */
    w.targets.fat_g.max = 90;
    week_judge(&w);
    check_has("fat", finding_of(&w, "fat", 0)->mend, "20 g more olive oil");
    check_has("mean", finding_of(&w, "intake", VERDICT_WEEK)->mend, "15 g more olive oil a day");
    w.targets.intake[N_VITAMIN_E].amount = 2.8 + 2.2;
    w.targets.fat_g.min = 61.8 + 19.5;
    week_judge(&w);
    check_has("fat", finding_of(&w, "fat", 0)->mend, "more tofu, firm");
    check_has("mean", finding_of(&w, "intake", VERDICT_WEEK)->mend, "no single food");
    week_close(&w);
}

static void verdict_takes_the_callers_tolerance(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.targets = (struct targets){
        .energy_kcal = 2300, .protein_g = 115, .fat_g = {80, 80}, .carbohydrate_g = {275, 275}};
    w.rules.tolerance = (struct verdict_tolerance){
        .energy_share = 0.15, .protein_share = 0.15, .range_share = 0.15};
    week_judge(&w);
    CHECK_I64("within 15 %", w.verdict.errors, 0);
    w.rules.tolerance = (struct verdict_tolerance){
        .energy_share = 0.10, .protein_share = 0.10, .range_share = 0.10};
    week_judge(&w);
    CHECK_I64("past 10 %, all four", w.verdict.errors, 4);
    w.rules.days_advise = true;
    week_judge(&w);
    CHECK_I64("advice only: errors", w.verdict.errors, 0);
    CHECK_I64("advice only: warnings", w.verdict.warnings, 4);
    week_close(&w);
}

static void verdict_tells_when_a_day_rests_on_unknown_weight(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.lines[0][KALE].food = NULL;
    week_judge(&w);
    const struct finding *energy = finding_of(&w, "energy", 0);
    CHECK_NEAR("coverage", energy->coverage, 730.0 / 830.0, 1e-9);
    check_has("message", energy->message, "(known for 87 % of the weight)");
    week_close(&w);
}

/* ---- foods -------------------------------------------------------------------------------------
 */

static void verdict_finds_an_allergen_with_its_evidence(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    CHECK_STATUS(w.cx, exclusions_add(w.cx, &w.exclusions, STR("soy")), OK);
    line_init(&w.lines[0][TOFU], "white cubes", &w.foods[TOFU], 400); /* the table tells anyway */
    week_judge(&w);
    CHECK_I64("errors", w.verdict.errors, 2);
    const struct finding *finding = finding_of(&w, "allergen", 0);
    CHECK_I64("meal", finding->meal, 0);
    CHECK_STR("line", finding->line, STR("white cubes"));
    assert_true(str_eq_nocase(finding->word, STR("tofu")));
    CHECK_STR("mend", finding->mend,
              STR("replace white cubes in the lunch on monday, or choose another recipe"));
    week_close(&w);
}

static void verdict_finds_an_excluded_word_but_not_inside_another(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    CHECK_STATUS(w.cx, exclusions_add(w.cx, &w.exclusions, STR("kale")), OK);
    CHECK_STATUS(w.cx, exclusions_add(w.cx, &w.exclusions, STR("ice")), OK);
    week_judge(&w);
    CHECK_I64("kale, and no ice in rice", w.verdict.errors, 1);
    CHECK_STR("line", finding_of(&w, "allergen", 0)->line, STR("kale"));
    week_close(&w);
}

static void verdict_finds_what_a_diet_leaves_out(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.rules.diets = DIET_BIT(DIET_VEGAN);
    week_judge(&w);
    CHECK_I64("all plants", w.verdict.errors, 0);
    line_init(&w.lines[0][OIL], "butter", &w.foods[OIL], 30);
    week_judge(&w);
    CHECK_I64("butter", w.verdict.errors, 1);
    const struct finding *finding = finding_of(&w, "diet", 0);
    CHECK_STR("word", finding->word, STR("butter"));
    check_has("message", finding->message, "vegan");
    check_has("mend", finding->mend, "replace butter in the dinner on monday");
    week_close(&w);
}

static void verdict_warns_where_a_food_often_breaks_a_diet(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.rules.diets = DIET_BIT(DIET_VEGAN);
    w.lines[0][KALE].classes.may_contain = CLASS_BIT(CLASS_FISH);
    week_judge(&w);
    CHECK_I64("errors", w.verdict.errors, 0);
    CHECK_I64("severity", finding_of(&w, "diet", 0)->severity, SEVERITY_WARNING);
    week_close(&w);
}

static void verdict_names_unknown_foods_and_recipes(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    w.rules.targets = NULL;
    w.lines[0][KALE].food = NULL;
    w.meals[0][0].unknown = true;
    w.meals[0][0].recipe_id = STR("x");
    w.meals[0][0].line_count = 0;
    week_judge(&w);
    CHECK_I64("errors", w.verdict.errors, 2);
    check_has("food", finding_of(&w, "unknown_food", 0)->message, "food 4 (kale)");
    check_has("recipe", finding_of(&w, "unknown_recipe", 0)->message, "recipe x");
    assert_true(finding_of(&w, "unknown_food", 0)->mend.len > 0);
    assert_true(finding_of(&w, "unknown_recipe", 0)->mend.len > 0);
    w.rules.allow_unknown = true;
    week_judge(&w);
    CHECK_I64("allowed: errors", w.verdict.errors, 0);
    CHECK_I64("allowed: warnings", w.verdict.warnings, 2);
    week_close(&w);
}

/* ---- intakes -----------------------------------------------------------------------------------
 */

/* The four foods hold `per_100g` of kale's and nothing of the others', all known. */
static void kale_alone_holds(struct week *w, enum nutrient nutrient, double per_100g)
{
    for (size_t i = 0; i < FOOD_KINDS; i++) {
        food_set(&w->foods[i], nutrient, i == KALE ? per_100g : 0);
    }
}

static void intake_is_graded_by_share_and_kind(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double amount;
        enum intake_kind kind;
        int severity; /* -1: no finding */
    } cases[] = {
        {"RDA met", 90, INTAKE_RDA, -1},
        {"RDA just short", 90.01, INTAKE_RDA, SEVERITY_INFO},
        {"RDA at two thirds", 135, INTAKE_RDA, SEVERITY_INFO},
        {"RDA below two thirds", 135.1, INTAKE_RDA, SEVERITY_WARNING},
        {"AI below two thirds", 500, INTAKE_AI, SEVERITY_INFO},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct week w;
        week_init(&w, 2);
        kale_alone_holds(&w, N_VITAMIN_C, 90);
        w.targets.intake[N_VITAMIN_C].kind = cases[i].kind;
        w.targets.intake[N_VITAMIN_C].amount = cases[i].amount;
        week_judge(&w);
        CHECK_I64(cases[i].name, w.verdict.count, cases[i].severity < 0 ? 0 : 1);
        if (cases[i].severity >= 0) {
            const struct finding *finding = finding_of(&w, "intake", VERDICT_WEEK);
            CHECK_I64(cases[i].name, finding->severity, cases[i].severity);
            CHECK_NEAR(cases[i].name, finding->coverage, 1, 1e-9);
            assert_true(finding->mend.len > 0);
        }
        week_close(&w);
    }
}

static void intake_mend_names_a_food_and_grams(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    kale_alone_holds(&w, N_VITAMIN_C, 50);
    w.targets.intake[N_VITAMIN_C].kind = INTAKE_RDA;
    w.targets.intake[N_VITAMIN_C].amount = 110;
    week_judge(&w);
    CHECK_STR("mend", finding_of(&w, "intake", VERDICT_WEEK)->mend,
              STR("120 g more kale a day, in exchange for 127 kcal of other foods"));
    week_close(&w);
}

static void intake_cannot_tell_when_unknown_weight_could_hold_it(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned known; /* bit per food */
        enum intake_state want;
    } cases[] = {
        {"all known", 1U << RICE | 1U << TOFU | 1U << OIL | 1U << KALE, INTAKE_VERY_SHORT},
        {"half known, none in it", 1U << TOFU | 1U << OIL, INTAKE_VERY_SHORT},
        {"nearly half known, none in it", 1U << TOFU, INTAKE_UNCLEAR},
        {"too little known", 1U << OIL, INTAKE_UNCLEAR},
        {"kale alone known, and rich", 1U << KALE | 1U << TOFU, INTAKE_SHORT},
        {"nothing known", 0, INTAKE_UNCLEAR},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct week w;
        week_init(&w, 1);
        for (size_t f = 0; f < FOOD_KINDS; f++) {
            if ((cases[i].known >> f & 1U) != 0) {
                food_set(&w.foods[f], N_CHOLINE, f == KALE ? 60 : 0);
            }
        }
        w.targets.intake[N_CHOLINE].kind = INTAKE_RDA;
        w.targets.intake[N_CHOLINE].amount = 130;
        week_judge(&w);
        struct intake_mean intake = intake_mean_of(&w.plan, &w.targets, N_CHOLINE);
        CHECK_I64(cases[i].name, intake.state, cases[i].want);
        const struct finding *finding = finding_of(&w, "intake", VERDICT_WEEK);
        CHECK_I64(cases[i].name, finding->severity,
                  cases[i].want == INTAKE_VERY_SHORT ? SEVERITY_WARNING : SEVERITY_INFO);
        if (cases[i].want == INTAKE_UNCLEAR) {
            check_has(cases[i].name, finding->message, "cannot tell");
            CHECK_I64(cases[i].name, finding->mend.len > 0, cases[i].known != 0);
        }
        week_close(&w);
    }
}

static void intake_estimate_spreads_the_known_over_the_weight(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    food_set(&w.foods[TOFU], N_ZINC, 2); /* 8 mg from 400 of 830 g */
    plan_add_up(&w.plan);
    struct intake_mean intake = intake_mean_of(&w.plan, NULL, N_ZINC);
    CHECK_NEAR("mean", intake.mean, 8, 1e-9);
    CHECK_NEAR("coverage", intake.coverage, 400.0 / 830.0, 1e-9);
    CHECK_NEAR("estimate", intake.estimate, 8 * 830.0 / 400.0, 1e-9);
    CHECK_I64("no target", intake.state, INTAKE_NOT_JUDGED);
    week_close(&w);
}

static void intake_of_vitamin_d_says_food_rarely_reaches_it(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    kale_alone_holds(&w, N_VITAMIN_D, 1);
    w.targets.intake[N_VITAMIN_D].kind = INTAKE_RDA;
    w.targets.intake[N_VITAMIN_D].amount = 15;
    week_judge(&w);
    check_has("mend", finding_of(&w, "intake", VERDICT_WEEK)->mend, "food alone rarely");
    week_close(&w);
}

static void vegans_are_warned_of_any_lack_of_b12(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    kale_alone_holds(&w, N_VITAMIN_B12, 2.3);
    w.targets.intake[N_VITAMIN_B12].kind = INTAKE_RDA;
    w.targets.intake[N_VITAMIN_B12].amount = 2.4;
    week_judge(&w);
    CHECK_I64("others", finding_of(&w, "intake", VERDICT_WEEK)->severity, SEVERITY_INFO);
    w.rules.diets = DIET_BIT(DIET_VEGAN);
    week_judge(&w);
    const struct finding *finding = finding_of(&w, "intake", VERDICT_WEEK);
    CHECK_I64("vegans", finding->severity, SEVERITY_WARNING);
    check_has("mend", finding->mend, "fortified");
    week_close(&w);
}

static void intakes_that_foods_cannot_speak_to_are_not_judged(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    static const enum nutrient silent[] = {N_WATER, N_SODIUM, N_CHLORIDE};
    for (size_t i = 0; i < ARRAY_LEN(silent); i++) {
        kale_alone_holds(&w, silent[i], 0);
        w.targets.intake[silent[i]].kind = INTAKE_AI;
        w.targets.intake[silent[i]].amount = 1000;
    }
    week_judge(&w);
    CHECK_I64("water, sodium, chloride", w.verdict.count, 0);
    w.targets.intake[N_CARBOHYDRATE].kind = INTAKE_RDA;
    w.targets.intake[N_CARBOHYDRATE].amount = 1000;
    week_judge(&w);
    CHECK_I64("carbohydrate", w.verdict.count, 1);
    w.targets.net_carbohydrate_max_g = 250;
    week_judge(&w);
    CHECK_I64("carbohydrate under keto", w.verdict.count, 0);
    week_close(&w);
}

static void upper_limits_count_what_food_brings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double per_100g, upper;
        enum nutrient nutrient, eaten;
        int week; /* severity, -1: none */
    } cases[] = {
        {"zinc at its limit", 40, 40, N_ZINC, N_ZINC, -1},
        {"zinc over", 40.1, 40, N_ZINC, N_ZINC, SEVERITY_ERROR},
        {"vitamin A as carotene", 9000, 3000, N_VITAMIN_A, N_VITAMIN_A, -1},
        {"vitamin A as retinol", 9000, 3000, N_VITAMIN_A, N_RETINOL, SEVERITY_ERROR},
        {"folate of food", 2000, 1000, N_FOLATE, N_FOLATE, -1},
        {"folic acid", 2000, 1000, N_FOLATE, N_FOLIC_ACID, SEVERITY_ERROR},
        {"magnesium of food", 900, 350, N_MAGNESIUM, N_MAGNESIUM, -1},
        {"vitamin E of food", 2000, 1000, N_VITAMIN_E, N_VITAMIN_E, -1},
        {"niacin of food", 100, 35, N_NIACIN, N_NIACIN, -1},
        {"manganese informs", 30, 11, N_MANGANESE, N_MANGANESE, SEVERITY_INFO},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct week w;
        week_init(&w, 2);
        kale_alone_holds(&w, cases[i].eaten, cases[i].per_100g);
        w.targets.intake[cases[i].nutrient].upper = cases[i].upper;
        week_judge(&w);
        CHECK_I64(cases[i].name, w.verdict.count, cases[i].week < 0 ? 0 : 1);
        if (cases[i].week >= 0) {
            const struct finding *finding = finding_of(&w, "upper_limit", VERDICT_WEEK);
            CHECK_I64(cases[i].name, finding->severity, cases[i].week);
            CHECK_I64(cases[i].name, finding->nutrient, cases[i].nutrient);
            check_has(cases[i].name, finding->mend,
                      cases[i].week == SEVERITY_INFO
                          ? "nothing needs to change"
                          : "kale in the dinner on monday, the largest source");
        }
        week_close(&w);
    }
}

static void an_upper_limit_passed_on_one_day_warns(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    kale_alone_holds(&w, N_ZINC, 30);
    w.lines[1][KALE].grams = 150;
    w.targets.intake[N_ZINC].upper = 40;
    w.targets.energy_kcal = 2026;
    w.rules.tolerance.energy_share = 0.1;
    w.rules.tolerance.protein_g = 10;
    week_judge(&w);
    CHECK_I64("count", w.verdict.count, 1);
    const struct finding *finding = finding_of(&w, "upper_limit", 1);
    CHECK_I64("severity", finding->severity, SEVERITY_WARNING);
    CHECK_NEAR("actual", finding->actual, 45, 1e-9);
    check_has("mend", finding->mend, "17 g less kale in the dinner on tuesday");
    week_close(&w);
}

static void sodium_saturated_fat_and_fibre_never_invalidate(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    kale_alone_holds(&w, N_SODIUM, 2500);
    kale_alone_holds(&w, N_SATURATED, 23);
    w.targets.sodium_max_mg = 2300;
    w.targets.saturated_max_g = 22;
    w.targets.fibre_min_g = 35;
    week_judge(&w);
    CHECK_I64("errors", w.verdict.errors, 0);
    CHECK_I64("sodium", finding_of(&w, "sodium", VERDICT_WEEK)->severity, SEVERITY_WARNING);
    CHECK_I64("saturated", finding_of(&w, "saturated_fat", VERDICT_WEEK)->severity,
              SEVERITY_WARNING);
    const struct finding *fibre = finding_of(&w, "fiber", VERDICT_WEEK);
    CHECK_I64("fibre", fibre->severity, SEVERITY_INFO);
    check_has("fibre", fibre->mend, "50 g more kale a day");
    check_has("a little", finding_of(&w, "sodium", VERDICT_WEEK)->mend, "16 g less kale");
    w.targets.sodium_max_mg = 100;
    week_judge(&w);
    check_has("a lot", finding_of(&w, "sodium", VERDICT_WEEK)->mend,
              "to begin with, leave out kale");
    w.targets.sodium_max_mg = 2500;
    w.targets.saturated_max_g = 23;
    w.targets.fibre_min_g = 30;
    week_judge(&w);
    CHECK_I64("all met", w.verdict.count, 0);
    week_close(&w);
}

static void sodium_is_also_judged_by_day(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 2);
    kale_alone_holds(&w, N_SODIUM, 2000);
    w.lines[1][KALE].grams = 120;
    w.targets.sodium_max_mg = 2300;
    w.rules.tolerance.energy_share = 0.1;
    week_judge(&w);
    CHECK_I64("count", w.verdict.count, 1);
    CHECK_I64("day", finding_of(&w, "sodium", 1)->severity, SEVERITY_WARNING);
    week_close(&w);
}

/* ---- order and JSON ----------------------------------------------------------------------------
 */

static void findings_come_errors_first_then_by_day(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 3);
    kale_alone_holds(&w, N_VITAMIN_C, 1);
    w.targets.intake[N_VITAMIN_C].kind = INTAKE_RDA;
    w.targets.intake[N_VITAMIN_C].amount = 90;
    line_init(&w.lines[2][RICE], "brown rice", &w.foods[RICE], 200);
    line_init(&w.lines[1][RICE], "brown rice", &w.foods[RICE], 200);
    week_judge(&w);
    assert_true(w.verdict.count > 3);
    for (size_t i = 1; i < w.verdict.count; i++) {
        const struct finding *a = &w.verdict.findings[i - 1];
        const struct finding *b = &w.verdict.findings[i];
        assert_true(a->severity > b->severity || (a->severity == b->severity && a->day <= b->day));
    }
    CHECK_I64("the week's comes last", w.verdict.findings[w.verdict.count - 1].day, VERDICT_WEEK);
    week_close(&w);
}

static void verdict_write_gives_numbers_evidence_and_mend(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    CHECK_STATUS(w.cx, exclusions_add(w.cx, &w.exclusions, STR("kale")), OK);
    w.targets.protein_g = 114;
    week_judge(&w);
    struct buf buf = buf_in(w.cx->arena, KIB(64));
    struct json_writer writer = json_writer_on(&buf);
    verdict_write(&w.plan, &w.verdict, &writer);
    const struct json *root = NULL;
    CHECK_STATUS(w.cx, json_read(w.cx, buf_str(&buf), NULL, &root), OK);
    CHECK_I64("count", root->count, 2);
    const struct json *protein = root->first;
    CHECK_STR("rule", json_find_str(protein, STR("rule")), STR("protein"));
    CHECK_STR("severity", json_find_str(protein, STR("severity")), STR("error"));
    CHECK_STR("day", json_find_str(protein, STR("day")), STR("monday"));
    CHECK_STR("nutrient", json_find_str(protein, STR("nutrient")), STR("protein"));
    CHECK_STR("actual", json_find(protein, STR("actual"))->text, STR("100"));
    CHECK_STR("min", json_find(protein, STR("min"))->text, STR("113"));
    CHECK_STR("unit", json_find_str(protein, STR("unit")), STR("g"));
    assert_true(json_find_str(protein, STR("mend")).len > 0);
    const struct json *allergen = protein->next;
    const struct json *evidence = json_find(allergen, STR("evidence"));
    CHECK_STR("line", json_find_str(evidence, STR("line")), STR("kale"));
    CHECK_STR("word", json_find_str(evidence, STR("word")), STR("kale"));
    CHECK_STR("meal", json_find_str(allergen, STR("meal")), STR("dinner"));
    week_close(&w);
}

static void verdict_write_stops_at_its_maximum(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    struct finding *many = ARENA_ARRAY(w.cx->arena, struct finding, VERDICT_WRITE_MAX + 1);
    for (size_t i = 0; i <= VERDICT_WRITE_MAX; i++) {
        many[i] = (struct finding){
            .rule = "intake", .day = VERDICT_WEEK, .meal = -1, .nutrient = NUTRIENT_COUNT};
    }
    struct verdict verdict = {.findings = many, .count = VERDICT_WRITE_MAX + 1};
    struct buf buf = buf_in(w.cx->arena, MIB(1));
    struct json_writer writer = json_writer_on(&buf);
    verdict_write(&w.plan, &verdict, &writer);
    const struct json *root = NULL;
    CHECK_STATUS(w.cx, json_read(w.cx, buf_str(&buf), NULL, &root), OK);
    CHECK_I64("count", root->count, VERDICT_WRITE_MAX);
    week_close(&w);
}

static void places_are_named_by_what_there_is(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    CHECK_STR("name", plan_day_words(w.cx->arena, &w.plan, 0), STR("monday"));
    w.days[0].name = (struct str){0};
    w.days[0].date = 20512;
    CHECK_STR("date", plan_day_words(w.cx->arena, &w.plan, 0), STR("2026-02-28"));
    w.days[0].date = PLAN_NO_DATE;
    CHECK_STR("number", plan_day_words(w.cx->arena, &w.plan, 0), STR("day 1"));
    CHECK_STR("meal", plan_meal_words(w.cx->arena, &w.days[0], 1), STR("dinner"));
    w.meals[0][1].type = (struct str){0};
    CHECK_STR("meal number", plan_meal_words(w.cx->arena, &w.days[0], 1), STR("meal 2"));
    week_close(&w);
}

/* ---- targets as JSON ---------------------------------------------------------------------------
 */

static void targets_survive_json(void **state)
{
    (void)state;
    struct week w;
    week_init(&w, 1);
    struct targets t = w.targets;
    t.fat_g = (struct range){2000 * 0.2 / 9, 2000 * 0.35 / 9};
    t.net_carbohydrate_max_g = 30;
    t.fibre_min_g = 28;
    t.saturated_max_g = 22.2;
    t.sodium_max_mg = 2300;
    t.intake[N_VITAMIN_C].kind = INTAKE_RDA;
    t.intake[N_VITAMIN_C].amount = 90;
    t.intake[N_VITAMIN_C].upper = 2000;
    t.intake[N_CHOLINE].kind = INTAKE_AI;
    t.intake[N_CHOLINE].amount = 550;
    t.notes[t.note_count++] = "no deficit during pregnancy";
    struct buf buf = buf_in(w.cx->arena, KIB(64));
    struct json_writer writer = json_writer_on(&buf);
    targets_write(&t, &writer);
    const struct json *root = NULL;
    struct targets back;
    CHECK_STATUS(w.cx, json_read(w.cx, exact_copy(w.cx, buf_str(&buf)), NULL, &root), OK);
    CHECK_STATUS(w.cx, targets_read(w.cx, root, &back), OK);
    CHECK_NEAR("energy", back.energy_kcal, t.energy_kcal, 0);
    CHECK_NEAR("protein", back.protein_g, t.protein_g, 0);
    CHECK_NEAR("fat min", back.fat_g.min, t.fat_g.min, 1e-8);
    CHECK_NEAR("fat max", back.fat_g.max, t.fat_g.max, 1e-8);
    CHECK_NEAR("carbohydrate max", back.carbohydrate_g.max, 300, 0);
    CHECK_NEAR("net carbohydrate", back.net_carbohydrate_max_g, 30, 0);
    CHECK_NEAR("fibre", back.fibre_min_g, 28, 0);
    CHECK_NEAR("saturated", back.saturated_max_g, 22.2, 1e-9);
    CHECK_NEAR("sodium", back.sodium_max_mg, 2300, 0);
    CHECK_I64("kind", back.intake[N_VITAMIN_C].kind, INTAKE_RDA);
    CHECK_NEAR("upper", back.intake[N_VITAMIN_C].upper, 2000, 0);
    CHECK_I64("AI", back.intake[N_CHOLINE].kind, INTAKE_AI);
    CHECK_I64("absent", back.intake[N_IRON].kind, INTAKE_NONE);
    CHECK_I64("notes", back.note_count, 1);
    assert_string_equal(back.notes[0], t.notes[0]);
    week_close(&w);
}

static void targets_read_refuses_what_is_no_target(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json, *words;
    } cases[] = {
        {"no energy",
         "{\"protein_g\":1,\"fat_g\":{\"min\":1,\"max\":2},\"carbohydrate_g\":{\"max\":2}}",
         "energy_kcal is required"},
        {"text", "{\"energy_kcal\":\"2000\"}", "energy_kcal must be a number"},
        {"negative", "{\"energy_kcal\":-1}", "energy_kcal must be a number"},
        {"not an object", "[]", "energy_kcal is required"},
        {"no fat", "{\"energy_kcal\":2000,\"protein_g\":1}", "fat_g must be"},
        {"ends crossed", "{\"energy_kcal\":2000,\"protein_g\":1,\"fat_g\":{\"min\":3,\"max\":2}}",
         "fat_g must be"},
        {"unknown kind",
         "{\"energy_kcal\":2000,\"protein_g\":1,\"fat_g\":{\"max\":2},\"carbohydrate_g\":{\"max\":"
         "2},\"intake\":{\"iron\":{\"kind\":\"ear\"}}}",
         "intake.iron.kind"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = {0};
        arena_init(&t.arena, 0);
        t.cx = (struct ctx){.arena = &t.arena};
        const struct json *root = NULL;
        struct targets targets;
        struct str source = exact_copy(&t.cx, str_from_cstr(cases[i].json));
        CHECK_STATUS(&t.cx, json_read(&t.cx, source, NULL, &root), OK);
        CHECK_STATUS(&t.cx, targets_read(&t.cx, root, &targets), ERR_INVALID);
        check_has(cases[i].name, str_from_cstr(t.cx.err.words), cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_add_up_sums_meals_days_and_week),
        cmocka_unit_test(plan_add_up_gives_unknown_foods_weight_without_content),
        cmocka_unit_test(verdict_accepts_a_day_on_target),
        cmocka_unit_test(verdict_judges_each_day_number),
        cmocka_unit_test(mend_asks_for_food_and_not_for_what_flavours_it),
        cmocka_unit_test(mend_never_asks_for_more_of_what_is_forbidden),
        cmocka_unit_test(mend_is_at_least_five_grams),
        cmocka_unit_test(mend_cuts_food_and_not_what_flavours_it),
        cmocka_unit_test(mend_rounds_up_only_where_the_day_stays_right),
        cmocka_unit_test(mend_asks_for_a_tablespoon_of_oil_at_most),
        cmocka_unit_test(verdict_takes_the_callers_tolerance),
        cmocka_unit_test(verdict_tells_when_a_day_rests_on_unknown_weight),
        cmocka_unit_test(verdict_finds_an_allergen_with_its_evidence),
        cmocka_unit_test(verdict_finds_an_excluded_word_but_not_inside_another),
        cmocka_unit_test(verdict_finds_what_a_diet_leaves_out),
        cmocka_unit_test(verdict_warns_where_a_food_often_breaks_a_diet),
        cmocka_unit_test(verdict_names_unknown_foods_and_recipes),
        cmocka_unit_test(intake_is_graded_by_share_and_kind),
        cmocka_unit_test(intake_mend_names_a_food_and_grams),
        cmocka_unit_test(intake_cannot_tell_when_unknown_weight_could_hold_it),
        cmocka_unit_test(intake_estimate_spreads_the_known_over_the_weight),
        cmocka_unit_test(intake_of_vitamin_d_says_food_rarely_reaches_it),
        cmocka_unit_test(vegans_are_warned_of_any_lack_of_b12),
        cmocka_unit_test(intakes_that_foods_cannot_speak_to_are_not_judged),
        cmocka_unit_test(upper_limits_count_what_food_brings),
        cmocka_unit_test(an_upper_limit_passed_on_one_day_warns),
        cmocka_unit_test(sodium_saturated_fat_and_fibre_never_invalidate),
        cmocka_unit_test(sodium_is_also_judged_by_day),
        cmocka_unit_test(findings_come_errors_first_then_by_day),
        cmocka_unit_test(verdict_write_gives_numbers_evidence_and_mend),
        cmocka_unit_test(verdict_write_stops_at_its_maximum),
        cmocka_unit_test(places_are_named_by_what_there_is),
        cmocka_unit_test(targets_survive_json),
        cmocka_unit_test(targets_read_refuses_what_is_no_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
