/*
 * The words that sentences of a language can hardly do without (articles, pronouns, prepositions,
 * forms of to be and to have), some that prompts are full of, and the letters it has and English
 * has not. Common knowledge of each language, set down here; a word may stand in several lists.
 */
#pragma once

#include "shared/base/str.h"

enum { LANGUAGE_WORDS_COUNT = 14 };

struct language_words {
    struct str code, name;
    struct str words;   /* a blank before and after each */
    struct str letters; /* lower case */
};

extern const struct language_words language_words[LANGUAGE_WORDS_COUNT];
