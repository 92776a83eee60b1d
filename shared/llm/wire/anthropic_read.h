/*
 * Reads answers in Anthropic's Messages protocol, whole or streamed, into events. A whole message
 * is read as the stream that would have built it.
 *
 * Source: platform.claude.com/docs/en/api/messages and /streaming; how the accumulator of
 * @anthropic-ai/sdk 1.14.0 (lib/MessageStream) puts a stream together.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/json/json.h"
#include "shared/llm/base/event.h"

enum anthropic_block { ANTHROPIC_NO_BLOCK, ANTHROPIC_PROSE, ANTHROPIC_TOOL, ANTHROPIC_OTHER };

struct anthropic_reader {
    llm_event_fn *emit;
    void *arg;
    bool has_begun, has_reason, is_over;
    enum anthropic_block block; /* the open one */
    unsigned index;
    struct buf start; /* TOOL: its input as the start has it; OTHER: the block */
    struct buf input; /* OTHER: what deltas brought */
    bool has_input;   /* TOOL: a delta brought some */
    enum llm_finish finish;
    struct buf stop_sequence;
    struct llm_usage usage;
};

void anthropic_reader_init(struct anthropic_reader *r, struct arena *arena);

/*
 * Takes one event of a stream. Pings and events of types it does not know are passed over; after
 * `message_stop` or `error` everything is.
 *
 * ERR_UPSTREAM  not the protocol: a second message_start, a delta without a block, an end without a
 *               reason; or what the receiver returned
 */
enum status anthropic_read_event(struct ctx *cx, struct anthropic_reader *r,
                                 const struct json *event) MUST_CHECK;

/* Takes a whole message. ERR_UPSTREAM: it is none. */
enum status anthropic_read_message(struct ctx *cx, struct anthropic_reader *r,
                                   const struct json *message) MUST_CHECK;
