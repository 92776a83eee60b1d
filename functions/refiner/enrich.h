/*
 * The models' part of a refinement: each model of the alias "refiner" is asked in turn, until
 * enough of the free-text fields are theirs. An answer is mended (shared/json/repair.h, with the
 * form's schema as its guide), and a field is taken only if it is fit (`refined_enrich`); what was
 * cut, is missing or unfit keeps the text of the rules. Nothing else of an answer is looked at.
 *
 * Never fails: what goes wrong with one model is noted, and the next one is asked, unless the
 * caller's own limits refuse (money, rates) or time is up.
 */
#pragma once

#include "functions/refiner/desk.h"
#include "functions/refiner/model_prompt.h"

#define ENRICH_ALIAS "refiner"

enum {
    ENRICH_ENOUGH = REFINED_ENRICHABLE_COUNT * 3 / 4, /* fields; with fewer the next is asked */
    ENRICH_MAX_REPAIRS = 64,
};

/* One model that was asked. */
struct enrich_attempt {
    struct str model;   /* "anthropic/claude-haiku-4-5" */
    const char *result; /* "ok", "partial", "unreadable", "unfit", "failed", "refused" */
    size_t accepted;    /* fields taken */
    struct llm_outcome *outcome;
};

/* A liberty that was taken with a model's answer. */
struct enrich_repair {
    struct str model;
    struct json_edit edit;
};

struct enrichment {
    struct str sources[REFINED_ENRICHABLE_COUNT]; /* the model whose text it is; empty: the rules */
    struct enrich_attempt attempts[LLM_MAX_CHAIN];
    size_t attempt_count;
    struct enrich_repair repairs[ENRICH_MAX_REPAIRS];
    size_t repair_count, repairs_dropped;
    size_t accepted;
    struct str model_used; /* the first one of which a field was taken; empty: none */
    const char *reason;    /* no field is a model's: why; NULL otherwise */
    int64_t cost_nano;
};

struct enrich_limits {
    size_t models;      /* at most; 0: all */
    int64_t timeout_ms; /* for all together; 0: REFINER_PATIENCE_MS */
};

void enrich(struct ctx *cx, const struct desk *desk, const struct llm_caller *caller,
            const struct model_prompt *prompt, const struct enrich_limits *limits,
            struct refined *refined, struct enrichment *enrichment);

/* Settles what was spent; after the answer has gone out. */
void enrich_settle(struct ctx *cx, const struct desk *desk, struct enrichment *enrichment);
