/*
 * The ledger of model calls under load and faults: a budget is never passed, counters are the sum
 * of what they count, and nothing is held at rest. Through PgBouncer, on a real PostgreSQL.
 */
#include "tests/integration/llm_fixture.h"
#include "tests/support/random.h"

#include <pthread.h>
#include <signal.h>

/* ---- a thousand at once ---- */

enum { CALLERS = 200, CALLS_EACH = 5, CALLS_THAT_FIT = 50, CALL_COST = 1000 };

struct racer {
    pthread_t thread;
    pthread_barrier_t *start;
    struct db db;
    struct llm_caller caller;
    struct llm_call *admitted[CALLS_EACH];
    size_t admitted_count;
    enum status status; /* the first that is neither OK nor "the budget is spent" */
};

static void *race(void *object)
{
    struct racer *racer = object;
    (void)pthread_barrier_wait(racer->start);
    for (int i = 0; i < CALLS_EACH; i++) {
        struct llm_call *call = llm_call_new(&racer->db, &racer->caller, CALL_COST);
        enum status status = llm_call_admit(&racer->db, call);
        if (status == OK) {
            racer->admitted[racer->admitted_count++] = call;
        } else if (status != ERR_BUDGET) {
            racer->status = status;
        }
    }
    return NULL;
}

static void racers_run(struct racer *racers, const struct llm_caller *caller)
{
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, CALLERS), 0);
    for (size_t i = 0; i < CALLERS; i++) {
        racers[i] = (struct racer){.start = &start, .caller = *caller};
        db_open(&racers[i].db, cluster.url);
        CHECK_STATUS(racers[i].db.cx, pg_ping(racers[i].db.cx, racers[i].db.pg), OK);
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
        CHECK_STR("racer", str_from_cstr(status_name(racers[i].status)), STR("OK"));
    }
    (void)pthread_barrier_destroy(&start);
}

static void a_thousand_at_once_get_the_fifty_that_fit(void **state)
{
    (void)state;
    static struct racer racers[CALLERS];
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('global', 'total', 50999),"
            " ('tenant', 'day', 1000000000), ('key', 'month', 1000000000)");
    racers_run(racers, &caller);
    size_t admitted = 0;
    for (size_t i = 0; i < CALLERS; i++) {
        admitted += racers[i].admitted_count;
    }
    CHECK_I64("admitted", admitted, CALLS_THAT_FIT);
    CHECK_I64("held in all three", llm_count(llm_held_sql), 3 * CALLS_THAT_FIT * CALL_COST);
    CHECK_I64("counters that are no sum", llm_count(llm_unbalanced_sql), 0);
    for (size_t i = 0; i < CALLERS; i++) {
        for (size_t j = 0; j < racers[i].admitted_count; j++) {
            llm_call_settle(&db, racers[i].admitted[j], CALL_COST - 1);
        }
        db_close(&racers[i].db);
    }
    CHECK_I64("held at rest", llm_count(llm_held_sql), 0);
    CHECK_I64("holds at rest", llm_count("SELECT count(*) AS v FROM llm_holds"), 0);
    CHECK_I64("settled", llm_count(llm_settled_sql), CALLS_THAT_FIT * (CALL_COST - 1));
    CHECK_I64("cost rows", llm_count(llm_rows_cost_sql), CALLS_THAT_FIT * (CALL_COST - 1));
    db_close(&db);
}

/* ---- random interleavings ---- */

enum { PLAYERS = 8, MOVES = 150, OPEN_MAX = 6, MAX_COST = 500 };

struct player {
    pthread_t thread;
    struct db db;
    struct llm_caller caller;
    uint64_t random;
    struct llm_call *open[OPEN_MAX];
    size_t open_count;
    int admitted, refused;
    bool is_patient;    /* lets nothing expire */
    enum status status; /* the first that no player expects */
};

static enum status player_admit(struct player *p)
{
    int64_t worst = 1 + (int64_t)random_below(&p->random, MAX_COST);
    struct llm_call *call = llm_call_new(&p->db, &p->caller, worst);
    enum status status = llm_call_admit(&p->db, call);
    if (status == OK) {
        p->open[p->open_count++] = call;
        p->admitted++;
    }
    p->refused += status == ERR_BUDGET;
    return status == ERR_BUDGET ? OK : status;
}

