/*
 * PostgreSQL, for one slot: one connection, short transactions, every wait bounded by the deadline.
 * With its sources, the only place that sees libpq's header.
 *
 *   DEFER(pg_tx_end) struct pg_tx tx = {0};
 *   TRY(pg_tx_begin(cx, app->pg, &identity, &tx));
 *   TRY(pg_exec(cx, &tx, &query, &rows));
 *   return pg_tx_commit(cx, &tx);
 *
 * The connection is opened at the first use and looked at before each transaction: a dead socket is
 * noticed and replaced within the deadline. Nothing depends on session state: no named statements,
 * no session settings, one Sync in flight at a time, so a transaction pooler may stand between
 * (PgBouncer's documentation, "features", pooling modes). A transaction's first round trip that
 * dies with the connection it found open is tried once more on a new one, unless it held the
 * COMMIT: until then nothing can have happened.
 *
 * Not here: resolving a host name is libpq's (getaddrinfo) and blocks past the deadline if the
 * resolver does; an address or a socket folder in the URL avoids it. A pool of connections: a slot
 * runs one request at a time, so it needs one.
 *
 * Messages name the SQLSTATE and the server's words, in the private chain only; never the URL, the
 * password, or a parameter's value.
 *
 * The statuses of every function here that returns one:
 *
 * ERR_UNAVAILABLE  no connection within 5 s or the deadline; refused; lost; or not one word from it
 *                  since the transaction began. The next call tries anew
 * ERR_TIMEOUT      the deadline came first: SQLSTATE 57014, or silence (the connection is dropped)
 * ERR_CONFLICT     23505, a unique constraint; `pg_tx_constraint` tells which
 * ERR_FORBIDDEN    42501, row security or missing rights
 * ERR_INTERNAL     any other error of the server, or a faulty query of ours
 *
 * Source: PostgreSQL 15 manual, chapter 34 "libpq", sections 34.4 and 34.5 (asynchronous commands,
 * pipeline mode); appendix A (SQLSTATE).
 */
#pragma once

#include "shared/base/buf.h"
#include "shared/base/ctx.h"

struct pg;
struct pg_result; /* libpq's PGresult */

/* Keeps a copy of `url` (postgresql://...; TLS as its sslmode says). Nothing is opened. */
struct pg *pg_new(const char *url);
/*
 * Gives the URL to connect to, which must last until the next call. `refused`: the server refused
 * the login of the URL given last. A status that is not OK becomes that of whoever wanted a
 * connection, so it is one of those above.
 */
typedef enum status pg_url_fn(struct ctx *cx, void *arg, bool refused, const char **url);
/*
 * As `pg_new` for a URL that is asked for each time a connection is opened: one that has to be
 * fetched, and may change. If the server refuses the login (SQLSTATE class 28; 08P01, as PgBouncer
 * says it) `fn` is asked once more, and another URL than before is tried at once.
 */
struct pg *pg_new_asking(pg_url_fn *fn, void *arg);
/* Closes the connection; no transaction may be open. `pg` may be NULL. */
void pg_free(struct pg *pg);
/* Closes the connection only; the next use opens one. For a process about to be snapshotted. */
void pg_close(struct pg *pg);
/* One `SELECT 1`, on the existing connection if it lives. Never ERR_TIMEOUT once it was sent. */
enum status pg_ping(struct ctx *cx, struct pg *pg) MUST_CHECK;

/* The roles a transaction may take, and no others. */
#define PG_ROLE_AUTHENTICATED "authenticated"
#define PG_ROLE_ANON          "anon"
#define PG_ROLE_SERVICE       "service_role"
/* Money and answers of model calls, a tenant at a time. */
#define PG_ROLE_LLM_GATEWAY "llm_gateway"

/* Whose eyes a transaction sees with. Both must last until its first query. */
struct pg_identity {
    const char *role;  /* one of PG_ROLE_*: never outside text */
    struct str claims; /* JSON for the setting request.jwt.claims; empty: none */
};

