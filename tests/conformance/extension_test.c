/*
 * The Extensions and Telemetry API client before a scripted Lambda: what goes over the wire, byte
 * for byte, and what is made of each answer. The client runs on a thread of its own. And the
 * example extension as it ships.
 */
#include "runtime/lambda_extension.h"

#include "tests/conformance/fake_api.h"

#include <pthread.h>

#define EXTENSION_PATH "/2020-01-01/extension"
#define ID             "Lambda-Extension-Identifier: ext-1\r\n"
#define FUNCTION_BODY                                                                              \
    "{\"functionName\":\"f\",\"functionVersion\":\"$LATEST\",\"handler\":\"h\","                   \
    "\"accountId\":\"123456789012\"}"

/* ---- a client beside the script -------------------------------------------------------------- */

struct world {
    struct fake fake;
    struct test_ctx t;
    struct ctx *cx;
    struct extension *extension;
    struct telemetry_listener *listener;
    pthread_t thread;
    /* What the thread is to do, and what came of it. */
    void (*act)(struct world *w);
    struct extension_options options;
    struct telemetry_subscription subscription;
    struct extension_event event;
    enum status status;
};

static void *act(void *arg)
{
    struct world *w = arg;
    w->act(w);
    return NULL;
}

static void begin(struct world *w, void (*what)(struct world *w))
{
    w->act = what;
    err_clear(w->cx);
    assert_int_equal(pthread_create(&w->thread, NULL, act, w), 0);
}

static void end(struct world *w, enum status want)
{
    assert_int_equal(pthread_join(w->thread, NULL), 0);
    CHECK_STATUS(w->cx, w->status, want);
}

static void ignore(struct ctx *cx, const struct telemetry_event *event, void *arg)
{
    (void)cx, (void)event, (void)arg;
}

