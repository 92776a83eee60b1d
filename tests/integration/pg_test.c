/*
 * shared/pg against a real PostgreSQL through a real PgBouncer in transaction mode. The tests stop,
 * kill and restart the servers, so they have a cluster of their own (infra/db/cluster.sh), in a
 * folder that goes away with it.
 */
#include "shared/pg/pg.h"

#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { URL_MAX = 256, COMMAND_MAX = 512, ROOMY_MS = 20000 };

static struct {
    char folder[64];
    char url[URL_MAX];   /* through the pooler, as the login */
    char admin[URL_MAX]; /* straight, as the owner */
} cluster;

static const char alice[] = "11111111-1111-4111-8111-111111111111";
static const struct pg_identity as_alice = {
    .role = PG_ROLE_AUTHENTICATED,
    .claims = STR_INIT("{\"sub\":\"11111111-1111-4111-8111-111111111111\"}"),
};
static const struct pg_identity as_bob = {
    .role = PG_ROLE_AUTHENTICATED,
    .claims = STR_INIT("{\"sub\":\"22222222-2222-4222-8222-222222222222\"}"),
};

static const char schema_sql[] =
    "CREATE ROLE authenticated; CREATE ROLE anon; CREATE ROLE service_role BYPASSRLS;"
    "GRANT authenticated, anon TO authenticator;" /* not service_role: one test is refused it */
    "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, owner uuid NOT NULL, word text "
    "UNIQUE);"
    "CREATE TABLE bulk (n int PRIMARY KEY, word text);"
    "ALTER TABLE note ENABLE ROW LEVEL SECURITY;"
    "CREATE POLICY own ON note USING (owner ="
    " (nullif(current_setting('request.jwt.claims', true), '')::json->>'sub')::uuid);"
    "GRANT SELECT, INSERT ON note TO authenticated;";

/* ---- the cluster ---- */

static void env_line_read(const char *line, const char *name, char out[static URL_MAX])
{
    struct str rest = str_trim(str_from_cstr(line));
    if (str_skip_prefix(&rest, str_from_cstr(name))) {
        assert_true(str_to_cstr(rest, out, URL_MAX));
    }
}

static int cluster_run(const char *what)
{
    char command[COMMAND_MAX];
    (void)snprintf(command, sizeof command, "infra/db/cluster.sh %s --data %s/db", what,
                   cluster.folder);
    FILE *out = popen(command, "r"); /* NOLINT(cert-env33-c): our own script, fixed words */
    assert_non_null(out);
    char line[COMMAND_MAX];
    while (fgets(line, sizeof line, out) != NULL) {
        env_line_read(line, "DATABASE_URL=", cluster.url);
        env_line_read(line, "ADMIN_DATABASE_URL=", cluster.admin);
    }
    return pclose(out);
}

/* A process of the cluster, by the file it keeps its pid in. */
static pid_t cluster_pid(const char *file)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str path = arena_format(&t.arena, "%s/db/%s", cluster.folder, file);
    struct str content;
    CHECK_STATUS(&t.cx, file_read(&t.cx, path.ptr, KIB(4), &content), OK);
    int64_t pid = 0;
    struct str first;
    assert_true(str_split_next(&content, '\n', &first) && str_to_i64(first, &pid) && pid > 1);
    return (pid_t)pid;
}

/* ---- short forms ---- */

struct env {
    struct test_ctx t;
    struct pg *pg;
};

static void env_open(struct env *env, const char *url)
{
    *env = (struct env){.pg = pg_new(url)};
    (void)test_ctx_open(&env->t);
    env->t.cx.deadline_ms = clock_now_ms() + ROOMY_MS;
}

static void env_close(struct env *env)
{
    pg_free(env->pg);
    arena_deinit(&env->t.arena);
}

/* One statement without parameters in a transaction of its own, committed. */
static enum status run(struct env *env, const struct pg_identity *identity, const char *sql,
                       struct pg_rows *rows)
{
    struct ctx *cx = &env->t.cx;
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, env->pg, identity, &tx));
    TRY(pg_exec(cx, &tx, &(struct pg_query){.sql = sql}, rows));
    return pg_tx_commit(cx, &tx);
}

static int64_t one_i64(struct env *env, const struct pg_identity *identity, const char *sql)
{
    struct pg_rows rows;
    CHECK_STATUS(&env->t.cx, run(env, identity, sql, &rows), OK);
    CHECK_I64("one row", pg_rows_count(&rows), 1);
    int64_t value = pg_col_i64(pg_row_at(&rows, 0), "v");
    CHECK_STATUS(&env->t.cx, pg_row_status(&env->t.cx, pg_row_at(&rows, 0)), OK);
    return value;
}

static void admin_run(const char *sql)
{
    struct env env;
    env_open(&env, cluster.admin);
    CHECK_STATUS(&env.t.cx, run(&env, NULL, sql, NULL), OK);
    env_close(&env);
}

static void chain_must_not_hold(const struct ctx *cx, struct str words)
{
    if (str_find(str_from_cstr(cx->err.text), words) != SIZE_MAX) {
        print_error("\"%s\" holds what must stay private\n", cx->err.text);
        _fail(__FILE__, __LINE__);
    }
    CHECK_STR("nothing public", str_from_cstr(cx->err.words), STR(""));
}

