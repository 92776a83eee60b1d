/*
 * Bytes that grow, in an arena, up to a maximum given at the start. A `buf` remembers its first
 * failure (`full`): a run of appends has one check, at its end.
 *
 * A block of the caller's serves as well (`buf_on`), without an arena: it never grows, and
 * `buf_addf` needs one byte more there, for the NUL of vsnprintf.
 */
#pragma once

#include "shared/base/arena.h"
#include "shared/base/str.h"

struct buf {
    struct arena *arena;
    char *ptr;
    size_t len, cap, max;
    bool full; /* something did not fit `max`; the content stops before it */
};

/* Nothing is allocated until the first append. */
struct buf buf_in(struct arena *arena, size_t max_bytes);
/* On a block of the caller's. */
static inline struct buf buf_on(char *block, size_t bytes)
{
    return (struct buf){.ptr = block, .cap = bytes, .max = bytes};
}
/* What does not fit whole is left out whole; `bytes` may be a view of the buf's own content. */
void buf_add(struct buf *buf, struct str bytes);
void buf_add_char(struct buf *buf, char c);
/* Decimal; "0x" and hexadecimal. Without printf, so safe in a signal handler on a caller's block.
 */
void buf_add_i64(struct buf *buf, int64_t value);
void buf_add_hex(struct buf *buf, uint64_t value);
void buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Makes room for `len` more bytes and gives the place to write them, or NULL if they pass `max`. */
char *buf_reserve(struct buf *buf, size_t len);
/* Says that `len` bytes were written at the place `buf_reserve` gave. */
void buf_commit(struct buf *buf, size_t len);
/* Empties it, keeping the memory; forgets `full`. */
void buf_clear(struct buf *buf);
static inline struct str buf_str(const struct buf *buf)
{
    return (struct str){.ptr = buf->ptr, .len = buf->len};
}
