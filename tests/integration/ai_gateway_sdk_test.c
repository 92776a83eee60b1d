/*
 * The official clients of OpenAI and Anthropic against the gateway, unchanged but for their base
 * URL and key: over the function URL, which streams, and over the HTTP API, which does not. The
 * claims are in tests/integration/sdk; here is what they stand on.
 */
#include "tests/integration/ai_gateway_fixture.h"
#include "tests/integration/llm_fixture.h"

#include "shared/base/file.h"

#include <sys/wait.h>

enum { PATH_BYTES = 512, OUTPUT_MAX = 4 * 1024 * 1024, NOT_INSTALLED = 3 };

static struct gateway_world world;
static char key[LLM_KEY_LEN + 1], poor_key[LLM_KEY_LEN + 1];
static char folder[PATH_BYTES]; /* of the clients; empty: they cannot be installed */

/* A program's exit status; what it said, in the arena. */
static int run(struct ctx *cx, const char *command, struct str *output)
{
    char path[] = "/tmp/clambda-sdk.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    /* NOLINTNEXTLINE(cert-env33-c): our own scripts, and folders that were made here */
    int status = system(arena_format(cx->arena, "%s >%s", command, path).ptr);
    CHECK_STATUS(cx, file_read(cx, path, OUTPUT_MAX, output), OK);
    (void)unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Failed claims with what was said about them. */
static void show_failures(struct str tap)
{
    struct str line;
    bool is_failed = false;
    while (str_split_next(&tap, '\n', &line)) {
        bool is_comment = str_has_prefix(line, STR("#"));
        is_failed = is_comment ? is_failed : str_has_prefix(line, STR("not ok"));
        if (is_failed) {
            print_error(STR_FMT "\n", STR_ARG(line));
        }
    }
}

struct client {
    const char *script, *sdk; /* sdk: of Anthropic's, which package */
    const char *provider_key, *models;
    const char *path; /* under the gateway's */
};

static void client_run(const struct client *client)
{
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str tap;
    char busy_key[LLM_KEY_LEN + 1]; /* one request a minute: a new one for each run */
    if (folder[0] == '\0') {
        skip();
    }
    llm_key_insert(RED_ID, "rpm", "1", busy_key);
    struct str command = arena_format(t.cx.arena,
                                      "SDK=%s MODELS='%s' PROVIDER_KEY=%s GATEWAY_KEY=%s "
                                      "GATEWAY_POOR_KEY=%s GATEWAY_BUSY_KEY=%s GATEWAY_URL=%s%s"
                                      " EMULATOR_URL=%s timeout 120 %s/node %s/%s.mjs",
                                      client->sdk, client->models, client->provider_key, key,
                                      poor_key, busy_key, world.gateway.url, client->path,
                                      world.providers.url, folder, folder, client->script);
    int status = run(&t.cx, command.ptr, &tap);
    if (status != 0 || !str_has_prefix(tap, STR("1.."))) {
        show_failures(tap);
        CHECK_FAILED("%s %s ended with %d\n", client->script, client->sdk, status);
    }
}

#define CLAUDE_AND_GPT "claude-haiku-4-5 gpt-4.1-mini"
#define CLIENT(name, ...)                                                                          \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        client_run(&(struct client){__VA_ARGS__});                                                 \
    }
CLIENT(openai_runs_unchanged, "openai", "openai", OPENAI_KEY, CLAUDE_AND_GPT, URL_PATH)
CLIENT(openai_runs_where_answers_are_buffered, "openai", "openai", OPENAI_KEY, "gpt-4.1-mini", "")
CLIENT(anthropic_runs_unchanged, "anthropic", "@anthropic-ai/sdk", ANTHROPIC_KEY, CLAUDE_AND_GPT,
       URL_PATH)
CLIENT(anthropic_before_1_runs_unchanged, "anthropic", "anthropic-before-1", ANTHROPIC_KEY,
       CLAUDE_AND_GPT, URL_PATH)

static int sdk_setup(void **state)
{
    if (llm_setup(state) != 0) {
        return -1;
    }
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct str said;
    int status = run(&t.cx, "tests/integration/sdk/install.sh", &said);
    if (status == 0) {
        assert_true(str_to_cstr(str_trim(said), folder, sizeof folder));
    } else {
        print_message("# skipped: the clients cannot be installed\n");
    }
    llm_key_insert(RED_ID, "", "", key);
    llm_key_insert(BLUE_ID, "", "", poor_key);
    llm_sql("INSERT INTO llm_budgets (scope, scope_id, period, cap_nano)"
            " VALUES ('tenant', '" BLUE_ID "', 'day', 1)");
    world_open(&world, cluster.url, "");
    return status == 0 || status == NOT_INSTALLED ? 0 : -1;
}

static int sdk_teardown(void **state)
{
    world_close(&world);
    return db_cluster_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openai_runs_unchanged),
        cmocka_unit_test(openai_runs_where_answers_are_buffered),
        cmocka_unit_test(anthropic_runs_unchanged),
        cmocka_unit_test(anthropic_before_1_runs_unchanged),
    };
    return cmocka_run_group_tests(tests, sdk_setup, sdk_teardown);
}
