/*
 * Who asks the gateway: the holder of a virtual key ("ck_..."), or of a user's token. Both may come
 * in `x-api-key` or as `Authorization: Bearer`, because clients differ in where they put what they
 * call the API key; if both are there, `x-api-key` counts.
 */
#pragma once

#include "functions/endpoint/endpoint.h"
#include "shared/llm/base/caller.h"

/*
 * ERR_UNAUTHENTICATED, ERR_FORBIDDEN, ERR_UNAVAILABLE  as llm_key_caller, auth_caller
 */
enum status gateway_caller(struct ctx *cx, const struct endpoint_call *call,
                           const struct http_event *event, struct llm_caller *caller) MUST_CHECK;
