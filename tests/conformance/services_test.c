/*
 * The clients of what stands beside a function: the Parameters and Secrets extension and the
 * metadata endpoint, both scripted. The client runs on a thread of its own.
 */
#include "runtime/lambda_services.h"

#include "runtime/core/restore.h"
#include "shared/base/clock.h"
#include "tests/conformance/fake_api.h"

#include <pthread.h>

#define TOKEN "IQoJb3JpZ2luX2VjE-token"

struct world {
    struct fake fake;
    struct test_ctx t;
    struct ctx *cx;
    struct parameters *parameters;
    pthread_t thread;
    struct secret_query secret; /* asked for if it has an id; else the parameter, else the zone */
    struct parameter_query parameter;
    struct str value;
    enum status status;
};

static void world_open(struct world *w)
{
    *w = (struct world){.parameters = parameters_new()};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    fake_listen(&w->fake);
    w->fake.log = memfd_create("no-log", MFD_CLOEXEC);
    char port[64], address[64];
    (void)snprintf(port, sizeof port, "%d", w->fake.port);
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", w->fake.port);
    assert_int_equal(setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port, 1), 0);
    assert_int_equal(setenv("AWS_SESSION_TOKEN", TOKEN, 1), 0);
    assert_int_equal(setenv("AWS_LAMBDA_METADATA_API", address, 1), 0);
    assert_int_equal(setenv("AWS_LAMBDA_METADATA_TOKEN", "meta-token", 1), 0);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    metadata_forget();
}

static void world_close(struct world *w)
{
    parameters_free(w->parameters);
    fake_close(&w->fake);
    test_ctx_close(&w->t);
}

static void ask(struct world *w)
{
    if (w->secret.id.len > 0) {
        w->status = parameters_secret(w->cx, w->parameters, &w->secret, &w->value);
    } else if (w->parameter.name.len > 0) {
        w->status = parameters_get(w->cx, w->parameters, &w->parameter, &w->value);
    } else {
        w->status = metadata_zone_id(w->cx, &w->value);
    }
}

static void *act(void *arg)
{
    ask(arg);
    return NULL;
}

static void begin(struct world *w)
{
    err_clear(w->cx);
    assert_int_equal(pthread_create(&w->thread, NULL, act, w), 0);
}

static void end(struct world *w, enum status want)
{
    assert_int_equal(pthread_join(w->thread, NULL), 0);
    CHECK_STATUS(w->cx, w->status, want);
}

/* ---- parameters and secrets ------------------------------------------------------------------ */

