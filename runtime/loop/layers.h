/*
 * The way of an event through a function: its layers, the outermost first, then its handler.
 */
#pragma once

#include "runtime/lambda.h"

/* What the outermost of them returns. */
enum status layers_call(struct ctx *cx, const struct lambda_options *options,
                        const struct invocation *inv, struct reply *reply) MUST_CHECK;
