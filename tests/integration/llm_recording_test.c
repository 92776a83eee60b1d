/*
 * Recorded calls in the database: of keys that say so, for nobody's eyes but the owner's, gone with
 * their key, user and month.
 */
#include "shared/llm/store/recording.h"

#include "infra/db/tool/llm.h"
#include "shared/llm/watch/record.h"
#include "shared/llm/watch/replay.h"
#include "shared/log/log.h"
#include "tests/integration/llm_fixture.h"

#include <fcntl.h>

#define CALL_ID  "99999999-2222-4333-8444-555555555555"
#define SHA      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DOCUMENT "{\"prompt\":\"canary-7f3a\"}"

static const struct llm_recording_row row = {.call_id = STR_INIT(CALL_ID),
                                             .request_sha256 = STR_INIT(SHA),
                                             .price_version = STR_INIT("v@2026-10-24"),
                                             .document = STR_INIT(DOCUMENT)};

static struct llm_caller logged_key(struct db *db, const char *tenant)
{
    char key[LLM_KEY_LEN + 1];
    llm_key_insert(tenant, "logs_content, user_id", "true, '" ADA_ID "'", key);
    return llm_caller_of(db, key);
}

static int64_t rows(const char *where)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) AS v FROM llm_recordings WHERE %s", where);
    return llm_count(sql);
}

static enum status put(struct db *db, const struct llm_caller *caller)
{
    err_clear(db->cx);
    return llm_recording_put(db->cx, db->pg, caller, &row);
}

static void a_call_of_a_logged_key_is_kept_once(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = logged_key(&db, RED_ID);
    CHECK_STATUS(db.cx, put(&db, &caller), OK);
    CHECK_I64("as given",
              rows("document = '" DOCUMENT "' AND request_sha256 = '" SHA
                   "' AND tenant_id = '" RED_ID "' AND user_id = '" ADA_ID "'"),
              1);
    CHECK_STATUS(db.cx, put(&db, &caller), ERR_FORBIDDEN); /* it is there */
    CHECK_I64("once", rows("true"), 1);
    db_close(&db);
}

static void the_key_is_asked_once_more(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller unlogged = llm_new_key(&db, RED_ID);
    CHECK_STATUS(db.cx, put(&db, &unlogged), ERR_FORBIDDEN);
    struct llm_caller user = llm_user(&db, ADA_ID, "{}");
    CHECK_STATUS(db.cx, put(&db, &user), ERR_FORBIDDEN);
    struct llm_caller caller = logged_key(&db, RED_ID);
    llm_sql("UPDATE llm_keys SET revoked_at = now()");
    CHECK_STATUS(db.cx, put(&db, &caller), ERR_FORBIDDEN);
    llm_sql("UPDATE llm_keys SET revoked_at = NULL, logs_content = false");
    CHECK_STATUS(db.cx, put(&db, &caller), ERR_FORBIDDEN);
    CHECK_I64("nothing", rows("true"), 0);
    db_close(&db);
}

static void nobody_reads_them_through_the_gateway_or_a_token(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.url);
    struct llm_caller caller = logged_key(&db, RED_ID);
    CHECK_STATUS(db.cx, put(&db, &caller), OK);
    const struct pg_identity gateway = {.role = PG_ROLE_LLM_GATEWAY, .claims = caller.claims};
    const struct pg_identity *const who[] = {&gateway, &as_ada, &as_anon};
    for (size_t i = 0; i < ARRAY_LEN(who); i++) {
        struct pg_rows got = {0};
        assert_int_not_equal(db_run(&db, who[i], "SELECT document FROM llm_recordings", &got), OK);
        assert_int_not_equal(db_run(&db, who[i], "DELETE FROM llm_recordings", &got), OK);
    }
    CHECK_I64("it is there", rows("true"), 1);
    db_close(&db);
}