static void world_open(struct world *w)
{
    *w = (struct world){.options = {.name = STR("watcher"), .on_invoke = true}};
    (void)test_ctx_open(&w->t);
    w->cx = &w->t.cx;
    w->cx->arena = &w->t.arena;
    fake_listen(&w->fake);
    w->fake.log = memfd_create("no-log", MFD_CLOEXEC);
    char address[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", w->fake.port);
    assert_int_equal(setenv("AWS_LAMBDA_RUNTIME_API", address, 1), 0);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
}

static void world_close(struct world *w)
{
    telemetry_close(w->listener, 0);
    extension_close(w->extension);
    fake_close(&w->fake);
    test_ctx_close(&w->t);
}

static void act_register(struct world *w)
{
    w->status = extension_register(w->cx, &w->options, &w->extension);
}

static void act_next(struct world *w)
{
    w->status = extension_next(w->cx, w->extension, &w->event);
}

static void act_init_error(struct world *w)
{
    w->status = extension_init_error(w->cx, w->extension, STR("Extension.ConfigInvalid"),
                                     STR("no \"key\""));
}

static void act_exit_error(struct world *w)
{
    w->status = extension_exit_error(w->cx, w->extension, STR("Extension.Lost"), STR("gone"));
}

static void act_subscribe(struct world *w)
{
    w->status = telemetry_subscribe(w->cx, w->extension, w->listener, &w->subscription);
}

static void registered(struct world *w)
{
    begin(w, act_register);
    (void)fake_expect(&w->fake, "POST " EXTENSION_PATH "/register");
    fake_reply(&w->fake, 200, ID, STR(FUNCTION_BODY));
    end(w, OK);
}

/* ---- registering ----------------------------------------------------------------------------- */

static void registration_is_as_the_api_wants_it(void **state)
{
    (void)state;
    static const struct {
        struct extension_options options;
        struct str body, feature;
    } cases[] = {
        {{.name = STR_INIT("watcher"), .on_invoke = true, .on_shutdown = true},
         STR_INIT("{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}"),
         STR_INIT("")},
        {{.name = STR_INIT("watcher"), .on_shutdown = true, .wants_account_id = true},
         STR_INIT("{\"events\":[\"SHUTDOWN\"]}"),
         STR_INIT("accountId")},
        {{.name = STR_INIT("watcher"), .is_internal = true, .on_invoke = true},
         STR_INIT("{\"events\":[\"INVOKE\"]}"),
         STR_INIT("")},
        {{.name = STR_INIT("watcher"), .is_internal = true},
         STR_INIT("{\"events\":[]}"),
         STR_INIT("")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        w.options = cases[i].options;
        begin(&w, act_register);
        struct wire wire = fake_expect(&w.fake, "POST " EXTENSION_PATH "/register");
        CHECK_STR("name", wire_header(&wire, "Lambda-Extension-Name"), STR("watcher"));
        CHECK_STR("feature", wire_header(&wire, "Lambda-Extension-Accept-Feature"),
                  cases[i].feature);
        CHECK_STR("type", wire_header(&wire, "Content-Type"), STR("application/json"));
        CHECK_STR("body", wire.body, cases[i].body);
        fake_reply(&w.fake, 200, "lambda-extension-identifier:  ext-1 \r\n", STR(FUNCTION_BODY));
        end(&w, OK);
        const struct extension_function *f = extension_function(w.extension);
        CHECK_STR("function", f->name, STR("f"));
        CHECK_STR("version", f->version, STR("$LATEST"));
        CHECK_STR("handler", f->handler, STR("h"));
        CHECK_STR("account", f->account_id, STR("123456789012"));
    }
}

static void registration_that_is_wrong_is_not_sent(void **state)
{
    (void)state;
    static const struct extension_options cases[] = {
        {.name = STR_INIT("inner"), .is_internal = true, .on_shutdown = true},
        {.name = STR_INIT("")},
        {.name = STR_INIT("two words")},
        {.name = STR_INIT("a\r\nHost: b")},
        {.name = STR_INIT("\xC3\xA9")},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        w.options = cases[i];
        act_register(&w);
        CHECK_STATUS(w.cx, w.status, ERR_INVALID);
    }
    struct pollfd waiting = {.fd = w.fake.listener, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 0), 0);
    assert_int_equal(unsetenv("AWS_LAMBDA_RUNTIME_API"), 0);
    w.options = (struct extension_options){.name = STR("watcher")};
    act_register(&w);
    CHECK_STATUS(w.cx, w.status, ERR_INVALID);
}

static void registration_refused_is_told(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum status want;
        const char *headers;
        struct str words;
    } cases[] = {
        {403, ERR_FORBIDDEN, "", STR_INIT("HTTP 403: {\"errorType\":\"Extension.X\"}")},
        {400, ERR_UPSTREAM, "", STR_INIT("HTTP 400: ")},
        {500, ERR_UPSTREAM, "", STR_INIT("HTTP 500: ")},
        {200, ERR_UPSTREAM, "", STR_INIT("no identifier")},
        {202, ERR_UPSTREAM, ID, STR_INIT("HTTP 202")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        begin(&w, act_register);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, cases[i].status, cases[i].headers,
                   STR("{\"errorType\":\"Extension.X\"}"));
        end(&w, cases[i].want);
        assert_null(w.extension);
        if (str_find(str_from_cstr(w.cx->err.text), cases[i].words) == SIZE_MAX) {
            CHECK_FAILED("\"%s\" lacks \"%s\"\n", w.cx->err.text, cases[i].words.ptr);
        }
    }
}

static void registration_with_an_odd_body_is_one(void **state)
{
    (void)state;
    static const struct str bodies[] = {STR_INIT(""), STR_INIT("no JSON"), STR_INIT("[]"),
                                        STR_INIT("{\"functionName\":7}")};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        begin(&w, act_register);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, 200, ID, bodies[i]);
        end(&w, OK);
        CHECK_STR("name", extension_function(w.extension)->name, STR(""));
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

static void next_given(struct world *w, int status, struct str body)
{
    begin(w, act_next);
    struct wire wire = fake_expect(&w->fake, "GET " EXTENSION_PATH "/event/next");
    CHECK_STR("who", wire_header(&wire, "Lambda-Extension-Identifier"), STR("ext-1"));
    fake_reply(&w->fake, status, "", body);
}

