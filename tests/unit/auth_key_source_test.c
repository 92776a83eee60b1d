/*
 * Keys that are fetched: when, how often, and what happens while that fails. The publisher is a
 * function here; over HTTPS in the second half.
 */
#include "shared/auth/auth.h"

#include "shared/auth/sign.h"
#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "tests/support/check.h"
#include "tests/support/http_peer.h"

#include <fcntl.h>
#include <unistd.h>

#define NOW    INT64_C(1800000000000)
#define SECOND INT64_C(1000)
#define USER   "c1f8e4a0-0000-4000-8000-000000000001"

/* Who publishes keys, as the tests want it. */
struct publisher {
    struct str json;
    int64_t max_age_s;
    enum status status;
    int fetches;
};

static enum status publisher_fetch(struct ctx *cx, void *arg, int64_t now_ms,
                                   struct key_document *document)
{
    struct publisher *p = arg;
    (void)now_ms;
    p->fetches++;
    if (p->status != OK) {
        return fail(cx, p->status, "the publisher is away");
    }
    *document = (struct key_document){.json = arena_str_copy(cx->arena, p->json),
                                      .max_age_s = p->max_age_s};
    return OK;
}

struct world {
    struct test_ctx t;
    struct ctx *cx;
    struct signing_key *first, *second;
    struct publisher publisher;
    struct auth_config auth;
};

static void world_open(struct world *w, bool is_secret, const char *alg)
{
    *w = (struct world){.publisher = {.max_age_s = -1}};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    CHECK_STATUS(w->cx, signing_key_generate(w->cx, str_from_cstr(alg), &w->first), OK);
    CHECK_STATUS(w->cx, signing_key_generate(w->cx, str_from_cstr(alg), &w->second), OK);
    w->publisher.json = signing_key_jwks(w->cx, w->first);
    w->auth = (struct auth_config){
        .issuer = STR("i"),
        .audience = STR("a"),
        .source = key_source_new(&(struct key_source_options){
            .fetch = publisher_fetch, .arg = &w->publisher, .is_secret = is_secret}),
    };
}

static void world_close(struct world *w)
{
    key_source_free(w->auth.source);
    test_ctx_close(&w->t);
}

static enum status call(struct world *w, const struct signing_key *key, int64_t now_ms)
{
    struct caller caller;
    struct str token;
    struct token_claims claims = {
        .issuer = STR("i"),
        .audience = STR("a"),
        .user_id = STR(USER),
        .role = STR("authenticated"),
        .issued_at_s = now_ms / SECOND,
        .expires_at_s = now_ms / SECOND + 600,
    };
    err_clear(w->cx);
    TRY(auth_token_make(w->cx, key, &claims, &token));
    struct str header = arena_format(w->cx->arena, "Bearer " STR_FMT, STR_ARG(token));
    return auth_caller(w->cx, &w->auth, header, now_ms, &caller);
}

static void keys_are_fetched_at_first_use_and_kept_for_their_age(void **state)
{
    (void)state;
    static const struct {
        int64_t max_age_s, kept_s;
    } cases[] = {
        {-1, KEYS_AGE_S}, {0, KEYS_MIN_AGE_S},    {59, KEYS_MIN_AGE_S},
        {600, 600},       {3601, KEYS_MAX_AGE_S}, {INT64_MAX, KEYS_MAX_AGE_S},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w, false, "ES256");
        w.publisher.max_age_s = cases[i].max_age_s;
        CHECK_I64("not before", w.publisher.fetches, 0);
        CHECK_STATUS(w.cx, call(&w, w.first, NOW), OK);
        CHECK_STATUS(w.cx, call(&w, w.first, NOW + cases[i].kept_s * SECOND - 1), OK);
        CHECK_I64("kept", w.publisher.fetches, 1);
        CHECK_STATUS(w.cx, call(&w, w.first, NOW + cases[i].kept_s * SECOND), OK);
        CHECK_I64("renewed", w.publisher.fetches, 2);
    }
}

static void no_token_fetches_nothing(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    struct caller caller;
    world_open(&w, false, "ES256");
    CHECK_STATUS(w.cx, auth_caller(w.cx, &w.auth, STR(""), NOW, &caller), ERR_UNAUTHENTICATED);
    CHECK_I64("fetches", w.publisher.fetches, 0);
}

