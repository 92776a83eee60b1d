/*
 * The refiner on a real database, through the pooler and row security; models are the test's. What
 * is stored and whose it is, the cache, limits, events and the outbox.
 */
#include "tests/functions/refiner_stand_in.h"

#include "functions/refiner/store.h"
#include "runtime/core/reply.h"
#include "tests/integration/db_fixture.h"
#include "tests/support/http_peer.h"

static const struct pg_identity as_service = {.role = PG_ROLE_SERVICE};

/* "Bearer <user id>" */
enum status auth_caller(struct ctx *cx, const struct auth_config *auth,
                        struct str authorization_header, int64_t now_ms, struct caller *caller)
{
    (void)auth, (void)now_ms;
    if (!str_skip_prefix(&authorization_header, STR("Bearer "))) {
        return fail(cx, ERR_UNAUTHENTICATED, "no such token");
    }
    *caller = (struct caller){.user_id = authorization_header};
    caller->claims = arena_format(cx->arena, "{\"sub\":\"" STR_FMT "\",\"role\":\"authenticated\"}",
                                  STR_ARG(authorization_header));
    return OK;
}

static int setup(void **state)
{
    if (db_cluster_start(state) != 0) {
        return -1;
    }
    struct db db;
    db_open(&db, cluster.admin);
    CHECK_STATUS(db.cx, migrate(db.cx, db.pg, MIGRATIONS), OK);
    db_close(&db);
    return engine_start(state);
}

static int teardown(void **state)
{
    (void)engine_stop(state);
    return db_cluster_stop(state);
}

