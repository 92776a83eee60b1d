#include "shared/nutrition/exclusion_words.h"

#define MILK    CLASS_BIT(CLASS_MILK)
#define EGG     CLASS_BIT(CLASS_EGG)
#define FISH    CLASS_BIT(CLASS_FISH)
#define SHELL   (CLASS_BIT(CLASS_CRUSTACEAN) | CLASS_BIT(CLASS_MOLLUSC))
#define NUT     CLASS_BIT(CLASS_TREE_NUT)
#define PEANUT  CLASS_BIT(CLASS_PEANUT)
#define WHEAT   CLASS_BIT(CLASS_WHEAT)
#define GLUTEN  (CLASS_BIT(CLASS_GLUTEN) | WHEAT)
#define SOY     CLASS_BIT(CLASS_SOY)
#define PORK    CLASS_BIT(CLASS_PORK)
#define MEAT    (CLASS_BIT(CLASS_MEAT) | PORK)
#define POULTRY CLASS_BIT(CLASS_POULTRY)

const struct exclusion_synonym exclusion_synonyms[] = {
    {STR_INIT("milk"), MILK},
    {STR_INIT("cow milk"), MILK},
    {STR_INIT("milk protein"), MILK},
    {STR_INIT("cow milk protein"), MILK},
    {STR_INIT("dairy"), MILK},
    {STR_INIT("lactose"), MILK},
    {STR_INIT("casein"), MILK},
    {STR_INIT("whey"), MILK},
    {STR_INIT("milk powder"), MILK},
    {STR_INIT("egg"), EGG},
    {STR_INIT("hen egg"), EGG},
    {STR_INIT("fish"), FISH},
    {STR_INIT("finfish"), FISH},
    {STR_INIT("seafood"), FISH | SHELL},
    {STR_INIT("sea food"), FISH | SHELL},
    {STR_INIT("fish and shellfish"), FISH | SHELL},
    {STR_INIT("shellfish"), SHELL},
    {STR_INIT("shell fish"), SHELL},
    {STR_INIT("crustacean"), CLASS_BIT(CLASS_CRUSTACEAN)},
    {STR_INIT("crustacean shellfish"), CLASS_BIT(CLASS_CRUSTACEAN)},
    {STR_INIT("mollusc"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("mollusk"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("bivalve"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("cephalopod"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("nut"), NUT | PEANUT},
    {STR_INIT("tree nut"), NUT},
    {STR_INIT("treenut"), NUT},
    {STR_INIT("peanut"), PEANUT},
    {STR_INIT("groundnut"), PEANUT},
    {STR_INIT("ground nut"), PEANUT},
    {STR_INIT("pea nut"), PEANUT},
    {STR_INIT("wheat"), WHEAT},
    {STR_INIT("gluten"), GLUTEN},
    {STR_INIT("celiac"), GLUTEN},
    {STR_INIT("coeliac"), GLUTEN},
    {STR_INIT("celiac disease"), GLUTEN},
    {STR_INIT("coeliac disease"), GLUTEN},
    {STR_INIT("soy"), SOY},
    {STR_INIT("soya"), SOY},
    {STR_INIT("soybean"), SOY},
    {STR_INIT("soya bean"), SOY},
    {STR_INIT("sesame"), CLASS_BIT(CLASS_SESAME)},
    {STR_INIT("sesame seed"), CLASS_BIT(CLASS_SESAME)},
    {STR_INIT("celery"), CLASS_BIT(CLASS_CELERY)},
    {STR_INIT("mustard"), CLASS_BIT(CLASS_MUSTARD)},
    {STR_INIT("lupin"), CLASS_BIT(CLASS_LUPIN)},
    {STR_INIT("lupine"), CLASS_BIT(CLASS_LUPIN)},
    {STR_INIT("molluscan shellfish"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("so2"), CLASS_BIT(CLASS_SULPHITE)},
    {STR_INIT("sulphite"), CLASS_BIT(CLASS_SULPHITE)},
    {STR_INIT("sulfite"), CLASS_BIT(CLASS_SULPHITE)},
    {STR_INIT("sulphur dioxide"), CLASS_BIT(CLASS_SULPHITE)},
    {STR_INIT("sulfur dioxide"), CLASS_BIT(CLASS_SULPHITE)},
    {STR_INIT("meat"), MEAT | POULTRY},
    {STR_INIT("red meat"), MEAT},
    {STR_INIT("pork"), PORK},
    {STR_INIT("poultry"), POULTRY},
    {STR_INIT("gelatin"), CLASS_BIT(CLASS_GELATIN)},
    {STR_INIT("gelatine"), CLASS_BIT(CLASS_GELATIN)},
    {STR_INIT("honey"), CLASS_BIT(CLASS_HONEY)},
    {STR_INIT("alcohol"), CLASS_BIT(CLASS_ALCOHOL)},
    {STR_INIT("grain"), CLASS_BIT(CLASS_GRAIN)},
    {STR_INIT("legume"), CLASS_BIT(CLASS_LEGUME)},
    {STR_INIT("pulse"), CLASS_BIT(CLASS_LEGUME)},
    {STR_INIT("added sugar"), CLASS_BIT(CLASS_ADDED_SUGAR)},
    {STR_INIT("refined sugar"), CLASS_BIT(CLASS_ADDED_SUGAR)},
    {STR_INIT("egg white"), EGG},
    {STR_INIT("egg yolk"), EGG},
    {STR_INIT("raw egg"), EGG},
    {STR_INIT("fish oil"), FISH},
    {STR_INIT("peanut oil"), PEANUT},
    {STR_INIT("groundnut oil"), PEANUT},
    {STR_INIT("sesame oil"), CLASS_BIT(CLASS_SESAME)},
    {STR_INIT("mustard seed"), CLASS_BIT(CLASS_MUSTARD)},
    {STR_INIT("celery seed"), CLASS_BIT(CLASS_CELERY)},
    {STR_INIT("celery salt"), CLASS_BIT(CLASS_CELERY)},
    {STR_INIT("celeriac"), CLASS_BIT(CLASS_CELERY)},
    {STR_INIT("soy bean"), SOY},
    {STR_INIT("soy protein"), SOY},
    {STR_INIT("soy lecithin"), SOY},
    {STR_INIT("wheat flour"), WHEAT},
    {STR_INIT("wheat protein"), WHEAT},
    {STR_INIT("milk product"), MILK},
    {STR_INIT("dairy product"), MILK},
};
const size_t exclusion_synonym_count = ARRAY_LEN(exclusion_synonyms);

const struct str exclusion_namesakes[][EXCLUSION_NAMESAKES_MAX] = {
    {STR_INIT("cilantro"), STR_INIT("coriander leaf"), STR_INIT("fresh coriander")},
    {STR_INIT("eggplant"), STR_INIT("aubergine")},
    {STR_INIT("zucchini"), STR_INIT("courgette")},
    {STR_INIT("arugula"), STR_INIT("rocket")},
    {STR_INIT("scallion"), STR_INIT("spring onion"), STR_INIT("green onion")},
    {STR_INIT("chickpea"), STR_INIT("garbanzo")},
    {STR_INIT("beet"), STR_INIT("beetroot")},
    {STR_INIT("bell pepper"), STR_INIT("capsicum"), STR_INIT("sweet pepper")},
    {STR_INIT("rutabaga"), STR_INIT("swede")},
    {STR_INIT("shrimp"), STR_INIT("prawn")},
    {STR_INIT("squid"), STR_INIT("calamari")},
    {STR_INIT("bok choy"), STR_INIT("pak choi"), STR_INIT("pak choy")},
    {STR_INIT("chili"), STR_INIT("chilli"), STR_INIT("chile")},
    {STR_INIT("yogurt"), STR_INIT("yoghurt")},
    {STR_INIT("corn"), STR_INIT("sweetcorn"), STR_INIT("maize")},
    {STR_INIT("fava bean"), STR_INIT("broad bean"), STR_INIT("broadbean")},
    {STR_INIT("lima bean"), STR_INIT("butter bean")},
    {STR_INIT("snow pea"), STR_INIT("mangetout")},
    {STR_INIT("brussels sprout"), STR_INIT("brussel sprout")},
    {STR_INIT("papaya"), STR_INIT("pawpaw")},
};
const size_t exclusion_namesakes_count = ARRAY_LEN(exclusion_namesakes);

/* ---- kinds ---- */

static const struct str citrus[] = {
    STR_INIT("citrus"),     STR_INIT("lemon"),    STR_INIT("lime"),      STR_INIT("orange"),
    STR_INIT("grapefruit"), STR_INIT("mandarin"), STR_INIT("tangerine"), STR_INIT("clementine"),
    STR_INIT("yuzu"),       STR_INIT("kumquat"),  STR_INIT("pomelo")};
static const struct str nightshades[] = {
    STR_INIT("tomato"),      STR_INIT("tomatillo"), STR_INIT("potato"),  STR_INIT("eggplant"),
    STR_INIT("bell pepper"), STR_INIT("chili"),     STR_INIT("cayenne"), STR_INIT("paprika"),
    STR_INIT("jalapeno"),    STR_INIT("ketchup"),   STR_INIT("catsup"),  STR_INIT("goji")};
static const struct str alliums[] = {STR_INIT("onion"),   STR_INIT("garlic"), STR_INIT("leek"),
                                     STR_INIT("shallot"), STR_INIT("chive"),  STR_INIT("scallion"),
                                     STR_INIT("ramp")};
static const struct str stone_fruit[] = {
    STR_INIT("peach"), STR_INIT("nectarine"), STR_INIT("apricot"),  STR_INIT("plum"),
    STR_INIT("prune"), STR_INIT("cherry"),    STR_INIT("mirabelle")};
static const struct str berries[] = {
    STR_INIT("berry"),      STR_INIT("strawberry"), STR_INIT("raspberry"),  STR_INIT("blueberry"),
    STR_INIT("blackberry"), STR_INIT("cranberry"),  STR_INIT("gooseberry"), STR_INIT("currant")};
static const struct str melons[] = {STR_INIT("melon"), STR_INIT("watermelon"),
                                    STR_INIT("cantaloupe"), STR_INIT("honeydew")};
static const struct str brassicas[] = {
    STR_INIT("cabbage"), STR_INIT("broccoli"),        STR_INIT("cauliflower"),
    STR_INIT("kale"),    STR_INIT("brussels sprout"), STR_INIT("bok choy"),
    STR_INIT("collard"), STR_INIT("kohlrabi"),        STR_INIT("radish"),
    STR_INIT("turnip"),  STR_INIT("arugula")};
static const struct str corn[] = {
    STR_INIT("corn"),      STR_INIT("cornmeal"), STR_INIT("cornstarch"),   STR_INIT("cornflour"),
    STR_INIT("cornbread"), STR_INIT("popcorn"),  STR_INIT("polenta"),      STR_INIT("hominy"),
    STR_INIT("masa"),      STR_INIT("grit"),     STR_INIT("tortilla chip")};
static const struct str oats[] = {STR_INIT("oat"),     STR_INIT("oatmeal"), STR_INIT("oatmilk"),
                                  STR_INIT("oatcake"), STR_INIT("granola"), STR_INIT("muesli")};
static const struct str almonds[] = {
    STR_INIT("almond"),   STR_INIT("almondmilk"), STR_INIT("marzipan"), STR_INIT("frangipane"),
    STR_INIT("amaretti"), STR_INIT("orgeat"),     STR_INIT("macaron")};
static const struct str tomatoes[] = {STR_INIT("tomato"),   STR_INIT("ketchup"), STR_INIT("catsup"),
                                      STR_INIT("marinara"), STR_INIT("passata"), STR_INIT("salsa")};
static const struct str chocolate[] = {STR_INIT("chocolate"), STR_INIT("cocoa"), STR_INIT("cacao")};

#define KIND(words_, members_)                                                                     \
    {                                                                                              \
        STR_INIT(words_), (members_), ARRAY_LEN(members_)                                          \
    }
const struct exclusion_kind exclusion_kinds[] = {
    KIND("citrus", citrus),
    KIND("citrus fruit", citrus),
    KIND("nightshade", nightshades),
    KIND("nightshade vegetable", nightshades),
    KIND("allium", alliums),
    KIND("stone fruit", stone_fruit),
    KIND("berry", berries),
    KIND("melon", melons),
    KIND("brassica", brassicas),
    KIND("cruciferous vegetable", brassicas),
    KIND("corn", corn),
    KIND("maize", corn),
    KIND("oat", oats),
    KIND("almond", almonds),
    KIND("tomato", tomatoes),
    KIND("chocolate", chocolate),
    KIND("cocoa", chocolate),
};
const size_t exclusion_kind_count = ARRAY_LEN(exclusion_kinds);

const struct str exclusion_joined[] = {
    STR_INIT("macaroni and cheese"), STR_INIT("mac and cheese"), STR_INIT("half and half"),
    STR_INIT("sweet and sour"),      STR_INIT("surf and turf"),  STR_INIT("salt and pepper"),
    STR_INIT("salt and vinegar"),    STR_INIT("fish and chip"),  STR_INIT("ham and egg"),
};
const size_t exclusion_joined_count = ARRAY_LEN(exclusion_joined);

const struct str exclusion_fillers[] = {
    STR_INIT("a"),           STR_INIT("all"),          STR_INIT("allergic"),
    STR_INIT("allergy"),     STR_INIT("also"),         STR_INIT("am"),
    STR_INIT("an"),          STR_INIT("anaphylactic"), STR_INIT("anaphylaxis"),
    STR_INIT("and"),         STR_INIT("any"),          STR_INIT("anything"),
    STR_INIT("apart"),       STR_INIT("as"),           STR_INIT("avoid"),
    STR_INIT("avoiding"),    STR_INIT("but"),          STR_INIT("cannot"),
    STR_INIT("cant"),        STR_INIT("cause"),        STR_INIT("contain"),
    STR_INIT("containing"),  STR_INIT("deadly"),       STR_INIT("diet"),
    STR_INIT("do"),          STR_INIT("doesnt"),       STR_INIT("don"),
    STR_INIT("dont"),        STR_INIT("eat"),          STR_INIT("eating"),
    STR_INIT("epipen"),      STR_INIT("especially"),   STR_INIT("etc"),
    STR_INIT("except"),      STR_INIT("extreme"),      STR_INIT("extremely"),
    STR_INIT("for"),         STR_INIT("free"),         STR_INIT("from"),
    STR_INIT("had"),         STR_INIT("has"),          STR_INIT("hate"),
    STR_INIT("have"),        STR_INIT("having"),       STR_INIT("highly"),
    STR_INIT("i"),           STR_INIT("in"),           STR_INIT("including"),
    STR_INIT("intolerance"), STR_INIT("intolerant"),   STR_INIT("is"),
    STR_INIT("it"),          STR_INIT("like"),         STR_INIT("made"),
    STR_INIT("may"),         STR_INIT("me"),           STR_INIT("mild"),
    STR_INIT("mildly"),      STR_INIT("moderate"),     STR_INIT("must"),
    STR_INIT("my"),          STR_INIT("never"),        STR_INIT("no"),
    STR_INIT("not"),         STR_INIT("of"),           STR_INIT("ok"),
    STR_INIT("or"),          STR_INIT("oral"),         STR_INIT("other"),
    STR_INIT("please"),      STR_INIT("product"),      STR_INIT("raw"),
    STR_INIT("react"),       STR_INIT("reaction"),     STR_INIT("sensitivity"),
    STR_INIT("serious"),     STR_INIT("seriously"),    STR_INIT("severe"),
    STR_INIT("severely"),    STR_INIT("should"),       STR_INIT("slight"),
    STR_INIT("slightly"),    STR_INIT("some"),         STR_INIT("strict"),
    STR_INIT("strictly"),    STR_INIT("such"),         STR_INIT("syndrome"),
    STR_INIT("the"),         STR_INIT("to"),           STR_INIT("trace"),
    STR_INIT("very"),        STR_INIT("we"),           STR_INIT("with"),
};
const size_t exclusion_filler_count = ARRAY_LEN(exclusion_fillers);
