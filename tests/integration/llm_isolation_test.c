/*
 * One tenant's calls are nothing to another: red leaves something in every table, then blue, in the
 * gateway's own role, reads, changes and takes what it can. The catalogue is walked, so a table or
 * function that is added is asked about too, and fails here until somebody thought of it.
 */
#include "tests/integration/llm_fixture.h"

#define CANARY "canary-7f3a"

static struct db owner, gateway;
static char red_key[LLM_KEY_LEN + 1];
static struct llm_caller red, blue;
static struct llm_digest red_cache;
static struct llm_call *red_open; /* red's call that is under way */

static void digest_set(struct llm_digest *digest, const char *text)
{
    struct str field = str_from_cstr(text);
    llm_digest_of(&field, 1, digest);
}

/* A call of `caller` with a cache key and an idempotency key. */
static struct llm_call *call_with_keys(const struct llm_caller *caller)
{
    struct llm_call *call = llm_call_new(&gateway, caller, 100);
    call->request.cache_key = &red_cache;
    call->request.idempotency_key = STR("idem-" CANARY);
    call->request.request_digest = &red_cache;
    return call;
}

/* One call that ended, with its answer stored; one under way. */
static void red_calls(void)
{
    struct llm_call *call = call_with_keys(&red);
    CHECK_STATUS(gateway.cx, llm_call_admit(&gateway, call), OK);
    struct llm_attempt attempt = llm_attempt_of(60);
    struct llm_settlement settlement = llm_settlement_of(call, &attempt, 1);
    settlement.content_type = STR("application/json");
    settlement.answer = STR("{\"secret\":\"" CANARY "\"}");
    CHECK_STATUS(gateway.cx, llm_settle(gateway.cx, gateway.pg, &settlement), OK);
    red_open = llm_call_new(&gateway, &red, 30);
    CHECK_STATUS(gateway.cx, llm_call_admit(&gateway, red_open), OK);
}

static int setup(void **state)
{
    if (llm_setup(state) != 0) {
        return -1;
    }
    db_open(&owner, cluster.admin);
    db_open(&gateway, cluster.url);
    digest_set(&red_cache, CANARY);
    llm_key_insert(RED_ID, "user_id, rpm", "'" ADA_ID "', 1000", red_key);
    red = llm_caller_of(&gateway, red_key);
    blue = llm_new_key(&gateway, BLUE_ID);
    llm_sql("UPDATE llm_tenants SET rpm = 1000;"
            "INSERT INTO llm_budgets (scope, scope_id, period, cap_nano) VALUES"
            " ('tenant', '" RED_ID "', 'day', 1000000), ('tenant', NULL, 'day', 2000000),"
            " ('global', NULL, 'day', 3000000), ('key', NULL, 'total', 500000),"
            " ('user', '" ADA_ID "', 'month', 500000)");
    red_calls();
    return 0;
}

static int teardown(void **state)
{
    db_close(&gateway);
    db_close(&owner);
    return db_cluster_stop(state);
}

/* ---- tables ---- */

/*
 * Every table, with what the gateway may do there. `columns`: those it may read.
 */
static const char tables_sql[] =
    "SELECT c.relname AS name, COALESCE(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
    "   FILTER (WHERE has_column_privilege('llm_gateway', c.oid, a.attnum, 'SELECT')), '')"
    "   AS columns,"
    " string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
    "   FILTER (WHERE a.attgenerated = '') AS written,"
    " min(quote_ident(a.attname)) FILTER (WHERE a.attidentity = '' AND a.attgenerated = '')"
    "   AS some_column,"
    " has_table_privilege('llm_gateway', c.oid, 'INSERT') AS inserts,"
    " has_table_privilege('llm_gateway', c.oid, 'UPDATE') AS updates,"
    " has_table_privilege('llm_gateway', c.oid, 'DELETE') AS deletes"
    " FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    "   AND NOT a.attisdropped"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    " GROUP BY c.oid, c.relname ORDER BY c.relname";

struct table {
    struct str name, columns, written, some_column;
    bool inserts, updates, deletes;
};

