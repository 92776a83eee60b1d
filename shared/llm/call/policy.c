#include "shared/llm/call/policy.h"

enum { MAX_DOUBLINGS = 5, MONEY_REST_MS = 5 * 60 * 1000, KEY_REST_MS = 30 * 1000 };

#define UNAVAILABLE "The model's provider gave no answer"
#define BUSY        "The model's provider is too busy just now; try again shortly"
#define THROTTLED   "The model's provider takes no more requests just now; try again later"
#define BROKE_OFF   "The model's provider broke its answer off"

static const struct llm_policy policies[] = {
    [LLM_NONE] = {LLM_STEP_STOP, 0, LLM_STEP_STOP, .status = OK},
    [LLM_UNSENT] = {LLM_STEP_AGAIN, 1, LLM_STEP_NEXT, false, 0, ERR_UPSTREAM, "AI_SERVICE_ERROR",
                    UNAVAILABLE},
    [LLM_SLOW_DOWN] = {LLM_STEP_AGAIN, 2, LLM_STEP_NEXT, false, 0, ERR_OVERLOADED, "OVERLOADED",
                       BUSY},
    [LLM_NO_MONEY] = {LLM_STEP_OTHER_PROVIDER, 1, LLM_STEP_OTHER_PROVIDER, false, MONEY_REST_MS,
                      ERR_UPSTREAM, "AI_SERVICE_ERROR", UNAVAILABLE},
    [LLM_BAD_REQUEST] = {LLM_STEP_STOP, 0, LLM_STEP_STOP, false, 0, ERR_INVALID,
                         "VALIDATION_FAILED",
                         "The model's provider refused the request as invalid"},
    [LLM_TOO_LONG] = {LLM_STEP_LARGER, 1, LLM_STEP_LARGER, false, 0, ERR_TOO_LARGE,
                      "PROMPT_TOO_LONG", "The prompt does not fit the model's context"},
    [LLM_AUTH] = {LLM_STEP_NEW_KEY, 1, LLM_STEP_STOP, false, KEY_REST_MS, ERR_UPSTREAM,
                  "AI_SERVICE_ERROR", UNAVAILABLE},
    [LLM_NOT_FOUND] = {LLM_STEP_SUCCESSOR, 1, LLM_STEP_STOP, false, 0, ERR_UPSTREAM,
                       "AI_SERVICE_ERROR", "The model's provider does not have it any more"},
    [LLM_AMBIGUOUS] = {LLM_STEP_ELSEWHERE, 1, LLM_STEP_ELSEWHERE, true, 0, ERR_UPSTREAM,
                       "AI_SERVICE_ERROR", UNAVAILABLE},
    [LLM_CUT] = {LLM_STEP_ELSEWHERE, 1, LLM_STEP_ELSEWHERE, true, 0, ERR_UPSTREAM,
                 "AI_SERVICE_ERROR", BROKE_OFF},
    [LLM_MALFORMED] = {LLM_STEP_ELSEWHERE, 1, LLM_STEP_ELSEWHERE, true, 0, ERR_UPSTREAM,
                       "AI_SERVICE_ERROR",
                       "The model's provider answered what cannot be understood"},
    [LLM_REFUSED] = {LLM_STEP_NEXT, 1, LLM_STEP_NEXT, false, 0, ERR_INVALID, NULL, NULL},
    [LLM_CANCELLED] = {LLM_STEP_STOP, 0, LLM_STEP_STOP, .status = ERR_UPSTREAM},
    [LLM_DEADLINE] = {LLM_STEP_STOP, 0, LLM_STEP_STOP, false, 0, ERR_TIMEOUT, "TIMEOUT",
                      "The model did not answer in time"},
};

const struct llm_policy *llm_policy_of(enum llm_failure_class kind)
{
    return &policies[(size_t)kind < ARRAY_LEN(policies) ? kind : LLM_MALFORMED];
}

const struct llm_policy *llm_policy_told(const struct llm_failure *failure)
{
    enum { TOO_MANY_REQUESTS = 429 };
    static const struct llm_policy throttled = {
        .status = ERR_RATE_LIMITED, .code = "RATE_LIMITED", .words = THROTTLED};
    bool is_throttled = failure->kind == LLM_SLOW_DOWN && failure->http_status == TOO_MANY_REQUESTS;
    return is_throttled ? &throttled : llm_policy_of(failure->kind);
}

int64_t llm_backoff_ms(unsigned tries, uint32_t random)
{
    unsigned doublings = tries > 0 ? tries - 1 : 0;
    int64_t bound_ms = (int64_t)LLM_BACKOFF_BASE_MS
                       << (doublings < MAX_DOUBLINGS ? doublings : MAX_DOUBLINGS);
    bound_ms = bound_ms < LLM_BACKOFF_MAX_MS ? bound_ms : LLM_BACKOFF_MAX_MS;
    return bound_ms * (int64_t)(random >> 16) / UINT16_MAX;
}

int64_t llm_rest_ms(const struct llm_failure *failure)
{
    int64_t rest_ms = failure->kind == LLM_SLOW_DOWN && failure->retry_after_ms > 0
                          ? failure->retry_after_ms
                          : llm_policy_of(failure->kind)->rest_ms;
    return rest_ms < LLM_REST_MAX_MS ? rest_ms : LLM_REST_MAX_MS;
}

/* The floor, and the jitter on top of it, so that a crowd does not come back at one moment. */
static int64_t wait_before(const struct llm_failure *failure, const struct llm_standing *at)
{
    int64_t floor_ms = failure->retry_after_ms > 0 ? failure->retry_after_ms : 0;
    return floor_ms + llm_backoff_ms(at->tries, at->random);
}

struct llm_decision llm_decide(const struct llm_failure *failure, const struct llm_standing *at)
{
    const struct llm_policy *row = llm_policy_of(failure->kind);
    struct llm_decision decision = {.step = at->tries <= row->tries ? row->first : row->then,
                                    .takes_spare = row->maybe_billed};
    if (at->has_begun || !at->has_attempts || at->left_ms <= 0 ||
        (row->maybe_billed && !at->has_spare)) {
        return (struct llm_decision){.step = LLM_STEP_STOP};
    }
    if (decision.step == LLM_STEP_AGAIN || decision.step == LLM_STEP_ELSEWHERE) {
        decision.wait_ms = wait_before(failure, at);
        bool is_long = failure->retry_after_ms > LLM_PATIENCE_MS || decision.wait_ms >= at->left_ms;
        if (is_long) {
            decision.wait_ms = 0;
            decision.step = decision.step == LLM_STEP_AGAIN ? row->then : LLM_STEP_NEXT;
        }
    }
    return decision;
}
