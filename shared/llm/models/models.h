/*
 * Which models there are, what they cost and accept, and which names lead to them: one JSON
 * document in the program (models.json), to which LLM_CONFIG_FILE may add providers, models and
 * aliases of one's own, or replace some. It is data: no model, price or date stands in code.
 *
 *   providers     name -> wire, base URL, where its key comes from
 *   api_versions  what a provider refuses under a version of its API, and since which
 *   families      what models have in common: accepted parameters, limits
 *   models        (provider, id) -> family, limits, prices in tiers with the day they were checked,
 *                 retirement day, successor
 *   aliases       name -> a chain of models, the first one first; caps on output tokens
 *
 * The configuration has the same members. A provider or model of its that is there already keeps
 * what it does not mention; an alias is replaced whole. Thus a price that is missing here:
 *
 *   {"models": [{"provider": "replicate", "id": "anthropic/claude-4.5-haiku", "checked":
 *    "2026-11-28", "prices": [{"input": 1, "output": 5}]}]}
 *
 * and a server of one's own: {"providers": [{"name": "ollama", "wire": "openai", "base_url":
 * "http://127.0.0.1:11434", "needs_no_key": true}], "models": [{"provider": "ollama", "id":
 * "llama3.2", "context_tokens": 8192, "max_output_tokens": 4096, "accepts": ["temperature", "stop",
 * "max_tokens", "stream"], "checked": "2026-11-28", "prices": [{"input": 0, "output": 0}]}]}
 *
 * Prices in the documents are USD per million tokens, to a tenth of a cent: nano-dollars a token
 * are whole. A price that is not there is unknown, never 0. `make build` and `make lint` warn of
 * prices that nobody has compared for 90 days (infra/models/prices_age.sh).
 *
 * Read once per slot, at the first use. A price table has a version: the SHA-256 over its prices,
 * the first 16 hexadecimal digits, "@" and the youngest day on which one was checked; each cost row
 * names it.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"
#include "shared/llm/base/usage.h"

struct llm_models;

struct llm_provider {
    struct str name;     /* "anthropic" */
    struct str wire;     /* "anthropic", "openai", "replicate", "bedrock" */
    struct str base_url; /* https://api.anthropic.com; http:// only on loopback (http.h) */
    /* ANTHROPIC_API_KEY; with _SECRET_ARN or _PARAMETER after it: where to fetch it */
    struct str key_env;
    struct str region;     /* bedrock: as configured, else AWS_REGION, else us-east-1; it stands for
                              {region} in the document's base_url */
    bool speaks_responses; /* openai: /v1/responses too */
    bool needs_no_key;     /* a local server */
};

/*
 * In nano-dollars a token; -1: unknown. Of requests with more than `above_input` input tokens,
 * cached ones included; it is then the price of all of their tokens, the first ones included
 * (Anthropic's and OpenAI's rule).
 */
struct llm_price {
    int64_t above_input; /* of the first tier 0, which means: from 0 on */
    int64_t input, cache_write_5m, cache_write_1h, cache_read, output;
};

enum { LLM_MAX_TIERS = 4, LLM_MAX_CHAIN = 8 };

/* What a model's parameters may be, under one API version. */
enum llm_accepts {
    LLM_ACCEPTS_TEMPERATURE = 1 << 0,
    LLM_ACCEPTS_TOP_P = 1 << 1,
    LLM_ACCEPTS_TOP_K = 1 << 2,
    LLM_ACCEPTS_STOP = 1 << 3,
    LLM_ACCEPTS_TOOLS = 1 << 4,
    LLM_ACCEPTS_IMAGES = 1 << 5,
    LLM_ACCEPTS_SCHEMA = 1 << 6, /* native structured output */
    LLM_ACCEPTS_THINKING = 1 << 7,
    LLM_ACCEPTS_PREFILL = 1 << 8,
    LLM_ACCEPTS_MAX_TOKENS = 1 << 9, /* openai: max_tokens rather than max_completion_tokens */
    LLM_ACCEPTS_STREAM = 1 << 10,
    LLM_ACCEPTS_EFFORT = 1 << 11, /* a word for how hard to think: "effort" in the table */
};

/*
 * replicate: what a model calls our parameters, for each model has names of its own; empty: it has
 * no such parameter. In the table: "input": {"prompt": "prompt", "system": "system_prompt",
 * "max_tokens": "max_completion_tokens", "images": "image_input"}
 */
