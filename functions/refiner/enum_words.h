/*
 * The words an analyzer writes for the values of an enum, in English, French, Spanish, German,
 * Italian and Portuguese. Case and accents do not count.
 */
#pragma once

#include "functions/refiner/analysis.h"

struct enum_word {
    int value;
    struct str words; /* folded (words.h), the English one first: "image|imagen|bild" */
};

struct enum_words {
    const struct enum_word *rows;
    size_t row_count;
    int middle;       /* stands for an unknown word; -1: an unknown word is a fault */
    const char *must; /* "must be image, video, audio or mixed" */
};

extern const struct enum_words words_of_intent, words_of_type, words_of_complexity;
extern const struct enum_words words_of_completion, words_of_impact, words_of_workload;
extern const struct enum_words words_of_priority, words_of_severity;

enum enum_match { ENUM_EXACT, ENUM_TRANSLATED, ENUM_UNKNOWN };

/* Fills `*value` unless the word is unknown. ENUM_EXACT: it is the English word as it should be. */
enum enum_match enum_word_find(struct ctx *cx, const struct enum_words *words, struct str word,
                               int *value);