static void events_are_read(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    next_given(&w, 200,
               STR("{\"eventType\":\"INVOKE\",\"deadlineMs\":1895000000123,\"requestId\":\"r1\","
                   "\"invokedFunctionArn\":\"arn:aws:lambda:x\",\"tracing\":{\"type\":"
                   "\"X-Amzn-Trace-Id\",\"value\":\"Root=1-2-3\"},\"new\":[]}"));
    end(&w, OK);
    CHECK_I64("type", w.event.type, EXTENSION_INVOKE);
    CHECK_I64("deadline", w.event.deadline_ms, 1895000000123);
    CHECK_STR("request id", w.event.request_id, STR("r1"));
    CHECK_STR("arn", w.event.function_arn, STR("arn:aws:lambda:x"));
    CHECK_STR("trace type", w.event.trace_type, STR("X-Amzn-Trace-Id"));
    CHECK_STR("trace", w.event.trace_id, STR("Root=1-2-3"));
    next_given(&w, 200,
               STR("{\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"spindown\","
                   "\"deadlineMs\":1895000002123}"));
    end(&w, OK);
    CHECK_I64("type", w.event.type, EXTENSION_SHUTDOWN);
    CHECK_STR("reason", w.event.shutdown_reason, STR("spindown"));
    CHECK_STR("of the last event", w.event.request_id, STR(""));
    next_given(&w, 200, STR("{\"eventType\":\"INVOKE\"}"));
    end(&w, OK);
    CHECK_I64("no deadline", w.event.deadline_ms, 0);
    CHECK_I64("one connection", w.fake.connections, 1);
}

