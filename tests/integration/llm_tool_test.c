/*
 * clambda-db tenant, key, budget: what they do to whoever calls models. Their output is what it is
 * for a person; here only what is printed of a key counts.
 */
#include "infra/db/tool/llm.h"
#include "tests/integration/llm_fixture.h"

#include <fcntl.h>

/* ---- amounts ---- */

static void dollars_become_nanodollars_exactly_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } cases[] = {
        {"0", 0},
        {"12.50", 12500000000},
        {"0.000000001", 1},
        {"9223372036.854775807", INT64_MAX},
        {"9223372036.854775808", -1},
        {"9223372037", -1},
        {"0.0000000001", -1},
        {"", -1},
        {".5", -1},
        {"5.", -1},
        {"1.2.3", -1},
        {"-1", -1},
        {"+1", -1},
        {"1e3", -1},
        {"1,5", -1},
        {" 1", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t nano = 0;
        bool parsed = usd_parse(str_from_cstr(cases[i].text), &nano);
        CHECK_I64(cases[i].text, parsed ? nano : -1, cases[i].want);
    }
}

/* ---- commands ---- */

enum { MAX_TOOL_WORDS = 16 };

/* Runs one as the owner; what it prints goes into `out`, up to its size. */
static enum status tool_run(struct db *owner, const char *line, char *out, size_t out_size)
{
    char copy[512], *words[MAX_TOOL_WORDS + 1] = {NULL}, *rest = NULL;
    size_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL && count < MAX_TOOL_WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    char path[] = "/tmp/clambda-llm-tool.XXXXXX";
    int file = mkstemp(path), saved = dup(STDOUT_FILENO);
    assert_true(file >= 0 && saved >= 0);
    (void)fflush(stdout);
    (void)dup2(file, STDOUT_FILENO);
    err_clear(owner->cx);
    enum status status = llm_command(owner->cx, owner->pg, words);
    (void)fflush(stdout);
    (void)dup2(saved, STDOUT_FILENO);
    ssize_t len = pread(file, out, out_size - 1, 0);
    out[len < 0 ? 0 : len] = '\0';
    (void)close(file);
    (void)close(saved);
    (void)unlink(path);
    return status;
}

/* One that works; gives what stands after `name` on a line of its own. */
static struct str tool_must(struct db *owner, const char *line, const char *name)
{
    char out[2048];
    enum status status = tool_run(owner, line, out, sizeof out);
    if (status != OK) {
        CHECK_FAILED("%s: %s\n", line, owner->cx->err.text);
    }
    struct str rest = arena_str_copy(owner->cx->arena, str_from_cstr(out)), part;
    while (str_split_next(&rest, '\n', &part)) {
        if (str_skip_prefix(&part, str_from_cstr(name))) {
            return arena_str_copy(owner->cx->arena, str_trim(part));
        }
    }
    return (struct str){0};
}

static struct str format(struct db *db, const char *pattern, struct str value)
{
    size_t at = str_find(str_from_cstr(pattern), STR("@"));
    return arena_format(db->cx->arena, "%.*s" STR_FMT "%s", (int)at, pattern, STR_ARG(value),
                        pattern + at + 1);
}

static void a_key_is_printed_once_and_works_with_its_settings(void **state)
{
    (void)state;
    struct db owner, db;
    db_open(&owner, cluster.admin);
    db_open(&db, cluster.url);
    struct str key = tool_must(&owner,
                               "key create red ci --user " ADA_ID " --models fast,smart --rpm 7"
                               " --logs-content --guard {\"mask\":[\"email\"]}",
                               "key ");
    CHECK_I64("length", key.len, LLM_KEY_LEN);
    struct llm_caller caller = llm_caller_of(&db, key.ptr);
    CHECK_STR("tenant", caller.tenant_id, STR(RED_ID));
    CHECK_STR("user", caller.user_id, STR(ADA_ID));
    CHECK_STR("guard", caller.guard, STR("{\"mask\": [\"email\"]}"));
    CHECK_I64("models", caller.model_count, 2);
    assert_true(caller.logs_content);
    struct llm_call *call = llm_call_new(&db, &caller, 1);
    CHECK_STATUS(db.cx, llm_call_admit(&db, call), OK);
    CHECK_I64("rpm", call->admission.limits.requests_limit, 7);
    char out[2048];
    CHECK_STATUS(owner.cx, tool_run(&owner, "key list red", out, sizeof out), OK);
    assert_non_null(strstr(out, "ci"));
    assert_null(strstr(out, key.ptr + 3));
    db_close(&db);
    db_close(&owner);
}