struct llm_input_names {
    struct str prompt, system, max_tokens, temperature, top_p, top_k, stops;
    struct str images; /* an array of addresses or data URLs */
};

/* Under API versions from `since` on, these (enum llm_accepts) are refused. */
struct llm_version_rule {
    struct str since;
    unsigned refuses;
};

struct llm_model {
    struct str provider, id; /* id: as the provider knows it */
    unsigned accepts;        /* under the oldest API version it takes: llm_model_accepts */
    int64_t context_tokens, max_output_tokens;
    struct llm_price tiers[LLM_MAX_TIERS]; /* ascending `above_input`, the first 0 */
    size_t tier_count;                     /* 0: no price is known, and it is refused */
    int32_t checked_day;                   /* days since 1970-01-01 */
    int32_t retires_day;                   /* INT32_MAX: none announced */
    struct str successor;                  /* id at the same provider; empty: none */
    bool is_embedding;
    struct llm_input_names input; /* replicate */
    const struct llm_version_rule *rules;
    size_t rule_count;
};

/* One step of a chain. */
struct llm_target {
    const struct llm_provider *provider;
    const struct llm_model *model;
};

/* "anthropic/claude-haiku-4-5" */
struct str llm_target_name(struct arena *arena, const struct llm_target *target);

/* What a name leads to. */
struct llm_route {
    struct str alias; /* as configured, or the model's id */
    struct llm_target targets[LLM_MAX_CHAIN];
    size_t target_count;
    int64_t max_output_tokens; /* cap of the alias; 0: the model's */
    int64_t default_output_tokens;
};

enum { LLM_CONFIG_MAX_BYTES = 1024 * 1024 };

/*
 * `config` is LLM_CONFIG_FILE's content, or empty; it is copied. Both documents are read strictly:
 * unknown members, chains and successors that lead nowhere or in a circle, URLs that are neither
 * https:// nor http:// on this machine's loopback are faults.
 *
 * ERR_INTERNAL  a document is at fault; the words name it and the member
 */
enum status llm_models_new(struct ctx *cx, struct str config,
                           struct llm_models **models) MUST_CHECK;
void llm_models_free(struct llm_models *models);

/*
 * Finds where `name` leads, at `today` (days since 1970-01-01): an alias, "provider/id", or an id.
 * A model whose day has come is replaced by its successor; one without a successor is left out.
 *
 * ERR_NOT_FOUND  code MODEL_NOT_FOUND: no such name, or all that it led to is retired; the public
 *                words give the nearest name
 */
enum status llm_route_find(struct ctx *cx, const struct llm_models *models, struct str name,
                           int32_t today, struct llm_route *route) MUST_CHECK;

/* All aliases and ids, sorted: for GET /v1/models. */
size_t llm_models_count(const struct llm_models *models);
struct llm_route_name {
    struct str name, provider;
    int32_t retires_day;
};
struct llm_route_name llm_models_at(const struct llm_models *models, size_t index);

/* Whether `model` takes `what` under `api_version` (empty: not Anthropic's). */
bool llm_model_accepts(const struct llm_model *model, struct str api_version,
                       enum llm_accepts what);

/*
 * What `usage` costs, in nano-dollars; each kind at its own price of the tier that the input falls
 * in. A kind that was used and whose price is unknown is priced as the dearest known kind of input,
 * so never as nothing. `model->tier_count` > 0.
 */
int64_t llm_cost_nano(const struct llm_model *model, const struct llm_usage *usage);

/*
 * What bytes do not show: turn markers, and the prompt that Anthropic adds where there are tools,
 * some 300 to 700 tokens by model. Source: platform.claude.com/docs, "Tool use with Claude",
 * "Pricing".
 */
enum { LLM_HIDDEN_INPUT_TOKENS = 1024 };

/*
 * The most a call can cost: each of `input_bytes` as a token, and LLM_HIDDEN_INPUT_TOKENS, at the
 * dearest input price of any tier they reach; `output_tokens` with them. What is sent by address
 * (images, files) must be counted by the caller. A sum past INT64_MAX is INT64_MAX.
 */
int64_t llm_worst_cost_nano(const struct llm_model *model, int64_t input_bytes,
                            int64_t output_tokens);

/* "0123456789abcdef@2026-10-24" */
struct str llm_models_version(const struct llm_models *models);
