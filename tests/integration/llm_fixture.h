/*
 * What the tests of shared/llm/store share: a cluster with two tenants, a key of each, and short
 * forms for admissions and settlements. Amounts are chosen small, so that sums can be read.
 */
#pragma once

#include "shared/auth/auth.h"
#include "shared/base/uuid.h"
#include "shared/llm/store/store.h"
#include "tests/integration/db_fixture.h"

#define RED_ID  "aaaaaaaa-1111-4111-8111-000000000001"
#define BLUE_ID "aaaaaaaa-1111-4111-8111-000000000002"

static const char llm_tenants_sql[] =
    "INSERT INTO users (id) VALUES ('" ADA_ID "'), ('" BEN_ID "');"
    "INSERT INTO llm_tenants (id, name) VALUES ('" RED_ID "', 'red'), ('" BLUE_ID "', 'blue');";

static inline int llm_setup(void **state)
{
    if (db_cluster_start(state) != 0) {
        return -1;
    }
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_STATUS(db.cx, migrate(db.cx, db.pg, MIGRATIONS), OK);
    db_script(&db, llm_tenants_sql);
    db_close(&db);
    return 0;
}

/* Nothing of earlier tests: no keys, budgets, counters, answers or cost rows; settings as shipped.
 */
static inline int llm_clean(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    db_script(&db, "TRUNCATE llm_keys, llm_budgets, llm_spend, llm_holds, llm_rates, llm_cache,"
                   " llm_replays, llm_cooldowns, llm_recordings, ai_request_logs;"
                   "DELETE FROM llm_settings; INSERT INTO llm_settings DEFAULT VALUES;"
                   "UPDATE llm_tenants SET suspended = false, rpm = NULL, tpm = NULL;");
    db_close(&db);
    return 0;
}

/* Runs as the owner. */
static inline void llm_sql(const char *sql)
{
    struct db db;
    db_open(&db, cluster.admin);
    db_script(&db, sql);
    db_close(&db);
}

static inline int64_t llm_count(const char *sql)
{
    struct db db;
    db_open(&db, cluster.admin);
    int64_t count = db_i64(&db, NULL, sql);
    db_close(&db);
    return count;
}

/* Makes a key of `tenant` with more columns ("models, rpm") and their values ("'{fast}', 3"), or
 * none of either. */
static inline void llm_key_insert(const char *tenant, const char *columns, const char *values,
                                  char key[static LLM_KEY_LEN + 1])
{
    struct llm_digest digest;
    char text[LLM_DIGEST_TEXT_LEN + 1], id[UUID_TEXT_LEN + 1];
    llm_key_make(key);
    assert_true(llm_key_digest(str_from_cstr(key), &digest));
    llm_digest_text(&digest, text);
    uuid_v4(id);
    char sql[2048];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO llm_keys (id, family_id, tenant_id, name, digest%s%s) VALUES"
                   " ('%s', '%s', '%s', 'test', '%s'%s%s)",
                   columns[0] == '\0' ? "" : ", ", columns, id, id, tenant, text,
                   values[0] == '\0' ? "" : ", ", values);
    llm_sql(sql);
}

/* A key's caller, copied nowhere: it lives in `db`'s arena. */
static inline struct llm_caller llm_caller_of(struct db *db, const char *key)
{
    struct llm_caller caller;
    CHECK_STATUS(db->cx, llm_key_caller(db->cx, db->pg, str_from_cstr(key), &caller), OK);
    return caller;
}

static inline struct llm_caller llm_new_key(struct db *db, const char *tenant)
{
    char key[LLM_KEY_LEN + 1];
    llm_key_insert(tenant, "", "", key);
    return llm_caller_of(db, key);
}

/* A caller by token; `claims` as the identity provider signed them. */
static inline struct llm_caller llm_user(struct db *db, const char *id, const char *claims)
{
    struct caller jwt = {.user_id = str_from_cstr(id), .claims = str_from_cstr(claims)};
    struct llm_caller caller;
    CHECK_STATUS(db->cx, llm_jwt_caller(db->cx, &jwt, &caller), OK);
    return caller;
}

