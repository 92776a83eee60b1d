/*
 * The page at /_/: what the gateway has seen, kept up to date by server-sent events. For whom,
 * admit.h says.
 *
 *   GET  /_/                  the page: one file, no network, nothing a line of a log could run
 *   GET  /_/events            "stats" once a second, "log" as lines come
 *   GET  /_/event/ID.json     an event that was kept, as a file
 *   POST /_/replay/ID         sends it to its function again, and tells the answer
 *
 * Its buttons also use /_/schedules (schedule.h).
 */
#pragma once

#include "infra/local/http/request.h"

bool dashboard_owns(const struct request *request);
/* The request is whole: answers it. */
void dashboard_handle(struct request *request);
/* The request is done with. */
void dashboard_forget(struct request *request);
