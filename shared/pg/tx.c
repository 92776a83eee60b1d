#include "shared/pg/internal.h"

#include <assert.h>
#include <stdio.h>

enum { OPENING_STATEMENTS = 2, ROLLBACK_MS = 1000, ANSWER_MARGIN_MS = 100 };

/* One round trip of a transaction. */
struct trip {
    const struct pg_query *queries;
    size_t count;
    struct pg_rows *rows; /* NULL, or one each */
    bool begins, commits;
};

/*
 * All settings are local to the transaction, so that a pooler may give the connection to anyone
 * after it. Role 'none' is the login's own. UTC and ISO fix what dates and times look like.
 */
static const char setup_sql[] =
    "SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true),"
    " set_config('statement_timeout', $3, true), set_config('TimeZone', 'UTC', true),"
    " set_config('DateStyle', 'ISO', true)";

static const char *role_known(const char *role)
{
    static const char *const known[] = {PG_ROLE_AUTHENTICATED, PG_ROLE_ANON, PG_ROLE_SERVICE,
                                        PG_ROLE_LLM_GATEWAY};
    for (size_t i = 0; role != NULL && i < ARRAY_LEN(known); i++) {
        if (strcmp(role, known[i]) == 0) {
            return known[i];
        }
    }
    return NULL;
}

enum status pg_tx_begin(struct ctx *cx, struct pg *pg, const struct pg_identity *identity,
                        struct pg_tx *tx)
{
    assert(pg->tx == NULL && tx->state == PG_TX_NONE);
    const char *role = identity == NULL ? "none" : role_known(identity->role);
    if (role == NULL) {
        return fail(cx, ERR_INTERNAL, "a transaction may not take the role it was asked to");
    }
    TRY(pg_conn_ready(cx, pg));
    *tx = (struct pg_tx){.cx = cx, .pg = pg, .role = role, .state = PG_TX_QUEUED};
    tx->claims = identity == NULL ? STR("") : identity->claims;
    pg->tx = tx;
    return OK;
}

enum status pg_tx_failed(struct pg_tx *tx, enum status status)
{
    if (status != OK) {
        tx->state = PG_TX_FAILED;
    }
    return status;
}

/* A statement whose parameters are text already. */
struct ready {
    const char *sql;
    const char *const *texts;
    size_t count;
};

static enum status query_prepare(struct ctx *cx, const struct pg_query *query, struct ready *ready)
{
    *ready = (struct ready){.sql = query->sql, .count = query->param_count};
    return pg_params_text(cx, query, &ready->texts);
}

/*
 * A little before the deadline, so that the server's own "timeout" arrives in time and leaves a
 * connection that can be used again. 0: none.
 */
static int64_t statement_timeout_ms(const struct ctx *cx)
{
    if (cx->deadline_ms == 0) {
        return 0;
    }
    int64_t left = ctx_remaining_ms(cx, 0);
    int64_t margin = left / 10 < ANSWER_MARGIN_MS ? left / 10 : ANSWER_MARGIN_MS;
    return left - margin > 1 ? left - margin : 1;
}

static enum status opening_prepare(struct ctx *cx, const struct pg_tx *tx, struct ready *ready)
{
    const struct pg_param params[] = {
        PG_CSTR(tx->role),
        PG_STR(tx->claims),
        PG_I64(statement_timeout_ms(cx)),
    };
    ready[0] = (struct ready){.sql = "BEGIN"};
    return query_prepare(cx, &(struct pg_query){setup_sql, params, ARRAY_LEN(params)}, &ready[1]);
}

/* All parameters are made into text before anything is queued: a bad one costs no connection. */
static enum status trip_prepare(struct ctx *cx, const struct pg_tx *tx, const struct trip *trip,
                                struct ready *ready, size_t *count)
{
    *count = 0;
    if (trip->begins) {
        TRY(opening_prepare(cx, tx, ready));
        *count += OPENING_STATEMENTS;
    }
    for (size_t i = 0; i < trip->count; i++) {
        TRY(query_prepare(cx, &trip->queries[i], &ready[(*count)++]));
    }
    if (trip->commits) {
        ready[(*count)++] = (struct ready){.sql = "COMMIT"};
    }
    return OK;
}

