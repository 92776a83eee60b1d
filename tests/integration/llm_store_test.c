/*
 * Access and answers: keys and their rotation, allow-lists, rates, budgets and what they tell,
 * idempotency, cache, cooldowns, cost rows. Through PgBouncer, on a real PostgreSQL.
 */
#include "tests/integration/llm_fixture.h"

/* ---- keys ---- */

static void refused_key_check(struct db *db, const char *key)
{
    struct llm_caller caller;
    CHECK_STATUS(db->cx, llm_key_caller(db->cx, db->pg, str_from_cstr(key), &caller),
                 ERR_UNAUTHENTICATED);
    CHECK_STR(key, str_from_cstr(db->cx->err.words), STR("The API key is not valid"));
}

static void a_key_leads_to_its_tenant_and_settings(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "user_id, models, guard, logs_content",
                   "'" ADA_ID "', '{fast,smart}', '{\"pii\": \"mask\"}', true", key);
    struct llm_caller caller = llm_caller_of(&db, key);
    CHECK_STR("tenant", caller.tenant_id, STR(RED_ID));
    CHECK_STR("user", caller.user_id, STR(ADA_ID));
    CHECK_STR("family", caller.key_family, caller.key_id);
    CHECK_I64("models", caller.model_count, 2);
    CHECK_STR("second model", caller.models[1], STR("smart"));
    CHECK_STR("guard", caller.guard, STR("{\"pii\": \"mask\"}"));
    assert_true(caller.logs_content);
    db_close(&db);
}

static void keys_that_are_no_good_look_alike(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_make(key);
    refused_key_check(&db, key); /* never made */
    llm_key_insert(RED_ID, "expires_at", "now() - interval '1 second'", key);
    refused_key_check(&db, key);
    llm_key_insert(RED_ID, "revoked_at", "now()", key);
    refused_key_check(&db, key);
    llm_key_insert(RED_ID, "", "", key);
    (void)llm_caller_of(&db, key);
    llm_sql("UPDATE llm_tenants SET suspended = true WHERE name = 'red'");
    refused_key_check(&db, key);
    key[LLM_KEY_LEN - 1] = '\0'; /* one character short */
    refused_key_check(&db, key);
    refused_key_check(&db, "ck_' OR true --");
    refused_key_check(&db, "");
    db_close(&db);
}

static void a_key_revoked_since_is_refused_at_the_next_call(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1)), OK);
    llm_sql("UPDATE llm_keys SET revoked_at = now()");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1)), ERR_UNAUTHENTICATED);
    llm_sql("UPDATE llm_keys SET revoked_at = NULL; UPDATE llm_tenants SET suspended = true");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1)), ERR_FORBIDDEN);
    CHECK_STR("code", str_from_cstr(db.cx->err.code), STR("TENANT_SUSPENDED"));
    db_close(&db);
}

static void an_allow_list_and_a_readers_key_are_kept(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "models", "'{smart}'", key);
    struct llm_caller caller = llm_caller_of(&db, key);
    struct llm_call *call = llm_call_new(&db, &caller, 1);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_FORBIDDEN);
    CHECK_STR("code", str_from_cstr(db.cx->err.code), STR("MODEL_NOT_ALLOWED"));
    call->request.alias = STR("smart");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);

    llm_key_insert(RED_ID, "role", "'reader'", key);
    caller = llm_caller_of(&db, key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1)), ERR_FORBIDDEN);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), OK);
    db_close(&db);
}

static void tenants_of_tokens_come_from_app_metadata_alone(void **state)
{
    (void)state;
    static const struct {
        const char *name, *claims, *want; /* NULL: refused */
    } cases[] = {
        {"none", "{\"sub\":\"" ADA_ID "\"}", ADA_ID},
        {"the provider's", "{\"app_metadata\":{\"tenant_id\":\"" RED_ID "\"}}", RED_ID},
        {"null", "{\"app_metadata\":{\"tenant_id\":null}}", ADA_ID},
        {"the user's own say",
         "{\"tenant_id\":\"" RED_ID "\",\"user_metadata\":{\"tenant_id\":"
         "\"" RED_ID "\"}}",
         ADA_ID},
        {"no UUID", "{\"app_metadata\":{\"tenant_id\":\"red\"}}", NULL},
        {"no text", "{\"app_metadata\":{\"tenant_id\":7}}", NULL},
    };
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct caller jwt = {.user_id = STR(ADA_ID), .claims = str_from_cstr(cases[i].claims)};
        struct llm_caller caller;
        enum status status = llm_jwt_caller(db.cx, &jwt, &caller);
        CHECK_STR(cases[i].name, str_from_cstr(status_name(status)),
                  cases[i].want == NULL ? STR("ERR_FORBIDDEN") : STR("OK"));
        if (status == OK) {
            CHECK_STR(cases[i].name, caller.tenant_id, str_from_cstr(cases[i].want));
        }
    }
    db_close(&db);
}

