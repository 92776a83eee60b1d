/*
 * The listener: one thread, a poll, a few connections.
 */
#include "runtime/beside/telemetry_wire.h"

#include "shared/base/buf.h"
#include "shared/base/clock.h"

#include <assert.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_HOST STR("sandbox.localdomain")

enum {
    MAX_REQUEST_BYTES = TELEMETRY_MAX_HEAD_BYTES + TELEMETRY_MAX_BATCH_BYTES,
    READ_BYTES = 64 * 1024,
    LAMBDAS_OWN_PORT = 9001,
    MAX_HOST_BYTES = 255,
    BACKLOG = 16,
    STALLED_US = 3000000, /* a batch comes whole within milliseconds */
    LOOK_EVERY_MS = 500,  /* for one that has stalled */
};

struct connection {
    int fd; /* -1: free */
    struct arena arena;
    struct buf input;
    int64_t used_us;  /* something came */
    int64_t begun_us; /* the first byte of what is in `input` */
};

struct telemetry_listener {
    struct arena arena; /* holds this struct */
    struct telemetry_options options;
    int fd;
    int wake; /* an eventfd: the end */
    uint16_t port;
    pthread_t thread;
    struct connection connections[TELEMETRY_MAX_CONNECTIONS];
    struct arena batch; /* what one batch needs */
    _Atomic uint64_t batches, events, refused;
    _Atomic int64_t ends_us; /* 0: not yet */
};

/* ---- connections ----------------------------------------------------------------------------- */

static void connection_close(struct connection *c)
{
    if (c->fd >= 0) {
        (void)close(c->fd);
        arena_deinit(&c->arena);
        c->fd = -1;
    }
}

/* It has no request, or one that may never be whole: a byte now and then does not keep the place.
 */
static bool gives_way(const struct connection *c, int64_t now_us)
{
    return c->input.len == 0 || now_us - c->begun_us >= STALLED_US;
}

/* A free place, or that of the connection that says nothing for the longest; NULL: all are in a
 * request. */
static struct connection *place_find(struct telemetry_listener *l)
{
    struct connection *found = NULL;
    int64_t now_us = clock_mono_us();
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        struct connection *c = &l->connections[i];
        if (c->fd < 0) {
            return c;
        }
        if (gives_way(c, now_us) && (found == NULL || c->used_us < found->used_us)) {
            found = c;
        }
    }
    return found;
}

static void connection_accept(struct telemetry_listener *l)
{
    struct connection *c = place_find(l);
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || c == NULL) {
        return; /* gone again; or, with no place, not asked for */
    }
    connection_close(c);
    c->fd = fd;
    c->used_us = clock_mono_us();
    arena_init(&c->arena, READ_BYTES);
    c->input = buf_in(&c->arena, MAX_REQUEST_BYTES);
}

