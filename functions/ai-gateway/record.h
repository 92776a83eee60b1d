/*
 * Recording calls as the gateway has them, so that replay.h can do one again. Calls of keys that
 * say so are kept in the database (watch/record.h); where CLAMBDA_RECORD_DIR names a folder, as
 * files there.
 */
#pragma once

#include "functions/ai-gateway/ask.h"

/* Once `ask` is read, and before it is asked. */
void gateway_record_start(struct ctx *cx, const struct ask *ask, const struct http_event *event);