static void chain_must_hold(const struct ctx *cx, struct str words)
{
    if (str_find(str_from_cstr(cx->err.text), words) == SIZE_MAX) {
        print_error("\"%s\" lacks \"" STR_FMT "\"\n", cx->err.text, STR_ARG(words));
        _fail(__FILE__, __LINE__);
    }
}

/* ---- transactions ---- */

static void values_come_back_as_they_went(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    const struct str texts[] = {STR("a,b"), STR("\"\\{}"), STR("NULL"), STR("")};
    const int64_t numbers[] = {1, -2};
    const struct pg_param params[] = {
        PG_STR(STR("it's \xc3\xa9\n$1")),
        PG_I64(INT64_MIN),
        PG_F64(0.1),
        PG_BOOL(true),
        PG_DATE(20513),
        PG_TIME_MS(1763640000123),
        PG_NULL,
        PG_TEXT_ARRAY(texts, ARRAY_LEN(texts)),
        PG_I64_ARRAY(numbers, 2),
    };
    const struct pg_query query = {
        "SELECT $1::text AS s, $2::bigint AS i, $3::float8 AS f, $4::bool AS b, $5::date AS d,"
        " $6::timestamptz AS t, $7::text AS n, $8::text[] AS a, array_length($9::int[], 1) AS l",
        params, ARRAY_LEN(params)};
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    struct pg_rows rows;
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &tx), OK);
    CHECK_STATUS(cx, pg_exec(cx, &tx, &query, &rows), OK);
    struct pg_row row = pg_row_at(&rows, 0);
    CHECK_STR("text", pg_col_str(row, "s"), params[0].text);
    CHECK_I64("bigint", pg_col_i64(row, "i"), INT64_MIN);
    CHECK_NEAR("float8", pg_col_f64(row, "f"), 0.1, 0);
    CHECK_I64("bool", pg_col_bool(row, "b"), true);
    CHECK_I64("date", pg_col_date(row, "d"), 20513);
    CHECK_I64("timestamptz", pg_col_time_ms(row, "t"), 1763640000123);
    CHECK_I64("null", pg_col_is_null(row, "n"), true);
    struct pg_text_array array = pg_col_text_array(row, "a");
    CHECK_I64("array", array.count, ARRAY_LEN(texts));
    for (size_t i = 0; i < array.count; i++) {
        CHECK_STR("element", array.items[i], texts[i]);
    }
    CHECK_I64("length", pg_col_i64(row, "l"), 2);
    CHECK_STATUS(cx, pg_row_status(cx, row), OK);
    CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
    env_close(&env);
}

static void a_transaction_has_its_role_and_claims_and_the_next_one_not(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    static const char sql[] = "SELECT current_user || ' ' ||"
                              " coalesce(current_setting('request.jwt.claims', true), '') || ' ' ||"
                              " current_setting('TimeZone') AS v";
    static const struct pg_identity anon = {.role = PG_ROLE_ANON};
    static const struct {
        const struct pg_identity *identity;
        const char *want;
    } turns[] = {
        {&as_alice, "authenticated {\"sub\":\"11111111-1111-4111-8111-111111111111\"} UTC"},
        {&anon, "anon  UTC"},
        {&as_bob, "authenticated {\"sub\":\"22222222-2222-4222-8222-222222222222\"} UTC"},
        {NULL, "authenticator  UTC"},
    };
    for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
        struct pg_rows rows;
        CHECK_STATUS(&env.t.cx, run(&env, turns[i].identity, sql, &rows), OK);
        CHECK_STR("seen", pg_col_str(pg_row_at(&rows, 0), "v"), str_from_cstr(turns[i].want));
    }
    env_close(&env);
}

static void a_role_out_of_the_set_is_refused(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    const char *const roles[] = {"postgres", "clambda_owner",     "",
                                 NULL,       "authenticated; --", "none"};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        const struct pg_identity identity = {.role = roles[i]};
        CHECK_STATUS(&env.t.cx, run(&env, &identity, "SELECT 1", NULL), ERR_INTERNAL);
    }
    env_close(&env);
}

static void a_role_the_login_may_not_take_is_our_fault(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    static const struct pg_identity service = {.role = PG_ROLE_SERVICE};
    CHECK_STATUS(&env.t.cx, run(&env, &service, "SELECT 1", NULL), ERR_INTERNAL);
    chain_must_hold(&env.t.cx, STR("beginning the transaction: "));
    CHECK_I64("lives on", one_i64(&env, &as_alice, "SELECT 1 AS v"), 1);
    env_close(&env);
}

static void row_security_decides_what_is_seen_and_refused(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    CHECK_STATUS(cx,
                 run(&env, &as_alice,
                     "INSERT INTO note (owner, word)"
                     " VALUES ('11111111-1111-4111-8111-111111111111', 'rls')",
                     NULL),
                 OK);
    static const char count[] = "SELECT count(*) AS v FROM note WHERE word = 'rls'";
    CHECK_I64("own row", one_i64(&env, &as_alice, count), 1);
    CHECK_I64("a stranger's row", one_i64(&env, &as_bob, count), 0);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_bob, &tx), OK);
    const struct pg_param owner = PG_CSTR(alice);
    const struct pg_query forge = {"INSERT INTO note (owner, word) VALUES ($1, 'forged')", &owner,
                                   1};
    CHECK_STATUS(cx, pg_exec(cx, &tx, &forge, NULL), ERR_FORBIDDEN);
    CHECK_STR("state", str_from_cstr(pg_tx_sqlstate(&tx)), STR("42501"));
    chain_must_not_hold(cx, STR("1111"));
    pg_tx_end(&tx);
    CHECK_STATUS(cx, run(&env, &(struct pg_identity){.role = PG_ROLE_ANON}, count, NULL),
                 ERR_FORBIDDEN);
    env_close(&env);
}