/* ---- rates ---- */

static void requests_a_minute_are_let_in_up_to_the_limit(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "rpm", "3", key);
    struct llm_caller caller = llm_caller_of(&db, key);
    for (int64_t left = 2; left >= 0; left--) {
        struct llm_call *call = llm_call_new(&db, &caller, 1);
        CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
        CHECK_I64("limit", call->admission.limits.requests_limit, 3);
        CHECK_I64("remaining", call->admission.limits.requests_remaining, left);
    }
    struct llm_call *call = llm_call_new(&db, &caller, 1);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_RATE_LIMITED);
    CHECK_I64("remaining", call->admission.limits.requests_remaining, 0);
    assert_true(call->admission.limits.requests_reset_ms > clock_now_ms());
    CHECK_I64("no limit of tokens", call->admission.limits.tokens_limit, -1);
    CHECK_I64("nothing was held", llm_count("SELECT count(*) AS v FROM llm_holds"), 3);
    llm_sql("UPDATE llm_rates SET starts_at = starts_at - interval '2 minutes'");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    db_close(&db);
}

static void a_rate_that_is_full_says_when_it_will_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name, *row; /* starts_at, last, now */
        int64_t need, after_ms; /* of `starts_at` */
    } cases[] = {
        {"five eighths of the last window must leave", "8, 6", 1, 37500},
        {"this window is full: a share of it must leave, in the next", "0, 10", 1, 66000},
        {"more at once than the limit", "0, 0", 11, -1},
        {"it fits", "0, 9", 1, 60000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql,
                       "SELECT COALESCE(round(EXTRACT(epoch FROM (r.room).resets_at - now()) *"
                       " 1000), -1)::bigint AS v FROM (SELECT llm_rate_room(now(), '1 minute', %s,"
                       " %lld, 10) AS room) AS r",
                       cases[i].row, (long long)cases[i].need);
        CHECK_I64(cases[i].name, llm_count(sql), cases[i].after_ms);
    }
}

static void tokens_are_taken_at_their_worst_and_given_back(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "tpm", "200", key);
    struct llm_caller caller = llm_caller_of(&db, key);
    struct llm_call *first = llm_call_new(&db, &caller, 1), *second;
    CHECK_STATUS(db.cx, llm_call_admit(&db, first), OK);
    CHECK_I64("remaining", first->admission.limits.tokens_remaining, 100);
    second = llm_call_new(&db, &caller, 1);
    second->request.worst_tokens = 101;
    CHECK_STATUS(db.cx, llm_call_admit(&db, second), ERR_RATE_LIMITED);
    CHECK_I64("remaining", second->admission.limits.tokens_remaining, 100);
    llm_call_settle(&db, first, 1); /* 30 tokens were used, 100 were taken */
    CHECK_STATUS(db.cx, llm_call_admit(&db, second), OK);
    CHECK_I64("remaining", second->admission.limits.tokens_remaining, 69);
    second = llm_call_new(&db, &caller, 1);
    second->request.worst_tokens = 201;
    CHECK_STATUS(db.cx, llm_call_admit(&db, second), ERR_RATE_LIMITED);
    CHECK_I64("it never fits", second->admission.limits.tokens_reset_ms, -1);
    db_close(&db);
}

