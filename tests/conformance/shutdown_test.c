#include "tests/conformance/fake_report.h"

/* SIGTERM, and the extension without which Lambda sends none. */

#define EXTENSION_PATH "/2020-01-01/extension"

static const char *const quiet[] = {"FAULTY_SHUTDOWN=", NULL};

/* Takes the registration, and answers it; the connection stays the fake's. */
static void answer_registration(struct fake *fake, int status, const char *headers)
{
    struct wire wire = fake_expect(fake, "POST " EXTENSION_PATH "/register");
    CHECK_STR("head", wire.head,
              arena_format(&fake->arena,
                           "POST " EXTENSION_PATH "/register HTTP/1.1\r\n"
                           "Host: 127.0.0.1:%d\r\n"
                           "User-Agent: clambda/0.1\r\n"
                           "Content-Type: application/json\r\n"
                           "Lambda-Extension-Name: clambda-shutdown\r\n"
                           "Content-Length: 13\r\n\r\n",
                           fake->port));
    CHECK_STR("body", wire.body, STR("{\"events\":[]}"));
    fake_reply(fake, status, headers, STR("{}"));
}

/* Takes the extension's poll as well; it stays open, and the next connection is the runtime's. */
static int park(struct fake *fake)
{
    answer_registration(fake, 200, "Lambda-Extension-Identifier: ext-1\r\n");
    struct wire wire = fake_expect(fake, "GET " EXTENSION_PATH "/event/next");
    CHECK_STR("identifier", wire_header(&wire, "Lambda-Extension-Identifier"), STR("ext-1"));
    CHECK_I64("connections", fake->connections, 1);
    int parked = fake->conn;
    fake->conn = -1;
    return parked;
}

static void check_shut_down(struct fake *fake)
{
    CHECK_I64("exit", fake_exit_code(fake), 0);
    CHECK_LOG(fake, "\"shutdown_ran\"", 1);
    CHECK_LOG(fake, "\"in_time\":true", 1);
    CHECK_LOG(fake, "\"runtime_shut_down\"", 1);
    struct buf rest = buf_in(&fake->arena, KIB(64));
    if (fake->conn >= 0) {
        (void)fake_recv(fake, &rest);
    }
    CHECK_STR("sent at the end", buf_str(&rest), STR(""));
}

static void sigterm_in_a_poll_shuts_down(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, quiet);
    int parked = park(&fake);
    fake_give_event(&fake, STR("hi"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("hi"));
    fake_accepted(&fake);
    fake_expect_next(&fake);
    assert_int_equal(kill(fake.pid, SIGTERM), 0);
    check_shut_down(&fake);
    assert_int_equal(close(parked), 0);
}

static void sigterm_beside_a_handler_shuts_down(void **state)
{
    (void)state;
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, quiet);
    int parked = park(&fake);
    fake_give_event(&fake, STR("spin"));
    fake_pause_us(50000); /* until it spins */
    assert_int_equal(kill(fake.pid, SIGTERM), 0);
    check_shut_down(&fake);
    assert_int_equal(close(parked), 0);
}

static void a_refused_registration_is_survived(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *headers;
    } cases[] = {{403, ""}, {404, ""}, {500, ""}, {200, ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(fake_close) struct fake fake;
        faulty_start(&fake, quiet);
        answer_registration(&fake, cases[i].status, cases[i].headers);
        fake_check_alive(&fake);
        CHECK_LOG(&fake, "\"shutdown_not_registered\"", 1);
        assert_int_equal(kill(fake.pid, SIGTERM), 0); /* as a local gateway sends it */
        check_shut_down(&fake);
    }
}

static void sigterm_in_init_ends_at_once(void **state)
{
    (void)state;
    static const char *const env[] = {"FAULTY_SHUTDOWN=", "FAULTY_INIT=spin", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    fake_pause_us(100000);
    assert_int_equal(kill(fake.pid, SIGTERM), 0);
    CHECK_I64("exit", fake_exit_code(&fake), 128 + SIGTERM);
    CHECK_LOG(&fake, "shutdown_ran", 0);
}

static void a_crash_in_the_shutdown_is_logged(void **state)
{
    (void)state;
    static const char *const env[] = {"FAULTY_SHUTDOWN=segfault", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    int parked = park(&fake);
    fake_expect_next(&fake);
    assert_int_equal(kill(fake.pid, SIGTERM), 0);
    CHECK_I64("exit", fake_exit_code(&fake), 128 + SIGSEGV);
    CHECK_LOG(&fake, "\"runtime_crashed\"", 1);
    assert_int_equal(close(parked), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigterm_in_a_poll_shuts_down),
        cmocka_unit_test(sigterm_beside_a_handler_shuts_down),
        cmocka_unit_test(a_refused_registration_is_survived),
        cmocka_unit_test(sigterm_in_init_ends_at_once),
        cmocka_unit_test(a_crash_in_the_shutdown_is_logged),
    };
    return cmocka_run_group_tests_name("conformance shutdown", tests, NULL, NULL);
}
