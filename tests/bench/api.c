/*
 * Plays the Runtime API to one program and measures it:
 *
 *   api [-s SLOTS] [-w WARM] [-n EVENTS] [-t MS] [-c CPU,CPU] [-l LOG] [-x TEXT] [-e] EVENT PROGRAM
 *       [ARGUMENT ...]
 *
 * Every poll is answered at once with the content of the file EVENT; the program must post it back,
 * spaces between JSON's tokens aside, or, with -x, anything that holds TEXT. WARM events do not
 * count, then EVENTS do, or as many as there are in MS milliseconds. An event's time runs from
 * before it is sent until its answer is here; CPU is what the program used between, per event;
 * events per second also hold what it does between its post and its next poll. SLOTS other than 0
 * sets AWS_LAMBDA_MAX_CONCURRENCY; so many events at most are out at a time. EVENTS 0 ends at the
 * first poll. CPU,CPU pins emulator and program. -e ends the program with a 500, so that it leaves
 * by itself, instead of killing it.
 *
 * One thread, epoll, blocking writes: an event fits into the socket's buffer.
 */
#include "tests/bench/program.h"
#include "tests/bench/request.h"
#include "tests/bench/samples.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNS_MAX = 512,
    HEAD_MAX = 1024,
    EVENT_MAX = 256 * 1024,
    INBOX_ROOM = 2 * EVENT_MAX, /* a page that nobody touches costs nothing */
    READY_MAX = 64,
    PATIENCE_MS = 60000, /* valgrind starts slowly */
    DECIMAL = 10,
    HEXADECIMAL = 16
};

struct conn {
    int fd;
    struct inbox in;
    struct conn *next_poll; /* the queue of those that wait for an event */
};

struct options {
    size_t slots, warm, events;
    int64_t limit_ms;
    int own_cpu, program_cpu;
    const char *log;
    const char *text; /* NULL: the answer is the event */
    bool ends_with_500;
};

static struct api {
    struct options options;
    int epoll, listener;
    pid_t program;
    int64_t started_ns;
    char reply[HEAD_MAX + EVENT_MAX]; /* the head's room, then the event */
    size_t event_len;
    struct conn conns[CONNS_MAX]; /* by descriptor */
    struct conn *polls, **polls_end;
    int64_t sent_ns[CONNS_MAX]; /* by place in flight; 0: free */
    size_t in_flight;
    uint64_t serial; /* of the last event */
    bool is_over;
    struct samples samples;
} api;

static void die(const char *what)
{
    (void)fprintf(stderr, "api: %s: %s\n", what, strerrordesc_np(errno));
    if (api.program > 0) {
        program_end(api.program);
    }
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- the measured part ----------------------------------------------------------------------- */

static void measure_begin(void)
{
    api.samples.cpu_ns = program_cpu_ns(api.program);
    api.samples.begin_ns = now_ns();
}

static void measure_end(void)
{
    struct samples *samples = &api.samples;
    samples->end_ns = now_ns();
    api.is_over = true;
    samples->cpu_ns = program_cpu_ns(api.program) - samples->cpu_ns;
    samples->peak_kib = program_peak_kib(api.program);
}

static void measure_event(int64_t sent_ns)
{
    struct samples *samples = &api.samples;
    int64_t now = now_ns();
    if (samples->warm_left > 0) {
        if (--samples->warm_left == 0) {
            measure_begin();
        }
        return;
    }
    samples->took_ns[samples->count++] = (int32_t)(now - sent_ns);
    if (samples->count == api.options.events || samples->count == SAMPLES_MAX ||
        now - samples->begin_ns > api.options.limit_ms * 1000000) {
        measure_end();
    }
}

/* ---- what goes out --------------------------------------------------------------------------- */

static void send_all(struct conn *conn, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(conn->fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            api.samples.wrong++; /* its end is read soon */
            return;
        }
        bytes += n;
        len -= (size_t)n;
    }
}

static void send_answer(struct conn *conn, const char *status, const char *body)
{
    char text[HEAD_MAX];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                       "\r\n%s",
                       status, strlen(body), body);
    send_all(conn, text, (size_t)len);
}

/* Head and event in one write; the id's last group is the serial number, the one before the place.
 */
static void send_event(struct conn *conn)
{
    char head[HEAD_MAX];
    size_t place = 0;
    while (api.sent_ns[place] != 0) {
        place++;
    }
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    int len = snprintf(
        head, sizeof head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-%04zx-%012llx\r\n"
        "Lambda-Runtime-Deadline-Ms: %lld\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: "
        "arn:aws:lambda:eu-central-1:123456789012:function:echo\r\n"
        "Lambda-Runtime-Trace-Id: "
        "Root=1-692a1f00-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0\r\n"
        "Content-Length: %zu\r\n\r\n",
        place, (unsigned long long)++api.serial, (long long)(t.tv_sec + 30) * 1000, api.event_len);
    char *reply = api.reply + HEAD_MAX - len;
    memcpy(reply, head, (size_t)len);
    api.in_flight++;
    if (api.in_flight > api.samples.at_once) {
        api.samples.at_once = api.in_flight;
    }
    api.sent_ns[place] = now_ns();
    send_all(conn, reply, (size_t)len + api.event_len);
}