static void operations_have_a_hundred_an_hour_of_their_own(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller ada = llm_user(&db, ADA_ID, "{}");
    llm_sql("UPDATE llm_settings SET user_rpm = NULL");
    struct llm_call *call = llm_call_new(&db, &ada, 0);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_I64("not counted", call->admission.limits.operations_limit, -1);
    for (int64_t left = 99; left >= 0; left--) {
        call = llm_call_new(&db, &ada, 0);
        call->request.operation = STR("general");
        CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
        CHECK_I64("remaining", call->admission.limits.operations_remaining, left);
    }
    call = llm_call_new(&db, &ada, 0);
    call->request.operation = STR("general");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_RATE_LIMITED);
    CHECK_I64("none is left", call->admission.limits.operations_remaining, 0);
    call->request.operation = STR("");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    db_close(&db);
}

static void a_refused_call_takes_nothing_anywhere(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "rpm, tpm", "10, 1000", key);
    llm_sql("UPDATE llm_tenants SET tpm = 50;"
            "INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('key', 'day', 1000),"
            " ('tenant', 'month', 500), ('global', 'total', 10)");
    struct llm_caller caller = llm_caller_of(&db, key);
    struct llm_call *call = llm_call_new(&db, &caller, 11);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_RATE_LIMITED); /* the tenant's tokens */
    llm_sql("UPDATE llm_tenants SET tpm = NULL");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_BUDGET); /* the global one */
    CHECK_I64("requests",
              llm_count("SELECT COALESCE(sum(requests + tokens), 0)::bigint AS v"
                        " FROM llm_rates"),
              0);
    CHECK_I64("held", llm_count(llm_held_sql), 0);
    CHECK_I64("holds", llm_count("SELECT count(*) AS v FROM llm_holds"), 0);
    call->request.worst_cost_nano = 10;
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_I64("held in all three", llm_count(llm_held_sql), 30);
    db_close(&db);
}

/* ---- money ---- */

static void a_budget_fits_to_the_last_nanodollar_and_says_when_it_resets(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    llm_sql("INSERT INTO llm_budgets (scope, scope_id, period, cap_nano) VALUES"
            " ('tenant', '" RED_ID "', 'day', 100)");
    struct llm_call *call = llm_call_new(&db, &caller, 101);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_BUDGET);
    int64_t tomorrow_ms = ((int64_t)date_of_ms(clock_now_ms()) + 1) * 86400000;
    CHECK_I64("resets", call->admission.limits.budget_reset_ms, tomorrow_ms);
    CHECK_I64("left", call->admission.limits.budget_remaining_nano, 100);
    CHECK_I64("cap", call->admission.limits.budget_nano, 100);
    call->request.worst_cost_nano = 100;
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_I64("left", call->admission.limits.budget_remaining_nano, 0);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1)), ERR_BUDGET);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), OK);
    llm_call_settle(&db, call, 40);
    CHECK_I64("settled", llm_count(llm_settled_sql), 40);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 61)), ERR_BUDGET);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 60)), OK);
    db_close(&db);
}

static void a_call_of_any_size_is_counted_or_refused(void **state)
{
    (void)state;
    struct db db;
    char key[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "rpm", "100", key);
    struct llm_caller caller = llm_caller_of(&db, key);
    for (int i = 0; i < 5; i++) { /* no budget, no limit of tokens: let in, and no sum overflows */
        struct llm_call *call = llm_call_new(&db, &caller, INT64_MAX);
        call->request.worst_tokens = INT64_MAX;
        CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    }
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('global', 'day', 100)");
    struct llm_call *call = llm_call_new(&db, &caller, 100);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    llm_call_settle(&db, call, 1000); /* it cost more than its worst case: that is counted */
    CHECK_I64("settled", llm_count(llm_settled_sql), 1000);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, INT64_MAX)), ERR_BUDGET);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), OK);
    db_close(&db);
}

static void ones_own_budget_comes_before_everybodys(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller ada = llm_user(&db, ADA_ID, "{}"), ben = llm_user(&db, BEN_ID, "{}");
    llm_sql("INSERT INTO llm_budgets (scope, scope_id, period, cap_nano) VALUES"
            " ('user', NULL, 'day', 10), ('user', '" ADA_ID "', 'day', 20)");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &ada, 20)), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &ben, 11)), ERR_BUDGET);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &ben, 10)), OK);
    db_close(&db);
}