/* Up to two attempts, which together cost no more than the worst case; either may be unknown. */
static enum status player_settle(struct player *p, const struct llm_call *call)
{
    uint64_t half = (uint64_t)call->request.worst_cost_nano / 2;
    struct llm_attempt attempts[2];
    size_t count = random_below(&p->random, 3);
    for (size_t i = 0; i < count; i++) {
        attempts[i] = llm_attempt_of((int64_t)random_below(&p->random, half + 1));
        attempts[i].is_unsettled = random_below(&p->random, 4) == 0;
    }
    struct llm_settlement settlement = llm_settlement_of(call, attempts, count);
    return llm_settle(p->db.cx, p->db.pg, &settlement);
}

/* Its time runs out; what is open of it may be settled late all the same, or never. */
static enum status player_let_expire(const struct llm_call *call)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "UPDATE llm_holds SET due_at = now() WHERE state = 'held' AND call_id = '%s'",
                   call->id);
    llm_sql(sql);
    return OK;
}

static enum status player_move(struct player *p)
{
    uint64_t dice = random_below(&p->random, 10);
    if (p->open_count == 0 || (dice < 5 && p->open_count < OPEN_MAX)) {
        return player_admit(p);
    }
    size_t index = random_below(&p->random, p->open_count);
    struct llm_call *call = p->open[index];
    if (dice == 9) {
        return p->is_patient ? OK : player_let_expire(call);
    }
    p->open[index] = p->open[--p->open_count];
    if (dice == 8) {
        return OK; /* nobody comes back from it */
    }
    enum status status = player_settle(p, call);
    return status == OK && dice == 7 ? player_settle(p, call) : status; /* the second counts not */
}

static void *play(void *object)
{
    struct player *p = object;
    for (int i = 0; i < MOVES && p->status == OK; i++) {
        p->status = player_move(p);
    }
    return NULL;
}

/* In one statement, and so at one moment. */
static const char broken_sql[] =
    "SELECT count(*) AS v FROM llm_spend AS w JOIN llm_budgets AS b ON b.id = w.budget_id WHERE"
    " w.settled_nano + w.held_nano > b.cap_nano OR w.held_nano <> COALESCE((SELECT"
    " sum(amount_nano) FROM llm_holds AS h WHERE w.id = ANY (h.window_ids) AND state IN ('held',"
    " 'unknown')), 0)";

/* Everything that is still held runs out. */
static void holds_expire(struct db *db)
{
    llm_sql("UPDATE llm_holds SET due_at = now() - interval '1 second'"
            " WHERE state IN ('held', 'unknown')");
    static const char open_sql[] = "SELECT count(*) AS v FROM llm_holds WHERE state IN ('held',"
                                   " 'unknown') AND due_at <= now()";
    for (int i = 0; i < PLAYERS * MOVES && llm_count(open_sql) > 0; i++) {
        llm_sweep(db);
    }
}

/* Windows whose settled money is not the sum of the cost rows in them. */
static const char unpaid_sql[] =
    "SELECT count(*) AS v FROM llm_spend AS w JOIN llm_budgets AS b ON b.id = w.budget_id"
    " WHERE w.settled_nano <> COALESCE((SELECT sum(cost_nanodollars) FROM ai_request_logs AS r"
    " LEFT JOIN llm_keys AS k ON k.id = r.key_id WHERE CASE b.scope WHEN 'global' THEN true"
    " WHEN 'tenant' THEN r.tenant_id = w.subject_id ELSE k.family_id = w.subject_id END), 0)";

static const char budgets_sql[] =
    "INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('global', 'total', 40000),"
    " ('tenant', 'day', 25000), ('key', 'month', 7000)";

static void players_start(struct player *players, bool are_patient)
{
    static const char *const tenants[] = {RED_ID, BLUE_ID};
    llm_sql(budgets_sql);
    for (size_t i = 0; i < PLAYERS; i++) {
        players[i] = (struct player){.random = i, .is_patient = are_patient};
        db_open(&players[i].db, cluster.url);
        players[i].caller = llm_new_key(&players[i].db, tenants[i % ARRAY_LEN(tenants)]);
    }
    for (size_t i = 0; i < PLAYERS; i++) {
        assert_int_equal(pthread_create(&players[i].thread, NULL, play, &players[i]), 0);
    }
}

static void players_end(struct player *players)
{
    for (size_t i = 0; i < PLAYERS; i++) {
        assert_int_equal(pthread_join(players[i].thread, NULL), 0);
        db_close(&players[i].db);
    }
}

/* Nothing is under way any more, and everything that ran out has been booked. */
static void rest_check(void)
{
    struct db gateway;
    db_open(&gateway, cluster.url);
    CHECK_I64("broken before the holds run out", llm_count(broken_sql), 0);
    holds_expire(&gateway);
    CHECK_I64("held at rest", llm_count(llm_held_sql), 0);
    CHECK_I64("broken at rest", llm_count(broken_sql), 0);
    CHECK_I64("settled but not in the cost rows, or the reverse", llm_count(unpaid_sql), 0);
    db_close(&gateway);
}

