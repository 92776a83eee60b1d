#include "shared/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAP = 256 };

struct buf buf_in(struct arena *arena, size_t max_bytes)
{
    return (struct buf){.arena = arena, .max = max_bytes};
}

/* Memory for `need` bytes in all; up to one past `max`, for the NUL that vsnprintf writes. */
static void grow(struct buf *buf, size_t need)
{
    size_t ceiling = buf->max + (buf->max < SIZE_MAX);
    size_t cap = buf->cap < FIRST_CAP / 2 ? FIRST_CAP : buf->cap * 2;
    cap = cap < need ? need : cap;
    cap = cap > ceiling ? ceiling : cap;
    char *bigger = ARENA_ARRAY(buf->arena, char, cap);
    if (buf->ptr != NULL) {
        memcpy(bigger, buf->ptr, buf->len);
    }
    buf->ptr = bigger;
    buf->cap = cap;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->full || len > buf->max - buf->len) {
        buf->full = true;
        return NULL;
    }
    if (buf->ptr == NULL || len > buf->cap - buf->len) {
        grow(buf, buf->len + len);
    }
    return buf->ptr + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
    buf->len += len;
}

void buf_add(struct buf *buf, struct str bytes)
{
    char *place = bytes.len == 0 ? NULL : buf_reserve(buf, bytes.len);
    if (place != NULL) {
        memcpy(place, bytes.ptr, bytes.len);
        buf_commit(buf, bytes.len);
    }
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (struct str){.ptr = &c, .len = 1});
}

/* As `buf_reserve` of `len` bytes that `max` admits, and one for a NUL behind them. */
static char *reserve_nul(struct buf *buf, size_t len)
{
    if (buf->arena == NULL) {
        buf->full = true;
        return NULL;
    }
    grow(buf, buf->len + len + 1);
    return buf->ptr + buf->len;
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int written = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t len = written < 0 ? SIZE_MAX : (size_t)written; /* past INT_MAX: as past `max` */
    char *place = buf_reserve(buf, len);
    if (place != NULL && buf->cap - buf->len == len) {
        place = reserve_nul(buf, len);
    }
    if (place != NULL) {
        (void)vsnprintf(place, len + 1, format, again);
        buf_commit(buf, len);
    }
    va_end(again);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
}
