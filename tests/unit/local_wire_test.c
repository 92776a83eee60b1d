#include "tests/support/check.h"

#include "infra/local/lambda/wire.h"

static void wire_head_reads_what_ends_the_message(void **state)
{
    (void)state;
    static const char text[] =
        "POST /a HTTP/1.1\r\nhOsT: x\r\nContent-LENGTH:  12 \r\nConnection: close\r\n"
        "Expect: 100-continue\r\n\r\nbody";
    struct wire_head *head = calloc(1, sizeof(*head));
    const char *why = NULL;
    size_t used = 0;
    size_t whole = sizeof(text) - 1 - 4;
    assert_non_null(head);
    for (size_t i = 0; i < whole; i++) {
        CHECK_I64("split", wire_head_read((struct str){.ptr = text, .len = i}, head, &used, &why),
                  WIRE_MORE);
    }
    CHECK_I64("whole", wire_head_read(STR(text), head, &used, &why), WIRE_DONE);
    CHECK_I64("used", used, whole);
    CHECK_STR("method", head->method, STR("POST"));
    CHECK_STR("target", head->target, STR("/a"));
    CHECK_I64("length", head->content_length, 12);
    assert_true(head->expects_continue);
    assert_false(head->keep_alive);
    assert_false(head->chunked);
    free(head);
}

