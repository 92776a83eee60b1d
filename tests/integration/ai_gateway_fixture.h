/*
 * What tests of the whole model gateway share: the released bootstrap behind the local gateway, a
 * database, and the emulator in the place of every provider.
 */
#pragma once

#include "tests/integration/llm_fixture.h"
#include "tests/support/gateway.h"
#include "tests/support/provider_peer.h"

/* What the function has as its providers' keys; scripts are set for them. */
#define ANTHROPIC_KEY "sk-emu-gateway-anthropic"
#define OPENAI_KEY    "sk-emu-gateway-openai"
#define REPLICATE_KEY "r8_emu_gateway"
#define BEDROCK_KEY   "local" /* the local gateway's made-up AWS key id */

#define URL_PATH "/_url/ai-gateway" /* the function URL, which streams */

enum { SETTLE_PATIENCE_MS = 5000, SETTLE_LOOK_MS = 5 };

struct gateway_world {
    struct provider_peer providers;
    struct gateway gateway;
    char variables[64], config[64]; /* files */
};

static inline void world_file(char path[static 64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/clambda-llm.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

/* What a test's world has beside the usual; each may be NULL. */
struct world_more {
    const char *variables; /* of the function: `,"NAME":"value"` */
    const char *providers; /* of its configuration: `,{"name":"mine",...}` */
    const char *members;   /* of its configuration: `,"models":[...]` */
    bool has_traces;       /* spans go to the emulator's sink */
};

static inline const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static inline void world_open_with(struct gateway_world *world, const char *database_url,
                                   const struct world_more *more)
{
    char text[4096], traces[128] = "";
    provider_peer_start(&world->providers);
    const char *url = world->providers.url;
    (void)snprintf(text, sizeof text,
                   "{\"providers\":[{\"name\":\"anthropic\",\"base_url\":\"%s/anthropic\"},"
                   "{\"name\":\"openai\",\"base_url\":\"%s/openai\"},"
                   "{\"name\":\"replicate\",\"base_url\":\"%s/replicate\"},"
                   "{\"name\":\"bedrock\",\"base_url\":\"%s/bedrock\"}%s]%s}",
                   url, url, url, url, or_nothing(more->providers), or_nothing(more->members));
    world_file(world->config, text);
    if (more->has_traces) {
        (void)snprintf(traces, sizeof traces, ",\"OTEL_EXPORTER_OTLP_ENDPOINT\":\"%s/_emu/sink\"",
                       url);
    }
    (void)snprintf(text, sizeof text,
                   "{\"AiGatewayFunction\":{\"ANTHROPIC_API_KEY\":\"" ANTHROPIC_KEY
                   "\",\"OPENAI_API_KEY\":\"" OPENAI_KEY
                   "\",\"REPLICATE_API_TOKEN\":\"" REPLICATE_KEY
                   "\",\"LLM_CONFIG_FILE\":\"%s\"%s%s}}",
                   world->config, traces, or_nothing(more->variables));
    world_file(world->variables, text);
    gateway_start(&world->gateway, &(struct gateway_options){.database_url = database_url,
                                                             .env_vars = world->variables});
}

/* `variables`: as above; may be "". */
static inline void world_open(struct gateway_world *world, const char *database_url,
                              const char *variables)
{
    world_open_with(world, database_url, &(struct world_more){.variables = variables});
}

static inline void world_close(struct gateway_world *world)
{
    gateway_stop(&world->gateway);
    provider_peer_stop(&world->providers);
    (void)unlink(world->variables);
    (void)unlink(world->config);
}

/* A settlement follows its answer: waits until no call is under way. */
static inline void world_settled(void)
{
    int64_t patience_ends = clock_now_ms() + SETTLE_PATIENCE_MS;
    while (llm_count("SELECT count(*) AS v FROM llm_holds WHERE state = 'held'") > 0) {
        assert_true(clock_now_ms() < patience_ends);
        clock_sleep_ms(SETTLE_LOOK_MS);
    }
}

/* One request; `fields` as http_call has them. */
static inline void world_ask(struct ctx *cx, const struct gateway_world *world, const char *path,
                             const struct http_call *call, struct http_result *result)
{
    struct http_call sent = *call;
    sent.url = arena_format(cx->arena, "%s%s", world->gateway.url, path).ptr;
    sent.method = call->method != NULL ? call->method : "POST";
    http_call(cx, &sent, result);
}
