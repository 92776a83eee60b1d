/*
 * The REST API of the template, under /STAGE: payload format 1.0, 29 seconds, its own error bodies;
 * with ResponseTransferMode RESPONSE_STREAM in pieces.
 * Source: API Gateway Developer Guide, "Lambda proxy integrations in API Gateway", "Gateway
 * response types".
 */
#pragma once

#include "infra/local/http/request.h"

bool rest_api_owns(const struct request *request);
/* The request is whole: answers it, or waits for the pool. */
void rest_api_handle(struct request *request);
