/*
 * Standard error, shared by everything that speaks: the platform's lines (START, END, REPORT) and
 * what functions print, each line behind its function's name. Lines are gathered and written once a
 * turn of the loop. Who does not read them loses them, and is told so; nobody waits for a reader.
 */
#pragma once

#include "shared/base/str.h"

enum { OUTPUT_BYTES = 64 * 1024, OUTPUT_LINE_BYTES = 20 * 1024 };

struct output {
    size_t len;
    size_t lost; /* bytes that nobody read, since this was last said */
    bool quiet;  /* no START, END, REPORT */
    /* Each line is told to it as well; NULL: nobody. */
    void (*tap)(void *owner, struct str name, struct str line);
    void *tap_owner;
    char bytes[OUTPUT_BYTES];
};

/* A function's output on its way to whole lines; a longer line goes out in pieces. */
struct output_line {
    size_t len;
    char bytes[OUTPUT_LINE_BYTES];
};

/* "[name] words\n" */
void output_say(struct output *out, struct str name, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds bytes that a function printed; whole lines go out. */
void output_feed(struct output *out, struct str name, struct output_line *line, struct str bytes);
/* What is left of a line whose writer has ended. */
void output_end(struct output *out, struct str name, struct output_line *line);
void output_flush(struct output *out);
