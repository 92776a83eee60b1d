/*
 * shared/secrets beyond Secrets Manager: Parameter Store, and the extension beside a function,
 * before the emulator of both.
 */
#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "shared/secrets/secrets.h"
#include "tests/unit/secrets_fixture.h"

#include <fcntl.h>

#define SECRET    SECRETS_PEER_ARN("key")
#define PARAMETER "arn:aws:ssm:us-east-1:123456789012:parameter/app/openai-key"
#define CANARY    "sk-canary-7f3a"

static void beside_open(struct world *w)
{
    world_open(w);
    assert_int_equal(setenv("SECRETS_EXTENSION", "true", 1), 0);
}

static void must_give(struct world *w, const char *arn, const char *want)
{
    struct str value;
    CHECK_STATUS(w->cx, get(w, arn, NOW, &value), OK);
    CHECK_STR(arn, value, str_from_cstr(want));
}

static int calls(struct world *w, const char *arn, const char *outcome)
{
    return secrets_peer_count(w->cx, &peer, arn, outcome);
}

/* ---- Parameter Store ------------------------------------------------------------------------- */

static void a_parameter_is_fetched_decrypted_and_kept(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    int before = calls(&w, PARAMETER, "value");
    put("{\"" PARAMETER "\":{\"Value\":\"sk-1 \\u00fc\"}}");
    must_give(&w, PARAMETER, "sk-1 \u00fc");
    put("{\"" PARAMETER "\":{\"Value\":\"sk-2\"}}");
    must_give(&w, PARAMETER, "sk-1 \u00fc");
    CHECK_I64("one call", calls(&w, PARAMETER, "value") - before, 1);
    secrets_refused(w.secrets, STR(PARAMETER), NOW);
    must_give(&w, PARAMETER, "sk-2");
}

static void each_refusal_of_parameter_store_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum status want;
        const char *words;
    } cases[] = {
        {"{\"fault\":\"AccessDeniedException\"}", ERR_FORBIDDEN, "access denied"},
        {"{\"fault\":\"InvalidKeyId\"}", ERR_FORBIDDEN, "KMS"},
        {"{}", ERR_NOT_FOUND, "no such parameter"},
        {"{\"fault\":\"ParameterVersionNotFound\"}", ERR_NOT_FOUND, "no such parameter"},
        {"{\"fault\":\"ThrottlingException\"}", ERR_RATE_LIMITED, "throttled"},
        {"{\"fault\":\"internal\"}", ERR_UPSTREAM, "the service failed"},
        {"{\"fault\":\"garbage\"}", ERR_UPSTREAM, "no JSON"},
        {"{\"fault\":\"huge\"}", ERR_TOO_LARGE, "65537 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        world_open(&w);
        put(arena_format(w.cx->arena, "{\"" PARAMETER "\":%s}", cases[i].entry).ptr);
        CHECK_STATUS(w.cx, get(&w, PARAMETER, NOW, &value), cases[i].want);
        if (strstr(w.cx->err.text, cases[i].words) == NULL) {
            CHECK_FAILED("%s: %s\n", cases[i].entry, w.cx->err.text);
        }
    }
}

static void arns_of_parameters_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *arn;
        bool good;
    } cases[] = {
        {PARAMETER, true},
        {"arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a.b_c-d/E", true},
        {"arn:aws:ssm:us-east-1:123456789012:parameter", false},
        {"arn:aws:ssm:us-east-1:123456789012:parameter/", false},
        {"arn:aws:ssm:us-east-1:123456789012:parameter/a:3", false},
        {"arn:aws:ssm:us-east-1:123456789012:parameter/a b", false},
        {"arn:aws:ssm:us-east-1.evil.example/:1:parameter/a", false},
        {"arn:aws:ssm:us-east-1:123456789012:document/a", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:parameter/a", false},
        {"arn:aws:s3:us-east-1:123456789012:parameter/a", false},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str arn = exact_copy(w.cx, str_from_cstr(cases[i].arn));
        CHECK_I64(cases[i].arn, secrets_arn_check(w.cx, arn) == OK, cases[i].good);
    }
}

/* ---- the extension --------------------------------------------------------------------------- */

static void the_extension_gives_both_kinds(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    beside_open(&w);
    int before = calls(&w, SECRET, "extension: value");
    put("{\"" SECRET "\":{\"SecretString\":\"one\"},\"" PARAMETER "\":{\"Value\":\"two\"}}");
    must_give(&w, SECRET, "one");
    must_give(&w, PARAMETER, "two");
    must_give(&w, SECRET, "one");
    CHECK_I64("asked once", calls(&w, SECRET, "extension: value") - before, 1);
}

static void a_refused_value_is_fetched_past_the_extension(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    beside_open(&w);
    int before = calls(&w, SECRET, "value");
    put("{\"" SECRET "\":{\"SecretString\":\"new\",\"kept\":\"old\"}}");
    must_give(&w, SECRET, "old");
    secrets_refused(w.secrets, STR(SECRET), NOW);
    must_give(&w, SECRET, "new");
    CHECK_I64("signed, once", calls(&w, SECRET, "value") - before, 1);
}