static void a_rotated_key_and_its_successor_overlap_and_share_their_limits(void **state)
{
    (void)state;
    struct db owner, db;
    db_open(&owner, cluster.admin);
    db_open(&db, cluster.url);
    struct str old_key = tool_must(&owner, "key create red ci --rpm 2", "key ");
    struct llm_caller old = llm_caller_of(&db, old_key.ptr);
    (void)tool_must(&owner, format(&owner, "budget set key @ day 0.0000001", old.key_id).ptr, "");
    struct str new_key =
        tool_must(&owner, format(&owner, "key rotate @ --grace-hours 1", old.key_id).ptr, "key ");
    struct llm_caller new = llm_caller_of(&db, new_key.ptr);
    assert_false(str_eq(old.key_id, new.key_id));
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &old, 60)), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &new, 60)), ERR_BUDGET);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &new, 40)), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &old, 0)), ERR_RATE_LIMITED);
    llm_sql("UPDATE llm_keys SET expires_at = expires_at - interval '1 hour'");
    llm_sql("TRUNCATE llm_rates");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &old, 0)), ERR_UNAUTHENTICATED);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &new, 0)), OK);
    (void)tool_must(&owner, format(&owner, "key revoke @", new.key_id).ptr, "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &new, 0)), ERR_UNAUTHENTICATED);
    db_close(&db);
    db_close(&owner);
}

static void a_successor_lives_as_long_as_the_old_key_was_meant_to(void **state)
{
    (void)state;
    struct db owner;
    db_open(&owner, cluster.admin);
    struct str id = tool_must(&owner, "key create red ci --expires-hours 10", "id ");
    llm_sql("UPDATE llm_keys SET created_at = created_at - interval '9 hours',"
            " expires_at = expires_at - interval '9 hours'");
    (void)tool_must(&owner, format(&owner, "key rotate @", id).ptr, "");
    CHECK_STR("hours left",
              db_str(&owner, NULL,
                     "SELECT string_agg(round(EXTRACT(epoch FROM expires_at - now()) / 3600)::text,"
                     " ' ' ORDER BY replaces NULLS FIRST) AS v FROM llm_keys"),
              STR("1 10"));
    char out[2048];
    CHECK_STATUS(owner.cx, tool_run(&owner, "key list", out, sizeof out), OK);
    assert_non_null(strstr(out, "replaces"));
    db_close(&owner);
}

static void budgets_are_set_changed_and_removed(void **state)
{
    (void)state;
    struct db owner, db;
    db_open(&owner, cluster.admin);
    db_open(&db, cluster.url);
    struct llm_caller caller = llm_new_key(&db, RED_ID);
    (void)tool_must(&owner, "budget set tenant red month 0.00000001", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 11)), ERR_BUDGET);
    (void)tool_must(&owner, "budget set tenant red month 0.00000002", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 11)), OK);
    (void)tool_must(&owner, "budget set global all total 0.000000011", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 12)), ERR_BUDGET);
    (void)tool_must(&owner, "budget remove global all total", "");
    (void)tool_must(&owner, "budget remove tenant red month", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 1000)), OK);
    db_close(&db);
    db_close(&owner);
}