static void whoever_signs_in_has_limits_from_the_start(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_STR("limits",
              db_str(&db, NULL,
                     "SELECT concat_ws(' ', user_rpm, user_tpm, operations_per_hour) AS v"
                     " FROM llm_settings"),
              STR("60 400000 100"));
    db_close(&db);
    db_open(&db, cluster.url);
    struct llm_caller cai = llm_user(&db, CAI_ID, "{}"); /* no row in users */
    struct llm_call *call = llm_call_new(&db, &cai, 5);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_I64("requests", call->admission.limits.requests_remaining, 59);
    llm_call_settle(&db, call, 5);
    CHECK_I64("the cost is Cai's",
              llm_count("SELECT cost_nanodollars AS v FROM ai_cost_by_user"
                        " WHERE user_id = '" CAI_ID "' AND tenant_id = '" CAI_ID "'"),
              5);
    db_close(&db);
}

/* ---- stored answers ---- */

static const struct str json_type = STR_INIT("application/json");

static struct llm_digest digest_of(const char *text)
{
    struct llm_digest digest;
    struct str field = str_from_cstr(text);
    llm_digest_of(&field, 1, &digest);
    return digest;
}

static void answer_settle(struct db *db, const struct llm_call *call, struct str answer,
                          enum llm_failure_class failure)
{
    struct llm_attempt attempt = llm_attempt_of(7);
    attempt.failure = failure;
    struct llm_settlement settlement = llm_settlement_of(call, &attempt, 1);
    settlement.content_type = json_type;
    settlement.answer = answer;
    CHECK_STATUS(db->cx, llm_settle(db->cx, db->pg, &settlement), OK);
}

static struct llm_call *idempotent(struct db *db, const struct llm_caller *caller,
                                   const struct llm_digest *body)
{
    struct llm_call *call = llm_call_new(db, caller, 10);
    call->request.idempotency_key = STR("order-1");
    call->request.request_digest = body;
    return call;
}

static void an_idempotency_key_gives_the_same_answer_again(void **state)
{
    (void)state;
    struct llm_digest body = digest_of("body"), other = digest_of("other");
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    struct llm_call *first = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, first), OK);
    struct llm_call *second = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, second), ERR_CONFLICT);
    CHECK_STR("under way", str_from_cstr(db.cx->err.code), STR("IDEMPOTENCY_IN_FLIGHT"));
    answer_settle(&db, first, STR("{\"a\":\"\xc3\xa9\"}"), LLM_NONE);
    CHECK_STATUS(db.cx, llm_call_admit(&db, second), OK);
    assert_true(second->admission.is_replay);
    CHECK_STR("answer", second->admission.answer.body, STR("{\"a\":\"\xc3\xa9\"}"));
    CHECK_STR("type", second->admission.answer.content_type, json_type);
    CHECK_I64("its cost", second->admission.answer.cost_nano, 7);
    struct llm_call *third = idempotent(&db, &caller, &other);
    CHECK_STATUS(db.cx, llm_call_admit(&db, third), ERR_CONFLICT);
    CHECK_STR("another body", str_from_cstr(db.cx->err.code), STR("IDEMPOTENCY_KEY_REUSED"));
    CHECK_I64("nothing is held", llm_count("SELECT count(*) AS v FROM llm_holds"), 0);
    /* the same key of another caller is another key */
    struct llm_caller neighbour = llm_new_key(&db, RED_ID), stranger = llm_new_key(&db, BLUE_ID);
    CHECK_STATUS(db.cx, llm_call_admit(&db, idempotent(&db, &neighbour, &other)), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, idempotent(&db, &stranger, &other)), OK);
    db_close(&db);
}

static void a_failed_or_lost_call_gives_its_idempotency_key_back(void **state)
{
    (void)state;
    struct llm_digest body = digest_of("body");
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    struct llm_call *call = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    answer_settle(&db, call, STR("{}"), LLM_CUT);
    call = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_replay);
    answer_settle(&db, call, STR("\xff"), LLM_NONE); /* not UTF-8: it cannot be stored */
    call = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_replay);
    llm_sql("UPDATE llm_replays SET expires_at = now()"); /* its process died */
    call = idempotent(&db, &caller, &body);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_replay);
    db_close(&db);
}

