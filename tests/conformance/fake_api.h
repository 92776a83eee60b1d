/*
 * A scripted Runtime API on loopback: a test starts the probe (path in CLAMBDA_PROBE), takes its
 * requests one by one as the bytes that came, and answers with the bytes it likes. Plain sockets,
 * one thread: test and server are the same story, told in order.
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAKE_PATIENCE_MS = 10000, FAKE_MAX_REQUEST = 8 * 1024 * 1024, FAKE_MAX_ENV = 32 };

struct fake {
    struct arena arena;
    int listener, conn; /* conn: -1 when there is none */
    int port;
    int connections;     /* made by the probe so far */
    int log;             /* what the probe wrote to standard error */
    const char *program; /* in place of the probe */
    pid_t pid;           /* 0 once it was waited for */
};

/* One request as it came over the wire; in the fake's arena. */
struct wire {
    struct str head; /* request line and headers, with the empty line */
    struct str body;
    int reads; /* recv calls until it was whole */
};

/* ---- the probe ------------------------------------------------------------------------------- */

static inline struct str fake_log(struct fake *fake)
{
    off_t size = lseek(fake->log, 0, SEEK_END);
    assert_true(size >= 0);
    char *text = ARENA_ARRAY(&fake->arena, char, (size_t)size + 1);
    assert_int_equal(pread(fake->log, text, (size_t)size, 0), size);
    return (struct str){.ptr = text, .len = (size_t)size};
}

static inline void fake_give_up(struct fake *fake, const char *what)
{
    struct str log = fake_log(fake);
    print_error("%s; the probe's log:\n" STR_FMT "\n", what, STR_ARG(log));
    assert_true(false);
}

static inline size_t fake_log_count(struct fake *fake, const char *needle)
{
    struct str rest = fake_log(fake);
    struct str word = str_from_cstr(needle);
    size_t count = 0;
    for (size_t at = str_find(rest, word); at != SIZE_MAX; at = str_find(rest, word)) {
        rest = str_slice(rest, at + word.len, rest.len);
        count++;
    }
    return count;
}

#define CHECK_LOG(fake, needle, want) CHECK_I64((needle), fake_log_count((fake), (needle)), (want))

static inline NORETURN void fake_exec(const struct fake *fake, const char *const *env)
{
    const char *program = fake->program != NULL ? fake->program : getenv("CLAMBDA_PROBE");
    if (program != NULL && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
        dup2(fake->log, STDERR_FILENO) == STDERR_FILENO) {
        (void)execle(program, program, (char *)NULL, env);
    }
    _exit(127);
}

/* Starts the probe with these variables alone, NULL-terminated. */
static inline void fake_start_bare(struct fake *fake, const char *const *env)
{
    assert_true(fake->program != NULL || getenv("CLAMBDA_PROBE") != NULL);
    fake->log = memfd_create("probe-log", MFD_CLOEXEC);
    assert_true(fake->log >= 0);
    fake->pid = fork();
    assert_true(fake->pid >= 0);
    if (fake->pid == 0) {
        fake_exec(fake, env);
    }
}

static inline void fake_listen(struct fake *fake)
{
    *fake = (struct fake){.conn = -1};
    arena_init(&fake->arena, 0);
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fake->listener >= 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    struct sockaddr *generic = (struct sockaddr *)&address;
    assert_int_equal(bind(fake->listener, generic, size), 0);
    assert_int_equal(listen(fake->listener, 8), 0);
    assert_int_equal(getsockname(fake->listener, generic, &size), 0);
    fake->port = ntohs(address.sin_port);
}

