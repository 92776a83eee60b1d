/*
 * shared/secrets before the emulator, which checks each signature with code of its own.
 */
#include "shared/secrets/secrets.h"

#include "shared/base/clock.h"
#include "shared/log/log.h"
#include "tests/unit/secrets_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#define DB   SECRETS_PEER_ARN("db")
#define DB2  SECRETS_PEER_ARN("db/two")
#define MINS (INT64_C(60) * 1000)
#define GAP  (INT64_C(1000) * SECRETS_REFUSAL_GAP_S)

static void must_give(struct world *w, int64_t now_ms, const char *want)
{
    struct str value;
    CHECK_STATUS(w->cx, get(w, DB, now_ms, &value), OK);
    CHECK_STR("value", value, str_from_cstr(want));
}

static int calls(struct world *w, const char *outcome)
{
    return secrets_peer_count(w->cx, &peer, DB, outcome);
}

static void a_value_is_fetched_and_kept_five_minutes(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    int before = calls(&w, "value");
    put("{\"" DB "\":{\"SecretString\":\"one\"},\"" DB2 "\":{\"SecretString\":\"zwei \\u00fc\"}}");
    must_give(&w, NOW, "one");
    struct str value;
    CHECK_STATUS(w.cx, get(&w, DB2, NOW, &value), OK);
    CHECK_STR("another ARN", value, STR("zwei \u00fc"));
    put("{\"" DB "\":{\"SecretString\":\"two\"}}");
    must_give(&w, NOW + 5 * MINS - 1, "one");
    CHECK_I64("one call", calls(&w, "value") - before, 1);
    must_give(&w, NOW + 5 * MINS, "two");
    must_give(&w, NOW, "two"); /* a clock set back makes it old, too */
    CHECK_I64("calls", calls(&w, "value") - before, 3);
}

static void binary_is_taken_as_bytes(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    put("{\"" DB "\":{\"SecretBinary\":\"cG9zdGdyZXM6Ly94\"}}");
    must_give(&w, NOW, "postgres://x");
    put("{\"" DB "\":{\"SecretBinary\":\"=\"}}");
    struct str value;
    CHECK_STATUS(w.cx, get(&w, DB, NOW + 5 * MINS, &value), OK); /* stale */
    CHECK_STR("an answer that is none changes nothing", value, STR("postgres://x"));
}

static void a_refused_value_is_fetched_anew_and_not_over_and_over(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    put("{\"" DB "\":{\"SecretString\":\"old\"}}");
    must_give(&w, NOW, "old");
    put("{\"" DB "\":{\"SecretString\":\"new\"}}");
    int before = calls(&w, "value");
    must_give(&w, NOW + 1, "old");
    secrets_refused(w.secrets, STR(DB), NOW + 2);
    must_give(&w, NOW + 2, "new");
    for (int i = 0; i < 5; i++) {
        secrets_refused(w.secrets, STR(DB), NOW + 3 + i);
        must_give(&w, NOW + 3 + i, "new");
    }
    CHECK_I64("calls", calls(&w, "value") - before, 1);
    secrets_refused(w.secrets, STR(DB), NOW + 2 + GAP);
    must_give(&w, NOW + 2 + GAP, "new");
    CHECK_I64("calls, later", calls(&w, "value") - before, 2);
    secrets_refused(w.secrets, STR(DB2), NOW); /* never asked for: nothing happens */
}

