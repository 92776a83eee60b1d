#include "shared/nutrition/food_class.h"

#include "shared/base/buf.h"
#include "shared/nutrition/food_match.h"
#include "tests/support/check.h"

#define MILK       CLASS_BIT(CLASS_MILK)
#define EGG        CLASS_BIT(CLASS_EGG)
#define FISH       CLASS_BIT(CLASS_FISH)
#define CRUSTACEAN CLASS_BIT(CLASS_CRUSTACEAN)
#define MOLLUSC    CLASS_BIT(CLASS_MOLLUSC)
#define NUT        CLASS_BIT(CLASS_TREE_NUT)
#define SESAME     CLASS_BIT(CLASS_SESAME)
#define CELERY     CLASS_BIT(CLASS_CELERY)
#define MUSTARD    CLASS_BIT(CLASS_MUSTARD)
#define SULPHITE   CLASS_BIT(CLASS_SULPHITE)
#define MEAT       CLASS_BIT(CLASS_MEAT)
#define POULTRY    CLASS_BIT(CLASS_POULTRY)
#define PORK       (CLASS_BIT(CLASS_PORK) | MEAT)
#define GELATIN    CLASS_BIT(CLASS_GELATIN)
#define HONEY      CLASS_BIT(CLASS_HONEY)
#define ALCOHOL    CLASS_BIT(CLASS_ALCOHOL)
#define GRAIN      CLASS_BIT(CLASS_GRAIN)
#define GLUTEN     (CLASS_BIT(CLASS_GLUTEN) | GRAIN)
#define WHEAT      (CLASS_BIT(CLASS_WHEAT) | GLUTEN)
#define GLUTENS    (CLASS_BIT(CLASS_WHEAT) | CLASS_BIT(CLASS_GLUTEN))
#define LEGUME     CLASS_BIT(CLASS_LEGUME)
#define PEANUT     (CLASS_BIT(CLASS_PEANUT) | LEGUME)
#define SOY        (CLASS_BIT(CLASS_SOY) | LEGUME)
#define LUPIN      (CLASS_BIT(CLASS_LUPIN) | LEGUME)
#define SUGAR      CLASS_BIT(CLASS_ADDED_SUGAR)

static void print_set(const char *name, food_class_set set)
{
    print_error("  %s:", name);
    for (size_t c = 0; c < FOOD_CLASS_COUNT; c++) {
        if ((set & CLASS_BIT(c)) != 0) {
            print_error(" %s", food_class_key((enum food_class)c));
        }
    }
    print_error("\n");
}

struct shown {
    struct str text;
    food_class_set contains, may_contain;
};

static void check_shown(const struct shown *cases, size_t count)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct food_classes got = {0};
        food_classes_scan(exact_copy(&t.cx, cases[i].text), &got);
        if (got.contains != cases[i].contains || got.may_contain != cases[i].may_contain) {
            print_error("\"" STR_FMT "\"\n", STR_ARG(cases[i].text));
            print_set("contains", got.contains);
            print_set("   wanted", cases[i].contains);
            print_set("may contain", got.may_contain);
            print_set("     wanted", cases[i].may_contain);
            wrong++;
        }
    }
    CHECK_I64("wrong", wrong, 0);
}

