/*
 * GET /v1/models and /v1/models/{id}: the aliases and models that a caller may name. Each entry
 * has the members of both protocols, for their clients ask the same path.
 *
 * Source: OpenAI API reference, "List models", "Retrieve model"; Anthropic API, "List Models".
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/llm/models/models.h"

/* All that `caller` may use and that are not retired at `today`, as one page. */
struct str openai_models_list(struct ctx *cx, const struct llm_models *models,
                              const struct llm_caller *caller, int32_t today);

/*
 * One of them, by its name or by "provider/name".
 *
 * ERR_NOT_FOUND  no such name, and the words have the nearest; or none of the caller's
 */
enum status openai_models_get(struct ctx *cx, const struct llm_models *models,
                              const struct llm_caller *caller, struct str name, int32_t today,
                              struct str *body) MUST_CHECK;
