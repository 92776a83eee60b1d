#include "tests/support/check.h"
#include "tests/support/http1_read.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"

struct whole {
    const char *name;
    struct str bytes, body;
    int status;
    bool closes;  /* the connection ends behind the bytes */
    bool is_last; /* the answer says that it does */
};

static const struct whole wholes[] = {
    {"sized", STR_INIT(OK_LINE "Content-Length: 5\r\n\r\nhello"), STR_INIT("hello"), 200, 0, 0},
    {"sized, nothing", STR_INIT(OK_LINE "Content-Length: 0\r\n\r\n"), STR_INIT(""), 200, 0, 0},
    {"one length, said twice",
     STR_INIT(OK_LINE "Content-Length: 2, 2\r\ncontent-length:2\r\n\r\nhi"), STR_INIT("hi"), 200, 0,
     0},
    {"chunked",
     STR_INIT(OK_LINE "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00b\r\n and goodby"
                      "\r\n0\r\n\r\n"),
     STR_INIT("hello and goodby"), 200, 0, 0},
    {"chunk extensions",
     STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n2;a=\"b;c\"\r\nhi\r\n"
                      "0 ;x\r\n\r\n"),
     STR_INIT("hi"), 200, 0, 0},
    {"trailers",
     STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n"
                      "Content-Length: 9\r\n\r\n"),
     STR_INIT("hi"), 200, 0, 0},
    {"until the end", STR_INIT(OK_LINE "\r\nall of it"), STR_INIT("all of it"), 200, 1, 1},
    {"until the end, nothing", STR_INIT(OK_LINE "\r\n"), STR_INIT(""), 200, 1, 1},
    {"no reason", STR_INIT("HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n"), STR_INIT(""), 202, 0, 0},
    {"204 has no body", STR_INIT("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"), STR_INIT(""), 204,
     0, 0},
    {"304 has no body", STR_INIT("HTTP/1.1 304 No\r\n\r\n"), STR_INIT(""), 304, 0, 0},
    {"interim",
     STR_INIT("HTTP/1.1 100 Go on\r\nContent-Length: 7\r\n\r\nHTTP/1.1 103 x\r\n\r\n"
              "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx"),
     STR_INIT("x"), 404, 0, 0},
    {"closes", STR_INIT(OK_LINE "Connection: keep-alive, Close\r\nContent-Length: 1\r\n\r\nx"),
     STR_INIT("x"), 200, 0, 1},
    {"1.0 closes", STR_INIT("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"), STR_INIT("x"), 200, 0,
     1},
    {"1.0 may stay",
     STR_INIT("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n"
              "\r\nx"),
     STR_INIT("x"), 200, 0, 0},
    {"lines end in LF alone", STR_INIT("HTTP/1.1 200 OK\nContent-Length: 1\n\nx"), STR_INIT("x"),
     200, 0, 0},
    {"folded length", STR_INIT(OK_LINE "Content-Length:\r\n 1\r\n\r\nx"), STR_INIT("x"), 200, 0, 0},
};

static void check_whole(const struct whole *want, struct arena *arena, size_t part)
{
    struct http1_seen seen = http1_read_in_parts(arena, want->bytes, part, want->closes);
    CHECK_I64(want->name, seen.end, HTTP1_DONE);
    CHECK_I64(want->name, seen.status, want->status);
    CHECK_I64(want->name, seen.heads, 1);
    CHECK_STR(want->name, seen.body, want->body);
    CHECK_I64(want->name, seen.is_last, want->is_last);
    CHECK_I64(want->name, seen.left, 0);
}

static void http1_reads_a_response_split_anywhere(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        for (size_t part = 1; part <= wholes[i].bytes.len; part++) {
            check_whole(&wholes[i], &t.arena, part);
        }
    }
}