// clang-format off
static void names_that_only_sound_like_an_allergen_show_none(void **state)
{
    (void)state;
    static const struct shown cases[] = {
        {STR_INIT(""), 0, 0},
        {STR_INIT("  , - ;"), 0, 0},
        {STR_INIT("butternut squash"), 0, 0},
        {STR_INIT("eggplant"), 0, 0},
        {STR_INIT("egg plant"), 0, 0},
        {STR_INIT("nutmeg"), 0, 0},
        {STR_INIT("nutritional yeast"), 0, 0},
        {STR_INIT("coconut"), 0, 0},
        {STR_INIT("coconut milk"), 0, 0},
        {STR_INIT("Nuts, coconut milk, raw"), 0, 0},
        {STR_INIT("Nuts, coconut meat, raw"), 0, 0},
        {STR_INIT("Nuts, coconut milk, canned (liquid expressed from grated meat and water)"), 0, 0},
        {STR_INIT("Nuts, chestnuts, european, raw"), 0, 0},
        {STR_INIT("water chestnuts"), 0, 0},
        {STR_INIT("tiger nuts"), 0, 0},
        {STR_INIT("cocoa butter"), 0, 0},
        {STR_INIT("Oil, cocoa butter"), 0, 0},
        {STR_INIT("apple butter"), 0, 0},
        {STR_INIT("Leavening agents, cream of tartar"), 0, 0},
        {STR_INIT("butter lettuce"), 0, 0},
        {STR_INIT("Lettuce, butterhead (includes boston and bibb types), raw"), 0, 0},
        {STR_INIT("oyster mushrooms"), 0, 0},
        {STR_INIT("Mushrooms, oyster, raw"), 0, 0},
        {STR_INIT("king oyster mushroom"), 0, 0},
        {STR_INIT("Squash, summer, scallop, raw"), 0, 0},
        {STR_INIT("crab apples"), 0, 0},
        {STR_INIT("beef tomato"), 0, 0},
        {STR_INIT("lamb's lettuce"), 0, 0},
        {STR_INIT("lamb\xE2\x80\x99s lettuce"), 0, 0},
        {STR_INIT("corn salad"), 0, 0},
        {STR_INIT("chicken of the woods"), 0, 0},
        {STR_INIT("hen-of-the-woods mushrooms"), 0, 0},
        {STR_INIT("spaghetti squash"), 0, 0},
        {STR_INIT("Squash, winter, spaghetti, raw"), 0, 0},
        {STR_INIT("zucchini noodles"), 0, 0},
        {STR_INIT("cauliflower rice"), 0, 0},
        {STR_INIT("custard apple"), 0, 0},
        {STR_INIT("vanilla beans"), 0, 0},
        {STR_INIT("tapioca flour"), 0, 0},
        {STR_INIT("baking soda"), 0, 0},
        {STR_INIT("unsweetened cocoa powder"), 0, 0},
        {STR_INIT("honeydew melon"), 0, 0},
        {STR_INIT("gooseberries"), 0, 0},
        {STR_INIT("licorice root tea, none of it"), 0, GLUTENS | SUGAR},
        {STR_INIT("carpaccio of beetroot"), 0, 0},
        {STR_INIT("ginger"), 0, 0},
        {STR_INIT("grapefruit"), 0, 0},
        {STR_INIT("ham"), PORK, 0},
        {STR_INIT("hamburger"), MEAT, 0},
    };
    check_shown(cases, ARRAY_LEN(cases));
}

