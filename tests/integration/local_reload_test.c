/*
 * clambda-local and a bootstrap that changes under it. The time from the close of the new file to
 * the first answer of the new program is printed, not asserted beyond what a person would notice.
 */
#include "tests/support/local.h"

#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/json/json.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char TEMPLATE[] = "tests/cases/local/reload/template.yaml";
enum { ROUNDS = 5 };

#define TEST_CTX DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t)

static struct str probe_bytes(struct ctx *cx)
{
    struct str bytes;
    CHECK_STATUS(cx, file_read(cx, local_probe("local_probe"), MIB(64), &bytes), OK);
    return bytes;
}

static struct str path_of(struct ctx *cx, const struct local *l, const char *slug, const char *name)
{
    return arena_format(cx->arena, "%s/%s/%s", l->folder, slug, name);
}

static void write_all(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        assert_true(n > 0);
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
}

static int open_new(const char *path)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    return fd;
}

/* Written beside its place and renamed into it, as a careful build does. */
static void install(struct ctx *cx, const struct local *l, const char *slug)
{
    struct str whole = path_of(cx, l, slug, "bootstrap");
    struct str part = path_of(cx, l, slug, "part");
    int fd = open_new(part.ptr);
    write_all(fd, probe_bytes(cx));
    (void)close(fd);
    assert_int_equal(rename(part.ptr, whole.ptr), 0);
}

/* Started before every test: two functions, one without its folder. */
static void start(struct ctx *cx, struct local *l, const char *more)
{
    const char *const arguments[] = {more, NULL};
    struct local_options options = {.template = TEMPLATE, .arguments = arguments};
    local_prepare(l, &options);
    assert_int_equal(mkdir(path_of(cx, l, "pid", "").ptr, 0700), 0);
    install(cx, l, "pid");
    local_launch(l, &options);
}

/* The process that answered; 0: something else came. */
static int64_t pid_after(struct ctx *cx, const struct local *l, const char *function,
                         const char *wait_ms)
{
    int64_t pid = 0;
    (void)json_is_i64(local_json(cx, local_invoke(cx, l, function, "", wait_ms)), &pid);
    return pid;
}

static int64_t first_other_pid_us(const struct local *l, int64_t old)
{
    int64_t began_us = clock_mono_us();
    while (clock_mono_us() - began_us < 5000000) {
        TEST_CTX;
        if (pid_after(&t.cx, l, "pid", "0") != old) {
            return clock_mono_us() - began_us;
        }
    }
    CHECK_FAILED("five seconds later the old program still answers\n");
    return 0;
}

static void a_renamed_bootstrap_answers_the_next_request(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, NULL);
    int64_t total_us = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t old = pid_after(&t.cx, &l, "pid", "0");
        install(&t.cx, &l, "pid");
        int64_t us = first_other_pid_us(&l, old);
        total_us += us;
        assert_true(us < 2000000);
    }
    print_message(
        "# new bootstrap to its first answer: %.1f ms, mean of %d (the probe, under ASan)\n",
        (double)total_us / ROUNDS / 1000, (int)ROUNDS);
    local_check_log(&t.cx, &l, "clambda-local: a new bootstrap: 1 instance ends");
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

/* As a linker leaves it: the old one unlinked, the new one written in place. */
static void a_half_written_bootstrap_never_starts(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, NULL);
    int64_t old = pid_after(&t.cx, &l, "pid", "0");
    struct str bytes = probe_bytes(&t.cx);
    int fd = open_new(path_of(&t.cx, &l, "pid", "bootstrap").ptr);
    write_all(fd, str_slice(bytes, 0, bytes.len / 2));
    CHECK_I64("the old one meanwhile", pid_after(&t.cx, &l, "pid", "0"), old);
    /* The second caller at a time needs an instance that cannot start yet. */
    int busy = local_send(&t.cx, &l, "POST /2015-03-31/functions/pid/invocations", "", STR("300"));
    (void)usleep(50000);
    int held = local_send(&t.cx, &l, "POST /2015-03-31/functions/pid/invocations", "", STR("0"));
    (void)usleep(100000);
    write_all(fd, str_slice(bytes, bytes.len / 2, bytes.len));
    (void)close(fd);
    int64_t pid = 0;
    assert_true(json_is_i64(local_json(&t.cx, local_read(&t.cx, held)), &pid));
    assert_true(pid > 0 && pid != old);
    assert_true(json_is_i64(local_json(&t.cx, local_read(&t.cx, busy)), &pid));
    CHECK_I64("the busy one had its answer", pid, old);
    assert_true(pid_after(&t.cx, &l, "pid", "0") != old);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

