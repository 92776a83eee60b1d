/*
 * The program's own symbols, read from its file. Safe in a signal handler. Source: elf(5).
 */
#pragma once

#include "shared/base/str.h"

#include <stdint.h>

struct symbols {
    void *file; /* mapped; NULL: there are none to be had */
    size_t file_bytes;
    size_t table, count;      /* .symtab: offset in the file, entries */
    size_t names, name_bytes; /* its .strtab */
};

struct symbol {
    struct str name;
    uintptr_t address; /* in the file's terms: without the base it was loaded at */
};

/* Maps /proc/self/exe. Where that fails, or the file was stripped of symbols, none are found. */
void symbols_open(struct symbols *symbols);
void symbols_close(struct symbols *symbols);

/*
 * The functions that hold `addresses`, `count` of them (the file's terms), into `found`; one
 * without a name stays empty. One pass over the table for all of them.
 */
void symbols_find(const struct symbols *symbols, const uintptr_t *addresses, size_t count,
                  struct symbol *found);
