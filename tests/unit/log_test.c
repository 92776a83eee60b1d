#include "shared/log/log.h"

#include "shared/json/json.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

/* What one log call wrote, as text in the arena. */
struct capture {
    int ends[2];
};

static void capture_begin(struct capture *capture, const char *level, const char *format)
{
    assert_int_equal(pipe(capture->ends), 0);
    assert_int_equal(setenv("AWS_LAMBDA_LOG_LEVEL", level, 1), 0);
    assert_int_equal(setenv("AWS_LAMBDA_LOG_FORMAT", format, 1), 0);
    log_init();
    log_to(capture->ends[1]);
}

static struct str capture_end(struct capture *capture, struct ctx *cx)
{
    log_to(STDERR_FILENO);
    assert_int_equal(close(capture->ends[1]), 0);
    struct buf text = buf_in(cx->arena, MIB(1));
    for (ssize_t got = 1; got > 0;) {
        char *place = buf_reserve(&text, KIB(4));
        assert_non_null(place);
        got = read(capture->ends[0], place, KIB(4));
        assert_true(got >= 0);
        buf_commit(&text, (size_t)got);
    }
    assert_int_equal(close(capture->ends[0]), 0);
    return buf_str(&text);
}

static const struct json *line_read(struct ctx *cx, struct str line)
{
    assert_true(line.len > 0 && line.ptr[line.len - 1] == '\n');
    assert_int_equal(str_find_char(line, '\n'), line.len - 1);
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, line, NULL, &root), OK);
    return root;
}

static void log_json_line_holds_event_and_fields(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.request_id = STR("af9c3624");
    struct capture capture;
    capture_begin(&capture, "info", "JSON");
    LOG(&t.cx, LOG_WARN, "plan_saved", LOG_STR("diet", STR("a\n\"b\xff")), LOG_I64("days", -7),
        LOG_F64("kcal", 2000.1239), LOG_BOOL("forced", true), LOG_CSTR("none", NULL));
    struct str line = capture_end(&capture, &t.cx);
    const struct json *root = line_read(&t.cx, line);
    CHECK_STR("level", json_find_str(root, STR("level")), STR("WARN"));
    CHECK_STR("message", json_find_str(root, STR("message")), STR("plan_saved"));
    CHECK_STR("request id", json_find_str(root, STR("requestId")), STR("af9c3624"));
    CHECK_STR("string", json_find_str(root, STR("diet")), STR("a\n\"b\xEF\xBF\xBD"));
    CHECK_STR("integer", json_find(root, STR("days"))->span, STR("-7"));
    CHECK_STR("number", json_find(root, STR("kcal"))->span, STR("2000.124"));
    CHECK_STR("truth", json_find(root, STR("forced"))->span, STR("true"));
    CHECK_STR("no text", json_find(root, STR("none"))->span, STR("\"\""));
    struct str stamp = json_find_str(root, STR("timestamp"));
    CHECK_I64("stamp length", stamp.len, 24);
    assert_true(str_has_prefix(stamp, STR("20")) && str_has_suffix(stamp, STR("Z")));
}

static void log_line_without_context_has_no_request_id(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct capture capture;
    capture_begin(&capture, "INFO", "JSON");
    LOG(NULL, LOG_INFO, "started", LOG_I64("n", 1));
    const struct json *root = line_read(&t.cx, capture_end(&capture, &t.cx));
    assert_null(json_find(root, STR("requestId")));
}

static void log_level_filters(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        enum log_level lowest;
    } cases[] = {
        {"trace", LOG_TRACE}, {"Debug", LOG_DEBUG}, {"INFO", LOG_INFO}, {"warn", LOG_WARN},
        {"ERROR", LOG_ERROR}, {"fatal", LOG_FATAL}, {"loud", LOG_INFO}, {"", LOG_INFO},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct capture capture;
        capture_begin(&capture, cases[i].set, "JSON");
        for (int level = LOG_TRACE; level <= LOG_FATAL; level++) {
            CHECK_I64(cases[i].set, log_is_on((enum log_level)level),
                      level >= (int)cases[i].lowest);
        }
        log_write(NULL, LOG_TRACE, "quiet", NULL, 0);
        struct str text = capture_end(&capture, &t.cx);
        CHECK_I64(cases[i].set, text.len > 0, cases[i].lowest == LOG_TRACE);
    }
}

