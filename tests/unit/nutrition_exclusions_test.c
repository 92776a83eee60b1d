#include "shared/nutrition/food_class.h"

#include "tests/support/check.h"

enum {
    MILK = CLASS_BIT(CLASS_MILK),
    EGG = CLASS_BIT(CLASS_EGG),
    SHELL = CLASS_BIT(CLASS_CRUSTACEAN) | CLASS_BIT(CLASS_MOLLUSC),
    SEAFOOD = SHELL | CLASS_BIT(CLASS_FISH),
    NUT = CLASS_BIT(CLASS_TREE_NUT),
    NUTS = NUT | CLASS_BIT(CLASS_PEANUT),
    GLUTEN = CLASS_BIT(CLASS_GLUTEN) | CLASS_BIT(CLASS_WHEAT),
};

static struct exclusions exclude(struct ctx *cx, struct str text)
{
    struct exclusions exclusions = {0};
    CHECK_STATUS(cx, exclusions_add(cx, &exclusions, exact_copy(cx, text)), OK);
    return exclusions;
}

static void everyday_names_become_classes(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        food_class_set want;
    } cases[] = {
        {STR_INIT("Tree nuts"), NUT},
        {STR_INIT("tree-nut allergy"), NUT},
        {STR_INIT("nuts"), NUTS},
        {STR_INIT("Dairy"), MILK},
        {STR_INIT("dairy-free"), MILK},
        {STR_INIT("no dairy products"), MILK},
        {STR_INIT("lactose intolerance"), MILK},
        {STR_INIT("cow's milk"), MILK},
        {STR_INIT("Shellfish"), SHELL},
        {STR_INIT("SEAFOOD"), SEAFOOD},
        {STR_INIT("fish and shellfish"), SEAFOOD},
        {STR_INIT("gluten"), GLUTEN},
        {STR_INIT("Coeliac disease"), GLUTEN},
        {STR_INIT("wheat"), CLASS_BIT(CLASS_WHEAT)},
        {STR_INIT("soya"), CLASS_BIT(CLASS_SOY)},
        {STR_INIT("eggs"), EGG},
        {STR_INIT("milk and eggs"), MILK | EGG},
        {STR_INIT("milk, eggs; tree nuts"), MILK | EGG | NUT},
        {STR_INIT("nuts (all)"), NUTS},
        {STR_INIT("severe allergy to tree nuts"), NUT},
        {STR_INIT("I am allergic to milk products or anything with sesame in it"),
         MILK | CLASS_BIT(CLASS_SESAME)},
        {STR_INIT("sulfites"), CLASS_BIT(CLASS_SULPHITE)},
        {STR_INIT("shell fish"), SHELL},
        {STR_INIT("sea food"), SEAFOOD},
        {STR_INIT("bivalves"), CLASS_BIT(CLASS_MOLLUSC)},
        {STR_INIT("whey"), MILK},
        {STR_INIT("SO2"), CLASS_BIT(CLASS_SULPHITE)},
        {STR_INIT("milk eggs"), MILK | EGG},
        {STR_INIT("eggs dairy tree nuts"), MILK | EGG | NUT},
        {STR_INIT("I cannot eat dairy"), MILK},
        {STR_INIT("can't have milk"), MILK},
        {STR_INIT("no pork please"), CLASS_BIT(CLASS_PORK)},
        {STR_INIT("EpiPen for sesame"), CLASS_BIT(CLASS_SESAME)},
        {STR_INIT("anaphylactic to peanuts"), CLASS_BIT(CLASS_PEANUT)},
        {STR_INIT("may contain nuts"), NUTS},
        {STR_INIT("eggs (raw)"), EGG},
        {STR_INIT("egg whites"), EGG},
        {STR_INIT("peanut oil"), CLASS_BIT(CLASS_PEANUT)},
        {STR_INIT("celeriac"), CLASS_BIT(CLASS_CELERY)},
        {STR_INIT("gluten-free diet"), GLUTEN},
        {STR_INIT(""), 0},
        {STR_INIT(" - , "), 0},
        {STR_INIT("allergy"), 0},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exclusions got = exclude(&t.cx, cases[i].text);
        CHECK_I64(cases[i].text.ptr, got.classes, cases[i].want);
        CHECK_I64(cases[i].text.ptr, got.word_count, 0);
    }
}

