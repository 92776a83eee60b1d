/*
 * The program behind lambda_run, for those who start it otherwise: the simulator, which has several
 * in one process.
 */
#pragma once

#include "runtime/core/env.h"
#include "runtime/lambda.h"

/*
 * Init, then events for as long as there are any. It returns when the program cannot go on; the
 * words are in `cx->err`, what it held is given back, no thread of its own is left. All it reads of
 * the environment is in `env`.
 */
enum status program_run(struct ctx *cx, const struct lambda_options *options,
                        const struct env *env) MUST_CHECK;