/* Starts the probe with the address and more variables, NULL-terminated or NULL. */
static inline void fake_start_listening(struct fake *fake, const char *prefix,
                                        const char *const *more)
{
    const char *env[FAKE_MAX_ENV] = {
        arena_format(&fake->arena, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%d%s", fake->port, prefix).ptr,
        "AWS_LAMBDA_LOG_LEVEL=INFO",
        "LAMBDA_TASK_ROOT=/var/task",
    };
    for (size_t i = 0; more != NULL && more[i] != NULL && i < FAKE_MAX_ENV - 4; i++) {
        env[3 + i] = more[i];
    }
    fake_start_bare(fake, env);
}

static inline void fake_start_at(struct fake *fake, const char *prefix, const char *const *more)
{
    fake_listen(fake);
    fake_start_listening(fake, prefix, more);
}

/* Starts another program than the probe, by its path in the build folder; it listens already. */
static inline void fake_start_program(struct fake *fake, const char *path, const char *const *more)
{
    const char *build = getenv("CLAMBDA_BUILD");
    fake->program = arena_cstr_copy(
        &fake->arena, arena_format(&fake->arena, "%s/%s", build == NULL ? "build" : build, path));
    assert_int_equal(access(fake->program, X_OK), 0);
    fake_start_listening(fake, "", more);
}

static inline void fake_start(struct fake *fake)
{
    fake_start_at(fake, "", NULL);
}

static inline void fake_pause_us(long us)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* The exit code; 128 and more: ended by a signal. */
static inline int fake_exit_code(struct fake *fake)
{
    int status = 0;
    for (int waited_ms = 0; waited_ms < FAKE_PATIENCE_MS; waited_ms += 2) {
        if (waitpid(fake->pid, &status, WNOHANG) == fake->pid) {
            fake->pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        fake_pause_us(2000);
    }
    fake_give_up(fake, "the probe does not end");
    return -1;
}

static inline void fake_hang_up(struct fake *fake)
{
    if (fake->conn >= 0) {
        assert_int_equal(close(fake->conn), 0);
        fake->conn = -1;
    }
}

/* As the other end of a crashed machine would: the probe's next read fails (tcp(7), SO_LINGER). */
static inline void fake_reset(struct fake *fake)
{
    struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(fake->conn, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    fake_hang_up(fake);
}

static inline void fake_close(struct fake *fake)
{
    fake_hang_up(fake);
    if (fake->pid > 0) {
        (void)kill(fake->pid, SIGKILL);
        (void)waitpid(fake->pid, NULL, 0);
    }
    (void)close(fake->listener);
    (void)close(fake->log);
    arena_deinit(&fake->arena);
}

/* Waits until the log has this, for a line that nothing on the wire follows. */
static inline void fake_await_log(struct fake *fake, const char *needle)
{
    for (int waited_ms = 0; fake_log_count(fake, needle) == 0; waited_ms += 2) {
        if (waited_ms >= FAKE_PATIENCE_MS) {
            fake_give_up(fake, needle);
        }
        fake_pause_us(2000);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static inline void fake_accept(struct fake *fake)
{
    fake_hang_up(fake);
    fake->conn = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fake->conn >= 0);
    assert_int_equal(setsockopt(fake->conn, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), 0);
    fake->connections++;
}

/* Waits for bytes; a new connection takes the place of the old one. False: the old one was closed.
 */
static inline bool fake_recv(struct fake *fake, struct buf *in)
{
    struct pollfd fds[] = {{.fd = fake->listener, .events = POLLIN},
                           {.fd = fake->conn, .events = POLLIN}};
    int ready = poll(fds, 2, FAKE_PATIENCE_MS);
    if (ready <= 0) {
        fake_give_up(fake, "no request came");
    }
    if (fds[1].revents == 0) {
        fake_accept(fake);
        return true;
    }
    char *place = buf_reserve(in, KIB(64));
    assert_non_null(place);
    ssize_t got = recv(fake->conn, place, KIB(64), 0);
    if (got <= 0) {
        fake_hang_up(fake);
        return false;
    }
    buf_commit(in, (size_t)got);
    return true;
}

/* The value of a header of a request, trimmed; empty if there is none. */
static inline struct str wire_header(const struct wire *wire, const char *name)
{
    struct str rest = wire->head;
    struct str line = {0};
    while (str_split_next(&rest, '\n', &line)) {
        struct str value = line;
        struct str key = {0};
        if (str_split_next(&value, ':', &key) && value.ptr != NULL &&
            str_eq_nocase(key, str_from_cstr(name))) {
            return str_trim(value);
        }
    }
    return (struct str){0};
}

static inline bool wire_is_whole(struct str bytes, struct wire *wire)
{
    size_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end == SIZE_MAX) {
        return false;
    }
    wire->head = str_slice(bytes, 0, end + 4);
    int64_t length = 0;
    struct str declared = wire_header(wire, "content-length");
    assert_true(declared.len == 0 || str_to_i64(declared, &length));
    wire->body = str_slice(bytes, end + 4, bytes.len);
    assert_true(wire->body.len <= (size_t)length); /* nothing pipelined */
    return wire->body.len == (size_t)length;
}

static inline struct wire fake_request(struct fake *fake)
{
    struct wire wire = {0};
    struct buf in = buf_in(&fake->arena, FAKE_MAX_REQUEST);
    while (!wire_is_whole(buf_str(&in), &wire)) {
        size_t before = in.len;
        if (!fake_recv(fake, &in) && in.len > 0) {
            fake_give_up(fake, "a request was cut");
        }
        wire.reads += in.len > before ? 1 : 0;
    }
    return wire;
}

/* The next request must begin with this line. */
static inline struct wire fake_expect(struct fake *fake, const char *line)
{
    struct wire wire = fake_request(fake);
    struct str first = str_slice(wire.head, 0, str_find(wire.head, STR(" HTTP/1.1\r\n")));
    if (!str_eq(first, str_from_cstr(line))) {
        print_error("got \"" STR_FMT "\", want \"%s\"\n", STR_ARG(first), line);
        fake_give_up(fake, "another request was due");
    }
    return wire;
}

#define RUNTIME_PATH "/2018-06-01/runtime"

static inline void fake_expect_next(struct fake *fake)
{
    (void)fake_expect(fake, "GET " RUNTIME_PATH "/invocation/next");
}

static inline struct wire fake_expect_response(struct fake *fake)
{
    return fake_expect(fake, "POST " RUNTIME_PATH "/invocation/r1/response");
}

static inline struct wire fake_expect_error(struct fake *fake)
{
    return fake_expect(fake, "POST " RUNTIME_PATH "/invocation/r1/error");
}

/* ---- answers --------------------------------------------------------------------------------- */

static inline void fake_send(struct fake *fake, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fake->conn, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            fake_give_up(fake, "the probe takes no answer");
        }
        bytes = str_slice(bytes, (size_t)sent, bytes.len);
    }
}

/* A sized reply; `headers` are whole lines. */
static inline struct str fake_reply_make(struct fake *fake, int status, const char *headers,
                                         struct str body)
{
    struct buf out = buf_in(&fake->arena, SIZE_MAX);
    (void)buf_reserve(&out, body.len + 1024);
    buf_addf(&out, "HTTP/1.1 %d Any\r\n%sContent-Length: %zu\r\n\r\n", status, headers, body.len);
    buf_add(&out, body);
    return buf_str(&out);
}

static inline void fake_reply(struct fake *fake, int status, const char *headers, struct str body)
{
    fake_send(fake, fake_reply_make(fake, status, headers, body));
}

#define ID_HEADER "Lambda-Runtime-Aws-Request-Id: r1\r\n"

/* Takes the poll that is due and gives it an event with the id r1. */
static inline void fake_give_event(struct fake *fake, struct str event)
{
    fake_expect_next(fake);
    fake_reply(fake, 200, ID_HEADER, event);
}

static inline void fake_accepted(struct fake *fake)
{
    fake_reply(fake, 202, "", STR("{\"status\":\"OK\"}\n"));
}

/* The probe is well: one more event goes round, on whichever connection. */
static inline void fake_check_alive(struct fake *fake)
{
    fake_give_event(fake, STR("alive?"));
    CHECK_STR("echo", fake_expect_response(fake).body, STR("alive?"));
    fake_accepted(fake);
    fake_expect_next(fake);
}

/* The probe has ended with this code, and sent nothing after what was taken from it. */
static inline void fake_check_ended(struct fake *fake, int want)
{
    CHECK_I64("exit code", fake_exit_code(fake), want);
    struct buf rest = buf_in(&fake->arena, KIB(64));
    struct pollfd waiting = {.fd = fake->listener, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 0), 0);
    if (fake->conn >= 0) {
        (void)fake_recv(fake, &rest);
    }
    CHECK_STR("sent before its end", buf_str(&rest), STR(""));
    CHECK_LOG(fake, "runtime_stopped", want == 0 ? 0 : 1);
}
