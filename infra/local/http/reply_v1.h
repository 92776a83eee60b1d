/*
 * What a REST API makes of a function's answer: an object with `statusCode`, `headers`,
 * `multiValueHeaders`, `body`; anything else is malformed, and the gateway's own 502.
 * Source: API Gateway Developer Guide, "Output format of a Lambda function for proxy integration".
 */
#pragma once

#include "infra/local/http/http_reply.h"

/*
 * Reads `payload`; the reply lives in `cx->arena` and in `payload`. `decodes`: the client accepts a
 * binary media type, so that a body in base64 is decoded; else it goes out as the text it is.
 *
 * ERR_INVALID  malformed; the words say why
 */
enum status reply_v1_read(struct ctx *cx, struct str payload, bool decodes,
                          struct http_reply *reply) MUST_CHECK;