static void idempotency_keys_have_a_form(void **state)
{
    (void)state;
    struct llm_digest body = digest_of("body");
    char longest[LLM_MAX_IDEMPOTENCY_KEY + 2];
    memset(longest, 'k', sizeof longest);
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    struct llm_call *call = idempotent(&db, &caller, &body);
    call->request.idempotency_key = (struct str){longest, LLM_MAX_IDEMPOTENCY_KEY};
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    call->request.idempotency_key.len++;
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_INVALID);
    call->request.idempotency_key = STR("a\0b");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_INVALID);
    db_close(&db);
}

static struct llm_call *cacheable(struct db *db, const struct llm_caller *caller,
                                  const struct llm_digest *key)
{
    struct llm_call *call = llm_call_new(db, caller, 10);
    call->request.cache_key = key;
    return call;
}

static void a_cached_answer_costs_a_request_and_no_money(void **state)
{
    (void)state;
    struct llm_digest key = digest_of("question"), body = digest_of("body");
    struct db db;
    char text[LLM_KEY_LEN + 1];
    db_open(&db, cluster.url);
    llm_key_insert(RED_ID, "rpm", "4", text);
    struct llm_caller caller = llm_caller_of(&db, text);
    struct llm_call *call = cacheable(&db, &caller, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_cached);
    answer_settle(&db, call, STR("{\"b\":2}"), LLM_NONE);
    llm_sql("INSERT INTO llm_budgets (scope, period, cap_nano) VALUES ('global', 'day', 0)");
    call = cacheable(&db, &caller, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_true(call->admission.is_cached);
    CHECK_STR("answer", call->admission.answer.body, STR("{\"b\":2}"));
    CHECK_I64("a request", call->admission.limits.requests_remaining, 2);
    /* with an Idempotency-Key it is that key's answer from then on */
    call = cacheable(&db, &caller, &key);
    call->request.idempotency_key = STR("k");
    call->request.request_digest = &body;
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_true(call->admission.is_cached);
    call->request.cache_key = NULL;
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_true(call->admission.is_replay);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), ERR_RATE_LIMITED);
    db_close(&db);
}

static void the_cache_is_each_tenants_own_and_ends(void **state)
{
    (void)state;
    struct llm_digest key = digest_of("question");
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID), blue = llm_new_key(&db, BLUE_ID);
    struct llm_call *call = cacheable(&db, &red, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    answer_settle(&db, call, STR("red's"), LLM_NONE);
    call = cacheable(&db, &blue, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_cached);
    answer_settle(&db, call, STR("blue's"), LLM_NONE);
    call = cacheable(&db, &red, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_STR("red's", call->admission.answer.body, STR("red's"));
    llm_sql("UPDATE llm_cache SET expires_at = now()");
    call = cacheable(&db, &red, &key);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    assert_false(call->admission.is_cached);
    answer_settle(&db, call, STR("failed"), LLM_CUT);
    CHECK_I64("failures are not cached",
              llm_count("SELECT count(*) AS v FROM llm_cache WHERE body = 'failed'"), 0);
    db_close(&db);
}

static void answers_up_to_a_mebibyte_are_stored(void **state)
{
    (void)state;
    struct llm_digest fits = digest_of("fits"), too_long = digest_of("too long");
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    char *bytes = arena_alloc(db.cx->arena, LLM_MAX_STORED_BYTES + 1, 1);
    memset(bytes, 'a', LLM_MAX_STORED_BYTES + 1);
    struct llm_call *call = cacheable(&db, &red, &fits);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    answer_settle(&db, call, (struct str){bytes, LLM_MAX_STORED_BYTES}, LLM_NONE);
    call = cacheable(&db, &red, &too_long);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    answer_settle(&db, call, (struct str){bytes, LLM_MAX_STORED_BYTES + 1}, LLM_NONE);
    CHECK_I64("stored", llm_count("SELECT octet_length(body) AS v FROM llm_cache"),
              LLM_MAX_STORED_BYTES);
    db_close(&db);
}

/* ---- targets that rest ---- */

static void target_settle(struct db *db, const struct llm_caller *caller,
                          enum llm_failure_class failure, int64_t cooldown_ms)
{
    struct llm_call *call = llm_call_new(db, caller, 0);
    struct llm_attempt attempt = llm_attempt_of(0);
    attempt.failure = failure;
    attempt.cooldown_ms = cooldown_ms;
    struct llm_settlement settlement = llm_settlement_of(call, &attempt, 1);
    CHECK_STATUS(db->cx, llm_settle(db->cx, db->pg, &settlement), OK);
}

static size_t resting(struct db *db, const struct llm_caller *caller)
{
    struct llm_call *call = llm_call_new(db, caller, 0);
    CHECK_STATUS(db->cx, llm_call_admit(db, call), OK);
    if (call->admission.cooldown_count > 0) {
        CHECK_STR("target", call->admission.cooldowns[0].target, STR("anthropic/claude-haiku-4-5"));
        assert_true(call->admission.cooldowns[0].until_ms > clock_now_ms());
    }
    return call->admission.cooldown_count;
}

static void five_failures_in_a_row_rest_a_target_for_everybody(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID), blue = llm_new_key(&db, BLUE_ID);
    for (int i = 0; i < 4; i++) {
        target_settle(&db, &red, LLM_AMBIGUOUS, 0);
    }
    target_settle(&db, &red, LLM_BAD_REQUEST, 0); /* the caller's own fault */
    CHECK_I64("four", resting(&db, &blue), 0);
    target_settle(&db, &red, LLM_NONE, 0); /* one good one: the count begins anew */
    target_settle(&db, &red, LLM_CUT, 0);
    CHECK_I64("one", resting(&db, &blue), 0);
    for (int i = 0; i < 4; i++) {
        target_settle(&db, &blue, LLM_UNSENT, 0);
    }
    CHECK_I64("five", resting(&db, &red), 1);
    llm_sql("UPDATE llm_cooldowns SET rests_until = now()");
    CHECK_I64("rested", resting(&db, &red), 0);
    target_settle(&db, &red, LLM_SLOW_DOWN, 0);
    CHECK_I64("the first failure after the rest is one more", resting(&db, &red), 1);
    db_close(&db);
}

