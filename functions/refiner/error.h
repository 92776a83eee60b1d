/*
 * The refiner's errors: {"error","type","details":[{"path","problem"}],"status","request_id"}. A
 * body at fault is a 400, "Invalid analyzer JSON", each faulty field named.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

int refiner_error_status(enum status status);
/* For `status` and the words in `cx->err`. */
struct str refiner_error_body(struct ctx *cx, enum status status);

/* An endpoint's `write_error`; adds Retry-After where it makes sense. */
void refiner_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer);
