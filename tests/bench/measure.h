/* What the small benchmarks share: a clock, a median, an end. */
#pragma once

#include "shared/base/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000 };

static inline _Noreturn void die(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static inline void must(struct ctx *cx, enum status status)
{
    if (status != OK) {
        die(cx->err.text);
    }
}

static inline int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int measure_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts `values`. */
static inline double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, measure_order);
    return values[count / 2];
}
