/*
 * The page at /_/: what the gateway has seen, kept up to date by server-sent events. For this
 * machine alone: a request from elsewhere, for another host name (DNS rebinding) or sent by a page
 * of another origin is refused.
 *
 *   GET  /_/                  the page: one file, no network, nothing that a line of a log could
 * run GET  /_/events            "stats" once a second, "log" as lines come GET  /_/event/ID.json an
 * event that was kept, as a file POST /_/replay/ID         sends it to its function again, and
 * tells the answer
 */
#pragma once

#include "infra/local/request.h"

bool dashboard_owns(const struct request *request);
/* The request is whole: answers it. */
void dashboard_handle(struct request *request);
/* The request is done with. */
void dashboard_forget(struct request *request);
/* False once it is answered with 403: it may not come from where it came. For everything under /_/.
 */
bool dashboard_admits(struct request *request);
