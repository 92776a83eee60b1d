/*
 * What all wires ask of a chat that they translate: whether the model can be asked it at all, which
 * is found before anything is written, and what they write for it alike.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"
#include "shared/llm/models/models.h"

/*
 * `takes_other`: the provider reads the protocol that blocks of LLM_PART_OTHER come from.
 *
 * ERR_INVALID  tools, images or several answers, which the model does not take, a block that only
 *              another provider knows, or what `untranslatable` names; the words are public
 */
enum status chat_check(struct ctx *cx, const struct llm_chat *chat, const struct llm_model *model,
                       struct str api_version, bool takes_other) MUST_CHECK;

/* Whether a text of the chat's, or a tool's result, is more than nothing: providers refuse empty
 * text. */
bool chat_part_has_content(const struct llm_part *part);

/* Tokens to ask for where a provider wants a number: what the request says (request.h), no more
 * than the model can give. */
int64_t chat_max_tokens(const struct llm_request *request, const struct llm_model *model);

/* Tokens to think with, no fewer than Anthropic's models take; <= 0: not asked for. Source:
 * platform.claude.com/docs, "Extended thinking". */
int64_t chat_thinking_budget(const struct llm_chat *chat);

/* The schema of a tool's arguments; of one without: an object of anything. */
struct str chat_tool_schema(const struct llm_tool *tool);
