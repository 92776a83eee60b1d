#include "shared/base/buf.h"
#include "shared/nutrition/exclusion_words.h"
#include "shared/nutrition/food_class.h"
#include "shared/nutrition/food_match.h"

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
    for (size_t i = 0; i < exclusion_synonym_count; i++) {
        if (words_are(tokens, count, exclusion_synonyms[i].words)) {
            return exclusion_synonyms[i].classes;
        }
    }
    return 0;
}

static bool is_joined(const struct food_token *tokens, size_t count)
{
    for (size_t i = 0; i < exclusion_joined_count; i++) {
        if (words_are(tokens, count, exclusion_joined[i])) {
            return true;
        }
    }
    return false;
}

static bool is_filler(const struct food_token *token)
{
    for (size_t i = 0; i < exclusion_filler_count; i++) {
        if (food_word_is(food_token_word(token), exclusion_fillers[i])) {
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
    for (size_t row = 0; row < exclusion_namesakes_count; row++) {
        bool found = false;
        for (size_t i = 0; i < EXCLUSION_NAMESAKES_MAX; i++) {
            found |= words_are(tokens, count, exclusion_namesakes[row][i]);
        }
        for (size_t i = 0; found && i < EXCLUSION_NAMESAKES_MAX; i++) {
            if (!str_is_empty(exclusion_namesakes[row][i])) {
                TRY(word_add(cx, exclusions, exclusion_namesakes[row][i]));
            }
        }
    }
    return OK;
}

/* "soy milk" is one food, "milk eggs" is two allergies. */
static bool is_one_food(const struct food_token *tokens, size_t count)
{
    struct str first = tokens[0].view, last = tokens[count - 1].view;
    struct str text = {.ptr = first.ptr, .len = (size_t)(last.ptr - first.ptr) + last.len};
    struct food_block block;
    struct food_match match = {0};
    food_block_begin(&block, text);
    if (!food_block_next(&block)) {
        return false;
    }
    while (food_match_next(&block, 0, &match)) {
        if (match.words == count) {
            return true;
        }
    }
    return false;
}

/* The name at the front, the longest that is one: its words, and its class. */
static size_t name_take(const struct food_token *tokens, size_t count, food_class_set *classes)
{
    for (size_t words = count; words > 0; words--) {
        *classes = synonym_find(tokens, words);
        if (*classes != 0) {
            return words;
        }
    }
    return 0;
}

/* The classes of one name, or of several with nothing between, "eggs dairy nuts"; 0 if a word is
 * part of no name. */
static food_class_set names_find(const struct food_token *tokens, size_t count)
{
    food_class_set all = 0;
    for (size_t at = 0; at < count;) {
        food_class_set classes = 0;
        size_t words = name_take(tokens + at, count - at, &classes);
        if (words == 0 || (words < count && is_one_food(tokens, count))) {
            return 0;
        }
        all |= classes;
        at += words;
    }
    return all;
}

/* One thing to keep out: a class if it names one, else its words. */
static enum status thing_add(struct ctx *cx, struct exclusions *exclusions,
                             const struct food_token *tokens, size_t count)
{
    food_class_set classes = names_find(tokens, count);
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

static enum status members_add(struct ctx *cx, struct exclusions *exclusions,
                               const struct exclusion_kind *kind)
{
    for (size_t i = 0; i < kind->member_count; i++) {
        struct item member = {.count = 0};
        struct str rest = kind->members[i];
        while (member.count < ITEM_WORDS_MAX &&
               food_token_next(&rest, &member.tokens[member.count])) {
            member.count++;
        }
        TRY(thing_add(cx, exclusions, member.tokens, member.count));
    }
    return OK;
}

/* The thing itself; and if it is a kind, what belongs to it. */
static enum status part_add(struct ctx *cx, struct exclusions *exclusions,
                            const struct food_token *tokens, size_t count)
{
    TRY(thing_add(cx, exclusions, tokens, count));
    for (size_t i = 0; i < exclusion_kind_count; i++) {
        if (words_are(tokens, count, exclusion_kinds[i].words)) {
            return members_add(cx, exclusions, &exclusion_kinds[i]);
        }
    }
    return OK;
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