static void any_interleaving_keeps_the_counters_true(void **state)
{
    (void)state;
    static struct player players[PLAYERS];
    struct db owner;
    int admitted = 0, refused = 0;
    players_start(players, false);
    db_open(&owner, cluster.admin);
    for (int i = 0; i < 100; i++) {
        CHECK_I64("at any moment: counters are sums, within caps", db_i64(&owner, NULL, broken_sql),
                  0);
    }
    db_close(&owner);
    players_end(players);
    for (size_t i = 0; i < PLAYERS; i++) {
        CHECK_STR("player", str_from_cstr(status_name(players[i].status)), STR("OK"));
        admitted += players[i].admitted;
        refused += players[i].refused;
    }
    rest_check();
    assert_true(admitted > PLAYERS && refused > PLAYERS); /* or the caps were not tried */
}

static void server_crash(void)
{
    char path[128], text[16] = "";
    (void)snprintf(path, sizeof path, "%s/db/pg/postmaster.pid", cluster.folder);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    int64_t pid = 0;
    assert_true(str_to_i64(str_trim(str_from_cstr(text)), &pid) && pid > 1);
    assert_int_equal(kill((pid_t)pid, SIGQUIT), 0); /* "immediate": nothing is flushed any more */
    for (int i = 0; i < 500 && kill((pid_t)pid, 0) == 0; i++) {
        clock_sleep_ms(10);
    }
}

/* It forgets its last moments, but of each call the row and the counters together. */
static void a_crash_of_the_server_leaves_the_counters_true(void **state)
{
    (void)state;
    static struct player players[PLAYERS];
    int admitted = 0, broken_off = 0;
    players_start(players, true);
    clock_sleep_ms(500);
    server_crash();
    players_end(players);
    assert_int_equal(db_cluster_run("start --fast"), 0);
    for (size_t i = 0; i < PLAYERS; i++) {
        admitted += players[i].admitted;
        broken_off += players[i].status != OK;
    }
    assert_true(admitted > PLAYERS && broken_off > 0); /* or it crashed with nothing under way */
    rest_check();
}

/* ---- calls that nobody comes back from, or not in time ---- */

static void budget_of_a_thousand(struct db *db, struct llm_caller *red, struct llm_caller *blue)
{
    db_open(db, cluster.url);
    *red = llm_new_key(db, RED_ID);
    *blue = llm_new_key(db, BLUE_ID);
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('global', 'total', 1000)");
}

static void time_runs_out(struct db *db)
{
    llm_sql("UPDATE llm_holds SET due_at = now() - interval '1 second'");
    llm_sweep(db);
}

static void an_orphaned_hold_counts_as_spent_whoever_comes_next(void **state)
{
    (void)state;
    struct db db;
    struct llm_caller red, blue;
    budget_of_a_thousand(&db, &red, &blue);
    struct llm_call *lost = llm_call_new(&db, &red, 600);
    CHECK_STATUS(db.cx, llm_call_admit(&db, lost), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 500)), ERR_BUDGET);
    CHECK_I64("before its time", llm_count(llm_held_sql), 600);
    time_runs_out(&db);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 500)), ERR_BUDGET);
    CHECK_I64("held", llm_count(llm_held_sql), 0);
    CHECK_I64("settled", llm_count(llm_settled_sql), 600);
    CHECK_I64("its row is red's",
              llm_count("SELECT cost_nanodollars AS v FROM ai_request_logs WHERE attempt = 0 AND"
                        " failure = 'orphaned' AND unsettled AND tenant_id = '" RED_ID "'"),
              600);
    llm_call_settle(&db, lost, 20); /* it was only slow */
    CHECK_I64("corrected", llm_count(llm_settled_sql), 20);
    CHECK_I64("one row", llm_count("SELECT count(*) AS v FROM ai_request_logs"), 1);
    CHECK_I64("of what it cost", llm_count(llm_rows_cost_sql), 20);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 980)), OK);
    db_close(&db);
}

