/*
 * A scripted Runtime API with many connections: the probe's slots each have their own, and streams
 * theirs. One thread still: the test asks for what it waits for, and everything that comes
 * meanwhile is kept with its connection.
 */
#pragma once

#include "shared/base/clock.h"
#include "tests/conformance/fake_api.h"

#include <fcntl.h>

enum { MANY_MAX_CONNS = 256 };

struct many_conn {
    int fd; /* -1: closed */
    struct buf in;
    bool is_polling; /* a poll waits for its answer */
    bool has_post;   /* `post` waits for its answer */
    struct wire post;
    char id[32]; /* of the event that was given to it last */
};

struct many {
    struct fake fake;
    struct many_conn conns[MANY_MAX_CONNS]; /* in the order in which they came */
    size_t count;
    uint32_t random;
    int64_t left_ms; /* of each event, until its deadline */
};

static inline size_t many_random(struct many *many, size_t below)
{
    many->random = many->random * 1664525U + 1013904223U; /* Numerical Recipes' generator */
    return below == 0 ? 0 : (many->random >> 8) % below;
}

/* Starts `program` (fake_start_program; NULL: the probe) as a concurrent function of `slots` slots;
 * `more`: NULL-terminated, or NULL. */
static inline void many_start_program(struct many *many, const char *program, const char *slots,
                                      const char *const *more)
{
    const char *env[FAKE_MAX_ENV] = {"PROBE_CONCURRENT=1"};
    *many = (struct many){.random = 1, .left_ms = 60000};
    fake_listen(&many->fake);
    assert_int_equal(listen(many->fake.listener, MANY_MAX_CONNS), 0);
    env[1] = arena_format(&many->fake.arena, "AWS_LAMBDA_MAX_CONCURRENCY=%s", slots).ptr;
    for (size_t i = 0; more != NULL && more[i] != NULL && i < FAKE_MAX_ENV - 8; i++) {
        env[2 + i] = more[i];
    }
    if (program == NULL) {
        fake_start_listening(&many->fake, "", env);
    } else {
        fake_start_program(&many->fake, program, env);
    }
}

static inline void many_start(struct many *many, const char *slots, const char *const *more)
{
    many_start_program(many, NULL, slots, more);
}

static inline void many_hang_up(struct many_conn *conn)
{
    if (conn->fd >= 0) {
        assert_int_equal(close(conn->fd), 0);
    }
    conn->fd = -1;
    conn->is_polling = conn->has_post = false;
}

static inline void many_close(struct many *many)
{
    for (size_t i = 0; i < many->count; i++) {
        many_hang_up(&many->conns[i]);
    }
    fake_close(&many->fake);
}

