/*
 * Bytes that must not be seen: a type of its own, of which only this module knows the inside, so
 * that no format, log field or error can take it by accident. `secret_reveal` is the one way to the
 * bytes, and easy to search for.
 *
 * Not here: memory that cannot be swapped or dumped. Lambda has no swap and keeps no core files.
 */
#pragma once

#include "shared/base/str.h"

struct secret;

/* A copy of `bytes`, in memory of its own, a NUL after it. */
struct secret *secret_new_copy(struct str bytes);
/* Overwrites and frees. `secret` may be NULL. */
void secret_free(struct secret *secret);

/* The bytes, for the library that needs them: never for a log, a chain or a response. */
struct str secret_reveal(const struct secret *secret);
