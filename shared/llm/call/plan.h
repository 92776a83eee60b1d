/*
 * In which order a call's targets are asked, and what the call can cost at most: what is held
 * before the first byte leaves.
 *
 * Source: Anthropic, "Vision": an image is at most some 4,800 tokens; OpenAI, "Images and vision",
 * "Calculating costs": with gpt-4o-mini up to 2,833 + 5,667 for each of eight tiles.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/request.h"
#include "shared/llm/call/policy.h"
#include "shared/llm/models/models.h"

enum { LLM_IMAGE_TOKENS = 48169, LLM_MAX_PLAN = 2 * LLM_MAX_CHAIN };

/* What a request can use. */
struct llm_bounds {
    int64_t text_bytes;   /* of its text; each a token at most */
    int64_t input_tokens; /* with images and files; at most what a model's context holds */
    int64_t output_tokens;
    /* A file by address or compressed, a part of a new kind: the whole context, for all we know. */
    bool is_open_ended;
};

/* `request` has its cap and default (llm_request_output_tokens). */
struct llm_bounds llm_bounds_of(const struct llm_request *request);

struct llm_planned {
    struct llm_target target;
    bool is_successor; /* asked only if the one before it is not there any more */
    bool rests;        /* it failed lately, for anybody */
    bool is_out;       /* asked, or its account is out of money */
};

struct llm_plan {
    struct llm_planned steps[LLM_MAX_PLAN];
    size_t count, at;
    int64_t worst_cost_nano, worst_tokens;
    bool has_spare;
};

struct llm_planning {
    const struct llm_models *models;
    const struct llm_route *route;
    struct llm_bounds bounds;
    int32_t today; /* days since 1970-01-01 */
};

/*
 * Lays out the chain: each target, and after it what replaces its model.
 *
 * ERR_UPSTREAM   code AI_SERVICE_ERROR: no target has a price
 * ERR_TOO_LARGE  code PROMPT_TOO_LONG: no model of them can hold the text, whatever it is
 */
enum status llm_plan_make(struct ctx *cx, const struct llm_planning *planning,
                          struct llm_plan *plan) MUST_CHECK;

/* The most that one answer of `model` can cost. */
int64_t llm_worst_of(const struct llm_model *model, const struct llm_bounds *bounds);

/*
 * Sets what is held: `spares` + 1 answers at the dearest price of a target that is not closed, for
 * one may be paid that never came.
 */
void llm_plan_price(struct llm_plan *plan, const struct llm_bounds *bounds, unsigned spares);

/* "provider/id" rests. */
void llm_plan_rest(struct llm_plan *plan, struct str target);

/* No target of this provider is asked: there is no key for it. */
void llm_plan_close(struct llm_plan *plan, const struct llm_provider *provider);

/*
 * The first one to ask: the first that does not rest; all do: the first of all, for somebody must
 * find out whether it is well again. False: every one is closed.
 */
bool llm_plan_start(struct llm_plan *plan);

/* Moves on as `step` says; false: there is none. */
bool llm_plan_move(struct llm_plan *plan, enum llm_step step);

static inline const struct llm_target *llm_plan_target(const struct llm_plan *plan)
{
    return &plan->steps[plan->at].target;
}
