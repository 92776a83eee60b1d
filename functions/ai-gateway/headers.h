/*
 * What the gateway says about a call in the headers of its answer, beside what the protocol has:
 *
 *   x-clambda-call-id           its id in the logs and the cost rows
 *   x-clambda-model             who answered: provider/model
 *   x-clambda-trail             every attempt and how it ended, in order
 *   x-clambda-overhead-us       our own time so far, less all waiting for providers
 *   x-clambda-cost-nanodollars  exact; of a stream not known when its head goes out
 *   x-clambda-cache             hit, replay or miss
 *   x-clambda-dropped           parameters that the model refuses and that were left out
 *   x-clambda-guard             what the guards found
 *   x-clambda-budget-remaining-nanodollars, x-clambda-budget-reset
 *
 * Rates are told as the caller's protocol does: x-ratelimit-limit-requests and so on, the reset a
 * duration (OpenAI API reference, "Rate limits"); anthropic-ratelimit-requests-limit and so on, the
 * reset in RFC 3339 (Anthropic API, "Rate limits", "Response headers").
 */
#pragma once

#include "functions/ai-gateway/ask.h"

enum { MAX_ANSWER_HEADERS = 32 };

struct header_list {
    struct arena *arena;
    enum llm_protocol protocol;
    int64_t now_ms;            /* what durations count from */
    struct http_header *items; /* made at the first one */
    size_t count;
};

/*
 * Begins with the request's id where the protocol's clients look for it: request-id (Anthropic),
 * x-request-id. It is the one in the error's body and in the log.
 */
struct header_list headers_begin(struct ctx *cx, enum llm_protocol protocol, int64_t now_ms);

/* An empty value is left out. `name` is of the process, or of the arena. */
void header_add(struct header_list *list, struct str name, struct str value);

/* Of a call that begins to answer; nothing if there was none. */
void headers_of_head(struct header_list *list, const struct llm_head *head);
/* Of one that has ended, well or not: with its cost. */
void headers_of_outcome(struct header_list *list, const struct llm_outcome *outcome);

/*
 * What a failure adds: `retry-after` where waiting helps; `x-should-retry`, which the official
 * clients obey, where they would be wrong: false once our own attempts are spent; and
 * `www-authenticate`. `code` is `cx->err`'s; `outcome` is NULL if nothing was asked.
 */
void headers_of_failure(struct header_list *list, enum status status, const char *code,
                        const struct llm_outcome *outcome);