static void an_unknown_key_is_looked_for_once_a_minute(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false, "ES256");
    CHECK_STATUS(w.cx, call(&w, w.first, NOW), OK);
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(w.cx, call(&w, w.second, NOW + i * SECOND), ERR_UNAUTHENTICATED);
    }
    CHECK_I64("within a minute of the first fetch", w.publisher.fetches, 1);
    CHECK_STATUS(w.cx, call(&w, w.second, NOW + 60 * SECOND), ERR_UNAUTHENTICATED);
    CHECK_I64("then once", w.publisher.fetches, 2);
    w.publisher.json = signing_key_jwks(w.cx, w.second);
    CHECK_STATUS(w.cx, call(&w, w.second, NOW + 119 * SECOND), ERR_UNAUTHENTICATED);
    CHECK_STATUS(w.cx, call(&w, w.second, NOW + 120 * SECOND), OK);
    CHECK_I64("and found", w.publisher.fetches, 3);
    CHECK_STATUS(w.cx, call(&w, w.first, NOW + 121 * SECOND), ERR_UNAUTHENTICATED); /* retired */
    CHECK_I64("the retired one is unknown now", w.publisher.fetches, 3);
}

/* Same id, another key: the signature fails, and nothing is fetched for that. */
static void a_forged_signature_fetches_nothing(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    struct str token;
    struct caller caller;
    world_open(&w, false, "ES256");
    CHECK_STATUS(w.cx, call(&w, w.first, NOW), OK);
    struct str kid = signing_key_id(w.first);
    struct str header =
        arena_format(w.cx->arena, "{\"alg\":\"ES256\",\"kid\":\"" STR_FMT "\"}", STR_ARG(kid));
    CHECK_STATUS(w.cx, auth_token_sign(w.cx, w.second, header, STR("{}"), &token), OK);
    struct str bearer = arena_format(w.cx->arena, "Bearer " STR_FMT, STR_ARG(token));
    CHECK_STATUS(w.cx, auth_caller(w.cx, &w.auth, bearer, NOW + 70 * SECOND, &caller),
                 ERR_UNAUTHENTICATED);
    CHECK_I64("fetches", w.publisher.fetches, 1);
}

static void stale_keys_stay_while_fetching_fails(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false, "ES256");
    CHECK_STATUS(w.cx, call(&w, w.first, NOW), OK);
    w.publisher.status = ERR_TIMEOUT;
    int64_t later = NOW + 21600 * SECOND;
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(w.cx, call(&w, w.first, later + i * SECOND), OK);
    }
    CHECK_I64("tried once a minute", w.publisher.fetches, 2);
    CHECK_STATUS(w.cx, call(&w, w.second, later + 61 * SECOND), ERR_UNAUTHENTICATED);
    CHECK_I64("a failure and an unknown key share the minute", w.publisher.fetches, 3);
    w.publisher.status = OK;
    w.publisher.json = STR("{\"keys\":[]}");
    CHECK_STATUS(w.cx, call(&w, w.first, later + 122 * SECOND), OK); /* a set that is none */
    CHECK_I64("tried", w.publisher.fetches, 4);
    w.publisher.json = signing_key_jwks(w.cx, w.second);
    CHECK_STATUS(w.cx, call(&w, w.second, later + 183 * SECOND), OK);
    CHECK_STATUS(w.cx, call(&w, w.first, NOW), ERR_UNAUTHENTICATED); /* a clock set back */
}

static void without_any_keys_it_is_unavailable_until_they_come(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w, false, "ES256");
    w.publisher.status = ERR_FORBIDDEN;
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(w.cx, call(&w, w.first, NOW + i), ERR_UNAVAILABLE);
        CHECK_STR("code", str_from_cstr(w.cx->err.code), STR("AUTH_UNAVAILABLE"));
        CHECK_STR("words", str_from_cstr(w.cx->err.words),
                  STR("tokens cannot be checked at the moment; try again shortly"));
        assert_non_null(strstr(w.cx->err.text, "the publisher is away"));
    }
    CHECK_I64("each request tries", w.publisher.fetches, 3);
    w.publisher.status = OK;
    CHECK_STATUS(w.cx, call(&w, w.first, NOW + 4), OK);
}

