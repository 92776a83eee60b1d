#include "shared/llm/wire/eventstream.h"

#include "shared/llm/wire/crc32.h"
#include "tests/support/check.h"
#include "tests/support/eventstream.h"

enum { MAX_BYTES = 4096 };

/* Written by Python's zlib and read back by botocore's EventStreamBuffer. */
static const char golden[] =
    "000000760000005296d5fade0d3a6d6573736167652d747970650700056576656e740b3a6576656e"
    "742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170"
    "706c69636174696f6e2f6a736f6e7b22726f6c65223a22617373697374616e74227d1cc6be18";

static enum status note(struct ctx *cx, void *arg, const struct eventstream_message *message)
{
    struct buf *out = arg;
    (void)cx;
    buf_addf(out, STR_FMT "/" STR_FMT "/" STR_FMT ";", STR_ARG(message->message_type),
             STR_ARG(message->type), STR_ARG(message->payload));
    return OK;
}

static struct str unhex(struct ctx *cx, const char *hex)
{
    size_t len = strlen(hex) / 2;
    char *bytes = ARENA_ARRAY(cx->arena, char, len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)(str_hex_value(hex[2 * i]) << 4 | str_hex_value(hex[2 * i + 1]));
    }
    return (struct str){.ptr = bytes, .len = len};
}

/* Feeds `bytes` in pieces of `step`; what was read is in `out`. */
static enum status feed(struct ctx *cx, struct str bytes, size_t step, struct buf *out)
{
    struct eventstream stream;
    eventstream_init(&stream, cx->arena, MAX_BYTES);
    *out = buf_in(cx->arena, 65536);
    for (size_t at = 0; at < bytes.len; at += step) {
        struct str piece = exact_copy(cx, str_slice(bytes, at, at + step));
        TRY(eventstream_feed(cx, &stream, piece, note, out));
    }
    return OK;
}

static void crc32_has_the_check_value(void **state)
{
    (void)state;
    CHECK_I64("of nine digits", crc32_of(STR("123456789")), 0xCBF43926);
    CHECK_I64("of nothing", crc32_of(STR("")), 0);
}

static void eventstream_reads_what_others_wrote(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf out;
    CHECK_STATUS(&t.cx, feed(&t.cx, unhex(&t.cx, golden), SIZE_MAX / 2, &out), OK);
    CHECK_STR("read", buf_str(&out), STR("event/messageStart/{\"role\":\"assistant\"};"));
}

static void eventstream_reads_at_any_cut(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf bytes = buf_in(t.cx.arena, MAX_BYTES);
    eventstream_put(t.cx.arena, &bytes, "event", "a", "{\"x\":1}");
    eventstream_put(t.cx.arena, &bytes, "event", "b", "");
    eventstream_put(t.cx.arena, &bytes, "exception", "throttlingException", "{}");
    for (size_t step = 1; step <= bytes.len; step++) {
        struct buf out;
        CHECK_STATUS(&t.cx, feed(&t.cx, buf_str(&bytes), step, &out), OK);
        CHECK_STR("read", buf_str(&out),
                  STR("event/a/{\"x\":1};event/b/;exception/throttlingException/{};"));
    }
}

static void eventstream_notices_each_flipped_bit(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str frame = unhex(&t.cx, golden);
    for (size_t bit = 0; bit < frame.len * 8; bit++) {
        struct buf copy = buf_in(t.cx.arena, frame.len);
        struct buf out;
        buf_add(&copy, frame);
        copy.ptr[bit / 8] = (char)(copy.ptr[bit / 8] ^ (1 << bit % 8));
        CHECK_STATUS(&t.cx, feed(&t.cx, buf_str(&copy), frame.len, &out), ERR_UPSTREAM);
    }
}

static void eventstream_skips_headers_of_every_type(void **state)
{
    (void)state;
    static const size_t value_bytes[] = {0, 0, 1, 2, 4, 8, 2 + 3, 2 + 3, 8, 16};
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf headers = buf_in(t.cx.arena, MAX_BYTES);
    for (size_t type = 0; type < ARRAY_LEN(value_bytes); type++) {
        static const char value[16] = {0, 3};
        buf_add(&headers, STR("\1n"));
        buf_add_char(&headers, (char)type);
        buf_add(&headers, (struct str){.ptr = value, .len = value_bytes[type]});
    }
    eventstream_put_header(&headers, STR(":error-code"), STR("E"));
    struct buf bytes = buf_in(t.cx.arena, MAX_BYTES);
    eventstream_put_raw(&bytes, buf_str(&headers), STR("p"));
    struct buf out;
    CHECK_STATUS(&t.cx, feed(&t.cx, buf_str(&bytes), 7, &out), OK);
    CHECK_STR("read", buf_str(&out), STR("/E/p;"));
}