static void they_go_with_their_user_key_and_month(void **state)
{
    (void)state;
    static const char *const ends[] = {
        "DELETE FROM llm_keys",
        "DELETE FROM users WHERE id = '" ADA_ID "'; INSERT INTO users (id) VALUES ('" ADA_ID "')",
    };
    struct db db;
    db_open(&db, cluster.url);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct llm_caller caller = logged_key(&db, RED_ID);
        CHECK_STATUS(db.cx, put(&db, &caller), OK);
        llm_sql(ends[i]);
        CHECK_I64(ends[i], rows("true"), 0);
    }
    struct llm_caller caller = logged_key(&db, RED_ID);
    CHECK_STATUS(db.cx, put(&db, &caller), OK);
    CHECK_I64("a month",
              rows("expires_at BETWEEN now() + interval '29 days' AND now() + interval "
                   "'31 days'"),
              1);
    llm_sql("UPDATE llm_recordings SET expires_at = now(), call_id = gen_random_uuid()");
    CHECK_STATUS(db.cx, put(&db, &caller), OK); /* the next one clears away */
    CHECK_I64("the new one alone", rows("call_id = '" CALL_ID "'"), 1);
    CHECK_I64("alone", rows("true"), 1);
    db_close(&db);
}

/* clambda-db recording get; what it prints goes nowhere. */
static enum status tool_get(struct db *owner, const char *call_id)
{
    char noun[] = "recording";
    char verb[] = "get";
    char id[UUID_TEXT_LEN + 1];
    (void)snprintf(id, sizeof id, "%s", call_id);
    char *words[] = {noun, verb, id, NULL};
    int real_output = dup(STDOUT_FILENO);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)fflush(stdout);
    assert_int_equal(dup2(nowhere, STDOUT_FILENO), STDOUT_FILENO);
    enum status status = llm_command(owner->cx, owner->pg, words);
    (void)fflush(stdout);
    assert_int_equal(dup2(real_output, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(nowhere);
    (void)close(real_output);
    return status;
}

static enum status nobody_listens(struct ctx *cx, void *arg, struct str target,
                                  const struct http_request *req, struct http_response *res,
                                  void **stream, struct http_stream_failure *failure)
{
    (void)arg, (void)target, (void)req, (void)res, (void)stream, (void)failure;
    return fail(cx, ERR_UPSTREAM, "nobody listens");
}

static void a_recorder_writes_what_can_be_read_back(void **state)
{
    (void)state;
    static const struct llm_request request = {0};
    static const struct llm_outcome outcome = {.head = {.call_id = STR_INIT(CALL_ID)},
                                               .settlement = {.price_version = STR_INIT("v@d")}};
    struct db db;
    struct llm_recording recording;
    db_open(&db, cluster.url);
    struct llm_caller caller = logged_key(&db, RED_ID);
    struct llm_recorder *recorder = llm_recorder_new(
        &(struct llm_recorder_options){.pg = db.pg, .inner = {.open = nobody_listens}});
    const struct llm_watched call = {
        .caller = &caller, .request = &request, .outcome = &outcome, .status = OK};
    llm_record_start(recorder, &caller,
                     &(struct llm_record_request){.face = STR("anthropic"), .body = STR("{}")});
    void *stream = NULL;
    struct llm_transport transport = llm_recorder_transport(recorder);
    assert_int_not_equal(transport.open(db.cx, transport.arg, STR("a/m"),
                                        &(struct http_request){.url = STR("https://a.example")},
                                        NULL, &stream, NULL),
                         OK);
    llm_record_answer(recorder, STR("ans\0wer"));
    llm_record_end(db.cx, recorder, &call);
    llm_recorder_free(recorder);

    struct db owner;
    db_open(&owner, cluster.admin);
    struct str text = db_str(&owner, NULL, "SELECT document AS v FROM llm_recordings");
    CHECK_STATUS(owner.cx, llm_recording_read(owner.cx, text, &recording), OK);
    CHECK_STR("answer", recording.answer, STR("ans\0wer"));
    CHECK_STR("call", recording.call_id, STR(CALL_ID));
    CHECK_STATUS(owner.cx, tool_get(&owner, CALL_ID), OK);
    CHECK_STATUS(owner.cx, tool_get(&owner, RED_ID), ERR_NOT_FOUND);
    db_close(&owner);
    db_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_of_a_logged_key_is_kept_once, llm_clean),
        cmocka_unit_test_setup(the_key_is_asked_once_more, llm_clean),
        cmocka_unit_test_setup(nobody_reads_them_through_the_gateway_or_a_token, llm_clean),
        cmocka_unit_test_setup(they_go_with_their_user_key_and_month, llm_clean),
        cmocka_unit_test_setup(a_recorder_writes_what_can_be_read_back, llm_clean),
    };
    return cmocka_run_group_tests(tests, llm_setup, db_cluster_stop);
}
