/*
 * Writes a request in Anthropic's Messages protocol from what any other protocol asked.
 *
 *   system turns     all in `system`, in their order, wherever they stood
 *   tool results     blocks of user turns; turns of one role in a row stay so, the API merges them
 *   thinking         sent back only with the signature that proves whose it is
 *   json_object      has no counterpart: left out, and said so
 *
 * Source: platform.claude.com/docs/en/api/messages; the types of @anthropic-ai/sdk 1.14.0.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"
#include "shared/llm/models/models.h"

enum { ANTHROPIC_MAX_BODY_BYTES = 32 * 1024 * 1024 }; /* Anthropic's own limit for Messages */

struct anthropic_asking {
    const struct llm_target *target;
    const struct llm_request *request; /* `chat` is there */
    struct str version;                /* the anthropic-version that will be sent */
    bool is_stream;
};

/*
 * The body, in the arena; what had to be left out is added to `dropped`.
 *
 * ERR_INVALID    a part, tools, images or several answers, which the model does not take: public
 * ERR_TOO_LARGE  past ANTHROPIC_MAX_BODY_BYTES
 */
enum status anthropic_body(struct ctx *cx, const struct anthropic_asking *asking,
                           struct buf *dropped, struct str *body) MUST_CHECK;
