/*
 * How far a long load is, on standard error: a bar that redraws itself on a terminal, a line each
 * tenth elsewhere.
 */
#pragma once

#include "shared/base/str.h"

struct progress {
    uint64_t total, done;
    int64_t drawn_at_ms;
    int drawn_percent;
    bool on_terminal, off;
};

/* `total` in any unit; 0 counts as done. */
struct progress progress_begin(uint64_t total);
/* One that shows nothing. */
struct progress progress_none(void);
/* `done` of `total`; `what` is being worked on. Cheap: call it often. */
void progress_show(struct progress *progress, uint64_t done, const char *what);
/* Leaves the terminal on a line of its own. */
void progress_end(struct progress *progress);
