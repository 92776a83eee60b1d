/*
 * A stack as it is deployed, on one machine: the released bootstraps know ARNs and a JWKS address
 * and nothing else. Secrets Manager is the emulator (tests/emulators/secrets), which checks the
 * signatures; PostgreSQL is the one of tests/run.sh, with a login of this test's whose password
 * changes.
 */
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/json/json.h"
#include "tests/integration/db_fixture.h"
#include "tests/support/gateway.h"
#include "tests/support/http_peer.h"
#include "tests/support/secrets_peer.h"

#include <time.h>

#define DB_ARN    SECRETS_PEER_ARN("database")
#define KEYS_ARN  SECRETS_PEER_ARN("jwt-keys")
#define LOGIN     "clambda_deployed"
#define PASSWORD1 "first-hunter2-%/@"
#define PASSWORD2 "second-hunter2-:?"

enum { PATH_SIZE = 160, SQL_SIZE = 512, KEY_GAP_S = 61, LOG_PATIENCE_MS = 3000 };

static struct secrets_peer secrets;
static struct http_peer issuer;  /* publishes keys */
static struct gateway published; /* the gateway that reads them; lives through all tests */
static int64_t published_at_ms;
static struct db owner;
static char admin_host[64]; /* 127.0.0.1:port/database */

/* ---- the world ------------------------------------------------------------------------------- */

