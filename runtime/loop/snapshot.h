/*
 * SnapStart: the initialised process is frozen, and copies of it serve. What a copy must not share
 * with the others (connections, random numbers) is let go before, and made anew after. Sources:
 * AWS Lambda Developer Guide, "snapstart-runtime-hooks-custom", "snapstart-uniqueness".
 */
#pragma once

#include "runtime/core/slot.h"

/*
 * Init is over. Where Lambda takes a snapshot: calls the hooks, waits in GET /restore/next until
 * this is a restored copy, drops every connection of the library, calls the hooks again. Elsewhere
 * nothing. A failure of a hook is posted.
 *
 * As the hook; ERR_UPSTREAM: no 200 from /restore/next. The process must end
 */
enum status snapshot_take(struct slot *slot) MUST_CHECK;

/* What the process is to end with, if a hook failed (64 before, 65 after); 0: none did. */
int snapshot_exit_code(void);
