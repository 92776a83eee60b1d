#include "tests/bench/samples.h"

#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    const int32_t *left = a;
    const int32_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* Nearest rank. */
static double percentile_us(const struct samples *samples, size_t percent)
{
    size_t rank = (samples->count * percent + 99) / 100;
    return samples->count == 0 ? 0 : samples->took_ns[rank - 1] / 1000.0;
}

void samples_print(struct samples *samples)
{
    double count = samples->count == 0 ? 1 : (double)samples->count;
    double seconds = (double)(samples->end_ns - samples->begin_ns) / 1e9;
    qsort(samples->took_ns, samples->count, sizeof samples->took_ns[0], by_size);
    (void)printf("first_us=%lld p50_us=%.2f p99_us=%.2f per_second=%.0f cpu_us=%.2f peak_kib=%lld "
                 "at_once=%zu count=%zu wrong=%zu\n",
                 (long long)samples->first_us, percentile_us(samples, 50),
                 percentile_us(samples, 99), seconds > 0 ? count / seconds : 0,
                 (double)samples->cpu_ns / 1000.0 / count, (long long)samples->peak_kib,
                 samples->at_once, samples->count, samples->wrong);
}
