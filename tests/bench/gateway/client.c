/*
 * Loads one HTTP server: every connection sends the same POST as soon as it has its answer.
 *
 *   client [-c CONNECTIONS] [-w WARM] [-t MS] [-n REQUESTS] [-x TEXT] [-H FIELD]... HOST:PORT PATH
 * BODY
 *
 * BODY is a file. WARM requests do not count, then those of MS milliseconds do, REQUESTS at most.
 * An answer that is no 200, or lacks TEXT, is counted as wrong. Prints one line of name=value,
 * times in microseconds: `p50` and `p99` from before the request is written until the answer is
 * whole; `first` until the first byte of a body is here; `lag` of each "@NANOSECONDS" in a body
 * (upstream.c) from its writing until it is here.
 *
 * One thread, epoll. Answers are sized or chunked (RFC 9112); nothing else is understood.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNS_MAX = 512,
    ROOM = 256 * 1024,
    REQUEST_MAX = 64 * 1024,
    FIELDS_MAX = 2048,
    SAMPLES_MAX = 2000000,
    READY_MAX = 64,
    DECIMAL = 10,
    HEXADECIMAL = 16,
    STATUS_AT = 9, /* in "HTTP/1.1 200" */
};

struct conn {
    int fd;
    char *raw; /* the answer as it comes */
    size_t raw_len;
    char *body; /* without its chunks' sizes */
    size_t body_len, raw_taken, lag_at;
    bool has_head, is_chunked;
    size_t length; /* of a sized body */
    int64_t sent_ns, first_ns;
};

struct series {
    int64_t *ns;
    size_t count;
};

static struct client {
    size_t conn_count, warm, limit;
    int64_t limit_ms, begin_ns, end_ns;
    const char *text;
    struct sockaddr_in server;
    char request[REQUEST_MAX + FIELDS_MAX];
    size_t request_len, wrong;
    int epoll;
    struct conn conns[CONNS_MAX];
    struct series total, first, lag;
} client = {.conn_count = 1, .warm = 100, .limit = SAMPLES_MAX, .limit_ms = 1000, .text = ""};