static void a_unique_violation_is_a_conflict_and_can_be_told(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    const struct pg_param params[] = {PG_CSTR(alice), PG_CSTR("secret-word")};
    const struct pg_query insert = {"INSERT INTO note (owner, word) VALUES ($1, $2)", params, 2};
    for (int i = 0; i < 2; i++) {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &tx), OK);
        CHECK_STATUS(cx, pg_exec(cx, &tx, &insert, NULL), i == 0 ? OK : ERR_CONFLICT);
        if (i == 0) {
            CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
            continue;
        }
        CHECK_STR("state", str_from_cstr(pg_tx_sqlstate(&tx)), STR("23505"));
        CHECK_STR("constraint", str_from_cstr(pg_tx_constraint(&tx)), STR("note_word_key"));
        chain_must_not_hold(cx, STR("secret-word"));
        CHECK_STATUS(cx, pg_exec(cx, &tx, &insert, NULL), ERR_INTERNAL); /* it can only end */
        CHECK_STATUS(cx, pg_tx_commit(cx, &tx), ERR_INTERNAL);
    }
    CHECK_I64("lives on", one_i64(&env, &as_alice, "SELECT 1 AS v"), 1);
    env_close(&env);
}

static void what_is_not_committed_is_gone(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    static const struct pg_query insert = {.sql = "INSERT INTO bulk VALUES (1)"};
    static const char count[] = "SELECT count(*) AS v FROM bulk WHERE n IN (1, 2, 3)";
    {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        CHECK_STATUS(cx, pg_exec(cx, &tx, &insert, NULL), OK);
    }
    CHECK_I64("rolled back", one_i64(&env, NULL, count), 0);
    const struct pg_query three[] = {
        {.sql = "INSERT INTO bulk VALUES (1)"},
        {.sql = "INSERT INTO bulk VALUES (2), (3)"},
        {.sql = "SELECT count(*) AS v FROM bulk WHERE n IN (1, 2, 3)"},
    };
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    struct pg_rows rows[3];
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
    CHECK_STATUS(cx, pg_exec_commit(cx, &tx, three, 3, rows), OK);
    pg_tx_end(&tx);
    CHECK_I64("affected", rows[1].affected, 2);
    CHECK_I64("seen inside", pg_col_i64(pg_row_at(&rows[2], 0), "v"), 3);
    CHECK_I64("committed", one_i64(&env, NULL, count), 3);
    CHECK_STATUS(cx, run(&env, NULL, "DELETE FROM bulk", NULL), OK);
    env_close(&env);
}

static void a_transaction_without_statements_costs_nothing(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &tx), OK);
    CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
    DEFER(pg_tx_end) struct pg_tx ended = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &ended), OK);
    pg_tx_end(&ended);
    pg_tx_end(&ended);
    CHECK_I64("lives on", one_i64(&env, &as_alice, "SELECT 1 AS v"), 1);
    env_close(&env);
}

static void the_first_failure_of_a_trip_stops_the_rest(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    static const struct pg_query four[] = {
        {.sql = "INSERT INTO bulk VALUES (11)"},
        {.sql = "SELECT nothing FROM nowhere"},
        {.sql = "INSERT INTO bulk VALUES (12)"},
        {.sql = "SELECT 1/0"},
    };
    for (int commits = 0; commits < 2; commits++) {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        enum status status = commits == 1 ? pg_exec_commit(cx, &tx, four, 4, NULL)
                                          : pg_exec_all(cx, &tx, four, 4, NULL);
        CHECK_STATUS(cx, status, ERR_INTERNAL);
        CHECK_STR("which", str_from_cstr(cx->err.text),
                  STR("statement 2 of 4: database: relation \"nowhere\" does not exist (SQLSTATE "
                      "42P01)"));
    }
    CHECK_I64("nothing stays", one_i64(&env, NULL, "SELECT count(*) AS v FROM bulk"), 0);
    env_close(&env);
}

static void server_words_never_quote_values(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    static const char *const casts[] = {
        "SELECT $1::text::int",  "SELECT $1::text::uuid",     "SELECT $1::text::date",
        "SELECT $1::text::json", "SELECT $1::text::bool",     "SELECT $1::text::interval",
        "SELECT $1::int",        "SELECT ('{' || $1)::int[]",
    };
    const struct pg_param param = PG_CSTR("my \"secret\" value");
    for (size_t i = 0; i < ARRAY_LEN(casts); i++) {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &tx), OK);
        CHECK_STATUS(cx, pg_exec(cx, &tx, &(struct pg_query){casts[i], &param, 1}, NULL),
                     ERR_INTERNAL);
        chain_must_not_hold(cx, STR("secret"));
        chain_must_hold(cx, STR("SQLSTATE 22"));
    }
    env_close(&env);
}

