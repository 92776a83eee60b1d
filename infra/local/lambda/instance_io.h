/*
 * What an instance is made of: its process, the socket its runtime calls, the pipes it prints to.
 * What they mean for its state is instance.c's business.
 */
#pragma once

#include "infra/local/lambda/instance.h"

/*
 * Starts the bootstrap behind a Runtime API of its own; `on_end(instance)` is called once it has
 * ended.
 *
 * ERR_NOT_FOUND  there is no bootstrap, or it cannot be executed
 * ERR_CONFLICT   it is being written
 * ERR_INTERNAL   no process or descriptor to be had
 */
enum status instance_launch(struct ctx *cx, struct instance *instance, loop_fn *on_end) MUST_CHECK;
/* What it said before it ended still counts: an answer, an init error, log lines. */
void instance_drain(struct instance *instance);
/* Closes everything and gives the memory back. The process has ended, or was never started. */
void instance_release(struct instance *instance);
