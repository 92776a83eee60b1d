/*
 * Small files, whole.
 */
#pragma once

#include "shared/base/ctx.h"

/*
 * Reads a file of at most `max_bytes` into the arena, a NUL after it (outside `len`).
 *
 * ERR_NOT_FOUND  no such file
 * ERR_TOO_LARGE  more than `max_bytes`
 * ERR_INTERNAL   any other reason, named in the chain
 */
enum status file_read(struct ctx *cx, const char *path, size_t max_bytes,
                      struct str *content) MUST_CHECK;