static void each_refusal_of_the_service_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum status want;
        const char *words;
    } cases[] = {
        {"{\"fault\":\"AccessDeniedException\"}", ERR_FORBIDDEN, "access denied"},
        {"{\"fault\":\"com.amazonaws.secretsmanager#AccessDeniedException\"}", ERR_FORBIDDEN,
         "access denied"},
        {"{\"fault\":\"DecryptionFailure\"}", ERR_FORBIDDEN, "KMS"},
        {"{}", ERR_NOT_FOUND, "no value was put into it"},
        {"{\"fault\":\"InvalidRequestException\"}", ERR_NOT_FOUND, "marked for deletion"},
        {"{\"fault\":\"ExpiredTokenException\"}", ERR_UNAUTHENTICATED, "expired"},
        {"{\"fault\":\"UnrecognizedClientException\"}", ERR_UNAUTHENTICATED, "not known"},
        {"{\"fault\":\"ThrottlingException\"}", ERR_RATE_LIMITED, "throttled"},
        {"{\"fault\":\"internal\"}", ERR_UPSTREAM, "the service failed"},
        {"{\"fault\":\"NewKindOfException\"}", ERR_UPSTREAM, "\"NewKindOfException\""},
        {"{\"fault\":\"garbage\"}", ERR_UPSTREAM, "no JSON"},
        {"{\"fault\":\"cut\"}", ERR_UPSTREAM, "secret arn:"},
        {"{\"fault\":\"huge\"}", ERR_TOO_LARGE, "65537 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        world_open(&w);
        put(arena_format(w.cx->arena, "{\"" DB "\":%s}", cases[i].entry).ptr);
        CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), cases[i].want);
        struct str words = str_from_cstr(w.cx->err.text);
        if (str_find(words, str_from_cstr(cases[i].words)) == SIZE_MAX ||
            str_find(words, STR("half a")) != SIZE_MAX || w.cx->err.words[0] != '\0') {
            CHECK_FAILED("%s: %s\n", cases[i].entry, w.cx->err.text);
        }
        put("{\"" DB "\":{\"SecretString\":\"there\"}}"); /* and the next call works */
        must_give(&w, NOW, "there");
    }
    DEFER(world_close) struct world w;
    struct str value;
    world_open(&w);
    put("{}");
    CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), ERR_NOT_FOUND);
}

static void throttled_or_failed_once_is_asked_once_more(void **state)
{
    (void)state;
    static const char *const faults[] = {"ThrottlingException", "internal",
                                         "TooManyRequestsException"};
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        put(arena_format(w.cx->arena,
                         "{\"" DB "-%zu\":{\"fault\":\"%s\",\"times\":1,\"SecretString\":\"x\"}}",
                         i, faults[i])
                .ptr);
        struct str value, arn = arena_format(w.cx->arena, DB "-%zu", i);
        CHECK_STATUS(w.cx, get(&w, arn.ptr, NOW, &value), OK);
        CHECK_STR(faults[i], value, STR("x"));
        put(arena_format(w.cx->arena, "{\"" DB "-%zu-\":{\"fault\":\"%s\",\"times\":2}}", i,
                         faults[i])
                .ptr);
        arn = arena_format(w.cx->arena, DB "-%zu-", i);
        assert_int_not_equal(get(&w, arn.ptr, NOW, &value), OK);
        CHECK_I64("asked", secrets_peer_count(w.cx, &peer, arn.ptr, ""), 2);
    }
}

static void what_is_away_keeps_the_old_value_what_is_refused_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        enum status want;
    } cases[] = {
        {"internal", OK},
        {"garbage", OK},
        {"ThrottlingException", OK},
        {"AccessDeniedException", ERR_FORBIDDEN},
        {"ResourceNotFoundException", ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        world_open(&w);
        put("{\"" DB "\":{\"SecretString\":\"kept\"}}");
        must_give(&w, NOW, "kept");
        put(arena_format(w.cx->arena, "{\"" DB "\":{\"fault\":\"%s\"}}", cases[i].fault).ptr);
        CHECK_STATUS(w.cx, get(&w, DB, NOW + 6 * MINS, &value), cases[i].want);
        CHECK_STR(cases[i].fault, value, cases[i].want == OK ? STR("kept") : STR(""));
        secrets_refused(w.secrets, STR(DB), NOW + 7 * MINS);
        assert_int_not_equal(get(&w, DB, NOW + 7 * MINS, &value), OK); /* known not to work */
    }
}

static void a_silent_service_ends_at_the_deadline(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    struct str value;
    world_open(&w);
    put("{\"" DB "\":{\"fault\":\"silence\"}}");
    w.cx->deadline_ms = clock_now_ms() + 400;
    int64_t started_us = clock_mono_us();
    CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), ERR_TIMEOUT);
    assert_true(clock_mono_us() - started_us < 1500000);
}

