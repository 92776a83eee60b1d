#include "functions/refiner/language.h"

#include "functions/refiner/language_words.h"
#include "shared/base/utf8.h"

enum {
    WORD_MAX_BYTES = 32,
    MIN_EVIDENCE = 2,     /* one small word proves little: "a", "no", "die" */
    FULL_EVIDENCE = 4,    /* and more than so many add nothing */
    LETTER_MIN_SHARE = 4, /* a script counts if a quarter of the letters are in it */
    KANA_MIN_SHARE = 16,  /* Japanese has Chinese characters, with kana between them */
    CONTINUATION_BITS = 6,
};
static const double RELIABLE = 0.5, LETTER_WEIGHT = 0.75;
/* "s" is half a French word, and what is left of "it's". */
static const double ONE_LETTER_WEIGHT = 0.5;

/* ---- letters --------------------------------------------------------------------------------- */

/* The code point at `*at`, which it moves past; the text is valid UTF-8. */
static uint32_t code_point_next(struct str text, size_t *at)
{
    uint8_t lead = (uint8_t)text.ptr[(*at)++];
    size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    uint32_t code_point = more == 0 ? lead : lead & (0x3FU >> more);
    for (size_t i = 0; i < more && *at < text.len; i++) {
        code_point = code_point << CONTINUATION_BITS | ((uint8_t)text.ptr[(*at)++] & 0x3FU);
    }
    return code_point;
}

enum script {
    SCRIPT_NONE,
    SCRIPT_LATIN,
    SCRIPT_CYRILLIC,
    SCRIPT_GREEK,
    SCRIPT_ARABIC,
    SCRIPT_HEBREW,
    SCRIPT_DEVANAGARI,
    SCRIPT_KANA,
    SCRIPT_HANGUL,
    SCRIPT_HAN,
    SCRIPT_COUNT
};

/* Source: the Unicode Standard's charts of blocks. */
static const struct {
    uint32_t first, last;
    enum script script;
} blocks[] = {
    {'A', 'Z', SCRIPT_LATIN},        {'a', 'z', SCRIPT_LATIN},
    {0xC0, 0x24F, SCRIPT_LATIN},     {0x370, 0x3FF, SCRIPT_GREEK},
    {0x400, 0x4FF, SCRIPT_CYRILLIC}, {0x590, 0x5FF, SCRIPT_HEBREW},
    {0x600, 0x6FF, SCRIPT_ARABIC},   {0x900, 0x97F, SCRIPT_DEVANAGARI},
    {0x1100, 0x11FF, SCRIPT_HANGUL}, {0x1E00, 0x1EFF, SCRIPT_LATIN},
    {0x3040, 0x30FF, SCRIPT_KANA},   {0x3400, 0x4DBF, SCRIPT_HAN},
    {0x4E00, 0x9FFF, SCRIPT_HAN},    {0xAC00, 0xD7AF, SCRIPT_HANGUL},
};

static enum script script_of(uint32_t code_point)
{
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        if (code_point >= blocks[i].first && code_point <= blocks[i].last) {
            return blocks[i].script;
        }
    }
    return SCRIPT_NONE;
}

struct letters {
    size_t of[SCRIPT_COUNT], all;
};

static struct letters letters_count(struct str text)
{
    struct letters letters = {0};
    for (size_t at = 0; at < text.len;) {
        enum script script = script_of(code_point_next(text, &at));
        letters.of[script]++;
        letters.all += script != SCRIPT_NONE;
    }
    return letters;
}

/* ---- languages with a script of their own ---------------------------------------------------- */

static const struct {
    enum script script;
    struct str code, name;
} by_script[] = {
    {SCRIPT_GREEK, STR_INIT("el"), STR_INIT("Greek")},
    {SCRIPT_HEBREW, STR_INIT("he"), STR_INIT("Hebrew")},
    {SCRIPT_ARABIC, STR_INIT("ar"), STR_INIT("Arabic")},
    {SCRIPT_DEVANAGARI, STR_INIT("hi"), STR_INIT("Hindi")},
    {SCRIPT_HANGUL, STR_INIT("ko"), STR_INIT("Korean")},
};

static struct language certain(struct str code, struct str name, size_t letters, size_t all)
{
    double share = (double)letters / (double)all;
    return (struct language){
        .code = code, .name = name, .confidence = share, .is_reliable = share >= RELIABLE};
}

static bool by_script_find(const struct letters *letters, struct language *found)
{
    size_t han = letters->of[SCRIPT_HAN], kana = letters->of[SCRIPT_KANA];
    if ((han + kana) * LETTER_MIN_SHARE >= letters->all && han + kana > 0) {
        bool is_japanese = kana * KANA_MIN_SHARE >= han + kana;
        *found = certain(is_japanese ? STR("ja") : STR("zh"),
                         is_japanese ? STR("Japanese") : STR("Chinese"), han + kana, letters->all);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(by_script); i++) {
        size_t count = letters->of[by_script[i].script];
        if (count * LETTER_MIN_SHARE >= letters->all && count > 1) {
            *found = certain(by_script[i].code, by_script[i].name, count, letters->all);
            return true;
        }
    }
    return false;
}

/* ---- languages that share one ---------------------------------------------------------------- */