static void pause_ms(int64_t ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Statements that may not stand in a transaction. */
static void psql(const char *sql)
{
    char command[SQL_SIZE * 2];
    (void)snprintf(command, sizeof command,
                   "psql -X -q -v ON_ERROR_STOP=1 \"$ADMIN_DATABASE_URL\" -c \"%s\" >/dev/null",
                   sql);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
}

static void login_password(const char *password)
{
    char sql[SQL_SIZE];
    (void)snprintf(sql, sizeof sql, "ALTER ROLE " LOGIN " PASSWORD '%s'", password);
    db_must(&owner, NULL, sql);
}

static void login_disconnect(void)
{
    db_must(&owner, NULL,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '" LOGIN
            "'");
}

/* Adds one text as a JSON string. */
static void put_str(struct buf *buf, struct str text)
{
    struct json_writer w = json_writer_on(buf);
    json_str(&w, text);
}

/* What Secrets Manager holds: the database's entry as it is given, and the keys of `gateway`. */
static void secrets_put(struct ctx *cx, const char *database, const struct gateway *gateway)
{
    struct buf buf = buf_in(cx->arena, KIB(64));
    buf_addf(&buf, "{\"" DB_ARN "\":%s", database);
    if (gateway != NULL) {
        char path[PATH_SIZE];
        struct str jwks;
        (void)snprintf(path, sizeof path, "%s/keys/jwks.json", gateway->folder);
        CHECK_STATUS(cx, file_read(cx, path, KIB(16), &jwks), OK);
        buf_add(&buf, STR(",\"" KEYS_ARN "\":{\"SecretString\":"));
        put_str(&buf, jwks);
        buf_add_char(&buf, '}');
    }
    buf_add_char(&buf, '}');
    secrets_peer_put(&secrets, buf_str(&buf));
}

/* {"SecretString":"postgresql://..."}: the form of a URL. */
static const char *entry_url(struct ctx *cx, const char *encoded_password)
{
    return arena_format(cx->arena,
                        "{\"SecretString\":\"postgresql://" LOGIN ":%s@%s?sslmode=disable\"}",
                        encoded_password, admin_host)
        .ptr;
}

#define ENCODED1 "first-hunter2-%25%2F%40"
#define ENCODED2 "second-hunter2-%3A%3F"

/* A gateway whose functions get these variables; `pairs` is "A=1\nB=2". */
static void stack_start(struct ctx *cx, struct gateway *gateway, const char *pairs)
{
    static int count;
    char path[PATH_SIZE];
    struct buf buf = buf_in(cx->arena, KIB(4));
    struct json_writer w = json_writer_on(&buf);
    struct str rest = str_from_cstr(pairs), pair, name;
    json_object_begin(&w);
    json_member_object(&w, "Parameters");
    json_member_cstr(&w, "AUTH_KEYS_FILE", "");
    json_member_cstr(&w, "AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url);
    while (str_split_next(&rest, '\n', &pair)) {
        struct str value = pair;
        assert_true(str_split_next(&value, '=', &name));
        json_key(&w, name);
        json_str(&w, value);
    }
    json_object_end(&w);
    json_object_end(&w);
    (void)snprintf(path, sizeof path, "%s/env-%d.json", secrets.folder, count++);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(buf.ptr, 1, buf.len, file), buf.len);
    assert_int_equal(fclose(file), 0);
    gateway_start(gateway, &(struct gateway_options){.database_url = "", .env_vars = path});
}

#define BY_ARN "DATABASE_SECRET_ARN=" DB_ARN "\nJWT_KEYS_SECRET_ARN=" KEYS_ARN

/* Asks for the verdict of a plan that is not there: 404 once the token and the database did. */
static int ask(struct ctx *cx, const struct gateway *gateway, struct http_result *result)
{
    struct http_result own;
    result = result != NULL ? result : &own;
    struct str bearer = gateway_bearer(cx, gateway, &(struct token_wish){.user_id = STR(ADA_ID)});
    gateway_ask(cx, gateway, "POST", "/nutrition-validator", bearer,
                STR("{\"meal_plan_id\":\"00000000-0000-4000-8000-000000000000\"}"), result);
    return result->status;
}

static void must_work(struct ctx *cx, const struct gateway *gateway, const char *when)
{
    struct http_result result;
    if (ask(cx, gateway, &result) != 404) {
        struct str log = gateway_log(cx, gateway);
        CHECK_FAILED("%s: HTTP %d " STR_FMT "\n" STR_FMT "\n", when, result.status,
                     STR_ARG(result.body),
                     STR_ARG(str_slice(log, log.len > 2000 ? log.len - 2000 : 0, log.len)));
    }
}

/* 503 in the one shape. */
static void must_be_unavailable(struct ctx *cx, const struct gateway *gateway, const char *code)
{
    struct http_result result;
    const struct json *root = NULL;
    CHECK_I64(code, ask(cx, gateway, &result), 503);
    CHECK_STATUS(cx, json_read(cx, result.body, NULL, &root), OK);
    CHECK_STR("code", json_find_str(root, STR("error_code")), str_from_cstr(code));
    CHECK_STR("retry-after", http_result_header(&result, "retry-after"), STR("1"));
    assert_true(json_find_str(root, STR("request_id")).len > 0);
    static const struct str private[] = {STR_INIT("hunter2"), STR_INIT("arn:"), STR_INIT("denied")};
    for (size_t i = 0; i < ARRAY_LEN(private); i++) {
        CHECK_I64("private", str_find(result.body, private[i]) == SIZE_MAX, 1);
    }
}

/* The gateway passes lines on a little after the answer. */
static void log_must_hold(struct ctx *cx, const struct gateway *gateway, const char *words)
{
    struct str log = {0};
    for (int waited_ms = 0; waited_ms < LOG_PATIENCE_MS; waited_ms += 20) {
        log = gateway_log(cx, gateway);
        if (str_find(log, str_from_cstr(words)) != SIZE_MAX) {
            return;
        }
        pause_ms(20);
    }
    CHECK_FAILED("the log lacks \"%s\":\n" STR_FMT "\n", words, STR_ARG(log));
}

/* Ends it, once its log was searched for what must not be there. */
static void stack_stop(struct ctx *cx, struct gateway *gateway)
{
    pause_ms(100); /* the last lines */
    struct str log = gateway_log(cx, gateway);
    if (str_find(log, STR("hunter2")) != SIZE_MAX || str_find(log, STR("eyJ")) != SIZE_MAX) {
        CHECK_FAILED("the log holds a password or a token:\n" STR_FMT "\n", STR_ARG(log));
    }
    gateway_stop(gateway);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void a_stack_that_knows_arns_alone_works(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    struct http_result health;
    login_password(PASSWORD1);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    int databases = secrets_peer_count(cx, &secrets, DB_ARN, "value");
    int keys = secrets_peer_count(cx, &secrets, KEYS_ARN, "value");
    gateway_ask(cx, &gateway, "GET", "/nutrition-validator/health", STR(""), STR(""), &health);
    CHECK_I64("health", health.status, 200);
    for (int i = 0; i < 5; i++) {
        must_work(cx, &gateway, "by ARN");
    }
    CHECK_I64("one fetch of each in the life of an instance",
              secrets_peer_count(cx, &secrets, DB_ARN, "value") - databases, 1);
    CHECK_I64("keys", secrets_peer_count(cx, &secrets, KEYS_ARN, "value") - keys, 1);
    gateway_ask(cx, &gateway, "GET", "/plan-generator/health", STR(""), STR(""), &health);
    CHECK_I64("the other function", health.status, 200);
    struct token_wish anon = {.user_id = STR(ADA_ID), .issuer = STR("https://evil.example")};
    gateway_ask(cx, &gateway, "POST", "/nutrition-validator", gateway_bearer(cx, &gateway, &anon),
                STR("{}"), &health);
    CHECK_I64("a token of another issuer", health.status, 401);
    stack_stop(cx, &gateway);
}

static void a_changed_password_costs_no_request(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    login_password(PASSWORD1);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    must_work(cx, &gateway, "before");
    int fetches = secrets_peer_count(cx, &secrets, DB_ARN, "value");
    login_password(PASSWORD2);
    secrets_put(cx, entry_url(cx, ENCODED2), &gateway);
    must_work(cx, &gateway, "on the connection that was open");
    login_disconnect();
    must_work(cx, &gateway, "on a new connection");
    CHECK_I64("fetched anew once", secrets_peer_count(cx, &secrets, DB_ARN, "value") - fetches, 1);
    stack_stop(cx, &gateway);
}

/* The rotation has changed the password and not the secret yet, or somebody forgot to. */
static void a_wrong_password_is_503_and_heals_within_seconds(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    login_password(PASSWORD2);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    int fetches = secrets_peer_count(cx, &secrets, DB_ARN, "value");
    for (int i = 0; i < 4; i++) {
        must_be_unavailable(cx, &gateway, "DATABASE_ERROR");
    }
    CHECK_I64("not fetched over and over",
              secrets_peer_count(cx, &secrets, DB_ARN, "value") - fetches, 2);
    log_must_hold(cx, &gateway, "28P01");
    secrets_put(cx, entry_url(cx, ENCODED2), &gateway);
    int status = 0;
    for (int waited_ms = 0; status != 404 && waited_ms < 10000; waited_ms += 500) {
        pause_ms(500);
        status = ask(cx, &gateway, NULL);
    }
    CHECK_I64("healed", status, 404);
    stack_stop(cx, &gateway);
}

static void access_denied_is_503_until_it_is_granted(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    struct http_result health;
    login_password(PASSWORD1);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, "{\"fault\":\"AccessDeniedException\"}", &gateway);
    must_be_unavailable(cx, &gateway, "DATABASE_ERROR");
    gateway_ask(cx, &gateway, "GET", "/nutrition-validator/health", STR(""), STR(""), &health);
    CHECK_I64("health", health.status, 503);
    log_must_hold(cx, &gateway, "DATABASE_SECRET_ARN: secret " DB_ARN ": access denied");
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    must_work(cx, &gateway, "once it is granted");
    stack_stop(cx, &gateway);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, entry_url(cx, ENCODED1), NULL);
    must_be_unavailable(cx, &gateway, "AUTH_UNAVAILABLE");
    log_must_hold(cx, &gateway, "secret " KEYS_ARN ": there is no such secret");
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    must_work(cx, &gateway, "once there are keys");
    stack_stop(cx, &gateway);
}

