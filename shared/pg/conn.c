#include "shared/pg/internal.h"

#include "shared/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

enum { CONNECT_MS = 5000, WORDS_MAX = 320 };

struct pg *pg_new(const char *url)
{
    struct arena arena;
    arena_init(&arena, 1024);
    struct pg *pg = ARENA_NEW(&arena, struct pg);
    *pg = (struct pg){.url = arena_cstr_copy(&arena, str_from_cstr(url))};
    pg->arena = arena;
    return pg;
}

struct pg *pg_new_asking(pg_url_fn *fn, void *arg)
{
    struct arena arena;
    arena_init(&arena, 1024);
    struct pg *pg = ARENA_NEW(&arena, struct pg);
    *pg = (struct pg){.arena = arena, .url_fn = fn, .url_arg = arg};
    return pg;
}

void pg_free(struct pg *pg)
{
    if (pg == NULL) {
        return;
    }
    pg_close(pg);
    struct arena arena = pg->arena; /* a copy: the original is in its own memory */
    arena_wipe(&arena);             /* the URL holds a password */
}

void pg_close(struct pg *pg)
{
    assert(pg->tx == NULL);
    pg_conn_drop(pg);
}

void pg_conn_drop(struct pg *pg)
{
    PQfinish(pg->conn); /* NULL is fine */
    pg->conn = NULL;
    pg->has_answered = false;
}

int64_t pg_until_deadline(const struct ctx *cx)
{
    return cx->deadline_ms;
}

int64_t pg_until_ms(const struct ctx *cx, int64_t wait_ms)
{
    int64_t until_ms = clock_now_ms() + wait_ms;
    return cx->deadline_ms != 0 && cx->deadline_ms < until_ms ? cx->deadline_ms : until_ms;
}

static enum pg_io conn_wait(const PGconn *conn, short events, int64_t until_ms)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = events};
    for (;;) {
        int64_t left = until_ms == 0 ? -1 : until_ms - clock_now_ms();
        if (until_ms != 0 && left <= 0) {
            return PG_IO_LATE;
        }
        int ready = poll(&fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready > 0) {
            return PG_IO_READY; /* an error of the socket too: libpq will say what it is */
        }
        if (ready < 0 && errno != EINTR) {
            return PG_IO_LOST;
        }
    }
}

/* One step of traffic: waits until there is something to read, or room for `unsent`. */
static enum pg_io conn_step(PGconn *conn, bool unsent, bool reading, int64_t until_ms)
{
    short events = (short)((unsent ? POLLOUT : 0) | (reading ? POLLIN : 0));
    enum pg_io io = conn_wait(conn, events, until_ms);
    if (io == PG_IO_READY && PQconsumeInput(conn) == 0) {
        return PG_IO_LOST;
    }
    return io;
}

enum pg_io pg_conn_flush(PGconn *conn, int64_t until_ms)
{
    for (;;) {
        int unsent = PQflush(conn);
        if (unsent <= 0) {
            return unsent == 0 ? PG_IO_READY : PG_IO_LOST;
        }
        /* Reading too: a server whose own answers are not read stops reading. */
        enum pg_io io = conn_step(conn, true, true, until_ms);
        if (io != PG_IO_READY) {
            return io;
        }
    }
}

enum pg_io pg_conn_await(PGconn *conn, int64_t until_ms)
{
    for (;;) {
        int unsent = PQflush(conn);
        if (PQisBusy(conn) == 0) {
            return PG_IO_READY; /* perhaps with the error that ended the connection */
        }
        if (unsent < 0) {
            return PG_IO_LOST;
        }
        enum pg_io io = conn_step(conn, unsent > 0, true, until_ms);
        if (io != PG_IO_READY) {
            return io;
        }
    }
}

/* libpq's words on one line. They name host, port and user, never the password. Where in the
 * server's source a login failed is left out. */
