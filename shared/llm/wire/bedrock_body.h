/*
 * Writes a request for Bedrock's Converse from what any protocol asked.
 *
 *   turns         user and assistant strictly take turns: what follows in one role is one turn
 *   cache_control a cachePoint behind the block
 *   tool_choice   "none" has no counterpart: without calls in the history the tools are left out,
 *                 else the choice is
 *   top_k, thinking   Anthropic's own members, in additionalModelRequestFields
 *
 * Source: Amazon Bedrock API Reference, Converse and ConverseStream; the service model
 * bedrock-runtime/2023-09-30 in botocore.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"
#include "shared/llm/models/models.h"

enum { BEDROCK_MAX_BODY_BYTES = 20 * 1000 * 1000 }; /* AWS's quota for a request's payload */

/*
 * The body, in the arena; what had to be left out is added to `dropped`.
 *
 * ERR_INVALID    what the model does not take, an image by address, a media type that Bedrock has
 *                no word for; the words are public
 * ERR_TOO_LARGE  past BEDROCK_MAX_BODY_BYTES
 */
enum status bedrock_body(struct ctx *cx, const struct llm_target *target,
                         const struct llm_request *request, struct buf *dropped,
                         struct str *body) MUST_CHECK;
