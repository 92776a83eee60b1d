#include "shared/nutrition/food_match.h"

#include <assert.h>

/* ---- finding rules ---- */

static bool is_word_end(struct str phrase, size_t at)
{
    return at >= phrase.len || phrase.ptr[at] == ' ' || phrase.ptr[at] == ',';
}

/* `word` against the first word of `phrase`, in the order of the table. */
static int first_word_cmp(struct str word, struct str phrase)
{
    size_t i = 0;
    while (i < word.len && !is_word_end(phrase, i) && word.ptr[i] == phrase.ptr[i]) {
        i++;
    }
    if (i == word.len) {
        return is_word_end(phrase, i) ? 0 : -1;
    }
    return is_word_end(phrase, i) ? 1 : (unsigned char)word.ptr[i] - (unsigned char)phrase.ptr[i];
}

static struct food_rule_span rules_find(struct str word)
{
    size_t low = 0, high = food_word_rule_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (first_word_cmp(word, food_word_rules[middle].phrase) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < food_word_rule_count && first_word_cmp(word, food_word_rules[end].phrase) == 0) {
        end++;
    }
    assert(end <= UINT16_MAX);
    return (struct food_rule_span){.first = (uint16_t)low, .end = (uint16_t)end};
}

/* The singulars a written word may have: itself, less -s, less -es, -ies as -y, -ves as -f. */
static void spans_find(const struct food_token *token, struct food_rule_span spans[static 4])
{
    struct str word = food_token_word(token);
    memset(spans, 0, sizeof spans[0] * FOOD_FORMS_MAX);
    spans[0] = rules_find(word);
    if (word.len < 3 || word.ptr[word.len - 1] != 's') {
        return;
    }
    spans[1] = rules_find(str_slice(word, 0, word.len - 1));
    if (word.ptr[word.len - 2] != 'e') {
        return;
    }
    spans[2] = rules_find(str_slice(word, 0, word.len - 2));
    char before = word.ptr[word.len - 3];
    if (before == 'i' || before == 'v') {
        char singular[FOOD_TOKEN_MAX];
        memcpy(singular, word.ptr, word.len - 3);
        singular[word.len - 3] = before == 'i' ? 'y' : 'f';
        spans[3] = rules_find((struct str){.ptr = singular, .len = word.len - 2});
    }
}

/* How many tokens the rule's phrase takes from `at` on; 0 if it does not match there. */
static size_t phrase_match(const struct food_block *block, size_t at,
                           const struct food_word_rule *rule)
{
    struct str rest = rule->phrase, word;
    bool may_break = true; /* a mark before the first word is outside */
    size_t words = 0;
    while (str_split_next(&rest, ' ', &word)) {
        bool comma = str_has_suffix(word, STR(","));
        word.len -= comma;
        if (at + words >= block->count || (comma && !(block->is_first && at == 0))) {
            return 0;
        }
        const struct food_token *token = &block->tokens[at + words];
        if ((token->breaks && !may_break) || !food_word_is(food_token_word(token), word)) {
            return 0;
        }
        may_break = comma;
        words++;
    }
    return words;
}

bool food_match_next(const struct food_block *block, size_t at, struct food_match *match)
{
    for (; match->form < FOOD_FORMS_MAX; match->form++, match->next = 0) {
        struct food_rule_span span = block->spans[at][match->form];
        while (span.first + match->next < span.end) {
            match->rule = &food_word_rules[span.first + match->next++];
            match->words = phrase_match(block, at, match->rule);
            if (match->words > 0) {
                return true;
            }
        }
    }
    return false;
}

/* ---- shields ---- */

enum { REACH_WORDS = 4 };

static void shield(struct food_block *block, size_t from, size_t to,
                   const struct food_word_rule *rule)
{
    for (size_t i = from; i < to && i < block->count; i++) {
        block->shields[i] |= rule->shields;
        block->protects[i] |= rule->shields & ~rule->may_contain;
    }
}

static bool is_one_of(const struct food_token *token, const struct str words[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(food_token_word(token), words[i])) {
            return true;
        }
    }
    return false;
}

/* Words that begin another food, which "vegan" before them does not speak of. */
static bool is_barrier(const struct food_token *token)
{
    static const struct str words[] = {STR_INIT("with"), STR_INIT("and"),  STR_INIT("or"),
                                       STR_INIT("in"),   STR_INIT("on"),   STR_INIT("plus"),
                                       STR_INIT("over"), STR_INIT("from"), STR_INIT("by")};
    return is_one_of(token, words, ARRAY_LEN(words));
}