static void other_names_stay_words(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *want; /* words, joined by '|' */
    } cases[] = {
        {STR_INIT("Mushrooms"), "mushrooms"},
        {STR_INIT("goat cheese"), "goat cheese"},
        {STR_INIT("egg noodles"), "egg noodles"},
        {STR_INIT("macaroni and cheese"), "macaroni and cheese"},
        {STR_INIT("olives and capers"), "olives|capers"},
        {STR_INIT("liver, kidney"), "liver|kidney"},
        {STR_INIT("Cilantro"), "cilantro|coriander leaf|fresh coriander"},
        {STR_INIT("aubergines"), "aubergines|eggplant|aubergine"},
        {STR_INIT("cashews"), "cashews"},
        {STR_INIT("soy milk"), "soy milk"},
        {STR_INIT("nut milks"), "nut milks"},
        {STR_INIT("almonds"),
         "almonds|almond|almondmilk|marzipan|frangipane|amaretti|orgeat|macaron"},
        {STR_INIT("jalape\xC3\xB1os"), "jalapenos"},
        {STR_INIT("liver, liver"), "liver"},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exclusions got = exclude(&t.cx, cases[i].text);
        struct str joined = {0};
        for (size_t w = 0; w < got.word_count; w++) {
            joined = arena_format(t.cx.arena, STR_FMT "%s" STR_FMT, STR_ARG(joined),
                                  w == 0 ? "" : "|", STR_ARG(got.words[w]));
        }
        CHECK_STR(cases[i].text.ptr, joined, str_from_cstr(cases[i].want));
        CHECK_I64("no class", got.classes, 0);
    }
}

static void kinds_keep_out_what_belongs_to_them(void **state)
{
    (void)state;
    static const struct {
        struct str exclude, text;
        bool kept_out;
    } cases[] = {
        {STR_INIT("citrus"), STR_INIT("Lemon juice, raw"), true},
        {STR_INIT("Citrus fruits"), STR_INIT("Grapefruit, raw, pink"), true},
        {STR_INIT("citrus"), STR_INIT("lemongrass"), false},
        {STR_INIT("nightshades"), STR_INIT("Peppers, sweet, red, raw"), true},
        {STR_INIT("nightshades"), STR_INIT("aubergine"), true},
        {STR_INIT("nightshades"), STR_INIT("smoked paprika"), true},
        {STR_INIT("nightshades"), STR_INIT("black pepper"), false},
        {STR_INIT("alliums"), STR_INIT("spring onions"), true},
        {STR_INIT("stone fruit allergy"), STR_INIT("Peaches, yellow, raw"), true},
        {STR_INIT("berries"), STR_INIT("Strawberries, raw"), true},
        {STR_INIT("cruciferous vegetables"), STR_INIT("rocket"), true},
        {STR_INIT("corn"), STR_INIT("Popcorn, air-popped"), true},
        {STR_INIT("corn"), STR_INIT("Cornstarch"), true},
        {STR_INIT("sweetcorn"), STR_INIT("Cornstarch"), false},
        {STR_INIT("oats"), STR_INIT("granola"), true},
        {STR_INIT("almonds"), STR_INIT("marzipan"), true},
        {STR_INIT("almonds"), STR_INIT("cashew nuts"), false},
        {STR_INIT("all nuts except almonds"), STR_INIT("cashew nuts"), true},
        {STR_INIT("eggs (raw)"), STR_INIT("Carrots, raw"), false},
        {STR_INIT("tomatoes"), STR_INIT("ketchup"), true},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exclusions exclusions = exclude(&t.cx, cases[i].exclude);
        struct food_classes classes = {0};
        struct exclusion_hit hit = {0};
        food_classes_scan(cases[i].text, &classes);
        CHECK_I64(cases[i].text.ptr, exclusions_match(&exclusions, cases[i].text, &classes, &hit),
                  cases[i].kept_out);
    }
}

/* As many as a profile may hold: 50 allergies, 100 dislikes. */
static void a_full_profile_fits(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct exclusions exclusions = {0};
    for (size_t i = 0; i < 150; i++) {
        struct str word = arena_format(t.cx.arena, "food%zu", i);
        CHECK_STATUS(&t.cx, exclusions_add(&t.cx, &exclusions, word), OK);
    }
    CHECK_STATUS(&t.cx, exclusions_add(&t.cx, &exclusions, STR("citrus, nightshades, corn")), OK);
}

static void words_are_limited(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct exclusions exclusions = {0};
    for (size_t i = 0; i < EXCLUSION_WORDS_MAX; i++) {
        struct str word = arena_format(t.cx.arena, "food%zu", i);
        CHECK_STATUS(&t.cx, exclusions_add(&t.cx, &exclusions, word), OK);
    }
    CHECK_STATUS(&t.cx, exclusions_add(&t.cx, &exclusions, STR("food0, milk")), OK);
    CHECK_STATUS(&t.cx, exclusions_add(&t.cx, &exclusions, STR("one more")), ERR_INVALID);
    assert_non_null(strstr(t.cx.err.words, "256"));
    CHECK_I64("count", exclusions.word_count, EXCLUSION_WORDS_MAX);
    CHECK_I64("classes", exclusions.classes, MILK);
}