/* One call: its id and what it asks for. */
struct llm_call {
    char id[UUID_TEXT_LEN + 1];
    struct llm_admission_request request;
    struct llm_admission admission;
};

static inline struct llm_call *llm_call_new(struct db *db, const struct llm_caller *caller,
                                            int64_t cost_nano)
{
    struct llm_call *call = ARENA_NEW(db->cx->arena, struct llm_call);
    uuid_v4(call->id);
    call->request = (struct llm_admission_request){
        .caller = caller,
        .alias = STR("fast"),
        .function = STR("ai-gateway"),
        .worst_cost_nano = cost_nano,
        .worst_tokens = 100,
        .hold_ms = DB_ROOMY_MS,
        .call_id = str_from_cstr(call->id),
    };
    return call;
}

static inline enum status llm_call_admit(struct db *db, struct llm_call *call)
{
    err_clear(db->cx);
    return llm_admit(db->cx, db->pg, &call->request, &call->admission);
}

static inline struct llm_attempt llm_attempt_of(int64_t cost_nano)
{
    return (struct llm_attempt){
        .target = STR("anthropic/claude-haiku-4-5"),
        .provider = STR("anthropic"),
        .model = STR("claude-haiku-4-5"),
        .http_status = 200,
        .first_token_us = 900,
        .took_us = 12000,
        .usage = {.input = 10, .output = 20, .is_known = true},
        .cost_nano = cost_nano,
        .provider_request_id = STR("req_1"),
    };
}

static inline struct llm_settlement llm_settlement_of(const struct llm_call *call,
                                                      const struct llm_attempt *attempts,
                                                      size_t attempt_count)
{
    return (struct llm_settlement){
        .caller = call->request.caller,
        .call_id = call->request.call_id,
        .alias = call->request.alias,
        .function = call->request.function,
        .operation = call->request.operation,
        .price_version = STR("0123456789abcdef 2026-11-01"),
        .attempts = attempts,
        .attempt_count = attempt_count,
        .succeeded = attempt_count > 0 && attempts[attempt_count - 1].failure == LLM_NONE,
        .took_us = 13000,
        .overhead_us = 100,
        .request_id = STR("r-1"),
        .cache_key = call->request.cache_key,
        .cache_ttl_s = 60,
        .idempotency_key = call->request.idempotency_key,
    };
}

/* Settles with one attempt that cost so much. */
static inline void llm_call_settle(struct db *db, const struct llm_call *call, int64_t cost_nano)
{
    struct llm_attempt attempt = llm_attempt_of(cost_nano);
    struct llm_settlement settlement = llm_settlement_of(call, &attempt, 1);
    err_clear(db->cx);
    CHECK_STATUS(db->cx, llm_settle(db->cx, db->pg, &settlement), OK);
}

/* What every tenth admission does: what is due is booked. */
static inline void llm_sweep(struct db *db)
{
    static const struct pg_identity nobody = {.role = PG_ROLE_LLM_GATEWAY};
    db_must(db, &nobody, "SELECT public.llm_sweep()");
}

/* Counters that are not the sum of their holds and of what was spent in their time. */
static const char llm_unbalanced_sql[] =
    "SELECT count(*) AS v FROM llm_spend AS w WHERE held_nano <> COALESCE((SELECT sum(amount_nano)"
    " FROM llm_holds AS h WHERE w.id = ANY (h.window_ids) AND state IN ('held', 'unknown')), 0)";
static const char llm_held_sql[] = "SELECT COALESCE(sum(held_nano), 0) AS v FROM llm_spend";
static const char llm_settled_sql[] = "SELECT COALESCE(max(settled_nano), 0) AS v FROM llm_spend";
static const char llm_rows_cost_sql[] =
    "SELECT COALESCE(sum(cost_nanodollars), 0) AS v FROM ai_request_logs";
