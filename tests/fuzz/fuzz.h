/*
 * What a fuzzer is: one function, called with bytes from outside. It holds them in a block of
 * exactly their size, so that a read past the end is caught; what must be true it asserts with
 * FUZZ_CHECK. The same function runs under libFuzzer (make fuzz) and, for each file of its corpus,
 * under replay.c (make test).
 */
#pragma once

#include "shared/base/ctx.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(claim)                                                                          \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_ctx {
    struct arena arena;
    struct ctx cx;
};

static inline void fuzz_open(struct fuzz_ctx *f)
{
    arena_init(&f->arena, 0);
    f->cx = (struct ctx){.arena = &f->arena};
}

static inline void fuzz_close(struct fuzz_ctx *f)
{
    arena_deinit(&f->arena);
}

/* libFuzzer's block is exact already; an empty input may come as NULL. */
static inline struct str fuzz_str(const uint8_t *data, size_t size)
{
    return (struct str){.ptr = (const char *)data, .len = size};
}