/* No rows, limits as shipped. */
static int clean(void **state)
{
    (void)state;
    struct db db;
    db_open(&db, cluster.admin);
    db_script(&db, "TRUNCATE dreamcut_refiner CASCADE; DELETE FROM dreamcut_refiner_settings;"
                   "INSERT INTO dreamcut_refiner_settings DEFAULT VALUES;");
    db_close(&db);
    SCRIPT({OK, NULL});
    return 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct exchange {
    struct db db; /* its arena and its connection are the slot's */
    struct services services;
    struct refiner_place place;
    struct http_answer answer;
    const struct json *root;
};

static void exchange_open(struct exchange *x)
{
    *x = (struct exchange){0};
    db_open(&x->db, cluster.url);
    x->services.pg = x->db.pg;
    x->place.desk_count = BATCH_THREADS;
    for (size_t i = 0; i < BATCH_THREADS; i++) {
        struct desk *desk = &x->place.desks[i];
        desk->pg = i == 0 ? x->db.pg : pg_new(cluster.url);
        CHECK_STATUS(x->db.cx, refined_schema_compile(x->db.cx, x->db.cx->arena, &desk->schema),
                     OK);
        CHECK_STATUS(x->db.cx, form_init(x->db.cx, x->db.cx->arena, &desk->form), OK);
    }
}

static void exchange_close(struct exchange *x)
{
    db_close(&x->db);
    for (size_t i = 1; i < BATCH_THREADS; i++) {
        pg_free(x->place.desks[i].pg);
    }
    broadcast_free(x->place.broadcast);
}

#define EXCHANGE                                                                                   \
    DEFER(exchange_close) struct exchange x;                                                       \
    exchange_open(&x)

static void answer_log(struct ctx *cx, struct endpoint_call *call)
{
    if (call->after != NULL) {
        call->after(cx, call->work);
    }
}

struct wish {
    const char *user, *method, *path, *header, *value, *query, *query_value;
    struct str body;
    struct reply *reply;
};

/* One request and what comes after its answer; its status. */
static int ask(struct exchange *x, const struct wish *wish)
{
    struct ctx *cx = x->db.cx;
    struct http_header headers[] = {
        {STR("authorization"), arena_format(cx->arena, "Bearer %s", wish->user)},
        {str_from_cstr(wish->header), str_from_cstr(wish->value)},
    };
    struct http_header query = {str_from_cstr(wish->query), str_from_cstr(wish->query_value)};
    struct http_event event = {
        .format = HTTP_V2,
        .method = str_from_cstr(wish->method != NULL ? wish->method : "POST"),
        .path = str_from_cstr(wish->path != NULL ? wish->path : "/refiner"),
        .stage = STR("$default"),
        .body = exact_copy(cx, wish->body),
        .headers = headers,
        .header_count = wish->header != NULL ? 2 : 1,
        .query_params = &query,
        .query_param_count = wish->query != NULL ? 1 : 0,
    };
    struct endpoint_call call = {.endpoint = &refiner,
                                 .services = &x->services,
                                 .own = &x->place,
                                 .reply = wish->reply,
                                 .now_ms = clock_now_ms()};
    x->answer = (struct http_answer){0};
    x->root = NULL;
    cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
    endpoint_serve(cx, &call, &event, &x->answer);
    answer_log(cx, &call);
    if (x->answer.body.len > 0) {
        CHECK_STATUS(cx, json_read(cx, x->answer.body, NULL, &x->root), OK);
    }
    return x->answer.status == 0 ? 200 : x->answer.status;
}

static int refine_as(struct exchange *x, const char *user, const char *body)
{
    return ask(x, &(struct wish){.user = user, .body = str_from_cstr(body)});
}

static int get_as(struct exchange *x, const char *user, struct str id)
{
    return ask(x, &(struct wish){
                      .user = user,
                      .method = "GET",
                      .path = arena_format(x->db.cx->arena, "/refiner/" STR_FMT, STR_ARG(id)).ptr});
}

static struct str meta(const struct exchange *x, const char *name)
{
    const struct json *value = json_find(json_find(x->root, STR("_metadata")), str_from_cstr(name));
    return value == NULL ? STR("") : value->type == JSON_STRING ? value->text : value->span;
}

static int64_t count(struct exchange *x, const struct pg_identity *identity, const char *sql)
{
    return db_i64(&x->db, identity, sql);
}

#define CAT "{\"user_request\":{\"original_prompt\":\"a cat explains taxes\",\"intent\":\"video\"}}"

/* ---- what is stored, and whose --------------------------------------------------------------- */

static void an_answer_is_stored_with_its_owner_and_the_id_it_says(void **state)
{
    (void)state;
    EXCHANGE;
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    struct str id = meta(&x, "refinerId"), answer = x.answer.body;
    CHECK_STR("model", meta(&x, "modelUsed"), STR("anthropic/claude-haiku-4-5"));
    CHECK_STR("stored", meta(&x, "stored"), STR("true"));
    CHECK_I64("settled", engine.settled, 1);
    CHECK_STR("row",
              db_str(&x.db, &as_ada,
                     "SELECT concat_ws(' ', id, analyzer_id, status, model_used, degraded,"
                     " template_used, asset_mix, complexity, language_code, cost_nano) AS v"
                     " FROM dreamcut_refiner"),
              arena_format(x.db.cx->arena,
                           STR_FMT " dq_81 complete anthropic/claude-haiku-4-5 f Image Only"
                                   " {image} simple en 1000",
                           STR_ARG(id)));
    CHECK_I64("again", get_as(&x, ADA_ID, id), 200);
    CHECK_STR("the same answer",
              db_str(&x.db, &as_ada,
                     arena_format(x.db.cx->arena,
                                  "SELECT (payload = $json$" STR_FMT
                                  "$json$::jsonb)::text AS v FROM dreamcut_refiner",
                                  STR_ARG(answer))
                         .ptr),
              STR("true"));
}

static void nobody_sees_what_is_somebody_elses(void **state)
{
    (void)state;
    static const char *const tables[] = {"dreamcut_refiner", "dreamcut_refiner_events",
                                         "dreamcut_refiner_with_user",
                                         "get_user_refiner_results()"};
    EXCHANGE;
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    struct str id = meta(&x, "refinerId");
    CHECK_I64("ben", get_as(&x, BEN_ID, id), 404);
    CHECK_STR("as for none", json_find_str(x.root, STR("error")), STR("No such refinement"));
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        struct str sql = arena_format(x.db.cx->arena, "SELECT count(*) AS v FROM %s", tables[i]);
        assert_true(count(&x, &as_ada, sql.ptr) > 0);
        CHECK_I64(tables[i], count(&x, &as_ben, sql.ptr), 0);
        CHECK_STATUS(x.db.cx, db_run(&x.db, &as_anon, sql.ptr, NULL), ERR_FORBIDDEN);
    }
    CHECK_I64("Ben's cache is his own", refine_as(&x, BEN_ID, DOG), 200);
    CHECK_STR("cached", meta(&x, "cached"), STR("false"));
}

