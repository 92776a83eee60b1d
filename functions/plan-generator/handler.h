/*
 * POST /plan-generator: a week of meals for the caller, computed, checked, saved.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

/* A route's handler; `app` is an endpoint_call. */
enum status plan_generate(struct ctx *cx, const struct http_event *event,
                          const struct http_params *params, struct http_answer *answer, void *app);