static void a_parameter_with_a_nul_costs_no_connection(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    static const char pid[] = "SELECT pg_backend_pid() AS v";
    int64_t before = one_i64(&env, NULL, pid);
    const struct pg_param param = PG_STR(STR("a\0b"));
    for (int statements_before = 0; statements_before < 2; statements_before++) {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        if (statements_before == 1) {
            CHECK_STATUS(cx, pg_exec(cx, &tx, &(struct pg_query){.sql = pid}, NULL), OK);
        }
        CHECK_STATUS(cx, pg_exec(cx, &tx, &(struct pg_query){"SELECT $1::text", &param, 1}, NULL),
                     ERR_INVALID);
    }
    CHECK_I64("the same backend", one_i64(&env, NULL, pid), before);
    env_close(&env);
}

static void wide_trips_in_both_directions_do_not_lock_up(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    enum { STATEMENTS = 60 };
    struct buf big = buf_in(cx->arena, MIB(1));
    char *place = buf_reserve(&big, KIB(400));
    memset(place, 'x', KIB(400));
    buf_commit(&big, KIB(400));
    const struct pg_param param = PG_STR(buf_str(&big));
    struct pg_query queries[STATEMENTS];
    struct pg_rows rows[STATEMENTS];
    for (size_t i = 0; i < STATEMENTS; i++) {
        queries[i] = (struct pg_query){"SELECT $1::text AS v", &param, 1};
    }
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, &as_alice, &tx), OK);
    CHECK_STATUS(cx, pg_exec_commit(cx, &tx, queries, STATEMENTS, rows), OK);
    for (size_t i = 0; i < STATEMENTS; i++) {
        CHECK_I64("bytes back", pg_col_str(pg_row_at(&rows[i], 0), "v").len, KIB(400));
    }
    env_close(&env);
}

static void two_slots_share_the_pooler_without_meeting(void **state)
{
    (void)state;
    struct env one;
    struct env two;
    env_open(&one, cluster.url);
    env_open(&two, cluster.url);
    static const char claims[] =
        "SELECT left(current_setting('request.jwt.claims')::json->>'sub', 1)::int AS v";
    for (int i = 0; i < 20; i++) {
        CHECK_I64("alice", one_i64(&one, &as_alice, claims), 1);
        CHECK_I64("bob", one_i64(&two, &as_bob, claims), 2);
        struct env *swap = i % 2 == 0 ? &two : &one;
        CHECK_I64("alice on the other", one_i64(swap, &as_alice, claims), 1);
    }
    env_close(&one);
    env_close(&two);
}

/* ---- scripts and COPY ---- */

static void a_script_runs_many_statements_or_none(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    static const struct {
        struct str sql;
        enum status want;
        const char *words; /* NULL: OK */
    } scripts[] = {
        {STR_INIT("CREATE TABLE made (n int); INSERT INTO made VALUES (1);"), OK, NULL},
        {STR_INIT(""), OK, NULL},
        {STR_INIT("CREATE TABLE made2 (n int);\n-- \xc3\xa9t\xc3\xa9\n\nSELEC 1;"), ERR_INTERNAL,
         "line 4: database: syntax error at or near \"SELEC\" (SQLSTATE 42601)"},
        {STR_INIT("CREATE TABLE made3 (n int); COMMIT;"), ERR_INTERNAL,
         "the script ended the transaction it ran in"},
        {STR_INIT("SELECT 1;\0SELECT 2"), ERR_INVALID, "the script holds U+0000"},
    };
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        CHECK_STATUS(cx, pg_script(cx, &tx, scripts[i].sql), scripts[i].want);
        if (scripts[i].words != NULL) {
            CHECK_STR("words", str_from_cstr(cx->err.text), str_from_cstr(scripts[i].words));
        } else {
            CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
        }
    }
    CHECK_I64("first", one_i64(&env, NULL, "SELECT count(*) AS v FROM made"), 1);
    CHECK_I64("second", one_i64(&env, NULL, "SELECT (to_regclass('made2') IS NULL)::int AS v"), 1);
    env_close(&env);
}

/* Rows `from` to `to`, and `tail` after them. */
static enum status copy_rows(struct env *env, int from, int to, const char *tail, int64_t *affected)
{
    struct ctx *cx = &env->t.cx;
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    TRY(pg_tx_begin(cx, env->pg, NULL, &tx));
    TRY(pg_copy_begin(cx, &tx, "COPY bulk (n, word) FROM STDIN"));
    for (int n = from; n <= to; n++) {
        char line[64];
        int len = snprintf(line, sizeof line, "%d\tword\\t%d\n", n, n);
        TRY(pg_copy_data(cx, &tx, (struct str){line, (size_t)len}));
    }
    TRY(pg_copy_data(cx, &tx, str_from_cstr(tail)));
    TRY(pg_copy_end(cx, &tx, affected));
    return pg_tx_commit(cx, &tx);
}

static void copy_streams_rows_in(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    int64_t affected = 0;
    CHECK_STATUS(&env.t.cx, copy_rows(&env, 1, 100000, "", &affected), OK);
    CHECK_I64("affected", affected, 100000);
    CHECK_I64(
        "there",
        one_i64(&env, NULL, "SELECT count(*) AS v FROM bulk WHERE word = 'word' || E'\\t' || n"),
        100000);
    env_close(&env);
}