static size_t tables_read(struct table **tables)
{
    struct pg_rows *rows = ARENA_NEW(owner.cx->arena, struct pg_rows);
    CHECK_STATUS(owner.cx, db_run(&owner, NULL, tables_sql, rows), OK);
    *tables = ARENA_ARRAY(owner.cx->arena, struct table, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        struct pg_row row = pg_row_at(rows, i);
        (*tables)[i] = (struct table){
            .name = pg_col_str(row, "name"),
            .columns = pg_col_str(row, "columns"),
            .written = pg_col_str(row, "written"),
            .some_column = pg_col_str(row, "some_column"),
            .inserts = pg_col_bool(row, "inserts"),
            .updates = pg_col_bool(row, "updates"),
            .deletes = pg_col_bool(row, "deletes"),
        };
        CHECK_STATUS(owner.cx, pg_row_status(owner.cx, row), OK);
    }
    return rows->count;
}

/* Rows that speak of red: its ids, its user's, its key's, or the canary, in any of `columns`. */
static const char *red_rows_sql(const struct table *table, struct str columns)
{
    return arena_format(owner.cx->arena,
                        "SELECT count(*) AS v FROM public." STR_FMT " WHERE concat_ws(' ', " STR_FMT
                        ") ~ '" RED_ID "|" ADA_ID "|" STR_FMT "|" CANARY "|red'",
                        STR_ARG(table->name), STR_ARG(columns), STR_ARG(red.key_id))
        .ptr;
}

static const struct pg_identity *as(const struct llm_caller *caller)
{
    struct pg_identity *identity = ARENA_NEW(gateway.cx->arena, struct pg_identity);
    *identity = (struct pg_identity){.role = PG_ROLE_LLM_GATEWAY, .claims = caller->claims};
    return identity;
}

/* What no tenant owns: the gateway may read it, whoever calls. */
static bool is_shared(struct str table)
{
    return str_eq(table, STR("llm_settings")) || str_eq(table, STR("llm_cooldowns"));
}

static void reading_check(const struct table *table)
{
    const char *sql = red_rows_sql(table, table->columns);
    CHECK_I64(table->name.ptr, db_i64(&gateway, as(&blue), sql), 0);
    if (!is_shared(table->name) && db_i64(&gateway, as(&red), sql) == 0) {
        CHECK_FAILED(STR_FMT ": red left nothing there that red sees; let setup() leave some\n",
                     STR_ARG(table->name));
    }
}

static void every_table_the_gateway_reads_hides_the_other_tenant(void **state)
{
    (void)state;
    struct table *tables;
    size_t count = tables_read(&tables), asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (tables[i].columns.len > 0) {
            reading_check(&tables[i]);
            asked++;
        }
    }
    CHECK_I64("tables", asked, 11);
}

/* As red left it, to the last byte. */
static struct str red_print(const struct table *table)
{
    return db_str(&owner, NULL,
                  arena_format(owner.cx->arena,
                               "SELECT COALESCE(md5(string_agg(t::text, '|' ORDER BY t::text)),"
                               " '') AS v FROM public." STR_FMT " AS t WHERE t::text ~ '" RED_ID
                               "|" ADA_ID "|" CANARY "'",
                               STR_ARG(table->name))
                      .ptr);
}

static void changing_check(const struct table *table)
{
    struct arena *arena = owner.cx->arena;
    struct str before = red_print(table);
    if (table->updates) {
        struct pg_rows rows = {0};
        CHECK_STATUS(
            gateway.cx,
            db_run(&gateway, as(&blue),
                   arena_format(arena, "UPDATE public." STR_FMT " SET " STR_FMT " = " STR_FMT,
                                STR_ARG(table->name), STR_ARG(table->some_column),
                                STR_ARG(table->some_column))
                       .ptr,
                   &rows),
            OK);
        CHECK_I64(table->name.ptr, rows.affected,
                  db_i64(&gateway, as(&blue),
                         arena_format(arena, "SELECT count(*) AS v FROM public." STR_FMT,
                                      STR_ARG(table->name))
                             .ptr));
    }
    if (table->deletes) {
        db_must(&gateway, as(&blue),
                arena_format(arena, "DELETE FROM public." STR_FMT, STR_ARG(table->name)).ptr);
    }
    CHECK_STR(table->name.ptr, red_print(table), before);
}

