#include "shared/base/buf.h"
#include "shared/nutrition/food_class.h"
#include "shared/nutrition/food_match.h"

/* What people write, and the classes they mean by it. Words are singular. */
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

static const struct synonym {
    struct str words;
    food_class_set classes;
} synonyms[] = {
    {STR_INIT("milk"), MILK},
    {STR_INIT("cow milk"), MILK},
    {STR_INIT("milk protein"), MILK},
    {STR_INIT("cow milk protein"), MILK},
    {STR_INIT("dairy"), MILK},
    {STR_INIT("lactose"), MILK},
    {STR_INIT("casein"), MILK},
    {STR_INIT("egg"), EGG},
    {STR_INIT("hen egg"), EGG},
    {STR_INIT("fish"), FISH},
    {STR_INIT("finfish"), FISH},
    {STR_INIT("seafood"), FISH | SHELL},
    {STR_INIT("fish and shellfish"), FISH | SHELL},
    {STR_INIT("shellfish"), SHELL},
    {STR_INIT("crustacean"), CLASS_BIT(CLASS_CRUSTACEAN)},
    {STR_INIT("crustacean shellfish"), CLASS_BIT(CLASS_CRUSTACEAN)},
    {STR_INIT("mollusc"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("mollusk"), CLASS_BIT(CLASS_MOLLUSC)},
    {STR_INIT("nut"), NUT | PEANUT},
    {STR_INIT("tree nut"), NUT},
    {STR_INIT("treenut"), NUT},
    {STR_INIT("peanut"), PEANUT},
    {STR_INIT("groundnut"), PEANUT},
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
};

/* One food under several names: whoever keeps one out keeps out all. */
static const struct str namesakes[][3] = {
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

/* Dishes whose "and" or "with" joins no two things to keep out. */
static const struct str joined[] = {
    STR_INIT("macaroni and cheese"), STR_INIT("mac and cheese"), STR_INIT("half and half"),
    STR_INIT("sweet and sour"),      STR_INIT("surf and turf"),  STR_INIT("salt and pepper"),
    STR_INIT("salt and vinegar"),    STR_INIT("fish and chip"),  STR_INIT("ham and egg"),
};

/* ---- reading ---- */

enum { ITEM_WORDS_MAX = 16 }; /* without a mark between; a longer run is cut into such */

struct item {
    struct food_token tokens[ITEM_WORDS_MAX];
    size_t count;
};

/* The written words are those, in singular or plural. */
static bool words_are(const struct food_token *tokens, size_t count, struct str words)
{
    struct str word;
    size_t i = 0;
    while (str_split_next(&words, ' ', &word)) {
        if (i >= count || !food_word_is(food_token_word(&tokens[i]), word)) {
            return false;
        }
        i++;
    }
    return i == count;
}

static food_class_set synonym_find(const struct food_token *tokens, size_t count)
{
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++) {
        if (words_are(tokens, count, synonyms[i].words)) {
            return synonyms[i].classes;
        }
    }
    return 0;
}

static bool is_joined(const struct food_token *tokens, size_t count)
{
    for (size_t i = 0; i < ARRAY_LEN(joined); i++) {
        if (words_are(tokens, count, joined[i])) {
            return true;
        }
    }
    return false;
}

/* How it is said, not what: "severe allergy to nuts", "egg-free", "milk and milk products". */
static bool is_filler(const struct food_token *token)
{
    static const struct str words[] = {
        STR_INIT("a"),           STR_INIT("all"),       STR_INIT("allergic"),
        STR_INIT("allergy"),     STR_INIT("am"),        STR_INIT("an"),
        STR_INIT("and"),         STR_INIT("any"),       STR_INIT("anything"),
        STR_INIT("avoid"),       STR_INIT("contain"),   STR_INIT("containing"),
        STR_INIT("don"),         STR_INIT("dont"),      STR_INIT("free"),
        STR_INIT("from"),        STR_INIT("hate"),      STR_INIT("i"),
        STR_INIT("in"),          STR_INIT("including"), STR_INIT("intolerance"),
        STR_INIT("intolerant"),  STR_INIT("it"),        STR_INIT("like"),
        STR_INIT("made"),        STR_INIT("mild"),      STR_INIT("my"),
        STR_INIT("no"),          STR_INIT("not"),       STR_INIT("of"),
        STR_INIT("or"),          STR_INIT("other"),     STR_INIT("product"),
        STR_INIT("sensitivity"), STR_INIT("severe"),    STR_INIT("some"),
        STR_INIT("the"),         STR_INIT("to"),        STR_INIT("trace"),
        STR_INIT("with"),
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (food_word_is(food_token_word(token), words[i])) {
            return true;
        }
    }
    return false;
}

static enum status word_add(struct ctx *cx, struct exclusions *exclusions, struct str word)
{
    for (size_t i = 0; i < exclusions->word_count; i++) {
        if (str_eq(exclusions->words[i], word)) {
            return OK;
        }
    }
    if (exclusions->word_count == EXCLUSION_WORDS_MAX) {
        return fail_public(cx, ERR_INVALID, "more than %d foods to keep out",
                           (int)EXCLUSION_WORDS_MAX);
    }
    exclusions->words[exclusions->word_count++] = word;
    return OK;
}

static enum status namesakes_add(struct ctx *cx, struct exclusions *exclusions,
                                 const struct food_token *tokens, size_t count)
{
    for (size_t row = 0; row < ARRAY_LEN(namesakes); row++) {
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(namesakes[row]); i++) {
            found |= words_are(tokens, count, namesakes[row][i]);
        }
        for (size_t i = 0; found && i < ARRAY_LEN(namesakes[row]); i++) {
            if (!str_is_empty(namesakes[row][i])) {
                TRY(word_add(cx, exclusions, namesakes[row][i]));
            }
        }
    }
    return OK;
}