static void copy_of_a_bad_row_leaves_the_table_and_names_the_line(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    CHECK_STATUS(cx, run(&env, NULL, "DELETE FROM bulk", NULL), OK);
    CHECK_STATUS(cx, copy_rows(&env, 1, 9, "secret\tword\n", NULL), ERR_INTERNAL);
    chain_must_hold(cx, STR("COPY bulk, line 10, column n"));
    chain_must_not_hold(cx, STR("secret"));
    CHECK_STATUS(cx, copy_rows(&env, 1, 3, "3\ttwice\n", NULL), ERR_CONFLICT);
    chain_must_hold(cx, STR("COPY bulk, line 4"));
    CHECK_I64("as it was", one_i64(&env, NULL, "SELECT count(*) AS v FROM bulk"), 0);
    env_close(&env);
}

static void copy_left_half_way_leaves_nothing(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        CHECK_STATUS(cx, pg_copy_begin(cx, &tx, "COPY bulk (n, word) FROM STDIN"), OK);
        CHECK_STATUS(cx, pg_copy_data(cx, &tx, STR("1\tone\n")), OK);
        CHECK_STATUS(cx, pg_exec(cx, &tx, &(struct pg_query){.sql = "SELECT 1"}, NULL),
                     ERR_INTERNAL);
    }
    CHECK_I64("nothing", one_i64(&env, NULL, "SELECT count(*) AS v FROM bulk"), 0);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
    CHECK_STATUS(cx, pg_copy_begin(cx, &tx, "SELECT 1"), ERR_INTERNAL);
    pg_tx_end(&tx);
    CHECK_I64("lives on", one_i64(&env, NULL, "SELECT 1 AS v"), 1);
    env_close(&env);
}

/* ---- time ---- */

static void a_slow_statement_ends_before_the_deadline(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    struct ctx *cx = &env.t.cx;
    CHECK_I64("open", one_i64(&env, &as_alice, "SELECT 1 AS v"), 1);
    int64_t started_ms = clock_now_ms();
    cx->deadline_ms = started_ms + 600;
    CHECK_STATUS(cx, run(&env, &as_alice, "SELECT pg_sleep(30)", NULL), ERR_TIMEOUT);
    CHECK_NEAR("ms taken", (double)(clock_now_ms() - started_ms), 400, 250);
    chain_must_hold(cx, STR("57014"));
    cx->deadline_ms = clock_now_ms() + ROOMY_MS;
    CHECK_I64("lives on", one_i64(&env, &as_alice, "SELECT 1 AS v"), 1);
    env_close(&env);
}

static void a_deadline_that_has_passed_asks_nothing(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    env.t.cx.deadline_ms = clock_now_ms() - 1;
    CHECK_STATUS(&env.t.cx, run(&env, &as_alice, "SELECT 1", NULL), ERR_TIMEOUT);
    CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), ERR_UNAVAILABLE);
    env_close(&env);
}

static void without_a_deadline_nothing_is_hurried(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.url);
    env.t.cx.deadline_ms = 0;
    CHECK_STATUS(&env.t.cx, run(&env, &as_alice, "SELECT pg_sleep(0.3)", NULL), OK);
    env_close(&env);
}

/* A listener that never answers: connections are made by the kernel, and nobody takes them. */
static int silent_listen(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void a_silent_server_is_unavailable_by_the_deadline(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = silent_listen(&port);
    char url[URL_MAX];
    (void)snprintf(url, sizeof url, "postgresql://u:pw-secret@127.0.0.1:%u/d", port);
    struct env env;
    env_open(&env, url);
    int64_t started_ms = clock_now_ms();
    env.t.cx.deadline_ms = started_ms + 300;
    CHECK_STATUS(&env.t.cx, run(&env, &as_alice, "SELECT 1", NULL), ERR_UNAVAILABLE);
    CHECK_NEAR("ms taken", (double)(clock_now_ms() - started_ms), 300, 200);
    chain_must_not_hold(&env.t.cx, STR("pw-secret"));
    env_close(&env);
    close(fd);
    env_open(&env, url); /* now nobody listens */
    started_ms = clock_now_ms();
    CHECK_STATUS(&env.t.cx, run(&env, &as_alice, "SELECT 1", NULL), ERR_UNAVAILABLE);
    CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), ERR_UNAVAILABLE);
    CHECK_NEAR("refused at once: ms", (double)(clock_now_ms() - started_ms), 0, 1000);
    chain_must_not_hold(&env.t.cx, STR("pw-secret"));
    env_close(&env);
}

static void a_server_that_freezes_is_unavailable_until_it_thaws(void **state)
{
    (void)state;
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    pid_t backend = (pid_t)one_i64(&env, NULL, "SELECT pg_backend_pid() AS v");
    assert_int_equal(kill(backend, SIGSTOP), 0);
    int64_t started_ms = clock_now_ms();
    cx->deadline_ms = started_ms + 400;
    CHECK_STATUS(cx, run(&env, NULL, "SELECT 1", NULL), ERR_UNAVAILABLE);
    CHECK_NEAR("ms taken", (double)(clock_now_ms() - started_ms), 400, 200);
    assert_int_equal(kill(backend, SIGCONT), 0);
    cx->deadline_ms = clock_now_ms() + ROOMY_MS;
    CHECK_I64("a new backend", one_i64(&env, NULL, "SELECT pg_backend_pid() AS v") != backend, 1);
    env_close(&env);
}

/* ---- the server goes away ---- */

