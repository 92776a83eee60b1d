/* A JSON library, as the benchmark sees it: one of codec_*.c is linked with codec_run.c. */
#pragma once

#include <stddef.h>

/* Reads the text, which must outlive the tree; a failure ends the program. */
void *codec_read(const char *text, size_t len);
/* Reads each number of the tree as a double; the sum. */
double codec_sum(void *tree);
/* Writes the tree without white space; the text's length. */
size_t codec_write(const void *tree);
void codec_free(void *tree);