/* Red's own row once more, by blue: row security refuses it before anything else could. */
static void forging_check(const struct table *table)
{
    const char *sql =
        arena_format(owner.cx->arena,
                     "SELECT t.row::text AS v FROM (SELECT to_jsonb(r) AS row FROM public." STR_FMT
                     " AS r WHERE r::text ~ '" RED_ID "|" ADA_ID "' LIMIT 1) AS t",
                     STR_ARG(table->name))
            .ptr;
    if (is_shared(table->name)) {
        return;
    }
    struct str row = db_str(&owner, NULL, sql);
    const struct pg_param params[] = {PG_STR(row)};
    struct str insert = arena_format(
        owner.cx->arena,
        "INSERT INTO public." STR_FMT " (" STR_FMT ") OVERRIDING SYSTEM VALUE SELECT " STR_FMT
        " FROM jsonb_populate_record(NULL::public." STR_FMT ", $1::jsonb)",
        STR_ARG(table->name), STR_ARG(table->written), STR_ARG(table->written),
        STR_ARG(table->name));
    err_clear(gateway.cx);
    DEFER(pg_tx_end) struct pg_tx tx = {0};
    CHECK_STATUS(gateway.cx, pg_tx_begin(gateway.cx, gateway.pg, as(&blue), &tx), OK);
    CHECK_STATUS(gateway.cx,
                 pg_exec(gateway.cx, &tx, &(struct pg_query){insert.ptr, params, 1}, NULL),
                 ERR_FORBIDDEN);
}

static void every_table_the_gateway_writes_keeps_the_other_tenants_rows(void **state)
{
    (void)state;
    struct table *tables;
    size_t count = tables_read(&tables), asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (tables[i].inserts || tables[i].updates || tables[i].deletes) {
            changing_check(&tables[i]);
            asked++;
        }
        if (tables[i].inserts) {
            forging_check(&tables[i]);
        }
    }
    CHECK_I64("tables", asked, 7);
}

static void without_claims_the_gateway_sees_nobodys_rows(void **state)
{
    (void)state;
    static const struct pg_identity nobody = {.role = PG_ROLE_LLM_GATEWAY};
    struct table *tables;
    size_t count = tables_read(&tables);
    for (size_t i = 0; i < count; i++) {
        if (tables[i].columns.len > 0) {
            CHECK_I64(tables[i].name.ptr,
                      db_i64(&gateway, &nobody, red_rows_sql(&tables[i], tables[i].columns)), 0);
        }
    }
    struct llm_caller no_claims = red;
    no_claims.claims = STR("{}");
    CHECK_STATUS(gateway.cx, llm_call_admit(&gateway, llm_call_new(&gateway, &no_claims, 1)),
                 ERR_INTERNAL);
}

/* ---- functions ---- */

static void no_function_but_three_acts_with_more_rights_than_the_gateways(void **state)
{
    (void)state;
    CHECK_STR("with the owner's rights, for the gateway",
              db_str(&owner, NULL,
                     "SELECT string_agg(proname, ' ' ORDER BY proname) AS v FROM pg_proc"
                     " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
                     " AND has_function_privilege('llm_gateway', oid, 'EXECUTE')"),
              STR("llm_key_find llm_recording_put llm_sweep"));
    CHECK_STR("that take a tenant, a user or a key's id from whoever calls",
              db_str(&owner, NULL,
                     "SELECT COALESCE(string_agg(p.proname, ' '), '') AS v FROM pg_proc AS p"
                     " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'llm\\_%'"
                     " AND has_function_privilege('llm_gateway', oid, 'EXECUTE')"
                     " AND (SELECT bool_or(n ~ 'tenant|user|family') FROM unnest("
                     " proargnames[1:pronargs]) AS n)"),
              STR(""));
}

