/*
 * A model provider for benchmarks: speaks enough of OpenAI's chat completions that gateways pass it
 * on, and answers at once, so that what is measured is whoever stands in between.
 *
 *   upstream [-n CHUNKS] [-i MS] [-d MS]
 *
 * Prints "listening on 127.0.0.1:PORT". A request whose body has "stream":true gets CHUNKS chunks
 * (20), one every MS (5), each with the time of its writing as text ("@" and nanoseconds of
 * CLOCK_MONOTONIC), a chunk with usage and [DONE]; any other a whole answer, -d milliseconds later
 * (0).
 *
 * One thread, epoll, blocking writes.
 */
#include "tests/bench/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNS_MAX = 1024, INBOX_ROOM = 512 * 1024, TEXT_MAX = 2048, READY_MAX = 64, DECIMAL = 10 };

struct conn {
    bool is_open, is_streaming;
    struct inbox in;
    long chunks_left;
    int64_t due_ns; /* 0: nothing is */
};

static struct upstream {
    int epoll, listener;
    long chunks;
    int64_t interval_ns, delay_ns;
    struct conn conns[CONNS_MAX]; /* by descriptor */
    int fd_end;
} up = {.chunks = 20, .interval_ns = 5000000};

static void die(const char *what)
{
    (void)fprintf(stderr, "upstream: %s: %s\n", what, strerrordesc_np(errno));
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* its end is read soon */
        }
        bytes += n;
        len -= (size_t)n;
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

static void send_whole(int fd)
{
    static const char body[] =
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1790000000,"
        "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
        "\"content\":\"Chickpea salad, lentil stew, a wrap with hummus and whatever the fridge "
        "still has: three lunches, none of which takes longer than a quarter of an hour.\","
        "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":"
        "{\"prompt_tokens\":21,\"completion_tokens\":34,\"total_tokens\":55}}";
    char text[TEXT_MAX];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                       "x-request-id: req_bench\r\nContent-Length: %zu\r\n\r\n%s",
                       sizeof body - 1, body);
    send_all(fd, text, (size_t)len);
}

static void send_chunk(int fd, const char *data)
{
    char text[TEXT_MAX];
    int len = snprintf(text, sizeof text, "%zx\r\ndata: %s\n\n\r\n", strlen(data) + 8, data);
    send_all(fd, text, (size_t)len);
}

static void send_piece(struct conn *conn, int fd)
{
    char data[TEXT_MAX];
    (void)snprintf(data, sizeof data,
                   "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\","
                   "\"created\":1790000000,\"model\":\"bench\",\"choices\":[{\"index\":0,"
                   "\"delta\":{%s\"content\":\"@%lld \"},\"finish_reason\":null}]}",
                   conn->chunks_left == up.chunks ? "\"role\":\"assistant\"," : "",
                   (long long)now_ns());
    send_chunk(fd, data);
    conn->chunks_left--;
    conn->due_ns += up.interval_ns;
}

static void send_end(int fd)
{
    static const char head[] = "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\","
                               "\"created\":1790000000,\"model\":\"bench\",\"choices\":";
    char data[TEXT_MAX];
    (void)snprintf(data, sizeof data, "%s[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}",
                   head);
    send_chunk(fd, data);
    (void)snprintf(data, sizeof data,
                   "%s[],\"usage\":{\"prompt_tokens\":21,\"completion_tokens\":%ld,"
                   "\"total_tokens\":%ld}}",
                   head, up.chunks, up.chunks + 21);
    send_chunk(fd, data);
    send_chunk(fd, "[DONE]");
    send_all(fd, "0\r\n\r\n", 5);
}

static void send_due(struct conn *conn, int fd)
{
    if (!conn->is_streaming) {
        conn->due_ns = 0;
        send_whole(fd);
    } else if (conn->chunks_left > 0) {
        send_piece(conn, fd);
    } else {
        conn->due_ns = 0;
        send_end(fd);
    }
}

/* ---- requests -------------------------------------------------------------------------------- */

