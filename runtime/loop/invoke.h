/*
 * A bootstrap started by hand: one event from a file, the reply on standard output, no server.
 *
 *   ./bootstrap --invoke event.json [--deadline-ms 3000]      "-": from standard input
 *
 * A program has no say in it: its own `main` gives no arguments to lambda_run, which looks for them
 * in /proc/self/cmdline, and only if it is not in Lambda. A start there pays nothing for it.
 */
#pragma once

#include "runtime/core/env.h"
#include "runtime/lambda.h"

/*
 * False: nobody asked for it. Else it has run, and `*exit_code` is 0 if the handler replied; 1 if
 * it failed: then standard error ends with what Lambda would have been told, as JSON; 2 if the
 * arguments or the file are no good. Layers stand around the handler as in Lambda. Bytes of a
 * stream go out as they come.
 */
bool invoke_by_hand(const struct lambda_options *options, const struct env *env, int *exit_code);