static void anothers_cache_and_idempotency_keys_are_unknown(void **state)
{
    (void)state;
    struct llm_call *call = call_with_keys(&blue);
    CHECK_STATUS(gateway.cx, llm_call_admit(&gateway, call), OK);
    assert_false(call->admission.is_cached || call->admission.is_replay);
    llm_call_settle(&gateway, call, 0);
    call = call_with_keys(&red);
    CHECK_STATUS(gateway.cx, llm_call_admit(&gateway, call), OK);
    assert_true(call->admission.is_replay); /* red's own are where they were */
}

/* Blue settles red's call, at a price of its choice. */
static void anothers_call_cannot_be_settled(void **state)
{
    (void)state;
    struct llm_call *forged = llm_call_new(&gateway, &blue, 0);
    forged->request.call_id = red_open->request.call_id;
    llm_call_settle(&gateway, forged, 0);
    CHECK_I64("red's hold",
              llm_count("SELECT sum(amount_nano)::bigint AS v FROM llm_holds WHERE"
                        " tenant_id = '" RED_ID "'"),
              30);
    CHECK_I64("counters that are no sum", llm_count(llm_unbalanced_sql), 0);
    llm_call_settle(&gateway, red_open, 10);
    CHECK_I64("settled by red",
              llm_count("SELECT count(*) AS v FROM ai_request_logs WHERE"
                        " tenant_id = '" RED_ID "' AND cost_nanodollars = 10"),
              1);
}

/* ---- users and secrets ---- */

static void users_read_their_own_costs_and_nothing_else(void **state)
{
    (void)state;
    static const char *const views[] = {"ai_request_logs",  "ai_cost_summary",
                                        "ai_cost_by_model", "ai_cost_by_function",
                                        "ai_cost_by_user",  "ai_performance_by_hour"};
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        struct str sql =
            arena_format(gateway.cx->arena, "SELECT count(*) > 0 AS v FROM public.%s", views[i]);
        CHECK_STR(views[i], db_str(&gateway, &as_ada, sql.ptr), STR("t"));
        CHECK_STR(views[i], db_str(&gateway, &as_ben, sql.ptr), STR("f"));
        CHECK_STATUS(gateway.cx, db_run(&gateway, &as_anon, sql.ptr, NULL), ERR_FORBIDDEN);
    }
    CHECK_STATUS(gateway.cx, db_run(&gateway, &as_ada, "SELECT public.llm_sweep()", NULL),
                 ERR_FORBIDDEN);
    CHECK_STATUS(gateway.cx,
                 db_run(&gateway, &as_ada,
                        "SELECT public.llm_settle(gen_random_uuid(), '{}', 0, 0, 0, '', '{}', '{}',"
                        " NULL, 0, '', '', '')",
                        NULL),
                 ERR_FORBIDDEN);
}

static void the_key_itself_is_in_no_row(void **state)
{
    (void)state;
    struct table *tables;
    size_t count = tables_read(&tables);
    for (size_t i = 0; i < count; i++) {
        struct str sql = arena_format(owner.cx->arena,
                                      "SELECT count(*) AS v FROM public." STR_FMT
                                      " AS t WHERE strpos(t::text, '%s') > 0",
                                      STR_ARG(tables[i].name), red_key + 3);
        CHECK_I64(tables[i].name.ptr, db_i64(&owner, NULL, sql.ptr), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_the_gateway_reads_hides_the_other_tenant),
        cmocka_unit_test(every_table_the_gateway_writes_keeps_the_other_tenants_rows),
        cmocka_unit_test(without_claims_the_gateway_sees_nobodys_rows),
        cmocka_unit_test(no_function_but_three_acts_with_more_rights_than_the_gateways),
        cmocka_unit_test(anothers_cache_and_idempotency_keys_are_unknown),
        cmocka_unit_test(anothers_call_cannot_be_settled),
        cmocka_unit_test(users_read_their_own_costs_and_nothing_else),
        cmocka_unit_test(the_key_itself_is_in_no_row),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
