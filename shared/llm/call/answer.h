/*
 * A provider's answer on its way to the caller, be it new or stored: decoded by its wire, counted,
 * and handed to the sink, as it came or as events.
 *
 * A stream is held back until its first content, so that one that fails before it can still be
 * replaced by another target's; from then on each piece goes out at once. A whole answer is read
 * to its end before a byte of it goes out.
 *
 *   llm_answer_begin -> take* -> end -> [deliver, if it holds all]
 */
#pragma once

#include "shared/llm/call/tally.h"
#include "shared/llm/llm.h"
#include "shared/llm/wire/wire.h"

enum { LLM_MAX_ANSWER_BYTES = 8 * 1024 * 1024 }; /* of one that is read or held whole */

/* Whom it is for. */
struct llm_answer_for {
    const struct llm_sink *sink;
    const struct guard_state *guard;
    /* Right before the first byte: makes the head and gives it to the sink. */
    enum status (*begin)(struct ctx *cx, void *arg);
    void *arg;
};

struct llm_answer {
    const struct llm_wire *wire;
    const struct llm_wire_request *sent;
    const struct llm_answer_for *to;
    bool holds_all;  /* nothing goes out before llm_answer_deliver */
    bool keeps_copy; /* of all bytes, in `held`, as far as they may be stored */
    bool delivers;   /* the caller has begun to get it */
    struct llm_wire_stream *stream;
    struct guard_answer *unmask;
    struct buf held;
    struct buf text; /* if it holds all: for the schema */
    struct llm_tally tally;
    struct llm_failure failure; /* why a status is not OK */
};

/* `answer` is filled by designated initialisers up to `keeps_copy`. */
void llm_answer_begin(struct ctx *cx, struct llm_answer *answer);

/*
 * Takes the next piece of a stream, or the whole body.
 *
 * ERR_UPSTREAM  `answer->failure` says why: the provider's error, not the protocol, too large
 * other         the sink's: LLM_CANCELLED
 */
enum status llm_answer_take(struct ctx *cx, struct llm_answer *answer, struct str bytes) MUST_CHECK;

/* Its bytes have ended. ERR_UPSTREAM: LLM_CUT, for it was not the protocol's end. */
enum status llm_answer_end(struct ctx *cx, struct llm_answer *answer) MUST_CHECK;

/* Gives what it holds to the sink; statuses as take. */
enum status llm_answer_deliver(struct ctx *cx, struct llm_answer *answer) MUST_CHECK;