static void http1_waits_for_the_rest_of_a_response_cut_anywhere(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
        for (size_t len = 1; len < wholes[i].bytes.len; len++) {
            struct str cut = str_slice(wholes[i].bytes, 0, len);
            struct http1_seen seen = http1_read_in_parts(&t.arena, cut, SIZE_MAX, false);
            CHECK_I64(wholes[i].name, seen.end, HTTP1_MORE);
            seen = http1_read_in_parts(&t.arena, cut, SIZE_MAX, true);
            bool may_end = wholes[i].closes && seen.status != 0;
            CHECK_I64(wholes[i].name, seen.end, may_end ? HTTP1_DONE : HTTP1_BROKEN);
        }
    }
}

static void http1_refuses_what_can_be_read_in_two_ways(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *fault;
    } cases[] = {
        {STR_INIT("nonsense"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/2 200\r\n"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/1.1 20\r\n"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/1.1 2000\r\n"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/1.1 099 x\r\n"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/1.1 -20 x\r\n"), "no status line of HTTP/1"},
        {STR_INIT("\r\nHTTP/1.1 200 OK\r\n"), "no status line of HTTP/1"},
        {STR_INIT("HTTP/1.1 101 x\r\n\r\n"), "another protocol, which nobody asked for"},
        {STR_INIT(OK_LINE "A : b\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE "no colon\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE ": b\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE " folded first\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE "A: b\rc\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE "A: b\0c\r\n"), "a line of the head that is no field"},
        {STR_INIT(OK_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), "two content lengths"},
        {STR_INIT(OK_LINE "Content-Length: 1, 2\r\n\r\n"), "two content lengths"},
        {STR_INIT(OK_LINE "Content-Length: -1\r\n\r\n"), "a content length that is no number"},
        {STR_INIT(OK_LINE "Content-Length: +1\r\n\r\n"), "a content length that is no number"},
        {STR_INIT(OK_LINE "Content-Length: \r\n\r\n"), "a content length that is no number"},
        {STR_INIT(OK_LINE "Content-Length: 99999999999999999999\r\n\r\n"),
         "a content length that is no number"},
        {STR_INIT(OK_LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
         "both a content length and a transfer coding"},
        {STR_INIT(OK_LINE "Transfer-Encoding: gzip\r\n\r\n"),
         "a transfer coding other than chunked"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
         "a transfer coding other than chunked"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n\r\n"), "a chunk without a size"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\nzz"), "a chunk without a size"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\nx"), "a chunk without a size"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n"),
         "a chunk that does not end where it should"},
        {STR_INIT(OK_LINE "Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n"),
         "a chunk beyond reason"},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t part = 1; part <= cases[i].bytes.len; part++) {
            struct http1_seen seen = http1_read_in_parts(&t.arena, cases[i].bytes, part, false);
            CHECK_I64(cases[i].bytes.ptr, seen.end, HTTP1_BROKEN);
            CHECK_STR(cases[i].bytes.ptr, str_from_cstr(seen.fault), str_from_cstr(cases[i].fault));
        }
    }
}

static void http1_keeps_its_hands_off_what_follows(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct http1_seen seen = http1_read_in_parts(
        &t.arena, STR(OK_LINE "Content-Length: 1\r\n\r\nxHTTP/1.1"), SIZE_MAX, false);
    CHECK_I64("end", seen.end, HTTP1_DONE);
    CHECK_I64("left", seen.left, 8);
}

static void http1_limits_the_head(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t over = 0; over <= 1; over++) {
        struct str frame = STR(OK_LINE "A: \r\nContent-Length: 0\r\n\r\n");
        size_t room = HTTP1_TEST_HEAD_BYTES - frame.len + over;
        char *value = ARENA_ARRAY(&t.arena, char, room + 1);
        memset(value, 'v', room);
        struct str bytes =
            arena_format(&t.arena, OK_LINE "A: %s\r\nContent-Length: 0\r\n\r\n", value);
        struct http1_seen seen = http1_read_in_parts(&t.arena, bytes, 100, false);
        CHECK_I64("end", seen.end, over == 0 ? HTTP1_DONE : HTTP1_BROKEN);
    }
}