struct scores {
    double of[LANGUAGE_WORDS_COUNT];
    double evidence;
};

/* What several languages have counts for each of them, by so much less. */
static void score_add(struct scores *scores, const bool *has, double weight)
{
    size_t count = 0;
    for (size_t i = 0; i < LANGUAGE_WORDS_COUNT; i++) {
        count += has[i];
    }
    for (size_t i = 0; i < LANGUAGE_WORDS_COUNT && count > 0; i++) {
        scores->of[i] += has[i] ? weight / (double)count : 0;
    }
    scores->evidence += count > 0 ? weight : 0;
}

/* Whether " word " is in " a list of words ". */
static bool list_has(struct str list, struct str word)
{
    char framed[WORD_MAX_BYTES + 2] = " ";
    memcpy(framed + 1, word.ptr, word.len);
    framed[word.len + 1] = ' ';
    return str_find(list, (struct str){.ptr = framed, .len = word.len + 2}) != SIZE_MAX;
}

static void word_score(struct scores *scores, struct str word)
{
    bool has[LANGUAGE_WORDS_COUNT] = {false};
    if (word.len == 0 || word.len > WORD_MAX_BYTES) {
        return;
    }
    for (size_t i = 0; i < LANGUAGE_WORDS_COUNT; i++) {
        has[i] = list_has(language_words[i].words, word);
    }
    score_add(scores, has, word.len == 1 ? ONE_LETTER_WEIGHT : 1);
}

/* A letter that some of the languages have, and English has not. */
static void letter_score(struct scores *scores, struct str letter)
{
    bool has[LANGUAGE_WORDS_COUNT] = {false};
    for (size_t i = 0; i < LANGUAGE_WORDS_COUNT; i++) {
        has[i] = str_find(language_words[i].letters, letter) != SIZE_MAX;
    }
    score_add(scores, has, LETTER_WEIGHT);
}

/* Lower case in the Latin and Cyrillic blocks that the lists use. */
static uint32_t lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7)) {
        return c + 0x20;
    }
    if (c >= 0x410 && c <= 0x42F) {
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40F) {
        return c + 0x50;
    }
    bool is_pair =
        (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177) || (c >= 0x1E00 && c <= 0x1EFF);
    return is_pair && c % 2 == 0 ? c + 1 : c;
}

/* As if a blank followed the text. */
static uint32_t word_end(size_t *at)
{
    (*at)++;
    return ' ';
}

/* A word while it is read; longer than any of the lists, it stays too long. */
struct word {
    char bytes[WORD_MAX_BYTES + 4];
    size_t len;
};

static void letter_add(struct word *word, uint32_t letter, struct scores *scores)
{
    size_t from = word->len <= WORD_MAX_BYTES ? word->len : 0;
    size_t bytes = utf8_encode(letter, word->bytes + from);
    if (letter >= 0x80) {
        letter_score(scores, (struct str){.ptr = word->bytes + from, .len = bytes});
    }
    word->len += word->len <= WORD_MAX_BYTES ? bytes : 0;
}

static struct scores words_score(struct str text)
{
    struct scores scores = {0};
    struct word word = {.len = 0};
    for (size_t at = 0; at <= text.len;) {
        uint32_t c = at < text.len ? lower(code_point_next(text, &at)) : word_end(&at);
        enum script script = script_of(c);
        if (script == SCRIPT_LATIN || script == SCRIPT_CYRILLIC) {
            letter_add(&word, c, &scores);
        } else {
            word_score(&scores, (struct str){.ptr = word.bytes, .len = word.len});
            word.len = 0;
        }
    }
    return scores;
}

static struct language by_words(struct str text)
{
    struct scores scores = words_score(text);
    size_t best = 0;
    double second = 0;
    for (size_t i = 1; i < LANGUAGE_WORDS_COUNT; i++) {
        if (scores.of[i] > scores.of[best]) {
            second = scores.of[best];
            best = i;
        } else if (scores.of[i] > second) {
            second = scores.of[i];
        }
    }
    double seen = scores.evidence > FULL_EVIDENCE ? 1 : scores.evidence / FULL_EVIDENCE;
    double ahead = scores.of[best] > 0 ? (scores.of[best] - second) / scores.of[best] : 0;
    double confidence = ahead * seen;
    if (scores.evidence < MIN_EVIDENCE || ahead <= 0) {
        return (struct language){
            .code = STR("und"), .name = STR("unknown"), .confidence = confidence};
    }
    return (struct language){.code = language_words[best].code,
                             .name = language_words[best].name,
                             .confidence = confidence,
                             .is_reliable = confidence >= RELIABLE};
}

struct language language_detect(struct str text)
{
    struct language found = {.code = STR("und"), .name = STR("unknown")};
    size_t len = text.len < LANGUAGE_MAX_BYTES ? text.len : LANGUAGE_MAX_BYTES;
    while (len < text.len && len > 0 && ((uint8_t)text.ptr[len] & 0xC0) == 0x80) {
        len--; /* not within a character */
    }
    text = str_slice(text, 0, len);
    struct letters letters = letters_count(text);
    if (letters.all == 0 || by_script_find(&letters, &found)) {
        return found;
    }
    return by_words(text);
}
