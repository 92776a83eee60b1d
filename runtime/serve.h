/*
 * What happens to the events of one slot, one after the other: poll, handler, answer, `after`.
 */
#pragma once

#include "runtime/slot.h"

/*
 * Serves events on the calling thread. Returns only with the reason why the slot has no next one,
 * in `slot->cx.err`:
 *
 * ERR_UPSTREAM  HTTP 500 from Lambda, or no event in five tries
 * ERR_INVALID   the address of the Runtime API is no part of a URL
 */
enum status serve(struct slot *slot) MUST_CHECK;
