/*
 * What people must not eat is never served, and what only sounds like it is not taken from them.
 * The judge here is a list of plain words of this test's own, compared token by token: it knows
 * nothing of the classifier that chose the dishes.
 */
#include "functions/plan-generator/week.h"
#include "tests/support/check.h"
#include "tests/support/seed_book.h"

#include <ctype.h>

static struct {
    struct arena arena;
    struct ctx cx;
    struct food_table foods;
    struct recipe_book recipes;
} book;

static int book_open(void **state)
{
    (void)state;
    arena_init(&book.arena, 0);
    book.cx = (struct ctx){.arena = &book.arena};
    seed_book_load(&book.cx, &book.foods, &book.recipes);
    return 0;
}

static int book_close(void **state)
{
    (void)state;
    arena_deinit(&book.arena);
    return 0;
}

/* True if one of the words (commas between, lower case) is a word of the text. */
static bool names_any(struct str text, const char *words)
{
    struct str rest = str_from_cstr(words), word;
    while (str_split_next(&rest, ',', &word)) {
        for (size_t i = 0; i + word.len <= text.len; i++) {
            bool begins = i == 0 || !isalpha((unsigned char)text.ptr[i - 1]);
            bool ends = i + word.len == text.len || !isalpha((unsigned char)text.ptr[i + word.len]);
            if (begins && ends && str_eq_nocase(str_slice(text, i, i + word.len), word)) {
                return true;
            }
        }
    }
    return false;
}

/* What is asked to be kept out, in everyday words; what then must not be on the plate. */
static const struct {
    const char *asked, *words;
} avoided[] = {
    {"tree nuts", "almond,almonds,walnut,walnuts,cashew,cashews,pecan,pecans,pistachio,pistachios,"
                  "hazelnut,hazelnuts,macadamia"},
    {"peanuts", "peanut,peanuts"},
    {"dairy", "cheese,yogurt,feta,ricotta,parmesan,mozzarella,halloumi,kefir,paneer,whey,cheddar"},
    {"eggs", "egg,eggs,mayonnaise"},
    {"fish", "salmon,tuna,cod,sardine,sardines,anchovy,anchovies,trout,mackerel,herring,haddock,"
             "worcestershire"},
    {"shellfish", "shrimp,prawn,prawns,crab,lobster,mussel,mussels,clam,clams,squid,scallop"},
    {"soy", "soy,soya,tofu,tempeh,edamame,miso,tamari,soybeans"},
    {"wheat", "wheat,bulgur,couscous,seitan,spelt,semolina,farro"},
    {"gluten", "wheat,bulgur,couscous,seitan,spelt,semolina,farro,barley,rye"},
    {"sesame", "sesame,tahini"},
    {"mustard", "mustard"},
    {"celery", "celery,celeriac"},
    /* the traps, as what they are */
    {"eggplant", "eggplant,aubergine"},
    {"coconut", "coconut"},
    {"buckwheat", "buckwheat"},
    {"nutmeg", "nutmeg"},
    {"butternut squash", "butternut"},
    {"oat milk", "oat milk"},
    {"Worcestershire sauce", "worcestershire"},
    {"mushrooms", "mushroom,mushrooms"},
    {"cilantro", "cilantro"},
};

/* Words that take a true word back. */
static const char harmless[] = "gluten-free,egg-free,dairy-free,eggless,cod liver";

static const diet_set diets[] = {0, DIET_BIT(DIET_VEGETARIAN), DIET_BIT(DIET_PESCATARIAN)};

static const struct person person = {
    .sex = SEX_FEMALE,
    .age_years = 34,
    .height_cm = 168,
    .weight_kg = 65,
    .activity = ACTIVITY_MODERATE,
};

static enum status menu_of(struct ctx *cx, diet_set diet, const size_t *which, size_t count,
                           struct dish_menu *menu)
{
    struct exclusions *exclusions = ARENA_NEW(cx->arena, struct exclusions);
    for (size_t i = 0; i < count; i++) {
        TRY(exclusions_add(cx, exclusions, str_from_cstr(avoided[which[i]].asked)));
    }
    struct dish_rules rules = {.diets = diet, .exclusions = exclusions, .premium_allowed = true};
    return dish_menu_build(cx, &book.recipes, &rules, menu);
}

static void check_line(const struct recipe_line *line, size_t which)
{
    const struct str texts[] = {line->name, line->food->description};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (names_any(texts[i], avoided[which].words) && !names_any(texts[i], harmless)) {
            CHECK_FAILED("no %s: \"" STR_FMT "\" is served\n", avoided[which].asked,
                         STR_ARG(texts[i]));
        }
    }
}

