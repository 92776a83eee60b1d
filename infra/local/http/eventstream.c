#include "infra/local/http/eventstream.h"

enum { HEADER_IS_STRING = 7, PRELUDE_BYTES = 12, CRC_BYTES = 4 };

/* Four bits at a time: small, and fast enough for what one machine streams. */
uint32_t crc32_add(uint32_t crc, struct str bytes)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    crc = ~crc;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

static void add_u32(struct buf *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_add_char(out, (char)(value >> shift & 0xff));
    }
}

static void add_header(struct buf *out, struct str name, struct str value)
{
    buf_add_char(out, (char)name.len);
    buf_add(out, name);
    buf_add_char(out, HEADER_IS_STRING);
    buf_add_char(out, (char)(value.len >> 8));
    buf_add_char(out, (char)(value.len & 0xff));
    buf_add(out, value);
}

void eventstream_add(struct buf *out, struct str event_type, struct str content_type,
                     struct str payload)
{
    char block[EVENTSTREAM_OVERHEAD_BYTES];
    struct buf headers = {.ptr = block, .cap = sizeof(block), .max = sizeof(block)};
    add_header(&headers, STR(":event-type"), event_type);
    add_header(&headers, STR(":content-type"), content_type);
    add_header(&headers, STR(":message-type"), STR("event"));
    size_t start = out->len;
    size_t total = PRELUDE_BYTES + headers.len + payload.len + CRC_BYTES;
    if (buf_reserve(out, total) == NULL) {
        return;
    }
    add_u32(out, (uint32_t)total);
    add_u32(out, (uint32_t)headers.len);
    add_u32(out, crc32_add(0, str_slice(buf_str(out), start, out->len)));
    buf_add(out, buf_str(&headers));
    buf_add(out, payload);
    add_u32(out, crc32_add(0, str_slice(buf_str(out), start, out->len)));
}
