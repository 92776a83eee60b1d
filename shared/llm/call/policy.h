/*
 * What follows a failed attempt: the retry table, as a table. A decision takes values and touches
 * nothing, so that every row can be tested.
 *
 * The rules behind it. What was refused, or never left, costs nothing and may be asked again. What
 * may have been billed (sent and no answer; an answer that broke off) is asked again once in a
 * call, and only because that is held for. Once the caller has a byte nothing is ever asked again.
 * An account without money is not asked twice, nor a faulty request, nor with a key that was
 * refused.
 *
 * Retry-After is a floor, not a wish: a short one is waited for, for somebody who falls over at
 * once only moves the crowd; a long one is not, and the next target is asked.
 *
 * Source: the providers' error pages, as the wires classify them (failure.h); the waits of the
 * official clients: 0.5 s doubled up to 8 s, jittered.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/llm/base/failure.h"

enum llm_step {
    LLM_STEP_STOP,
    LLM_STEP_AGAIN,          /* the same target, after `wait_ms` */
    LLM_STEP_NEXT,           /* the next target; none: stop */
    LLM_STEP_ELSEWHERE,      /* the next target; none: the same one again */
    LLM_STEP_OTHER_PROVIDER, /* the next target of another account */
    LLM_STEP_LARGER,         /* the next target with more context */
    LLM_STEP_SUCCESSOR,      /* what replaced the model */
    LLM_STEP_NEW_KEY,        /* the same target, with its key fetched anew */
};

/* A class's row. */
struct llm_policy {
    enum llm_step first; /* for the first `tries` failures of this class at one target */
    unsigned tries;
    enum llm_step then;       /* for those after */
    bool maybe_billed;        /* another attempt takes the call's one spare */
    int64_t rest_ms;          /* how long all calls leave the target alone; 0: the breaker counts */
    enum status status;       /* of the call that ends here */
    const char *code, *words; /* what its caller is told; NULL: what stands in the error already */
};
const struct llm_policy *llm_policy_of(enum llm_failure_class kind);

/*
 * The row that says what the caller is told when a call ends with this failure: the class's, but a
 * provider's 429 stays one. Clients slow down on a 429; 503 and 529 say that somebody else is full.
 */
const struct llm_policy *llm_policy_told(const struct llm_failure *failure);

enum {
    LLM_PATIENCE_MS = 5000, /* the longest Retry-After that is waited for */
    LLM_BACKOFF_BASE_MS = 250,
    LLM_BACKOFF_MAX_MS = 8000,
    LLM_REST_MAX_MS = 10 * 60 * 1000,
};

/* Where a call stands when an attempt has failed. */
struct llm_standing {
    bool has_begun;    /* the caller had a byte */
    bool has_spare;    /* the reservation covers one more that is billed */
    bool has_attempts; /* fewer than LLM_MAX_ATTEMPTS were made */
    unsigned tries;    /* attempts at this target that ended in this class, this one included */
    int64_t left_ms;   /* until our time is up */
    uint32_t random;   /* any number */
};

struct llm_decision {
    enum llm_step step;
    int64_t wait_ms; /* before it, if it is the same target's again */
    bool takes_spare;
};

/* What the row of `failure` says, as far as the call stands where it may; else STOP. */
struct llm_decision llm_decide(const struct llm_failure *failure, const struct llm_standing *at);

/* How long the target rests after this failure, for everybody: its Retry-After, or the row's; 0:
 * not at all. */
int64_t llm_rest_ms(const struct llm_failure *failure);

/* Before try number `tries` + 1: a random time up to a bound that doubles. */
int64_t llm_backoff_ms(unsigned tries, uint32_t random);
