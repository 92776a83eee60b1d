/*
 * Why a call to a provider did not give an answer: a closed list, and for each one what may be done
 * about it. Wires map their provider's statuses, codes and exceptions to a class
 * (llm_wire.classify); the engine alone acts on it.
 *
 * Source of the classes: the providers' error pages (shared/llm/wire/); of what may be tried again:
 * who bills when, below.
 */
#pragma once

#include "shared/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* name, words for logs and headers */
#define LLM_FAILURE_LIST(X)                                                                        \
    X(LLM_NONE, "none")                                                                            \
    X(LLM_UNSENT, "unsent")           /* name, connect, TLS: the request never left */             \
    X(LLM_SLOW_DOWN, "slow_down")     /* 429, 503, 529: refused, nothing billed */                 \
    X(LLM_NO_MONEY, "no_money")       /* 402, or a 429 that says the account is spent */           \
    X(LLM_BAD_REQUEST, "bad_request") /* 400, 409, 422: the request is at fault */                 \
    X(LLM_TOO_LONG, "too_long")       /* the prompt does not fit the model's context; 413 */       \
    X(LLM_AUTH, "auth")               /* 401, 403: our key */                                      \
    X(LLM_NOT_FOUND, "not_found")     /* 404, 410: no such model, or retired */                    \
    X(LLM_AMBIGUOUS, "ambiguous")     /* sent, and no answer; 500, 502, 504, 408: maybe billed */  \
    X(LLM_CUT, "cut")                 /* 200, and the answer broke off, or stalled */              \
    X(LLM_MALFORMED, "malformed")     /* 200, and what came is not the protocol */                 \
    X(LLM_REFUSED, "refused")         /* our own rules: budget, guard, allow-list */               \
    X(LLM_CANCELLED, "cancelled")     /* our caller went away */                                   \
    X(LLM_DEADLINE, "deadline")       /* our own time is up */

enum llm_failure_class {
#define LLM_FAILURE_ENUM(name, words) name,
    LLM_FAILURE_LIST(LLM_FAILURE_ENUM)
#undef LLM_FAILURE_ENUM
};

const char *llm_failure_words(enum llm_failure_class kind);

struct llm_failure {
    enum llm_failure_class kind;
    int http_status; /* the provider's; 0: it never answered */
    struct str code; /* the provider's own word, if it is one of the known ones: safe to show */
    int64_t retry_after_ms; /* what the provider asked for; -1: nothing */
    struct str words;       /* one sentence of ours; never the provider's text */
    struct str member; /* what the provider calls faulty: letters, digits and "_", yet its word, so
                          to be shown only if the request has such a member; empty: it named none */
};