/* Interim responses and trailers for ever: refused once they pass the limit of a head. */
static void http1_ends_what_would_never_end(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const char *const repeated[][2] = {
        {"", "HTTP/1.1 100 x\r\n\r\n"},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n0;", "extension"},
    };
    for (size_t i = 0; i < ARRAY_LEN(repeated); i++) {
        struct buf bytes = buf_in(&t.arena, SIZE_MAX);
        buf_add(&bytes, str_from_cstr(repeated[i][0]));
        while (bytes.len < (size_t)2 * HTTP1_TEST_HEAD_BYTES) {
            buf_add(&bytes, str_from_cstr(repeated[i][1]));
        }
        struct http1_seen seen = http1_read_in_parts(&t.arena, buf_str(&bytes), 7, false);
        CHECK_I64(repeated[i][1], seen.end, HTTP1_BROKEN);
    }
}

static void http1_takes_many_small_chunks(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf bytes = buf_in(&t.arena, SIZE_MAX);
    buf_add(&bytes, STR(OK_LINE "Transfer-Encoding: chunked\r\n\r\n"));
    for (size_t i = 0; i < HTTP1_TEST_HEAD_BYTES; i++) {
        buf_add(&bytes, STR("1\r\nx\r\n"));
    }
    buf_add(&bytes, STR("0\r\n\r\n"));
    struct http1_seen seen = http1_read_in_parts(&t.arena, buf_str(&bytes), 13, false);
    CHECK_I64("end", seen.end, HTTP1_DONE);
    CHECK_I64("body", seen.body.len, HTTP1_TEST_HEAD_BYTES);
}

static void http1_gives_the_fields_in_order(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf head = buf_in(&t.arena, KIB(1));
    struct http1 http;
    http1_begin(&http, &head);
    struct str in = STR(OK_LINE "A: 1\r\nb:\t2 \r\nA:\r\nC: x\r\n  y\r\nContent-Length: 0\r\n\r\n");
    struct str body = {0}, name = {0}, value = {0};
    CHECK_I64("head", http1_next(&http, &in, &body), HTTP1_HEAD);
    static const char *const want[][2] = {
        {"A", "1"}, {"b", "2"}, {"A", ""}, {"C", "x    y"}, {"Content-Length", "0"}};
    struct str rest = http1_fields(&http);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(http1_field_next(&rest, &name, &value));
        CHECK_STR("name", name, str_from_cstr(want[i][0]));
        CHECK_STR(want[i][0], value, str_from_cstr(want[i][1]));
    }
    assert_false(http1_field_next(&rest, &name, &value));
}

/* A caller's client context comes in one: JSON's texts may hold DEL, and who knows what else. */
static void http1_keeps_what_a_caller_put_into_a_value(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (int c = 1; c < 256; c++) {
        bool is_line_end = c == '\r' || c == '\n';
        struct str bytes =
            arena_format(&t.arena, OK_LINE "A: 12345678%c12345678\r\nContent-Length: 0\r\n\r\n", c);
        struct http1_seen seen = http1_read_in_parts(&t.arena, bytes, 5, false);
        CHECK_I64("end", seen.end, is_line_end ? HTTP1_BROKEN : HTTP1_DONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http1_reads_a_response_split_anywhere),
        cmocka_unit_test(http1_waits_for_the_rest_of_a_response_cut_anywhere),
        cmocka_unit_test(http1_refuses_what_can_be_read_in_two_ways),
        cmocka_unit_test(http1_keeps_its_hands_off_what_follows),
        cmocka_unit_test(http1_limits_the_head),
        cmocka_unit_test(http1_ends_what_would_never_end),
        cmocka_unit_test(http1_takes_many_small_chunks),
        cmocka_unit_test(http1_gives_the_fields_in_order),
        cmocka_unit_test(http1_keeps_what_a_caller_put_into_a_value),
    };
    return cmocka_run_group_tests_name("runtime http1", tests, NULL, NULL);
}
