/*
 * The slots of this process, for those who look at them from outside: the crash report, the
 * deadline guard.
 */
#pragma once

#include "runtime/slot.h"

enum { WATCH_MAX_SLOTS = 1024 };

/* Between these two calls `slot` must stay where it is. A slot beyond the maximum is not watched.
 */
void watch_add(struct slot *slot);
void watch_remove(struct slot *slot);

/* The watched slots in turn: `*at` starts at 0; NULL after the last. Safe in a signal handler. */
struct slot *watch_next(size_t *at);
