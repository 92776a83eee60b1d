/*
 * The released plan-generator before a scripted Runtime API: one process that serves several guests
 * at once, as on Lambda's managed instances, with a slot for each and a database connection of the
 * slot's own; and what it says to others on behalf of a request. Keys and tokens are those of a
 * gateway beside it.
 */
#include "shared/base/file.h"
#include "tests/conformance/fake_many.h"
#include "tests/integration/plan_fixture.h"
#include "tests/support/http_peer.h"

enum { SLOTS = 4, ROUNDS = 3 };

/* In place of the probe. */
static void program_choose(void)
{
    char program[4096];
    const char *build = getenv("CLAMBDA_BUILD");
    (void)snprintf(program, sizeof program, "%s/release/functions/plan-generator/bootstrap",
                   build != NULL ? build : "build");
    assert_int_equal(setenv("CLAMBDA_PROBE", program, 1), 0);
}

static void slots_start(struct many *many, const char *database_url)
{
    char keys[128], database[1024];
    (void)snprintf(keys, sizeof keys, "AUTH_KEYS_FILE=%s/keys/jwks.json", gateway.folder);
    (void)snprintf(database, sizeof database, "DATABASE_URL=%s", database_url);
    const char *const more[] = {keys, database, "AUTH_ISSUER=http://localhost/clambda",
                                "AUTH_AUDIENCE=authenticated", NULL};
    program_choose();
    many_start(many, "4", more);
}

/* `more`: header fields beside the token, as JSON. */
static struct str event_of(struct ctx *cx, struct str user_id, const char *more, int seed)
{
    return arena_format(
        cx->arena,
        "{\"version\":\"2.0\",\"routeKey\":\"POST /plan-generator\","
        "\"rawPath\":\"/plan-generator\",\"rawQueryString\":\"\",\"headers\":{"
        "\"authorization\":\"" STR_FMT "\"%s},\"requestContext\":{\"stage\":"
        "\"$default\",\"http\":{\"method\":\"POST\",\"path\":\"/plan-generator\"}},"
        "\"body\":\"{\\\"seed\\\":%d,\\\"force_regenerate\\\":true}\",\"isBase64Encoded\":false}",
        STR_ARG(bearer(cx, user_id)), more, seed);
}

static int64_t status_of(struct ctx *cx, struct str response)
{
    const struct json *root = NULL;
    int64_t status = 0;
    CHECK_STATUS(cx, json_read(cx, response, NULL, &root), OK);
    assert_true(json_is_i64(json_find(root, STR("statusCode")), &status));
    return status;
}

/* All events are out before the first answer is waited for. */
static void guests_at_once_get_their_plans(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(many_close) struct many many;
    struct str guests[SLOTS];
    slots_start(&many, getenv("DATABASE_URL"));
    many_await_polls(&many, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        guests[i] = guest_add(&t.cx, &(struct guest){.weight_kg = 55 + 5 * (int)i});
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < SLOTS; i++) {
            char id[32];
            (void)snprintf(id, sizeof id, "guest-%zu", i);
            many_give(&many, many_poller(&many), id, event_of(&t.cx, guests[i], "", round));
        }
        for (size_t i = SLOTS; i-- > 0;) {
            char id[32];
            (void)snprintf(id, sizeof id, "guest-%zu", i);
            struct many_conn *conn = many_post_of(&many, id);
            assert_true(str_find(conn->post.head, STR("/response HTTP/1.1\r\n")) != SIZE_MAX);
            CHECK_I64(id, status_of(&t.cx, conn->post.body), 200);
            many_accepted(&many, conn);
        }
        many_await_polls(&many, SLOTS);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        CHECK_I64("plans", plans_of(&t.cx, guests[i]), ROUNDS);
        CHECK_I64("finished", logs_of(&t.cx, guests[i], "completed"), ROUNDS);
    }
}