static void die(const char *what)
{
    (void)fprintf(stderr, "client: %s: %s\n", what, strerrordesc_np(errno));
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- figures --------------------------------------------------------------------------------- */

static void series_add(struct series *series, int64_t ns)
{
    if (series->ns == NULL) {
        series->ns = calloc(SAMPLES_MAX, sizeof series->ns[0]);
    }
    if (series->ns != NULL && client.begin_ns != 0 && series->count < SAMPLES_MAX) {
        series->ns[series->count++] = ns;
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Nearest rank. */
static double percentile_us(const struct series *series, size_t percent)
{
    size_t rank = (series->count * percent + 99) / 100;
    return (double)series->ns[rank - 1] / 1000.0;
}

static void series_print(const char *name, struct series *series)
{
    if (series->count > 0) {
        qsort(series->ns, series->count, sizeof series->ns[0], by_size);
        (void)printf("%sp50_us=%.1f %sp99_us=%.1f ", name, percentile_us(series, 50), name,
                     percentile_us(series, 99));
    }
}

/* ---- one request ----------------------------------------------------------------------------- */

static void conn_open(struct conn *conn)
{
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (conn->fd < 0 ||
        connect(conn->fd, (const struct sockaddr *)&client.server, sizeof client.server) != 0) {
        die("connecting");
    }
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = conn};
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (epoll_ctl(client.epoll, EPOLL_CTL_ADD, conn->fd, &want) != 0) {
        die("connecting");
    }
}

static void request_send(struct conn *conn)
{
    conn->raw_len = conn->body_len = conn->raw_taken = conn->lag_at = 0;
    conn->has_head = false;
    conn->first_ns = 0;
    conn->sent_ns = now_ns();
    for (size_t at = 0; at < client.request_len;) {
        ssize_t n = send(conn->fd, client.request + at, client.request_len - at, MSG_NOSIGNAL);
        if (n <= 0) {
            die("sending");
        }
        at += (size_t)n;
    }
}

static void answer_count(struct conn *conn)
{
    bool is_right = strncmp(conn->raw + STATUS_AT, "200", 3) == 0 &&
                    memmem(conn->body, conn->body_len, client.text, strlen(client.text)) != NULL;
    int64_t now = now_ns();
    if (!is_right && client.wrong++ == 0) {
        (void)fprintf(stderr, "client: first wrong answer: %.*s\n",
                      (int)(conn->raw_len < FIELDS_MAX ? conn->raw_len : FIELDS_MAX), conn->raw);
    }
    if (client.warm > 0) {
        client.begin_ns = --client.warm == 0 ? now : 0;
        return;
    }
    series_add(&client.total, now - conn->sent_ns);
    series_add(&client.first, conn->first_ns - conn->sent_ns);
    if (now - client.begin_ns > client.limit_ms * 1000000 || client.total.count == client.limit) {
        client.end_ns = now;
    }
}

/* ---- the answer as it comes ------------------------------------------------------------------ */

static const char *field_find(const struct conn *conn, const char *end, const char *name)
{
    for (const char *line = conn->raw; line < end;) {
        line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
        if (line < end && strncasecmp(line, name, strlen(name)) == 0) {
            return line + strlen(name);
        }
    }
    return NULL;
}

static bool head_take(struct conn *conn)
{
    char *end = memmem(conn->raw, conn->raw_len, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    const char *length = field_find(conn, end + 2, "content-length:");
    conn->is_chunked = field_find(conn, end + 2, "transfer-encoding:") != NULL;
    conn->length = length == NULL ? 0 : strtoul(length, NULL, DECIMAL);
    conn->raw_taken = (size_t)(end + 4 - conn->raw);
    conn->has_head = true;
    return true;
}

/* Takes whole chunks; true after the last one. */
static bool chunks_take(struct conn *conn)
{
    for (;;) {
        char *at = conn->raw + conn->raw_taken;
        char *end = conn->raw + conn->raw_len;
        char *line_end = at == end ? NULL : memmem(at, (size_t)(end - at), "\r\n", 2);
        if (line_end == NULL) {
            return false;
        }
        size_t size = strtoul(at, NULL, HEXADECIMAL);
        if ((size_t)(end - line_end) < size + 4) {
            return false;
        }
        memcpy(conn->body + conn->body_len, line_end + 2, size);
        conn->body_len += size;
        conn->raw_taken = (size_t)(line_end + 2 + size + 2 - conn->raw);
        if (size == 0) {
            return true;
        }
    }
}

static bool body_take(struct conn *conn)
{
    if (conn->is_chunked) {
        return chunks_take(conn);
    }
    conn->body_len = conn->raw_len - conn->raw_taken;
    memcpy(conn->body, conn->raw + conn->raw_taken, conn->body_len);
    return conn->body_len >= conn->length;
}

/* Each "@NANOSECONDS " that is whole and was not there before. */
static void lags_take(struct conn *conn)
{
    int64_t now = now_ns();
    for (;;) {
        char *from = conn->body + conn->lag_at;
        size_t left = conn->body_len - conn->lag_at;
        char *at = left == 0 ? NULL : memchr(from, '@', left);
        if (at == NULL) {
            conn->lag_at = conn->body_len;
            return;
        }
        conn->lag_at = (size_t)(at - conn->body);
        char *end = memchr(at, ' ', conn->body_len - conn->lag_at);
        if (end == NULL) {
            return;
        }
        int64_t written_ns = strtoll(at + 1, NULL, DECIMAL);
        if (written_ns > 0) {
            series_add(&client.lag, now - written_ns);
        }
        conn->lag_at = (size_t)(end - conn->body);
    }
}

static void conn_read(struct conn *conn)
{
    ssize_t n = recv(conn->fd, conn->raw + conn->raw_len, ROOM - conn->raw_len - 1, 0);
    if (n <= 0) {
        client.wrong += conn->raw_len > 0;
        (void)close(conn->fd);
        conn_open(conn);
        request_send(conn);
        return;
    }
    conn->raw_len += (size_t)n;
    conn->raw[conn->raw_len] = '\0'; /* numbers are read up to something else */
    if (!conn->has_head && !head_take(conn)) {
        return;
    }
    bool is_whole = body_take(conn);
    if (conn->first_ns == 0 && conn->body_len > 0) {
        conn->first_ns = now_ns();
    }
    lags_take(conn);
    if (is_whole) {
        answer_count(conn);
        request_send(conn);
    }
}

/* ---- the program ----------------------------------------------------------------------------- */

static void options_read(int argc, char **argv, char *fields)
{
    for (int option = 0; (option = getopt(argc, argv, "c:w:t:n:x:H:")) != -1;) {
        const char *word = optarg == NULL ? "" : optarg;
        size_t number = strtoul(word, NULL, DECIMAL);
        switch (option) {
        case 'c':
            client.conn_count = number < CONNS_MAX ? number : CONNS_MAX;
            break;
        case 'w':
            client.warm = number == 0 ? 1 : number;
            break;
        case 't':
            client.limit_ms = (int64_t)number;
            break;
        case 'n':
            client.limit = number < SAMPLES_MAX ? number : SAMPLES_MAX;
            break;
        case 'x':
            client.text = word;
            break;
        case 'H':
            (void)strncat(fields, word, FIELDS_MAX - strlen(fields) - 1);
            (void)strncat(fields, "\r\n", FIELDS_MAX - strlen(fields) - 1);
            break;
        default:
            exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
        }
    }
}

static void request_make(const char *server, const char *path, const char *file, const char *fields)
{
    static char body[REQUEST_MAX];
    FILE *in = fopen(file, "rbe");
    if (in == NULL) {
        die(file);
    }
    size_t body_len = fread(body, 1, sizeof body, in);
    (void)fclose(in);
    int len = snprintf(client.request, sizeof client.request,
                       "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%s"
                       "Content-Length: %zu\r\n\r\n",
                       path, server, fields, body_len);
    if ((size_t)len + body_len > sizeof client.request) {
        errno = E2BIG;
        die("the request");
    }
    memcpy(client.request + len, body, body_len);
    client.request_len = (size_t)len + body_len;
}

static void server_find(const char *server)
{
    char host[64] = "";
    const char *colon = strchr(server, ':');
    if (colon == NULL || (size_t)(colon - server) >= sizeof host) {
        errno = EINVAL;
        die(server);
    }
    memcpy(host, server, (size_t)(colon - server));
    client.server.sin_family = AF_INET;
    client.server.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, DECIMAL));
    if (inet_pton(AF_INET, host, &client.server.sin_addr) != 1) {
        errno = EINVAL;
        die(server);
    }
}

static void load(void)
{
    client.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < client.conn_count; i++) {
        struct conn *conn = &client.conns[i];
        conn->raw = malloc(ROOM);
        conn->body = malloc(ROOM);
        if (conn->raw == NULL || conn->body == NULL) {
            die("memory");
        }
        conn_open(conn);
        request_send(conn);
    }
    while (client.end_ns == 0) {
        struct epoll_event ready[READY_MAX];
        int count = epoll_wait(client.epoll, ready, READY_MAX, -1);
        for (int i = 0; i < count && client.end_ns == 0; i++) {
            conn_read(ready[i].data.ptr);
        }
    }
}

int main(int argc, char **argv)
{
    static char fields[FIELDS_MAX];
    options_read(argc, argv, fields);
    if (argc - optind != 3) {
        (void)fputs("client: HOST:PORT PATH BODY\n", stderr);
        return EXIT_FAILURE;
    }
    server_find(argv[optind]);
    request_make(argv[optind], argv[optind + 1], argv[optind + 2], fields);
    load();
    size_t count = client.total.count;
    double seconds = (double)(client.end_ns - client.begin_ns) / 1e9;
    series_print("", &client.total);
    series_print("first_", &client.first);
    series_print("lag_", &client.lag);
    (void)printf("per_second=%.0f count=%zu wrong=%zu\n", (double)count / seconds, count,
                 client.wrong);
}
