/*
 * Event streams as the standard reads them, at every cut.
 */
#include "shared/http/sse.h"

#include "tests/support/check.h"

enum { MAX_BYTES = 64 };

/* Events as text: "type=data;" each. */
struct heard {
    struct buf text;
    size_t count, stop_at; /* 0: never */
};

static enum status on_event(struct ctx *cx, void *arg, const struct sse_event *event)
{
    struct heard *heard = arg;
    buf_add(&heard->text, event->type);
    buf_add_char(&heard->text, '=');
    buf_add(&heard->text, event->data);
    buf_add_char(&heard->text, ';');
    heard->count++;
    return heard->count == heard->stop_at ? fail(cx, ERR_CONFLICT, "enough") : OK;
}

static enum status read_in_parts(struct ctx *cx, struct str bytes, size_t step, struct heard *heard)
{
    struct sse sse;
    heard->text = buf_in(cx->arena, SIZE_MAX);
    sse_init(&sse, cx->arena, MAX_BYTES);
    for (size_t at = 0; at < bytes.len; at += step) {
        struct str part = exact_copy(cx, str_slice(bytes, at, at + step));
        TRY(sse_feed(cx, &sse, part, on_event, heard));
    }
    return OK;
}

#define LINE_62 "0123456789012345678901234567890123456789012345678901234567"

static const struct {
    const char *name;
    struct str bytes, want;
    enum status status;
} cases[] = {
    {"LF", STR_INIT("data: a\n\ndata: b\n\n"), STR_INIT("=a;=b;"), OK},
    {"CRLF", STR_INIT("data: a\r\n\r\ndata: b\r\n\r\n"), STR_INIT("=a;=b;"), OK},
    {"CR alone", STR_INIT("data: a\r\rdata: b\r\r"), STR_INIT("=a;=b;"), OK},
    {"all three", STR_INIT("data: a\r\n\ndata: b\n\r\ndata: c\r\r\n"), STR_INIT("=a;=b;=c;"), OK},
    {"a type", STR_INIT("event: ping\ndata: {}\n\n"), STR_INIT("ping={};"), OK},
    {"the last type counts", STR_INIT("event: a\nevent: b\ndata: 1\n\n"), STR_INIT("b=1;"), OK},
    {"a type is for one event", STR_INIT("event: a\ndata: 1\n\ndata: 2\n\n"), STR_INIT("a=1;=2;"),
     OK},
    {"a type without data", STR_INIT("event: a\n\ndata: 2\n\n"), STR_INIT("=2;"), OK},
    {"lines of data", STR_INIT("data: a\ndata: b\n\n"), STR_INIT("=a\nb;"), OK},
    {"empty data", STR_INIT("data\n\ndata:\n\n"), STR_INIT("=;=;"), OK},
    {"two empty lines of data", STR_INIT("data\ndata\n\n"), STR_INIT("=\n;"), OK},
    {"one space is taken off", STR_INIT("data:a\n\ndata: a\n\ndata:  a\n\n"),
     STR_INIT("=a;=a;= a;"), OK},
    {"a colon in the value", STR_INIT("data: a:b\n\n"), STR_INIT("=a:b;"), OK},
    {"comments", STR_INIT(": ping\n:\n\ndata: a\n: x\n\n"), STR_INIT("=a;"), OK},
    {"names that are others", STR_INIT("id: 7\nretry: 9\nDATA: x\ndata2: x\n data: x\ndata: a\n\n"),
     STR_INIT("=a;"), OK},
    {"a mark at the start",
     STR_INIT("\xEF\xBB\xBF"
              "data: a\n\n"),
     STR_INIT("=a;"), OK},
    {"a mark later",
     STR_INIT("data: a\n\n\xEF\xBB\xBF"
              "data: b\n\n"),
     STR_INIT("=a;"), OK},
    {"UTF-8", STR_INIT("data: \xC3\xA9\xF0\x9F\x98\x80\n\n"),
     STR_INIT("=\xC3\xA9\xF0\x9F\x98\x80;"), OK},
    {"no end", STR_INIT("data: a\n\ndata: b\n"), STR_INIT("=a;"), OK},
    {"nothing", STR_INIT(""), STR_INIT(""), OK},
    {"a line of the limit", STR_INIT("data: " LINE_62 "\n\n"), STR_INIT("=" LINE_62 ";"), OK},
    {"a line past the limit", STR_INIT("data: a\n\ndata: " LINE_62 "x\n\n"), STR_INIT("=a;"),
     ERR_TOO_LARGE},
    {"a comment past the limit", STR_INIT(":......" LINE_62), STR_INIT(""), ERR_TOO_LARGE},
    {"an event of the limit", STR_INIT("data:" LINE_62 "\ndata:12345\n\n"),
     STR_INIT("=" LINE_62 "\n12345;"), OK},
    {"an event past the limit", STR_INIT("data:" LINE_62 "\ndata:123456\n\n"), STR_INIT(""),
     ERR_TOO_LARGE},
};

