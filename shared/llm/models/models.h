/*
 * Which models there are, what they cost and accept, and which names lead to them: one JSON
 * document in the program (models.json), to which LLM_CONFIG_FILE may add providers, models and
 * aliases of one's own, or replace some. It is data: no model, price or date stands in code.
 *
 *   providers  name -> wire, base URL, where its key comes from
 *   models     (provider, id) -> protocols and parameters accepted, limits, prices in tiers with
 * the day they were checked, retirement day, successor aliases    name -> a chain of models, the
 * first one first; caps on output tokens
 *
 * Read once per slot, at the first use. A price table has a version: the SHA-256 over its canonical
 * text, its first 16 hexadecimal digits, and the youngest `checked` day; each cost row names it.
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
    struct str
        key_env; /* ANTHROPIC_API_KEY; with _SECRET_ARN or _PARAMETER after it: where to fetch it */
    struct str region;     /* bedrock */
    bool speaks_responses; /* openai: /v1/responses too */
    bool needs_no_key;     /* a local server */
};

/* From `above_input` input tokens on, in nano-dollars a token; -1: unknown. */
struct llm_price {
    int64_t above_input;
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
};

/* One step of a chain. */
struct llm_target {
    const struct llm_provider *provider;
    const struct llm_model *model;
};

/* What a name leads to. */
struct llm_route {
    struct str alias; /* as configured, or the model's id */
    struct llm_target targets[LLM_MAX_CHAIN];
    size_t target_count;
    int64_t max_output_tokens; /* cap of the alias; 0: the model's */
    int64_t default_output_tokens;
};

/*
 * `config` is LLM_CONFIG_FILE's content, or empty.
 *
 * ERR_INTERNAL  either document is at fault; the words name the member
 */
enum status llm_models_new(struct ctx *cx, struct str config,
                           struct llm_models **models) MUST_CHECK;
void llm_models_free(struct llm_models *models);

/*
 * Finds where `name` leads, at `today` (days since 1970-01-01): an alias, "provider/id", or an id.
 * A model whose day has come is replaced by its successor.
 *
 * ERR_NOT_FOUND  no such name; the public words give the nearest one
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

/* The most a call can cost: `input_bytes` as that many tokens, at the dearest input price;
 * `output`. */
int64_t llm_worst_cost_nano(const struct llm_model *model, int64_t input_bytes,
                            int64_t output_tokens);

struct str llm_models_version(const struct llm_models *models);
