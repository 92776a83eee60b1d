#include "shared/pg/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* SQLSTATE, or its first characters, to what the caller can do. The first match counts. */
static const struct {
    struct str prefix;
    enum status status;
} meanings[] = {
    {STR_INIT("23505"), ERR_CONFLICT},    /* unique_violation */
    {STR_INIT("42501"), ERR_FORBIDDEN},   /* insufficient_privilege: row security too */
    {STR_INIT("57014"), ERR_TIMEOUT},     /* query_canceled: statement_timeout */
    {STR_INIT("57P"), ERR_UNAVAILABLE},   /* shutdown, crash, starting up */
    {STR_INIT("53300"), ERR_UNAVAILABLE}, /* too_many_connections */
    {STR_INIT("08"), ERR_UNAVAILABLE},    /* connection exceptions; PgBouncer's own errors */
};

static enum status sqlstate_status(struct str sqlstate)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        if (str_has_prefix(sqlstate, meanings[i].prefix)) {
            return meanings[i].status;
        }
    }
    return ERR_INTERNAL;
}

static struct str diag(const PGresult *result, int field)
{
    return str_from_cstr(PQresultErrorField(result, field));
}

static size_t find_last(struct str s, char c)
{
    size_t at = s.len;
    while (at > 0 && s.ptr[at - 1] != c) {
        at--;
    }
    return at == 0 ? SIZE_MAX : at - 1;
}

/*
 * The primary message. Those of class 22 (data exceptions) quote the value: what stands between the
 * first and the last quote is left out. Others quote names of ours.
 */
static void words_copy(const PGresult *result, struct str sqlstate, char *out, size_t size)
{
    struct str words = diag(result, PG_DIAG_MESSAGE_PRIMARY);
    if (words.len == 0) {
        words = str_trim(str_from_cstr(PQresultErrorMessage(result)));
    }
    size_t first = str_find_char(words, '"');
    size_t last = find_last(words, '"');
    if (str_has_prefix(sqlstate, STR("22")) && first != SIZE_MAX) {
        struct str tail = str_slice(words, last + 1, words.len);
        (void)snprintf(out, size, STR_FMT "\"...\"" STR_FMT, (int)first, words.ptr, STR_ARG(tail));
        return;
    }
    (void)snprintf(out, size, STR_FMT, STR_ARG(words));
}

/* "COPY foods, line 12, column kcal": without the value that may follow. Empty for other contexts.
 */
static struct str copy_place(const PGresult *result)
{
    struct str context = diag(result, PG_DIAG_CONTEXT);
    if (!str_has_prefix(context, STR("COPY "))) {
        return (struct str){0};
    }
    size_t newline = str_find_char(context, '\n');
    size_t colon = str_find_char(context, ':');
    return str_slice(context, 0, newline < colon ? newline : colon);
}

static void failure_note(struct pg_tx *tx, const PGresult *result, struct str sqlstate)
{
    struct str constraint = diag(result, PG_DIAG_CONSTRAINT_NAME);
    (void)snprintf(tx->sqlstate, sizeof tx->sqlstate, STR_FMT, STR_ARG(sqlstate));
    (void)snprintf(tx->constraint, sizeof tx->constraint, STR_FMT, STR_ARG(constraint));
}

static bool is_fatal(const PGresult *result)
{
    struct str severity = diag(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return str_eq(severity, STR("FATAL")) || str_eq(severity, STR("PANIC"));
}

static enum status failure_report(struct ctx *cx, struct pg *pg, struct pg_tx *tx,
                                  const PGresult *result)
{
    struct str sqlstate = diag(result, PG_DIAG_SQLSTATE);
    enum status status = sqlstate_status(sqlstate);
    char words[400];
    words_copy(result, sqlstate, words, sizeof words);
    struct str place = copy_place(result);
    if (tx != NULL) {
        failure_note(tx, result, sqlstate);
    }
    (void)fail(cx, status, "database: %s (SQLSTATE " STR_FMT ")%s" STR_FMT, words,
               STR_ARG(sqlstate.len > 0 ? sqlstate : STR("none")), place.len > 0 ? ", " : "",
               STR_ARG(place));
    if (is_fatal(result) || status == ERR_UNAVAILABLE || PQstatus(pg->conn) == CONNECTION_BAD) {
        pg_conn_drop(pg);
        return ERR_UNAVAILABLE;
    }
    return status;
}

enum status pg_result_status(struct ctx *cx, struct pg *pg, struct pg_tx *tx,
                             const PGresult *result)
{
    ExecStatusType type = PQresultStatus(result);
    switch ((int)type) {
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_PIPELINE_SYNC:
        return OK;
    case PGRES_FATAL_ERROR:
        return failure_report(cx, pg, tx, result);
    default:
        break;
    }
    /* A COPY where a statement belongs, an empty statement: ours, and the protocol is out of step.
     */
    pg_conn_drop(pg);
    return fail(cx, ERR_INTERNAL, "database: unexpected answer %s", PQresStatus(type));
}
