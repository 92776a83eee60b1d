/*
 * InvokeWithResponseStream: the answer goes to the caller as an event stream, each piece as it
 * comes. What the function posts whole is one piece. Source: Lambda API Reference,
 * "InvokeWithResponseStream".
 */
#pragma once

#include "infra/local/http/request.h"

/* Makes `request->inv` one whose answer goes out as an event stream. */
void invoke_stream_prepare(struct request *request);