/* Straight to the server, so that its connections can be counted. */
static void each_slot_has_a_connection_of_its_own(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(many_close) struct many many;
    struct str admin = str_from_cstr(getenv("ADMIN_DATABASE_URL"));
    struct str url = arena_format(&t.arena, STR_FMT "%capplication_name=slots_test", STR_ARG(admin),
                                  str_find_char(admin, '?') != SIZE_MAX ? '&' : '?');
    slots_start(&many, url.ptr);
    many_await_polls(&many, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) { /* no HTTP event: the answer is the health report */
        char id[32];
        (void)snprintf(id, sizeof id, "tick-%zu", i);
        many_give(&many, many_poller(&many), id, STR("{\"source\":\"aws.events\"}"));
    }
    for (size_t i = 0; i < SLOTS; i++) {
        struct many_conn *conn = many_poster(&many);
        if (str_find(conn->post.body, STR("\"database\":true")) == SIZE_MAX) {
            CHECK_FAILED("no database: " STR_FMT "\n", STR_ARG(conn->post.body));
        }
        many_accepted(&many, conn);
    }
    CHECK_I64("connections",
              db_i64(&owner, NULL,
                     "SELECT count(*) AS v FROM pg_stat_activity"
                     " WHERE application_name = 'slots_test'"),
              SLOTS);
}

#define TRACEPARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
#define XRAY        "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1"
#define CONVERTED   "00-58406520a006649127e371903a2de979-53995c3f42cd8ad8-01"

/* The program that fetches its keys from `issuer`; its one request so far asks for them. */
static void tracing_start(struct fake *fake, const struct http_peer *issuer)
{
    char jwks[256], roots[256], database[1024];
    (void)snprintf(jwks, sizeof jwks, "AUTH_JWKS_URL=%s/file", issuer->url);
    (void)snprintf(roots, sizeof roots, "SSL_CERT_FILE=%s", issuer->cert_path);
    (void)snprintf(database, sizeof database, "DATABASE_URL=%s", getenv("DATABASE_URL"));
    const char *const env[] = {jwks,
                               roots,
                               database,
                               "AUTH_ISSUER=http://localhost/clambda",
                               "AUTH_AUDIENCE=authenticated",
                               NULL};
    program_choose();
    fake_start_at(fake, "", env);
}

/* Whom an endpoint asks, here for the keys, sees the trace of the request it asks for. */
static void the_trace_of_a_request_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *header, *want;
    } cases[] = {
        {",\"traceparent\":\"" TRACEPARENT "\"", TRACEPARENT},
        {",\"Traceparent\":\"00-malformed\"", CONVERTED},
        {"", CONVERTED},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(http_peer_stop) struct http_peer issuer = {0};
    struct str keys;
    char path[128];
    t.cx.arena = &t.arena;
    http_peer_start(&issuer, true);
    (void)snprintf(path, sizeof path, "%s/keys/jwks.json", gateway.folder);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, KIB(16), &keys), OK);
    http_peer_file(&issuer, keys.ptr, "");
    struct str user = guest_add(&t.cx, &(struct guest){0});
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(fake_close) struct fake fake;
        tracing_start(&fake, &issuer);
        fake_expect_next(&fake);
        fake_reply(&fake, 200, ID_HEADER "Lambda-Runtime-Trace-Id: " XRAY "\r\n",
                   event_of(&t.cx, user, cases[i].header, 1));
        CHECK_I64("status", status_of(&t.cx, fake_expect_response(&fake).body), 200);
        fake_accepted(&fake);
        CHECK_STR(cases[i].header, str_from_cstr(issuer.seen->traceparent),
                  str_from_cstr(cases[i].want));
        CHECK_STR("X-Ray", str_from_cstr(issuer.seen->trace_id), STR(XRAY));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_at_once_get_their_plans),
        cmocka_unit_test(each_slot_has_a_connection_of_its_own),
        cmocka_unit_test(the_trace_of_a_request_goes_on),
    };
    return cmocka_run_group_tests_name("endpoint", tests, plan_world_open, plan_world_close);
}
