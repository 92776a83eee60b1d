/*
 * What is wrong with a template, each with its line: found in one pass, shown all at once, so that
 * a person mends a file once and not once per error.
 */
#pragma once

#include "shared/base/arena.h"

struct problem {
    int line;
    struct str text;
    struct problem *next;
};

struct problems {
    struct arena *arena;
    struct problem *first, *last;
    size_t count;
};

/* The words say what, and after a colon or semicolon what to do. The same words on a line count
 * once. */
void problem_add(struct problems *problems, int line, const char *format, ...) PRINTF_LIKE(3, 4);
/* "template.yaml:12: words" a line each, on standard error. */
void problems_print(const struct problems *problems, const char *path);