static void what_may_have_been_billed_stays_held_and_is_spent_in_the_end(void **state)
{
    (void)state;
    struct db db;
    struct llm_caller red, blue;
    budget_of_a_thousand(&db, &red, &blue);
    struct llm_call *call = llm_call_new(&db, &red, 900);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    struct llm_attempt attempts[] = {llm_attempt_of(300), llm_attempt_of(40)};
    attempts[0].failure = LLM_AMBIGUOUS;
    attempts[0].is_unsettled = true;
    struct llm_settlement settlement = llm_settlement_of(call, attempts, 2);
    CHECK_STATUS(db.cx, llm_settle(db.cx, db.pg, &settlement), OK);
    CHECK_I64("held", llm_count(llm_held_sql), 300);
    CHECK_I64("settled", llm_count(llm_settled_sql), 40);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 661)), ERR_BUDGET);
    time_runs_out(&db);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 661)), ERR_BUDGET);
    CHECK_I64("held", llm_count(llm_held_sql), 0);
    CHECK_I64("settled", llm_count(llm_settled_sql), 340);
    CHECK_I64("cost rows", llm_count(llm_rows_cost_sql), 340);
    time_runs_out(&db); /* a day later the record of it goes */
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &blue, 661)), ERR_BUDGET);
    CHECK_I64("holds", llm_count("SELECT count(*) AS v FROM llm_holds"), 0);
    CHECK_I64("settled still", llm_count(llm_settled_sql), 340);
    db_close(&db);
}

static void a_settlement_counts_once_and_without_its_hold(void **state)
{
    (void)state;
    struct db db;
    struct llm_caller red, blue;
    budget_of_a_thousand(&db, &red, &blue);
    struct llm_call *call = llm_call_new(&db, &red, 100);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    /* what a crash of the server leaves of its last moments */
    llm_sql("DELETE FROM llm_holds; UPDATE llm_spend SET held_nano = 0");
    llm_call_settle(&db, call, 70);
    llm_call_settle(&db, call, 70);
    CHECK_I64("settled", llm_count(llm_settled_sql), 70);
    CHECK_I64("held", llm_count(llm_held_sql), 0);
    CHECK_I64("cost rows", llm_count(llm_rows_cost_sql), 70);
    db_close(&db);
}

static void a_call_refused_after_its_admission_leaves_a_row_and_no_cost(void **state)
{
    (void)state;
    struct db db;
    struct llm_caller red, blue;
    budget_of_a_thousand(&db, &red, &blue);
    struct llm_call *call = llm_call_new(&db, &red, 100);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    struct llm_settlement settlement = llm_settlement_of(call, NULL, 0);
    CHECK_STATUS(db.cx, llm_settle(db.cx, db.pg, &settlement), OK);
    CHECK_I64("held", llm_count(llm_held_sql), 0);
    CHECK_I64("row",
              llm_count("SELECT count(*) AS v FROM ai_request_logs WHERE attempt = 0 AND"
                        " NOT success AND model = 'fast' AND cost_nanodollars = 0"),
              1);
    db_close(&db);
}

/* Another's window is locked: who sweeps leaves the hold for later and does not wait. */
static void sweeping_waits_for_nobody(void **state)
{
    (void)state;
    struct db db, owner;
    db_open(&db, cluster.url);
    db_open(&owner, cluster.admin);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('tenant', 'total', 1000)");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &red, 600)), OK);
    llm_sql("UPDATE llm_holds SET due_at = now() - interval '1 second'");
    {
        DEFER(pg_tx_end) struct pg_tx tx = {0};
        CHECK_STATUS(owner.cx, pg_tx_begin(owner.cx, owner.pg, NULL, &tx), OK);
        CHECK_STATUS(owner.cx,
                     pg_exec(owner.cx, &tx,
                             &(struct pg_query){.sql = "SELECT FROM llm_spend FOR UPDATE"}, NULL),
                     OK);
        db.cx->deadline_ms = clock_now_ms() + 2000;
        llm_sweep(&db);
        db.cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
    }
    CHECK_I64("left", llm_count(llm_settled_sql), 0);
    llm_sweep(&db);
    CHECK_I64("done", llm_count(llm_settled_sql), 600);
    db_close(&owner);
    db_close(&db);
}

