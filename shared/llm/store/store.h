/*
 * What all instances share about model calls, in PostgreSQL: who may call, what may be spent, what
 * was spent, what was answered before, which providers rest. One round trip before a call
 * (llm_admit), one after it (llm_settle); no transaction is held across a call.
 *
 *   admit    key or user -> tenant; request and token rates; worst-case holds on every window of
 * user, key, tenant and globally, all or none, in one statement; cached answer; idempotency claim;
 *            cooldowns
 *   settle   holds -> what it cost; one cost row an attempt; breaker counts; answer into cache and
 * replay
 *
 * All tables have forced row security; users reach them through functions with owner rights that
 * take the tenant from the claims, never from an argument.
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/llm/base/failure.h"
#include "shared/llm/base/request.h"
#include "shared/llm/base/usage.h"
#include "shared/llm/models/models.h"
#include "shared/pg/pg.h"

enum { LLM_DIGEST_BYTES = 32 };

/* SHA-256 over fields, each with its length before it, so that no two lists of fields are alike. */
struct llm_digest {
    uint8_t bytes[LLM_DIGEST_BYTES];
};
void llm_digest_of(const struct str *fields, size_t count, struct llm_digest *out);

/*
 * Who holds a virtual key ("ck_" and 43 characters of base64url): looked up by its SHA-256; kept
 * for a few seconds, while `llm_admit` looks again at each call.
 *
 * ERR_UNAUTHENTICATED  no such key, revoked, expired; the words are the same for each
 * ERR_UNAVAILABLE ...  as pg_exec
 */
enum status llm_key_caller(struct ctx *cx, struct pg *pg, struct str key, int64_t now_ms,
                           struct llm_caller *caller) MUST_CHECK;
/* Of a verified token's claims (auth.h): tenant from app_metadata.tenant_id, else the user's own.
 */
struct caller;
enum status llm_jwt_caller(struct ctx *cx, const struct caller *jwt,
                           struct llm_caller *caller) MUST_CHECK;

struct llm_admission_request {
    const struct llm_caller *caller;
    struct str alias, function, operation;
    int64_t worst_cost_nano;                 /* of the dearest attempt plan: what has to fit */
    int64_t worst_tokens;                    /* input bound and output cap, for tokens a minute */
    int64_t hold_ms;                         /* after so long an unsettled hold is an orphan */
    struct str call_id;                      /* UUID */
    const struct llm_digest *cache_key;      /* NULL: not looked up */
    struct str idempotency_key;              /* empty: none */
    const struct llm_digest *request_digest; /* with it */
};

/* What is left of the tightest window, for headers; resets are Unix epoch. Filled also where a
 * limit refused the call. */
struct llm_limits {
    int64_t requests_limit, requests_remaining, requests_reset_ms; /* -1: no such limit */
    int64_t tokens_limit, tokens_remaining, tokens_reset_ms;
    int64_t budget_nano, budget_remaining_nano, budget_reset_ms;
};

struct llm_stored_answer {
    struct str content_type, body; /* empty body: none was found */
    int64_t cost_nano, created_ms;
};

enum { LLM_MAX_COOLDOWNS = 16 };
struct llm_cooldown {
    struct str target; /* "provider/id" */
    int64_t until_ms;
};

struct llm_admission {
    bool is_cached, is_replay;
    struct llm_stored_answer answer; /* of either */
    struct llm_limits limits;
    struct llm_cooldown cooldowns[LLM_MAX_COOLDOWNS];
    size_t cooldown_count;
};

/*
 * ERR_UNAUTHENTICATED  the key has been revoked since
 * ERR_FORBIDDEN        code MODEL_NOT_ALLOWED: not on the key's list
 * ERR_RATE_LIMITED     code RATE_LIMITED: requests or tokens; `out->limits` says until when
 * ERR_BUDGET           code BUDGET_EXCEEDED: it does not fit; `out->limits` says when it resets
 * ERR_CONFLICT         code IDEMPOTENCY_KEY_REUSED (another body) or IDEMPOTENCY_IN_FLIGHT
 * ERR_UNAVAILABLE ...  as pg_exec: nothing is held
 */
enum status llm_admit(struct ctx *cx, struct pg *pg, const struct llm_admission_request *request,
                      struct llm_admission *out) MUST_CHECK;

/* One attempt, as its cost row has it. */
struct llm_attempt {
    struct str target, provider, model; /* "provider/id" */
    enum llm_failure_class failure;
    int http_status;
    int64_t started_ms, first_token_us, took_us; /* -1: none came */
    struct llm_usage usage;
    int64_t cost_nano;
    bool is_unsettled; /* maybe billed: its worst cost stays held until it expires */
    struct str provider_request_id;
    int64_t cooldown_ms; /* > 0: the target rests for so long */
};

struct llm_settlement {
    const struct llm_caller *caller;
    struct str call_id, alias, function, operation, generation_id, price_version;
    const struct llm_attempt *attempts;
    size_t attempt_count;
    bool is_cached, is_replay, succeeded;
    int64_t took_us, overhead_us;
    struct str request_id, trace_id;
    const struct llm_digest *cache_key; /* NULL: not stored */
    struct str idempotency_key;
    struct str content_type, answer; /* what is stored under either; empty: a claim is given up */
    int64_t cache_ttl_s;
};

/* After the response. What cannot be settled now is expired later by whoever admits next. */
enum status llm_settle(struct ctx *cx, struct pg *pg,
                       const struct llm_settlement *settlement) MUST_CHECK;
