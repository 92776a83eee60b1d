/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/llm/store/store.h"

/* As bytea's text form, "\x..."; NULL gives SQL's NULL. */
struct pg_param llm_digest_param(struct arena *arena, const struct llm_digest *digest);

/* The role and the claims that all of a caller's transactions run with. */
struct pg_identity llm_identity(const struct llm_caller *caller);

/* One statement in a transaction of its own, committed, in one round trip. */
enum status llm_run(struct ctx *cx, struct pg *pg, const struct pg_identity *identity,
                    const struct pg_query *query, struct pg_rows *rows) MUST_CHECK;

/* 1..`max` bytes, all printable ASCII. */
bool llm_is_plain(struct str text, size_t max);