enum pg_tx_state { PG_TX_NONE, PG_TX_QUEUED, PG_TX_OPEN, PG_TX_FAILED, PG_TX_DONE };

/* Plain so that it can be a local; its members are this module's business. */
struct pg_tx {
    struct ctx *cx;
    struct pg *pg;
    const char *role;
    struct str claims;
    enum pg_tx_state state;
    bool in_copy;
    char sqlstate[6];
    char constraint[64];
};

/*
 * Begins: BEGIN, the role, the claims, UTC, and statement_timeout from the deadline, all queued and
 * sent in the round trip of the first query; so this fails only if there is no connection to be
 * had. `identity` NULL keeps the rights of the URL's own user: migrations and loaders only. One
 * transaction at a time on a `pg`.
 */
enum status pg_tx_begin(struct ctx *cx, struct pg *pg, const struct pg_identity *identity,
                        struct pg_tx *tx) MUST_CHECK;
/*
 * ERR_UNAVAILABLE here may mean that the commit happened and its answer was lost.
 */
enum status pg_tx_commit(struct ctx *cx, struct pg_tx *tx) MUST_CHECK;
/* Rolls back unless committed. Safe on a zeroed `tx`, and twice. Never touches `cx->err`. */
void pg_tx_end(struct pg_tx *tx);

/* SQLSTATE of the failure that `tx` met, "23505"; "" if none, or none came from the server. */
const char *pg_tx_sqlstate(const struct pg_tx *tx);
/* Name of the constraint it violated; "" if that was not the failure. */
const char *pg_tx_constraint(const struct pg_tx *tx);

enum pg_param_kind {
    PG_PARAM_NULL,
    PG_PARAM_TEXT,
    PG_PARAM_I64,
    PG_PARAM_F64,
    PG_PARAM_BOOL,
    PG_PARAM_DATE,
    PG_PARAM_TIME_MS,
    PG_PARAM_TEXT_ARRAY,
    PG_PARAM_I64_ARRAY,
    PG_PARAM_F64_ARRAY,
};

/* A parameter, sent as text; the server infers its type from the query. Zero is NULL. */
struct pg_param {
    enum pg_param_kind kind;
    struct str text;
    int64_t i64;
    double f64;
    const void *items;
    size_t item_count;
};

#define PG_NULL        ((struct pg_param){.kind = PG_PARAM_NULL})
#define PG_STR(value)  ((struct pg_param){.kind = PG_PARAM_TEXT, .text = (value)})
#define PG_CSTR(value) PG_STR(str_from_cstr(value))
#define PG_I64(value)  ((struct pg_param){.kind = PG_PARAM_I64, .i64 = (value)})
#define PG_F64(value)  ((struct pg_param){.kind = PG_PARAM_F64, .f64 = (value)})
#define PG_BOOL(value) ((struct pg_param){.kind = PG_PARAM_BOOL, .i64 = (value)})
/* days since 1970-01-01, for a date */
#define PG_DATE(days) ((struct pg_param){.kind = PG_PARAM_DATE, .i64 = (days)})
/* Unix epoch in milliseconds, for a timestamptz */
#define PG_TIME_MS(ms) ((struct pg_param){.kind = PG_PARAM_TIME_MS, .i64 = (ms)})
/* const struct str *, const int64_t *, const double *: for text[], bigint[] (int[]), double
 * precision[] */
#define PG_TEXT_ARRAY(ptr, count) PG_ARRAY_(PG_PARAM_TEXT_ARRAY, const struct str *, ptr, count)
#define PG_I64_ARRAY(ptr, count)  PG_ARRAY_(PG_PARAM_I64_ARRAY, const int64_t *, ptr, count)
#define PG_F64_ARRAY(ptr, count)  PG_ARRAY_(PG_PARAM_F64_ARRAY, const double *, ptr, count)
#define PG_ARRAY_(what, type, ptr, count)                                                          \
    ((struct pg_param){.kind = (what), .items = (type){(ptr)}, .item_count = (count)})