static void wrong_credentials_are_refused_by_the_peer(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"AWS_ACCESS_KEY_ID", "other"},
        {"AWS_SECRET_ACCESS_KEY", "other"},
        {"AWS_SESSION_TOKEN", "other"},
        {"AWS_SESSION_TOKEN", ""},
    };
    put("{\"" DB "\":{\"SecretString\":\"x\"}}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        struct str value;
        world_open(&w);
        assert_int_equal(setenv(cases[i].name, cases[i].value, 1), 0);
        CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), ERR_UNAUTHENTICATED);
        assert_int_equal(setenv(cases[i].name, "local", 1), 0);
    }
    DEFER(world_close) struct world w;
    struct str value;
    world_open(&w);
    assert_int_equal(unsetenv("AWS_ACCESS_KEY_ID"), 0);
    CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), ERR_INTERNAL);
    assert_int_equal(setenv("AWS_ACCESS_KEY_ID", "local", 1), 0);
    must_give(&w, NOW, "x");
}

static void arns_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *arn;
        bool good;
    } cases[] = {
        {DB, true},
        {"arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a/b_c+d=e.f@g-AbCdEf", true},
        {"", false},
        {"db", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:secret:", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:secret", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:secret:a:b", false},
        {"arn:aws:secretsmanager:us-east-1.evil.example/:1:secret:a", false},
        {"arn:aws:secretsmanager::1:secret:a", false},
        {"arn:aws:ssm:us-east-1:123456789012:secret:a", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:policy:a", false},
        {"arn:aws:secretsmanager:us-east-1:123456789012:secret:a b", false},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct str arn = exact_copy(w.cx, str_from_cstr(cases[i].arn));
        if ((secrets_arn_check(w.cx, arn) == OK) != cases[i].good) {
            CHECK_FAILED("%s\n", cases[i].arn);
        }
    }
    struct str value;
    assert_int_equal(unsetenv("AWS_ENDPOINT_URL_SECRETS_MANAGER"), 0);
    CHECK_STATUS(w.cx, get(&w, "arn:aws-x:secretsmanager:r:1:secret:a", NOW, &value), ERR_INVALID);
    assert_int_equal(setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://192.0.2.1/", 1), 0);
    CHECK_STATUS(w.cx, get(&w, DB, NOW, &value), ERR_INVALID); /* plain, and not of this machine */
    assert_int_equal(setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", peer.url, 1), 0);
}

static void a_process_asks_for_sixteen_at_most(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    struct str value;
    world_open(&w);
    put("{}");
    for (int i = 0; i < SECRETS_MAX; i++) {
        struct str arn = arena_format(w.cx->arena, DB "%d", i);
        CHECK_STATUS(w.cx, get(&w, arn.ptr, NOW, &value), ERR_NOT_FOUND);
    }
    CHECK_STATUS(w.cx, get(&w, DB "-more", NOW, &value), ERR_INTERNAL);
}

static int world_begin(void **state)
{
    (void)state;
    secrets_peer_start(&peer);
    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
    return setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", peer.url, 1) +
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
        cmocka_unit_test(a_value_is_fetched_and_kept_five_minutes),
        cmocka_unit_test(binary_is_taken_as_bytes),
        cmocka_unit_test(a_refused_value_is_fetched_anew_and_not_over_and_over),
        cmocka_unit_test(each_refusal_of_the_service_has_its_words),
        cmocka_unit_test(throttled_or_failed_once_is_asked_once_more),
        cmocka_unit_test(what_is_away_keeps_the_old_value_what_is_refused_does_not),
        cmocka_unit_test(a_silent_service_ends_at_the_deadline),
        cmocka_unit_test(wrong_credentials_are_refused_by_the_peer),
        cmocka_unit_test(arns_are_checked),
        cmocka_unit_test(a_process_asks_for_sixteen_at_most),
    };
    return cmocka_run_group_tests_name("secrets_get", tests, world_begin, world_end);
}
