/*
 * What an HTTP API makes of a function's answer in payload format 2.0: an object with `statusCode`
 * is an HTTP response; any other JSON is the body of a 200; what is not JSON, or an HTTP response
 * with a member of a wrong type, is the gateway's own 500. Source: API Gateway Developer Guide,
 * "Create AWS Lambda proxy integrations for HTTP APIs", "Lambda function response for format 2.0".
 */
#pragma once

#include "infra/local/http/http_reply.h"

/*
 * Reads `payload`; the reply lives in `cx->arena` and in `payload`.
 *
 * ERR_INVALID  the gateway answers 500; the words say why
 */
enum status reply_v2_read(struct ctx *cx, struct str payload, struct http_reply *reply) MUST_CHECK;
