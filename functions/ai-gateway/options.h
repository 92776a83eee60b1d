/*
 * What a caller asks of the gateway itself, in headers, so that the body stays the protocol's:
 *
 *   idempotency-key      at most 255 visible ASCII characters: the same key and body give the
 *                        stored answer, at no cost
 *   x-clambda-cache      on: an equal request of the tenant may be answered from the cache, and
 *                        this one's answer goes there; off, as is the default but for the legacy
 *                        protocol, whose body says it
 *   x-clambda-cache-key  at most 256: part of the cache's key, within the tenant
 */
#pragma once

#include "runtime/lambda_http.h"
#include "shared/llm/base/request.h"

/*
 * ERR_INVALID  a header is none of the above
 */
enum status gateway_options_read(struct ctx *cx, const struct http_event *event,
                                 struct llm_request *request) MUST_CHECK;
