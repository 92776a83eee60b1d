/*
 * Recording calls as the gateway has them, and doing one again. Calls of keys that say so are kept
 * in the database (watch/record.h); where CLAMBDA_RECORD_DIR names a folder, as files there.
 *
 *   clambda-db recording get CALL >call.json
 *   bootstrap --replay call.json
 *
 * does a call again, without any provider or database: the answer goes to standard output, a line
 * about it to standard error. It needs the table of models as it was, LLM_CONFIG_FILE included. It
 * makes the same answer, byte for byte, and the same cost, or says what differs: that is what a
 * change of ours did to the call. Of the protocol of old it is the text, without the counters
 * around it.
 *
 * Not replayed: what no provider was asked, answers from the store and refused calls. Calls that
 * our own deadline ended, or their caller by leaving, come out otherwise.
 */
#pragma once

#include "functions/ai-gateway/ask.h"

/* Once `ask` is read, and before it is asked. */
void gateway_record_start(struct ctx *cx, const struct ask *ask, const struct http_event *event);

/* Exit code of `bootstrap --replay`. */
enum { REPLAY_SAME = 0, REPLAY_DIFFERS = 1, REPLAY_IMPOSSIBLE = 2 };
int gateway_replay(const char *path);
