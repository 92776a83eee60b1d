#include "tests/support/check.h"

#include "infra/local/options.h"

#include <unistd.h>

struct reading {
    struct test_ctx t;
    struct options options;
    enum status status;
};

static void reading_close(struct reading *r)
{
    test_ctx_close(&r->t);
}

/* The words of a command line, split at blanks. */
static void read_line(struct reading *r, const char *line)
{
    char *argv[16] = {NULL};
    int argc = 0;
    arena_init(&r->t.arena, 0);
    r->t.cx = (struct ctx){.arena = &r->t.arena};
    struct str rest = str_from_cstr(line);
    struct str word;
    while (argc < 15 && str_split_next(&rest, ' ', &word)) {
        argv[argc++] = arena_cstr_copy(&r->t.arena, word);
    }
    r->status = options_read(&r->t.cx, argc, argv, &r->options);
}

static void options_have_defaults(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    read_line(&r, "local");
    CHECK_STATUS(&r.t.cx, r.status, OK);
    CHECK_I64("command", r.options.command, COMMAND_RUN);
    CHECK_STR("template", str_from_cstr(r.options.template_path), STR("template.yaml"));
    CHECK_STR("address", str_from_cstr(r.options.address), STR("127.0.0.1"));
    CHECK_I64("port", r.options.port, 9000);
    CHECK_I64("instances", r.options.max_instances, 10);
    CHECK_I64("idle", r.options.idle_ms, 300000);
}

static void options_read_what_is_given(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    read_line(
        &r,
        "local doctor --listen localhost:0 --max-instances 3 --idle-seconds 2 --parameter A=b=c "
        "--quiet other.yaml");
    CHECK_STATUS(&r.t.cx, r.status, OK);
    CHECK_I64("command", r.options.command, COMMAND_DOCTOR);
    CHECK_STR("template", str_from_cstr(r.options.template_path), STR("other.yaml"));
    CHECK_STR("address", str_from_cstr(r.options.address), STR("127.0.0.1"));
    CHECK_I64("port", r.options.port, 0);
    CHECK_I64("instances", r.options.max_instances, 3);
    CHECK_I64("idle", r.options.idle_ms, 2000);
    CHECK_STR("parameter", r.options.parameters[0].name, STR("A"));
    CHECK_STR("value", r.options.parameters[0].value, STR("b=c"));
    assert_true(r.options.quiet);
}

static void options_know_whom_to_invoke(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    read_line(&r, "local invoke Echo --event - t.yaml --async-retry-ms 5,6");
    CHECK_STATUS(&r.t.cx, r.status, OK);
    CHECK_I64("command", r.options.command, COMMAND_INVOKE);
    CHECK_STR("whom", str_from_cstr(r.options.subject), STR("Echo"));
    CHECK_STR("event", str_from_cstr(r.options.event_path), STR("-"));
    CHECK_STR("template", str_from_cstr(r.options.template_path), STR("t.yaml"));
    CHECK_I64("retries", r.options.retry_ms[0] * 10 + r.options.retry_ms[1], 56);
}

static void options_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"local --listen 9000", "--listen 9000: wants ADDRESS:PORT, as 127.0.0.1:9000"},
        {"local --listen 127.0.0.1:65536",
         "--listen 127.0.0.1:65536: wants ADDRESS:PORT, as 127.0.0.1:9000"},
        {"local --max-instances 0", "--max-instances 0: a whole number from 1 to 1000"},
        {"local --max-instances 1001", "--max-instances 1001: a whole number from 1 to 1000"},
        {"local --idle-seconds x", "--idle-seconds x: a whole number from 1 to 86400"},
        {"local --parameter A", "--parameter A: wants NAME=VALUE"},
        {"local --parameter =a", "--parameter =a: wants NAME=VALUE"},
        {"local --async-retry-ms 1",
         "--async-retry-ms 1: wants two numbers of milliseconds, as 60000,120000"},
        {"local --async-retry-ms 1,2,3",
         "--async-retry-ms 1,2,3: wants two numbers of milliseconds, as 60000,120000"},
        {"local --schedule-clock 2026-01-01",
         "--schedule-clock 2026-01-01: wants a time, as 2026-03-02T03:14:59Z"},
        {"local --event a.json", "--event and --client-context are for invoke"},
        {"local invoke", "invoke: whom?"},
        {"local fire A b", "b: one template is enough"},
        {"local a.yaml b.yaml", "b.yaml: one template is enough"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(reading_close) struct reading r = {0};
        read_line(&r, cases[i].line);
        CHECK_STATUS(&r.t.cx, r.status, ERR_INVALID);
        CHECK_STR(cases[i].line, str_from_cstr(r.t.cx.err.text), str_from_cstr(cases[i].words));
    }
}

/* Reads a file of this content with `option`. */
static void read_file_option(struct reading *r, const char *option, struct str content)
{
    char path[] = "/tmp/local-options-XXXXXX";
    char line[128];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.ptr, content.len), (ssize_t)content.len);
    (void)close(fd);
    (void)snprintf(line, sizeof(line), "local %s %s", option, path);
    read_line(r, line);
    (void)unlink(path);
}

static void options_read_json_files(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading parameters = {0};
    read_file_option(&parameters, "--parameters", STR("{\"A\":\"b\",\"N\":12}"));
    CHECK_STATUS(&parameters.t.cx, parameters.status, OK);
    CHECK_I64("count", parameters.options.parameter_count, 2);
    CHECK_STR("N", parameters.options.parameters[1].value, STR("12"));
    DEFER(reading_close) struct reading env = {0};
    read_file_option(&env, "--env-vars", STR("{\"AFunction\":{\"K\":\"v\"}}"));
    CHECK_STATUS(&env.t.cx, env.status, OK);
    CHECK_STR("K", json_find_str(json_find(env.options.env_vars, STR("AFunction")), STR("K")),
              STR("v"));
}

static void options_refuse_wrong_json_files(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        struct str content;
    } cases[] = {
        {"--parameters", STR_INIT("[]")},
        {"--parameters", STR_INIT("{\"A\":{}}")},
        {"--parameters", STR_INIT("{")},
        {"--env-vars", STR_INIT("{\"A\":\"b\"}")},
        {"--env-vars", STR_INIT("{\"A\":{\"b\":null}}")},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(reading_close) struct reading r = {0};
        read_file_option(&r, cases[i].option, cases[i].content);
        CHECK_STATUS(&r.t.cx, r.status, ERR_INVALID);
        CHECK_STR("names its option",
                  str_slice(str_from_cstr(r.t.cx.err.text), 0, strlen(cases[i].option)),
                  str_from_cstr(cases[i].option));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_defaults),
        cmocka_unit_test(options_read_what_is_given),
        cmocka_unit_test(options_know_whom_to_invoke),
        cmocka_unit_test(options_refuse),
        cmocka_unit_test(options_read_json_files),
        cmocka_unit_test(options_refuse_wrong_json_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
