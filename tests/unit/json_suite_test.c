/*
 * The JSON parsing test suite (Nicolas Seriot, "Parsing JSON is a minefield", MIT licence): the
 * first letter of a file's name is the verdict: y accept, n refuse, i either. It is not part of
 * this tree; CLAMBDA_SUITES names the folder that holds `json-parsing`, ../shared/suites without
 * it.
 */
#include "shared/base/file.h"
#include "shared/json/json.h"
#include "tests/support/check.h"

#include <dirent.h>

enum { FILES_AT_LEAST = 318 };

static void dir_close(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
    }
}

struct count {
    int files, wrong, duplicates;
};

/* Strict JSON allows duplicate names ("SHOULD be unique", RFC 8259 section 4); we do only when
 * asked. */
static void judge(struct ctx *cx, struct str folder, const char *name, struct count *count)
{
    struct str content = {0};
    const char *path = arena_format(cx->arena, "%s/%s", folder.ptr, name).ptr;
    CHECK_STATUS(cx, file_read(cx, path, MIB(1), &content), OK);
    content = exact_copy(cx, content);
    bool duplicates = str_has_prefix(str_from_cstr(name), STR("y_object_duplicated_key"));
    const struct json *root = NULL;
    struct json_options options = {.allow_duplicate_keys = duplicates};
    bool accepted = json_read(cx, content, &options, &root) == OK;
    if (duplicates) {
        count->duplicates++;
        CHECK_STATUS(cx, json_read(cx, content, NULL, &root), ERR_INVALID);
    }
    count->files++;
    if ((name[0] == 'y' && !accepted) || (name[0] == 'n' && accepted)) {
        print_error("%s: %s (%s)\n", name, accepted ? "accepted" : "refused", cx->err.text);
        count->wrong++;
    }
}

static void json_read_judges_every_file_of_the_suite(void **state)
{
    (void)state;
    const char *suites = getenv("CLAMBDA_SUITES");
    char folder[1024];
    (void)snprintf(folder, sizeof folder, "%s/json-parsing/test_parsing",
                   suites == NULL ? "../shared/suites" : suites);
    DEFER(dir_close) DIR *dir = opendir(folder);
    if (dir == NULL) {
        print_message(
            "# no JSON parsing suite at %s: CLAMBDA_SUITES names the folder with json-parsing\n",
            folder);
        skip(); /* jumps past every DEFER: nothing is open yet */
        return;
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct count count = {0};
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (str_has_suffix(str_from_cstr(entry->d_name), STR(".json"))) {
            judge(&t.cx, str_from_cstr(folder), entry->d_name, &count);
        }
    }
    print_message("# %d files of the suite judged\n", count.files);
    CHECK_I64("judged wrong", count.wrong, 0);
    CHECK_I64("files with duplicate keys", count.duplicates, 2);
    assert_true(count.files >= FILES_AT_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_read_judges_every_file_of_the_suite),
    };
    return cmocka_run_group_tests_name("json_suite", tests, NULL, NULL);
}