/* NULL if the text is empty */
static inline struct pg_param pg_str_or_null(struct str value)
{
    return value.len == 0 ? PG_NULL : PG_STR(value);
}

/* One statement; its parameters are $1, $2 ... */
struct pg_query {
    const char *sql;
    const struct pg_param *params;
    size_t param_count;
};

/* A result. Its memory is the arena's, until the arena's reset; so are all views read from it. */
struct pg_rows {
    struct pg_result *result;
    struct arena *arena;
    size_t count;
    int64_t affected; /* rows inserted, updated, deleted or selected */
    int next_column;  /* where the next name is looked for first */
    char fault[128];  /* the first bad column */
};

/*
 * Runs one statement and waits for its whole result. `rows` may be NULL. After a failure the
 * transaction can only end.
 */
enum status pg_exec(struct ctx *cx, struct pg_tx *tx, const struct pg_query *query,
                    struct pg_rows *rows) MUST_CHECK;
/*
 * As `pg_exec` for `count` statements in one round trip, in order; `rows`, if not NULL, has room
 * for `count` results. The first failure stops the rest.
 */
enum status pg_exec_all(struct ctx *cx, struct pg_tx *tx, const struct pg_query *queries,
                        size_t count, struct pg_rows *rows) MUST_CHECK;
/* As `pg_exec_all`, and commits in that same round trip. Not retried if the connection dies. */
enum status pg_exec_commit(struct ctx *cx, struct pg_tx *tx, const struct pg_query *queries,
                           size_t count, struct pg_rows *rows) MUST_CHECK;
/*
 * Several statements in one text, no parameters, no results: migrations. It must not end the
 * transaction itself (that is ERR_INTERNAL, after the fact).
 */
enum status pg_script(struct ctx *cx, struct pg_tx *tx, struct str sql) MUST_CHECK;

/*
 * COPY table (columns) FROM STDIN, streamed: begin, data any number of times, end. `affected` may
 * be NULL. The server's "line N" is kept in the chain when it refuses a row.
 */
enum status pg_copy_begin(struct ctx *cx, struct pg_tx *tx, const char *sql) MUST_CHECK;
enum status pg_copy_data(struct ctx *cx, struct pg_tx *tx, struct str bytes) MUST_CHECK;
enum status pg_copy_end(struct ctx *cx, struct pg_tx *tx, int64_t *affected) MUST_CHECK;
/* Appends one value of COPY's text format, escaped. NULL is `\N`; tab and newline are yours. */
void pg_copy_escape(struct buf *buf, struct str value);

size_t pg_rows_count(const struct pg_rows *rows);

/* One row, by value. `rows` must stay where it is while the row is read. */
struct pg_row {
    struct pg_rows *rows;
    size_t index;
};

/* `index` < `pg_rows_count(rows)`. */
struct pg_row pg_row_at(struct pg_rows *rows, size_t index);

/*
 * Values by column name. A column that is missing, NULL or malformed reads as empty or 0, and
 * `pg_row_status` tells, once, of the first. Read in the SELECT's order: no search is then needed.
 */
bool pg_col_is_null(struct pg_row row,
                    const char *name); /* a missing column is a fault, and true */
struct str pg_col_str(struct pg_row row, const char *name);
int64_t pg_col_i64(struct pg_row row, const char *name);
double pg_col_f64(struct pg_row row, const char *name);
bool pg_col_bool(struct pg_row row, const char *name);
int64_t pg_col_time_ms(struct pg_row row, const char *name); /* timestamptz: Unix epoch, ms */
int32_t pg_col_date(struct pg_row row, const char *name);    /* date: days since 1970-01-01 */

struct pg_text_array {
    const struct str *items;
    size_t count;
};
/* text[] of one dimension; a NULL element is a fault. */
struct pg_text_array pg_col_text_array(struct pg_row row, const char *name);

/* OK, or ERR_INTERNAL naming the first bad column of the rows read so far. */
enum status pg_row_status(struct ctx *cx, struct pg_row row) MUST_CHECK;
