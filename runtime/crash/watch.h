/*
 * The slots of this process, for those who look at them from outside: the crash report, the
 * deadline guard.
 */
#pragma once

#include "runtime/core/slot.h"

enum { WATCH_MAX_SLOTS = 1024 };

/*
 * Between these two calls `slot` must stay where it is. A slot beyond the maximum is not watched.
 * The second one waits while somebody has the lock.
 */
void watch_add(struct slot *slot);
void watch_remove(struct slot *slot);

/* While it is held, no slot goes away. The crash report does without: nobody comes back from it. */
void watch_lock(void);
void watch_unlock(void);

/* The watched slots in turn: `*at` starts at 0; NULL after the last. Safe in a signal handler. */
struct slot *watch_next(size_t *at);