static void event_that_is_none_ends_the_extension(void **state)
{
    (void)state;
    static const struct {
        int status;
        struct str body;
    } cases[] = {
        {403, STR_INIT("{\"errorType\":\"Extension.InvalidExtensionIdentifier\"}")},
        {500, STR_INIT("")},
        {200, STR_INIT("")},
        {200, STR_INIT("[]")},
        {200, STR_INIT("{\"eventType\":\"OTHER\"}")},
        {200, STR_INIT("{\"eventType\":\"INVOKE\",\"deadlineMs\":\"soon\"}")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(world_close) struct world w;
        world_open(&w);
        registered(&w);
        next_given(&w, cases[i].status, cases[i].body);
        end(&w, ERR_UPSTREAM);
    }
}

static void waiting_for_an_event_has_no_end_of_its_own(void **state)
{
    (void)state;
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    begin(&w, act_next);
    (void)fake_expect(&w.fake, "GET " EXTENSION_PATH "/event/next");
    (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    fake_reply(&w.fake, 200, "", STR("{\"eventType\":\"INVOKE\"}"));
    end(&w, OK);
}

static void errors_are_posted_with_their_type(void **state)
{
    (void)state;
    static const struct {
        void (*act)(struct world *w);
        const char *line;
        struct str type, body;
    } cases[] = {
        {act_init_error, "POST " EXTENSION_PATH "/init/error", STR_INIT("Extension.ConfigInvalid"),
         STR_INIT("{\"errorMessage\":\"no \\\"key\\\"\",\"errorType\":\"Extension.ConfigInvalid\","
                  "\"stackTrace\":[]}")},
        {act_exit_error, "POST " EXTENSION_PATH "/exit/error", STR_INIT("Extension.Lost"),
         STR_INIT("{\"errorMessage\":\"gone\",\"errorType\":\"Extension.Lost\","
                  "\"stackTrace\":[]}")},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        bool is_taken = i % 2 == 0;
        begin(&w, cases[i / 2].act);
        struct wire wire = fake_expect(&w.fake, cases[i / 2].line);
        CHECK_STR("who", wire_header(&wire, "Lambda-Extension-Identifier"), STR("ext-1"));
        CHECK_STR("type", wire_header(&wire, "Lambda-Extension-Function-Error-Type"),
                  cases[i / 2].type);
        CHECK_STR("body", wire.body, cases[i / 2].body);
        fake_reply(&w.fake, is_taken ? 202 : 403, "", STR("{}"));
        end(&w, is_taken ? OK : ERR_UPSTREAM);
    }
    CHECK_STATUS(w.cx, extension_exit_error(w.cx, w.extension, STR("two words"), STR("")),
                 ERR_INVALID);
    CHECK_STATUS(w.cx, extension_exit_error(w.cx, w.extension, STR(""), STR("")), ERR_INVALID);
}

/* ---- telemetry ------------------------------------------------------------------------------- */

static void listening(struct world *w)
{
    const struct telemetry_options options = {.host = STR("127.0.0.1"), .on_event = ignore};
    CHECK_STATUS(w->cx, telemetry_listen(w->cx, &options, &w->listener), OK);
}

static void subscription_is_as_the_api_wants_it(void **state)
{
    (void)state;
    static const struct {
        struct telemetry_subscription subscription;
        const char *want;
    } cases[] = {
        {{.types = TELEMETRY_PLATFORM}, "[\"platform\"],"},
        {{.types = TELEMETRY_PLATFORM | TELEMETRY_FUNCTION | TELEMETRY_EXTENSION,
          .max_bytes = KIB(256),
          .max_items = 10000,
          .timeout_ms = 25},
         "[\"platform\",\"function\",\"extension\"],"
         "\"buffering\":{\"maxBytes\":262144,\"maxItems\":10000,\"timeoutMs\":25},"},
        {{.types = TELEMETRY_FUNCTION, .timeout_ms = 30000},
         "[\"function\"],\"buffering\":{\"timeoutMs\":30000},"},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    listening(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        w.subscription = cases[i].subscription;
        begin(&w, act_subscribe);
        struct wire wire = fake_expect(&w.fake, "PUT /2022-07-01/telemetry");
        CHECK_STR("who", wire_header(&wire, "Lambda-Extension-Identifier"), STR("ext-1"));
        CHECK_STR("body", wire.body,
                  arena_format(&w.fake.arena,
                               "{\"schemaVersion\":\"2025-01-29\",\"types\":%s\"destination\":{"
                               "\"protocol\":\"HTTP\",\"URI\":\"http://127.0.0.1:%d\"}}",
                               cases[i].want, telemetry_port(w.listener)));
        fake_reply(&w.fake, 200, "", STR("OK"));
        end(&w, OK);
    }
    next_given(&w, 200, STR("{\"eventType\":\"INVOKE\"}")); /* the other API's path is as before */
    end(&w, OK);
}

static void subscription_refused_is_told(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum status want;
    } cases[] = {
        {202, ERR_NOT_FOUND}, {400, ERR_UPSTREAM}, {403, ERR_FORBIDDEN}, {500, ERR_UPSTREAM}};
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    listening(&w);
    w.subscription = (struct telemetry_subscription){.types = TELEMETRY_PLATFORM};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        begin(&w, act_subscribe);
        (void)fake_request(&w.fake);
        fake_reply(&w.fake, cases[i].status, "", STR("no"));
        end(&w, cases[i].want);
    }
}

static void subscription_beyond_the_limits_is_not_sent(void **state)
{
    (void)state;
    static const struct telemetry_subscription cases[] = {
        {.types = 0},
        {.types = 8},
        {.types = TELEMETRY_PLATFORM, .max_bytes = KIB(256) - 1},
        {.types = TELEMETRY_PLATFORM, .max_bytes = MIB(1) + 1},
        {.types = TELEMETRY_PLATFORM, .max_bytes = SIZE_MAX},
        {.types = TELEMETRY_PLATFORM, .max_items = 999},
        {.types = TELEMETRY_PLATFORM, .max_items = 10001},
        {.types = TELEMETRY_PLATFORM, .timeout_ms = 24},
        {.types = TELEMETRY_PLATFORM, .timeout_ms = 30001},
        {.types = TELEMETRY_PLATFORM, .timeout_ms = -1},
    };
    DEFER(world_close) struct world w;
    world_open(&w);
    registered(&w);
    listening(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        w.subscription = cases[i];
        act_subscribe(&w); /* would wait for ever for an answer */
        CHECK_STATUS(w.cx, w.status, ERR_INVALID);
    }
}

/* ---- the example ----------------------------------------------------------------------------- */

static void example_start(struct fake *fake)
{
    static const char *const env[] = {"EXTENSION_HOST=127.0.0.1", NULL};
    const char *build = getenv("CLAMBDA_BUILD");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/examples/extension/bootstrap",
                   build != NULL ? build : "build");
    assert_int_equal(setenv("CLAMBDA_PROBE", path, 1), 0);
    fake_start_at(fake, "", env);
}