static void phrases_shield_one_class_and_show_the_rest(void **state)
{
    (void)state;
    static const struct shown cases[] = {
        {STR_INIT("almond milk"), NUT, 0},
        {STR_INIT("Beverages, almond milk, unsweetened, shelf stable"), NUT, 0},
        {STR_INIT("almond milk chocolate"), NUT | MILK | SUGAR, SOY},
        {STR_INIT("almonds, milk"), NUT | MILK, 0},
        {STR_INIT("peanut butter"), PEANUT, 0},
        {STR_INIT("Peanut Butters"), PEANUT, 0},
        {STR_INIT("oat milk"), GLUTEN, 0},
        {STR_INIT("rice milk"), GRAIN, 0},
        {STR_INIT("soy milk"), SOY, 0},
        {STR_INIT("Soymilk (all flavors), unsweetened"), SOY, 0},
        {STR_INIT("soy sauce"), SOY | WHEAT, 0},
        {STR_INIT("Soy sauce made from soy (tamari)"), SOY, 0},
        {STR_INIT("Soy sauce made from soy and wheat (shoyu)"), SOY | WHEAT, 0},
        {STR_INIT("tamari"), SOY, 0},
        {STR_INIT("bean curd"), SOY, 0},
        {STR_INIT("butter beans"), LEGUME, 0},
        {STR_INIT("kidney beans"), LEGUME, 0},
        {STR_INIT("Beans, kidney, all types, mature seeds, raw"), LEGUME, 0},
        {STR_INIT("Beans, Dry, Light Red Kidney (0% moisture)"), LEGUME, 0},
        {STR_INIT("Beans, black turtle, mature seeds, raw"), LEGUME, 0},
        {STR_INIT("pigeon peas"), LEGUME, 0},
        {STR_INIT("goat cheese"), MILK, 0},
        {STR_INIT("Cheese, goat, soft type"), MILK, 0},
        {STR_INIT("Milk, goat, fluid"), MILK, 0},
        {STR_INIT("buffalo mozzarella"), MILK, 0},
        {STR_INIT("goat"), MEAT, 0},
        {STR_INIT("quail eggs"), EGG, 0},
        {STR_INIT("Egg, duck, whole, fresh, raw"), EGG, 0},
        {STR_INIT("tuna steak"), FISH, 0},
        {STR_INIT("cod liver oil"), FISH, 0},
        {STR_INIT("chicken livers"), POULTRY, 0},
        {STR_INIT("Chicken, liver, all classes, raw"), POULTRY, 0},
        {STR_INIT("Chicken, broilers or fryers, breast, meat only, raw"), POULTRY, 0},
        {STR_INIT("turkey bacon"), POULTRY, 0},
        {STR_INIT("beef bacon"), MEAT, 0},
        {STR_INIT("root beer"), SUGAR, 0},
        {STR_INIT("sugar snap peas"), 0, LEGUME},
        {STR_INIT("green beans"), 0, LEGUME},
        {STR_INIT("Beans, snap, green, raw"), 0, LEGUME},
        {STR_INIT("brown rice cakes"), GRAIN, 0},
        {STR_INIT("whole-wheat English muffin"), WHEAT, MILK},
        {STR_INIT("soybean oil"), 0, SOY},
        {STR_INIT("wheatgrass"), 0, GLUTENS},
        {STR_INIT("lemon curd"), MILK | EGG | SUGAR, 0},
        {STR_INIT("imitation crab"), FISH | EGG, CRUSTACEAN | GLUTENS | SOY},
        {STR_INIT("golden vegetable broth"), 0, CELERY},
    };
    check_shown(cases, ARRAY_LEN(cases));
}

static void grains_and_flours_are_told_apart(void **state)
{
    (void)state;
    static const struct shown cases[] = {
        {STR_INIT("flour"), WHEAT, 0},
        {STR_INIT("rice flour"), GRAIN, 0},
        {STR_INIT("Flour, rice, white, unenriched"), GRAIN, 0},
        {STR_INIT("corn flour"), GRAIN, 0},
        {STR_INIT("cornflour"), GRAIN, 0},
        {STR_INIT("buckwheat flour"), GRAIN, 0},
        {STR_INIT("almond flour"), NUT, 0},
        {STR_INIT("Flour, coconut"), 0, 0},
        {STR_INIT("chickpea flour"), LEGUME, 0},
        {STR_INIT("oat flour"), GLUTEN, 0},
        {STR_INIT("Rye flour, dark"), GLUTEN, 0},
        {STR_INIT("Barley, pearled, raw"), GLUTEN, 0},
        {STR_INIT("Malt beverage"), GLUTEN, 0},
        {STR_INIT("Quinoa, uncooked"), GRAIN, 0},
        {STR_INIT("Wild rice, raw"), GRAIN, 0},
        {STR_INIT("Hominy, canned, white"), GRAIN, 0},
        {STR_INIT("egg noodles"), EGG | WHEAT, 0},
        {STR_INIT("Noodles, egg, dry"), EGG | WHEAT, 0},
        {STR_INIT("rice noodles"), GRAIN, 0},
        {STR_INIT("Noodles, japanese, soba, dry"), WHEAT, 0},
        {STR_INIT("Noodles, chinese, cellophane or long rice (mung beans), dehydrated"), LEGUME, 0},
        {STR_INIT("Cereals, oats, regular and quick, not fortified, dry"), GLUTEN, 0},
        {STR_INIT("Crackers, crispbread, rye"), GLUTEN, CLASS_BIT(CLASS_WHEAT)},
        {STR_INIT("Tortillas, ready-to-bake or -fry, corn"), GRAIN, 0},
        {STR_INIT("Tortillas, ready-to-bake or -fry, flour, refrigerated"), WHEAT, 0},
        {STR_INIT("corn tortillas"), GRAIN, 0},
        {STR_INIT("Bread, whole-wheat"), WHEAT, 0},
        {STR_INIT("Cereals ready-to-eat, wheat germ"), WHEAT, SUGAR},
        {STR_INIT("cream of wheat"), WHEAT, 0},
        {STR_INIT("malt vinegar"), GLUTEN, SULPHITE},
        {STR_INIT("seitan"), WHEAT, 0},
        {STR_INIT("couscous"), WHEAT, 0},
    };
    check_shown(cases, ARRAY_LEN(cases));
}

