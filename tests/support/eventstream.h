/*
 * Messages of application/vnd.amazon.eventstream, as AWS would send them.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/llm/wire/crc32.h"

#include <endian.h>

static inline void eventstream_put_u32(struct buf *out, uint32_t value)
{
    uint32_t big = htobe32(value);
    buf_add(out, (struct str){.ptr = (const char *)&big, .len = sizeof big});
}

static inline void eventstream_put_header(struct buf *out, struct str name, struct str value)
{
    const char lead[] = {7, (char)(value.len >> 8), (char)value.len}; /* a string */
    buf_add_char(out, (char)name.len);
    buf_add(out, name);
    buf_add(out, (struct str){.ptr = lead, .len = sizeof lead});
    buf_add(out, value);
}

/* One message with these headers, as written by eventstream_put_header, at the end of `out`. */
static inline void eventstream_put_raw(struct buf *out, struct str headers, struct str payload)
{
    size_t from = out->len;
    eventstream_put_u32(out, (uint32_t)(headers.len + payload.len + 16));
    eventstream_put_u32(out, (uint32_t)headers.len);
    eventstream_put_u32(out, crc32_of(str_slice(buf_str(out), from, out->len)));
    buf_add(out, headers);
    buf_add(out, payload);
    eventstream_put_u32(out, crc32_of(str_slice(buf_str(out), from, out->len)));
}

/* `kind` is "event" or "exception". */
static inline void eventstream_put(struct arena *arena, struct buf *out, const char *kind,
                                   const char *type, const char *payload)
{
    struct buf headers = buf_in(arena, 65536);
    struct str type_name = arena_format(arena, ":%s-type", kind);
    eventstream_put_header(&headers, type_name, str_from_cstr(type));
    eventstream_put_header(&headers, STR(":content-type"), STR("application/json"));
    eventstream_put_header(&headers, STR(":message-type"), str_from_cstr(kind));
    eventstream_put_raw(out, buf_str(&headers), str_from_cstr(payload));
}
