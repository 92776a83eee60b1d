#include "shared/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAP = 256 };

struct buf buf_in(struct arena *arena, size_t max_bytes)
{
    return (struct buf){.arena = arena, .max = max_bytes};
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (buf->full || len > buf->max - buf->len) {
        buf->full = true;
        return NULL;
    }
    if (len > buf->cap - buf->len) {
        size_t cap = buf->cap == 0 ? FIRST_CAP : buf->cap;
        while (cap - buf->len < len) {
            cap = cap > buf->max / 2 ? buf->max : cap * 2;
        }
        char *bigger = ARENA_ARRAY(buf->arena, char, cap);
        if (buf->len > 0) {
            memcpy(bigger, buf->ptr, buf->len);
        }
        buf->ptr = bigger;
        buf->cap = cap;
    }
    return buf->ptr == NULL ? ARENA_ARRAY(buf->arena, char, 1) : buf->ptr + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
    buf->len += len;
}

void buf_add(struct buf *buf, struct str bytes)
{
    char *place = buf_reserve(buf, bytes.len);
    if (place != NULL && bytes.len > 0) {
        memcpy(place, bytes.ptr, bytes.len);
        buf_commit(buf, bytes.len);
    }
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, (struct str){.ptr = &c, .len = 1});
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *place = len < 0 ? NULL : buf_reserve(buf, (size_t)len + 1); /* vsnprintf writes a NUL */
    if (place != NULL) {
        (void)vsnprintf(place, (size_t)len + 1, format, again);
        buf_commit(buf, (size_t)len);
    }
    va_end(again);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
}