static void what_is_old_goes_and_what_counts_stays(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('tenant', 'day', 1000);"
            "INSERT INTO llm_spend (budget_id, subject_id, starts_at, ends_at, held_nano)"
            " SELECT id, '" RED_ID "', now() - days * interval '1 day', now() - (days - 1) *"
            " interval '1 day', held FROM llm_budgets, (VALUES (40, 0), (42, 0), (43, 7)) AS w"
            " (days, held);"
            "INSERT INTO llm_rates (subject_id, kind, starts_at) VALUES"
            " ('" RED_ID "', 'key', now() - interval '25 hours'),"
            " ('" RED_ID "', 'user', now() - interval '23 hours');"
            "INSERT INTO llm_cache (tenant_id, digest, content_type, body, cost_nano, expires_at)"
            " SELECT '" RED_ID "', sha256(m::text::bytea), 'a', 'b', 0, now() + m * interval"
            " '1 minute' FROM (VALUES (-1), (1)) AS e (m);"
            "INSERT INTO llm_replays (tenant_id, subject_id, idempotency_key, request_digest,"
            " call_id, expires_at) SELECT '" RED_ID "', '" RED_ID "', m::text, sha256('x'),"
            " gen_random_uuid(), now() + m * interval '1 minute' FROM (VALUES (-1), (1)) AS e (m)");
    enum { SWEEPS = 200 }; /* one in five clears up: missing it every time is 10^-20 */
    for (int i = 0; i < SWEEPS; i++) {
        llm_sweep(&db);
    }
    CHECK_I64("spend: a recent one, one that holds",
              llm_count("SELECT count(*) AS v FROM"
                        " llm_spend"),
              2);
    CHECK_I64("rates", llm_count("SELECT count(*) AS v FROM llm_rates"), 1);
    CHECK_I64("cache", llm_count("SELECT count(*) AS v FROM llm_cache"), 1);
    CHECK_I64("replays", llm_count("SELECT count(*) AS v FROM llm_replays"), 1);
    struct llm_call *call = llm_call_new(&db, &red, 1);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    db_close(&db);
}

/* What the transaction's COMMIT will do after an admission and a settlement. */
static struct str commit_of(struct db *db, const struct llm_caller *caller, const char *sql)
{
    struct pg_identity identity = {.role = PG_ROLE_LLM_GATEWAY, .claims = caller->claims};
    struct pg_rows *rows = ARENA_NEW(db->cx->arena, struct pg_rows);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    const struct pg_query queries[] = {
        {.sql = "SELECT set_config('synchronous_commit', 'on', true)"},
        {.sql = sql},
        {.sql = "SELECT current_setting('synchronous_commit') AS v"},
    };
    struct pg_rows results[ARRAY_LEN(queries)] = {{0}};
    CHECK_STATUS(db->cx, pg_tx_begin(db->cx, db->pg, &identity, &tx), OK);
    CHECK_STATUS(db->cx, pg_exec_all(db->cx, &tx, queries, ARRAY_LEN(queries), results), OK);
    *rows = results[2];
    return pg_col_str(pg_row_at(rows, 0), "v");
}

static void nobody_waits_for_the_disk_unless_told_to(void **state)
{
    (void)state;
    static const char admit[] = "SELECT verdict FROM public.llm_admit(gen_random_uuid(), 'fast',"
                                " 'f', false, 1, 1, 1000, NULL, '', NULL)";
    static const char settle[] =
        "SELECT public.llm_settle(gen_random_uuid(), '{\"alias\":\"a\",\"cached\":false,"
        "\"replayed\":false,\"succeeded\":false}', 0, 0, 0, '', '{}', '{}', NULL, 0, '', '', '')";
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    CHECK_STR("admit", commit_of(&db, &red, admit), STR("off"));
    CHECK_STR("settle", commit_of(&db, &red, settle), STR("off"));
    llm_sql("UPDATE llm_settings SET waits_for_disk = true");
    CHECK_STR("admit", commit_of(&db, &red, admit), STR("on"));
    CHECK_STR("settle", commit_of(&db, &red, settle), STR("on"));
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_thousand_at_once_get_the_fifty_that_fit, llm_clean),
        cmocka_unit_test_setup(any_interleaving_keeps_the_counters_true, llm_clean),
        cmocka_unit_test_setup(a_crash_of_the_server_leaves_the_counters_true, llm_clean),
        cmocka_unit_test_setup(an_orphaned_hold_counts_as_spent_whoever_comes_next, llm_clean),
        cmocka_unit_test_setup(what_may_have_been_billed_stays_held_and_is_spent_in_the_end,
                               llm_clean),
        cmocka_unit_test_setup(a_settlement_counts_once_and_without_its_hold, llm_clean),
        cmocka_unit_test_setup(a_call_refused_after_its_admission_leaves_a_row_and_no_cost,
                               llm_clean),
        cmocka_unit_test_setup(sweeping_waits_for_nobody, llm_clean),
        cmocka_unit_test_setup(what_is_old_goes_and_what_counts_stays, llm_clean),
        cmocka_unit_test_setup(nobody_waits_for_the_disk_unless_told_to, llm_clean),
    };
    return cmocka_run_group_tests(tests, llm_setup, db_cluster_stop);
}
