/*
 * A food's words, ready to compare: lower case, Latin accents folded ("jalapeño" is "jalapeno"),
 * apostrophes dropped ("lamb's" is "lambs"), hyphens and spaces alike between words.
 */
#pragma once

#include "shared/base/str.h"

enum { FOOD_TOKEN_MAX = 24 };

struct food_token {
    struct str view;           /* as written */
    char word[FOOD_TOKEN_MAX]; /* cut there: both sides of a comparison are */
    uint8_t len;
    bool breaks; /* a mark stands before it: a comma, a bracket, a slash, ... */
};

/* Takes the next word off `*rest`; false if there is none. "&" is the word "and". */
bool food_token_next(struct str *rest, struct food_token *token);

static inline struct str food_token_word(const struct food_token *token)
{
    return (struct str){.ptr = token->word, .len = token->len};
}

/* True if `written` is `word` or a plural of it: -s, -es, -y/-ies, -f/-ves. */
bool food_word_is(struct str written, struct str word);
