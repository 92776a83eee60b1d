/*
 * `clambda-local fire SCHEDULE`: tells a gateway that runs to fire a schedule now.
 */
#pragma once

#include "infra/local/options.h"

/* Prints the request id of the event. The exit code: 0, or 1 with words on standard error. */
int fire_run(struct ctx *cx, const struct options *options);