static void lines_are_kept_out_with_their_reason(void **state)
{
    (void)state;
    static const struct {
        struct str exclude, text;
        const char *word; /* NULL: the line may stay */
        const char *rule;
        bool may_contain;
    } cases[] = {
        {STR_INIT("tree nuts"), STR_INIT("Nuts, pecans"), "Nuts", "tree nuts", false},
        {STR_INIT("tree nuts"), STR_INIT("basil pesto"), "pesto", "tree nuts", true},
        {STR_INIT("tree nuts"), STR_INIT("coconut milk"), NULL, NULL, false},
        {STR_INIT("tree nuts"), STR_INIT("peanut butter"), NULL, NULL, false},
        {STR_INIT("nuts"), STR_INIT("peanut butter"), "peanut", "peanuts", false},
        {STR_INIT("dairy"), STR_INIT("oat milk"), NULL, NULL, false},
        {STR_INIT("dairy"), STR_INIT("margarine"), "margarine", "milk", true},
        {STR_INIT("mushroom"), STR_INIT("Mushrooms, white, raw"), "Mushrooms", NULL, false},
        {STR_INIT("mushrooms"), STR_INIT("oyster mushroom"), "mushroom", NULL, false},
        {STR_INIT("oysters"), STR_INIT("oyster mushroom"), NULL, NULL, false},
        {STR_INIT("oysters"), STR_INIT("smoked oyster"), "oyster", NULL, false},
        {STR_INIT("butter"), STR_INIT("peanut butter"), NULL, NULL, false},
        {STR_INIT("butter"), STR_INIT("butternut squash"), NULL, NULL, false},
        {STR_INIT("butter"), STR_INIT("unsalted butter"), "butter", NULL, false},
        {STR_INIT("beans"), STR_INIT("green beans"), "beans", NULL, false},
        {STR_INIT("beans"), STR_INIT("coffee beans"), NULL, NULL, false},
        {STR_INIT("coconut"), STR_INIT("coconut milk"), "coconut", NULL, false},
        {STR_INIT("blue cheese"), STR_INIT("Cheese, blue"), "Cheese, blue", NULL, false},
        {STR_INIT("blue cheese"), STR_INIT("goat cheese"), NULL, NULL, false},
        {STR_INIT("prawns"), STR_INIT("shrimp, peeled"), "shrimp", NULL, false},
        {STR_INIT("cilantro"), STR_INIT("coriander leaves"), "coriander leaves", NULL, false},
        {STR_INIT("cilantro"), STR_INIT("ground coriander"), NULL, NULL, false},
        {STR_INIT("bell peppers"), STR_INIT("Peppers, sweet, red, raw"), "Peppers, sweet", NULL,
         false},
        {STR_INIT("jalape\xC3\xB1o"), STR_INIT("jalapeno peppers"), "jalapeno", NULL, false},
        {STR_INIT("egg"), STR_INIT("mayonnaise"), "mayonnaise", "egg", false},
        {STR_INIT("egg"), STR_INIT("eggplant"), NULL, NULL, false},
        {STR_INIT("olives, pesto"), STR_INIT("pesto"), "pesto", NULL, false},
        {STR_INIT(""), STR_INIT("anything"), NULL, NULL, false},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exclusions exclusions = exclude(&t.cx, cases[i].exclude);
        struct str text = exact_copy(&t.cx, cases[i].text);
        struct food_classes classes = {0};
        food_classes_scan(text, &classes);
        struct exclusion_hit hit = {0};
        bool got = exclusions_match(&exclusions, text, &classes, &hit);
        CHECK_I64(cases[i].text.ptr, got, cases[i].word != NULL);
        CHECK_STR(cases[i].text.ptr, hit.word, str_from_cstr(cases[i].word));
        CHECK_STR(cases[i].text.ptr, str_from_cstr(hit.rule), str_from_cstr(cases[i].rule));
        CHECK_I64(cases[i].text.ptr, hit.may_contain, cases[i].may_contain);
    }
}

static void graver_reason_goes_first(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct exclusions exclusions = exclude(&t.cx, STR("tree nuts, basil, milk"));
    struct str text = STR("basil pesto with cheese");
    struct food_classes classes = {0};
    food_classes_scan(text, &classes);
    struct exclusion_hit hit;
    assert_true(exclusions_match(&exclusions, text, &classes, &hit));
    CHECK_STR("contains", str_from_cstr(hit.rule), STR("milk"));
    exclusions.classes = NUT;
    assert_true(exclusions_match(&exclusions, text, &classes, &hit));
    CHECK_STR("then a word", hit.word, STR("basil"));
    exclusions.word_count = 0;
    assert_true(exclusions_match(&exclusions, text, &classes, &hit));
    CHECK_I64("then may contain", hit.may_contain, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyday_names_become_classes),
        cmocka_unit_test(other_names_stay_words),
        cmocka_unit_test(kinds_keep_out_what_belongs_to_them),
        cmocka_unit_test(a_full_profile_fits),
        cmocka_unit_test(words_are_limited),
        cmocka_unit_test(lines_are_kept_out_with_their_reason),
        cmocka_unit_test(graver_reason_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
