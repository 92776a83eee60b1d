/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/pg/pg.h"

#include <libpq-fe.h>

struct pg {
    struct arena
        arena;       /* holds this struct and a fixed URL, for as long as the process wants them */
    const char *url; /* NULL: not asked for yet */
    pg_url_fn *url_fn; /* NULL: the URL is fixed */
    void *url_arg;
    PGconn *conn;      /* NULL: closed */
    struct pg_tx *tx;  /* the one under way, or NULL */
    bool has_answered; /* `conn` served before, so it may have died since */
};

enum pg_io { PG_IO_READY, PG_IO_LATE, PG_IO_LOST };

/* A moment `wait_ms` from now, or the deadline if that is earlier: Unix epoch, ms. */
int64_t pg_until_ms(const struct ctx *cx, int64_t wait_ms);
/* The deadline, or 0: none. */
int64_t pg_until_deadline(const struct ctx *cx);

/* A connection that, as far as can be told without asking the server, lives. */
enum status pg_conn_ready(struct ctx *cx, struct pg *pg) MUST_CHECK;
void pg_conn_drop(struct pg *pg);
/* Sends what is queued and reads, until PQgetResult would not block. */
enum pg_io pg_conn_await(PGconn *conn, int64_t until_ms) MUST_CHECK;
/* Sends what is queued. */
enum pg_io pg_conn_flush(PGconn *conn, int64_t until_ms) MUST_CHECK;
/* Reports why `io` is not ready, and drops the connection. */
enum status pg_conn_failed(struct ctx *cx, struct pg *pg, enum pg_io io);
/* Awaits and takes the next result; NULL is libpq's end of a statement. */
enum status pg_conn_result(struct ctx *cx, struct pg *pg, PGresult **result) MUST_CHECK;

/* OK, or the chain from a result that tells of an error. `tx` may be NULL. Frees nothing. */
enum status pg_result_status(struct ctx *cx, struct pg *pg, struct pg_tx *tx,
                             const PGresult *result) MUST_CHECK;

/* Parameters as libpq wants them: C strings in the arena, NULL for NULL. */
enum status pg_params_text(struct ctx *cx, const struct pg_query *query,
                           const char *const **texts) MUST_CHECK;

/* Opens the transaction on the server if it is only queued. */
enum status pg_tx_open(struct ctx *cx, struct pg_tx *tx) MUST_CHECK;
/* Notes in `tx` that `status` ended its use. Returns `status`. */
enum status pg_tx_failed(struct pg_tx *tx, enum status status);

/* Gives `result` to the arena and describes it. */
void pg_rows_take(struct ctx *cx, struct pg_rows *rows, PGresult *result);
