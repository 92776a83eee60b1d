/*
 * Which way a secret comes, and the arena that it comes through.
 */
#include "shared/secrets/internal.h"

#include <stdlib.h>

enum { SCRATCH_CHUNK_BYTES = 16 * 1024 };

static enum status fetch(struct ctx *cx, struct http *http, struct str text, bool is_fresh,
                         struct secret **secret)
{
    struct secret_arn arn;
    struct str beside = str_from_cstr(getenv("SECRETS_EXTENSION"));
    TRY(secret_arn_read(cx, text, &arn));
    if (beside.len == 0 || str_eq(beside, STR("false"))) {
        return secret_fetch_signed(cx, http, &arn, secret);
    }
    if (!str_eq(beside, STR("true"))) {
        return fail(cx, ERR_INTERNAL, "SECRETS_EXTENSION is neither true nor false");
    }
    return is_fresh ? secret_fetch_signed(cx, http, &arn, secret)
                    : secret_fetch_beside(cx, http, &arn, secret);
}

enum status secret_fetch(struct ctx *cx, struct http *http, struct str arn, bool is_fresh,
                         struct secret **secret)
{
    struct arena scratch;
    struct arena *outer = cx->arena;
    arena_init(&scratch, SCRATCH_CHUNK_BYTES);
    cx->arena = &scratch; /* the answer, its tree, the token's line: nothing is left behind */
    enum status status = fetch(cx, http, arn, is_fresh, secret);
    cx->arena = outer;
    arena_wipe(&scratch);
    return status;
}
