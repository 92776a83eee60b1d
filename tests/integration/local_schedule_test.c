/*
 * Schedules of the real clambda-local, by a clock that stands at 2026-03-02T03:14:58Z, a Monday.
 */
#include "tests/support/local.h"

#include "shared/json/json.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char TEMPLATE[] = "tests/cases/local/schedule/template.yaml";
static const char *const SLUGS[] = {"rule", "zone", "target"};

static struct local shared;

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

/* Seconds, not the two of local_check_log: the clock has to get there. */
static void await_log(struct ctx *cx, const char *words)
{
    for (int i = 0; i < 600; i++) {
        if (str_find(local_log(cx, &shared), str_from_cstr(words)) != SIZE_MAX) {
            return;
        }
        (void)usleep(10000);
    }
    CHECK_FAILED("\"%s\" is not in the log\n", words);
}

static bool is_in_log(struct ctx *cx, const char *words)
{
    return str_find(local_log(cx, &shared), str_from_cstr(words)) != SIZE_MAX;
}

static void what_is_due_fires_with_eventbridge_s_event(void **state)
{
    (void)state;
    TEST_CTX;
    await_log(&t.cx, "schedule RuleFunction.Monday fires: event ");
    await_log(&t.cx, "[rule] got {\"version\":\"0\",\"id\":\"");
    await_log(&t.cx, "\"detail-type\":\"Scheduled Event\",\"source\":\"aws.events\","
                     "\"account\":\"123456789012\",\"time\":\"2026-03-02T03:15:00Z\"");
    await_log(&t.cx, "\"resources\":[\"arn:aws:events:us-east-1:123456789012:rule/"
                     "RuleFunctionMonday\"],\"detail\":{}}");
}

static void scheduler_has_zones_single_times_and_context(void **state)
{
    (void)state;
    TEST_CTX;
    await_log(&t.cx, "schedule ZoneFunction.Berlin fires: event ");
    await_log(&t.cx, "[zone] got {\"when\":\"2026-03-02T03:15:00Z\"}");
    await_log(&t.cx, "schedule ZoneFunction.Once fires: event ");
    await_log(&t.cx, "\"source\":\"aws.scheduler\"");
}

static void resources_fire_their_targets(void **state)
{
    (void)state;
    TEST_CTX;
    await_log(&t.cx, "[target] got {\"from\":\"the rule\"}");
    assert_false(is_in_log(&t.cx, "the schedule"));
}

static void a_disabled_schedule_sleeps(void **state)
{
    (void)state;
    TEST_CTX;
    await_log(&t.cx, "schedule RuleFunction.Monday fires");
    assert_false(is_in_log(&t.cx, "RuleFunction.Sleeping fires"));
}

static const struct json *schedule_named(struct ctx *cx, struct str name)
{
    struct local_answer answer = local_ask(cx, &shared, "GET /_/schedules", "", STR(""));
    JSON_EACH (schedule, json_find(local_json(cx, answer), STR("schedules"))) {
        if (str_eq(json_find_str(schedule, STR("name")), name)) {
            return schedule;
        }
    }
    CHECK_FAILED("no schedule " STR_FMT "\n", STR_ARG(name));
    return NULL;
}

static void the_list_says_when_each_fires_next(void **state)
{
    (void)state;
    TEST_CTX;
    await_log(&t.cx, "schedule RuleFunction.Monday fires");
    const struct json *monday = schedule_named(&t.cx, STR("RuleFunction.Monday"));
    CHECK_STR("a week later", json_find_str(monday, STR("next")), STR("2026-03-09T03:15:00Z"));
    CHECK_STR("function", json_find_str(monday, STR("function")), STR("rule"));
    const struct json *berlin = schedule_named(&t.cx, STR("ZoneFunction.Berlin"));
    CHECK_STR("a day later", json_find_str(berlin, STR("next")), STR("2026-03-03T03:15:00Z"));
    assert_null(json_find(schedule_named(&t.cx, STR("ZoneFunction.Once")), STR("next")));
    assert_null(json_find(schedule_named(&t.cx, STR("RuleFunction.Sleeping")), STR("next")));
    assert_null(json_find(schedule_named(&t.cx, STR("Rule")), STR("next"))); /* its year is over */
}

