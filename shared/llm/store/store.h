/*
 * What all instances share about model calls, in PostgreSQL: who may call, what may be spent, what
 * was spent, what was answered before, which providers rest. One round trip before a call
 * (llm_admit), one after it (llm_settle); no transaction is held across a call.
 *
 *   admit    key or user -> tenant; request and token rates; worst-case holds on every window of
 *            key, user, tenant and globally, all or none, in one statement; cached answer;
 *            idempotency claim; cooldowns
 *   settle   holds -> what it cost; one cost row an attempt; breaker counts; answer into cache and
 *            replay. Counts once, however often it is asked for the same call
 *
 * Money: a call is let in if settled + held + its worst case fits each cap. A hold that nobody
 * settles by its time, and one of an attempt that may have been billed, then counts as spent: a
 * budget is never passed by what we do not know. A settlement that comes within a day corrects it.
 * What is weaker: neither waits for the disk, so a crash of the database server itself forgets its
 * last 0.6 s. A call that was admitted before them and settled in them counts as spent in full; one
 * that was admitted in them counts when it ends; one that began and ended in them is forgotten.
 * llm_settings.waits_for_disk rules that out, at the price of a disk's wait under a shared lock.
 *
 * Isolation: every transaction runs as the role llm_gateway with the claims of one caller, and row
 * security, forced on all tables, shows it that tenant's rows alone. Users cannot take that role,
 * and no table or function here is open to them. Limits, budgets and keys are the owner's to set:
 * `clambda-db tenant`, `key`, `budget` (infra/db/tool/llm.h); there is no HTTP for it.
 */
#pragma once

#include "shared/llm/base/caller.h"
#include "shared/llm/base/failure.h"
#include "shared/llm/base/request.h"
#include "shared/llm/base/usage.h"
#include "shared/llm/models/models.h"
#include "shared/pg/pg.h"

struct caller; /* auth.h */

enum { LLM_DIGEST_BYTES = 32 };

/* SHA-256 over fields, each with its length before it, so that no two lists of fields are alike. */
struct llm_digest {
    uint8_t bytes[LLM_DIGEST_BYTES];
};
void llm_digest_of(const struct str *fields, size_t count, struct llm_digest *out);
/* As PostgreSQL's bytea is written, "\x" and hexadecimal digits; with a NUL. */
enum { LLM_DIGEST_TEXT_LEN = 2 + 2 * LLM_DIGEST_BYTES };
void llm_digest_text(const struct llm_digest *digest, char out[static LLM_DIGEST_TEXT_LEN + 1]);

/* "ck_" and 32 random bytes in base64url */
enum { LLM_KEY_LEN = 46 };
/* A new virtual key with a NUL, from the kernel's random numbers. A secret: it is shown once. */
void llm_key_make(char out[static LLM_KEY_LEN + 1]);
/* Whether it has a key's form; then its SHA-256, under which the database knows it. */
bool llm_key_digest(struct str key, struct llm_digest *out);

/*
 * Who holds a virtual key: one round trip; `llm_admit` looks at the key again, so the answer may be
 * kept for a few seconds. `caller` points into the arena.
 *
 * ERR_UNAUTHENTICATED  no such key, revoked, expired, its tenant suspended; the words are the same
 *                      for each
 * ERR_UNAVAILABLE ...  as pg_exec
 */
enum status llm_key_caller(struct ctx *cx, struct pg *pg, struct str key,
                           struct llm_caller *caller) MUST_CHECK;
/*
 * Of a verified token's claims (auth.h): tenant from app_metadata.tenant_id, which only the
 * identity provider's administrators write, else the user's own. Asks nobody.
 *
 * ERR_FORBIDDEN  a tenant_id that is no UUID
 */
enum status llm_jwt_caller(struct ctx *cx, const struct caller *jwt,
                           struct llm_caller *caller) MUST_CHECK;

enum { LLM_MAX_IDEMPOTENCY_KEY = 255 };

struct llm_admission_request {
    const struct llm_caller *caller;
    struct str alias, function;
    struct str operation;    /* not empty: counts towards the hourly limit of POST /ai-gateway */
    int64_t worst_cost_nano; /* of the dearest attempt plan: what has to fit */
    int64_t worst_tokens;    /* input bound and output cap, for tokens a minute */
    int64_t hold_ms;         /* after so long an unsettled hold counts as spent */
    struct str call_id;      /* UUID */
    const struct llm_digest *cache_key; /* NULL: not looked up */
    struct str idempotency_key; /* empty: none; 1..255 printable ASCII, one user's or key's own */
    const struct llm_digest *request_digest; /* with it */
};

/*
 * What is left of the tightest window after this call, for headers; filled also where a limit
 * refused it. Resets are Unix epoch. -1: no such limit; a reset of -1: never (a budget for good, a
 * call larger than its limit).
 */
struct llm_limits {
    int64_t requests_limit, requests_remaining, requests_reset_ms;
    int64_t tokens_limit, tokens_remaining, tokens_reset_ms;
    /* requests an hour that name an operation: they are among the requests above too */
    int64_t operations_limit, operations_remaining, operations_reset_ms;
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
 * Refused, nothing is taken; a stored answer counts as a request, and costs neither tokens nor
 * money. Windows of rates slide (this one's count, and the share of the last one that overlaps);
 * windows of money are UTC's hours, days and months.
 *
 * ERR_UNAUTHENTICATED  the key has been revoked since
 * ERR_FORBIDDEN        code MODEL_NOT_ALLOWED: not on the key's list, or a reader's key and a call
 *                      that costs; TENANT_SUSPENDED
 * ERR_INVALID          an idempotency key that is too long or not printable
 * ERR_RATE_LIMITED     code RATE_LIMITED: requests or tokens; `out->limits` says until when
 * ERR_BUDGET           code BUDGET_EXCEEDED: it does not fit; `out->limits` says when it resets
 * ERR_CONFLICT         code IDEMPOTENCY_KEY_REUSED (another body) or IDEMPOTENCY_IN_FLIGHT
 * ERR_UNAVAILABLE ...  as pg_exec: nothing is held, or what is expires
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
    int64_t cost_nano; /* of an unsettled one: its worst case */
    bool is_unsettled; /* maybe billed: its cost stays held until the hold's time, then is spent */
    struct str provider_request_id;
    int64_t cooldown_ms; /* > 0: the target rests for so long */
};

/* What is stored under a cache key or an idempotency key, at most. */
#define LLM_MAX_STORED_BYTES MIB(1)

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
    /* What is stored under either, if it succeeded; empty, larger than LLM_MAX_STORED_BYTES, or not
     * UTF-8: the claim is given up, and the same idempotency key asks again. */
    struct str content_type, answer;
    int64_t cache_ttl_s;
};

/*
 * After the response. What cannot be settled now counts as spent later. Also for calls that were
 * refused after their admission, without attempts. A target that failed five times in a row rests
 * (llm_settings); ids from outside that are not printable are left out.
 */
enum status llm_settle(struct ctx *cx, struct pg *pg,
                       const struct llm_settlement *settlement) MUST_CHECK;