static void wire_head_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str text;
    } cases[] = {
        {"no version", STR_INIT("GET /\r\nHost: x\r\n\r\n")},
        {"HTTP/1.0", STR_INIT("GET / HTTP/1.0\r\nHost: x\r\n\r\n")},
        {"no slash", STR_INIT("GET a HTTP/1.1\r\nHost: x\r\n\r\n")},
        {"two blanks", STR_INIT("GET  / HTTP/1.1\r\nHost: x\r\n\r\n")},
        {"no host", STR_INIT("GET / HTTP/1.1\r\nA: b\r\n\r\n")},
        {"two hosts", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")},
        {"blank before colon", STR_INIT("GET / HTTP/1.1\r\nHost : x\r\n\r\n")},
        {"folded line", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n")},
        {"bare LF in a value", STR_INIT("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n")},
        {"no colon", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n")},
        {"negative length", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")},
        {"two lengths",
         STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")},
        {"length is a word", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n")},
        {"length beside chunks", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: "
                                          "1\r\nTransfer-Encoding: chunked\r\n\r\n")},
        {"gzip", STR_INIT("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")},
    };
    struct wire_head *head = calloc(1, sizeof(*head));
    assert_non_null(head);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        const char *why = NULL;
        size_t used = 0;
        CHECK_I64(cases[i].name,
                  wire_head_read(exact_copy(&t.cx, cases[i].text), head, &used, &why), WIRE_BAD);
        assert_non_null(why);
    }
    free(head);
}

static enum wire_result head_with_headers(struct arena *arena, size_t count, size_t fill)
{
    struct wire_head *head = ARENA_NEW(arena, struct wire_head);
    struct buf text = buf_in(arena, MIB(1));
    const char *why = NULL;
    size_t used = 0;
    buf_add(&text, STR("GET / HTTP/1.1\r\nHost: x\r\n"));
    for (size_t i = 1; i < count; i++) {
        buf_add(&text, STR("A: b\r\n"));
    }
    while (text.len + 4 < fill) {
        text.len -= 2; /* the last header grows */
        buf_add(&text, STR("b\r\n"));
    }
    buf_add(&text, STR("\r\n"));
    return wire_head_read(buf_str(&text), head, &used, &why);
}

static void wire_head_holds_to_its_limits(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_I64("64 headers", head_with_headers(&t.arena, WIRE_MAX_HEADERS, 0), WIRE_DONE);
    CHECK_I64("65 headers", head_with_headers(&t.arena, WIRE_MAX_HEADERS + 1, 0), WIRE_BAD);
    CHECK_I64("128 KiB", head_with_headers(&t.arena, 2, WIRE_MAX_HEAD_BYTES + 2), WIRE_DONE);
    CHECK_I64("more", head_with_headers(&t.arena, 2, WIRE_MAX_HEAD_BYTES + 3), WIRE_BAD);
}

/* Feeds a body cut at `at`; what is left after the message must be "next". */
static enum wire_result read_body(struct ctx *cx, struct str text, size_t at, bool chunked,
                                  struct buf *out)
{
    struct wire_head *head = ARENA_NEW(cx->arena, struct wire_head);
    struct wire_body body;
    const char *why = NULL;
    head->chunked = chunked;
    head->content_length = chunked ? 0 : 5;
    wire_body_begin(&body, head);
    struct str first = exact_copy(cx, str_slice(text, 0, at));
    enum wire_result result = wire_body_read(&body, &first, out, &why);
    if (result != WIRE_MORE) {
        return result;
    }
    struct str second = exact_copy(cx, str_slice(text, at, text.len));
    result = wire_body_read(&body, &second, out, &why);
    if (result == WIRE_DONE) {
        CHECK_STR("left over", second, STR("next"));
    }
    return result;
}

static void wire_body_reads_any_split(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool chunked;
        struct str text;
    } cases[] = {
        {"sized", false, STR_INIT("hellonext")},
        {"chunks", true, STR_INIT("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nnext")},
        {"extension and trailers", true,
         STR_INIT("00002 ;a=b\r\nhe\r\n3\r\nllo\r\n0;x\r\nA: b\r\nC: d\r\n\r\nnext")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t at = 0; at <= cases[i].text.len - 4; at++) {
            DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
            struct buf out = buf_in(&t.arena, 64);
            enum wire_result result = read_body(&t.cx, cases[i].text, at, cases[i].chunked, &out);
            CHECK_I64(cases[i].name, result, WIRE_DONE);
            CHECK_STR(cases[i].name, buf_str(&out), STR("hello"));
        }
    }
}

static void wire_body_refuses_broken_chunks(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "1\nx\r\n0\r\n\r\n",
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "0\r\n\n",
        "0\r\nA: b\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "1\r\rx",
        "0\r\n\rx",
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf out = buf_in(&t.arena, 64);
        struct str text = str_from_cstr(cases[i]);
        CHECK_I64(cases[i], read_body(&t.cx, text, text.len, true, &out), WIRE_BAD);
    }
}

/* A chunk of one byte whose size line takes `line` bytes, then a trailer of `trailer` bytes. */
static enum wire_result body_with_lines(struct ctx *cx, size_t line, size_t trailer)
{
    struct buf text = buf_in(cx->arena, MIB(1));
    struct buf out = buf_in(cx->arena, 64);
    buf_add(&text, STR("1;"));
    while (text.len < line - 2) {
        buf_add_char(&text, 'x');
    }
    buf_add(&text, STR("\r\nx\r\n0\r\n"));
    for (size_t i = 0; i < trailer - 2; i++) {
        buf_add_char(&text, 'x');
    }
    buf_add(&text, STR("\r\n\r\nnext"));
    return read_body(cx, buf_str(&text), 1, true, &out);
}

static void wire_body_holds_to_its_limits(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    CHECK_I64("line of 256", body_with_lines(&t.cx, 256, 9), WIRE_DONE);
    CHECK_I64("line of 257", body_with_lines(&t.cx, 257, 9), WIRE_BAD);
    CHECK_I64("trailer of 64 KiB", body_with_lines(&t.cx, 9, KIB(64)), WIRE_DONE);
    CHECK_I64("one more", body_with_lines(&t.cx, 9, KIB(64) + 1), WIRE_BAD);
}

static void wire_body_counts_what_it_drops(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct wire_head *head = ARENA_NEW(&t.arena, struct wire_head);
    struct wire_body body;
    struct buf out = buf_in(&t.arena, 3);
    struct str input = STR("hello");
    const char *why = NULL;
    head->content_length = 5;
    wire_body_begin(&body, head);
    CHECK_I64("end", wire_body_read(&body, &input, &out, &why), WIRE_DONE);
    CHECK_I64("total", body.total, 5);
    assert_true(out.full);
}

/* Bytes of the body, and what came of its trailers, which `most` bytes may hold. */
static enum wire_result read_trailers(struct ctx *cx, struct str text, size_t most,
                                      struct str *trailers)
{
    const char *why = NULL;
    struct buf out = buf_in(cx->arena, KIB(1));
    struct buf *kept = ARENA_NEW(cx->arena, struct buf);
    *kept = buf_in(cx->arena, most);
    struct wire_body body = {.chunked = true, .trailers = kept};
    struct str rest = exact_copy(cx, text);
    enum wire_result result = wire_body_read(&body, &rest, &out, &why);
    *trailers = buf_str(kept);
    return result;
}

static void wire_body_keeps_trailers(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    static const struct str text =
        STR_INIT("1\r\nx\r\n0\r\nAb-C:  one \r\nother:\ttwo\r\nAB-c: three\r\n\r\n");
    struct str trailers;
    CHECK_I64("read", read_trailers(&t.cx, text, KIB(1), &trailers), WIRE_DONE);
    CHECK_STR("any case, the first", wire_trailer_find(trailers, STR("aB-C")), STR("one"));
    CHECK_STR("blank", wire_trailer_find(trailers, STR("Other")), STR("two"));
    CHECK_STR("none", wire_trailer_find(trailers, STR("A")), STR(""));
    CHECK_I64("as many as fit", read_trailers(&t.cx, text, trailers.len, &trailers), WIRE_DONE);
    CHECK_I64("more", read_trailers(&t.cx, text, trailers.len - 1, &trailers), WIRE_BAD);
    CHECK_I64("none at all", read_trailers(&t.cx, STR("0\r\n\r\n"), 2, &trailers), WIRE_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_head_reads_what_ends_the_message),
        cmocka_unit_test(wire_head_refuses),
        cmocka_unit_test(wire_head_holds_to_its_limits),
        cmocka_unit_test(wire_body_reads_any_split),
        cmocka_unit_test(wire_body_refuses_broken_chunks),
        cmocka_unit_test(wire_body_holds_to_its_limits),
        cmocka_unit_test(wire_body_counts_what_it_drops),
        cmocka_unit_test(wire_body_keeps_trailers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
