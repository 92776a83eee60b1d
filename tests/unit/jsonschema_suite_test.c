/*
 * The JSON Schema Test Suite (json-schema-org, MIT licence): every required test of drafts 2020-12
 * and 7, and the optional ones of 2020-12. It is not part of this tree; CLAMBDA_SUITES names the
 * folder that holds `json-schema`, ../shared/suites without it.
 */
#include "shared/base/file.h"
#include "shared/schema/jsonschema/jsonschema.h"
#include "tests/support/check.h"

#include <dirent.h>

enum { MAX_DOCUMENTS = 200, TESTS_2020_12 = 1299, TESTS_7 = 927, OPTIONAL_2020_12 = 161 };

struct suite {
    struct test_ctx t;
    const char *root;
    struct jsonschema_document documents[MAX_DOCUMENTS];
    struct jsonschema_options options;
    size_t tests, wrong;
};

static void suite_close(struct suite *suite)
{
    test_ctx_close(&suite->t);
}

static void dir_close(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
    }
}

static const struct json *read_file(struct suite *suite, const char *path)
{
    struct ctx *cx = &suite->t.cx;
    struct str content = {0};
    const struct json *root = NULL;
    CHECK_STATUS(cx, file_read(cx, path, MIB(1), &content), OK);
    CHECK_STATUS(cx, json_read(cx, exact_copy(cx, content), NULL, &root), OK);
    return root;
}

/* Calls `fn` for each *.json below `folder`; `name` is the path from there. */
static void each_file(struct suite *suite, const char *folder, const char *below,
                      void (*fn)(struct suite *, const char *path, const char *name))
{
    struct arena *arena = &suite->t.arena;
    DEFER(dir_close) DIR *dir = opendir(arena_format(arena, "%s/%s", folder, below).ptr);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const char *name = arena_format(arena, "%s%s", below, entry->d_name).ptr;
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
            each_file(suite, folder, arena_format(arena, "%s/", name).ptr, fn);
        } else if (str_has_suffix(str_from_cstr(name), STR(".json"))) {
            fn(suite, arena_format(arena, "%s/%s", folder, name).ptr, name);
        }
    }
}

static void remote_add(struct suite *suite, const char *path, const char *name)
{
    size_t *count = &suite->options.document_count;
    assert_true(*count < MAX_DOCUMENTS);
    suite->documents[(*count)++] = (struct jsonschema_document){
        .uri = arena_format(&suite->t.arena, "http://localhost:1234/%s", name),
        .root = read_file(suite, path),
    };
}

static void judge(struct suite *suite, const char *name, const struct json *group,
                  const struct jsonschema *schema)
{
    JSON_EACH (test, json_find(group, STR("tests"))) {
        struct ctx *cx = &suite->t.cx;
        struct jsonschema_result result = {0};
        bool want = json_find(test, STR("valid"))->boolean;
        enum status got = jsonschema_check(cx, schema, json_find(test, STR("data")), &result);
        suite->tests++;
        if (got != (want ? OK : ERR_INVALID) || (got != OK && result.error_count == 0)) {
            print_error("%s: " STR_FMT ": " STR_FMT ": %s\n", name,
                        STR_ARG(json_find_str(group, STR("description"))),
                        STR_ARG(json_find_str(test, STR("description"))),
                        got == OK ? "valid" : cx->err.text);
            suite->wrong++;
        }
    }
}

/* Declared in docs/json-schema.md. */
static const struct str not_supported[] = {
    STR_INIT("refs to historic drafts are processed as historic drafts"), /* 2019-09 */
};

static bool is_supported(struct str description)
{
    for (size_t i = 0; i < ARRAY_LEN(not_supported); i++) {
        if (str_eq(description, not_supported[i])) {
            return false;
        }
    }
    return true;
}

static void judge_file(struct suite *suite, const char *path, const char *name)
{
    JSON_EACH (group, read_file(suite, path)) {
        struct ctx *cx = &suite->t.cx;
        const struct jsonschema *schema = NULL;
        const struct json *root = json_find(group, STR("schema"));
        if (!is_supported(json_find_str(group, STR("description")))) {
            continue;
        }
        if (jsonschema_compile(cx, &suite->t.arena, root, &suite->options, &schema) == OK) {
            judge(suite, name, group, schema);
            continue;
        }
        print_error("%s: " STR_FMT ": %s\n", name,
                    STR_ARG(json_find_str(group, STR("description"))), cx->err.text);
        suite->tests += json_find(group, STR("tests"))->count;
        suite->wrong += json_find(group, STR("tests"))->count;
    }
}

/* False, after a word: the suite is not here. */
static bool suite_open(struct suite *suite)
{
    *suite = (struct suite){0};
    const char *suites = getenv("CLAMBDA_SUITES");
    (void)test_ctx_open(&suite->t);
    suite->root = arena_format(&suite->t.arena, "%s/json-schema",
                               suites == NULL ? "../shared/suites" : suites)
                      .ptr;
    suite->options.documents = suite->documents;
    DEFER(dir_close) DIR *dir = opendir(suite->root);
    if (dir == NULL) {
        print_message("# no JSON Schema suite at %s: CLAMBDA_SUITES names its folder\n",
                      suite->root);
        return false;
    }
    each_file(suite, arena_format(&suite->t.arena, "%s/remotes", suite->root).ptr, "", remote_add);
    return true;
}

static void judge_folder(struct suite *suite, const char *folder, size_t want)
{
    const char *path = arena_format(&suite->t.arena, "%s/tests/%s", suite->root, folder).ptr;
    suite->tests = suite->wrong = 0;
    each_file(suite, path, "", judge_file);
    print_message("# %s: %zu tests, %zu judged wrong\n", folder, suite->tests, suite->wrong);
    CHECK_I64("judged wrong", suite->wrong, 0);
    assert_true(suite->tests >= want);
}

static void every_test_of_2020_12_is_judged_right(void **state)
{
    (void)state;
    DEFER(suite_close) struct suite suite;
    if (!suite_open(&suite)) {
        suite_close(&suite);
        skip();
    }
    judge_folder(&suite, "draft2020-12", TESTS_2020_12 + OPTIONAL_2020_12);
}

static void every_required_test_of_draft_7_is_judged_right(void **state)
{
    (void)state;
    DEFER(suite_close) struct suite suite;
    if (!suite_open(&suite)) {
        suite_close(&suite);
        skip();
    }
    suite.options.draft = JSONSCHEMA_DRAFT_7;
    judge_folder(&suite, "draft7", TESTS_7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_test_of_2020_12_is_judged_right),
        cmocka_unit_test(every_required_test_of_draft_7_is_judged_right),
    };
    return cmocka_run_group_tests_name("jsonschema_suite", tests, NULL, NULL);
}