static void allergens_and_forbidden_foods_are_found(void **state)
{
    (void)state;
    static const struct shown cases[] = {
        {STR_INIT("MILK"), MILK, 0},
        {STR_INIT("cr\xC3\xA8me fra\xC3\xAE" "che"), MILK, 0},
        {STR_INIT("cre\xCC\x80me fraiche"), MILK, 0},
        {STR_INIT("half-and-half"), MILK, 0},
        {STR_INIT("half & half"), MILK, 0},
        {STR_INIT("lactose-free milk"), MILK, 0},
        {STR_INIT("Margarine-like, vegetable oil spread"), 0, MILK},
        {STR_INIT("Vegetable oil-butter spread, reduced calorie"), MILK, 0},
        {STR_INIT("Milk substitutes, fluid, with lauric acid oil"), 0, MILK},
        {STR_INIT("Egg substitute, powder"), EGG, 0},
        {STR_INIT("mayonnaise"), EGG, MUSTARD},
        {STR_INIT("Fish, salmon, Atlantic, wild, raw"), FISH, 0},
        {STR_INIT("anchovies"), FISH, 0},
        {STR_INIT("fish sauce"), FISH, 0},
        {STR_INIT("Worcestershire sauce"), FISH, GLUTENS | SOY | SULPHITE},
        {STR_INIT("surimi"), FISH, EGG | CRUSTACEAN | MOLLUSC | GLUTENS | SOY},
        {STR_INIT("Crustaceans, shrimp, raw"), CRUSTACEAN, 0},
        {STR_INIT("Mollusks, clam, mixed species, raw"), MOLLUSC, 0},
        {STR_INIT("oyster"), MOLLUSC, 0},
        {STR_INIT("pine nuts"), NUT, 0},
        {STR_INIT("Nuts, almonds"), NUT, 0},
        {STR_INIT("mixed nuts"), NUT, PEANUT},
        {STR_INIT("Peanuts, all types, raw"), PEANUT, 0},
        {STR_INIT("pesto"), MILK, NUT | GELATIN},
        {STR_INIT("tahini"), SESAME, 0},
        {STR_INIT("za'atar"), SESAME, 0},
        {STR_INIT("celeriac"), CELERY, 0},
        {STR_INIT("Dijon"), MUSTARD, 0},
        {STR_INIT("curry powder"), 0, MUSTARD},
        {STR_INIT("Thai green curry paste"), 0, FISH | CRUSTACEAN},
        {STR_INIT("lupini beans"), LUPIN, 0},
        {STR_INIT("red wine"), ALCOHOL | SULPHITE, 0},
        {STR_INIT("Vinegar, red wine"), SULPHITE, 0},
        {STR_INIT("red wine vinegar"), SULPHITE, 0},
        {STR_INIT("apple cider vinegar"), 0, SULPHITE},
        {STR_INIT("vanilla extract"), 0, ALCOHOL},
        {STR_INIT("mirin"), ALCOHOL | SUGAR, 0},
        {STR_INIT("beer"), ALCOHOL | GLUTEN, 0},
        {STR_INIT("stock cube"), 0, MEAT | POULTRY | CELERY},
        {STR_INIT("chicken stock"), POULTRY, CELERY},
        {STR_INIT("lard"), PORK | GELATIN, 0},
        {STR_INIT("beef suet"), MEAT | GELATIN, 0},
        {STR_INIT("gelatin"), GELATIN, 0},
        {STR_INIT("calves' liver"), MEAT, 0},
        {STR_INIT("Game meat, deer, raw"), MEAT, 0},
        {STR_INIT("venison"), MEAT, 0},
        {STR_INIT("rabbit"), MEAT, 0},
        {STR_INIT("geese"), POULTRY, 0},
        {STR_INIT("sausages"), PORK, 0},
        {STR_INIT("honey"), HONEY | SUGAR, 0},
        {STR_INIT("maple syrup"), SUGAR, 0},
        {STR_INIT("tofu"), SOY, 0},
        {STR_INIT("miso"), SOY, GLUTEN},
        {STR_INIT("pita/feta"), WHEAT | MILK, 0},
    };
    check_shown(cases, ARRAY_LEN(cases));
}

