/*
 * What is told of each call once its caller has the answer: a line in the log, metrics, spans,
 * and the record of a call whose key asks for one.
 */
#pragma once

#include "functions/ai-gateway/ask.h"

/* `ask->outcome` is finished. Logs what it cannot do; waits for a collector, if there is one. */
void gateway_watch(struct ctx *cx, const struct ask *ask);