static void a_bootstrap_that_stays_half_written_is_an_error(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, NULL);
    struct str bytes = probe_bytes(&t.cx);
    int fd = open_new(path_of(&t.cx, &l, "pid", "bootstrap").ptr);
    write_all(fd, str_slice(bytes, 0, bytes.len / 2));
    int held = local_send(&t.cx, &l, "GET /pid", "", STR(""));
    struct local_answer answer = local_read(&t.cx, held); /* its route waits for 300 ms */
    CHECK_I64("the ceiling", answer.status, 503);
    held = local_send(&t.cx, &l, "POST /2015-03-31/functions/pid/invocations", "", STR("0"));
    (void)usleep(50000);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    CHECK_I64("at the end", local_read(&t.cx, held).status, 503);
    (void)close(fd);
    local_clean(&l);
}

static void a_busy_instance_gives_its_answer_first(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, NULL);
    int64_t old = pid_after(&t.cx, &l, "pid", "0");
    int fd = local_send(&t.cx, &l, "POST /2015-03-31/functions/pid/invocations", "", STR("300"));
    (void)usleep(100000);
    install(&t.cx, &l, "pid");
    int64_t pid = 0;
    assert_true(json_is_i64(local_json(&t.cx, local_read(&t.cx, fd)), &pid));
    CHECK_I64("the old one", pid, old);
    assert_true(pid_after(&t.cx, &l, "pid", "0") != old);
    local_check_log(&t.cx, &l, "clambda-local: a new bootstrap: 1 instance ends");
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

static void a_folder_that_comes_later_is_watched_too(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, NULL);
    struct local_answer answer = local_invoke(&t.cx, &l, "late", "", "0");
    CHECK_STR("none", json_find_str(local_json(&t.cx, answer), STR("errorType")),
              STR("Runtime.InvalidEntrypoint"));
    assert_int_equal(mkdir(path_of(&t.cx, &l, "late", "").ptr, 0700), 0);
    (void)usleep(50000);
    install(&t.cx, &l, "late");
    int64_t first = pid_after(&t.cx, &l, "late", "0");
    assert_true(first > 0);
    install(&t.cx, &l, "late");
    (void)usleep(100000);
    assert_true(pid_after(&t.cx, &l, "late", "0") != first);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

static void no_reload_keeps_the_old_program(void **state)
{
    (void)state;
    struct local l = {0};
    TEST_CTX;
    start(&t.cx, &l, "--no-reload");
    int64_t old = pid_after(&t.cx, &l, "pid", "0");
    install(&t.cx, &l, "pid");
    (void)usleep(200000);
    CHECK_I64("the same", pid_after(&t.cx, &l, "pid", "0"), old);
    CHECK_I64("exit", local_end(&l, SIGTERM), 0);
    local_clean(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renamed_bootstrap_answers_the_next_request),
        cmocka_unit_test(a_half_written_bootstrap_never_starts),
        cmocka_unit_test(a_bootstrap_that_stays_half_written_is_an_error),
        cmocka_unit_test(a_busy_instance_gives_its_answer_first),
        cmocka_unit_test(a_folder_that_comes_later_is_watched_too),
        cmocka_unit_test(no_reload_keeps_the_old_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
