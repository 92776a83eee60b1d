/*
 * One TCP connection to one of Lambda's local APIs. libcurl makes and owns it (names, addresses of
 * both families, no proxy ever); the bytes are ours to send and receive, so that a stream can be
 * written from the handler's own stack and nothing is allocated between two invocations. The only
 * file of the runtime that sees libcurl's headers.
 *
 * Without `timeout_ms` nothing ever times out: the process may be frozen inside any wait.
 */
#pragma once

#include "shared/base/ctx.h"

struct conn {
    void *curl;  /* NULL: not connected */
    int fd;      /* of `curl`'s socket, nonblocking; counts only while `curl` is set */
    int stop_fd; /* once it can be read, a wait for bytes ends; -1: none */
};

enum conn_result {
    CONN_OK,
    CONN_CLOSED, /* by the other end, in order */
    CONN_BROKEN, /* reset, or the like */
    CONN_EARLY,  /* something can be received though not all is sent */
    CONN_LATE,   /* the time is over */
    CONN_STOPPED /* `stop_fd` */
};

/*
 * Connects to the `host:port` that `address` begins with; what follows the first slash does not
 * count. `*conn` must not be connected. `timeout_ms` 0: libcurl's own patience, five minutes.
 *
 * ERR_INVALID   `address` is no part of a URL
 * ERR_UPSTREAM  no such name, or nobody answers there
 */
enum status conn_open(struct ctx *cx, struct conn *conn, struct str address,
                      int timeout_ms) MUST_CHECK;
/* Closes it if it is connected. */
void conn_close(struct conn *conn);

static inline bool conn_is_open(const struct conn *conn)
{
    return conn->curl != NULL;
}

/* The socket, for a poll(2), or a write(2) from a signal handler; -1: not connected. */
static inline int conn_fd(const struct conn *conn)
{
    return conn->curl == NULL ? -1 : conn->fd;
}

/*
 * Sends all of `bytes`. CONN_EARLY, CONN_BROKEN: an answer may be there to receive. `end_us` is a
 * time of clock_mono_us; 0: none.
 */
enum conn_result conn_send(struct conn *conn, struct str bytes, int64_t end_us);
/* Waits for bytes and takes at most `room` of them; `*got` is 0 unless CONN_OK. */
enum conn_result conn_recv(struct conn *conn, char *place, size_t room, int64_t end_us,
                           size_t *got);
/* Something can be received now, be it the end. */
bool conn_has_input(const struct conn *conn);