static bool trip_queue(PGconn *conn, const struct ready *ready, size_t count)
{
    if (PQenterPipelineMode(conn) == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (PQsendQueryParams(conn, ready[i].sql, (int)ready[i].count, NULL, ready[i].texts, NULL,
                              NULL, 0) == 0) {
            return false;
        }
    }
    return PQpipelineSync(conn) == 1;
}

/* Says which statement of the trip failed, and what a failure there means. */
static enum status failure_place(struct ctx *cx, const struct trip *trip, size_t index,
                                 enum status status)
{
    size_t opening = trip->begins ? OPENING_STATEMENTS : 0;
    if (index < opening) {
        /* Missing rights to take the role are a fault of ours, not of the caller. */
        enum status ours = status == ERR_FORBIDDEN ? ERR_INTERNAL : status;
        return err_while(cx, ours, "beginning the transaction");
    }
    if (index - opening == trip->count) {
        return err_while(cx, status, "COMMIT");
    }
    if (trip->count > 1) {
        return err_while(cx, status, "statement %zu of %zu", index - opening + 1, trip->count);
    }
    return status;
}

/* Keeps the result where the caller asked for it, or frees it. */
static enum status answer_take(struct ctx *cx, struct pg_tx *tx, const struct trip *trip,
                               size_t index, PGresult *result)
{
    enum status status = pg_result_status(cx, tx->pg, tx, result);
    if (status != OK) {
        PQclear(result);
        return failure_place(cx, trip, index, status);
    }
    size_t opening = trip->begins ? OPENING_STATEMENTS : 0;
    if (trip->rows != NULL && index >= opening && index - opening < trip->count) {
        pg_rows_take(cx, &trip->rows[index - opening], result);
    } else {
        PQclear(result);
    }
    return OK;
}

/*
 * The server's own timeout comes before the deadline, so silence from the first word on is the
 * database, or every connection of the pooler, being away; silence later is a statement that takes
 * too long.
 */
static enum status silence_report(struct ctx *cx, const struct trip *trip, size_t answers,
                                  enum status status)
{
    if (status == ERR_TIMEOUT && trip->begins && answers == 0) {
        return fail(cx, ERR_UNAVAILABLE, "the database said nothing before the deadline");
    }
    return status;
}

/* Reads up to the Sync's answer even after a failure, so that the connection stays in step. */
static enum status trip_read(struct ctx *cx, struct pg_tx *tx, const struct trip *trip)
{
    enum status first = OK;
    size_t index = 0;
    for (;;) {
        PGresult *result = NULL;
        TRY(silence_report(cx, trip, index, pg_conn_result(cx, tx->pg, &result)));
        ExecStatusType type = PQresultStatus(result);
        if (result == NULL) {
            index++; /* libpq's mark between statements */
        } else if (type == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return first;
        } else if (type == PGRES_PIPELINE_ABORTED || first != OK) {
            PQclear(result);
        } else {
            first = answer_take(cx, tx, trip, index, result);
            if (tx->pg->conn == NULL) {
                return first;
            }
        }
    }
}

static enum status trip_once(struct ctx *cx, struct pg_tx *tx, const struct trip *trip)
{
    struct pg *pg = tx->pg;
    size_t most = OPENING_STATEMENTS + trip->count + 1;
    struct ready *ready = ARENA_ARRAY(cx->arena, struct ready, most);
    size_t count = 0;
    TRY(trip_prepare(cx, tx, trip, ready, &count));
    if (!trip_queue(pg->conn, ready, count)) {
        return pg_conn_failed(cx, pg, PG_IO_LOST);
    }
    enum status status = trip_read(cx, tx, trip);
    if (pg->conn != NULL) {
        pg->has_answered = true;
        if (PQexitPipelineMode(pg->conn) == 0) {
            pg_conn_drop(pg);
        }
    }
    return status;
}

static void tx_forget_failure(struct pg_tx *tx)
{
    tx->sqlstate[0] = '\0';
    tx->constraint[0] = '\0';
}

/*
 * Once more on a new connection, if an old one died under the first round trip: without its COMMIT
 * nothing of it can have happened. What the failed try left in `cx->err` counts no more.
 */
