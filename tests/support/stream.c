#include "tests/support/stream.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"

#include <sys/socket.h>

int64_t stream_read_until(int fd, struct buf *in, const char *mark)
{
    while (str_find(buf_str(in), str_from_cstr(mark)) == SIZE_MAX) {
        char *place = buf_reserve(in, KIB(64));
        ssize_t n = place != NULL ? recv(fd, place, KIB(64), 0) : 0;
        if (n <= 0) {
            break;
        }
        buf_commit(in, (size_t)n);
    }
    return clock_mono_us();
}

struct str stream_body(struct str response)
{
    size_t end = str_find(response, STR("\r\n\r\n"));
    return end == SIZE_MAX ? STR("") : str_slice(response, end + 4, response.len);
}

bool stream_dechunk(struct ctx *cx, struct str body, struct str *data)
{
    struct buf out = buf_in(cx->arena, MIB(256));
    bool whole = false;
    while (body.len > 0 && !whole) {
        size_t end = str_find(body, STR("\r\n"));
        if (end == SIZE_MAX) {
            break;
        }
        size_t size = strtoul(body.ptr, NULL, 16);
        whole = size == 0;
        buf_add(&out, str_slice(body, end + 2, end + 2 + size));
        body = str_slice(body, end + 2 + size + 2, body.len);
    }
    *data = buf_str(&out);
    return whole;
}

/* ---- event streams: read by the specification, with none of the gateway's code --------------- */

static uint32_t crc_of(struct str bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
        }
    }
    return ~crc;
}

static uint32_t u32_at(struct str bytes, size_t at)
{
    uint32_t value = 0;
    assert_true(at + 4 <= bytes.len);
    for (size_t i = 0; i < 4; i++) {
        value = value << 8 | (unsigned char)bytes.ptr[at + i];
    }
    return value;
}

static void read_headers(struct str headers, struct stream_event *event)
{
    while (headers.len > 0) {
        size_t name_len = (unsigned char)headers.ptr[0];
        struct str name = str_slice(headers, 1, 1 + name_len);
        assert_int_equal(headers.ptr[1 + name_len], 7); /* a string */
        size_t at = 1 + name_len + 1;
        size_t len =
            (size_t)(unsigned char)headers.ptr[at] << 8 | (unsigned char)headers.ptr[at + 1];
        struct str value = str_slice(headers, at + 2, at + 2 + len);
        headers = str_slice(headers, at + 2 + len, headers.len);
        if (str_eq(name, STR(":event-type"))) {
            event->type = value;
        } else if (str_eq(name, STR(":content-type"))) {
            event->content_type = value;
        } else {
            CHECK_STR("header", name, STR(":message-type"));
            CHECK_STR("message type", value, STR("event"));
        }
    }
}

bool stream_event_next(struct str *rest, struct stream_event *event)
{
    if (rest->len == 0) {
        return false;
    }
    uint32_t total = u32_at(*rest, 0);
    uint32_t headers = u32_at(*rest, 4);
    assert_true(total <= rest->len);
    CHECK_I64("prelude CRC", u32_at(*rest, 8), crc_of(str_slice(*rest, 0, 8)));
    CHECK_I64("message CRC", u32_at(*rest, total - 4), crc_of(str_slice(*rest, 0, total - 4)));
    *event = (struct stream_event){.payload = str_slice(*rest, 12 + headers, total - 4)};
    read_headers(str_slice(*rest, 12, 12 + headers), event);
    *rest = str_slice(*rest, total, rest->len);
    return true;
}