/* Posts a batch to the port of the subscription, as Lambda would. */
static void telemetry_post(struct fake *fake, struct str subscription, struct str batch)
{
    struct str port =
        str_slice(subscription, str_find(subscription, STR("127.0.0.1:")) + 10, subscription.len);
    int64_t number = 0;
    assert_true(str_to_i64(str_slice(port, 0, str_find_char(port, '"')), &number));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)number),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    struct str bytes =
        arena_format(&fake->arena, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
                     batch.len, batch.ptr);
    assert_int_equal(send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
    char answer[256] = {0};
    assert_true(recv(fd, answer, sizeof answer - 1, 0) > 0);
    assert_true(str_has_prefix(str_from_cstr(answer), STR("HTTP/1.1 200 ")));
    assert_int_equal(close(fd), 0);
}

static struct wire example_subscribes(struct fake *fake)
{
    struct wire wire = fake_expect(fake, "POST " EXTENSION_PATH "/register");
    CHECK_STR("name", wire_header(&wire, "Lambda-Extension-Name"), STR("bootstrap"));
    CHECK_STR("body", wire.body, STR("{\"events\":[\"SHUTDOWN\"]}"));
    fake_reply(fake, 200, ID, STR(FUNCTION_BODY));
    return fake_expect(fake, "PUT /2022-07-01/telemetry");
}

static void example_prints_a_line_for_each_report(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake);
    struct wire wire = example_subscribes(&fake);
    fake_reply(&fake, 200, "", STR("OK"));
    (void)fake_expect(&fake, "GET " EXTENSION_PATH "/event/next");
    telemetry_post(
        &fake, wire.body,
        STR("[{\"time\":\"t\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"r1\"}},"
            "{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"requestId\":\"r1\","
            "\"status\":\"success\",\"metrics\":{\"durationMs\":1.26,\"billedDurationMs\":2,"
            "\"memorySizeMB\":128,\"maxMemoryUsedMB\":13}}}]"));
    CHECK_LOG(&fake, "report r1: success, 1.3 ms, billed 2 ms, 13 of 128 MB\n", 1);
    fake_reply(&fake, 200, "", STR("{\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"spindown\"}"));
    telemetry_post(/* what comes after the end was told still counts */
                   &fake, wire.body,
                   STR("[{\"time\":\"t\",\"type\":\"platform.report\",\"record\":{\"requestId\":"
                       "\"r2\","
                       "\"status\":\"timeout\",\"metrics\":{\"durationMs\":3000,"
                       "\"billedDurationMs\":3000,"
                       "\"memorySizeMB\":128,\"maxMemoryUsedMB\":13}}}]"));
    CHECK_I64("exit code", fake_exit_code(&fake), 0);
    CHECK_LOG(&fake, "report r2: timeout, 3000.0 ms", 1);
    CHECK_LOG(&fake, "report ", 2);
}

static void example_reports_that_it_cannot_start(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    example_start(&fake);
    (void)example_subscribes(&fake);
    fake_reply(&fake, 403, "", STR("no"));
    struct wire wire = fake_expect(&fake, "POST " EXTENSION_PATH "/init/error");
    CHECK_STR("type", wire_header(&wire, "Lambda-Extension-Function-Error-Type"),
              STR("Extension.NoTelemetry"));
    fake_accepted(&fake);
    CHECK_I64("exit code", fake_exit_code(&fake), 1);
    CHECK_LOG(&fake, "subscribing to telemetry: HTTP 403: no\n", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registration_is_as_the_api_wants_it),
        cmocka_unit_test(registration_that_is_wrong_is_not_sent),
        cmocka_unit_test(registration_refused_is_told),
        cmocka_unit_test(registration_with_an_odd_body_is_one),
        cmocka_unit_test(events_are_read),
        cmocka_unit_test(event_that_is_none_ends_the_extension),
        cmocka_unit_test(waiting_for_an_event_has_no_end_of_its_own),
        cmocka_unit_test(errors_are_posted_with_their_type),
        cmocka_unit_test(subscription_is_as_the_api_wants_it),
        cmocka_unit_test(subscription_refused_is_told),
        cmocka_unit_test(subscription_beyond_the_limits_is_not_sent),
        cmocka_unit_test(example_prints_a_line_for_each_report),
        cmocka_unit_test(example_reports_that_it_cannot_start),
    };
    return cmocka_run_group_tests_name("extension", tests, NULL, NULL);
}