static bool answer_send(struct connection *c, int status)
{
    char text[128];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %d %s\r\n%sContent-Length: 0\r\n%s\r\n", status,
                       status == 200 ? "OK" : "Refused", status == 405 ? "Allow: POST\r\n" : "",
                       status == 200 ? "" : "Connection: close\r\n");
    return send(c->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

static int batch_take(struct telemetry_listener *l, struct str body)
{
    struct ctx cx = {.arena = &l->batch};
    uint64_t count = 0;
    enum status status = telemetry_batch_read(&cx, body, &l->options, &count);
    arena_reset(&l->batch);
    atomic_fetch_add(status == OK ? &l->batches : &l->refused, 1);
    atomic_fetch_add(&l->events, count);
    return status == OK ? 200 : 400;
}

/* Takes the first request off the input. False: the connection is over. */
static bool request_take(struct telemetry_listener *l, struct connection *c, bool *is_whole)
{
    struct telemetry_request request = telemetry_request_read(buf_str(&c->input));
    *is_whole = request.bytes > 0;
    if (request.refusal != 0) {
        atomic_fetch_add(&l->refused, 1);
        (void)answer_send(c, request.refusal);
        return false;
    }
    if (!*is_whole) {
        return true;
    }
    int status = batch_take(l, request.body);
    memmove(c->input.ptr, c->input.ptr + request.bytes, c->input.len - request.bytes);
    c->input.len -= request.bytes;
    c->begun_us = c->used_us;
    return answer_send(c, status) && status == 200 && !request.is_last;
}

/* After a refusal bytes may still be on their way, and closing would reset what we said. */
static void connection_end(struct connection *c)
{
    char rest[READ_BYTES];
    (void)shutdown(c->fd, SHUT_WR);
    while (recv(c->fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {
    }
    connection_close(c);
}

static void connection_read(struct telemetry_listener *l, struct connection *c)
{
    size_t room = c->input.max - c->input.len;
    size_t size = room < READ_BYTES ? room : READ_BYTES;
    char *place = buf_reserve(&c->input, size);
    assert(place != NULL && size > 0); /* a request that fills the buffer is whole, or refused */
    ssize_t got = recv(c->fd, place, size, 0);
    if (got <= 0) {
        connection_close(c);
        return;
    }
    c->used_us = clock_mono_us();
    c->begun_us = c->input.len == 0 ? c->used_us : c->begun_us;
    buf_commit(&c->input, (size_t)got);
    for (bool is_whole = true; is_whole && c->input.len > 0;) {
        if (!request_take(l, c, &is_whole)) {
            connection_end(c);
            return;
        }
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* -1: for as long as it takes; 0: it is over. */
static int patience_ms(struct telemetry_listener *l)
{
    int64_t ends_us = atomic_load(&l->ends_us);
    if (ends_us == 0) {
        return -1;
    }
    int64_t left_us = ends_us - clock_mono_us();
    return left_us <= 0 ? 0 : (int)(left_us / 1000 + 1);
}

static void turn(struct telemetry_listener *l, int timeout_ms)
{
    bool has_place = place_find(l) != NULL;
    struct pollfd fds[2 + TELEMETRY_MAX_CONNECTIONS] = {
        {.fd = timeout_ms < 0 ? l->wake : -1, .events = POLLIN},
        {.fd = has_place ? l->fd : -1, .events = POLLIN},
    };
    timeout_ms = timeout_ms < 0 && !has_place ? LOOK_EVERY_MS : timeout_ms;
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        fds[2 + i] = (struct pollfd){.fd = l->connections[i].fd, .events = POLLIN};
    }
    if (poll(fds, ARRAY_LEN(fds), timeout_ms) <= 0) {
        return;
    }
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        if (fds[2 + i].revents != 0) {
            connection_read(l, &l->connections[i]);
        }
    }
    if (fds[1].revents != 0) {
        connection_accept(l);
    }
}

static void *serve(void *arg)
{
    struct telemetry_listener *l = arg;
    for (int left_ms = patience_ms(l); left_ms != 0; left_ms = patience_ms(l)) {
        turn(l, left_ms);
    }
    return NULL;
}

/* Signals are for the program's own threads. */
static bool thread_start(struct telemetry_listener *l)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool ok = pthread_create(&l->thread, NULL, serve, l) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

/* ---- a life ---------------------------------------------------------------------------------- */

static int socket_listen(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
        bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) {
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {0};
    socklen_t size = sizeof at;
    if (getsockname(fd, &at.any, &size) != 0) {
        return 0;
    }
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static enum status bind_to(struct ctx *cx, struct telemetry_listener *l)
{
    char host[MAX_HOST_BYTES + 1], port[8];
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)snprintf(port, sizeof port, "%u", (unsigned)l->options.port);
    if (!str_to_cstr(l->options.host, host, sizeof host) ||
        getaddrinfo(host, port, &hints, &found) != 0) {
        return fail(cx, ERR_UPSTREAM, "telemetry: no address for the host to listen at");
    }
    for (const struct addrinfo *at = found; at != NULL && l->fd < 0; at = at->ai_next) {
        l->fd = socket_listen(at);
    }
    freeaddrinfo(found);
    if (l->fd < 0) {
        return fail(cx, ERR_UPSTREAM, "telemetry: port %u cannot be had",
                    (unsigned)l->options.port);
    }
    l->port = port_of(l->fd);
    return OK;
}

static void listener_free(struct telemetry_listener *l)
{
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        connection_close(&l->connections[i]);
    }
    if (l->fd >= 0) {
        (void)close(l->fd);
    }
    if (l->wake >= 0) {
        (void)close(l->wake);
    }
    arena_deinit(&l->batch);
    struct arena arena = l->arena; /* a copy: the original is in its own memory */
    arena_deinit(&arena);
}

static struct telemetry_listener *listener_new(const struct telemetry_options *options)
{
    struct arena arena;
    arena_init(&arena, sizeof(struct telemetry_listener) + KIB(1));
    struct telemetry_listener *l = ARENA_NEW(&arena, struct telemetry_listener);
    l->options = *options;
    l->options.host = arena_str_copy(&arena, options->host.len > 0 ? options->host : DEFAULT_HOST);
    l->arena = arena;
    l->fd = -1;
    l->wake = eventfd(0, EFD_CLOEXEC);
    for (size_t i = 0; i < TELEMETRY_MAX_CONNECTIONS; i++) {
        l->connections[i].fd = -1;
    }
    arena_init(&l->batch, READ_BYTES);
    return l;
}

enum status telemetry_listen(struct ctx *cx, const struct telemetry_options *options,
                             struct telemetry_listener **listener)
{
    if (options->on_event == NULL || options->port == LAMBDAS_OWN_PORT) {
        return fail(cx, ERR_INVALID, "telemetry: no on_event, or port %d, which is Lambda's own",
                    LAMBDAS_OWN_PORT);
    }
    struct telemetry_listener *l = listener_new(options);
    enum status status = bind_to(cx, l);
    if (status == OK && (l->wake < 0 || !thread_start(l))) {
        status = fail(cx, ERR_INTERNAL, "telemetry: no thread to listen on");
    }
    if (status != OK) {
        listener_free(l);
        return status;
    }
    *listener = l;
    return OK;
}

uint16_t telemetry_port(const struct telemetry_listener *listener)
{
    return listener->port;
}

struct str telemetry_host(const struct telemetry_listener *listener)
{
    return listener->options.host;
}

struct telemetry_counts telemetry_counts(const struct telemetry_listener *listener)
{
    return (struct telemetry_counts){
        .batches = atomic_load(&listener->batches),
        .events = atomic_load(&listener->events),
        .refused = atomic_load(&listener->refused),
    };
}

void telemetry_close(struct telemetry_listener *listener, int64_t linger_ms)
{
    if (listener == NULL) {
        return;
    }
    const uint64_t one = 1;
    atomic_store(&listener->ends_us, clock_mono_us() + (linger_ms > 0 ? linger_ms * 1000 : 0));
    ssize_t woken = write(listener->wake, &one, sizeof one);
    assert(woken == (ssize_t)sizeof one);
    (void)woken;
    (void)pthread_join(listener->thread, NULL);
    listener_free(listener);
}
