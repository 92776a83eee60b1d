/*
 * What becomes of a handler's reply: a post, a stream, or an error report; each event's once.
 */
#pragma once

#include "runtime/core/slot.h"

#include "runtime/core/reply.h"

/* An empty reply to the slot's turn. */
struct reply answer_begin(struct slot *slot);

/*
 * The handler has returned `status`; its words are in `slot->cx.err`.
 *
 * ERR_UPSTREAM  HTTP 500 from Lambda: the process must end; every refusal is logged, and OK here
 */
enum status answer_end(struct slot *slot, struct reply *reply, enum status status) MUST_CHECK;

/* Reports a failure without a handler: the words in `slot->cx.err` as an error of `type`. */
enum status answer_failure(struct slot *slot, struct str type) MUST_CHECK;