static void events_are_the_same_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t step = 1; step <= cases[i].bytes.len + 1; step++) {
            DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
            struct heard heard = {0};
            CHECK_STATUS(&t.cx, read_in_parts(&t.cx, cases[i].bytes, step, &heard),
                         cases[i].status);
            CHECK_STR(cases[i].name, buf_str(&heard.text), cases[i].want);
        }
    }
}

static void a_receiver_that_has_enough_ends_the_feeding(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {.stop_at = 2};
    CHECK_STATUS(
        &t.cx, read_in_parts(&t.cx, STR("data: a\n\ndata: b\n\ndata: c\n\n"), SIZE_MAX / 2, &heard),
        ERR_CONFLICT);
    CHECK_STR("heard", buf_str(&heard.text), STR("=a;=b;"));
}

static void a_long_stream_of_short_events_takes_no_more_memory(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct heard heard = {.text = buf_in(t.cx.arena, 0)};
    struct sse sse;
    sse_init(&sse, t.cx.arena, MAX_BYTES);
    static const struct str part = STR_INIT("vent: x\ndata: 1\n\ne");
    CHECK_STATUS(&t.cx, sse_feed(&t.cx, &sse, STR("e"), on_event, &heard), OK);
    CHECK_STATUS(&t.cx, sse_feed(&t.cx, &sse, part, on_event, &heard), OK);
    size_t used_bytes = t.arena.used_bytes;
    for (size_t i = 0; i < 1000; i++) {
        CHECK_STATUS(&t.cx, sse_feed(&t.cx, &sse, part, on_event, &heard), OK);
    }
    CHECK_I64("events", heard.count, 1001);
    CHECK_I64("bytes", t.arena.used_bytes, used_bytes);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str type, data, want, heard;
    } written[] = {
        {"with a type", STR_INIT("a"), STR_INIT("{}"), STR_INIT("event: a\ndata: {}\n\n"),
         STR_INIT("a={};")},
        {"without", STR_INIT(""), STR_INIT("[DONE]"), STR_INIT("data: [DONE]\n\n"),
         STR_INIT("=[DONE];")},
        {"several lines", STR_INIT(""), STR_INIT("x\n\ny"),
         STR_INIT("data: x\ndata: \ndata: y\n\n"), STR_INIT("=x\n\ny;")},
        {"no data", STR_INIT("a"), STR_INIT(""), STR_INIT("event: a\ndata: \n\n"), STR_INIT("a=;")},
    };
    for (size_t i = 0; i < ARRAY_LEN(written); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct heard heard = {.text = buf_in(t.cx.arena, 1024)};
        struct buf out = buf_in(t.cx.arena, 1024);
        struct sse sse;
        sse_init(&sse, t.cx.arena, MAX_BYTES);
        sse_write(&out, written[i].type, written[i].data);
        CHECK_STR(written[i].name, buf_str(&out), written[i].want);
        CHECK_STATUS(&t.cx, sse_feed(&t.cx, &sse, buf_str(&out), on_event, &heard), OK);
        CHECK_STR(written[i].name, buf_str(&heard.text), written[i].heard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(events_are_the_same_at_every_cut),
        cmocka_unit_test(a_receiver_that_has_enough_ends_the_feeding),
        cmocka_unit_test(a_long_stream_of_short_events_takes_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
