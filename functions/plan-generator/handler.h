/*
 * POST /plan-generator: a week of meals for the caller, computed, checked, saved.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

/* An endpoint_handle_fn. */
enum status plan_generate(struct ctx *cx, struct services *services, const struct http_event *event,
                          int64_t now_ms, struct http_answer *answer);
