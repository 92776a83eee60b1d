/*
 * The event that an HTTP API gives a function: payload format 2.0.
 * Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
 */
#pragma once

#include "infra/local/http/event_request.h"
#include "shared/base/buf.h"

/* Appends the event to `out`; `out->full` if it passes its maximum. */
void event_v2_write(struct arena *arena, const struct event_request *event, struct buf *out);
/* "20/Nov/2026:12:00:00 +0000" and NUL: of events in both formats. */
void event_time_format(int64_t time_ms, char out[static 32]);
