/*
 * What an answer's events add up to while it comes in: what it used, whether it is whole, how it
 * ended. Usage that the provider has not told (its stream was cut), or that cannot be (no input, or
 * no output where there was some), is guessed from the bytes that came, and never nothing.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/llm/base/event.h"

/* Bytes of text per token, at the least: English has some four, code and other scripts fewer. */
enum { LLM_GUESS_BYTES = 3 };

struct llm_tally {
    struct llm_usage usage; /* the last that the provider told */
    bool has_usage;
    int64_t content_bytes;
    bool has_content; /* something that a caller would see */
    bool has_finish, has_end;
    enum llm_finish finish;
    struct llm_failure failure; /* of an ERROR event; kind LLM_NONE: none came */
    struct buf *text;           /* gathers the answer's text; NULL: not asked for */
};

/* Adds one event; what it keeps of a failure is in the arena. */
void llm_tally_event(struct ctx *cx, struct llm_tally *tally, const struct llm_event *event);

/* What is billed, as far as we know: the provider's word, else a guess; `input_bytes` were sent. */
struct llm_usage llm_tally_usage(const struct llm_tally *tally, int64_t input_bytes);

void llm_usage_add(struct llm_usage *sum, const struct llm_usage *usage);
