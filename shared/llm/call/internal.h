/*
 * What the sources of this folder share; nobody else includes it.
 */
#pragma once

#include "shared/llm/call/answer.h"
#include "shared/llm/call/keys.h"
#include "shared/llm/call/plan.h"
#include "shared/llm/llm.h"

struct llm {
    struct arena arena; /* holds this struct */
    struct pg *pg;
    struct http *http;
    struct llm_models *models;
    struct llm_keys *keys;
    struct guard_cache *guards;
    struct llm_transport transport;
    struct llm_timeouts timeouts;
};

/* One call on its way. In the arena, for llm_finish needs it. */
struct llm_call {
    struct llm *llm;
    const struct llm_caller *caller;
    struct llm_request *request;
    const struct llm_sink *sink;
    struct llm_outcome *outcome;
    int64_t started_us, elsewhere_us; /* all our time, and what of it we waited for providers */
    int64_t deadline_ms;              /* the invocation's own; cx has it less the reserve */
    struct llm_route route;
    struct llm_bounds bounds;
    struct llm_plan plan;
    const struct guard *guard;
    struct llm_admission admission;
    struct llm_digest cache_key, request_digest;
    bool has_cache_key;
    bool must_match; /* the answer has to pass the request's schema */
    struct llm_answer_for to;
    struct llm_answer *answer; /* the last that came to its end */
    struct str dropped;
};

/* ---- llm.c ---- */

/* NULL: no such wire, which the models' table does not let in. */
const struct llm_wire *llm_wire_find(struct str name);

/* ---- head.c ---- */

/* What can be said now, be it of a failure. */
void llm_head_fill(struct ctx *cx, struct llm_call *call);
/* An llm_answer_for's `begin`: the head is complete now, and goes to the sink. */
enum status llm_head_give(struct ctx *cx, void *arg) MUST_CHECK;

/* ---- attempt.c ---- */

/*
 * Asks the plan's current target once; a row of the outcome says what came of it. OK: the answer
 * was given, or is held in `call->answer`. Else the row's failure and `outcome->failure` are set.
 */
enum status llm_attempt(struct ctx *cx, struct llm_call *call) MUST_CHECK;

/* ---- attempts.c ---- */

/*
 * Attempts until one answers or the policy says stop; then the last one's status, or what its class
 * means to the caller.
 */
enum status llm_attempts(struct ctx *cx, struct llm_call *call) MUST_CHECK;

/* ---- exchange.c ---- */

/* One request to a provider and its answer's head, timed. */
struct llm_exchange {
    const struct llm_target *target;
    struct http_request http;
    struct http_field fields[HTTP_MAX_FIELDS];
    struct llm_credential credential;
    struct http_response res;
    void *stream;
    struct http_stream_failure failure;
};

/*
 * Writes and sends it, and waits for the head, `timeout_ms` at most.
 *
 * ERR_INTERNAL  no key, as llm_keys_get
 * else          as http_stream_open
 */
enum status llm_exchange_open(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              const struct llm_wire_request *sent, int64_t timeout_ms) MUST_CHECK;
/* The next piece, as http_stream_read. */
enum status llm_exchange_read(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              int64_t idle_ms, struct str *bytes) MUST_CHECK;
/* What is left of the body. ERR_TOO_LARGE  more than `max_bytes` */
enum status llm_exchange_rest(struct ctx *cx, struct llm_call *call, struct llm_exchange *x,
                              size_t max_bytes, struct str *body) MUST_CHECK;
void llm_exchange_close(struct llm_call *call, struct llm_exchange *x);
/* Waits, as part of the time that is not ours; not at all for 0 or less. */
void llm_wait(struct llm_call *call, int64_t wait_ms);

/* ---- follow.c ---- */

/*
 * Asks on until `*body` is the answer. What is not waited for to its end is stopped there.
 *
 * ERR_TIMEOUT   our time does not hold another wait
 * ERR_UPSTREAM  it cannot be asked for any more
 */
enum status llm_follow_up(struct ctx *cx, struct llm_call *call, const struct llm_target *target,
                          const struct llm_wire *wire, struct str *body) MUST_CHECK;

/* ---- stored.c ---- */

/*
 * Gives a stored answer in the form that the request asks for.
 *
 * ERR_INTERNAL  it cannot be read any more
 * other         the sink's
 */
enum status llm_stored_give(struct ctx *cx, struct llm_call *call,
                            const struct llm_stored_answer *stored) MUST_CHECK;
/* Fills what the settlement stores, if the answer may be stored and is whole. */
void llm_stored_take(struct ctx *cx, const struct llm_call *call);

/* ---- digest.c ---- */

/* Over all an answer depends on. False: there is nothing to go by. */
bool llm_cache_key(struct ctx *cx, const struct llm_call *call, struct llm_digest *key);
/* Over all the caller sent: whether an Idempotency-Key came with the same request. */
void llm_request_digest(struct ctx *cx, const struct llm_call *call, struct llm_digest *digest);

/* ---- schema.c ---- */

enum { LLM_WHY_TOKENS = 1024 }; /* what is said when an answer is asked for again */

/*
 * Whether the request's schema can be kept, before anything is paid.
 *
 * ERR_REFUSED  code INVALID_SCHEMA
 */
enum status llm_schema_check(struct ctx *cx, const struct llm_call *call) MUST_CHECK;

/*
 * Judges the held answer and gives it; one that does not match is asked for once more.
 *
 * ERR_UPSTREAM  code SCHEMA_MISMATCH: nor does the second
 */
enum status llm_schema_pass(struct ctx *cx, struct llm_call *call) MUST_CHECK;
