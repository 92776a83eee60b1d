/*
 * The Lambda service's Invoke call, so that the AWS CLI and SDKs reach a function without a route:
 * POST /2015-03-31/functions/NAME/invocations, and in pieces
 * /2021-11-15/functions/NAME/response-streaming-invocations. Signatures are not looked at; so that
 * no web site makes a browser call, a page of another machine's is refused. Source: Lambda API
 * Reference, "Invoke", "InvokeWithResponseStream".
 */
#pragma once

#include "infra/local/http/request.h"

bool invoke_api_owns(struct str target);
/* The request is whole: answers it, or waits for the pool. */
void invoke_api_handle(struct request *request);
