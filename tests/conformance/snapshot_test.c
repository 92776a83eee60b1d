#include "tests/conformance/fake_report.h"

/* SnapStart: hooks, the wait for the restore, and what must not survive it. */

#define SNAP_START "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start"

/* The hooks that ran so far, in their order. */
static void check_hooks(struct fake *fake, const char *want)
{
    struct str rest = fake_log(fake), line = {0};
    struct buf got = buf_in(&fake->arena, KIB(4));
    while (str_split_next(&rest, '\n', &line)) {
        if (str_find(line, STR("\"message\":\"hook\"")) != SIZE_MAX) {
            buf_add(&got, json_find_str(read_body(fake, line), STR("which")));
            buf_add(&got, STR("; "));
        }
    }
    CHECK_STR("hooks", buf_str(&got), str_from_cstr(want));
}

static void expect_restore(struct fake *fake)
{
    (void)fake_expect(fake, "GET " RUNTIME_PATH "/restore/next");
}

static void a_restored_copy_starts_with_connections_of_its_own(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START, NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    expect_restore(&fake);
    check_hooks(&fake, "before second; before first; ");
    fake_reply(&fake, 200, "", STR(""));
    fake_give_event(&fake, STR("hi"));
    CHECK_STR("echo", fake_expect_response(&fake).body, STR("hi"));
    CHECK_I64("connections", fake.connections, 2);
    check_hooks(&fake, "before second; before first; after first; after second; ");
}

static void without_snapstart_no_hook_runs(void **state)
{
    (void)state;
    static const char *const env[] = {"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    fake_check_alive(&fake);
    check_hooks(&fake, "");
}

static void check_hook_error(struct fake *fake, const char *path, const char *type)
{
    struct wire wire = fake_expect(fake, path);
    CHECK_STR("type", wire_header(&wire, "Lambda-Runtime-Function-Error-Type"),
              str_from_cstr(type));
    check_words(read_body(fake, wire.body), type, "the hook gives up");
    fake_accepted(fake);
}

static void a_hook_that_fails_before_is_an_init_error(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START, "FAULTY_HOOK=before second", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    check_hook_error(&fake, "POST " RUNTIME_PATH "/init/error", "Runtime.BeforeSnapshotError");
    fake_check_ended(&fake, 64);
    check_hooks(&fake, "before second; ");
}

static void a_hook_that_fails_after_is_a_restore_error(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START, "FAULTY_HOOK=after first", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    expect_restore(&fake);
    fake_reply(&fake, 200, "", STR(""));
    check_hook_error(&fake, "POST " RUNTIME_PATH "/restore/error", "Runtime.AfterRestoreError");
    CHECK_I64("connections", fake.connections, 2);
    fake_check_ended(&fake, 65);
    check_hooks(&fake, "before second; before first; after first; ");
}

static void a_crash_is_reported_in_the_phase_it_falls_in(void **state)
{
    (void)state;
    static const struct {
        const char *hook, *path;
    } cases[] = {
        {"FAULTY_HOOK_CRASHES=before first", "POST " RUNTIME_PATH "/init/error"},
        {"FAULTY_HOOK_CRASHES=after second", "POST " RUNTIME_PATH "/restore/error"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const env[] = {SNAP_START, cases[i].hook, NULL};
        DEFER(fake_close) struct fake fake;
        faulty_start(&fake, env);
        if (i == 1) {
            expect_restore(&fake);
            fake_reply(&fake, 200, "", STR(""));
        }
        struct wire wire = fake_expect(&fake, cases[i].path);
        const struct json *root = read_body(&fake, wire.body);
        check_words(root, "Runtime.Segfault", " in reads_through_null+0x");
        fake_accepted(&fake);
        CHECK_I64("exit", fake_exit_code(&fake), 128 + SIGSEGV);
    }
}

static void a_refused_restore_ends_the_process(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START, NULL};
    static const int statuses[] = {204, 403, 404, 500};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        DEFER(fake_close) struct fake fake;
        faulty_start(&fake, env);
        expect_restore(&fake);
        fake_reply(&fake, statuses[i], "", STR(""));
        fake_check_ended(&fake, 1);
        check_hooks(&fake, "before second; before first; ");
    }
}

static void the_shutdown_extension_asks_anew_after_a_restore(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START, "FAULTY_SHUTDOWN=", NULL};
    DEFER(fake_close) struct fake fake;
    faulty_start(&fake, env);
    (void)fake_expect(&fake, "POST /2020-01-01/extension/register");
    fake_reply(&fake, 200, "Lambda-Extension-Identifier: ext-1\r\n", STR("{}"));
    (void)fake_expect(&fake, "GET /2020-01-01/extension/event/next");
    int before = fake.conn;
    fake.conn = -1;
    expect_restore(&fake);
    fake_reply(&fake, 200, "", STR(""));
    struct wire wire = fake_expect(&fake, "GET /2020-01-01/extension/event/next");
    CHECK_STR("identifier", wire_header(&wire, "Lambda-Extension-Identifier"), STR("ext-1"));
    int after = fake.conn;
    fake.conn = -1;
    fake_expect_next(&fake);
    CHECK_I64("connections", fake.connections, 4);
    assert_int_equal(close(before) + close(after), 0);
}

/* Its own hooks: no connection that is open, and new seeds for OpenSSL. */
static void an_endpoint_goes_through_a_restore(void **state)
{
    (void)state;
    static const char *const env[] = {SNAP_START,
                                      "DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing",
                                      "AUTH_JWKS_URL=https://127.0.0.1:1/keys",
                                      "AUTH_ISSUER=https://issuer.test",
                                      "AUTH_AUDIENCE=authenticated",
                                      NULL};
    static const char *const programs[] = {"release/functions/plan-generator/bootstrap",
                                           "release/functions/ai-gateway/bootstrap"};
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        DEFER(fake_close) struct fake fake;
        fake_listen(&fake);
        fake_start_program(&fake, programs[i], env);
        expect_restore(&fake);
        fake_reply(&fake, 200, "", STR(""));
        fake_expect_next(&fake);
        CHECK_LOG(&fake, "\"level\":\"ERROR\"", 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_copy_starts_with_connections_of_its_own),
        cmocka_unit_test(without_snapstart_no_hook_runs),
        cmocka_unit_test(a_hook_that_fails_before_is_an_init_error),
        cmocka_unit_test(a_hook_that_fails_after_is_a_restore_error),
        cmocka_unit_test(a_crash_is_reported_in_the_phase_it_falls_in),
        cmocka_unit_test(a_refused_restore_ends_the_process),
        cmocka_unit_test(the_shutdown_extension_asks_anew_after_a_restore),
        cmocka_unit_test(an_endpoint_goes_through_a_restore),
    };
    return cmocka_run_group_tests_name("conformance snapshot", tests, NULL, NULL);
}