static void words_of_absence_reach_their_own_food_only(void **state)
{
    (void)state;
    static const struct shown cases[] = {
        {STR_INIT("gluten-free oats"), GRAIN, 0},
        {STR_INIT("gluten-free bread"), GRAIN, 0},
        {STR_INIT("Bread, gluten-free, white"), GRAIN, 0},
        {STR_INIT("bread (gluten-free)"), GRAIN, 0},
        {STR_INIT("gluten-free soy sauce"), SOY | GRAIN, 0},
        {STR_INIT("gluten-free pasta with barley"), GLUTEN, 0},
        {STR_INIT("gluten-free crackers, wheat bread"), WHEAT, 0},
        {STR_INIT("vegan cheese"), 0, 0},
        {STR_INIT("butter, egg, vegan cheese"), MILK | EGG, 0},
        {STR_INIT("vegan burger with bacon"), PORK, MEAT & ~PORK},
        {STR_INIT("vegan honey"), SUGAR, 0},
        {STR_INIT("meatless bacon"), 0, SOY | GLUTENS | EGG},
        {STR_INIT("Bacon, meatless"), 0, SOY | GLUTENS | EGG},
        {STR_INIT("Vegetarian fillets"), 0, SOY | GLUTENS | EGG | MILK},
        {STR_INIT("meatless meatballs and bacon"), PORK, SOY | WHEAT | EGG | MILK},
        {STR_INIT("dairy-free butter"), 0, 0},
        {STR_INIT("non-dairy creamer"), 0, MILK},
        {STR_INIT("egg-free mayonnaise"), 0, MUSTARD},
        {STR_INIT("eggs, free-range"), EGG, 0},
        {STR_INIT("egg free range"), EGG, 0},
        {STR_INIT("free-range eggs"), EGG, 0},
        {STR_INIT("nut-free trail mix"), 0, MILK | SUGAR},
        {STR_INIT("without milk"), 0, 0},
        {STR_INIT("without added sugar"), 0, 0},
        {STR_INIT("no added sugar"), 0, 0},
        {STR_INIT("without salt, milk"), MILK, 0},
        {STR_INIT("with or without nuts"), NUT, PEANUT},
        {STR_INIT("no-bake cheesecake"), MILK | EGG | SUGAR, WHEAT},
        {STR_INIT("no-fuss beef stew"), MEAT, 0},
        {STR_INIT("unsulphured apricots"), 0, 0},
        {STR_INIT("alcohol-free beer"), GLUTEN, 0},
        {STR_INIT("sugar-free syrup"), 0, 0},
    };
    check_shown(cases, ARRAY_LEN(cases));
}
// clang-format on

static void first_word_of_the_graver_grade_is_kept(void **state)
{
    (void)state;
    struct food_classes got = {0};
    food_classes_scan(STR("dark chocolate"), &got);
    CHECK_STR("may", got.word[CLASS_MILK], STR("chocolate"));
    food_classes_scan(STR("Half-and-Half, cream"), &got);
    CHECK_STR("contains", got.word[CLASS_MILK], STR("Half-and-Half"));
    CHECK_I64("one grade only", got.contains & got.may_contain, 0);
    assert_true((got.may_contain & CLASS_BIT(CLASS_SOY)) != 0);
    food_classes_scan(STR("butter, hot chocolate"), &got);
    CHECK_STR("stays", got.word[CLASS_MILK], STR("Half-and-Half"));
    CHECK_I64("still one grade", got.contains & got.may_contain, 0);
}

/* A text of `words` words "leek", one of them replaced. */
static struct str leeks(struct ctx *cx, size_t words, size_t at, struct str instead)
{
    struct buf text = buf_in(cx->arena, KIB(16));
    for (size_t i = 0; i < words; i++) {
        buf_add(&text, i == at ? instead : STR("leek"));
        buf_add(&text, STR(" "));
    }
    return exact_copy(cx, buf_str(&text));
}

