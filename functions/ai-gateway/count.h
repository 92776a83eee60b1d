/*
 * POST /v1/messages/count_tokens for a model that no provider of its chain counts for: an upper
 * bound, with the header `x-clambda-estimated: input_tokens`. A caller who budgets by it sends too
 * little rather than too much.
 */
#pragma once

#include "functions/ai-gateway/ask.h"

/* False: a provider counts and is to be asked, or there is no such model, and the engine says so.
 */
bool count_is_estimated(struct ctx *cx, const struct ask *ask);
void count_estimate(struct ctx *cx, const struct ask *ask, struct http_answer *answer);