static void secrets_manager_away_is_503_in_time(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    login_password(PASSWORD1);
    stack_start(cx, &gateway, BY_ARN);
    secrets_put(cx, "{\"fault\":\"silence\"}", &gateway);
    int64_t started_us = clock_mono_us();
    must_be_unavailable(cx, &gateway, "DATABASE_ERROR");
    assert_true(clock_mono_us() - started_us < 9000000);
    log_must_hold(cx, &gateway, "no complete response in 3000 ms");
    secrets_put(cx, entry_url(cx, ENCODED1), &gateway);
    must_work(cx, &gateway, "once it is back");
    stack_stop(cx, &gateway);
}

/* The JSON of RDS asks for TLS; with roots, for the right server behind it. */
static void the_json_of_rds_connects_over_verified_tls(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    struct gateway gateway;
    char pairs[SQL_SIZE], entry[SQL_SIZE];
    struct str rest = str_from_cstr(admin_host), host = {0}, port = {0};
    assert_true(str_split_next(&rest, ':', &host) && str_split_next(&rest, '/', &port));
    (void)snprintf(
        entry, sizeof entry,
        "{\"SecretString\":\"{\\\"engine\\\":\\\"postgres\\\",\\\"username\\\":\\\"%s\\\","
        "\\\"password\\\":\\\"%s\\\",\\\"host\\\":\\\"localhost\\\",\\\"port\\\":" STR_FMT
        ",\\\"dbname\\\":\\\"" STR_FMT "\\\"}\"}",
        LOGIN, PASSWORD1, STR_ARG(port), STR_ARG(rest));
    login_password(PASSWORD1);
    login_disconnect();
    /* The server gets the issuer's certificate, which is for "localhost". */
    (void)snprintf(pairs, sizeof pairs, BY_ARN "\nDATABASE_SSLROOTCERT=%s", issuer.cert_path);
    stack_start(cx, &gateway, pairs);
    secrets_put(cx, entry, &gateway);
    must_be_unavailable(cx, &gateway, "DATABASE_ERROR"); /* the server has no TLS yet */
    log_must_hold(cx, &gateway, "server does not support SSL");
    psql("ALTER SYSTEM SET ssl = on");
    psql("SELECT pg_reload_conf()");
    int status = 0;
    for (int tries = 0; status != 404 && tries < 20; tries++) {
        pause_ms(100);
        status = ask(cx, &gateway, NULL);
    }
    CHECK_I64("over TLS", status, 404);
    CHECK_I64("encrypted",
              db_i64(&owner, NULL,
                     "SELECT count(*) AS v FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                     " WHERE usename = '" LOGIN "' AND ssl"),
              1);
    stack_stop(cx, &gateway);
    /* Roots that did not sign the server's certificate. */
    stack_start(cx, &gateway, BY_ARN "\nDATABASE_SSLROOTCERT=/etc/ssl/certs/ca-certificates.crt");
    secrets_put(cx, entry, &gateway);
    must_be_unavailable(cx, &gateway, "DATABASE_ERROR");
    log_must_hold(cx, &gateway, "certificate verify failed");
    stack_stop(cx, &gateway);
    psql("ALTER SYSTEM RESET ssl");
    psql("SELECT pg_reload_conf()");
}

static void what_is_missing_is_named_at_the_start(void **state)
{
    (void)state;
    static const struct {
        const char *pairs, *words;
    } cases[] = {
        {"DATABASE_SECRET_ARN=\nJWT_KEYS_SECRET_ARN=" KEYS_ARN,
         "none of DATABASE_URL, DATABASE_IAM_URL and DATABASE_SECRET_ARN is set"},
        {"DATABASE_SECRET_ARN=" DB_ARN "\nJWT_KEYS_SECRET_ARN=",
         "none of AUTH_KEYS_FILE, JWT_KEYS_SECRET_ARN and AUTH_JWKS_URL is set"},
        {"DATABASE_SECRET_ARN=database\nJWT_KEYS_SECRET_ARN=" KEYS_ARN,
         "DATABASE_SECRET_ARN: not the ARN of a secret"},
        {"DATABASE_SECRET_ARN=" DB_ARN "\nJWT_KEYS_SECRET_ARN=keys",
         "JWT_KEYS_SECRET_ARN: not the ARN of a secret"},
        {"DATABASE_SECRET_ARN=" DB_ARN "\nJWT_KEYS_SECRET_ARN=\nAUTH_JWKS_URL=http://127.0.0.1/",
         "AUTH_JWKS_URL: not https://"},
        {BY_ARN "\nAUTH_ISSUER=", "environment variable AUTH_ISSUER is not set"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        struct ctx *cx = &t.cx;
        cx->arena = &t.arena;
        struct gateway gateway;
        stack_start(cx, &gateway, cases[i].pairs);
        CHECK_I64(cases[i].words, ask(cx, &gateway, NULL), 500);
        log_must_hold(cx, &gateway, cases[i].words);
        stack_stop(cx, &gateway);
    }
}

static void published_keys_are_fetched_over_https(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    char pairs[SQL_SIZE], path[PATH_SIZE];
    struct str jwks;
    (void)snprintf(pairs, sizeof pairs,
                   "DATABASE_SECRET_ARN=" DB_ARN
                   "\nJWT_KEYS_SECRET_ARN=\nAUTH_JWKS_URL=%s/file\nSSL_CERT_FILE=%s",
                   issuer.url, issuer.cert_path);
    login_password(PASSWORD1);
    stack_start(cx, &published, pairs);
    secrets_put(cx, entry_url(cx, ENCODED1), NULL);
    must_be_unavailable(cx, &published, "AUTH_UNAVAILABLE"); /* 404: nothing published yet */
    log_must_hold(cx, &published, "/file: HTTP 404");
    (void)snprintf(path, sizeof path, "%s/keys/jwks.json", published.folder);
    CHECK_STATUS(cx, file_read(cx, path, KIB(16), &jwks), OK);
    http_peer_file(&issuer, jwks.ptr, "cache-control: max-age=1\r\n");
    must_work(cx, &published, "with published keys");
    published_at_ms = clock_now_ms();
    int requests = issuer.seen->requests;
    must_work(cx, &published, "again");
    CHECK_I64("kept", issuer.seen->requests - requests, 0);
    http_peer_pause(&issuer);
    must_work(cx, &published, "with the issuer away");
}

/* The last one: a set is kept for a minute at least, and is old now. */
static void old_keys_serve_while_the_issuer_is_away(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct ctx *cx = &t.cx;
    cx->arena = &t.arena;
    int64_t left_ms = published_at_ms + (int64_t)KEY_GAP_S * 1000 - clock_now_ms();
    if (left_ms > 0) {
        pause_ms(left_ms);
    }
    login_password(PASSWORD1);
    secrets_put(cx, entry_url(cx, ENCODED1), NULL);
    must_work(cx, &published, "with old keys");
    log_must_hold(cx, &published, "keys_kept_stale");
    http_peer_resume(&issuer);
    must_work(cx, &published, "with the issuer back");
    stack_stop(cx, &published);
}

/* ---- begin and end --------------------------------------------------------------------------- */

/* The certificate where the server may read it; `ssl` itself stays off. */
static void server_certificate_install(void)
{
    char command[SQL_SIZE], sql[SQL_SIZE];
    (void)snprintf(command, sizeof command,
                   "chmod 711 %s && cp %s/key.pem %s/server.key && chmod 600 %s/server.key &&"
                   " { [ \"$(id -u)\" -ne 0 ] || chown postgres %s/server.key; }",
                   issuer.folder, issuer.folder, issuer.folder, issuer.folder, issuer.folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a folder mkdtemp named */
    (void)snprintf(sql, sizeof sql, "ALTER SYSTEM SET ssl_cert_file = '%s'", issuer.cert_path);
    psql(sql);
    (void)snprintf(sql, sizeof sql, "ALTER SYSTEM SET ssl_key_file = '%s/server.key'",
                   issuer.folder);
    psql(sql);
    psql("SELECT pg_reload_conf()");
}

static int world_open(void **state)
{
    (void)state;
    const char *admin = getenv("ADMIN_DATABASE_URL");
    if (admin == NULL) {
        print_error("ADMIN_DATABASE_URL: tests/run.sh integration sets it\n");
        return -1;
    }
    struct str rest = str_from_cstr(admin);
    rest = str_slice(rest, str_find_char(rest, '@') + 1, str_find_char(rest, '?'));
    assert_true(str_to_cstr(rest, admin_host, sizeof admin_host));
    db_open(&owner, admin);
    owner.cx->arena = &owner.t.arena;
    owner.cx->deadline_ms = 0;
    db_script(&owner, "DROP ROLE IF EXISTS " LOGIN "; CREATE ROLE " LOGIN " LOGIN NOINHERIT;"
                      "GRANT anon, authenticated, service_role TO " LOGIN);
    secrets_peer_start(&secrets);
    http_peer_start(&issuer, true);
    server_certificate_install();
    return 0;
}

static int world_close(void **state)
{
    (void)state;
    gateway_stop(&published);
    psql("ALTER SYSTEM RESET ALL");
    psql("SELECT pg_reload_conf()");
    login_disconnect();
    db_script(&owner, "DROP ROLE " LOGIN);
    http_peer_stop(&issuer);
    secrets_peer_stop(&secrets);
    db_close(&owner);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_keys_are_fetched_over_https), /* first: see the last */
        cmocka_unit_test(a_stack_that_knows_arns_alone_works),
        cmocka_unit_test(a_changed_password_costs_no_request),
        cmocka_unit_test(a_wrong_password_is_503_and_heals_within_seconds),
        cmocka_unit_test(access_denied_is_503_until_it_is_granted),
        cmocka_unit_test(secrets_manager_away_is_503_in_time),
        cmocka_unit_test(the_json_of_rds_connects_over_verified_tls),
        cmocka_unit_test(what_is_missing_is_named_at_the_start),
        cmocka_unit_test(old_keys_serve_while_the_issuer_is_away),
    };
    return cmocka_run_group_tests_name("deployed", tests, world_open, world_close);
}
