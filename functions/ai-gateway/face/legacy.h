/*
 * POST /ai-gateway as the functions of old call it: a prompt in, a text out, one shape of error for
 * all endpoints. What was wrong with it is mended, its members stay:
 *
 *   model         any alias or id; the two dated ids of old are aliases of their successors
 *   max_tokens    1 to 4000, whole; 1.5 is refused
 *   prompt        1 to 50,000 characters, and never altered: more is a 413
 *   context       user_id must be the caller's own, if the caller is a user
 *   cache_key     part of the key within the caller's tenant, no more
 *
 * Source: contract of the seed, POST /ai-gateway; docs/ai-gateway.md is its manual.
 */
#pragma once

#include "functions/ai-gateway/face/face.h"
#include "shared/llm/llm.h"

/* Its writer writes the bare text; `legacy_body` puts it into the answer. */
extern const struct face face_legacy;

/*
 * ERR_FORBIDDEN  `context.user_id` is somebody else
 */
enum status legacy_user_check(struct ctx *cx, const struct llm_request *request,
                              const struct llm_caller *caller) MUST_CHECK;

/*
 * {"success":true,"response":...,"tokens_used":...,"cost_cents":...,"model":...,"cached":...,
 *  "remaining_requests":...,"cost_nanodollars":...}
 *
 * `cost_cents` is rounded to whole cents, as ever; `cost_nanodollars` is exact. A stored answer
 * costs nothing and has used no tokens. Without a limit, `remaining_requests` is -1.
 */
struct str legacy_body(struct ctx *cx, struct str text, const struct llm_request *request,
                       const struct llm_outcome *outcome);
