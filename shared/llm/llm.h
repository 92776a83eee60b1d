/*
 * The gateway's core: asks a model through its fallback chain, within the caller's budget, and
 * gives the answer as it comes. No function of ours talks to a provider any other way.
 *
 *   llm_call: route -> guards -> admit (rates, hold, cache, idempotency: one round trip)
 *             -> attempts (retry table, cooldowns, timeouts) -> answer -> [caller has it] ->
 * llm_finish: settle, record
 *
 * Money: the worst case of the call is held before the first byte leaves, and settled by
 * llm_finish, which whoever called must call, after the response has gone out. What dies in between
 * expires. Held are two answers at the dearest target's price, for one may be billed that never
 * came (call/policy.h says when another is asked for), and a third where an answer must match its
 * schema.
 *
 * Failures: the status is for the caller's protocol; `outcome->failure` tells the rest.
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/llm/base/event.h"
#include "shared/llm/base/request.h"
#include "shared/llm/base/transport.h"
#include "shared/llm/guard/guard.h"
#include "shared/llm/store/store.h"

struct llm; /* of one slot: models, connections to providers, keys; the database is the services' */

/*
 * How long is waited for a provider, in ms; each 0 is the default. All end a while before the
 * deadline of the invocation, so that there is time to say so and to settle. In the environment:
 * LLM_TIMEOUT_MS, LLM_FIRST_TOKEN_MS, LLM_IDLE_MS, LLM_RESERVE_MS.
 */
struct llm_timeouts {
    int64_t total_ms;       /* one attempt; 600,000, the official clients' own */
    int64_t first_token_ms; /* of a stream, to its first content; 120,000 */
    int64_t idle_ms;        /* between two pieces of an answer; 60,000 */
    int64_t reserve_ms;     /* before the deadline; 1,500 */
};

struct llm_options {
    struct pg *pg;           /* NULL: no limits, no rows: tools and benchmarks */
    struct secrets *secrets; /* NULL: keys come from the environment alone */
    /* NULL: the network. Must outlive the `llm`. All that is sent, read and waited goes through it.
     */
    const struct llm_transport *transport;
    const struct llm_timeouts *timeouts; /* NULL: those of the environment */
};

/*
 * Reads the tables and the environment. Nothing is opened or fetched.
 *
 * ERR_INTERNAL  LLM_CONFIG_FILE is at fault
 */
enum status llm_open(struct ctx *cx, const struct llm_options *options,
                     struct llm **llm) MUST_CHECK;
void llm_close(struct llm *llm);
/* Lets connections go, before a snapshot. */
void llm_disconnect(struct llm *llm);
const struct llm_models *llm_models_of(const struct llm *llm);

/* What is known when the answer begins; for headers. */
struct llm_head {
    const struct llm_target *target; /* NULL: a stored answer */
    bool is_cached, is_replay;
    const struct llm_limits *limits;
    struct str trail;        /* "anthropic/claude-haiku-4-5:slow_down,openai/gpt-4.1-mini:ok" */
    struct str dropped;      /* parameters the model refuses, which were left out */
    int64_t overhead_us;     /* ours so far, less all waiting for providers */
    int64_t cost_nano;       /* -1: not known yet (streams) */
    struct str guard_flags;  /* "injection=ignore_previous"; empty: nothing was found */
    struct str content_type; /* raw: of the provider's answer */
    struct str call_id;
    int64_t started_ms; /* of the call, Unix epoch: what an answer says of when it was created */
};

/*
 * Where an answer goes. `begin` comes once, before the first byte; then either `raw` (the provider
 * speaks the caller's protocol: bytes to be handed on as they are; of a stream whole records, so
 * that an error event may follow any of them) or `event`. A status of theirs that is not OK means
 * that the caller is gone: the provider is cut off at once. A stored answer comes in the same two
 * ways, in the form that the request asks for.
 */
struct llm_sink {
    enum status (*begin)(struct ctx *cx, void *arg, const struct llm_head *head);
    enum status (*raw)(struct ctx *cx, void *arg, struct str bytes);
    llm_event_fn *event;
    void *arg;
};

enum { LLM_MAX_ATTEMPTS = 8 };

/* What came of it. Points into the arena. */
struct llm_outcome {
    struct llm_head head;
    struct llm_failure failure; /* kind LLM_NONE: none */
    struct llm_attempt attempts[LLM_MAX_ATTEMPTS];
    size_t attempt_count;
    struct llm_usage usage; /* of all attempts */
    int64_t cost_nano;
    bool has_begun; /* the caller had a byte: an error must be the protocol's error event */
    bool attempts_are_spent; /* a client that tries again only multiplies: x-should-retry: false */
    struct guard_state guard;
    struct llm_settlement settlement; /* llm_finish's */
};

/*
 * Asks. Everything the caller needs to know is in the status, `cx->err` (public words and code) and
 * `outcome`; whole answers end with `begin`, `raw`/`event`..., streams the same.
 *
 * ERR_NOT_FOUND     no such model; the words name the nearest
 * ERR_TOO_LARGE     the prompt does not fit: PROMPT_TOO_LONG
 * ERR_INVALID       the request, or what its provider said about it
 * ERR_FORBIDDEN, ERR_RATE_LIMITED, ERR_BUDGET, ERR_CONFLICT, ERR_UNAUTHENTICATED  as llm_admit
 * ERR_REFUSED       a guard: GUARD_DENIED; a schema that cannot be kept: INVALID_SCHEMA
 * ERR_UPSTREAM      every attempt failed: AI_SERVICE_ERROR; `outcome->failure` is the last one; or
 *                   the answer does not match its schema, nor does a second one: SCHEMA_MISMATCH
 * ERR_OVERLOADED    every attempt was refused for now: retry after `failure.retry_after_ms`
 * ERR_RATE_LIMITED  the same, with a 429 in the end; `attempts_are_spent` tells it from our limits
 * ERR_TIMEOUT       our time is up
 * ERR_UNAVAILABLE   the database; nothing was asked
 */
enum status llm_call(struct ctx *cx, struct llm *llm, const struct llm_caller *caller,
                     struct llm_request *request, const struct llm_sink *sink,
                     struct llm_outcome *outcome) MUST_CHECK;

/*
 * Settles and records; also after a failure. Logs what it cannot do. What is stored for cache and
 * replay is the provider's answer as it came, so that any face can have it again, whole or as a
 * stream.
 */
void llm_finish(struct ctx *cx, struct llm *llm, struct llm_outcome *outcome);