static void conn_words(const PGconn *conn, char out[static WORDS_MAX])
{
    struct str words = str_trim(str_from_cstr(PQerrorMessage(conn)));
    words = str_slice(words, 0, str_find(words, STR("\nLOCATION:")));
    if (words.len == 0) {
        words = STR("closed by the other side");
    }
    words = str_slice(words, 0, WORDS_MAX - 1);
    for (size_t i = 0; i < words.len; i++) {
        out[i] = words.ptr[i];
        if (out[i] == '\n' || out[i] == '\t') {
            out[i] = ' ';
        }
    }
    out[words.len] = '\0';
}

enum status pg_conn_failed(struct ctx *cx, struct pg *pg, enum pg_io io)
{
    assert(io != PG_IO_READY);
    char words[WORDS_MAX];
    conn_words(pg->conn, words);
    pg_conn_drop(pg);
    if (io == PG_IO_LATE) {
        return fail(cx, ERR_TIMEOUT, "the database did not answer before the deadline");
    }
    return fail(cx, ERR_UNAVAILABLE, "connection to the database lost: %s", words);
}

enum status pg_conn_result(struct ctx *cx, struct pg *pg, PGresult **result)
{
    enum pg_io io = pg_conn_await(pg->conn, pg_until_deadline(cx));
    if (io != PG_IO_READY) {
        return pg_conn_failed(cx, pg, io);
    }
    *result = PQgetResult(pg->conn);
    if (*result == NULL && PQstatus(pg->conn) == CONNECTION_BAD) {
        return pg_conn_failed(cx, pg, PG_IO_LOST);
    }
    return OK;
}

/* The server's notices are for people at a prompt; libpq's default writes them to stderr. */
static void notice_ignore(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* libpq's words about a URL it cannot read may quote its password: ours do not. */
static bool url_is_readable(const struct pg *pg)
{
    PQconninfoOption *options = PQconninfoParse(pg->url, NULL);
    bool readable = options != NULL;
    PQconninfoFree(options);
    return readable;
}

/* Defaults come first: what the URL says later in the list overrides them. */
static PGconn *conn_start(const struct pg *pg)
{
    const char *const keywords[] = {
        "application_name", "client_encoding", "gssencmode", "tcp_user_timeout", "dbname", NULL,
    };
    const char *const values[] = {
        "clambda", "UTF8", "disable", "5000", pg->url, NULL,
    };
    return PQconnectStartParams(keywords, values, 1);
}

static enum pg_io conn_finish(PGconn *conn, int64_t until_ms)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(conn) != CONNECTION_BAD && next != PGRES_POLLING_FAILED) {
        if (next == PGRES_POLLING_OK) {
            return PG_IO_READY;
        }
        enum pg_io io = conn_wait(conn, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms);
        if (io != PG_IO_READY) {
            return io;
        }
        next = PQconnectPoll(conn);
    }
    return PG_IO_LOST;
}

/*
 * libpq gives a failed login's SQLSTATE in words alone, and only if asked to be verbose:
 * "FATAL:  28P01: password ...". A role that may not log in is 28000; PgBouncer 1.18 says 08P01 for
 * either.
 */
