/*
 * An answer while it comes in, whatever protocol it comes in: what a wire reads a provider's bytes
 * into, streamed or whole, and what a face writes to its caller, streamed or whole.
 *
 *   START (TEXT | THINKING | SIGNATURE | REFUSAL | TOOL_START TOOL_INPUT* | OTHER | BLOCK_END |
 * USAGE)* FINISH USAGE* END
 *
 * Blocks have an index, from 0, in the order they begin; blocks of parallel tools may interleave
 * (OpenAI). TEXT and THINKING open their block by themselves. BLOCK_END closes one; a wire whose
 * protocol has no such event sends it before the next block begins or before FINISH. ERROR may come
 * anywhere and is then the last. END says that the protocol's own terminator was seen: a stream
 * that stops without it was cut.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/failure.h"
#include "shared/llm/base/usage.h"

enum llm_event_kind {
    LLM_EVENT_START,      /* id, model */
    LLM_EVENT_TEXT,       /* index, text */
    LLM_EVENT_THINKING,   /* index, text */
    LLM_EVENT_SIGNATURE,  /* index, text: of a thinking block */
    LLM_EVENT_REFUSAL,    /* index, text */
    LLM_EVENT_TOOL_START, /* index, id, name */
    LLM_EVENT_TOOL_INPUT, /* index, text: the next bytes of the arguments' JSON */
    LLM_EVENT_OTHER,      /* index, text: a block of the provider's own, JSON as written */
    LLM_EVENT_BLOCK_END,  /* index */
    LLM_EVENT_USAGE,      /* usage: all so far, not since the last one */
    LLM_EVENT_FINISH,     /* finish, stop_sequence */
    LLM_EVENT_END,
    LLM_EVENT_ERROR, /* failure */
};

enum llm_finish {
    LLM_FINISH_STOP,     /* the model was done */
    LLM_FINISH_LENGTH,   /* max_tokens, or the context is full */
    LLM_FINISH_TOOLS,    /* it wants its tools called */
    LLM_FINISH_SEQUENCE, /* one of `stops` */
    LLM_FINISH_FILTER,   /* content filter, guardrail */
    LLM_FINISH_REFUSAL,  /* it refused */
    LLM_FINISH_PAUSE,    /* Anthropic's pause_turn: send it back to go on */
};

/* Views last until the callback returns. */
struct llm_event {
    enum llm_event_kind kind;
    unsigned index;
    struct str id, name, model, text;
    enum llm_finish finish;
    struct str stop_sequence;
    struct llm_usage usage;
    struct llm_failure failure;
};

/* Takes one event. Not OK ends the reading, and is what the reader returns. */
typedef enum status llm_event_fn(struct ctx *cx, void *arg, const struct llm_event *event);
