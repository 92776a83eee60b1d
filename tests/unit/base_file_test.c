#include "shared/base/file.h"

#include "tests/support/check.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/clambda-file-test.XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int folder_remove(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void path_remove(const char **path)
{
    (void)unlink(*path);
}

static const char *file_make(struct ctx *cx, struct str content)
{
    const char *path = arena_format(cx->arena, "%s/file", folder).ptr;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content.ptr, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void file_read_takes_max_bytes_and_not_one_more(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(path_remove) const char *path = file_make(&t.cx, STR("12345\0007890"));
    struct str content = {0};
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, 10, &content), OK);
    CHECK_STR("content", content, STR("12345\0007890"));
    CHECK_I64("NUL after it", content.ptr[content.len], 0);
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, 9, &content), ERR_TOO_LARGE);
    assert_non_null(strstr(t.cx.err.text, "10 bytes, the limit is 9"));
}

static void file_read_takes_an_empty_file(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(path_remove) const char *path = file_make(&t.cx, STR(""));
    struct str content = STR("x");
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, 0, &content), OK);
    CHECK_STR("content", content, STR(""));
}

static void file_read_says_what_is_wrong(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str content = {0};
    CHECK_STATUS(&t.cx, file_read(&t.cx, "/tmp/no/such/file", 9, &content), ERR_NOT_FOUND);
    assert_string_equal(t.cx.err.text, "opening /tmp/no/such/file: No such file or directory");
    CHECK_STATUS(&t.cx, file_read(&t.cx, folder, 9, &content), ERR_INTERNAL);
    assert_non_null(strstr(t.cx.err.text, "not a regular file"));
    CHECK_STATUS(&t.cx, file_read(&t.cx, "/dev/null", 9, &content), ERR_INTERNAL);
    CHECK_STATUS(&t.cx, file_read(&t.cx, "/dev/null/x", 9, &content), ERR_INTERNAL);
    assert_non_null(strstr(t.cx.err.text, "Not a directory"));
}

static void file_read_does_not_wait_for_a_fifo(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    DEFER(path_remove) const char *path = arena_format(t.cx.arena, "%s/fifo", folder).ptr;
    assert_int_equal(mkfifo(path, 0600), 0);
    struct str content = {0};
    CHECK_STATUS(&t.cx, file_read(&t.cx, path, 9, &content), ERR_INTERNAL);
}

/* Files of /proc say 0 bytes: an empty answer would be a wrong one. */
static void file_read_refuses_more_than_the_file_claims(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str content = {0};
    CHECK_STATUS(&t.cx, file_read(&t.cx, "/proc/self/stat", KIB(64), &content), ERR_INTERNAL);
    assert_non_null(strstr(t.cx.err.text, "more than the 0 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_read_takes_max_bytes_and_not_one_more),
        cmocka_unit_test(file_read_takes_an_empty_file),
        cmocka_unit_test(file_read_says_what_is_wrong),
        cmocka_unit_test(file_read_does_not_wait_for_a_fifo),
        cmocka_unit_test(file_read_refuses_more_than_the_file_claims),
    };
    return cmocka_run_group_tests_name("base_file", tests, folder_make, folder_remove);
}
