/* What was measured of one program, and how it is printed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SAMPLES_MAX = 2000000 };

struct samples {
    int64_t first_us;         /* fork to the first complete poll */
    size_t warm_left;         /* events that do not count */
    int64_t begin_ns, end_ns; /* of those that count; 0: not yet */
    int64_t cpu_ns, peak_kib;
    size_t at_once; /* the most events that the program had at a time */
    size_t wrong;   /* answers that were not the event, failures, refused requests */
    size_t count;
    int32_t took_ns[SAMPLES_MAX];
};

/* One line of name=value; sorts the times. */
void samples_print(struct samples *samples);
