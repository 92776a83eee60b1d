/*
 * What a chat holds that a model cannot be asked: found before anything is written for it.
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
