/*
 * One refinement, alone or of a batch:
 *
 *   analysis -> refined by rules -> what is stored already? -> row and first event -> models
 *            -> judged by the schema -> stored, with its event
 *
 * A valid analysis has an answer, whatever fails after it was read: without models, money or time
 * the rules' texts stand; without a database it is not stored and no model is asked, since nobody
 * knows what the caller may spend.
 */
#pragma once

#include "functions/refiner/desk.h"
#include "functions/refiner/enrich.h"
#include "shared/auth/auth.h"

/* Who asks, for both row security and budgets. */
struct asker {
    struct caller caller;
    struct llm_caller llm;
};

struct item_wish {
    const struct json *analysis; /* NULL: the body was empty */
    struct str id;               /* of the refinement; empty: a new one */
    bool no_cache, no_models;
    int64_t now_ms, started_us;
};

struct item {
    struct str id;
    struct str answer; /* JSON */
    struct enrichment *enrichment;
    bool is_cached;
    int64_t wait_s; /* ERR_RATE_LIMITED: after which one more is taken */
};

/*
 * ERR_INVALID       the analysis is at fault; each fault is noted
 * ERR_RATE_LIMITED  too many of late
 * ERR_CONFLICT      the id is another refinement's
 */
enum status item_refine(struct ctx *cx, const struct desk *desk, const struct asker *asker,
                        const struct item_wish *wish, struct item *item) MUST_CHECK;
