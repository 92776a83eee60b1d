/*
 * A bootstrap with a will of its own, for tests of the local gateway: its Handler says how it
 * behaves. It speaks to the Runtime API over a bare socket, so that it can break the protocol.
 */
#include "tests/integration/bootstraps/bare.h"

#include "shared/json/json.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

/* ---- behaviours: each answers one event ------------------------------------------------------ */

static void do_echo(struct probe *p, struct str event)
{
    (void)answer(p, p->id, event);
}

static void do_slow(struct probe *p, struct str event)
{
    (void)usleep(400000);
    do_echo(p, event);
}

/* The body of the HTTP event becomes the whole answer. */
static void do_reply(struct probe *p, struct str event)
{
    struct ctx cx = {.arena = &p->arena};
    const struct json *root = NULL;
    if (json_read(&cx, event, NULL, &root) != OK) {
        exit(71);
    }
    (void)answer(p, p->id, json_find_str(root, STR("body")));
}

static void do_env(struct probe *p, struct str event)
{
    char folder[4096];
    struct buf out = buf_in(&p->arena, KIB(64));
    struct json_writer w = json_writer_on(&out);
    (void)event;
    json_object_begin(&w);
    for (char **item = environ; *item != NULL; item++) {
        struct str whole = str_from_cstr(*item);
        size_t equals = str_find_char(whole, '=');
        json_key(&w, str_slice(whole, 0, equals));
        json_str(&w, str_slice(whole, equals + 1, whole.len));
    }
    json_member_cstr(&w, "cwd", getcwd(folder, sizeof(folder)));
    json_member_cstr(&w, "deadline", p->deadline);
    json_member_i64(&w, "pid", getpid());
    json_member_i64(&w, "pgid", getpgid(0));
    json_object_end(&w);
    (void)answer(p, p->id, buf_str(&out));
}

/* Waits for the event's milliseconds, tells which process it is. */
static void do_pid(struct probe *p, struct str event)
{
    int64_t wait_ms = 0;
    if (str_to_i64(event, &wait_ms)) {
        (void)usleep((useconds_t)wait_ms * 1000);
    }
    (void)answer(p, p->id, arena_format(&p->arena, "%d", (int)getpid()));
}

static void do_crash(struct probe *p, struct str event)
{
    (void)p;
    (void)signal(SIGABRT, SIG_DFL);
    if (str_find(event, STR("exit-3")) != SIZE_MAX) {
        _exit(3);
    }
    if (str_find(event, STR("exit-0")) != SIZE_MAX) {
        _exit(0);
    }
    (void)raise(SIGKILL);
}

static void do_hang(struct probe *p, struct str event)
{
    if (str_find(event, STR("go-on")) != SIZE_MAX) {
        do_echo(p, event);
        return;
    }
    (void)fprintf(stderr, "hanging\n");
    for (;;) {
        (void)pause();
    }
}

static void do_twice(struct probe *p, struct str event)
{
    (void)event;
    struct str words = arena_format(&p->arena, "{\"second\":%d}", p->noted);
    (void)answer(p, p->id, words);
    p->noted = answer(p, p->id, STR("{\"again\":true}"));
}

static void do_error(struct probe *p, struct str event)
{
    (void)event;
    struct str path = arena_format(&p->arena, "invocation/%s/error", p->id);
    (void)post(p, path.ptr, "Lambda-Runtime-Function-Error-Type: Function.Broken\r\n",
               STR("{\"errorType\":\"Broken\",\"errorMessage\":\"as asked\",\"stackTrace\":[]}"));
}

/* The event is in the log, and the answer. */
static void do_print(struct probe *p, struct str event)
{
    (void)fprintf(stderr, "got " STR_FMT "\n", STR_ARG(event));
    do_echo(p, event);
}

/* The event is a number: so often an error comes first. */
static void do_flaky(struct probe *p, struct str event)
{
    static int64_t failed;
    int64_t wanted = 0;
    if (str_to_i64(event, &wanted) && failed < wanted) {
        failed++;
        do_error(p, event);
    } else {
        failed = 0;
        do_echo(p, event);
    }
}