static void log_level_falls_back_to_its_short_name(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("AWS_LAMBDA_LOG_LEVEL"), 0);
    assert_int_equal(setenv("LOG_LEVEL", "error", 1), 0);
    log_init();
    CHECK_I64("warn", log_is_on(LOG_WARN), false);
    CHECK_I64("error", log_is_on(LOG_ERROR), true);
    assert_int_equal(unsetenv("LOG_LEVEL"), 0);
    log_init();
    CHECK_I64("info", log_is_on(LOG_INFO), true);
}

static struct str letters(struct ctx *cx, size_t count)
{
    char *text = ARENA_ARRAY(cx->arena, char, count);
    memset(text, 'x', count);
    return (struct str){.ptr = text, .len = count};
}

static void log_line_is_cut_at_a_field(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct capture capture;
    capture_begin(&capture, "INFO", "JSON");
    LOG(&t.cx, LOG_INFO, "long", LOG_I64("first", 1), LOG_STR("huge", letters(&t.cx, KIB(16))),
        LOG_I64("last", 2));
    struct str line = capture_end(&capture, &t.cx);
    const struct json *root = line_read(&t.cx, line);
    CHECK_STR("first", json_find(root, STR("first"))->span, STR("1"));
    assert_null(json_find(root, STR("huge")));
    assert_null(json_find(root, STR("last")));
    CHECK_STR("mark", json_find(root, STR("truncated"))->span, STR("true"));
}

/* Whatever the length of the last field, the line stays whole JSON and within its limit. */
static void log_line_is_whole_at_every_length_near_the_limit(void **state)
{
    (void)state;
    size_t cut = 0;
    size_t whole = 0;
    for (size_t len = KIB(16) - 160; len < KIB(16); len++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct capture capture;
        capture_begin(&capture, "INFO", "JSON");
        LOG(&t.cx, LOG_INFO, "long", LOG_STR("huge", letters(&t.cx, len)));
        struct str line = capture_end(&capture, &t.cx);
        const struct json *root = line_read(&t.cx, line);
        assert_true(line.len <= KIB(16));
        bool is_cut = json_find(root, STR("truncated")) != NULL;
        CHECK_I64("the field, or the mark", json_find(root, STR("huge")) != NULL, !is_cut);
        cut += is_cut ? 1 : 0;
        whole += is_cut ? 0 : 1;
    }
    assert_true(cut > 0 && whole > 0);
}

static void log_text_line_stays_one_line(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.request_id = STR("r1");
    struct capture capture;
    capture_begin(&capture, "INFO", "Text");
    LOG(&t.cx, LOG_ERROR, "failed", LOG_CSTR("why", "a\nb\x1b[0m"), LOG_I64("n", 3),
        LOG_F64("ms", 1.5), LOG_BOOL("again", false));
    LOG(NULL, LOG_INFO, "idle", LOG_I64("n", 0));
    struct str text = capture_end(&capture, &t.cx);
    CHECK_STR(
        "text", text,
        STR("ERROR r1 failed why=\"a\\nb\\u001b[0m\" n=3 ms=1.5 again=false\nINFO - idle n=0\n"));
}

static void log_text_line_is_cut_at_a_field(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct capture capture;
    capture_begin(&capture, "INFO", "Text");
    LOG(NULL, LOG_INFO, "long", LOG_I64("n", 1), LOG_STR("huge", letters(&t.cx, KIB(16))));
    CHECK_STR("text", capture_end(&capture, &t.cx), STR("INFO - long n=1 truncated=true\n"));
}

static void log_json_line_says_whose_work_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct str trace, want;
    } cases[] = {
        {"root alone", STR_INIT("Root=1-58406520-a006649127e371903a2de979"),
         STR_INIT("1-58406520-a006649127e371903a2de979")},
        {"root among others",
         STR_INIT("Lineage=a:1;Root=1-58406520-a006649127e371903a2de979;Sampled=1"),
         STR_INIT("1-58406520-a006649127e371903a2de979")},
        {"none", STR_INIT(""), STR_INIT("")},
        {"malformed", STR_INIT("Root=x\",\"level\":\"FATAL"), STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.tenant_id = STR("tenant \"7\"");
        t.cx.trace_id = cases[i].trace;
        struct capture capture;
        capture_begin(&capture, "INFO", "json");
        LOG(&t.cx, LOG_INFO, "asked", LOG_I64("n", 1));
        const struct json *root = line_read(&t.cx, capture_end(&capture, &t.cx));
        CHECK_STR(cases[i].name, json_find_str(root, STR("tenantId")), STR("tenant \"7\""));
        CHECK_STR(cases[i].name, json_find_str(root, STR("traceId")), cases[i].want);
        CHECK_I64(cases[i].name, json_find(root, STR("traceId")) != NULL, cases[i].want.len > 0);
    }
}