static void users_write_through_functions_alone(void **state)
{
    (void)state;
    static const char forged[] =
        "INSERT INTO dreamcut_refiner (id, user_id, content_hash, prompt_version, payload) VALUES"
        " ('ref_aaaaaa_000000', '" ADA_ID "', sha256('x'), '1', '{}')";
    static const char *const statements[] = {
        forged,
        "UPDATE dreamcut_refiner SET model_used = 'x'",
        "DELETE FROM dreamcut_refiner",
        "UPDATE dreamcut_refiner_events SET published_at = now()",
        "SELECT refiner_event_add('ref_aaaaaa_000000', 'refined', '{}')",
        "SELECT refiner_outbox_claim(10)",
        "SELECT cleanup_old_refiner_results(1)",
    };
    EXCHANGE;
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        CHECK_STATUS(x.db.cx, db_run(&x.db, &as_ada, statements[i], NULL), ERR_FORBIDDEN);
    }
}

static void another_users_refinement_cannot_be_ended(void **state)
{
    (void)state;
    EXCHANGE;
    db_must(&x.db, &as_ada,
            "SELECT refiner_begin('ref_aaaaaa_000000', sha256('x'), '{\"prompt_version\":\"1\","
            "\"asset_mix\":[]}', '{}', '{}', true)");
    static const char end[] = "SELECT refiner_finish('ref_aaaaaa_000000', '{\"degraded\":false,"
                              "\"model_used\":\"m\",\"processing_time_ms\":1,\"retry_count\":0,"
                              "\"cost_nano\":0}', '{}', '{}')::text AS v";
    CHECK_STR("ben", db_str(&x.db, &as_ben, end), STR("false"));
    CHECK_STR("ada", db_str(&x.db, &as_ada, end), STR("true"));
    CHECK_STR("once", db_str(&x.db, &as_ada, end), STR("false"));
}

/* ---- cache and limits ------------------------------------------------------------------------ */