static void an_extension_that_starts_is_asked_again(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    beside_open(&w);
    put("{\"" SECRET "-1\":{\"fault\":\"not-ready\",\"times\":3,\"SecretString\":\"x\"}}");
    must_give(&w, SECRET "-1", "x");
    put("{\"" SECRET "-2\":{\"fault\":\"not-ready\"}}");
    struct str value;
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, get(&w, SECRET "-2", NOW, &value), ERR_UPSTREAM);
    CHECK_NEAR("for a second", (double)(clock_mono_us() - started_us) / 1e6, 1.2, 0.4);
}

static void each_refusal_of_the_extension_has_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum status want;
    } cases[] = {
        {"{\"fault\":\"AccessDeniedException\"}", ERR_FORBIDDEN},
        {"{}", ERR_NOT_FOUND},
        {"{\"fault\":\"ThrottlingException\"}", ERR_RATE_LIMITED},
        {"{\"fault\":\"internal\"}", ERR_UPSTREAM},
        {"{\"fault\":\"NewKindOf" CANARY "\"}", ERR_UPSTREAM},
        {"{\"fault\":\"garbage\"}", ERR_UPSTREAM},
        {"{\"fault\":\"cut\"}", ERR_UPSTREAM},
        {"{\"fault\":\"huge\"}", ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        beside_open(&w);
        put(arena_format(w.cx->arena, "{\"" SECRET "\":%s}", cases[i].entry).ptr);
        CHECK_STATUS(w.cx, get(&w, SECRET, NOW, &value), cases[i].want);
        assert_null(strstr(w.cx->err.text, CANARY));
    }
}

static void the_extensions_token_and_port_are_the_environments(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    struct str value;
    beside_open(&w);
    put("{\"" SECRET "\":{\"SecretString\":\"x\"}}");
    static const char *const tokens[] = {"other", "", "a\r\nb"};
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        assert_int_equal(setenv("AWS_SESSION_TOKEN", tokens[i], 1), 0);
        CHECK_STATUS(w.cx, get(&w, SECRET, NOW, &value), ERR_UNAUTHENTICATED);
    }
    assert_int_equal(setenv("AWS_SESSION_TOKEN", "local", 1), 0);
    const char *port = getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT");
    struct str kept = arena_str_copy(w.cx->arena, str_from_cstr(port));
    static const char *const ports[] = {"0", "65536", "x"};
    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        assert_int_equal(setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", ports[i], 1), 0);
        CHECK_STATUS(w.cx, get(&w, SECRET, NOW, &value), ERR_INTERNAL);
    }
    assert_int_equal(setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "1", 1), 0);
    CHECK_STATUS(w.cx, get(&w, SECRET, NOW, &value), ERR_UPSTREAM); /* nobody listens */
    assert_int_equal(setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", kept.ptr, 1), 0);
    must_give(&w, SECRET, "x");
}

static void the_way_is_true_or_false(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        enum status want;
        const char *outcome;
    } cases[] = {
        {"true", OK, "extension: value"},
        {"false", OK, "value"},
        {"", OK, "value"},
        {"yes", ERR_INTERNAL, "value"},
    };
    put("{\"" SECRET "\":{\"SecretString\":\"x\"}}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        world_open(&w);
        int before = calls(&w, SECRET, cases[i].outcome);
        assert_int_equal(setenv("SECRETS_EXTENSION", cases[i].value, 1), 0);
        CHECK_STATUS(w.cx, get(&w, SECRET, NOW, &value), cases[i].want);
        CHECK_I64(cases[i].value, calls(&w, SECRET, cases[i].outcome) - before,
                  cases[i].want == OK);
    }
}

static int world_begin(void **state)
{
    (void)state;
    secrets_peer_start(&peer);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    const char *port = strrchr(peer.url, ':') + 1;
    return setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", peer.url, 1) +
           setenv("AWS_ENDPOINT_URL_SSM", peer.url, 1) +
           setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port, 1) +
           setenv("AWS_ACCESS_KEY_ID", "local", 1) + setenv("AWS_SECRET_ACCESS_KEY", "local", 1) +
           setenv("AWS_SESSION_TOKEN", "local", 1);
}

static int world_end(void **state)
{
    (void)state;
    secrets_peer_stop(&peer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_is_fetched_decrypted_and_kept),
        cmocka_unit_test(each_refusal_of_parameter_store_has_its_words),
        cmocka_unit_test(arns_of_parameters_are_checked),
        cmocka_unit_test(the_extension_gives_both_kinds),
        cmocka_unit_test(a_refused_value_is_fetched_past_the_extension),
        cmocka_unit_test(an_extension_that_starts_is_asked_again),
        cmocka_unit_test(each_refusal_of_the_extension_has_its_status),
        cmocka_unit_test(the_extensions_token_and_port_are_the_environments),
        cmocka_unit_test(the_way_is_true_or_false),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