static void check_plate(const struct week *week, const size_t *which, size_t count)
{
    for (size_t d = 0; d < WEEK_DAYS; d++) {
        const struct portions *portions = &week->days[d].portions;
        assert_true(portions->count > 0);
        for (size_t i = 0; i < portions->count; i++) {
            for (size_t k = 0; k < count; k++) {
                check_line(portions->lines[i].line, which[k]);
            }
        }
    }
}

/* A refusal is an answer too; `plans` counts the weeks that were made. */
static void plate_of(diet_set diet, const size_t *which, size_t count, size_t *plans)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct dish_menu menu = {0};
    struct targets targets;
    struct person who = person;
    who.diets = diet;
    CHECK_STATUS(&t.cx, targets_compute(&t.cx, &who, &targets), OK);
    enum status status = menu_of(&t.cx, diet, which, count, &menu);
    struct week *week = ARENA_NEW(t.cx.arena, struct week);
    struct week_options options = {.start = 20780, .seed = which[0] * 31 + which[count - 1]};
    status = status == OK ? week_build(&t.cx, &menu, &targets, &options, week) : status;
    if (status != OK) {
        CHECK_STATUS(&t.cx, status, ERR_INFEASIBLE);
        return;
    }
    check_plate(week, which, count);
    (*plans)++;
}

static void nothing_avoided_is_served_alone_or_in_pairs(void **state)
{
    (void)state;
    size_t plans = 0, asked = 0;
    for (size_t a = 0; a < ARRAY_LEN(avoided); a++) {
        for (size_t b = a; b < ARRAY_LEN(avoided); b++) {
            size_t pair[] = {a, b};
            plate_of(diets[(a + b) % ARRAY_LEN(diets)], pair, a == b ? 1 : 2, &plans);
            asked++;
        }
    }
    print_message("%zu of %zu got a week\n", plans, asked);
    assert_true(plans >= asked * 19 / 20);
}

/* An allergy must not take away what only sounds like it. */
static void what_only_sounds_alike_stays(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *stays;
    } cases[] = {
        {"eggs", "eggplant"},       {"tree nuts", "coconut"}, {"tree nuts", "nutmeg"},
        {"tree nuts", "butternut"}, {"wheat", "buckwheat"},   {"gluten", "buckwheat"},
        {"dairy", "coconut milk"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct dish_menu menu = {0};
        size_t which = 0, found = 0;
        while (strcmp(avoided[which].asked, cases[i].asked) != 0) {
            which++;
        }
        CHECK_STATUS(&t.cx, menu_of(&t.cx, 0, &which, 1, &menu), OK);
        for (unsigned meal = 0; meal < MEAL_TYPE_COUNT; meal++) {
            for (size_t d = 0; d < menu.count[meal]; d++) {
                const struct recipe *recipe = menu.of[meal][d]->recipe;
                for (size_t k = 0; k < recipe->line_count; k++) {
                    found += names_any(recipe->lines[k].name, cases[i].stays);
                }
            }
        }
        if (found == 0) {
            CHECK_FAILED("no %s: %s went too\n", cases[i].asked, cases[i].stays);
        }
    }
}

/* The judge itself, on what it would have to notice. */
static void judge_notices_words_and_no_parts_of_words(void **state)
{
    (void)state;
    assert_true(names_any(STR("Egg, whole, raw"), "egg,eggs"));
    assert_true(names_any(STR("mayonnaise of eggs"), "egg,eggs"));
    assert_false(names_any(STR("eggplant"), "egg,eggs"));
    assert_false(names_any(STR("buckwheat"), "wheat"));
    assert_true(names_any(STR("soba (wheat and buckwheat)"), "wheat"));
    size_t guilty = 0;
    for (size_t r = 0; r < book.recipes.count; r++) {
        for (size_t i = 0; i < book.recipes.recipes[r].line_count; i++) {
            for (size_t k = 0; k < ARRAY_LEN(avoided); k++) {
                guilty += names_any(book.recipes.recipes[r].lines[i].name, avoided[k].words);
            }
        }
    }
    assert_true(guilty > 300); /* there is much that must not be served */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_avoided_is_served_alone_or_in_pairs),
        cmocka_unit_test(what_only_sounds_alike_stays),
        cmocka_unit_test(judge_notices_words_and_no_parts_of_words),
    };
    return cmocka_run_group_tests(tests, book_open, book_close);
}