static void words_about_a_bad_url_or_password_hold_neither(void **state)
{
    (void)state;
    struct env env;
    static const char *const urls[] = {
        "postgresql://u:pw-secret%zz@127.0.0.1/d",
        "pw-secret",
        "postgresql://u:pw-secret@127.0.0.1:99999/d",
        "postgresql://u:pw-secret@127.0.0.1/d?nonsense=1",
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        env_open(&env, urls[i]);
        CHECK_I64(urls[i], run(&env, NULL, "SELECT 1", NULL) == OK, false);
        chain_must_not_hold(&env.t.cx, STR("pw-secret"));
        env_close(&env);
    }
    char wrong[URL_MAX];
    struct str url = str_from_cstr(cluster.admin);
    struct str user = str_slice(url, 0, str_find(url, STR("//")) + 2);
    struct str tail = str_slice(url, str_find_char(url, '@'), url.len);
    (void)snprintf(wrong, sizeof wrong, STR_FMT "clambda_owner:pw-secret" STR_FMT, STR_ARG(user),
                   STR_ARG(tail));
    env_open(&env, wrong);
    CHECK_STATUS(&env.t.cx, run(&env, NULL, "SELECT 1", NULL), ERR_UNAVAILABLE);
    chain_must_hold(&env.t.cx, STR("password authentication failed"));
    chain_must_not_hold(&env.t.cx, STR("pw-secret"));
    env_close(&env);
}

/* Where a URL that is asked for comes from. */
struct desk {
    char urls[3][URL_MAX]; /* the first before a refusal, the next after each */
    int asked, refused;
    enum status status;
};

static enum status desk_ask(struct ctx *cx, void *arg, bool refused, const char **url)
{
    struct desk *desk = arg;
    desk->asked++;
    desk->refused += refused;
    *url = desk->urls[desk->refused < 3 ? desk->refused : 2];
    return desk->status == OK ? OK : fail(cx, desk->status, "the desk is closed");
}

/* `url` with another password. */
static void spoil(const char *url, const char *password, char out[static URL_MAX])
{
    struct str text = str_from_cstr(url);
    struct str rest = str_slice(text, STR("postgresql://").len, text.len);
    struct str user = str_slice(rest, 0, str_find_char(rest, ':'));
    (void)snprintf(out, URL_MAX, "postgresql://" STR_FMT ":%s" STR_FMT, STR_ARG(user), password,
                   STR_ARG(str_slice(text, str_find_char(text, '@'), text.len)));
}

static void desk_env_open(struct env *env, struct desk *desk)
{
    env_open(env, "");
    pg_free(env->pg);
    env->pg = pg_new_asking(desk_ask, desk);
}

static void a_url_that_is_asked_for_is_asked_again_once_its_login_is_refused(void **state)
{
    (void)state;
    const char *const urls[] = {cluster.admin, cluster.url};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct env env;
        struct desk desk = {0};
        spoil(urls[i], "pw-old", desk.urls[0]);
        (void)snprintf(desk.urls[1], URL_MAX, "%s", urls[i]);
        desk_env_open(&env, &desk);
        CHECK_I64(urls[i], one_i64(&env, NULL, "SELECT 7 AS v"), 7);
        CHECK_I64("asked", desk.asked, 2);
        CHECK_I64("refused", desk.refused, 1);
        CHECK_I64("connected", one_i64(&env, NULL, "SELECT 8 AS v"), 8);
        CHECK_I64("asked no more", desk.asked, 2);
        pg_close(env.pg);
        CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), OK);
        CHECK_I64("asked for a new connection", desk.asked, 3);
        env_close(&env);
    }
}

static void a_login_refused_twice_is_unavailable(void **state)
{
    (void)state;
    struct env env;
    struct desk desk = {0};
    for (size_t i = 0; i < 3; i++) {
        spoil(cluster.admin, i == 0 ? "pw-secret1" : "pw-secret2", desk.urls[i]);
    }
    desk_env_open(&env, &desk);
    CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), ERR_UNAVAILABLE);
    CHECK_I64("asked", desk.asked, 2);
    chain_must_hold(&env.t.cx, STR("28P01: password authentication failed"));
    chain_must_not_hold(&env.t.cx, STR("pw-secret"));
    chain_must_not_hold(&env.t.cx, STR("LOCATION"));
    desk.status = ERR_UNAVAILABLE;
    CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), ERR_UNAVAILABLE);
    chain_must_hold(&env.t.cx, STR("the desk is closed"));
    env_close(&env);
}

static void a_server_that_is_away_is_no_refused_login(void **state)
{
    (void)state;
    struct env env;
    struct desk desk = {
        .urls = {"postgresql://u:pw@127.0.0.1:1/d", "postgresql://u:pw@127.0.0.1:2/d"}};
    desk_env_open(&env, &desk);
    CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), ERR_UNAVAILABLE);
    CHECK_I64("asked", desk.asked, 1);
    env_close(&env);
}

static void a_backend_ended_between_transactions_is_not_noticed(void **state)
{
    (void)state;
    const char *const urls[] = {cluster.admin, cluster.url};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct env env;
        env_open(&env, urls[i]);
        int64_t backend = one_i64(&env, NULL, "SELECT pg_backend_pid() AS v");
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 5000)", (int)backend);
        admin_run(sql);
        CHECK_I64(urls[i], one_i64(&env, NULL, "SELECT pg_backend_pid() AS v") != backend, 1);
        admin_run("SELECT 1");
        CHECK_STATUS(&env.t.cx, pg_ping(&env.t.cx, env.pg), OK);
        env_close(&env);
    }
}