static void log_format_is_read_in_any_case_and_is_json_on_managed_instances(void **state)
{
    (void)state;
    static const struct {
        const char *format, *how;
        bool is_json;
    } cases[] = {
        {"Text", "on-demand", false},
        {"text", "snap-start", false},
        {"TEXT", "", false},
        {"JSON", "on-demand", true},
        {"json", "", true},
        {"xml", "", true},
        {"Text", "lambda-managed-instances", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        assert_int_equal(setenv("AWS_LAMBDA_INITIALIZATION_TYPE", cases[i].how, 1), 0);
        struct capture capture;
        capture_begin(&capture, "INFO", cases[i].format);
        LOG(NULL, LOG_INFO, "asked", LOG_I64("n", 1));
        struct str text = capture_end(&capture, &t.cx);
        CHECK_I64(cases[i].format, text.ptr[0] == '{', cases[i].is_json);
    }
    assert_int_equal(unsetenv("AWS_LAMBDA_INITIALIZATION_TYPE"), 0);
}

/* Values that try to be a line, a field or a terminal's command, each in both formats. */
static void log_value_cannot_pass_for_a_line_or_a_field(void **state)
{
    (void)state;
    static const struct str values[] = {
        STR_INIT("x\nERROR r1 forged"),
        STR_INIT("x\r\n{\"level\":\"FATAL\"}"),
        STR_INIT("x again=true"),
        STR_INIT("\" again=true"),
        STR_INIT("\\\" again=true"),
        STR_INIT("x\",\"again\":true,\"y\":\""),
        STR_INIT("\x1b[2J\x7f\xC2\x9B"
                 "31m\xE2\x80\xA8 next \xE2\x80\xA9\xC2\x85"),
        STR_INIT(""),
        STR_INIT("\0end"),
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(values); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.request_id = values[i / 2];
        struct capture capture;
        capture_begin(&capture, "INFO", i % 2 == 0 ? "Text" : "JSON");
        LOG(&t.cx, LOG_INFO, "asked", LOG_STR("why", values[i / 2]), LOG_BOOL("again", false));
        struct str text = capture_end(&capture, &t.cx);
        CHECK_I64("one line", str_find_char(text, '\n'), text.len - 1);
        for (size_t at = 0; at + 1 < text.len; at++) {
            unsigned char c = (unsigned char)text.ptr[at];
            assert_true(c >= ' ' && c != 0x7f);
        }
        CHECK_I64("no second set of controls", str_find(text, STR("\xC2\x9B")), SIZE_MAX);
        CHECK_I64("no line separator", str_find(text, STR("\xE2\x80\xA8")), SIZE_MAX);
        assert_true(
            str_has_suffix(text, i % 2 == 0 ? STR(" again=false\n") : STR(",\"again\":false}\n")));
    }
}

/* ---- several who write ----------------------------------------------------------------------- */

enum { WRITERS = 8, LINES_EACH = 60 };

static void *write_lines(void *arg)
{
    const char *letter = arg;
    char value[KIB(12)]; /* three times what a pipe takes whole */
    memset(value, *letter, sizeof value);
    for (size_t i = 0; i < LINES_EACH; i++) {
        size_t len = sizeof value - i * 150;
        LOG(NULL, LOG_INFO, "long", LOG_STR("v", ((struct str){value, len})));
    }
    return NULL;
}

static void check_thread_line(struct ctx *cx, struct str line, size_t seen[static WRITERS])
{
    const struct json *root = NULL;
    CHECK_STATUS(cx, json_read(cx, line, NULL, &root), OK);
    struct str value = json_find_str(root, STR("v"));
    assert_true(value.len > 0 && value.ptr[0] >= 'a' && value.ptr[0] < 'a' + WRITERS);
    for (size_t i = 0; i < value.len; i++) {
        assert_int_equal(value.ptr[i], value.ptr[0]);
    }
    seen[value.ptr[0] - 'a']++;
}

static void log_lines_of_threads_never_mix(void **state)
{
    (void)state;
    static char letters_of[WRITERS];
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct capture capture;
    pthread_t threads[WRITERS];
    size_t seen[WRITERS] = {0};
    capture_begin(&capture, "INFO", "JSON");
    for (size_t i = 0; i < WRITERS; i++) {
        letters_of[i] = (char)('a' + i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &letters_of[i]), 0);
    }
    struct buf text = buf_in(&t.arena, MIB(8));
    (void)buf_reserve(&text, MIB(8));
    for (size_t lines = 0; lines < (size_t)WRITERS * LINES_EACH;) {
        char *place = buf_reserve(&text, 4000); /* small bites, so that the pipe stays full */
        assert_non_null(place);
        ssize_t got = read(capture.ends[0], place, 4000);
        assert_true(got > 0);
        buf_commit(&text, (size_t)got);
        for (ssize_t i = 0; i < got; i++) {
            lines += place[i] == '\n';
        }
    }
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    struct str rest = buf_str(&text), line = {0};
    while (str_split_next(&rest, '\n', &line) && line.len > 0) {
        check_thread_line(&t.cx, line, seen);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        CHECK_I64("lines", seen[i], LINES_EACH);
    }
    (void)capture_end(&capture, &t.cx);
}

