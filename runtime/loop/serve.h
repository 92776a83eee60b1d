/*
 * What happens to the events of one slot, one after the other: poll, handler, answer, `after`.
 */
#pragma once

#include "runtime/core/slot.h"

/*
 * Serves events on the calling thread. OK: `slot->must_end`. Else the reason why the slot has no
 * next event is in `slot->cx.err`:
 *
 * ERR_UPSTREAM  HTTP 500 from Lambda: the process must end
 * ERR_UNAVAILABLE  no event in five tries
 * ERR_CONFLICT  the program ends: no slot is to poll
 * ERR_INVALID   the address of the Runtime API is no part of a URL
 */
enum status serve(struct slot *slot) MUST_CHECK;