/* The end comes while the first round trip is under way: it is tried again, unless it would commit.
 */
static void a_backend_ended_in_the_first_trip_is_replaced_unless_it_commits(void **state)
{
    (void)state;
    admin_run("CREATE SEQUENCE tries");
    static const struct pg_query die_once = {
        .sql = "SELECT CASE WHEN nextval('tries') % 2 = 1"
               " THEN pg_terminate_backend(pg_backend_pid(), 1000)::int ELSE 7 END AS v"};
    for (int commits = 0; commits < 2; commits++) {
        struct env env;
        env_open(&env, cluster.admin);
        struct ctx *cx = &env.t.cx;
        CHECK_STATUS(cx, pg_ping(cx, env.pg), OK);
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        struct pg_rows rows;
        CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
        if (commits == 0) {
            CHECK_STATUS(cx, pg_exec(cx, &tx, &die_once, &rows), OK);
            CHECK_I64("second try", pg_col_i64(pg_row_at(&rows, 0), "v"), 7);
            CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
        } else {
            CHECK_STATUS(cx, pg_exec_commit(cx, &tx, &die_once, 1, &rows), ERR_UNAVAILABLE);
            chain_must_hold(cx, STR("it is not known whether the transaction was committed"));
        }
        pg_tx_end(&tx);
        env_close(&env);
    }
    struct env
        fresh; /* a new connection that dies is not tried again: the query may be the cause */
    env_open(&fresh, cluster.admin);
    CHECK_STATUS(&fresh.t.cx, run(&fresh, NULL, die_once.sql, NULL), OK); /* 4: even */
    env_close(&fresh);
    env_open(&fresh, cluster.admin);
    CHECK_STATUS(&fresh.t.cx, run(&fresh, NULL, die_once.sql, NULL), ERR_UNAVAILABLE);
    env_close(&fresh);
}

static void a_backend_ended_inside_a_transaction_fails_it_and_no_more(void **state)
{
    (void)state;
    const char *const urls[] = {cluster.admin, cluster.url};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct env env;
        env_open(&env, urls[i]);
        struct ctx *cx = &env.t.cx;
        CHECK_STATUS(cx, pg_ping(cx, env.pg), OK);
        {
            DEFER(pg_tx_end) struct pg_tx tx = {0};
            struct pg_rows rows;
            CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
            static const struct pg_query who = {.sql = "SELECT pg_backend_pid() AS v"};
            CHECK_STATUS(cx, pg_exec(cx, &tx, &who, &rows), OK);
            char sql[64];
            (void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 5000)",
                           (int)pg_col_i64(pg_row_at(&rows, 0), "v"));
            admin_run(sql);
            CHECK_STATUS(cx, pg_exec(cx, &tx, &who, NULL), ERR_UNAVAILABLE);
            CHECK_STATUS(cx, pg_tx_commit(cx, &tx), ERR_INTERNAL);
        }
        CHECK_I64("next", one_i64(&env, NULL, "SELECT 1 AS v"), 1);
        env_close(&env);
    }
}

static void statuses_while_the_server_is_down(struct env *env)
{
    struct ctx *cx = &env->t.cx;
    for (int i = 0; i < 3; i++) {
        int64_t started_ms = clock_now_ms();
        cx->deadline_ms = started_ms + 1500;
        CHECK_STATUS(cx, run(env, &as_alice, "SELECT 1", NULL), ERR_UNAVAILABLE);
        CHECK_STATUS(cx, pg_ping(cx, env->pg), ERR_UNAVAILABLE);
        CHECK_NEAR("ms taken", (double)(clock_now_ms() - started_ms), 0, 1700);
    }
}

static void wait_until_gone(pid_t pid)
{
    for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++) {
        (void)usleep(10000);
    }
}

static void a_killed_server_is_unavailable_and_the_next_call_works_once_it_is_back(void **state)
{
    (void)state;
    struct env pooled;
    struct env straight;
    env_open(&pooled, cluster.url);
    env_open(&straight, cluster.admin);
    CHECK_I64("before", one_i64(&pooled, &as_alice, "SELECT 1 AS v"), 1);
    CHECK_I64("before", one_i64(&straight, &as_alice, "SELECT 1 AS v"), 1);
    struct ctx *cx = &straight.t.cx;
    {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        static const struct pg_query insert = {.sql = "INSERT INTO bulk VALUES (77)"};
        CHECK_STATUS(cx, pg_tx_begin(cx, straight.pg, NULL, &tx), OK);
        CHECK_STATUS(cx, pg_exec(cx, &tx, &insert, NULL), OK);
        pid_t postmaster = cluster_pid("pg/postmaster.pid");
        assert_int_equal(kill(postmaster, SIGQUIT), 0); /* "immediate" */
        wait_until_gone(postmaster); /* it leaves after its backends: until then one may answer */
        CHECK_STATUS(cx, pg_exec(cx, &tx, &insert, NULL), ERR_UNAVAILABLE);
    }
    statuses_while_the_server_is_down(&pooled);
    statuses_while_the_server_is_down(&straight);
    assert_int_equal(cluster_run("start --fast"), 0);
    pooled.t.cx.deadline_ms = clock_now_ms() + ROOMY_MS;
    cx->deadline_ms = clock_now_ms() + ROOMY_MS;
    CHECK_I64("after", one_i64(&pooled, &as_alice, "SELECT 1 AS v"), 1);
    CHECK_I64("not committed",
              one_i64(&straight, NULL, "SELECT count(*) AS v FROM bulk WHERE n = 77"), 0);
    env_close(&pooled);
    env_close(&straight);
}