static void questions_are_as_the_extension_wants_them(void **state)
{
    (void)state;
    static const struct {
        struct secret_query secret;
        struct parameter_query parameter;
        const char *line;
    } cases[] = {
        {.secret = {.id = STR_INIT("prod/db")},
         .line = "GET /secretsmanager/get?secretId=prod%2Fdb"},
        {.secret = {.id = STR_INIT("arn:aws:x:y"), .version_stage = STR_INIT("AWSPREVIOUS")},
         .line = "GET /secretsmanager/get?secretId=arn%3Aaws%3Ax%3Ay&versionStage=AWSPREVIOUS"},
        {.secret = {.id = STR_INIT("a~b.c_d-e"), .version_id = STR_INIT("v 1&x=y\r\n\xC3\xA9")},
         .line = "GET /secretsmanager/"
                 "get?secretId=a~b.c_d-e&versionId=v%201%26x%3Dy%0D%0A%C3%A9"},
        {.parameter = {.name = STR_INIT("/app/url")},
         .line = "GET /systemsmanager/parameters/get?name=%2Fapp%2Furl"},
        {.parameter = {.name = STR_INIT("p"), .with_decryption = true, .version = 12},
         .line = "GET /systemsmanager/parameters/get?name=p&withDecryption=true&version=12"},
        {.parameter = {.name = STR_INIT("p"), .label = STR_INIT("live")},
         .line = "GET /systemsmanager/parameters/get?name=p&label=live"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.secret = cases[i].secret;
        w.parameter = cases[i].parameter;
        begin(&w);
        struct wire wire = fake_expect(&w.fake, cases[i].line);
        CHECK_STR("token", wire_header(&wire, "X-Aws-Parameters-Secrets-Token"), STR(TOKEN));
        CHECK_STR("host", str_slice(wire_header(&wire, "Host"), 0, 10), STR("localhost:"));
        fake_reply(&w.fake, 200, "",
                   STR("{\"SecretString\":\"v\",\"Parameter\":{\"Value\":\"v\"}}"));
        end(&w, OK);
        CHECK_STR("value", w.value, STR("v"));
    }
}

static void values_are_text_or_bytes(void **state)
{
    (void)state;
    static const struct {
        bool is_secret;
        struct str answer, want;
    } cases[] = {
        {true, STR_INIT("{\"ARN\":\"a\",\"SecretString\":\"{\\\"p\\\":\\\"\\u00e9\\n\\\"}\"}"),
         STR_INIT("{\"p\":\"\xC3\xA9\n\"}")},
        {true, STR_INIT("{\"SecretString\":null,\"SecretBinary\":\"AAH/\"}"),
         STR_INIT("\0\x01\xff")},
        {true, STR_INIT("{\"SecretString\":\"\"}"), STR_INIT("")},
        {false, STR_INIT("{\"Parameter\":{\"Type\":\"StringList\",\"Value\":\"a,b\"},\"X\":{}}"),
         STR_INIT("a,b")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.secret.id = cases[i].is_secret ? STR("s") : STR("");
        w.parameter.name = STR("p");
        begin(&w);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, 200, "", cases[i].answer);
        end(&w, OK);
        CHECK_STR("value", w.value, cases[i].want);
    }
}

static void answers_that_are_none_are_told_without_their_words(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum status want;
        struct str body;
    } cases[] = {
        {200, ERR_UPSTREAM, STR_INIT("")},
        {200, ERR_UPSTREAM, STR_INIT("hunter2")},
        {200, ERR_UPSTREAM, STR_INIT("[\"hunter2\"]")},
        {200, ERR_UPSTREAM, STR_INIT("{\"SecretString\":7,\"hunter2\":1}")},
        {200, ERR_UPSTREAM, STR_INIT("{\"SecretBinary\":\"hunter2!\"}")},
        {400, ERR_UPSTREAM, STR_INIT("hunter2")},
        {400, ERR_NOT_FOUND, STR_INIT("... api error ResourceNotFoundException: hunter2")},
        {400, ERR_FORBIDDEN, STR_INIT("... api error AccessDeniedException: hunter2")},
        {401, ERR_FORBIDDEN, STR_INIT("hunter2")},
        {404, ERR_NOT_FOUND, STR_INIT("hunter2")},
        {500, ERR_UPSTREAM, STR_INIT("hunter2")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.secret.id = STR("s");
        begin(&w);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, cases[i].status, "", cases[i].body);
        end(&w, cases[i].want);
        CHECK_STR("no value", w.value, STR(""));
        CHECK_I64("words", str_find(str_from_cstr(w.cx->err.text), STR("hunter")), SIZE_MAX);
        CHECK_I64("token", str_find(str_from_cstr(w.cx->err.text), STR(TOKEN)), SIZE_MAX);
    }
}

static void an_extension_that_is_not_ready_is_asked_again(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.parameter.name = STR("p");
    begin(&w);
    for (int i = 0; i < 4; i++) {
        (void)fake_expect(&w.fake, "GET /systemsmanager/parameters/get?name=p");
        fake_reply(&w.fake, 400, "", STR("not ready to serve traffic, please wait"));
    }
    (void)fake_request(&w.fake);
    fake_reply(&w.fake, 200, "", STR("{\"Parameter\":{\"Value\":\"v\"}}"));
    end(&w, OK);
    CHECK_STR("value", w.value, STR("v"));
    CHECK_I64("one connection", w.fake.connections, 1);
}