static void words_are_found_anywhere_in_a_long_text(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t at = 0; at < 200; at++) {
        struct food_classes got = {0};
        food_classes_scan(leeks(&t.cx, 200, at, STR("sake")), &got);
        CHECK_I64("word", got.contains, ALCOHOL);
        got = (struct food_classes){0};
        food_classes_scan(leeks(&t.cx, 200, at, STR("soy sauce made with almond milk")), &got);
        CHECK_I64("phrase", got.contains, SOY | WHEAT | NUT);
        got = (struct food_classes){0};
        food_classes_scan(leeks(&t.cx, 200, at, STR("vegan butter")), &got);
        CHECK_I64("shield", got.contains | got.may_contain, 0);
        got = (struct food_classes){0};
        food_classes_scan(leeks(&t.cx, 200, at, STR("butter (vegan)")), &got);
        CHECK_I64("shield behind", got.contains | got.may_contain, 0);
        arena_reset(&t.arena);
    }
    for (size_t words = 60; words < 70; words++) {
        struct food_classes got = {0};
        food_classes_scan(leeks(&t.cx, words, words - 1, STR("honey")), &got);
        CHECK_I64("at the end", got.contains, HONEY | SUGAR);
    }
}

static void any_bytes_are_read_within_bounds(void **state)
{
    (void)state;
    static const char alphabet[] =
        "almond milk,(-'&\xC3\xA8\xE2\x80\x99\xCC\xC2\xA0 egg free vegan s";
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    uint32_t random = 2463534242U;
    for (size_t round = 0; round < 4000; round++) {
        char bytes[600];
        size_t len = round % sizeof bytes;
        for (size_t i = 0; i < len; i++) {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            bytes[i] = (char)(random >> 8);
            if (random % 8 != 0) {
                bytes[i] = alphabet[(random >> 8) % (sizeof alphabet - 1)];
            }
        }
        struct str text = exact_copy(&t.cx, (struct str){.ptr = bytes, .len = len});
        struct food_classes got = {0};
        food_classes_scan(text, &got);
        for (size_t c = 0; c < FOOD_CLASS_COUNT; c++) {
            struct str word = got.word[c];
            bool shown = ((got.contains | got.may_contain) & CLASS_BIT(c)) != 0;
            assert_int_equal(shown, word.len > 0);
            assert_true(!shown || (word.ptr >= text.ptr && word.ptr + word.len <= text.ptr + len));
        }
        arena_reset(&t.arena);
    }
}

/* ---- the tokens ---- */

static void tokens_are_lower_case_without_accents(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *want; /* words; '|' where a mark stands before one */
    } cases[] = {
        {STR_INIT("Jalape\xC3\xB1o, CR\xC3\x88ME"), "jalapeno |creme"},
        {STR_INIT("2% milk"), "2 milk"},
        {STR_INIT("half-and-half"), "half and half"},
        {STR_INIT("mac & cheese"), "mac and cheese"},
        {STR_INIT("p\xC3\xA2t\xC3\xA9 (duck)"), "pate |duck"},
        {STR_INIT("O'Brien's \xE2\x80\x98"
                  "best\xE2\x80\x99"),
         "obriens best"},
        {STR_INIT("soy\xC2\xA0sauce"), "soy sauce"},
        {STR_INIT("a \xE2\x80\x93 b"), "a |b"},
        {STR_INIT("gr\xC3\xBCn\xC3\x97rot"), "grun |rot"},
        {STR_INIT("\xD0\xB3\xD1\x80\xD0\xB8\xD0\xB1"), "\xD0\xB3\xD1\x80\xD0\xB8\xD0\xB1"},
        {STR_INIT("abcdefghijklmnopqrstuvwxyz"), "abcdefghijklmnopqrstuvwx"},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf got = buf_in(t.cx.arena, 200);
        struct str rest = exact_copy(&t.cx, cases[i].text);
        struct food_token token;
        while (food_token_next(&rest, &token)) {
            buf_add(&got, got.len > 0 ? STR(" ") : STR(""));
            buf_add(&got, token.breaks ? STR("|") : STR(""));
            buf_add(&got, food_token_word(&token));
        }
        CHECK_STR(cases[i].text.ptr, buf_str(&got), str_from_cstr(cases[i].want));
    }
}

