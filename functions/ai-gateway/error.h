/*
 * A failure before the first byte, in the shape that the caller's client understands: by the face
 * that read the request, or, where there was none, by the path.
 */
#pragma once

#include "functions/endpoint/endpoint.h"

/* An endpoint's `write_error`. */
void gateway_error(struct ctx *cx, const struct http_event *event, enum status status,
                   const struct endpoint_call *call, struct http_answer *answer);