/* One thing to keep out: a class if it names one, else its words. */
static enum status part_add(struct ctx *cx, struct exclusions *exclusions,
                            const struct food_token *tokens, size_t count)
{
    food_class_set classes = synonym_find(tokens, count);
    exclusions->classes |= classes;
    if (classes != 0 || count == 0) {
        return OK;
    }
    struct buf words = buf_in(cx->arena, (size_t)ITEM_WORDS_MAX * (FOOD_TOKEN_MAX + 1));
    for (size_t i = 0; i < count; i++) {
        buf_add(&words, i == 0 ? STR("") : STR(" "));
        buf_add(&words, food_token_word(&tokens[i]));
    }
    TRY(word_add(cx, exclusions, buf_str(&words)));
    return namesakes_add(cx, exclusions, tokens, count);
}

/* What stands between marks: one thing, or several with fillers between. */
static enum status item_add(struct ctx *cx, struct exclusions *exclusions, const struct item *item)
{
    if (synonym_find(item->tokens, item->count) != 0 || is_joined(item->tokens, item->count)) {
        return part_add(cx, exclusions, item->tokens, item->count);
    }
    size_t from = 0;
    for (size_t i = 0; i <= item->count; i++) {
        if (i == item->count || is_filler(&item->tokens[i])) {
            TRY(part_add(cx, exclusions, item->tokens + from, i - from));
            from = i + 1;
        }
    }
    return OK;
}

enum status exclusions_add(struct ctx *cx, struct exclusions *exclusions, struct str text)
{
    struct item item = {.count = 0};
    struct food_token token;
    while (food_token_next(&text, &token)) {
        if (token.breaks || item.count == ITEM_WORDS_MAX) {
            TRY(item_add(cx, exclusions, &item));
            item.count = 0;
        }
        item.tokens[item.count++] = token;
    }
    return item_add(cx, exclusions, &item);
}

/* ---- matching ---- */

static bool is_same_word(struct str a, struct str b)
{
    return food_word_is(a, b) || food_word_is(b, a);
}

/* The words as written, or the last one first: "blue cheese" is "Cheese, blue" to USDA. */
static size_t words_match(const struct food_block *block, size_t at, struct str words,
                          bool last_first)
{
    struct str list[ITEM_WORDS_MAX], word;
    size_t count = 0;
    while (count < ITEM_WORDS_MAX && str_split_next(&words, ' ', &word)) {
        list[count++] = word;
    }
    if (at + count > block->count || (last_first && count < 2)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t from = last_first ? (i + count - 1) % count : i;
        if (!is_same_word(food_token_word(&block->tokens[at + i]), list[from])) {
            return 0;
        }
    }
    return count;
}

/* "butter" does not speak of the butter in "peanut butter": the phrase takes away what it shows. */
static bool is_protected(const struct food_block *block, size_t at, size_t count, struct str word)
{
    struct food_classes shown = {0};
    food_classes_scan(word, &shown);
    food_class_set protects = food_class_all(block->protects + at, count);
    return shown.contains != 0 && (shown.contains & ~protects) == 0;
}

static bool block_find(const struct exclusions *exclusions, const struct food_block *block,
                       struct str *found)
{
    for (size_t at = block->from; at < block->to; at++) {
        for (size_t w = 0; w < exclusions->word_count; w++) {
            struct str word = exclusions->words[w];
            size_t count = words_match(block, at, word, false);
            count = count > 0 ? count : words_match(block, at, word, true);
            if (count > 0 && !is_protected(block, at, count, word)) {
                *found = food_block_view(block, at, count);
                return true;
            }
        }
    }
    return false;
}

static bool words_find(const struct exclusions *exclusions, struct str text, struct str *found)
{
    struct food_block block;
    food_block_begin(&block, text);
    while (exclusions->word_count > 0 && food_block_next(&block)) {
        if (block_find(exclusions, &block, found)) {
            return true;
        }
    }
    return false;
}

bool exclusions_match(const struct exclusions *exclusions, struct str text,
                      const struct food_classes *classes, struct exclusion_hit *hit)
{
    food_class_set contains = exclusions->classes & classes->contains;
    food_class_set may_contain = exclusions->classes & classes->may_contain;
    struct str found = {0};
    if (contains == 0 && words_find(exclusions, text, &found)) {
        *hit = (struct exclusion_hit){.word = found};
        return true;
    }
    food_class_set first = contains != 0 ? contains : may_contain;
    if (first == 0) {
        return false;
    }
    enum food_class c = (enum food_class)__builtin_ctz(first);
    *hit = (struct exclusion_hit){
        .word = classes->word[c], .rule = food_class_words(c), .may_contain = contains == 0};
    return true;
}