/* Messages of a queue: "bad" is reported as failed, "poison" is an error, "odd" is reported by a
 * wrong name, "slow" takes its time; each is in the log with how often it was received. */
static void do_batch(struct probe *p, struct str event)
{
    struct ctx cx = {.arena = &p->arena};
    const struct json *root = NULL;
    struct buf out = buf_in(&p->arena, KIB(64));
    struct json_writer w = json_writer_on(&out);
    if (json_read(&cx, event, NULL, &root) != OK) {
        exit(74);
    }
    const struct json *records = json_find(root, STR("Records"));
    json_object_begin(&w);
    json_member_array(&w, "batchItemFailures");
    (void)fprintf(stderr, "batch of %zu\n", records->count);
    JSON_EACH (record, records) {
        struct str body = json_find_str(record, STR("body"));
        const struct json *attributes = json_find(record, STR("attributes"));
        (void)fprintf(stderr, "message " STR_FMT " receive " STR_FMT "\n", STR_ARG(body),
                      STR_ARG(json_find_str(attributes, STR("ApproximateReceiveCount"))));
        if (str_eq(body, STR("poison"))) {
            do_error(p, event);
            return;
        }
        if (str_has_prefix(body, STR("slow"))) {
            (void)usleep(300000);
        }
        if (str_eq(body, STR("bad")) || str_eq(body, STR("odd"))) {
            json_object_begin(&w);
            json_member_str(&w, str_eq(body, STR("odd")) ? "itemidentifier" : "itemIdentifier",
                            json_find_str(record, STR("messageId")));
            json_object_end(&w);
        }
    }
    json_array_end(&w);
    json_object_end(&w);
    (void)answer(p, p->id, buf_str(&out));
}

static void do_big(struct probe *p, struct str event)
{
    bool one_more = str_find(event, STR("one-more")) != SIZE_MAX;
    size_t len = MIB(6) + 100 + (one_more ? 1 : 0);
    char *text = arena_alloc(&p->arena, len, 1);
    if (str_find(event, STR("tell")) != SIZE_MAX) {
        (void)answer(p, p->id, arena_format(&p->arena, "%d", p->noted));
        return;
    }
    memset(text, 'x', len);
    text[0] = text[len - 1] = '"';
    p->noted = answer(p, p->id, (struct str){.ptr = text, .len = len});
}

/* Breaks each rule once, and tells which status it got for each. */
static void do_rules(struct probe *p, struct str event)
{
    (void)event;
    struct str path = arena_format(&p->arena, "invocation/%s/response", p->id);
    int wrong_id = answer(p, "00000000-0000-4000-8000-000000000000", STR("1"));
    int busy_next = get_next(p).status;
    int late_init = post(p, "init/error", "", STR("{}")).status;
    int bad_mode =
        post(p, path.ptr, "Lambda-Runtime-Function-Response-Mode: odd\r\n", STR("1")).status;
    int bad_nonce = post(p, path.ptr, "Lambda-Runtime-Invocation-Id: odd\r\n", STR("1")).status;
    int no_path = post(p, "nothing", "", STR("1")).status;
    struct str nonce = arena_format(&p->arena, "Lambda-Runtime-Invocation-Id: %s\r\n", p->nonce);
    (void)post(p, path.ptr, nonce.ptr,
               arena_format(&p->arena, "[%d,%d,%d,%d,%d,%d]", wrong_id, busy_next, late_init,
                            bad_mode, bad_nonce, no_path));
}

/* The answer in chunks, after an Expect: 100-continue. */
static void do_chunks(struct probe *p, struct str event)
{
    (void)event;
    send_all(p->fd, arena_format(&p->arena,
                                 "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\n"
                                 "hOST: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
                                 "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n",
                                 p->id));
    char line[64];
    ssize_t n = recv(p->fd, line, strlen("HTTP/1.1 100 Continue\r\n\r\n"), MSG_WAITALL);
    if (n < 12 || memcmp(line, "HTTP/1.1 100", 12) != 0) {
        exit(72);
    }
    static const char rest[] = "3\r\n{\"a\r\nb;x=y\r\n\":\"chunks\"}\r\n0\r\nT: v\r\n\r\n";
    for (size_t i = 0; i < sizeof(rest) - 1; i++) {
        send_all(p->fd, (struct str){.ptr = rest + i, .len = 1});
    }
    (void)receive(p);
}

