/*
 * What comes to an extension's telemetry listener: requests as bytes, batches, and both over real
 * connections.
 */
#include "runtime/beside/telemetry_wire.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- requests -------------------------------------------------------------------------------- */

#define POST "POST / HTTP/1.1\r\n"
#define HOST "Host: sandbox.localdomain:4243\r\n"

static const struct {
    struct str bytes, body;
    int refusal; /* 0: taken */
    bool is_last;
} requests[] = {
    {STR_INIT(POST HOST "Content-Length: 2\r\n\r\n[]"), STR_INIT("[]"), 0, false},
    {STR_INIT(POST "hOST:x\r\nUser-Agent: Go\r\ncontent-LENGTH:\t2 \r\nX:\xC3\xA9\r\n\r\n[]"),
     STR_INIT("[]"), 0, false},
    {STR_INIT(POST HOST "Content-Length: 0\r\nConnection: Close\r\n\r\n"), STR_INIT(""), 0, true},
    {STR_INIT(POST HOST "Content-Length: 000002\r\nConnection: keep-alive\r\n\r\n[]"),
     STR_INIT("[]"), 0, false},
    {STR_INIT("GET / HTTP/1.1\r\n"), STR_INIT(""), 405, true},
    {STR_INIT("PUT / HTTP/1.1\r\n"), STR_INIT(""), 405, true},
    {STR_INIT("POST /x HTTP/1.1\r\n"), STR_INIT(""), 404, true},
    {STR_INIT("POST http://a/ HTTP/1.1\r\n"), STR_INIT(""), 404, true},
    {STR_INIT("POST / HTTP/1.0\r\n"), STR_INIT(""), 505, true},
    {STR_INIT("POST / HTTP/2\r\n"), STR_INIT(""), 505, true},
    {STR_INIT("POST / HTTP/1.1 \r\n"), STR_INIT(""), 505, true},
    {STR_INIT("POST  / HTTP/1.1\r\n"), STR_INIT(""), 400, true},
    {STR_INIT("POST / FTP/1.1\r\n"), STR_INIT(""), 400, true},
    {STR_INIT("POST /\r\n"), STR_INIT(""), 400, true},
    {STR_INIT("\r\n"), STR_INIT(""), 400, true},
    {STR_INIT("PO\tST / HTTP/1.1\r\n"), STR_INIT(""), 400, true},
    {STR_INIT("POST / HTTP/1.1\n"), STR_INIT(""), 400, true},
    {STR_INIT("POST / HTTP/1.1\rHost"), STR_INIT(""), 400, true},
    {STR_INIT(POST "Content-Length: 2\r\n\r\n[]"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST HOST), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "\r\n"), STR_INIT(""), 411, true},
    {STR_INIT(POST HOST "Transfer-Encoding: chunked\r\n"), STR_INIT(""), 411, true},
    {STR_INIT(POST HOST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), STR_INIT(""), 400,
     true},
    {STR_INIT(POST HOST "Content-Length: 2\r\nContent-Length: 2\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length: 2, 2\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length: -2\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length: +2\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length: 0x2\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length:\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "Content-Length: 4194305\r\n"), STR_INIT(""), 413, true},
    {STR_INIT(POST HOST "Content-Length: 99999999999999999999\r\n"), STR_INIT(""), 413, true},
    {STR_INIT(POST HOST "Expect: 100-continue\r\n"), STR_INIT(""), 417, true},
    {STR_INIT(POST HOST "X : y\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "no colon\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "X: y\r\n goes on\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST ": y\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "X: \x01\r\n"), STR_INIT(""), 400, true},
    {STR_INIT(POST HOST "X: y\n"), STR_INIT(""), 400, true},
};

/* Each of them whole, and with the first bytes alone: nothing is told before it is certain. */
static void request_is_judged_the_same_wherever_it_is_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct str bytes = requests[i].bytes;
        for (size_t len = 0; len <= bytes.len; len++) {
            DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
            struct str part = exact_copy(&t.cx, str_slice(bytes, 0, len));
            struct telemetry_request got = telemetry_request_read(part);
            if (len < bytes.len && got.refusal == 0) {
                CHECK_I64("more must come", got.bytes, 0);
                continue;
            }
            CHECK_I64(bytes.ptr, got.refusal, requests[i].refusal);
            CHECK_I64(bytes.ptr, got.bytes, got.refusal == 0 ? bytes.len : 0);
            CHECK_STR(bytes.ptr, got.body, requests[i].body);
            CHECK_I64(bytes.ptr, got.is_last, requests[i].is_last);
        }
    }
}