/* [at, end) is the modifier itself: "vegan" before a word speaks of what follows, else of what
 * went before. */
static void shield_around(struct food_block *block, size_t at, size_t end,
                          const struct food_word_rule *rule)
{
    size_t to = end;
    while (to < block->count && to - end < REACH_WORDS && !block->tokens[to].breaks &&
           !is_barrier(&block->tokens[to])) {
        to++;
    }
    size_t from = at;
    while (to == end && from > 0 && at - from < REACH_WORDS &&
           !is_barrier(&block->tokens[from - 1])) {
        from--;
    }
    shield(block, from, to, rule);
}

/* One word, past those that say nothing. */
static void shield_next(struct food_block *block, size_t end, const struct food_word_rule *rule)
{
    static const struct str fillers[] = {STR_INIT("added"), STR_INIT("any"), STR_INIT("the")};
    if (end < block->count && is_one_of(&block->tokens[end], fillers, ARRAY_LEN(fillers))) {
        end++;
    }
    if (end < block->count && !block->tokens[end].breaks) {
        shield(block, end, end + 1, rule);
    }
}

/* "or without", "free range": longer phrases take the sense of negation out of a word. */
static bool is_muted(const struct food_block *block, size_t at, size_t words)
{
    food_class_set any = 0;
    for (size_t i = at; i < at + words; i++) {
        any |= block->shields[i];
    }
    return (any & FOOD_MODIFIER) != 0;
}

static void rule_shield(struct food_block *block, size_t at, const struct food_match *match)
{
    const struct food_word_rule *rule = match->rule;
    size_t end = at + match->words;
    switch (rule->reach) {
    case REACH_SELF:
        shield(block, at, end, rule);
        return;
    case REACH_AROUND:
        if (!is_muted(block, at, match->words)) {
            shield(block, at, end, rule);
            shield_around(block, at, end, rule);
        }
        return;
    case REACH_NEXT:
        if (!is_muted(block, at, match->words)) {
            shield_next(block, end, rule);
        }
        return;
    }
}

/* What a rule shields on its own words, or, once that is known, what it reaches beyond them. */
static void shields_set(struct food_block *block, bool reaching)
{
    for (size_t at = 0; at < block->count; at++) {
        struct food_match match = {0};
        while (food_match_next(block, at, &match)) {
            if ((match.rule->reach != REACH_SELF) == reaching) {
                rule_shield(block, at, &match);
            }
        }
    }
}

/* ---- blocks ---- */

void food_block_begin(struct food_block *block, struct str text)
{
    block->rest = text;
    block->count = 0;
    block->is_first = true;
    block->is_last = false;
}

/* Keeps the end of the block before, which the next one begins with. */
static void block_carry(struct food_block *block)
{
    size_t kept = (size_t)2 * FOOD_BLOCK_MARGIN;
    if (block->count == 0) {
        block->from = 0;
        return;
    }
    memmove(block->tokens, block->tokens + block->count - kept, kept * sizeof block->tokens[0]);
    memmove(block->spans, block->spans + block->count - kept, kept * sizeof block->spans[0]);
    block->count = kept;
    block->from = FOOD_BLOCK_MARGIN;
    block->is_first = false;
}

bool food_block_next(struct food_block *block)
{
    if (block->is_last) {
        return false;
    }
    block_carry(block);
    while (!block->is_last && block->count < FOOD_BLOCK_WORDS) {
        struct food_token *token = &block->tokens[block->count];
        block->is_last = !food_token_next(&block->rest, token);
        if (!block->is_last) {
            spans_find(token, block->spans[block->count]);
            block->count++;
        }
    }
    block->to = block->is_last ? block->count : block->count - FOOD_BLOCK_MARGIN;
    memset(block->shields, 0, block->count * sizeof block->shields[0]);
    memset(block->protects, 0, block->count * sizeof block->protects[0]);
    shields_set(block, false);
    shields_set(block, true);
    return block->from < block->to;
}

food_class_set food_class_all(const food_class_set *sets, size_t words)
{
    food_class_set all = ~(food_class_set)0;
    for (size_t i = 0; i < words; i++) {
        all &= sets[i];
    }
    return all;
}

struct str food_block_view(const struct food_block *block, size_t at, size_t words)
{
    struct str first = block->tokens[at].view, last = block->tokens[at + words - 1].view;
    return (struct str){.ptr = first.ptr, .len = (size_t)(last.ptr - first.ptr) + last.len};
}
