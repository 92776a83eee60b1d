/*
 * An answer's events, collected: what a face writes a whole answer from, and what a stream has to
 * say again at its end.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"
#include "shared/llm/base/event.h"

/* All texts of one answer together; the longest models give is far below. */
enum { ANSWER_MAX_BYTES = 16 * 1024 * 1024, ANSWER_MAX_BLOCKS = 4096 };

struct answer_block {
    enum llm_event_kind kind; /* TEXT, REFUSAL, THINKING, TOOL_START, OTHER */
    unsigned index;           /* the events' */
    unsigned ordinal;         /* of its kind, from 0 */
    struct str id, name;
    struct buf text; /* arguments of a tool; left empty where texts are not kept */
    bool has_text, has_ended;
    struct answer_block *next;
};

struct answer {
    bool keeps_texts; /* set by the owner, before the first event */
    struct str id, model;
    struct answer_block *first, *last;
    size_t block_count, bytes;
    unsigned tool_count;
    bool has_started, has_finished, has_usage;
    enum llm_finish finish;
    struct llm_usage usage;
};

/*
 * Takes one event. `*block` is the block it belongs to, or NULL; `*is_new`: it began with it.
 *
 * ERR_TOO_LARGE  more than the limits above
 * ERR_UPSTREAM   an event of a block that never began
 */
enum status answer_take(struct ctx *cx, struct answer *answer, const struct llm_event *event,
                        struct answer_block **block, bool *is_new) MUST_CHECK;

/* All text of one kind, in order; without blocks of it: the empty view. */
struct str answer_text(struct ctx *cx, const struct answer *answer, enum llm_event_kind kind);