static void a_target_rests_as_long_as_it_was_asked_to(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    target_settle(&db, &red, LLM_NO_MONEY, 60000);
    CHECK_I64("out of money", resting(&db, &red), 1);
    CHECK_I64("a minute",
              llm_count("SELECT round(EXTRACT(epoch FROM rests_until - failed_at))"
                        "::bigint AS v FROM llm_cooldowns"),
              60);
    db_close(&db);
}

/* ---- cost rows ---- */

static void each_attempt_has_a_cost_row(void **state)
{
    (void)state;
    struct db db, owner;
    db_open(&db, cluster.url);
    db_open(&owner, cluster.admin);
    struct llm_caller red = llm_new_key(&db, RED_ID);
    struct llm_call *call = llm_call_new(&db, &red, 100);
    call->request.operation = STR("meal_assembly");
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    struct llm_attempt attempts[] = {llm_attempt_of(40), llm_attempt_of(9)};
    attempts[0].failure = LLM_CUT;
    attempts[0].usage.cache_read = 1000;
    attempts[1].provider = STR("openai");
    attempts[1].model = STR("gpt-4.1-mini");
    attempts[1].provider_request_id = STR("bad\x01id");
    struct llm_settlement settlement = llm_settlement_of(call, attempts, 2);
    CHECK_STATUS(db.cx, llm_settle(db.cx, db.pg, &settlement), OK);
    CHECK_STR(
        "rows",
        db_str(&owner, NULL,
               "SELECT string_agg(concat_ws(' ', attempt, provider, model, alias, function,"
               " operation, tokens_input, tokens_cache_read, tokens_output, tokens_used,"
               " cost_nanodollars, success, COALESCE(failure, '-'),"
               " COALESCE(provider_request_id, '-'), price_version, duration_ms,"
               " call_duration_ms), ' | ' ORDER BY attempt) AS v FROM ai_request_logs"),
        STR("1 anthropic claude-haiku-4-5 fast ai-gateway meal_assembly 10 1000 20 1030 40 f"
            " cut req_1 0123456789abcdef 2026-11-01 12 13 | 2 openai gpt-4.1-mini fast"
            " ai-gateway meal_assembly 10 0 20 30 9 t - - 0123456789abcdef 2026-11-01 12 13"));
    CHECK_STR("the hour",
              db_str(&owner, NULL,
                     "SELECT concat_ws(' ', total_requests, successful_requests, attempts) AS v"
                     " FROM ai_performance_by_hour"),
              STR("1 1 2"));
    CHECK_STR("the day",
              db_str(&owner, NULL,
                     "SELECT concat_ws(' ', requests, total_cost_nanodollars, total_tokens) AS v"
                     " FROM ai_cost_summary"),
              STR("1 49 1060"));
    CHECK_STR("by model",
              db_str(&owner, NULL,
                     "SELECT string_agg(concat_ws(' ', model, requests, failed_attempts,"
                     " cost_nanodollars), ' | ' ORDER BY model) AS v FROM ai_cost_by_model"),
              STR("claude-haiku-4-5 1 1 40 | gpt-4.1-mini 1 0 9"));
    CHECK_STR("by function",
              db_str(&owner, NULL,
                     "SELECT concat_ws(' ', function, operation, requests, cost_nanodollars) AS v"
                     " FROM ai_cost_by_function"),
              STR("ai-gateway meal_assembly 1 49"));
    db_close(&owner);
    db_close(&db);
}

