#include "shared/llm/wire/eventstream.h"

#include "shared/base/attr.h"
#include "shared/llm/wire/crc32.h"

#include <endian.h>

enum {
    LENGTH_BYTES = 4,
    PRELUDE_BYTES = 12, /* two lengths and their checksum */
    CHECKSUM_BYTES = 4,
    FRAME_BYTES = PRELUDE_BYTES + CHECKSUM_BYTES, /* around headers and payload */
};

enum { HEADER_BYTE_ARRAY = 6, HEADER_STRING = 7 };

/* Bytes of a header's value, by its type; of the two that tell their length: of that. */
static const uint8_t value_bytes[] = {0, 0, 1, 2, 4, 8, 2, 2, 8, 16};

static uint32_t read_u32(struct str bytes, size_t at)
{
    uint32_t value = 0;
    memcpy(&value, bytes.ptr + at, sizeof value);
    return be32toh(value);
}

void eventstream_init(struct eventstream *stream, struct arena *arena, size_t max_bytes)
{
    *stream = (struct eventstream){.kept = buf_in(arena, max_bytes), .max_bytes = max_bytes};
}

/* Takes `len` bytes off the front; false if there are fewer. */
static bool take(struct str *rest, size_t len, struct str *taken)
{
    if (rest->len < len) {
        return false;
    }
    *taken = str_slice(*rest, 0, len);
    *rest = str_slice(*rest, len, rest->len);
    return true;
}

static bool take_header(struct str *rest, struct str *name, uint8_t *type, struct str *value)
{
    struct str byte;
    if (!take(rest, 1, &byte) || byte.ptr[0] == 0 || !take(rest, (uint8_t)byte.ptr[0], name) ||
        !take(rest, 1, &byte)) {
        return false;
    }
    *type = (uint8_t)byte.ptr[0];
    if (*type >= ARRAY_LEN(value_bytes) || !take(rest, value_bytes[*type], value)) {
        return false;
    }
    if (*type != HEADER_STRING && *type != HEADER_BYTE_ARRAY) {
        return true;
    }
    size_t len = (size_t)(uint8_t)value->ptr[0] << 8 | (uint8_t)value->ptr[1];
    return take(rest, len, value);
}

static void note_header(struct eventstream_message *message, struct str name, struct str value)
{
    static const struct str types[] = {STR_INIT(":event-type"), STR_INIT(":exception-type"),
                                       STR_INIT(":error-code")};
    if (str_eq(name, STR(":message-type"))) {
        message->message_type = value;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_eq(name, types[i])) {
            message->type = value;
        }
    }
}

static enum status read_headers(struct ctx *cx, struct str headers,
                                struct eventstream_message *message)
{
    while (headers.len > 0) {
        struct str name;
        struct str value;
        uint8_t type = 0;
        if (!take_header(&headers, &name, &type, &value)) {
            return fail(cx, ERR_UPSTREAM, "event stream: a header is malformed");
        }
        if (type == HEADER_STRING) {
            note_header(message, name, value);
        }
    }
    return OK;
}

/* `*total` of the message that `bytes` begins with; 0: not known yet. */
static enum status read_prelude(struct ctx *cx, const struct eventstream *stream, struct str bytes,
                                size_t *total)
{
    *total = 0;
    if (bytes.len < PRELUDE_BYTES) {
        return OK;
    }
    size_t all = read_u32(bytes, 0);
    size_t headers = read_u32(bytes, LENGTH_BYTES);
    size_t prelude = (size_t)LENGTH_BYTES + LENGTH_BYTES;
    if (crc32_of(str_slice(bytes, 0, prelude)) != read_u32(bytes, prelude)) {
        return fail(cx, ERR_UPSTREAM, "event stream: a prelude's checksum is wrong");
    }
    if (all > stream->max_bytes || headers > EVENTSTREAM_MAX_HEADER_BYTES) {
        return fail(cx, ERR_TOO_LARGE, "event stream: a message of %zu bytes, %zu of headers", all,
                    headers);
    }
    if (all < FRAME_BYTES || headers > all - FRAME_BYTES) {
        return fail(cx, ERR_UPSTREAM, "event stream: %zu bytes cannot hold %zu of headers", all,
                    headers);
    }
    *total = all;
    return OK;
}

static enum status give(struct ctx *cx, struct str frame, eventstream_fn *fn, void *arg)
{
    struct eventstream_message message = {0};
    size_t end = frame.len - CHECKSUM_BYTES;
    size_t payload = PRELUDE_BYTES + read_u32(frame, LENGTH_BYTES);
    if (crc32_of(str_slice(frame, 0, end)) != read_u32(frame, end)) {
        return fail(cx, ERR_UPSTREAM, "event stream: a message's checksum is wrong");
    }
    TRY(read_headers(cx, str_slice(frame, PRELUDE_BYTES, payload), &message));
    message.payload = str_slice(frame, payload, end);
    return fn(cx, arg, &message);
}

/* Whole messages off the front of `*bytes`. */
static enum status give_whole(struct ctx *cx, const struct eventstream *stream, struct str *bytes,
                              eventstream_fn *fn, void *arg)
{
    for (;;) {
        size_t total = 0;
        struct str frame;
        TRY(read_prelude(cx, stream, *bytes, &total));
        if (total == 0 || !take(bytes, total, &frame)) {
            return OK;
        }
        TRY(give(cx, frame, fn, arg));
    }
}

/* Of `bytes`, what the message that was begun lacks: of its prelude first, then of the rest. */
static enum status complete(struct ctx *cx, struct eventstream *stream, struct str *bytes,
                            size_t *total)
{
    struct str taken;
    size_t wanted = stream->kept.len < PRELUDE_BYTES ? PRELUDE_BYTES : 0;
    if (wanted == 0) {
        TRY(read_prelude(cx, stream, buf_str(&stream->kept), total));
        wanted = *total;
    }
    size_t lacking = wanted - stream->kept.len;
    (void)take(bytes, lacking < bytes->len ? lacking : bytes->len, &taken);
    buf_add(&stream->kept, taken);
    return OK;
}

enum status eventstream_feed(struct ctx *cx, struct eventstream *stream, struct str bytes,
                             eventstream_fn *fn, void *arg)
{
    while (stream->kept.len > 0 && bytes.len > 0) {
        size_t total = 0;
        TRY(complete(cx, stream, &bytes, &total));
        if (total > 0 && stream->kept.len == total) {
            enum status status = give(cx, buf_str(&stream->kept), fn, arg);
            buf_clear(&stream->kept);
            TRY(status);
        }
    }
    if (stream->kept.len == 0) {
        TRY(give_whole(cx, stream, &bytes, fn, arg));
        buf_add(&stream->kept, bytes);
    }
    return OK;
}