static void request_take(struct conn *conn, int fd, const struct request *request)
{
    static const char stream_head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
        "x-request-id: req_bench\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    conn->is_streaming = memmem(request->body, request->body_len, "\"stream\":true", 13) != NULL ||
                         memmem(request->body, request->body_len, "\"stream\": true", 14) != NULL;
    conn->chunks_left = up.chunks;
    conn->due_ns = now_ns() + (conn->is_streaming ? 0 : up.delay_ns);
    if (conn->is_streaming) {
        send_all(fd, stream_head, sizeof stream_head - 1);
    }
    if (conn->is_streaming || up.delay_ns == 0) {
        send_due(conn, fd);
    }
}

static void conn_close(struct conn *conn, int fd)
{
    (void)close(fd);
    conn->is_open = false;
    conn->due_ns = 0;
}

static void conn_read(int fd)
{
    struct conn *conn = &up.conns[fd];
    struct inbox *in = &conn->in;
    ssize_t n = recv(fd, in->bytes + in->len, INBOX_ROOM - in->len - 1, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0) {
        conn_close(conn, fd);
        return;
    }
    in->len += (size_t)n;
    in->bytes[in->len] = '\0'; /* numbers are read up to something else */
    struct request request;
    enum request_state state = REQUEST_PARTIAL;
    while ((state = request_read(in, &request)) == REQUEST_WHOLE) {
        request_take(conn, fd, &request);
        request_drop(in, &request);
    }
    if (state == REQUEST_BAD) {
        conn_close(conn, fd);
    }
}

static void conn_accept(void)
{
    static char bytes[CONNS_MAX][INBOX_ROOM]; /* a page that nobody touches costs nothing */
    int fd = accept4(up.listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || fd >= CONNS_MAX) {
        die("accepting");
    }
    up.conns[fd] = (struct conn){.is_open = true, .in.bytes = bytes[fd]};
    up.fd_end = fd >= up.fd_end ? fd + 1 : up.fd_end;
    struct epoll_event want = {.events = EPOLLIN, .data.fd = fd};
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (epoll_ctl(up.epoll, EPOLL_CTL_ADD, fd, &want) != 0) {
        die("accepting");
    }
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Sends what is due; milliseconds until the next is, -1 if nothing will be. */
static int due_serve(void)
{
    int64_t now = now_ns();
    int64_t next = INT64_MAX;
    for (int fd = 0; fd < up.fd_end; fd++) {
        struct conn *conn = &up.conns[fd];
        while (conn->is_open && conn->due_ns != 0 && conn->due_ns <= now) {
            send_due(conn, fd);
        }
        if (conn->due_ns != 0 && conn->due_ns < next) {
            next = conn->due_ns;
        }
    }
    return next == INT64_MAX ? -1 : (int)((next - now) / 1000000);
}

static void serve(void)
{
    for (;;) {
        struct epoll_event ready[READY_MAX];
        int count = epoll_wait(up.epoll, ready, READY_MAX, due_serve());
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd == up.listener) {
                conn_accept();
            } else {
                conn_read(ready[i].data.fd);
            }
        }
    }
}

static void listen_on_free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    up.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    up.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = up.listener};
    if (up.listener < 0 || bind(up.listener, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(up.listener, CONNS_MAX) != 0 ||
        getsockname(up.listener, (struct sockaddr *)&at, &len) != 0 ||
        epoll_ctl(up.epoll, EPOLL_CTL_ADD, up.listener, &want) != 0) {
        die("listening");
    }
    (void)printf("listening on 127.0.0.1:%u\n", (unsigned)ntohs(at.sin_port));
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    for (int option = 0; (option = getopt(argc, argv, "n:i:d:")) != -1;) {
        long value = optarg == NULL ? 0 : strtol(optarg, NULL, DECIMAL);
        switch (option) {
        case 'n':
            up.chunks = value;
            break;
        case 'i':
            up.interval_ns = value * 1000000;
            break;
        case 'd':
            up.delay_ns = value * 1000000;
            break;
        default:
            return EXIT_FAILURE;
        }
    }
    listen_on_free_port();
    serve();
}