static void request_behind_another_stays(void **state)
{
    (void)state;
    struct str two = STR(POST HOST "Content-Length: 2\r\n\r\n[]" POST HOST);
    struct telemetry_request got = telemetry_request_read(two);
    CHECK_STR("body", got.body, STR("[]"));
    CHECK_STR("rest", str_slice(two, got.bytes, two.len), STR(POST HOST));
}

static void head_may_have_16_kib(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct buf head = buf_in(&t.arena, KIB(32));
        buf_add(&head, STR(POST HOST "Content-Length: 2\r\nX: "));
        while (head.len < TELEMETRY_MAX_HEAD_BYTES - 4 + over) {
            buf_add_char(&head, 'x');
        }
        buf_add(&head, STR("\r\n\r\n[]"));
        struct telemetry_request got = telemetry_request_read(buf_str(&head));
        CHECK_I64("refusal", got.refusal, over == 0 ? 0 : 431);
        CHECK_I64("bytes", got.bytes, over == 0 ? head.len : 0);
    }
}

/* ---- batches --------------------------------------------------------------------------------- */

/* What came, copied out of the batch. */
struct seen {
    struct arena arena;
    struct telemetry_event events[16];
    size_t count;
    pthread_mutex_t lock;
};

static void seen_open(struct seen *seen)
{
    *seen = (struct seen){.lock = PTHREAD_MUTEX_INITIALIZER};
    arena_init(&seen->arena, 0);
}

static void seen_close(struct seen *seen)
{
    arena_deinit(&seen->arena);
}

static void note(struct ctx *cx, const struct telemetry_event *event, void *arg)
{
    struct seen *seen = arg;
    (void)arena_str_copy(cx->arena, event->record); /* may be used, and is gone after the batch */
    assert_int_equal(pthread_mutex_lock(&seen->lock), 0);
    if (seen->count < ARRAY_LEN(seen->events)) {
        struct telemetry_event *copy = &seen->events[seen->count];
        struct str *texts[] = {&copy->type,       &copy->time,   &copy->record,
                               &copy->text,       &copy->status, &copy->request_id,
                               &copy->error_type, &copy->phase,  &copy->initialization_type};
        *copy = *event;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            *texts[i] = arena_str_copy(&seen->arena, *texts[i]);
        }
    }
    seen->count++;
    assert_int_equal(pthread_mutex_unlock(&seen->lock), 0);
}

static enum status batch(struct test_ctx *t, struct seen *seen, struct str body, uint64_t *count)
{
    const struct telemetry_options options = {.on_event = note, .arg = seen};
    return telemetry_batch_read(&t->cx, exact_copy(&t->cx, body), &options, count);
}

#define TIME "\"time\":\"2026-11-20T12:00:00.000Z\","

static void platform_events_are_read(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(seen_close) struct seen seen;
    seen_open(&seen);
    uint64_t count = 0;
    CHECK_STATUS(
        &t.cx,
        batch(&t, &seen,
              STR("[{" TIME "\"type\":\"platform.report\",\"record\":{\"requestId\":\"r1\","
                  "\"metrics\":{\"durationMs\":101.51,\"billedDurationMs\":102,\"memorySizeMB\":512"
                  ",\"maxMemoryUsedMB\":33,\"initDurationMs\":116.67},\"status\":\"success\"}},"
                  "{" TIME "\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"r2\","
                  "\"status\":\"failure\",\"errorType\":\"Function.X\","
                  "\"metrics\":{\"durationMs\":1e3,\"producedBytes\":0}}},"
                  "{" TIME "\"type\":\"platform.initReport\",\"record\":{\"phase\":\"init\","
                  "\"initializationType\":\"on-demand\",\"metrics\":{\"durationMs\":125.33}}},"
                  "{" TIME "\"type\":\"platform.restoreReport\",\"record\":{\"status\":\"timeout\","
                  "\"metrics\":{\"durationMs\":\"text\",\"restoreDurationMs\":7}}},"
                  "{" TIME "\"type\":\"platform.logsDropped\",\"record\":{\"reason\":\"slow\","
                  "\"droppedRecords\":123,\"droppedBytes\":12345}}]"),
              &count),
        OK);
    CHECK_I64("count", count, 5);
    const struct telemetry_event *report = &seen.events[0], *done = &seen.events[1],
                                 *init = &seen.events[2], *restore = &seen.events[3],
                                 *dropped = &seen.events[4];
    CHECK_STR("type", report->type, STR("platform.report"));
    CHECK_STR("time", report->time, STR("2026-11-20T12:00:00.000Z"));
    CHECK_STR("request id", report->request_id, STR("r1"));
    CHECK_STR("status", report->status, STR("success"));
    CHECK_NEAR("duration", report->duration_ms, 101.51, 0);
    CHECK_NEAR("billed", report->billed_duration_ms, 102, 0);
    CHECK_NEAR("memory", report->memory_size_mb, 512, 0);
    CHECK_NEAR("used", report->max_memory_used_mb, 33, 0);
    CHECK_NEAR("init", report->init_duration_ms, 116.67, 0);
    CHECK_NEAR("not there", report->restore_duration_ms, -1, 0);
    CHECK_STR("error type", done->error_type, STR("Function.X"));
    CHECK_NEAR("duration", done->duration_ms, 1000, 0);
    CHECK_NEAR("bytes", done->produced_bytes, 0, 0);
    CHECK_STR("phase", init->phase, STR("init"));
    CHECK_STR("how", init->initialization_type, STR("on-demand"));
    CHECK_NEAR("no number", restore->duration_ms, -1, 0);
    CHECK_NEAR("restore", restore->restore_duration_ms, 7, 0);
    CHECK_NEAR("records", dropped->dropped_records, 123, 0);
    CHECK_NEAR("bytes", dropped->dropped_bytes, 12345, 0);
    assert_true(str_has_prefix(dropped->record, STR("{\"reason\":\"slow\"")));
}

