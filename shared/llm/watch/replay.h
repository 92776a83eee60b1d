/*
 * A recorded call (record.h), done again without any provider: the same bytes come in, in the same
 * cuts, and the engine and the face are to make the same answer of them, at the same cost.
 *
 *   TRY(llm_recording_read(cx, text, &recording));
 *   struct llm_replay replay = {.recording = &recording};
 *   struct llm_transport transport = llm_replay_transport(&replay);
 *   ... llm_open with it, llm_call with the recording's request, call_id and started_ms ...
 *   TRY(llm_replay_check(cx, &replay));
 *
 * Nothing is waited for: what broke off or timed out then does so at once.
 */
#pragma once

#include "shared/llm/base/transport.h"
#include "shared/llm/watch/record.h"

struct llm_recorded_chunk {
    int64_t at_us;
    struct str bytes;
};

struct llm_recorded_exchange {
    struct str target, sha256, sent, fields, end; /* `sent` empty: a head came */
    int64_t at_us;
    int status;
    const struct llm_recorded_chunk *chunks;
    size_t chunk_count;
};

/* Views of the text, or in the arena. */
struct llm_recording {
    struct str call_id, price_version;
    int64_t started_ms;
    struct llm_caller caller; /* without claims: nobody is asked for anything */
    struct str face, body;
    const struct http_field *fields;
    size_t field_count;
    const struct llm_recorded_exchange *exchanges;
    size_t exchange_count;
    struct str status, model, trail;
    bool is_cached, is_replay; /* the answer was a stored one */
    int64_t attempt_count, cost_nano;
    struct llm_usage usage;
    struct str answer;
};

/*
 * ERR_INVALID  not a record, of another format, or its digests do not fit what they are of; the
 * words name the member
 */
enum status llm_recording_read(struct ctx *cx, struct str text,
                               struct llm_recording *recording) MUST_CHECK;

struct llm_replay {
    const struct llm_recording *recording;
    size_t at;              /* exchanges so far */
    const char *difference; /* the first one; NULL: none */
};

/*
 * Gives what was recorded, in its order. A request that was not sent then, or another one, fails
 * as if it had never left, and is a difference.
 */
struct llm_transport llm_replay_transport(struct llm_replay *replay);

/*
 * Whether providers were asked for the same things, in the same order, and for nothing else.
 *
 * ERR_CONFLICT  the words say where it began to differ
 */
enum status llm_replay_check(struct ctx *cx, const struct llm_replay *replay) MUST_CHECK;
