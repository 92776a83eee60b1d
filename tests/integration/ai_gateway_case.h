/*
 * One request through the whole gateway and what came of it, for tests of faults: providers that
 * are emulated, a twin of each where nobody listens ("dead-openai"), two chains, short timeouts,
 * and a budget so that holds are seen. The claims look at what the emulator was asked, what the
 * caller was told, and the cost rows.
 */
#pragma once

#include "tests/integration/ai_gateway_fixture.h"
#include "tests/integration/llm_fixture.h"

/* In every prompt, and in the words of every error that a provider is told to give. */
#define PROMPT_CANARY "canary-of-the-prompt-5e1f"
#define WORDS_CANARY  "canary-of-the-provider-a907"

/* W3C's trace context, which says that the trace is recorded. */
#define SAMPLED "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

#define CHAT_PATH    URL_PATH "/v1/chat/completions"
#define REPLICATE_ID "anthropic/claude-4.5-haiku"
#define BEDROCK_ID   "global.anthropic.claude-haiku-4-5-20251001-v1:0"

/* A twin of each provider, where nobody listens. */
#define DEAD(wire, key_env)                                                                        \
    ",{\"name\":\"dead-" wire "\",\"wire\":\"" wire                                                \
    "\",\"base_url\":\"http://127.0.0.1:9\"" key_env "}"
#define KEY_ENV(name) ",\"key_env\":\"" name "\""
static const char more_providers[] =
    DEAD("anthropic", KEY_ENV("ANTHROPIC_API_KEY")) DEAD("openai", KEY_ENV("OPENAI_API_KEY"))
        DEAD("replicate", KEY_ENV("REPLICATE_API_TOKEN")) DEAD("bedrock", "");

#define MODEL(provider, id, family)                                                                \
    "{\"provider\":\"" provider "\",\"id\":\"" id "\",\"family\":\"" family                        \
    "\",\"checked\":\"2026-11-28\",\"prices\":[{\"input\":1,\"output\":5}]}"
/* clang-format off */
static const char more_members[] =
    ",\"models\":["
    MODEL("replicate", REPLICATE_ID, "claude-on-replicate") ","
    MODEL("dead-anthropic", "claude-haiku-4-5", "claude-4.5") ","
    MODEL("dead-openai", "gpt-4.1-mini", "gpt-4.1") ","
    MODEL("dead-replicate", REPLICATE_ID, "claude-on-replicate") ","
    MODEL("dead-bedrock", BEDROCK_ID, "claude-4.5") "],"
    "\"aliases\":[{\"name\":\"chain\",\"chain\":[\"anthropic/claude-haiku-4-5\",\"openai/gpt-4.1-mini\"]},"
    "{\"name\":\"dead-first\",\"chain\":[\"dead-anthropic/claude-haiku-4-5\",\"openai/gpt-4.1-mini\"]}]";
/* clang-format on */

/* Silence is noticed soon, so that the whole matrix takes less than a minute. */
static const char variables[] = ",\"LLM_FIRST_TOKEN_MS\":\"400\",\"LLM_IDLE_MS\":\"400\","
                                "\"LLM_TIMEOUT_MS\":\"1000\"";

enum { SETTLED_WITHIN_MS = 3000, POLL_MS = 5, SQL_MAX = 1024 };

static struct gateway_world world;
static struct db owner;
static char key[LLM_KEY_LEN + 1];

static inline void case_ask(struct ctx *cx, const char *path, const char *model, bool stream,
                            struct http_result *result)
{
    struct str body = arena_format(
        cx->arena,
        "{\"model\":\"%s\",\"max_tokens\":200,\"stream\":%s,\"messages\":[{\"role\":\"user\","
        "\"content\":\"" PROMPT_CANARY " one two three four five six\"}]}",
        model, stream ? "true" : "false");
    world_ask(cx, &world, path,
              &(struct http_call){
                  .authorization = arena_format(cx->arena, "Bearer %s", key),
                  .fields = {"anthropic-version: 2023-06-01", SAMPLED},
                  .body = body,
              },
              result);
}

/* How each attempt of a call ended, as its cost rows have it; they come after the answer. */
static inline struct str case_trail(struct str call_id)
{
    char sql[SQL_MAX];
    struct str found = {0};
    int64_t end_ms = clock_now_ms() + SETTLED_WITHIN_MS;
    (void)snprintf(sql, sizeof sql,
                   "SELECT COALESCE(string_agg(COALESCE(failure, 'ok'), ',' ORDER BY attempt), '')"
                   " AS v FROM ai_request_logs WHERE call_id = '" STR_FMT "' AND attempt > 0",
                   STR_ARG(call_id));
    do {
        found = db_str(&owner, NULL, sql);
        if (found.len > 0) {
            break;
        }
        clock_sleep_ms(POLL_MS);
    } while (clock_now_ms() < end_ms);
    return found;
}

/* The call's attempts that are so. */
static inline int64_t case_rows(struct str call_id, const char *condition)
{
    char sql[SQL_MAX];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) AS v FROM ai_request_logs WHERE call_id = '" STR_FMT
                   "' AND attempt > 0 AND %s",
                   STR_ARG(call_id), condition);
    return db_i64(&owner, NULL, sql);
}

/* No target rests, and nothing is held; once every call before has been settled. */
static inline void case_clean(void)
{
    static const char open_calls[] = "SELECT count(*) AS v FROM llm_holds WHERE state = 'held'";
    int64_t end_ms = clock_now_ms() + SETTLED_WITHIN_MS;
    owner.cx->deadline_ms = clock_now_ms() + DB_ROOMY_MS;
    while (db_i64(&owner, NULL, open_calls) > 0 && clock_now_ms() < end_ms) {
        clock_sleep_ms(POLL_MS);
    }
    db_script(&owner, "DELETE FROM llm_cooldowns; DELETE FROM llm_holds; DELETE FROM llm_spend;"
                      "DELETE FROM llm_rates");
}

static inline int case_world_open(void **state)
{
    if (llm_setup(state) != 0) {
        return -1;
    }
    db_open(&owner, cluster.admin);
    db_script(&owner, "INSERT INTO llm_budgets (scope, period, cap_nano)"
                      " VALUES ('global', 'total', 1000000000000000)");
    llm_key_insert(RED_ID, "", "", key);
    world_open_with(&world, cluster.url,
                    &(struct world_more){.variables = variables,
                                         .providers = more_providers,
                                         .members = more_members,
                                         .has_traces = true});
    return 0;
}

static inline int case_world_close(void **state)
{
    world_close(&world);
    db_close(&owner);
    return db_cluster_stop(state);
}
