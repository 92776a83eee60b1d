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
    char *bigger = arena_alloc_raw(buf->arena, cap);
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

/* Writes the digits of `value` before `end`; gives the first. */
static char *digits_before(char *end, uint64_t value, unsigned base)
{
    do {
        *--end = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    return end;
}

void buf_add_i64(struct buf *buf, int64_t value)
{
    char text[20]; /* of -2^63, with its sign */
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *end = text + sizeof text, *from = digits_before(end, size, 10);
    if (value < 0) {
        *--from = '-';
    }
    buf_add(buf, (struct str){.ptr = from, .len = (size_t)(end - from)});
}

void buf_add_hex(struct buf *buf, uint64_t value)
{
    char text[18];
    char *end = text + sizeof text, *from = digits_before(end, value, 16);
    *--from = 'x';
    *--from = '0';
    buf_add(buf, (struct str){.ptr = from, .len = (size_t)(end - from)});
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
