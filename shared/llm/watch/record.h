/*
 * Calls to models, whole: what was asked, each byte that providers sent and when, what was decided
 * and what came of it, so that a call can be looked at and done again without any provider
 * (replay.h). Only of callers whose key says so (llm_caller.logs_content), for a record holds the
 * prompt and the answer; and only of calls that asked a provider, not of refused or stored ones. It
 * goes to the database (store/recording.h), for a month; or, where there is a folder for it, to a
 * file of mode 0600 there, <SHA-256 of the request's body>.<call id>.json.
 *
 *   {"format": 1, "call_id", "started_ms", "price_version",
 *    "caller": {"tenant_id", "user_id", "key_id", "guard"},
 *    "request": {"face", "fields": [["anthropic-version", "2023-06-01"]], "sha256", "body"},
 *    "exchanges": [{"target", "at_us", "sha256", "status", "fields", "sent", "chunks":
 *                   [[<us since the call began>, <bytes>], ...], "end": "complete"}],
 *    "result": {"status", "model", "trail", "cached", "replay", "attempts", "cost_nano",
 *               "input", "cache_write_5m", "cache_write_1h", "cache_read", "output"},
 *    "answer": {"sha256", "body"}}
 *
 * Bytes are base64. An exchange's `sha256` is of what was sent, method, address and body; "end" is
 * complete, cut, timeout, or closed (by us). One that never had a head has "sent" (unsent, sent,
 * or timeout) and no "status".
 *
 * Never in it: keys, signatures, the fields that carry them, cookies. The fields of the request are
 * those that its reader is told (llm_record_start).
 */
#pragma once

#include "shared/llm/base/transport.h"
#include "shared/llm/watch/call.h"

struct llm_recorder; /* of one slot */

enum {
    LLM_RECORD_MAX_BYTES = 8 * 1024 * 1024, /* of a call, all of it; one of more is not recorded */
    LLM_RECORD_MAX_EXCHANGES = 256,         /* of a call: each poll of a prediction is one */
};

struct llm_recorder_options {
    struct str folder;          /* copied; empty: the database */
    struct pg *pg;              /* NULL: a folder alone */
    struct llm_transport inner; /* what stands behind */
};

/* Opens and reads nothing. */
struct llm_recorder *llm_recorder_new(const struct llm_recorder_options *options);
/* `recorder` may be NULL. */
void llm_recorder_free(struct llm_recorder *recorder);

/* The way to providers that the engine is given: it hands on, and keeps what it sees. */
struct llm_transport llm_recorder_transport(struct llm_recorder *recorder);

struct llm_record_request {
    struct str face, body;           /* face: which protocol read it, "anthropic" */
    const struct http_field *fields; /* those that change how the request is read; no credentials */
    size_t field_count;
};

/*
 * From here on the call of `caller` is recorded, if it may be. What is given must stay until
 * llm_record_end. `recorder` may be NULL here and below.
 */
void llm_record_start(struct llm_recorder *recorder, const struct llm_caller *caller,
                      const struct llm_record_request *request);
/* The next bytes that the caller gets. */
void llm_record_answer(struct llm_recorder *recorder, struct str bytes);
/* Writes the record, if the call is to be recorded. What fails is a line in the log, "record_lost".
 */
void llm_record_end(struct ctx *cx, struct llm_recorder *recorder, const struct llm_watched *call);