static void waits_end_at_the_deadline(void **state)
{
    (void)state;
    for (int is_silent = 0; is_silent < 2; is_silent++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.secret.id = STR("s");
        int64_t started_us = clock_mono_us();
        w.cx->deadline_ms = clock_now_ms() + 200;
        begin(&w);
        (void)fake_request(&w.fake);
        struct pollfd more = {.fd = w.fake.conn, .events = POLLIN};
        while (is_silent == 0) {
            fake_reply(&w.fake, 400, "", STR("not ready to serve traffic, please wait"));
            if (poll(&more, 1, 400) == 0) {
                break;
            }
            (void)fake_request(&w.fake);
        }
        end(&w, ERR_TIMEOUT);
        assert_true(clock_mono_us() - started_us < 3000000);
        w.cx->deadline_ms = clock_now_ms() - 1;
        ask(&w);
        CHECK_STATUS(w.cx, w.status, ERR_TIMEOUT);
    }
}

static void an_extension_that_starts_late_is_waited_for_and_nobody_is_not(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    w.secret.id = STR("s");
    assert_int_equal(close(w.fake.listener), 0);
    begin(&w);
    (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)w.fake.port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    w.fake.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(w.fake.listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)),
                     0);
    assert_int_equal(bind(w.fake.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(w.fake.listener, 8), 0);
    (void)fake_request(&w.fake);
    fake_reply(&w.fake, 200, "Connection: close\r\n", STR("{\"SecretString\":\"v\"}"));
    end(&w, OK);
    fake_hang_up(&w.fake);
    assert_int_equal(close(w.fake.listener), 0);
    int64_t started_us = clock_mono_us();
    ask(&w);
    CHECK_STATUS(w.cx, w.status, ERR_UPSTREAM);
    int64_t took_ms = (clock_mono_us() - started_us) / 1000;
    assert_true(took_ms >= 800 && took_ms < 4000);
    w.fake.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void questions_that_are_wrong_are_not_sent(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    char *longest = ARENA_ARRAY(w.cx->arena, char, KIB(64));
    memset(longest, 'x', KIB(64));
    const struct secret_query secrets[] = {{.id = STR("")}, {.id = {longest, KIB(64)}}};
    const struct parameter_query parameters[] = {
        {.name = STR("")}, {.name = STR("p"), .version = -1}, {.name = {longest, KIB(64)}}};
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        CHECK_STATUS(w.cx, parameters_secret(w.cx, w.parameters, &secrets[i], &w.value),
                     ERR_INVALID);
    }
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        CHECK_STATUS(w.cx, parameters_get(w.cx, w.parameters, &parameters[i], &w.value),
                     ERR_INVALID);
    }
    static const char *const ports[] = {"0", "65536", "http", "-1", "27 73"};
    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        assert_int_equal(setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", ports[i], 1), 0);
        w.secret.id = STR("s");
        ask(&w);
        CHECK_STATUS(w.cx, w.status, ERR_INVALID);
    }
    parameters_free(NULL);
}

static void a_token_that_would_break_the_head_is_not_sent(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    assert_int_equal(setenv("AWS_SESSION_TOKEN", "a\r\nX-Evil: 1", 1), 0);
    w.secret.id = STR("s");
    begin(&w);
    struct wire wire = fake_request(&w.fake);
    CHECK_STR("token", wire_header(&wire, "X-Aws-Parameters-Secrets-Token"), STR(""));
    CHECK_STR("injected", wire_header(&wire, "X-Evil"), STR(""));
    fake_reply(&w.fake, 401, "", STR(""));
    end(&w, ERR_FORBIDDEN);
}

/* ---- metadata -------------------------------------------------------------------------------- */