static void events_send(void)
{
    size_t slots = api.options.slots == 0 ? 1 : api.options.slots;
    while (api.polls != NULL && (api.in_flight < slots || api.is_over)) {
        struct conn *conn = api.polls;
        api.polls = conn->next_poll;
        if (api.polls == NULL) {
            api.polls_end = &api.polls;
        }
        if (api.is_over) {
            send_answer(conn, "500 Internal Server Error", "{\"errorType\":\"Over\"}");
        } else {
            send_event(conn);
        }
    }
}

/* ---- what comes in --------------------------------------------------------------------------- */

/* Some write spaces between tokens; within strings the event has none but those of both. */
static bool is_answer(const char *body, size_t len)
{
    const char *event = api.reply + HEAD_MAX;
    size_t at = 0;
    if (api.options.text != NULL) {
        return memmem(body, len, api.options.text, strlen(api.options.text)) != NULL;
    }
    if (len == api.event_len && memcmp(body, event, len) == 0) {
        return true;
    }
    for (size_t i = 0; i < len; i++) {
        if (at < api.event_len && body[i] == event[at]) {
            at++;
        } else if (body[i] != ' ') {
            return false;
        }
    }
    return at == api.event_len;
}

/* The place in flight that a path names: ".../invocation/ID/response"; CONNS_MAX: none. */
static size_t place_of(const struct request *request)
{
    static const char before[] = "/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-";
    static const char after[] = "/response";
    size_t len = sizeof before - 1 + sizeof "0000-000000000000" - 1 + sizeof after - 1;
    if (request->path_len != len || strncmp(request->path, before, sizeof before - 1) != 0 ||
        strncmp(request->path + len - (sizeof after - 1), after, sizeof after - 1) != 0) {
        return CONNS_MAX;
    }
    size_t place = strtoul(request->path + sizeof before - 1, NULL, HEXADECIMAL);
    return place < CONNS_MAX && api.sent_ns[place] != 0 ? place : CONNS_MAX;
}

static void answer_take(struct conn *conn, const struct request *request)
{
    size_t place = place_of(request);
    if (place == CONNS_MAX) {
        (void)fprintf(stderr, "api: refused: POST %.*s: %.*s\n", (int)request->path_len,
                      request->path, (int)request->body_len, request->body);
        api.samples.wrong++;
        send_answer(conn, "400 Bad Request", "{\"errorType\":\"InvalidRequestID\"}");
        return;
    }
    int64_t sent_ns = api.sent_ns[place];
    api.sent_ns[place] = 0;
    api.in_flight--;
    if (!api.is_over) {
        measure_event(sent_ns);
    }
    api.samples.wrong += !is_answer(request->body, request->body_len);
    send_answer(conn, "202 Accepted", "{\"status\":\"OK\"}\n");
}

static void poll_take(struct conn *conn)
{
    if (api.samples.first_us == 0) {
        api.samples.first_us = (now_ns() - api.started_ns) / 1000;
        if (api.samples.warm_left == 0) {
            measure_begin();
        }
        if (api.options.events == 0) {
            measure_end();
        }
    }
    conn->next_poll = NULL;
    *api.polls_end = conn;
    api.polls_end = &conn->next_poll;
}

static void polls_remove(const struct conn *gone)
{
    api.polls_end = &api.polls;
    for (struct conn *conn = api.polls; conn != NULL; conn = conn->next_poll) {
        if (conn != gone) {
            *api.polls_end = conn;
            api.polls_end = &conn->next_poll;
        }
    }
    *api.polls_end = NULL;
}

static void conn_close(struct conn *conn)
{
    polls_remove(conn);
    (void)close(conn->fd);
}

static void requests_take(struct conn *conn)
{
    struct request request;
    enum request_state state = REQUEST_PARTIAL;
    while ((state = request_read(&conn->in, &request)) == REQUEST_WHOLE) {
        if (request.is_post) {
            answer_take(conn, &request);
        } else {
            poll_take(conn);
        }
        request_drop(&conn->in, &request);
    }
    if (state == REQUEST_BAD) {
        errno = EPROTO;
        die("a request");
    }
}

static void conn_read(struct conn *conn)
{
    struct inbox *in = &conn->in;
    ssize_t n = recv(conn->fd, in->bytes + in->len, INBOX_ROOM - in->len - 1, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0) {
        conn_close(conn);
        return;
    }
    in->len += (size_t)n;
    in->bytes[in->len] = '\0'; /* numbers are read up to something else */
    requests_take(conn);
}

static void conn_accept(void)
{
    static char bytes[CONNS_MAX][INBOX_ROOM];
    int fd = accept4(api.listener, NULL, NULL, SOCK_CLOEXEC);
    struct conn *conn = &api.conns[fd];
    if (fd < 0 || fd >= CONNS_MAX) {
        die("accepting");
    }
    *conn = (struct conn){.fd = fd, .in.bytes = bytes[fd]};
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = conn};
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (epoll_ctl(api.epoll, EPOLL_CTL_ADD, fd, &want) != 0) {
        die("accepting");
    }
}

