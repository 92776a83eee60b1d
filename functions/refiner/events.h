/*
 * GET /refiner/{id}/events: what happens to a refinement, as server-sent events (WHATWG's HTML
 * standard, section 9.2), for whom it belongs to. `id` is the event's number in the refinement,
 * from 1 and without gaps, `event` its type: processing, then refined or error, which is the last.
 * Last-Event-ID, or ?after=n, begins after that number.
 *
 * Where answers travel as streams it follows for EVENTS_FOLLOW_MS, with a comment each
 * EVENTS_HEARTBEAT_MS; elsewhere it gives what there is. A client that reads no last event comes
 * back after `retry`, as EventSource does by itself.
 */
#pragma once

#include "functions/endpoint/endpoint.h"
#include "functions/refiner/item.h"

/*
 * ERR_NOT_FOUND  no such refinement, or somebody else's
 * ERR_INVALID    a Last-Event-ID that is no number
 */
enum status events_answer(struct ctx *cx, struct endpoint_call *call, const struct desk *desk,
                          const struct caller *caller, const struct http_event *event,
                          struct str id) MUST_CHECK;