/* Nobody reads, and the descriptor does not wait: what was cut does not swallow the next line. */
static void log_line_that_broke_off_is_ended_before_the_next(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct capture capture;
    capture_begin(&capture, "INFO", "Text");
    assert_int_equal(fcntl(capture.ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_true(fcntl(capture.ends[1], F_SETPIPE_SZ, 4096) >= 4096);
    struct str large = letters(&t.cx, KIB(12));
    LOG(NULL, LOG_INFO, "cut", LOG_STR("v", large));
    log_write(NULL, LOG_INFO, "lost", NULL, 0);
    char drained[KIB(16)];
    size_t cut = 0;
    while (cut < 4096) {
        ssize_t got = read(capture.ends[0], drained + cut, sizeof drained - cut);
        assert_true(got > 0);
        cut += (size_t)got;
    }
    assert_int_equal(memchr(drained, '\n', cut) == NULL, true);
    log_write(NULL, LOG_INFO, "whole", NULL, 0);
    log_write(NULL, LOG_INFO, "next", NULL, 0);
    CHECK_STR("rest", capture_end(&capture, &t.cx), STR("\nINFO - whole\nINFO - next\n"));
}

struct hanging {
    int fd;
    struct str line;
};

/* At the full pipe, holding everybody's turn. */
static void *hang(void *arg)
{
    const struct hanging *hanging = arg;
    log_line_send(hanging->fd, hanging->line);
    return NULL;
}

static void log_last_words_wait_for_nobody(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    int full[2];
    struct capture last;
    pthread_t thread;
    assert_int_equal(pipe(full), 0);
    assert_true(fcntl(full[1], F_SETPIPE_SZ, 4096) >= 4096);
    struct hanging hanging = {.fd = full[1], .line = letters(&t.cx, KIB(12))};
    assert_int_equal(pthread_create(&thread, NULL, hang, &hanging), 0);
    struct pollfd room = {.fd = full[1], .events = POLLOUT};
    while (poll(&room, 1, 1) != 0) {
    }
    capture_begin(&last, "INFO", "Text");
    log_write(NULL, LOG_FATAL, "crashed", NULL, 0);
    CHECK_STR("last words", capture_end(&last, &t.cx), STR("\nFATAL - crashed\n"));
    char drained[KIB(12)];
    for (size_t got = 0; got < sizeof drained;) {
        ssize_t more = read(full[0], drained + got, sizeof drained - got);
        assert_true(more > 0);
        got += (size_t)more;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(close(full[0]) | close(full[1]), 0);
}

static void log_to_a_closed_descriptor_is_dropped(void **state)
{
    (void)state;
    struct capture capture;
    capture_begin(&capture, "INFO", "JSON");
    assert_int_equal(close(capture.ends[1]), 0);
    LOG(NULL, LOG_INFO, "nobody_listens", LOG_I64("n", 1));
    log_to(STDERR_FILENO);
    assert_int_equal(close(capture.ends[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_json_line_holds_event_and_fields),
        cmocka_unit_test(log_line_without_context_has_no_request_id),
        cmocka_unit_test(log_level_filters),
        cmocka_unit_test(log_level_falls_back_to_its_short_name),
        cmocka_unit_test(log_line_is_cut_at_a_field),
        cmocka_unit_test(log_line_is_whole_at_every_length_near_the_limit),
        cmocka_unit_test(log_text_line_stays_one_line),
        cmocka_unit_test(log_text_line_is_cut_at_a_field),
        cmocka_unit_test(log_json_line_says_whose_work_it_is),
        cmocka_unit_test(log_format_is_read_in_any_case_and_is_json_on_managed_instances),
        cmocka_unit_test(log_value_cannot_pass_for_a_line_or_a_field),
        cmocka_unit_test(log_lines_of_threads_never_mix),
        cmocka_unit_test(log_line_that_broke_off_is_ended_before_the_next),
        cmocka_unit_test(log_last_words_wait_for_nobody),
        cmocka_unit_test(log_to_a_closed_descriptor_is_dropped),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
