/*
 * A cluster of its own for the tests of infra/db (infra/db/cluster.sh, fast settings), in a folder
 * that goes away with it; and short forms for statements as somebody.
 */
#pragma once

#include "infra/db/tool/migrate.h"
#include "shared/base/clock.h"
#include "shared/pg/pg.h"
#include "tests/support/check.h"

#include <sys/stat.h>
#include <unistd.h>

enum { DB_URL_MAX = 256, DB_COMMAND_MAX = 512, DB_ROOMY_MS = 60000 };

#define MIGRATIONS "infra/db/migrations"
#define ADA_ID     "11111111-1111-4111-8111-111111111111"
#define BEN_ID     "22222222-2222-4222-8222-222222222222"
#define CAI_ID     "33333333-3333-4333-8333-333333333333"

struct db_cluster {
    char folder[64];
    char url[DB_URL_MAX];   /* through the pooler, as the login */
    char admin[DB_URL_MAX]; /* straight, as the owner */
};

static struct db_cluster cluster;

#define AS_USER(id)                                                                                \
    {                                                                                              \
        .role = PG_ROLE_AUTHENTICATED, .claims = STR_INIT("{\"sub\":\"" id "\"}")                  \
    }
static const struct pg_identity as_ada = AS_USER(ADA_ID);
static const struct pg_identity as_ben = AS_USER(BEN_ID);
static const struct pg_identity as_anon = {.role = PG_ROLE_ANON};

static inline void db_env_line(const char *line, const char *name, char out[static DB_URL_MAX])
{
    struct str rest = str_trim(str_from_cstr(line));
    if (str_skip_prefix(&rest, str_from_cstr(name))) {
        assert_true(str_to_cstr(rest, out, DB_URL_MAX));
    }
}

static inline int db_cluster_run(const char *what)
{
    char command[DB_COMMAND_MAX], line[DB_COMMAND_MAX];
    (void)snprintf(command, sizeof command, "infra/db/cluster.sh %s --data %s/db", what,
                   cluster.folder);
    FILE *out = popen(command, "r"); /* NOLINT(cert-env33-c): our own script, fixed words */
    assert_non_null(out);
    while (fgets(line, sizeof line, out) != NULL) {
        db_env_line(line, "DATABASE_URL=", cluster.url);
        db_env_line(line, "ADMIN_DATABASE_URL=", cluster.admin);
    }
    return pclose(out);
}

static inline int db_cluster_stop(void **state)
{
    (void)state;
    (void)db_cluster_run("stop");
    char command[DB_COMMAND_MAX];
    (void)snprintf(command, sizeof command, "rm -rf %s", cluster.folder);
    return system(command); /* NOLINT(cert-env33-c): a folder mkdtemp named */
}

static inline int db_cluster_start(void **state)
{
    (void)state;
    (void)snprintf(cluster.folder, sizeof cluster.folder, "/tmp/clambda-db-test.XXXXXX");
    assert_non_null(mkdtemp(cluster.folder));
    assert_int_equal(chmod(cluster.folder, 0711), 0); /* the server's user must get through */
    if (db_cluster_run("start --fast") != 0 || cluster.admin[0] == '\0') {
        print_error("the cluster did not start\n");
        (void)db_cluster_stop(NULL);
        return -1;
    }
    return 0;
}

/* A connection with its context. */
struct db {
    struct test_ctx t;
    struct ctx *cx;
    struct pg *pg;
    char sqlstate[6]; /* of the last statement that failed */
};

static inline void db_open(struct db *db, const char *url)
{
    *db = (struct db){.pg = pg_new(url)};
    (void)test_ctx_open(&db->t);
    db->cx = &db->t.cx;
    db->cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
}

static inline void db_close(struct db *db)
{
    arena_deinit(&db->t.arena); /* before the connection: results and copies refer to it */
    pg_free(db->pg);
}

/* One statement in a transaction of its own, committed. */
static inline enum status db_run(struct db *db, const struct pg_identity *identity, const char *sql,
                                 struct pg_rows *rows)
{
    struct ctx *cx = db->cx;
    err_clear(cx);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, db->pg, identity, &tx));
    enum status status = pg_exec(cx, &tx, &(struct pg_query){.sql = sql}, rows);
    if (status != OK) {
        (void)snprintf(db->sqlstate, sizeof db->sqlstate, "%s", pg_tx_sqlstate(&tx));
        return status;
    }
    return pg_tx_commit(cx, &tx);
}

static inline void db_must(struct db *db, const struct pg_identity *identity, const char *sql)
{
    enum status status = db_run(db, identity, sql, NULL);
    if (status != OK) {
        CHECK_FAILED("%s\n  %s\n", sql, db->cx->err.text);
    }
}

/* Several statements as the owner. */
static inline void db_script(struct db *db, const char *sql)
{
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(db->cx, pg_tx_begin(db->cx, db->pg, NULL, &tx), OK);
    CHECK_STATUS(db->cx, pg_script(db->cx, &tx, str_from_cstr(sql)), OK);
    CHECK_STATUS(db->cx, pg_tx_commit(db->cx, &tx), OK);
}

/* The column `v` of the one row; a view into the arena. */
static inline struct str db_str(struct db *db, const struct pg_identity *identity, const char *sql)
{
    struct pg_rows *rows = ARENA_NEW(db->cx->arena, struct pg_rows);
    enum status status = db_run(db, identity, sql, rows);
    if (status != OK || pg_rows_count(rows) != 1) {
        CHECK_FAILED("%s\n  %zu rows; %s\n", sql, status == OK ? pg_rows_count(rows) : 0,
                     db->cx->err.text);
    }
    struct pg_row row = pg_row_at(rows, 0);
    struct str value = pg_col_str(row, "v");
    CHECK_STATUS(db->cx, pg_row_status(db->cx, row), OK);
    return value;
}

static inline int64_t db_i64(struct db *db, const struct pg_identity *identity, const char *sql)
{
    int64_t value = 0;
    struct str text = db_str(db, identity, sql);
    if (!str_to_i64(text, &value)) {
        CHECK_FAILED("%s\n  not a number: " STR_FMT "\n", sql, STR_ARG(text));
    }
    return value;
}
