/*
 * CloudWatch metrics of calls to models, one document a call (lambda_metrics.h): for the namespace
 * as a whole, and by model.
 *
 *   Calls, Errors, Cached                      Count; 0 or 1, so that averages are rates
 *   Attempts, InputTokens, CacheReadTokens, OutputTokens, SpansDropped    Count
 *   CostNanoUsd                                None: nano-dollars
 *   Latency, FirstToken                        Milliseconds
 *   Overhead                                   Microseconds: ours, less all waiting for providers
 *
 * CloudWatch charges for each metric of each model. LLM_METRICS_NAMESPACE names the namespace
 * (clambda/ai-gateway), or is "off".
 */
#pragma once

#include "shared/llm/watch/call.h"

/*
 * Logs what it cannot do. `spans_dropped` is since the last call. The document goes out when the
 * invocation ends.
 */
void gateway_metrics(struct ctx *cx, const struct llm_watched *call, int64_t spans_dropped);