/* No sanitizer had anything to say (the probe may be built with ThreadSanitizer). */
static inline void many_check_sane(struct many *many)
{
    CHECK_LOG(&many->fake, "Sanitizer", 0);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static inline bool many_is_whole(struct str bytes, struct wire *wire)
{
    size_t end = str_find(bytes, STR("\r\n\r\n"));
    if (end == SIZE_MAX) {
        return false;
    }
    wire->head = str_slice(bytes, 0, end + 4);
    wire->body = str_slice(bytes, end + 4, bytes.len);
    if (wire_header(wire, "transfer-encoding").len > 0) {
        return str_has_suffix(wire->body, STR("\r\n0\r\n\r\n"));
    }
    return wire_is_whole(bytes, wire);
}

static inline void many_read(struct many *many, struct many_conn *conn)
{
    char *place = buf_reserve(&conn->in, KIB(64));
    assert_non_null(place);
    ssize_t got = recv(conn->fd, place, KIB(64), MSG_DONTWAIT);
    if (got <= 0) {
        many_hang_up(conn);
        return;
    }
    buf_commit(&conn->in, (size_t)got);
    struct wire wire = {0};
    if (!many_is_whole(buf_str(&conn->in), &wire)) {
        return;
    }
    assert_false(conn->is_polling || conn->has_post); /* one request at a time */
    conn->is_polling = str_has_prefix(wire.head, STR("GET " RUNTIME_PATH "/invocation/next "));
    conn->has_post = !conn->is_polling;
    if (conn->has_post) {
        conn->post.head = arena_str_copy(&many->fake.arena, wire.head);
        conn->post.body = arena_str_copy(&many->fake.arena, wire.body);
    }
    conn->in = buf_in(&many->fake.arena, FAKE_MAX_REQUEST);
}

static inline void many_accept(struct many *many)
{
    assert_true(many->count < MANY_MAX_CONNS);
    struct many_conn *conn = &many->conns[many->count++];
    *conn = (struct many_conn){.in = buf_in(&many->fake.arena, FAKE_MAX_REQUEST)};
    conn->fd = accept4(many->fake.listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(conn->fd >= 0);
    assert_int_equal(setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), 0);
}

/* Waits for something, and takes all that there is. */
static inline void many_pump(struct many *many)
{
    struct pollfd fds[MANY_MAX_CONNS + 1] = {{.fd = many->fake.listener, .events = POLLIN}};
    size_t count = many->count;
    for (size_t i = 0; i < count; i++) {
        fds[i + 1] = (struct pollfd){.fd = many->conns[i].fd, .events = POLLIN};
    }
    if (poll(fds, count + 1, FAKE_PATIENCE_MS) <= 0) {
        fake_give_up(&many->fake, "nothing comes");
    }
    for (size_t i = 0; i < count; i++) {
        if (fds[i + 1].revents != 0) {
            many_read(many, &many->conns[i]);
        }
    }
    if (fds[0].revents != 0) {
        many_accept(many);
    }
}

static inline size_t many_polls(const struct many *many)
{
    size_t polls = 0;
    for (size_t i = 0; i < many->count; i++) {
        polls += many->conns[i].is_polling ? 1 : 0;
    }
    return polls;
}

static inline void many_await_polls(struct many *many, size_t polls)
{
    while (many_polls(many) < polls) {
        many_pump(many);
    }
    assert_int_equal(many_polls(many), polls);
}

/* One of those that poll, by chance. */
static inline struct many_conn *many_poller(struct many *many)
{
    size_t polls = many_polls(many);
    assert_true(polls > 0);
    size_t at = many_random(many, polls);
    for (size_t i = 0; i < many->count; i++) {
        if (many->conns[i].is_polling && at-- == 0) {
            return &many->conns[i];
        }
    }
    return &many->conns[0];
}

/* A connection with a post, by chance among those that have one; waits for the first. */
static inline struct many_conn *many_poster(struct many *many)
{
    for (;;) {
        size_t first = many->count == 0 ? 0 : many_random(many, many->count);
        for (size_t i = 0; i < many->count; i++) {
            struct many_conn *conn = &many->conns[(first + i) % many->count];
            if (conn->has_post) {
                return conn;
            }
        }
        many_pump(many);
    }
}

/* The post of this event, wherever it comes. */
static inline struct many_conn *many_post_of(struct many *many, const char *id)
{
    struct str part = arena_format(&many->fake.arena, "/invocation/%s/", id);
    for (;;) {
        for (size_t i = 0; i < many->count; i++) {
            struct many_conn *conn = &many->conns[i];
            if (conn->has_post && str_find(conn->post.head, part) != SIZE_MAX) {
                return conn;
            }
        }
        many_pump(many);
    }
}

/* ---- what is answered ------------------------------------------------------------------------ */

static inline void many_send(struct many *many, struct many_conn *conn, struct str bytes)
{
    assert_int_equal(send(conn->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
    conn->is_polling = conn->has_post = false;
    (void)many;
}

static inline void many_give(struct many *many, struct many_conn *conn, const char *id,
                             struct str event)
{
    (void)snprintf(conn->id, sizeof conn->id, "%s", id);
    struct str header =
        arena_format(&many->fake.arena,
                     "Lambda-Runtime-Aws-Request-Id: %s\r\nLambda-Runtime-Trace-Id: Root=%s\r\n"
                     "Lambda-Runtime-Deadline-Ms: %lld\r\n",
                     id, id, (long long)clock_now_ms() + many->left_ms);
    many_send(many, conn, fake_reply_make(&many->fake, 200, header.ptr, event));
}

static inline void many_accepted(struct many *many, struct many_conn *conn)
{
    many_send(many, conn, fake_reply_make(&many->fake, 202, "", STR("{}")));
}

/* Gives the event to one of those that poll, and takes its response. */
static inline struct str many_call(struct many *many, const char *id, struct str event)
{
    while (many_polls(many) == 0) {
        many_pump(many);
    }
    many_give(many, many_poller(many), id, event);
    struct many_conn *conn = many_post_of(many, id);
    struct str body = conn->post.body;
    many_accepted(many, conn);
    return body;
}
