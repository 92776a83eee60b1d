/*
 * What recorder and replay share; nobody else includes it.
 */
#pragma once

#include "shared/llm/watch/record.h"

enum { RECORD_FORMAT = 1, RECORD_DIGEST_BYTES = 65 /* hexadecimal, and NUL */ };

/* SHA-256 over parts, each with its length before it unless it is the only one. */
void record_digest(const struct str *parts, size_t count, char out[static RECORD_DIGEST_BYTES]);
/* Of a request's method, address and body. */
void record_request_digest(const struct http_request *req, char out[static RECORD_DIGEST_BYTES]);

/* ---- a call while it is recorded ------------------------------------------------------------- */

struct recorded_chunk {
    struct recorded_chunk *next;
    int64_t at_us;
    struct str bytes;
};

/* One request to a provider, as the engine saw it. */
struct recorded_exchange {
    struct str target;
    int64_t at_us;
    char digest[RECORD_DIGEST_BYTES];
    int status;        /* 0: no head came */
    struct str fields; /* without cookies */
    const char *sent, *end;
    struct recorded_chunk *chunks, **last;
};

struct llm_recorder {
    struct arena arena; /* holds this struct */
    struct llm_transport inner;
    struct str folder; /* empty: the database */
    struct pg *pg;

    struct arena kept; /* of the call that is recorded, until its end */
    bool is_on, is_too_large;
    int64_t started_us; /* clock_mono_us() */
    size_t kept_bytes;
    const struct llm_caller *caller;
    struct llm_record_request request;
    struct recorded_exchange *exchanges;
    size_t exchange_count;
    struct buf answer;
};

/*
 * Writes what is kept, to the folder or the database.
 *
 * ERR_INTERNAL   the folder does not take it
 * ERR_TOO_LARGE  the document is too long, or the folder's path
 * as llm_recording_put
 */
enum status record_write(struct ctx *cx, struct llm_recorder *recorder,
                         const struct llm_watched *call) MUST_CHECK;
