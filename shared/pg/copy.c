#include "shared/pg/internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads results up to the end of the command, and keeps the first failure and the row count. */
static enum status command_end(struct ctx *cx, struct pg_tx *tx, int64_t *affected,
                               int *fault_position)
{
    enum status first = OK;
    for (;;) {
        PGresult *result = NULL;
        TRY(pg_conn_result(cx, tx->pg, &result));
        if (result == NULL) {
            return first;
        }
        if (first == OK) {
            first = pg_result_status(cx, tx->pg, tx, result);
            const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
            *fault_position = position != NULL ? (int)strtol(position, NULL, 10) : 0;
            struct str rows = str_from_cstr(PQcmdTuples(result));
            if (!str_to_i64(rows, affected)) {
                *affected = 0;
            }
        }
        PQclear(result);
        if (tx->pg->conn == NULL) {
            return first;
        }
    }
}

/* The line of the `position`th character, counted from 1 (PG_DIAG_STATEMENT_POSITION). */
static int line_of(struct str sql, int position)
{
    int line = 1;
    int seen = 0;
    for (size_t i = 0; i < sql.len && seen < position; i++) {
        bool starts_character = ((unsigned char)sql.ptr[i] & 0xC0U) != 0x80U;
        seen += starts_character ? 1 : 0;
        line += sql.ptr[i] == '\n' ? 1 : 0;
    }
    return line;
}

static enum status script_run(struct ctx *cx, struct pg_tx *tx, struct str sql)
{
    if (str_find_char(sql, '\0') != SIZE_MAX) {
        return fail(cx, ERR_INVALID, "the script holds U+0000");
    }
    if (PQsendQuery(tx->pg->conn, arena_cstr_copy(cx->arena, sql)) == 0) {
        return pg_conn_failed(cx, tx->pg, PG_IO_LOST);
    }
    int64_t affected = 0;
    int position = 0;
    enum status status = command_end(cx, tx, &affected, &position);
    if (status != OK) {
        return position > 0 ? err_while(cx, status, "line %d", line_of(sql, position)) : status;
    }
    if (PQtransactionStatus(tx->pg->conn) != PQTRANS_INTRANS) {
        return fail(cx, ERR_INTERNAL, "the script ended the transaction it ran in");
    }
    return OK;
}

enum status pg_script(struct ctx *cx, struct pg_tx *tx, struct str sql)
{
    TRY(pg_tx_open(cx, tx));
    return pg_tx_failed(tx, script_run(cx, tx, sql));
}

static enum status copy_start(struct ctx *cx, struct pg_tx *tx, const char *sql)
{
    struct pg *pg = tx->pg;
    if (PQsendQuery(pg->conn, sql) == 0) {
        return pg_conn_failed(cx, pg, PG_IO_LOST);
    }
    PGresult *result = NULL;
    TRY(pg_conn_result(cx, pg, &result));
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        tx->in_copy = true;
        return OK;
    }
    enum status status = pg_result_status(cx, pg, tx, result);
    PQclear(result);
    int64_t affected = 0;
    int position = 0;
    if (pg->conn != NULL) {
        TRY(command_end(cx, tx, &affected, &position));
    }
    return status != OK ? status : fail(cx, ERR_INTERNAL, "not a COPY FROM STDIN");
}

enum status pg_copy_begin(struct ctx *cx, struct pg_tx *tx, const char *sql)
{
    TRY(pg_tx_open(cx, tx));
    return pg_tx_failed(tx, copy_start(cx, tx, sql));
}

static enum status copy_send(struct ctx *cx, struct pg *pg, struct str bytes)
{
    /* libpq's buffer grows to hold what is not sent yet: small parts, flushed, keep it small. */
    while (bytes.len > 0) {
        struct str part = str_slice(bytes, 0, KIB(64));
        bytes = str_slice(bytes, part.len, bytes.len);
        if (PQputCopyData(pg->conn, part.ptr, (int)part.len) != 1) {
            return pg_conn_failed(cx, pg, PG_IO_LOST);
        }
        enum pg_io io = pg_conn_flush(pg->conn, pg_until_deadline(cx));
        if (io != PG_IO_READY) {
            return pg_conn_failed(cx, pg, io);
        }
    }
    return OK;
}

enum status pg_copy_data(struct ctx *cx, struct pg_tx *tx, struct str bytes)
{
    assert(tx->in_copy);
    return pg_tx_failed(tx, copy_send(cx, tx->pg, bytes));
}

static enum status copy_finish(struct ctx *cx, struct pg_tx *tx, int64_t *affected)
{
    if (tx->pg->conn == NULL) {
        return fail(cx, ERR_INTERNAL, "the COPY has failed already");
    }
    if (PQputCopyEnd(tx->pg->conn, NULL) != 1) {
        return pg_conn_failed(cx, tx->pg, PG_IO_LOST);
    }
    int position = 0;
    TRY(command_end(cx, tx, affected, &position));
    tx->in_copy = false;
    return OK;
}

enum status pg_copy_end(struct ctx *cx, struct pg_tx *tx, int64_t *affected)
{
    assert(tx->in_copy);
    int64_t ignored = 0;
    return pg_tx_failed(tx, copy_finish(cx, tx, affected != NULL ? affected : &ignored));
}

/* PostgreSQL 15 manual, COPY, "Text Format": the four characters that mean something. */
void pg_copy_escape(struct buf *buf, struct str value)
{
    static const char special[] = "\\\t\n\r";
    static const char written[] = "\\tnr";
    for (size_t i = 0; i < value.len; i++) {
        const char *found = value.ptr[i] != '\0' ? strchr(special, value.ptr[i]) : NULL;
        if (found != NULL) {
            buf_add_char(buf, '\\');
            buf_add_char(buf, written[found - special]);
        } else {
            buf_add_char(buf, value.ptr[i]);
        }
    }
}