static void the_zone_is_asked_for_once_until_it_is_forgotten(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    for (int i = 0; i < 2; i++) {
        begin(&w);
        struct wire wire = fake_expect(&w.fake, "GET /2026-01-15/metadata/execution-environment");
        CHECK_STR("token", wire_header(&wire, "Authorization"), STR("Bearer meta-token"));
        fake_reply(&w.fake, 200, "Cache-Control: private, max-age=43200, immutable\r\n",
                   i == 0 ? STR("{\"AvailabilityZoneID\":\"use1-az1\",\"new\":1}")
                          : STR("{\"AvailabilityZoneID\":\"use1-az4\"}"));
        end(&w, OK);
        CHECK_STR("zone", w.value, i == 0 ? STR("use1-az1") : STR("use1-az4"));
        ask(&w); /* nobody would answer */
        CHECK_STATUS(w.cx, w.status, OK);
        CHECK_STR("again", w.value, i == 0 ? STR("use1-az1") : STR("use1-az4"));
        metadata_forget();
    }
}

static void the_zone_is_asked_for_again_after_a_restore(void **state)
{
    (void)state;
    static const struct {
        struct str zone, body;
    } cases[] = {
        {STR_INIT("use1-az1"), STR_INIT("{\"AvailabilityZoneID\":\"use1-az1\"}")},
        {STR_INIT("use1-az4"), STR_INIT("{\"AvailabilityZoneID\":\"use1-az4\"}")},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(&w);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, 200, "", cases[i].body);
        end(&w, OK);
        CHECK_STR("zone", w.value, cases[i].zone);
        restore_note();
    }
}

static void a_zone_that_cannot_be_had_is_told_and_asked_for_again(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum status want;
        struct str body;
    } cases[] = {
        {401, ERR_FORBIDDEN, STR_INIT("{}")},
        {403, ERR_FORBIDDEN, STR_INIT("")},
        {500, ERR_UPSTREAM, STR_INIT("{}")},
        {200, ERR_UPSTREAM, STR_INIT("")},
        {200, ERR_UPSTREAM, STR_INIT("{}")},
        {200, ERR_UPSTREAM, STR_INIT("{\"AvailabilityZoneID\":1}")},
        {200, ERR_UPSTREAM, STR_INIT("{\"AvailabilityZoneID\":\"\"}")},
        {200, OK, STR_INIT("{\"AvailabilityZoneID\":\"z\"}")},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(&w);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, cases[i].status, "", cases[i].body);
        end(&w, cases[i].want);
        CHECK_STR("zone", w.value, cases[i].want == OK ? STR("z") : STR(""));
    }
    metadata_forget();
    int64_t started_us = clock_mono_us();
    ask(&w); /* connects, and nobody answers */
    CHECK_STATUS(w.cx, w.status, ERR_TIMEOUT);
    assert_true(clock_mono_us() - started_us < 3000000);
    assert_int_equal(unsetenv("AWS_LAMBDA_METADATA_API"), 0);
    ask(&w);
    CHECK_STATUS(w.cx, w.status, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_as_the_extension_wants_them),
        cmocka_unit_test(values_are_text_or_bytes),
        cmocka_unit_test(answers_that_are_none_are_told_without_their_words),
        cmocka_unit_test(an_extension_that_is_not_ready_is_asked_again),
        cmocka_unit_test(waits_end_at_the_deadline),
        cmocka_unit_test(an_extension_that_starts_late_is_waited_for_and_nobody_is_not),
        cmocka_unit_test(questions_that_are_wrong_are_not_sent),
        cmocka_unit_test(a_token_that_would_break_the_head_is_not_sent),
        cmocka_unit_test(the_zone_is_asked_for_once_until_it_is_forgotten),
        cmocka_unit_test(the_zone_is_asked_for_again_after_a_restore),
        cmocka_unit_test(a_zone_that_cannot_be_had_is_told_and_asked_for_again),
    };
    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
