/*
 * The answer of POST /nutrition-validator, in JSON.
 */
#pragma once

#include "functions/nutrition-validator/judge.h"
#include "runtime/lambda.h"

/*
 * ERR_TOO_LARGE  the breakdown of an enormous plan passes what Lambda can answer
 */
enum status validation_respond(struct ctx *cx, const struct validation *validation, bool detailed,
                               int64_t now_ms, struct http_answer *answer) MUST_CHECK;