static enum status trip_run(struct ctx *cx, struct pg_tx *tx, const struct trip *trip)
{
    bool may_retry = trip->begins && !trip->commits && tx->pg->has_answered;
    enum status status = trip_once(cx, tx, trip);
    if (status != ERR_UNAVAILABLE || !may_retry || ctx_remaining_ms(cx, 1) == 0) {
        return status;
    }
    tx_forget_failure(tx);
    TRY(pg_conn_ready(cx, tx->pg));
    return trip_once(cx, tx, trip);
}

static enum status tx_usable(struct ctx *cx, const struct pg_tx *tx)
{
    assert(tx->state != PG_TX_NONE && tx->state != PG_TX_DONE);
    if (tx->state == PG_TX_FAILED || tx->pg->conn == NULL || tx->in_copy) {
        return fail(cx, ERR_INTERNAL, "the transaction has failed, or is in a COPY");
    }
    return OK;
}

static enum status tx_travel(struct ctx *cx, struct pg_tx *tx, struct trip trip)
{
    TRY(tx_usable(cx, tx));
    trip.begins = tx->state == PG_TX_QUEUED;
    tx_forget_failure(tx);
    enum status status = pg_tx_failed(tx, trip_run(cx, tx, &trip));
    if (status != OK && trip.commits && tx->pg->conn == NULL) {
        return err_while(cx, status, "it is not known whether the transaction was committed");
    }
    TRY(status);
    tx->state = PG_TX_OPEN;
    return OK;
}

static void tx_done(struct pg_tx *tx)
{
    tx->state = PG_TX_DONE;
    tx->pg->tx = NULL;
}

enum status pg_tx_open(struct ctx *cx, struct pg_tx *tx)
{
    TRY(tx_usable(cx, tx));
    return tx->state == PG_TX_QUEUED ? tx_travel(cx, tx, (struct trip){0}) : OK;
}

enum status pg_exec_all(struct ctx *cx, struct pg_tx *tx, const struct pg_query *queries,
                        size_t count, struct pg_rows *rows)
{
    return tx_travel(cx, tx, (struct trip){.queries = queries, .count = count, .rows = rows});
}

enum status pg_exec(struct ctx *cx, struct pg_tx *tx, const struct pg_query *query,
                    struct pg_rows *rows)
{
    return pg_exec_all(cx, tx, query, 1, rows);
}

enum status pg_exec_commit(struct ctx *cx, struct pg_tx *tx, const struct pg_query *queries,
                           size_t count, struct pg_rows *rows)
{
    struct trip trip = {.queries = queries, .count = count, .rows = rows, .commits = true};
    TRY(tx_travel(cx, tx, trip));
    tx_done(tx);
    return OK;
}

enum status pg_tx_commit(struct ctx *cx, struct pg_tx *tx)
{
    TRY(tx_usable(cx, tx));
    if (tx->state == PG_TX_QUEUED) {
        tx_done(tx); /* the server never heard of it */
        return OK;
    }
    return pg_exec_commit(cx, tx, NULL, 0, NULL);
}

/* False if the server did not confirm in time: then the connection is no good. */
static bool rollback_try(PGconn *conn, int64_t until_ms)
{
    if (PQsendQuery(conn, "ROLLBACK") == 0) {
        return false;
    }
    for (;;) {
        if (pg_conn_await(conn, until_ms) != PG_IO_READY) {
            return false;
        }
        PGresult *result = PQgetResult(conn);
        if (result == NULL) {
            return PQstatus(conn) == CONNECTION_OK && PQtransactionStatus(conn) == PQTRANS_IDLE;
        }
        PQclear(result);
    }
}

void pg_tx_end(struct pg_tx *tx)
{
    if (tx->state == PG_TX_NONE || tx->state == PG_TX_DONE) {
        return;
    }
    struct pg *pg = tx->pg;
    bool idle = pg->conn == NULL || PQtransactionStatus(pg->conn) == PQTRANS_IDLE;
    if (!idle && (tx->in_copy || !rollback_try(pg->conn, pg_until_ms(tx->cx, ROLLBACK_MS)))) {
        pg_conn_drop(pg);
    }
    tx_done(tx);
}

const char *pg_tx_sqlstate(const struct pg_tx *tx)
{
    return tx->sqlstate;
}

const char *pg_tx_constraint(const struct pg_tx *tx)
{
    return tx->constraint;
}