static void who_is_deleted_is_forgotten_and_the_cost_stays(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    llm_sql("INSERT INTO users (id) VALUES ('" CAI_ID "')");
    struct llm_caller cai = llm_user(&db, CAI_ID, "{}");
    struct llm_call *call = llm_call_new(&db, &cai, 5);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    llm_call_settle(&db, call, 5);
    llm_sql("DELETE FROM users WHERE id = '" CAI_ID "'");
    CHECK_I64("cost", llm_count(llm_rows_cost_sql), 5);
    CHECK_I64("rows that name Cai",
              llm_count("SELECT count(*) AS v FROM ai_request_logs AS r"
                        " WHERE strpos(r::text, '" CAI_ID "') > 0"),
              0);
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_key_leads_to_its_tenant_and_settings, llm_clean),
        cmocka_unit_test_setup(keys_that_are_no_good_look_alike, llm_clean),
        cmocka_unit_test_setup(a_key_revoked_since_is_refused_at_the_next_call, llm_clean),
        cmocka_unit_test_setup(an_allow_list_and_a_readers_key_are_kept, llm_clean),
        cmocka_unit_test_setup(tenants_of_tokens_come_from_app_metadata_alone, llm_clean),
        cmocka_unit_test_setup(requests_a_minute_are_let_in_up_to_the_limit, llm_clean),
        cmocka_unit_test_setup(a_rate_that_is_full_says_when_it_will_fit, llm_clean),
        cmocka_unit_test_setup(tokens_are_taken_at_their_worst_and_given_back, llm_clean),
        cmocka_unit_test_setup(operations_have_a_hundred_an_hour_of_their_own, llm_clean),
        cmocka_unit_test_setup(a_refused_call_takes_nothing_anywhere, llm_clean),
        cmocka_unit_test_setup(a_budget_fits_to_the_last_nanodollar_and_says_when_it_resets,
                               llm_clean),
        cmocka_unit_test_setup(a_call_of_any_size_is_counted_or_refused, llm_clean),
        cmocka_unit_test_setup(ones_own_budget_comes_before_everybodys, llm_clean),
        cmocka_unit_test_setup(whoever_signs_in_has_limits_from_the_start, llm_clean),
        cmocka_unit_test_setup(an_idempotency_key_gives_the_same_answer_again, llm_clean),
        cmocka_unit_test_setup(a_failed_or_lost_call_gives_its_idempotency_key_back, llm_clean),
        cmocka_unit_test_setup(idempotency_keys_have_a_form, llm_clean),
        cmocka_unit_test_setup(a_cached_answer_costs_a_request_and_no_money, llm_clean),
        cmocka_unit_test_setup(the_cache_is_each_tenants_own_and_ends, llm_clean),
        cmocka_unit_test_setup(answers_up_to_a_mebibyte_are_stored, llm_clean),
        cmocka_unit_test_setup(five_failures_in_a_row_rest_a_target_for_everybody, llm_clean),
        cmocka_unit_test_setup(a_target_rests_as_long_as_it_was_asked_to, llm_clean),
        cmocka_unit_test_setup(each_attempt_has_a_cost_row, llm_clean),
        cmocka_unit_test_setup(who_is_deleted_is_forgotten_and_the_cost_stays, llm_clean),
    };
    return cmocka_run_group_tests(tests, llm_setup, db_cluster_stop);
}
