/*
 * What a model is asked: to write the free-text fields of a refinement, and nothing else. All that
 * came from the user or the analyzer stands as one JSON document between two marks that hold the
 * document's own hash, which no text can foretell; the instructions say that it is data.
 */
#pragma once

#include "functions/refiner/form.h"
#include "functions/refiner/refine.h"
#include "shared/llm/base/chat.h"
#include "shared/llm/store/store.h"

/* Goes into the hash and the row: with another wording, older answers are not given again. */
#define MODEL_PROMPT_VERSION "refiner-1"

struct model_prompt {
    struct str document;    /* the refinement by rules, JSON */
    struct llm_digest hash; /* over the document, the language and the version */
    struct str system, user;
};

void model_prompt_make(struct ctx *cx, const struct refinement *refinement, const struct form *form,
                       struct model_prompt *prompt);

/* The same as a chat, for the model of that name. */
const struct llm_chat *model_prompt_chat(struct ctx *cx, const struct model_prompt *prompt,
                                         const struct form *form, struct str model);
