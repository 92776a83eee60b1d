/*
 * API Gateway's HTTP API: stage, CORS, routes, the event, and what the caller gets for each
 * outcome. Source: API Gateway Developer Guide, "Working with HTTP APIs"; quotas: "Amazon API
 * Gateway quotas".
 */
#pragma once

#include "infra/local/http/request.h"

/* The request is whole: answers it, or waits for the pool. */
void http_api_handle(struct request *request);
