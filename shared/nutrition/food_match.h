/*
 * A text as blocks of words, with the rules of food_words.h laid over them: which classes are
 * shielded on each word, and which rules match where. For food_class.c and exclusions.c.
 */
#pragma once

#include "shared/nutrition/food_text.h"
#include "shared/nutrition/food_words.h"

/*
 * A text of any length is seen 64 words at a time. Blocks overlap, and only what begins in
 * [from, to) counts, so that each place is judged once and with its neighbours in sight: a
 * phrase and the reach of a shield both fit the margin.
 */
enum { FOOD_BLOCK_WORDS = 64, FOOD_BLOCK_MARGIN = 12, FOOD_FORMS_MAX = 4 };

/* Rules [first, end) whose first word the token may be. */
struct food_rule_span {
    uint16_t first, end;
};

struct food_block {
    struct food_token tokens[FOOD_BLOCK_WORDS];
    struct food_rule_span spans[FOOD_BLOCK_WORDS][FOOD_FORMS_MAX];
    food_class_set shields[FOOD_BLOCK_WORDS];
    food_class_set protects[FOOD_BLOCK_WORDS]; /* the shields that no rule takes back in part */
    size_t count, from, to;
    struct str rest;
    bool is_first, is_last;
};

/* Before the first `food_block_next`. */
void food_block_begin(struct food_block *block, struct str text);
/* False after the last block; an empty text has none. */
bool food_block_next(struct food_block *block);

/* A rule that matches `words` tokens from some place on. */
struct food_match {
    const struct food_word_rule *rule;
    size_t words;
    size_t form, next; /* where to go on */
};
/* The next match at token `at`; `match` starts from zero at each place. */
bool food_match_next(const struct food_block *block, size_t at, struct food_match *match);

/* The classes that are set for each of the words. */
food_class_set food_class_all(const food_class_set *sets, size_t words);
/* The text from one token to another. */
struct str food_block_view(const struct food_block *block, size_t at, size_t words);