static void plurals_are_the_word(void **state)
{
    (void)state;
    static const struct {
        struct str written, word;
        bool want;
    } cases[] = {
        {STR_INIT("egg"), STR_INIT("egg"), true},
        {STR_INIT("eggs"), STR_INIT("egg"), true},
        {STR_INIT("radishes"), STR_INIT("radish"), true},
        {STR_INIT("anchovies"), STR_INIT("anchovy"), true},
        {STR_INIT("leaves"), STR_INIT("leaf"), true},
        {STR_INIT("egg"), STR_INIT("eggs"), false},
        {STR_INIT("eggy"), STR_INIT("egg"), false},
        {STR_INIT("eggplant"), STR_INIT("egg"), false},
        {STR_INIT("e"), STR_INIT("egg"), false},
        {STR_INIT("egg"), STR_INIT(""), false},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_I64(cases[i].written.ptr,
                  food_word_is(exact_copy(&t.cx, cases[i].written), cases[i].word), cases[i].want);
    }
}

/* ---- the table ---- */

static void rules_are_sorted_and_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < food_word_rule_count; i++) {
        const struct food_word_rule *rule = &food_word_rules[i];
        if (i > 0 && str_cmp(food_word_rules[i - 1].phrase, rule->phrase) >= 0) {
            print_error("not before \"%s\"\n", rule->phrase.ptr);
            _fail(__FILE__, __LINE__);
        }
        struct str rest = rule->phrase, word;
        size_t words = 0;
        while (str_split_next(&rest, ' ', &word)) {
            word.len -= str_has_suffix(word, STR(","));
            for (size_t c = 0; c < word.len; c++) {
                bool plain = (word.ptr[c] >= 'a' && word.ptr[c] <= 'z') ||
                             (word.ptr[c] >= '0' && word.ptr[c] <= '9');
                assert_true(plain);
            }
            assert_true(word.len > 0 && word.len <= FOOD_TOKEN_MAX);
            words++;
        }
        assert_true(words <= FOOD_PHRASE_WORDS_MAX);
        assert_true((rule->contains | rule->may_contain | rule->shields) != 0);
    }
}

static void every_rule_is_reached_by_its_own_phrase(void **state)
{
    (void)state;
    for (size_t i = 0; i < food_word_rule_count; i++) {
        struct food_block block;
        food_block_begin(&block, food_word_rules[i].phrase);
        assert_true(food_block_next(&block));
        struct food_match match = {0};
        bool found = false;
        while (!found && food_match_next(&block, 0, &match)) {
            found = match.rule == &food_word_rules[i];
        }
        if (!found || match.words != block.count) {
            print_error("\"%s\" is not found\n", food_word_rules[i].phrase.ptr);
            _fail(__FILE__, __LINE__);
        }
    }
}

static void keys_and_words_exist_for_every_class(void **state)
{
    (void)state;
    for (size_t c = 0; c < FOOD_CLASS_COUNT; c++) {
        assert_non_null(food_class_key((enum food_class)c));
        assert_non_null(food_class_words((enum food_class)c));
    }
    CHECK_STR("words", str_from_cstr(food_class_words(CLASS_TREE_NUT)), STR("tree nuts"));
    CHECK_STR("key", str_from_cstr(food_class_key(CLASS_ADDED_SUGAR)), STR("added_sugar"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_only_sound_like_an_allergen_show_none),
        cmocka_unit_test(phrases_shield_one_class_and_show_the_rest),
        cmocka_unit_test(grains_and_flours_are_told_apart),
        cmocka_unit_test(allergens_and_forbidden_foods_are_found),
        cmocka_unit_test(words_of_absence_reach_their_own_food_only),
        cmocka_unit_test(first_word_of_the_graver_grade_is_kept),
        cmocka_unit_test(words_are_found_anywhere_in_a_long_text),
        cmocka_unit_test(any_bytes_are_read_within_bounds),
        cmocka_unit_test(tokens_are_lower_case_without_accents),
        cmocka_unit_test(plurals_are_the_word),
        cmocka_unit_test(rules_are_sorted_and_well_formed),
        cmocka_unit_test(every_rule_is_reached_by_its_own_phrase),
        cmocka_unit_test(keys_and_words_exist_for_every_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
