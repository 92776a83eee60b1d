/*
 * A finished call as spans of OpenTelemetry: one for the call, SERVER, and one for each attempt at
 * a provider, CLIENT, its child. The attempts carry OpenTelemetry's attributes of generative AI
 * (gen_ai.*), the call's own are named clambda.*, so that who adds up tokens counts each once.
 * Never a prompt, an answer, a key or a provider's words.
 *
 * Sources: OpenTelemetry Protocol 1.x, JSON encoding (ids as hexadecimal, 64-bit integers as
 * strings); open-telemetry/semantic-conventions-genai, "Semantic conventions for generative client
 * AI spans" (status: development; names as of 2026).
 */
#pragma once

#include "shared/llm/watch/call.h"

/*
 * Which trace a call belongs to: that of `cx->traceparent`, else of X-Ray's header, else one of its
 * own.
 */
struct llm_trace {
    char trace_id[33];  /* lower-case hexadecimal, and NUL */
    char parent_id[17]; /* empty: none */
    bool is_sampled;    /* the parent decides; without one, yes */
};
void llm_trace_of(const struct ctx *cx, struct llm_trace *trace);

/*
 * Appends the spans, JSON objects with commas between them, and says how many. `buf->full` if they
 * do not fit.
 */
size_t llm_spans_write(const struct llm_watched *call, const struct llm_trace *trace,
                       struct buf *buf);