/* Has a child that ignores everything; only the group's end takes it. */
static void do_family(struct probe *p, struct str event)
{
    (void)event;
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;) {
            (void)pause();
        }
    }
    (void)signal(SIGTERM, SIG_IGN);
    (void)answer(p, p->id, arena_format(&p->arena, "[%d,%d]", (int)getpid(), (int)child));
}

/* Works on after its answer. */
static void do_after(struct probe *p, struct str event)
{
    do_echo(p, event);
    (void)usleep(200000);
}

static void do_leave(struct probe *p, struct str event)
{
    do_echo(p, event);
    _exit(0);
}

/* False if nothing more is taken for half a second, or the connection is gone. */
static bool press(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, 500) != 1) {
            return false;
        }
        ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return true;
}

/* Asks and asks on a second connection, reads no answer, breaks the protocol, and talks on. The
 * answers are more than the sockets hold, and less than what the gateway would close for. */
static void do_deaf(struct probe *p, struct str event)
{
    static const struct str ping = STR_INIT("GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n");
    enum { PINGS = 95000, JUNK_BYTES = 1024 * 1024, JUNK = 64 };
    (void)event;
    int fd = connect_api();
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    struct buf pings = buf_in(&p->arena, PINGS * ping.len);
    for (int i = 0; i < PINGS; i++) {
        buf_add(&pings, ping);
    }
    struct str junk = {.ptr = arena_alloc(&p->arena, JUNK_BYTES, 1), .len = JUNK_BYTES};
    bool heard = press(fd, buf_str(&pings)) && press(fd, STR("nonsense\r\n\r\n"));
    for (int i = 0; i < JUNK && heard; i++) {
        heard = press(fd, junk);
    }
    (void)close(fd);
    (void)answer(p, p->id, heard ? STR("\"heard\"") : STR("\"not heard\""));
}

/* ---- start ----------------------------------------------------------------------------------- */

static void before_init(struct probe *p, const char *handler)
{
    if (strcmp(handler, "init-exit") == 0) {
        exit(4);
    }
    if (strcmp(handler, "init-hang") == 0) {
        for (;;) {
            (void)pause();
        }
    }
    if (strcmp(handler, "init-error") == 0) {
        (void)post(p, "init/error", "Lambda-Runtime-Function-Error-Type: Runtime.NoConfig\r\n",
                   STR("{\"errorType\":\"NoConfig\",\"errorMessage\":\"no DATABASE_URL\"}"));
        exit(1);
    }
}

int main(void)
{
    static const struct {
        const char *handler;
        void (*answer)(struct probe *, struct str);
    } behaviours[] = {
        {"echo", do_echo},   {"slow", do_slow},   {"reply", do_reply},   {"env", do_env},
        {"crash", do_crash}, {"hang", do_hang},   {"twice", do_twice},   {"error", do_error},
        {"big", do_big},     {"rules", do_rules}, {"chunks", do_chunks}, {"family", do_family},
        {"after", do_after}, {"leave", do_leave}, {"deaf", do_deaf},     {"pid", do_pid},
        {"print", do_print}, {"flaky", do_flaky}, {"batch", do_batch},
    };
    struct probe p = {.fd = connect_api()};
    const char *handler = getenv("_HANDLER");
    arena_init(&p.arena, 0);
    before_init(&p, handler != NULL ? handler : "");
    for (;;) {
        arena_reset(&p.arena);
        struct reply event = take_event(&p);
        for (size_t i = 0; i < ARRAY_LEN(behaviours); i++) {
            if (handler != NULL && strcmp(handler, behaviours[i].handler) == 0) {
                behaviours[i].answer(&p, event.body);
            }
        }
    }
}