static void the_same_content_is_answered_from_the_store(void **state)
{
    (void)state;
    EXCHANGE;
    CHECK_I64("first", refine_as(&x, ADA_ID, DOG), 200);
    struct str id = meta(&x, "refinerId");
    CHECK_I64("second, wrapped", refine_as(&x, ADA_ID, "{\"analyzerJson\":" DOG "}"), 200);
    CHECK_STR("cached", meta(&x, "cached"), STR("true"));
    CHECK_STR("its id", meta(&x, "refinerId"), id);
    CHECK_I64("asked once", engine.calls, 1);
    CHECK_I64("one row", count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner"), 1);
    CHECK_I64("anew",
              ask(&x,
                  &(struct wish){
                      .user = ADA_ID, .body = STR(DOG), .query = "cache", .query_value = "false"}),
              200);
    CHECK_STR("cached", meta(&x, "cached"), STR("false"));
    CHECK_I64("asked again", engine.calls, 2);
}

static void what_the_rules_alone_said_is_not_said_again(void **state)
{
    (void)state;
    EXCHANGE;
    SCRIPT({ERR_UPSTREAM, NULL}, {ERR_UPSTREAM, NULL}, {OK, NULL});
    CHECK_I64("models are down", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("degraded", meta(&x, "degraded"), STR("true"));
    CHECK_I64("they are up", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("degraded", meta(&x, "degraded"), STR("false"));
    CHECK_STR("cached", meta(&x, "cached"), STR("false"));
}

static void without_models_the_rules_answer_is_stored(void **state)
{
    (void)state;
    EXCHANGE;
    engine_script(NULL, 0);
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("model", meta(&x, "modelUsed"), STR("none"));
    CHECK_STR("stored", meta(&x, "stored"), STR("true"));
    CHECK_STR("row", db_str(&x.db, &as_ada, "SELECT model_used AS v FROM dreamcut_refiner"),
              STR("none"));
}

static void a_limit_holds_to_the_last_one_and_says_when(void **state)
{
    (void)state;
    EXCHANGE;
    db_must(&x.db, &as_service, "UPDATE dreamcut_refiner_settings SET per_minute = 2");
    static const struct wish wish = {
        .user = ADA_ID, .body = STR_INIT(DOG), .query = "cache", .query_value = "false"};
    CHECK_I64("first", ask(&x, &wish), 200);
    CHECK_I64("second", ask(&x, &wish), 200);
    size_t calls = engine.calls;
    CHECK_I64("third", ask(&x, &wish), 429);
    CHECK_I64("nobody was asked", engine.calls, calls);
    CHECK_STR("header", x.answer.headers[0].name, STR("retry-after"));
    int64_t wait_s = 0;
    assert_true(str_to_i64(x.answer.headers[0].value, &wait_s) && wait_s >= 50 && wait_s <= 60);
    CHECK_I64("what is there costs nothing", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_I64("Ben's are his own", refine_as(&x, BEN_ID, DOG), 200);
}

enum { RACERS = 8, PLACES = 3 };

static void *racer_run(void *arg)
{
    struct db db;
    db_open(&db, cluster.url);
    db_must(&db, &as_ada,
            arena_format(db.cx->arena,
                         "SELECT refiner_begin('ref_aaaaaa_00000%d', sha256('%d'), "
                         "'{\"prompt_version\":\"1\",\"asset_mix\":[]}', '{}', '{}', true)",
                         *(int *)arg, *(int *)arg)
                .ptr);
    db_close(&db);
    return NULL;
}

static void a_race_for_the_limit_ends_at_the_limit(void **state)
{
    (void)state;
    pthread_t threads[RACERS];
    int numbers[RACERS];
    EXCHANGE;
    struct str sql = arena_format(x.db.cx->arena,
                                  "UPDATE dreamcut_refiner_settings SET per_minute = %d", PLACES);
    db_must(&x.db, &as_service, sql.ptr);
    for (int i = 0; i < RACERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, racer_run, &numbers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    CHECK_I64("rows", count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner"), PLACES);
    CHECK_I64("events", count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner_events"),
              PLACES);
}

static void an_id_is_taken_once(void **state)
{
    (void)state;
    EXCHANGE;
    struct wish wish = {
        .user = ADA_ID, .body = STR(DOG), .header = "x-refiner-id", .value = "ref_mc2k9x1a_q7d0fz"};
    CHECK_I64("first", ask(&x, &wish), 200);
    CHECK_STR("its id", meta(&x, "refinerId"), STR("ref_mc2k9x1a_q7d0fz"));
    wish.user = BEN_ID;
    CHECK_I64("second", ask(&x, &wish), 409);
    wish.value = "ref_x";
    CHECK_I64("no id", ask(&x, &wish), 400);
}

/* ---- while models are asked ------------------------------------------------------------------ */

static int64_t open_transactions;
static void transactions_count(void)
{
    struct db db;
    db_open(&db, cluster.admin);
    open_transactions = db_i64(&db, NULL,
                               "SELECT count(*) AS v FROM pg_stat_activity"
                               " WHERE state LIKE 'idle in transaction%'");
    db_close(&db);
}

static void no_transaction_is_open_while_a_model_is_asked(void **state)
{
    (void)state;
    EXCHANGE;
    open_transactions = -1;
    engine.before = transactions_count;
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_I64("open", open_transactions, 0);
}

static void row_take(void)
{
    struct db db;
    db_open(&db, cluster.admin);
    db_script(&db, "DELETE FROM dreamcut_refiner");
    db_close(&db);
}

static void an_answer_goes_out_though_it_cannot_be_stored(void **state)
{
    (void)state;
    EXCHANGE;
    engine.before = row_take;
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("stored", meta(&x, "stored"), STR("false"));
    CHECK_STR("the model's all the same", meta(&x, "modelUsed"), STR("anthropic/claude-haiku-4-5"));
}

/* Each field passed by itself; a schema of the test's refuses what they make together. */
static void words_that_do_not_fit_together_give_way_to_the_rules(void **state)
{
    (void)state;
    EXCHANGE;
    struct ctx *cx = x.db.cx;
    CHECK_STATUS(cx,
                 jsonschema_read(cx, cx->arena,
                                 STR("{\"properties\":{\"global_analysis\":{\"properties\":"
                                     "{\"goal\":{\"not\":{\"pattern\":\"^A sunlit\"}}}}}}"),
                                 NULL, &x.place.desks[0].schema),
                 OK);
    CHECK_I64("status", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("model", meta(&x, "modelUsed"), STR("none"));
    CHECK_STR("reason", meta(&x, "degradedReason"), STR("unfit"));
    CHECK_STR("what was spent is told", meta(&x, "costNanodollars"), STR("1000"));
    struct str goal = json_find_str(json_find(x.root, STR("global_analysis")), STR("goal"));
    assert_true(goal.len > 0 && !str_has_prefix(goal, STR("A sunlit")));
}

static void health_is_200_and_asks_nobody(void **state)
{
    (void)state;
    EXCHANGE;
    CHECK_I64("HEAD", ask(&x, &(struct wish){.user = "", .method = "HEAD"}), 200);
    CHECK_I64("no body", x.answer.body.len, 0);
    CHECK_I64("GET",
              ask(&x, &(struct wish){.user = "", .method = "GET", .path = "/refiner/health"}), 200);
    CHECK_I64("calls", engine.calls, 0);
    CHECK_I64("rows", count(&x, &as_service, "SELECT count(*) AS v FROM dreamcut_refiner"), 0);
}

#define WORD_50  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"
#define WORD_200 WORD_50 WORD_50 WORD_50 WORD_50

static void texts_that_a_database_cannot_keep_are_no_500(void **state)
{
    (void)state;
    /* NOLINTBEGIN(bugprone-suspicious-missing-comma): long ones have two lines */
    static const char *const bodies[] = {
        "{\"user_request\":{\"original_prompt\":\"a\\u0000b\"}}",
        "{\"id\":\"x\\u0000y\",\"user_request\":{\"original_prompt\":\"ab\"}}",
        "{\"user_request\":{\"original_prompt\":\"ab\",\"platform\":\"\\u0000\"}}",
        "{\"user_request\":{\"original_prompt\":\"$' $& $1 ${x} '; DROP TABLE x; --\"}}",
        "{\"user_request\":{\"original_prompt\":\"\"}}",
        "{\"user_request\":{\"original_prompt\":\"ab\",\"intent\":\"mixed\",\"aspect_ratio\":null},"
        "\"prompt_analysis\":{\"content_type_analysis\":{\"content_complexity\":\"very_simple\"}}}",
        "{\"id\":\"" WORD_200
        "\",\"user_request\":{\"original_prompt\":\"ab\",\"platform\":\"" WORD_200 "\"}}",
        "{\"user_request\":{\"original_prompt\":\"\\ud83d\\ude00 \\u2028\"}}",
        "{\"user_request\":{\"original_prompt\":\"ab\"},\"assets\":[{\"id\":\"a\",\"type\":"
        "\"image\","
        "\"ai_caption\":\"x\\u0000y\",\"objects_detected\":[\"\\u0000\"]}]}",
    };
    /* NOLINTEND(bugprone-suspicious-missing-comma) */
    EXCHANGE;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        int status = refine_as(&x, ADA_ID, bodies[i]);
        if (status != 200 && status != 400) {
            CHECK_FAILED("%s: %d\n", bodies[i], status);
        }
    }
}

/* ---- batches --------------------------------------------------------------------------------- */

static void a_batch_is_stored_item_by_item(void **state)
{
    (void)state;
    EXCHANGE;
    CHECK_I64("status",
              ask(&x, &(struct wish){.user = ADA_ID,
                                     .path = "/refiner/batch",
                                     .body = STR("{\"items\":[" DOG ",{}," CAT ",{\"user_request\":"
                                                 "{\"original_prompt\":\"three\"}}]}")}),
              200);
    static const char *const prompts[] = {"poster of my dog at the beach", NULL,
                                          "a cat explains taxes", "three"};
    size_t index = 0;
    JSON_EACH (result, json_find(x.root, STR("results"))) {
        const struct json *request =
            json_find(json_find(result, STR("result")), STR("user_request"));
        CHECK_STR("prompt", json_find_str(request, STR("original_prompt")),
                  str_from_cstr(prompts[index++]));
    }
    CHECK_I64("results", index, 4);
    CHECK_I64(
        "rows",
        count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner WHERE status = 'complete'"),
        3);
    CHECK_I64("settled", engine.settled, 3);
}

/* ---- events ---------------------------------------------------------------------------------- */

static struct buf sent;
static enum status way_write(struct ctx *cx, struct reply *reply, struct str bytes)
{
    (void)cx;
    reply->has_begun = true;
    buf_add(&sent, bytes);
    return OK;
}
static enum status way_end(struct ctx *cx, struct reply *reply)
{
    (void)cx, (void)reply;
    return OK;
}

static struct str events_of(struct exchange *x, const char *user, struct str id, const char *after,
                            int *status)
{
    static const struct reply_way way = {.write = way_write, .end = way_end};
    struct reply reply = {.way = &way, .stream_http = true};
    sent = buf_in(x->db.cx->arena, KIB(64));
    *status = ask(
        x,
        &(struct wish){
            .user = user,
            .method = "GET",
            .path = arena_format(x->db.cx->arena, "/refiner/" STR_FMT "/events", STR_ARG(id)).ptr,
            .header = after == NULL ? NULL : "last-event-id",
            .value = after,
            .reply = &reply});
    return reply.mode == REPLY_COLLECTED ? buf_str(&reply.collected) : buf_str(&sent);
}

static void events_are_numbered_resumed_and_private(void **state)
{
    (void)state;
    int status = 0;
    EXCHANGE;
    CHECK_I64("refined", refine_as(&x, ADA_ID, DOG), 200);
    struct str id = meta(&x, "refinerId");
    struct str all = events_of(&x, ADA_ID, id, NULL, &status);
    CHECK_I64("status", status, 200);
    size_t first = str_find(all, STR("id: 1\nevent: processing\ndata: {"));
    size_t second = str_find(all, STR("id: 2\nevent: refined\ndata: {"));
    assert_true(first != SIZE_MAX && second != SIZE_MAX && first < second);
    CHECK_I64("no third", str_find(all, STR("id: 3")), SIZE_MAX);
    struct str rest = events_of(&x, ADA_ID, id, "1", &status);
    CHECK_I64("not again", str_find(rest, STR("id: 1\n")), SIZE_MAX);
    assert_true(str_find(rest, STR("id: 2\nevent: refined\n")) != SIZE_MAX);
    CHECK_I64("nothing more", str_find(events_of(&x, ADA_ID, id, "2", &status), STR("id:")),
              SIZE_MAX);
    (void)events_of(&x, BEN_ID, id, NULL, &status);
    CHECK_I64("ben", status, 404);
    (void)events_of(&x, ADA_ID, id, "-1", &status);
    CHECK_I64("no number", status, 400);
}

static void a_dead_process_leaves_an_error_event(void **state)
{
    (void)state;
    EXCHANGE;
    db_must(&x.db, &as_ada,
            "SELECT refiner_begin('ref_aaaaaa_000000', sha256('x'), '{\"prompt_version\":\"1\","
            "\"asset_mix\":[]}', '{}', '{}', true)");
    db_must(&x.db, &as_service,
            "UPDATE dreamcut_refiner SET created_at = now() - interval '16 minutes'");
    CHECK_I64("the next one", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_STR("events",
              db_str(&x.db, &as_ada,
                     "SELECT string_agg(concat(sequence, type), ' ' ORDER BY sequence) AS v"
                     " FROM dreamcut_refiner_events WHERE refiner_id = 'ref_aaaaaa_000000'"),
              STR("1processing 2error"));
}

#define ANSWER_202 "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
#define ANSWER_500 "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"

static void events_are_broadcast_until_they_were_taken(void **state)
{
    (void)state;
    struct http_peer peer;
    EXCHANGE;
    http_peer_start(&peer, false);
    struct str url = arena_format(x.db.cx->arena, "%s/script", peer.url);
    assert_int_equal(setenv("SUPABASE_URL", url.ptr, 1), 0);
    assert_int_equal(setenv("SUPABASE_SERVICE_ROLE_KEY", "a-key-of-a-test", 1), 0);
    CHECK_STATUS(x.db.cx, broadcast_new(x.db.cx, NULL, &x.place.broadcast), OK);
    http_peer_script(&peer, 0, HTTP_PEER_KEEPS, STR(ANSWER_500));
    http_peer_script(&peer, 1, HTTP_PEER_KEEPS, STR(ANSWER_202));
    CHECK_I64("refused", refine_as(&x, ADA_ID, DOG), 200);
    static const char waiting[] =
        "SELECT count(*) AS v FROM dreamcut_refiner_events WHERE published_at IS NULL";
    CHECK_I64("they wait", count(&x, &as_service, waiting), 2);
    db_must(&x.db, &as_service,
            "UPDATE dreamcut_refiner_events SET claimed_at = now() - interval '31 seconds'");
    CHECK_I64("taken with the next", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_I64("none waits", count(&x, &as_service, waiting), 0);
    struct str got = http_peer_scripted(x.db.cx, &peer, 1);
    assert_true(str_find(got, STR("POST /script/realtime/v1/api/broadcast ")) == 0);
    assert_true(str_find(got, STR("apikey: a-key-of-a-test")) != SIZE_MAX);
    size_t first = str_find(got, STR("{\"topic\":\"refiner:" ADA_ID "\",\"event\":\"processing\""));
    size_t second = str_find(got, STR("{\"topic\":\"refiner:" ADA_ID "\",\"event\":\"refined\""));
    assert_true(first != SIZE_MAX && second != SIZE_MAX && first < second);
    assert_true(str_find(got, STR("\"private\":true")) != SIZE_MAX);
    CHECK_I64("no prompt", str_find(got, STR("poster of my dog")), SIZE_MAX);
    (void)unsetenv("SUPABASE_URL");
    (void)unsetenv("SUPABASE_SERVICE_ROLE_KEY");
    http_peer_stop(&peer);
}

/* ---- what users and operators ask ------------------------------------------------------------ */

static void statistics_are_right_of_none_and_of_some(void **state)
{
    (void)state;
    static const char sql[] =
        "SELECT concat_ws(' ', total_refinements, claude_count, gpt_count,"
        " avg_processing_time >= 0, success_rate, template_usage, complexity_distribution,"
        " asset_mix_distribution) AS v FROM get_refiner_stats()";
    EXCHANGE;
    CHECK_STR("none", db_str(&x.db, &as_ada, sql), STR("0 0 0 t 0 {} {} {}"));
    SCRIPT({OK, NULL}, {ERR_UPSTREAM, NULL}, {OK, NULL});
    CHECK_I64("claude's", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_I64("gpt's", refine_as(&x, ADA_ID, CAT), 200);
    CHECK_I64("Ben's", refine_as(&x, BEN_ID, CAT), 200);
    struct str complete = db_str(
        &x.db, &as_ada,
        "SELECT round(100.0 * count(*) FILTER (WHERE completion_status = 'complete') / count(*), 2)"
        "::text AS v FROM dreamcut_refiner_with_user");
    CHECK_STR("two", db_str(&x.db, &as_ada, sql),
              arena_format(x.db.cx->arena,
                           "2 1 1 t " STR_FMT " {\"Image Only\": 1, \"Unknown/Empty\": 1}"
                           " {\"simple\": 2} {\"image\": 1}",
                           STR_ARG(complete)));
}

static void results_are_the_newest_as_many_as_wanted(void **state)
{
    (void)state;
    static const char sql[] = "SELECT string_agg(payload #>> '{user_request,original_prompt}', '|')"
                              " AS v FROM get_user_refiner_results(%d)";
    EXCHANGE;
    CHECK_I64("first", refine_as(&x, ADA_ID, DOG), 200);
    CHECK_I64("second", refine_as(&x, ADA_ID, CAT), 200);
    CHECK_STR("one", db_str(&x.db, &as_ada, arena_format(x.db.cx->arena, sql, 1).ptr),
              STR("a cat explains taxes"));
    CHECK_STR("both", db_str(&x.db, &as_ada, arena_format(x.db.cx->arena, sql, 1000).ptr),
              STR("a cat explains taxes|poster of my dog at the beach"));
    CHECK_I64("below none",
              count(&x, &as_ada, "SELECT count(*) AS v FROM get_user_refiner_results(-1)"), 0);
}

static void cleaning_takes_what_is_old_and_no_less_than_a_day(void **state)
{
    (void)state;
    EXCHANGE;
    CHECK_I64("old", refine_as(&x, ADA_ID, DOG), 200);
    db_must(&x.db, &as_service,
            "UPDATE dreamcut_refiner SET created_at = now() - interval '25 hours'");
    CHECK_I64("new", refine_as(&x, ADA_ID, CAT), 200);
    CHECK_STATUS(x.db.cx, db_run(&x.db, &as_service, "SELECT cleanup_old_refiner_results(0)", NULL),
                 ERR_INTERNAL);
    CHECK_STATUS(x.db.cx,
                 db_run(&x.db, &as_service, "SELECT cleanup_old_refiner_results(-1)", NULL),
                 ERR_INTERNAL);
    CHECK_I64("gone", count(&x, &as_service, "SELECT cleanup_old_refiner_results(1) AS v"), 1);
    CHECK_I64("rows", count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner"), 1);
    CHECK_I64("events", count(&x, &as_ada, "SELECT count(*) AS v FROM dreamcut_refiner_events"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_answer_is_stored_with_its_owner_and_the_id_it_says, clean),
        cmocka_unit_test_setup(nobody_sees_what_is_somebody_elses, clean),
        cmocka_unit_test_setup(users_write_through_functions_alone, clean),
        cmocka_unit_test_setup(another_users_refinement_cannot_be_ended, clean),
        cmocka_unit_test_setup(the_same_content_is_answered_from_the_store, clean),
        cmocka_unit_test_setup(what_the_rules_alone_said_is_not_said_again, clean),
        cmocka_unit_test_setup(without_models_the_rules_answer_is_stored, clean),
        cmocka_unit_test_setup(a_limit_holds_to_the_last_one_and_says_when, clean),
        cmocka_unit_test_setup(a_race_for_the_limit_ends_at_the_limit, clean),
        cmocka_unit_test_setup(an_id_is_taken_once, clean),
        cmocka_unit_test_setup(no_transaction_is_open_while_a_model_is_asked, clean),
        cmocka_unit_test_setup(an_answer_goes_out_though_it_cannot_be_stored, clean),
        cmocka_unit_test_setup(words_that_do_not_fit_together_give_way_to_the_rules, clean),
        cmocka_unit_test_setup(health_is_200_and_asks_nobody, clean),
        cmocka_unit_test_setup(texts_that_a_database_cannot_keep_are_no_500, clean),
        cmocka_unit_test_setup(a_batch_is_stored_item_by_item, clean),
        cmocka_unit_test_setup(events_are_numbered_resumed_and_private, clean),
        cmocka_unit_test_setup(a_dead_process_leaves_an_error_event, clean),
        cmocka_unit_test_setup(events_are_broadcast_until_they_were_taken, clean),
        cmocka_unit_test_setup(statistics_are_right_of_none_and_of_some, clean),
        cmocka_unit_test_setup(results_are_the_newest_as_many_as_wanted, clean),
        cmocka_unit_test_setup(cleaning_takes_what_is_old_and_no_less_than_a_day, clean),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
