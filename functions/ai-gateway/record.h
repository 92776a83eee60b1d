/*
 * Recording calls as the gateway has them, and doing one again.
 *
 *   CLAMBDA_RECORD_DIR        a folder: calls of keys that say so become files there
 * (watch/record.h) bootstrap --replay FILE   does such a call again, without any provider or
 * database: writes the answer to standard output, and a line about it to standard error
 *
 * A replay needs the table of models as it was, LLM_CONFIG_FILE included. It makes the same answer,
 * byte for byte, and the same cost, or says what differs: that is what a change of ours did to the
 * call. Of the protocol of old it is the text, without the counters around it. Not replayed:
 * answers from the store, which no provider gave. Calls that our own deadline ended, or their
 * caller by leaving, come out otherwise.
 */
#pragma once

#include "functions/ai-gateway/ask.h"

/* Once `ask` is read, and before it is asked. */
void gateway_record_start(struct ctx *cx, const struct ask *ask, const struct http_event *event);

/* Exit code of `bootstrap --replay`. */
enum { REPLAY_SAME = 0, REPLAY_DIFFERS = 1, REPLAY_IMPOSSIBLE = 2 };
int gateway_replay(const char *path);
