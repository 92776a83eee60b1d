/*
 * An instance and its one event: given to the runtime and to the extensions, answered whole or in
 * pieces, reported. What that means for the instance's state is instance.c's business, but for
 * BUSY, which begins here.
 */
#pragma once

#include "infra/local/lambda/instance.h"

/* The event is this one's now. */
void instance_event_take(struct instance *instance, struct invocation *inv);
/* Takes it; its time runs, and START is printed. */
void instance_event_begin(struct instance *instance, struct invocation *inv);
/* Answers the poll that waits, and those of extensions: BUSY. */
void instance_event_send(struct instance *instance);
/* Whoever waits for the answer gets it. */
void instance_event_settle(struct instance *instance, const struct result *result);
/* The event is over, extensions and all: the REPORT. `failure`: "error", "timeout", or NULL. */
void instance_event_end(struct instance *instance, const char *failure);
/* No more comes of the answer in pieces. */
void instance_stream_over(struct instance *instance);