static void log_events_are_text_or_json(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(seen_close) struct seen seen;
    seen_open(&seen);
    uint64_t count = 0;
    CHECK_STATUS(&t.cx,
                 batch(&t, &seen,
                       STR("[{" TIME "\"type\":\"function\",\"record\":\"a \\\"line\\\"\\n\"},"
                           "{" TIME "\"type\":\"extension\",\"record\":{\"requestId\":\"theirs\","
                           "\"a\":1,\"a\":2}}, {" TIME "\"type\":\"new.kind\",\"record\":null}]"),
                       &count),
                 OK);
    CHECK_I64("count", count, 3);
    CHECK_STR("text", seen.events[0].text, STR("a \"line\"\n"));
    CHECK_STR("as it came", seen.events[0].record, STR("\"a \\\"line\\\"\\n\""));
    CHECK_STR("object", seen.events[1].record, STR("{\"requestId\":\"theirs\",\"a\":1,\"a\":2}"));
    CHECK_STR("no member of ours", seen.events[1].request_id, STR(""));
    CHECK_STR("what is unknown is passed on", seen.events[2].type, STR("new.kind"));
}

static void batch_with_a_fault_is_refused_whole(void **state)
{
    (void)state;
    static const struct str bodies[] = {
        STR_INIT(""),
        STR_INIT("{}"),
        STR_INIT("[1]"),
        STR_INIT("[{}]"),
        STR_INIT("[{" TIME "\"record\":1}]"),
        STR_INIT("[{" TIME "\"type\":7,\"record\":1}]"),
        STR_INIT("[{" TIME "\"type\":\"function\"}]"),
        STR_INIT("[{\"type\":\"function\",\"record\":1}]"),
        STR_INIT("[{" TIME "\"type\":\"function\",\"record\":1},{}]"),
        STR_INIT("[{" TIME "\"type\":\"function\",\"record\":1}"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        DEFER(seen_close) struct seen seen;
        seen_open(&seen);
        uint64_t count = 7;
        CHECK_STATUS(&t.cx, batch(&t, &seen, bodies[i], &count), ERR_INVALID);
        CHECK_I64(bodies[i].ptr, seen.count + count, 0);
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(seen_close) struct seen seen;
    seen_open(&seen);
    uint64_t count = 7;
    CHECK_STATUS(&t.cx, batch(&t, &seen, STR(" [ ] "), &count), OK);
    CHECK_I64("an empty one is one", count, 0);
}

/* ---- the listener ---------------------------------------------------------------------------- */

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct seen seen;
    struct telemetry_listener *listener;
};

static void world_open(struct world *w)
{
    *w = (struct world){0};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    seen_open(&w->seen);
    const struct telemetry_options options = {
        .host = STR("127.0.0.1"), .on_event = note, .arg = &w->seen};
    CHECK_STATUS(w->cx, telemetry_listen(w->cx, &options, &w->listener), OK);
}

static void world_close(struct world *w)
{
    telemetry_close(w->listener, 0);
    seen_close(&w->seen);
    test_ctx_close(&w->t);
}

static int call(const struct world *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(telemetry_port(w->listener)),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        assert_true(sent > 0);
        bytes = str_slice(bytes, (size_t)sent, bytes.len);
    }
}