static void any_schedule_can_be_fired_now(void **state)
{
    (void)state;
    TEST_CTX;
    struct local_answer answer =
        local_ask(&t.cx, &shared, "POST /_/schedules/RuleFunction.Sleeping/fire", "", STR(""));
    CHECK_I64("fire", answer.status, 202);
    await_log(&t.cx, "[rule] got {\"slept\":true}");
    answer = local_ask(&t.cx, &shared, "POST /_/schedules/Nobody/fire", "", STR(""));
    CHECK_I64("unknown", answer.status, 404);
    answer = local_ask(&t.cx, &shared, "GET /_/schedules/Far/fire", "", STR(""));
    CHECK_I64("method", answer.status, 405);
    answer = local_ask(&t.cx, &shared, "POST /_/schedules/Far/fire",
                       "Origin: https://evil.example\r\n", STR(""));
    CHECK_I64("another site", answer.status, 403);
    int fd = local_connect(&shared);
    static const char rebound[] = "POST /_/schedules/Far/fire HTTP/1.1\r\nHost: evil.example\r\n"
                                  "Content-Length: 0\r\nConnection: close\r\n\r\n";
    assert_int_equal(send(fd, rebound, sizeof(rebound) - 1, MSG_NOSIGNAL), sizeof(rebound) - 1);
    CHECK_I64("another name", local_read(&t.cx, fd).status, 403);
    assert_false(is_in_log(&t.cx, "the schedule"));
}

static int fire_at(const char *address, const char *name, unsigned port, char *out, size_t size)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "%s fire %s --listen %s:%u 2>&1",
                   local_program("CLAMBDA_LOCAL", "build/release/infra/local/clambda-local"), name,
                   address, port);
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): names of our own making */
    assert_non_null(pipe);
    size_t n = fread(out, 1, size - 1, pipe);
    out[n] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

static int fire(const char *name, unsigned port, char *out, size_t size)
{
    return fire_at("127.0.0.1", name, port, out, size);
}

static void the_command_line_fires_too(void **state)
{
    (void)state;
    TEST_CTX;
    char out[512];
    CHECK_I64("fire", fire("Far", shared.port, out, sizeof(out)), 0);
    out[36] = '\0'; /* a request id and a line end */
    await_log(&t.cx, arena_format(&t.arena, "schedule Far fires: event %s", out).ptr);
    await_log(&t.cx, "[target] got {\"from\":\"the schedule\"}");
    CHECK_I64("unknown", fire("Nobody", shared.port, out, sizeof(out)), 1);
    CHECK_STR("words", str_from_cstr(out), STR("clambda-local: Nobody: no schedule Nobody\n"));
    CHECK_I64("any address", fire_at("0.0.0.0", "Far", shared.port, out, sizeof(out)), 0);
    CHECK_I64("nobody there", fire("Far", 1, out, sizeof(out)), 1);
}

static int start_shared(void **state)
{
    static const char *const arguments[] = {"--schedule-clock", "2026-03-02T03:14:58Z", NULL};
    return local_group_start(state, &shared,
                             &(struct local_options){.template = TEMPLATE,
                                                     .slugs = SLUGS,
                                                     .slug_count = ARRAY_LEN(SLUGS),
                                                     .arguments = arguments});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_fires_with_eventbridge_s_event),
        cmocka_unit_test(scheduler_has_zones_single_times_and_context),
        cmocka_unit_test(resources_fire_their_targets),
        cmocka_unit_test(a_disabled_schedule_sleeps),
        cmocka_unit_test(the_list_says_when_each_fires_next),
        cmocka_unit_test(any_schedule_can_be_fired_now),
        cmocka_unit_test(the_command_line_fires_too),
    };
    return cmocka_run_group_tests(tests, start_shared, local_group_end);
}
