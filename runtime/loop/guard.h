/*
 * The deadline guard: answers an event shortly before its deadline if the handler is still at work,
 * with the place where the handler stands. Else Lambda kills the process, its caller reads "Task
 * timed out" and nobody knows where; on managed instances nobody even ends it.
 *
 * One thread for all slots, started by the first event with a deadline, asleep until the next one
 * is due.
 */
#pragma once

#include "runtime/core/slot.h"

/*
 * `slot->turn` is about to begin, on the thread of `slot`. Costs no system call as long as
 * deadlines only grow.
 */
void guard_arm(struct slot *slot);

/*
 * When the guard answers an event that begins at `now_ms`: the margin before its deadline, or half
 * way, if that is later. 0: never, it has no deadline or that is over, or `margin_ms` is below 0. A
 * margin of 0 is the default, 50 ms.
 */
int64_t guard_due_ms(int64_t now_ms, int64_t deadline_ms, int64_t margin_ms);
