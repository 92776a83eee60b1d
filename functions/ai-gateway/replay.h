/*
 * A recorded call, done again without any provider or database.
 *
 *   clambda-db recording get CALL >call.json
 *   bootstrap --replay call.json
 *
 * The answer goes to standard output, a line about it to standard error. It needs the table of
 * models as it was, LLM_CONFIG_FILE included. It makes the same answer, byte for byte, and the same
 * cost, or says what differs: that is what a change of ours did to the call. Of the protocol of old
 * it is the text, without the counters around it.
 *
 * Not replayed: what no provider was asked, answers from the store and refused calls. Calls that
 * our own deadline ended, or their caller by leaving, come out otherwise.
 */
#pragma once

/* Exit codes of `bootstrap --replay`. */
enum { REPLAY_SAME = 0, REPLAY_DIFFERS = 1, REPLAY_IMPOSSIBLE = 2 };

/* Does the call again that the file at `path` holds; returns the exit code. */
int gateway_replay(const char *path);
