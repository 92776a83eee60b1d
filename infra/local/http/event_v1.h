/*
 * The event that a REST API gives a function: payload format 1.0. Names and values of headers are
 * as they were sent, each value apart.
 * Source: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
 */
#pragma once

#include "infra/local/http/event_request.h"
#include "shared/base/buf.h"

/* Appends the event to `out`; `out->full` if it passes its maximum. */
void event_v1_write(struct arena *arena, const struct event_request *event, struct buf *out);
