/*
 * SIGTERM, which Lambda sends before it takes an environment down: the function's `shutdown` runs,
 * then the process exits with 0. Lambda sends it only where an extension is registered, so an
 * internal one is, which asks for no event. Sources: AWS Lambda Developer Guide,
 * "lambda-runtime-environment" (shutdown phase), "runtimes-extensions-api".
 */
#pragma once

#include "runtime/core/env.h"
#include "runtime/lambda.h"

/*
 * From here on one thread waits for SIGTERM, which all later threads have blocked. Nothing without
 * `options->shutdown`. Once a process, before other threads; `options` must stay.
 */
void shutdown_watch(const struct lambda_options *options);

/*
 * Init is over: `shutdown` may be called, and the extension is registered. Where Lambda refuses it
 * that is logged; SIGTERM may come all the same. Nothing unless the process watches.
 */
void shutdown_register(struct ctx *cx, const struct env *env);

/* After a restore, which closed all connections. */
void shutdown_register_again(struct ctx *cx);