static void tenants_are_made_suspended_and_resumed(void **state)
{
    (void)state;
    struct db owner, db;
    db_open(&owner, cluster.admin);
    db_open(&db, cluster.url);
    struct str id = tool_must(&owner, "tenant set green --rpm 1", "id ");
    CHECK_STR("the same one", tool_must(&owner, "tenant set green --rpm 1", "id "), id);
    struct str key = tool_must(&owner, "key create green ci", "key ");
    struct llm_caller caller = llm_caller_of(&db, key.ptr);
    CHECK_STR("tenant", caller.tenant_id, id);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), OK);
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), ERR_RATE_LIMITED);
    (void)tool_must(&owner, "tenant suspend green", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), ERR_FORBIDDEN);
    (void)tool_must(&owner, "tenant resume green", "");
    CHECK_STATUS(db.cx, llm_call_admit(&db, llm_call_new(&db, &caller, 0)), ERR_RATE_LIMITED);
    llm_sql("DELETE FROM llm_tenants WHERE name = 'green'");
    db_close(&db);
    db_close(&owner);
}

static void commands_that_make_no_sense_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status want;
    } cases[] = {
        {"key", ERR_INVALID},
        {"key make red ci", ERR_INVALID},
        {"key create red", ERR_INVALID},
        {"key create red ci more", ERR_INVALID},
        {"key create nobody ci", ERR_NOT_FOUND},
        {"key create red ci --rpm", ERR_INVALID},
        {"key create red ci --rpm -1", ERR_INVALID},
        {"key create red ci --rpm 2147483648", ERR_INVALID},
        {"key create red ci --user ada", ERR_INVALID},
        {"key create red ci --colour blue", ERR_INVALID},
        {"key create red ci --guard {\"mask\":[\"emial\"]}", ERR_INVALID},
        {"key create red ci --guard {\"deny\":[\"(\"]}", ERR_INVALID},
        {"key revoke ' OR true", ERR_INVALID},
        {"key revoke 'x'", ERR_NOT_FOUND},
        {"key rotate 00000000-0000-4000-8000-000000000000", ERR_NOT_FOUND},
        {"budget set tenant nobody day 1", ERR_NOT_FOUND},
        {"budget set user ada day 1", ERR_NOT_FOUND},
        {"budget set global red day 1", ERR_NOT_FOUND},
        {"budget set tenant red day 1,5", ERR_INVALID},
        {"budget set tenant red week 1", ERR_INVALID},
        {"budget set team red day 1", ERR_INVALID},
        {"budget remove tenant red day", ERR_NOT_FOUND},
        {"tenant suspend nobody", ERR_NOT_FOUND},
    };
    struct db owner;
    char out[256];
    db_open(&owner, cluster.admin);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum status status = tool_run(&owner, cases[i].line, out, sizeof out);
        CHECK_STR(cases[i].line, str_from_cstr(status_name(status)),
                  str_from_cstr(status_name(cases[i].want)));
    }
    CHECK_I64("keys and budgets",
              llm_count("SELECT (SELECT count(*) FROM llm_keys) +"
                        " (SELECT count(*) FROM llm_budgets) AS v"),
              0);
    db_close(&owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dollars_become_nanodollars_exactly_or_not_at_all),
        cmocka_unit_test_setup(a_key_is_printed_once_and_works_with_its_settings, llm_clean),
        cmocka_unit_test_setup(a_rotated_key_and_its_successor_overlap_and_share_their_limits,
                               llm_clean),
        cmocka_unit_test_setup(a_successor_lives_as_long_as_the_old_key_was_meant_to, llm_clean),
        cmocka_unit_test_setup(budgets_are_set_changed_and_removed, llm_clean),
        cmocka_unit_test_setup(tenants_are_made_suspended_and_resumed, llm_clean),
        cmocka_unit_test_setup(commands_that_make_no_sense_change_nothing, llm_clean),
    };
    return cmocka_run_group_tests(tests, llm_setup, db_cluster_stop);
}
