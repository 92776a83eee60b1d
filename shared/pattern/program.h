/*
 * An expression as a program of a machine that follows all ways at once (Thompson, "Regular
 * Expression Search Algorithm", 1968): what automaton.c makes its table of.
 */
#pragma once

#include "shared/base/str.h"

enum { PROGRAM_MAX = 256 };

enum op { OP_BYTE, OP_SPLIT, OP_MATCH };

struct instruction {
    enum op op;
    uint64_t bytes[4];      /* OP_BYTE: one of these, then `next` */
    uint16_t next, or_else; /* OP_SPLIT: both; they may be the same */
};

struct program {
    struct instruction at[PROGRAM_MAX];
    size_t count;
    bool is_anchored, is_open; /* begins with "^"; does not end with "$" */
};

/* False: it is of another kind, or too long. */
bool program_read(struct program *program, struct str ecma);