static void eventstream_refuses_malformed_headers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str headers;
    } cases[] = {
        {"an empty name", STR_INIT("\0\0")},
        {"a name that is cut", STR_INIT("\5abc")},
        {"no type", STR_INIT("\1n")},
        {"type 10", STR_INIT("\1n\12")},
        {"a value that is cut", STR_INIT("\1n\4abc")},
        {"a length that is cut", STR_INIT("\1n\7\0")},
        {"a string that is cut", STR_INIT("\1n\7\0\2x")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf bytes = buf_in(t.cx.arena, MAX_BYTES);
        struct buf out;
        eventstream_put_raw(&bytes, cases[i].headers, STR("{}"));
        enum status status = feed(&t.cx, buf_str(&bytes), bytes.len, &out);
        if (status != ERR_UPSTREAM) {
            CHECK_FAILED("%s: %s\n", cases[i].name, status_name(status));
        }
    }
}

static enum status feed_sized(struct ctx *cx, size_t total, size_t step)
{
    static const char zeros[MAX_BYTES];
    struct buf bytes = buf_in(cx->arena, (size_t)2 * MAX_BYTES);
    struct buf out;
    eventstream_put_raw(&bytes, STR(""), (struct str){.ptr = zeros, .len = total - 16});
    return feed(cx, buf_str(&bytes), step, &out);
}

static void eventstream_takes_max_bytes_and_not_one_more(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_STATUS(&t.cx, feed_sized(&t.cx, MAX_BYTES, MAX_BYTES), OK);
    CHECK_STATUS(&t.cx, feed_sized(&t.cx, MAX_BYTES, 1), OK);
    CHECK_STATUS(&t.cx, feed_sized(&t.cx, MAX_BYTES + 1, MAX_BYTES + 1), ERR_TOO_LARGE);
    CHECK_STATUS(&t.cx, feed_sized(&t.cx, MAX_BYTES + 1, 1), ERR_TOO_LARGE);
}

static void eventstream_refuses_lengths_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        uint32_t total, headers;
        enum status want;
    } cases[] = {
        {15, 0, ERR_UPSTREAM},
        {16, 1, ERR_UPSTREAM},
        {100, 85, ERR_UPSTREAM},
        {100, UINT32_MAX, ERR_TOO_LARGE},
        {100, EVENTSTREAM_MAX_HEADER_BYTES + 1, ERR_TOO_LARGE},
        {100, EVENTSTREAM_MAX_HEADER_BYTES, ERR_UPSTREAM},
        {UINT32_MAX, 0, ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf bytes = buf_in(t.cx.arena, MAX_BYTES);
        struct buf out;
        eventstream_put_u32(&bytes, cases[i].total);
        eventstream_put_u32(&bytes, cases[i].headers);
        eventstream_put_u32(&bytes, crc32_of(buf_str(&bytes)));
        CHECK_STATUS(&t.cx, feed(&t.cx, buf_str(&bytes), bytes.len, &out), cases[i].want);
    }
}

static enum status refuse(struct ctx *cx, void *arg, const struct eventstream_message *message)
{
    (void)arg;
    (void)message;
    return fail(cx, ERR_CONFLICT, "gone");
}

static void eventstream_returns_what_its_reader_said(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct eventstream stream;
    eventstream_init(&stream, t.cx.arena, MAX_BYTES);
    CHECK_STATUS(&t.cx, eventstream_feed(&t.cx, &stream, unhex(&t.cx, golden), refuse, NULL),
                 ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32_has_the_check_value),
        cmocka_unit_test(eventstream_reads_what_others_wrote),
        cmocka_unit_test(eventstream_reads_at_any_cut),
        cmocka_unit_test(eventstream_notices_each_flipped_bit),
        cmocka_unit_test(eventstream_skips_headers_of_every_type),
        cmocka_unit_test(eventstream_refuses_malformed_headers),
        cmocka_unit_test(eventstream_takes_max_bytes_and_not_one_more),
        cmocka_unit_test(eventstream_refuses_lengths_that_do_not_fit),
        cmocka_unit_test(eventstream_returns_what_its_reader_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
