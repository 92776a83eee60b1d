/*
 * The one shape of an error, for every endpoint.
 */
#pragma once

#include "shared/base/ctx.h"

/* Writes the body for `status` and the words in `cx->err`; the result lives in `cx->arena`. */
struct str endpoint_error_body(struct ctx *cx, enum status status);
