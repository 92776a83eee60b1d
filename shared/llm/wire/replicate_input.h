/*
 * Writes what a model at Replicate is given from what any protocol asked.
 *
 * A model there has one prompt and no turns: more than one turn becomes a transcript, "User: ...",
 * "Assistant: ...". What its inputs are called is in the table of models (llm_input_names).
 *
 * Source: replicate.com/docs/topics/predictions/create-a-prediction; the input schemas of the
 * models named in models.json.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"
#include "shared/llm/base/request.h"
#include "shared/llm/models/models.h"

enum { REPLICATE_MAX_BODY_BYTES = 20 * 1024 * 1024 };

/*
 * Writes the object of inputs; what had to be left out is added to `dropped`.
 *
 * ERR_INVALID  a document, a tool's call or result, an image where the model has no input for one
 */
enum status replicate_input(struct ctx *cx, const struct llm_request *request,
                            const struct llm_model *model, struct json_writer *w,
                            struct buf *dropped) MUST_CHECK;
