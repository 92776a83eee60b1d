/*
 * Recorded calls in PostgreSQL (llm_recordings): of keys that say so, which the database asks once
 * more. What is in them is watch/record.h's. `clambda-db recording get` gives one back.
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/pg/pg.h"

struct llm_recording_row {
    struct str call_id;        /* UUID */
    struct str request_sha256; /* 64 hexadecimal digits */
    struct str price_version;
    struct str document; /* JSON; up to 24 MiB */
};

/*
 * ERR_FORBIDDEN  the key is not logged (any more), or there is none: nothing was kept
 * as pg_exec
 */
enum status llm_recording_put(struct ctx *cx, struct pg *pg, const struct llm_caller *caller,
                              const struct llm_recording_row *row) MUST_CHECK;
