/*
 * GET /test-refiner: one page, with no resource but itself, that sends samples or one's own JSON to
 * POST /refiner beside it and shows what comes back: the object, its quality, what was taken as a
 * liberty, events. It is public; what it asks for needs the token that its reader puts in.
 */
#pragma once

#include "runtime/lambda_http.h"

/* A route's handler (lambda_http.h); `app` is not looked at. */
enum status refiner_page(struct ctx *cx, const struct http_event *event,
                         const struct http_params *params, struct http_answer *answer,
                         void *app) MUST_CHECK;