/* ---- start and end --------------------------------------------------------------------------- */

static void listen_on_free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    char address[32];
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = NULL};
    api.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    api.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (api.listener < 0 || bind(api.listener, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(api.listener, CONNS_MAX) != 0 ||
        getsockname(api.listener, (struct sockaddr *)&at, &len) != 0 ||
        epoll_ctl(api.epoll, EPOLL_CTL_ADD, api.listener, &want) != 0) {
        die("listening");
    }
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    (void)setenv("AWS_LAMBDA_RUNTIME_API", address, 1); /* NOLINT(concurrency-mt-unsafe) */
}

/* What Lambda sets and some of the programs insist on. */
static void environment_set(void)
{
    static const char *const set[][2] = {
        {"AWS_LAMBDA_FUNCTION_NAME", "echo"},
        {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"},
        {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/echo"},
        {"AWS_LAMBDA_LOG_STREAM_NAME", "bench"},
        {"AWS_REGION", "eu-central-1"},
        {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"_HANDLER", "echo.handler"},
    };
    char slots[32];
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        (void)setenv(set[i][0], set[i][1], 1); /* NOLINT(concurrency-mt-unsafe) */
    }
    if (api.options.slots > 0) {
        (void)snprintf(slots, sizeof slots, "%zu", api.options.slots);
        (void)setenv("AWS_LAMBDA_MAX_CONCURRENCY", slots, 1); /* NOLINT(concurrency-mt-unsafe) */
    }
}

static void event_load(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        die(path);
    }
    api.event_len = fread(api.reply + HEAD_MAX, 1, EVENT_MAX, file);
    (void)fclose(file);
}

static void own_cpu_set(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)api.options.own_cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

static void serve(void)
{
    struct epoll_event ready[READY_MAX];
    while (!api.is_over) {
        int count = epoll_wait(api.epoll, ready, READY_MAX, PATIENCE_MS);
        if (count == 0) {
            errno = ETIMEDOUT;
        }
        if (count <= 0) {
            die("waiting for the program");
        }
        for (int i = 0; i < count; i++) {
            if (ready[i].data.ptr == NULL) {
                conn_accept();
            } else {
                conn_read(ready[i].data.ptr);
            }
        }
        events_send();
    }
}

/* The program takes the 500 and leaves by itself. */
static void see_off(void)
{
    struct epoll_event ready[READY_MAX];
    int64_t until = now_ns() + (int64_t)PATIENCE_MS * 1000000;
    events_send();
    while (waitpid(api.program, NULL, WNOHANG) == 0) {
        int count = epoll_wait(api.epoll, ready, READY_MAX, 10);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.ptr != NULL) {
                conn_read(ready[i].data.ptr);
            }
        }
        events_send();
        if (now_ns() > until) {
            errno = ETIMEDOUT;
            die("waiting for the program's end");
        }
    }
}

static size_t number(const char *text)
{
    return strtoul(text, NULL, DECIMAL);
}

static bool options_read(int argc, char **argv, struct options *options)
{
    *options = (struct options){.warm = 1000,
                                .events = SAMPLES_MAX,
                                .limit_ms = 1000,
                                .own_cpu = -1,
                                .program_cpu = -1,
                                .log = "/dev/null"};
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    for (int letter = 0; (letter = getopt(argc, argv, "+s:w:n:t:c:l:x:e")) != -1;) {
        switch (letter) {
        case 's':
            options->slots = number(optarg);
            break;
        case 'w':
            options->warm = number(optarg);
            break;
        case 'n':
            options->events = number(optarg);
            options->limit_ms = INT32_MAX;
            break;
        case 't':
            options->limit_ms = (int64_t)number(optarg);
            break;
        case 'c':
            options->own_cpu = (int)number(optarg);
            options->program_cpu = (int)number(optarg + strcspn(optarg, ",") + 1);
            break;
        case 'l':
            options->log = optarg;
            break;
        case 'x':
            options->text = optarg;
            break;
        case 'e':
            options->ends_with_500 = true;
            break;
        default:
            return false;
        }
    }
    return argc - optind >= 2 && options->slots <= CONNS_MAX;
}

int main(int argc, char **argv)
{
    if (!options_read(argc, argv, &api.options)) {
        (void)fputs(
            "usage: api [-s SLOTS] [-w WARM] [-n EVENTS] [-t MS] [-c CPU,CPU] [-l LOG] [-e] "
            "EVENT PROGRAM [ARGUMENT ...]\n",
            stderr);
        return 2;
    }
    api.polls_end = &api.polls;
    api.samples.warm_left = api.options.warm;
    event_load(argv[optind]);
    listen_on_free_port();
    environment_set();
    if (api.options.own_cpu >= 0) {
        own_cpu_set();
    }
    api.started_ns = now_ns();
    api.program = program_start(argv + optind + 1, api.options.program_cpu, api.options.log);
    serve();
    if (api.options.ends_with_500) {
        see_off();
    } else {
        program_end(api.program);
    }
    samples_print(&api.samples);
    return EXIT_SUCCESS;
}