static void a_published_secret_is_refused_a_private_one_taken(void **state)
{
    (void)state;
    for (int is_secret = 0; is_secret < 2; is_secret++) {
        DEFER(world_close) struct world w;
        world_open(&w, is_secret == 1, "HS256");
        CHECK_STATUS(w.cx, call(&w, w.first, NOW), is_secret == 1 ? OK : ERR_UNAVAILABLE);
    }
}

/* ---- over HTTPS ------------------------------------------------------------------------------ */

static struct http_peer peer;

static enum status fetch_from(struct ctx *cx, const char *url, struct key_document *document)
{
    struct jwks_place place = {.http = http_new(NULL), .url = str_from_cstr(url)};
    *document = (struct key_document){0};
    enum status status = jwks_fetch(cx, &place, NOW, document);
    http_free(place.http);
    return status;
}

static const char *at(struct ctx *cx, const char *path)
{
    return arena_format(cx->arena, "%s%s", peer.url, path).ptr;
}

static void a_document_comes_with_its_age(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int64_t want;
    } cases[] = {
        {"", -1},
        {"cache-control: max-age=60\r\n", 60},
        {"Cache-Control: public, Max-Age=\"600\" , must-revalidate\r\n", 600},
        {"cache-control: max-age=-5\r\n", -1},
        {"cache-control: max-age=soon\r\n", -1},
        {"cache-control: s-maxage=60\r\n", -1},
        {"cache-control: max-age=60, no-store\r\n", 0},
        {"cache-control: NO-CACHE\r\n", 0},
        {"cache-control: max-age=99999999999999999999\r\n", -1},
        {"cache-control: ,,=,\r\n", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct key_document document;
        http_peer_file(&peer, "{\"keys\":[]}", cases[i].fields);
        CHECK_STATUS(&t.cx, fetch_from(&t.cx, at(&t.cx, "/file"), &document), OK);
        CHECK_I64(cases[i].fields, document.max_age_s, cases[i].want);
        CHECK_STR("body", document.json, STR("{\"keys\":[]}"));
    }
}

static void what_is_no_document_is_a_failure_in_time(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum status want;
    } cases[] = {
        {"/status/404", ERR_UPSTREAM}, {"/status/500", ERR_UPSTREAM},    {"/moved", ERR_UPSTREAM},
        {"/bytes/150000", OK},         {"/bytes/150001", ERR_TOO_LARGE}, {"/drip", ERR_TIMEOUT},
        {"/nothing", ERR_UPSTREAM},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        t.cx.arena = &t.arena;
        struct key_document document;
        int64_t started_us = clock_mono_us();
        CHECK_STATUS(&t.cx, fetch_from(&t.cx, at(&t.cx, cases[i].path), &document), cases[i].want);
        if (clock_mono_us() - started_us > 2500000) {
            CHECK_FAILED("%s: over 1.5 s\n", cases[i].path);
        }
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    t.cx.arena = &t.arena;
    struct key_document document;
    const char *plain = arena_format(&t.arena, "http://127.0.0.1:%d/file", peer.port).ptr;
    CHECK_STATUS(&t.cx, fetch_from(&t.cx, plain, &document), ERR_INVALID);
}

static int group_open(void **state)
{
    (void)state;
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    http_peer_start(&peer, true);
    return setenv("SSL_CERT_FILE", peer.cert_path, 1);
}

static int group_close(void **state)
{
    (void)state;
    http_peer_stop(&peer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_fetched_at_first_use_and_kept_for_their_age),
        cmocka_unit_test(no_token_fetches_nothing),
        cmocka_unit_test(an_unknown_key_is_looked_for_once_a_minute),
        cmocka_unit_test(a_forged_signature_fetches_nothing),
        cmocka_unit_test(stale_keys_stay_while_fetching_fails),
        cmocka_unit_test(without_any_keys_it_is_unavailable_until_they_come),
        cmocka_unit_test(a_published_secret_is_refused_a_private_one_taken),
        cmocka_unit_test(a_document_comes_with_its_age),
        cmocka_unit_test(what_is_no_document_is_a_failure_in_time),
    };
    return cmocka_run_group_tests_name("auth_key_source", tests, group_open, group_close);
}
