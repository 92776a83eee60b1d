/*
 * Connections between two requests. One is used again for half a minute at most: a server, or a
 * firewall on the way, that let go of it in silence would otherwise be found out only by a request
 * that is lost, and which must not be sent again. The clock is the calendar's, for the monotonic
 * one stands still while Lambda keeps the process frozen.
 */
#include "shared/http/internal.h"

#include "shared/base/clock.h"

enum { MAX_IDLE_MS = 30 * 1000 };

/* Nothing can be there to receive, neither bytes that nobody asked for nor the end. */
static bool is_quiet(struct http_conn *conn)
{
    char byte;
    size_t got = 0;
    return http_conn_recv(conn, &byte, sizeof byte, 0, &got) == HTTP_IO_LATE;
}

static bool is_fresh(const struct http_conn *conn)
{
    int64_t idle_ms = clock_now_ms() - conn->idle_since_ms;
    return idle_ms >= 0 && idle_ms <= MAX_IDLE_MS;
}

struct http_conn *http_pool_find(struct http *http, struct str origin)
{
    for (size_t i = 0; i < HTTP_MAX_CONNS; i++) {
        struct http_conn *conn = &http->conns[i];
        if (conn->curl == NULL || conn->is_busy || !str_eq(str_from_cstr(conn->origin), origin)) {
            continue;
        }
        if (is_fresh(conn) && is_quiet(conn)) {
            conn->is_busy = true;
            return conn;
        }
        http_conn_close(conn);
    }
    return NULL;
}

/* Empty places first, then the one that was idle longest. */
static bool is_better(const struct http_conn *a, const struct http_conn *b)
{
    if ((a->curl == NULL) != (b->curl == NULL)) {
        return a->curl == NULL;
    }
    return a->idle_since_ms < b->idle_since_ms;
}

struct http_conn *http_pool_place(struct http *http)
{
    struct http_conn *best = NULL;
    for (size_t i = 0; i < HTTP_MAX_CONNS; i++) {
        struct http_conn *conn = &http->conns[i];
        if (!conn->is_busy && (best == NULL || is_better(conn, best))) {
            best = conn;
        }
    }
    if (best != NULL) {
        http_conn_close(best);
        best->is_busy = true;
    }
    return best;
}

void http_pool_return(struct http_conn *conn, bool is_reusable)
{
    if (!is_reusable) {
        http_conn_close(conn);
    }
    conn->is_busy = false;
    conn->idle_since_ms = clock_now_ms();
}

void http_pool_close(struct http *http)
{
    for (size_t i = 0; i < HTTP_MAX_CONNS; i++) {
        http_conn_close(&http->conns[i]);
    }
}