static void a_restart_between_transactions_is_not_noticed(void **state)
{
    (void)state;
    struct env pooled;
    struct env straight;
    env_open(&pooled, cluster.url);
    env_open(&straight, cluster.admin);
    CHECK_I64("before", one_i64(&pooled, &as_alice, "SELECT 1 AS v"), 1);
    CHECK_STATUS(&straight.t.cx, pg_ping(&straight.t.cx, straight.pg), OK);
    assert_int_equal(cluster_run("stop"), 0);
    assert_int_equal(cluster_run("start --fast"), 0);
    CHECK_I64("after", one_i64(&pooled, &as_alice, "SELECT 1 AS v"), 1);
    CHECK_STATUS(&straight.t.cx, pg_ping(&straight.t.cx, straight.pg), OK);
    pg_close(straight.pg); /* as before a snapshot */
    CHECK_STATUS(&straight.t.cx, pg_ping(&straight.t.cx, straight.pg), OK);
    env_close(&pooled);
    env_close(&straight);
}

static int cluster_open(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): one thread */
    (void)snprintf(cluster.folder, sizeof cluster.folder, "%s/clambda-pg-test.XXXXXX",
                   tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
    if (mkdtemp(cluster.folder) == NULL || chmod(cluster.folder, 0711) != 0) {
        return 1;
    }
    if (cluster_run("start --fast") != 0 || cluster.url[0] == '\0' || cluster.admin[0] == '\0') {
        return 1;
    }
    struct env env;
    env_open(&env, cluster.admin);
    struct ctx *cx = &env.t.cx;
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(cx, pg_tx_begin(cx, env.pg, NULL, &tx), OK);
    CHECK_STATUS(cx, pg_script(cx, &tx, str_from_cstr(schema_sql)), OK);
    CHECK_STATUS(cx, pg_tx_commit(cx, &tx), OK);
    env_close(&env);
    return 0;
}

static int cluster_close(void **state)
{
    (void)state;
    char command[COMMAND_MAX];
    int stopped = cluster_run("stop");
    (void)snprintf(command, sizeof command, "rm -rf '%s'", cluster.folder);
    int removed = system(command); /* NOLINT(cert-env33-c): a folder we made */
    return stopped == 0 && removed == 0 ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(a_transaction_has_its_role_and_claims_and_the_next_one_not),
        cmocka_unit_test(a_role_out_of_the_set_is_refused),
        cmocka_unit_test(a_role_the_login_may_not_take_is_our_fault),
        cmocka_unit_test(row_security_decides_what_is_seen_and_refused),
        cmocka_unit_test(a_unique_violation_is_a_conflict_and_can_be_told),
        cmocka_unit_test(what_is_not_committed_is_gone),
        cmocka_unit_test(a_transaction_without_statements_costs_nothing),
        cmocka_unit_test(the_first_failure_of_a_trip_stops_the_rest),
        cmocka_unit_test(server_words_never_quote_values),
        cmocka_unit_test(a_parameter_with_a_nul_costs_no_connection),
        cmocka_unit_test(wide_trips_in_both_directions_do_not_lock_up),
        cmocka_unit_test(two_slots_share_the_pooler_without_meeting),
        cmocka_unit_test(a_script_runs_many_statements_or_none),
        cmocka_unit_test(copy_streams_rows_in),
        cmocka_unit_test(copy_of_a_bad_row_leaves_the_table_and_names_the_line),
        cmocka_unit_test(copy_left_half_way_leaves_nothing),
        cmocka_unit_test(a_slow_statement_ends_before_the_deadline),
        cmocka_unit_test(a_deadline_that_has_passed_asks_nothing),
        cmocka_unit_test(without_a_deadline_nothing_is_hurried),
        cmocka_unit_test(a_silent_server_is_unavailable_by_the_deadline),
        cmocka_unit_test(a_server_that_freezes_is_unavailable_until_it_thaws),
        cmocka_unit_test(words_about_a_bad_url_or_password_hold_neither),
        cmocka_unit_test(a_url_that_is_asked_for_is_asked_again_once_its_login_is_refused),
        cmocka_unit_test(a_login_refused_twice_is_unavailable),
        cmocka_unit_test(a_server_that_is_away_is_no_refused_login),
        cmocka_unit_test(a_backend_ended_between_transactions_is_not_noticed),
        cmocka_unit_test(a_backend_ended_in_the_first_trip_is_replaced_unless_it_commits),
        cmocka_unit_test(a_backend_ended_inside_a_transaction_fails_it_and_no_more),
        cmocka_unit_test(a_killed_server_is_unavailable_and_the_next_call_works_once_it_is_back),
        cmocka_unit_test(a_restart_between_transactions_is_not_noticed),
    };
    return cmocka_run_group_tests(tests, cluster_open, cluster_close);
}
