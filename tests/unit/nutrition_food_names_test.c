/*
 * Names that shops, menus and grandmothers use, by the class they must show in either grade: a name
 * that shows nothing here would pass an allergy by. And names beside them that must stay clear.
 */
#include "shared/nutrition/food_class.h"

#include "tests/support/check.h"

/* Each group's names, apart by '|'. */
static const struct {
    enum food_class shows;
    const char *names;
} groups[] = {
    {CLASS_WHEAT,
     "pitta|cous cous|sp\xC3\xA4tzle|lo mein|chow mein|bucatini|orecchiette|lavash|"
     "fregola|fideos|somen|wheatgerm|wheatberries|wholewheat wraps|wholemeal rolls|"
     "bulgar|atta and maida|potstickers|crumpets|croutons|rusks|breading|crumbed veal|"
     "matzoh|samosas|empanadas|croquettes|vol-au-vent|streusel|biscotti|panettone|"
     "tabbouleh|fattoush|bread crumbs|biscuit crust|flatbreads|shortcrust|mornay sauce"},
    {CLASS_GLUTEN, "marmite|vegemite|kvass|pilsner|horlicks|cheerios|malt loaf"},
    {CLASS_MILK,
     "gjetost|comt\xC3\xA9|mimolette|pepper jack|scamorza|reblochon|khoya|malai|"
     "fromage blanc|bocconcini|kashkaval|wensleydale|boursin|labne|haloumi|dahi|smetana|"
     "makhani sauce|dauphinoise|poutine|parmigiano reggiano|welsh rarebit|kulfi|"
     "rasgulla|mexican crema|tikka masala|clam chowder|tres leches|moussaka"},
    {CLASS_EGG, "powdered albumin|eggwash|ovomucoid|tamago|huevos rancheros|zabaglione|scotch egg|"
                "tartare sauce|dijonnaise|spanish tortilla|advocaat|kedgeree|chocolate mousse"},
    {CLASS_FISH, "fishcakes|fish fingers|fishsticks|gravlax|ikura|sashimi|nigiri|patis|bagoong|"
                 "bagna cauda|colatura|nuoc cham|skate wings|john dory|bacalao|brandade|tonnato|"
                 "kamaboko|salade ni\xC3\xA7oise|rollmops"},
    {CLASS_CRUSTACEAN, "crevettes|gambas|yabbies|terasi|belachan|ebi|bagoong"},
    {CLASS_MOLLUSC, "vongole|pulpo|winkles|uni|calamares|clam chowder"},
    {CLASS_TREE_NUT, "cobnuts|noisette|marcona|almendras|trout amandine|ajo blanco|pine kernels|"
                     "pi\xC3\xB1ones|almondmilk|orgeat|gianduia|frangelico|dukka|badam|picada"},
    {CLASS_PEANUT, "goobers|mafe|pb2|cacahuetes|kare-kare|beer nuts|massaman curry"},
    {CLASS_SOY, "soyabeans|soyabean oil|doenjang|ssamjang|kecap manis|tofurky|inari|kinako|E322"},
    {CLASS_SESAME, "tahina|baba ghanoush|mutabal|zatar|gingelly oil|simsim|hommus|duqqa|tarator"},
    {CLASS_MUSTARD, "mostarda|Colman's|dijonnaise"},
    {CLASS_PORK, "lardons|jam\xC3\xB3n|chipolatas|boudin|lap cheong|saucisson|chicharrones|salumi|"
                 "tacos al pastor|baby back ribs|pork rillettes|manteca|scotch egg|cassoulet"},
    {CLASS_MEAT, "bresaola|merguez|doner|kofta|oxtongue|ox cheek|offal|entrecote|ground chuck|"
                 "top round|bulgogi|carne asada|birria|osso buco|kibbeh|carpaccio|bovril"},
    {CLASS_POULTRY, "schmaltz|fowl|drumsticks|rendang"},
    {CLASS_GELATIN, "gummi worms|jelly babies|E542|turkish delight|manteca"},
    {CLASS_ALCOHOL, "ruby port|bitters|limoncello|soju|pisco|calvados|cava|chardonnay|ouzo|mezcal|"
                    "bailey's|creme de cassis eau-de-vie|frangelico|zabaglione"},
};

static struct food_classes scan(struct ctx *cx, struct str name)
{
    struct food_classes shown = {0};
    food_classes_scan(exact_copy(cx, name), &shown);
    return shown;
}

static void seldom_names_show_what_they_hold(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        struct str rest = str_from_cstr(groups[i].names), name;
        while (str_split_next(&rest, '|', &name)) {
            struct food_classes shown = scan(&t.cx, name);
            if (((shown.contains | shown.may_contain) & CLASS_BIT(groups[i].shows)) == 0) {
                print_error("\"" STR_FMT "\" does not show %s\n", STR_ARG(name),
                            food_class_words(groups[i].shows));
                wrong++;
            }
        }
    }
    CHECK_I64("names that hide what they hold", wrong, 0);
}

static void neighbours_of_those_names_stay_clear(void **state)
{
    (void)state;
    static const struct {
        struct str name;
        food_class_set never;
    } cases[] = {
        {STR_INIT("Port Salut"), CLASS_BIT(CLASS_ALCOHOL)},
        {STR_INIT("portobello mushrooms"), CLASS_BIT(CLASS_ALCOHOL)},
        {STR_INIT("bitter melon"), CLASS_BIT(CLASS_ALCOHOL)},
        {STR_INIT("tartare sauce"), CLASS_BIT(CLASS_MEAT)},
        {STR_INIT("chili sin carne"), CLASS_BIT(CLASS_MEAT)},
        {STR_INIT("oxheart tomatoes"), CLASS_BIT(CLASS_MEAT)},
        {STR_INIT("camel milk"), CLASS_BIT(CLASS_MEAT)},
        {STR_INIT("vegan kofta"), CLASS_BIT(CLASS_MEAT)},
        {STR_INIT("gluten-free breadcrumbs"), CLASS_BIT(CLASS_WHEAT)},
        {STR_INIT("gluten-free flatbread"), CLASS_BIT(CLASS_WHEAT)},
        {STR_INIT("spanish tortilla"), CLASS_BIT(CLASS_GRAIN)},
        {STR_INIT("beer nuts"), CLASS_BIT(CLASS_ALCOHOL) | CLASS_BIT(CLASS_TREE_NUT)},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct food_classes shown = scan(&t.cx, cases[i].name);
        CHECK_I64(cases[i].name.ptr, (shown.contains | shown.may_contain) & cases[i].never, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seldom_names_show_what_they_hold),
        cmocka_unit_test(neighbours_of_those_names_stay_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