/* One answer as it comes; "" at the end of the connection, "late" if nothing comes. */
static struct str hear(struct world *w, int fd, int patience_ms)
{
    struct buf text = buf_in(w->cx->arena, KIB(1));
    while (!str_has_suffix(buf_str(&text), STR("\r\n\r\n"))) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        char c = 0;
        if (poll(&waiting, 1, patience_ms) == 0) {
            return STR("late");
        }
        if (recv(fd, &c, 1, 0) <= 0) {
            break;
        }
        buf_add_char(&text, c);
    }
    return buf_str(&text);
}

enum { PATIENCE_MS = 5000, SHORT_MS = 50 };

#define ACCEPTED "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define EVENT    "[{" TIME "\"type\":\"function\",\"record\":\"x\"}]"
#define BATCH    POST HOST "Content-Length: 68\r\n\r\n" EVENT

static void batches_come_over_a_kept_connection(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    assert_int_equal(sizeof EVENT - 1, 68);
    int fd = call(&w);
    for (int i = 0; i < 3; i++) {
        say(fd, STR(BATCH));
        CHECK_STR("answer", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    }
    say(fd, STR(BATCH BATCH)); /* two at once */
    CHECK_STR("answer", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    CHECK_STR("answer", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    struct str bytes = STR(BATCH);
    for (size_t i = 0; i < bytes.len; i++) {
        say(fd, str_slice(bytes, i, i + 1));
    }
    CHECK_STR("byte by byte", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    say(fd, STR(POST HOST "Connection: close\r\nContent-Length: 2\r\n\r\n[]"));
    CHECK_STR("the last", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    CHECK_STR("closed", hear(&w, fd, PATIENCE_MS), STR(""));
    assert_int_equal(close(fd), 0);
    struct telemetry_counts counts = telemetry_counts(w.listener);
    CHECK_I64("batches", counts.batches, 7);
    CHECK_I64("events", counts.events, 6);
    CHECK_I64("refused", counts.refused, 0);
    CHECK_I64("seen", w.seen.count, 6);
}

static void what_is_no_batch_is_refused_and_ends_its_connection(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    static const struct {
        struct str bytes, answer;
    } cases[] = {
        {STR_INIT("GET / HTTP/1.1\r\n" HOST "\r\n"),
         STR_INIT("HTTP/1.1 405 Refused\r\nAllow: POST\r\nContent-Length: 0\r\n"
                  "Connection: close\r\n\r\n")},
        {STR_INIT(POST HOST "Content-Length: 1\r\n\r\n{"),
         STR_INIT("HTTP/1.1 400 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")},
        {STR_INIT(POST HOST "Content-Length: 4194305\r\n\r\n"),
         STR_INIT("HTTP/1.1 413 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")},
        {STR_INIT("\x16\x03\x01\x02\r\n\r\n"),
         STR_INIT("HTTP/1.1 400 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int fd = call(&w);
        say(fd, cases[i].bytes);
        CHECK_STR("answer", hear(&w, fd, PATIENCE_MS), cases[i].answer);
        CHECK_STR("closed", hear(&w, fd, PATIENCE_MS), STR(""));
        assert_int_equal(close(fd), 0);
    }
    int fd = call(&w);
    say(fd, STR(BATCH));
    CHECK_STR("goes on", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    assert_int_equal(close(fd), 0);
    CHECK_I64("refused", telemetry_counts(w.listener).refused, ARRAY_LEN(cases));
}

static void batch_may_have_4_mib(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct buf bytes = buf_in(w.cx->arena, MIB(5));
    buf_addf(&bytes, POST HOST "Content-Length: %d\r\n\r\n", TELEMETRY_MAX_BATCH_BYTES);
    size_t head = bytes.len;
    buf_add(&bytes, STR("[{" TIME "\"type\":\"function\",\"record\":\""));
    char *filler = buf_reserve(&bytes, TELEMETRY_MAX_BATCH_BYTES);
    size_t rest = TELEMETRY_MAX_BATCH_BYTES - (bytes.len - head) - 3;
    memset(filler, 'x', rest);
    buf_commit(&bytes, rest);
    buf_add(&bytes, STR("\"}]"));
    int fd = call(&w);
    for (int i = 0; i < 2; i++) {
        say(fd, buf_str(&bytes));
        CHECK_STR("answer", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
    }
    CHECK_I64("text", w.seen.events[0].text.len, rest);
    assert_int_equal(close(fd), 0);
}

static void idle_connections_give_way_and_busy_ones_do_not(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    int fds[TELEMETRY_MAX_CONNECTIONS + 2];
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        fds[i] = call(&w);
        say(fds[i], STR(BATCH));
        CHECK_STR("answer", hear(&w, fds[i], PATIENCE_MS), STR(ACCEPTED));
    }
    int *more = &fds[TELEMETRY_MAX_CONNECTIONS];
    more[0] = call(&w);
    say(more[0], STR(BATCH));
    CHECK_STR("one more", hear(&w, more[0], PATIENCE_MS), STR(ACCEPTED));
    CHECK_STR("the oldest went", hear(&w, fds[0], PATIENCE_MS), STR(""));
    say(more[0], STR(POST));
    for (size_t i = 1; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        say(fds[i], STR(POST));
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* all of them are seen */
    more[1] = call(&w);
    say(more[1], STR(BATCH));
    CHECK_STR("all are busy", hear(&w, more[1], SHORT_MS), STR("late"));
    say(fds[2], STR(HOST "Content-Length: 2\r\n\r\n[]"));
    CHECK_STR("one is done", hear(&w, fds[2], PATIENCE_MS), STR(ACCEPTED));
    CHECK_STR("then the next", hear(&w, more[1], PATIENCE_MS), STR(ACCEPTED));
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

/* A byte now and then, in all places, must not keep Lambda's batches out. */
static void a_request_that_never_ends_gives_way(void **state)
{
    (void)state;
    enum { DRIPS = 200 };
    DEFER(world_close) struct world w;
    world_open(&w);
    int fds[TELEMETRY_MAX_CONNECTIONS + 1];
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        fds[i] = call(&w);
        say(fds[i], STR(POST "A: "));
    }
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* all of them are seen */
    int *batch = &fds[TELEMETRY_MAX_CONNECTIONS];
    *batch = call(&w);
    say(*batch, STR(BATCH));
    struct str heard = STR("late");
    for (int i = 0; i < DRIPS && str_eq(heard, STR("late")); i++) {
        for (size_t k = 0; k < TELEMETRY_MAX_CONNECTIONS; k++) {
            (void)send(fds[k], "x", 1, MSG_NOSIGNAL);
        }
        heard = hear(&w, *batch, SHORT_MS);
    }
    CHECK_STR("batch", heard, STR(ACCEPTED));
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

static void close_lingers_as_long_as_asked(void **state)
{
    (void)state;
    for (int linger = 0; linger < 2; linger++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        int fd = call(&w);
        say(fd, STR(BATCH));
        CHECK_STR("before", hear(&w, fd, PATIENCE_MS), STR(ACCEPTED));
        say(fd, STR(POST HOST "Content-Length: 68\r\n\r\n"));
        int64_t started_us = clock_mono_us();
        if (linger > 0) {
            say(fd, STR(EVENT));
        }
        telemetry_close(w.listener, linger > 0 ? 150 : 0);
        w.listener = NULL;
        int64_t took_ms = (clock_mono_us() - started_us) / 1000;
        CHECK_I64("events", w.seen.count, 1 + linger);
        assert_true(linger > 0 ? took_ms >= 150 : took_ms < 100);
        assert_int_equal(close(fd), 0);
    }
}

static void listener_that_cannot_be_is_refused(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    struct telemetry_listener *other = NULL;
    const struct {
        struct telemetry_options options;
        enum status want;
    } cases[] = {
        {{.host = STR("127.0.0.1")}, ERR_INVALID},
        {{.host = STR("127.0.0.1"), .port = 9001, .on_event = note}, ERR_INVALID},
        {{.host = STR("no.such.name.invalid"), .on_event = note}, ERR_UPSTREAM},
        {{.host = STR("127.0.0.1"), .port = telemetry_port(w.listener), .on_event = note},
         ERR_UPSTREAM},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STATUS(w.cx, telemetry_listen(w.cx, &cases[i].options, &other), cases[i].want);
        assert_null(other);
    }
    telemetry_close(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_judged_the_same_wherever_it_is_split),
        cmocka_unit_test(request_behind_another_stays),
        cmocka_unit_test(head_may_have_16_kib),
        cmocka_unit_test(platform_events_are_read),
        cmocka_unit_test(log_events_are_text_or_json),
        cmocka_unit_test(batch_with_a_fault_is_refused_whole),
        cmocka_unit_test(batches_come_over_a_kept_connection),
        cmocka_unit_test(what_is_no_batch_is_refused_and_ends_its_connection),
        cmocka_unit_test(batch_may_have_4_mib),
        cmocka_unit_test(idle_connections_give_way_and_busy_ones_do_not),
        cmocka_unit_test(a_request_that_never_ends_gives_way),
        cmocka_unit_test(close_lingers_as_long_as_asked),
        cmocka_unit_test(listener_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests_name("telemetry", tests, NULL, NULL);
}