static bool login_is_refused(const PGconn *conn)
{
    static const struct str codes[] = {
        STR_INIT(" 28P01: "),
        STR_INIT(" 28000: "),
        STR_INIT(" 08P01: "),
    };
    struct str words = str_from_cstr(PQerrorMessage(conn));
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (str_find(words, codes[i]) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Being late to connect is the database being away, whichever limit ended the wait. */
static enum status conn_try(struct ctx *cx, struct pg *pg, bool *refused)
{
    *refused = false;
    if (!url_is_readable(pg)) {
        return fail(cx, ERR_INTERNAL, "the database URL cannot be read");
    }
    int64_t started_ms = clock_now_ms();
    pg->conn = conn_start(pg);
    if (pg->conn == NULL) {
        return fail(cx, ERR_INTERNAL, "no memory for a database connection");
    }
    (void)PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
    enum pg_io io = conn_finish(pg->conn, pg_until_ms(cx, CONNECT_MS));
    if (io != PG_IO_READY) {
        char words[WORDS_MAX];
        conn_words(pg->conn, words);
        *refused = io == PG_IO_LOST && login_is_refused(pg->conn);
        pg_conn_drop(pg);
        return io == PG_IO_LATE
                   ? fail(cx, ERR_UNAVAILABLE, "connecting to the database: no answer in %lld ms",
                          (long long)(clock_now_ms() - started_ms))
                   : fail(cx, ERR_UNAVAILABLE, "connecting to the database: %s", words);
    }
    (void)PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
    (void)PQsetNoticeReceiver(pg->conn, notice_ignore, NULL);
    (void)PQsetnonblocking(pg->conn, 1);
    return OK;
}

static enum status conn_open(struct ctx *cx, struct pg *pg)
{
    bool refused = false;
    if (pg->url_fn == NULL) {
        return conn_try(cx, pg, &refused);
    }
    TRY(pg->url_fn(cx, pg->url_arg, false, &pg->url));
    enum status status = conn_try(cx, pg, &refused);
    if (!refused) {
        return status;
    }
    char *before = arena_cstr_copy(cx->arena, str_from_cstr(pg->url));
    TRY(pg->url_fn(cx, pg->url_arg, true, &pg->url));
    bool is_new = strcmp(before, pg->url) != 0;
    explicit_bzero(before, strlen(before));
    return is_new ? conn_try(cx, pg, &refused) : status;
}

/*
 * An idle connection has nothing to say. If it has, it is mostly the end: a FATAL message, then the
 * close, each seen by one read; a harmless message (a parameter that changed) leaves it quiet
 * again.
 */
static bool conn_lives(PGconn *conn)
{
    enum { READS_TO_EOF = 3 };
    for (int i = 0; i < READS_TO_EOF; i++) {
        struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};
        if (poll(&fd, 1, 0) == 0) {
            return PQtransactionStatus(conn) == PQTRANS_IDLE;
        }
        if (PQconsumeInput(conn) == 0 || PQstatus(conn) == CONNECTION_BAD) {
            return false;
        }
        (void)PQisBusy(conn); /* parses what was read */
    }
    return false;
}

enum status pg_conn_ready(struct ctx *cx, struct pg *pg)
{
    if (ctx_remaining_ms(cx, 1) == 0) {
        return fail(cx, ERR_TIMEOUT, "the deadline passed before the database was asked");
    }
    if (pg->conn != NULL && !conn_lives(pg->conn)) {
        pg_conn_drop(pg);
    }
    return pg->conn != NULL ? OK : conn_open(cx, pg);
}

static enum status ping_once(struct ctx *cx, struct pg *pg)
{
    TRY(pg_conn_ready(cx, pg));
    if (PQsendQuery(pg->conn, "SELECT 1") == 0) {
        return pg_conn_failed(cx, pg, PG_IO_LOST);
    }
    enum status answer = OK;
    for (;;) {
        PGresult *result = NULL;
        TRY(pg_conn_result(cx, pg, &result));
        if (result == NULL) {
            pg->has_answered = true;
            return answer;
        }
        answer = pg_result_status(cx, pg, NULL, result);
        PQclear(result);
        if (pg->conn == NULL) {
            return answer;
        }
    }
}

enum status pg_ping(struct ctx *cx, struct pg *pg)
{
    assert(pg->tx == NULL);
    bool was_old = pg->has_answered;
    enum status status = ping_once(cx, pg);
    if (status == ERR_UNAVAILABLE && was_old && ctx_remaining_ms(cx, 1) > 0) {
        status = ping_once(cx, pg);
    }
    if (status == ERR_TIMEOUT) { /* to a question that takes no time */
        return err_while(cx, ERR_UNAVAILABLE, "ping");
    }
    return status;
}
