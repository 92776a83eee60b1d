/*
 * The refiner's SQL, by name. As the caller, under row security; the outbox as service_role, which
 * no caller's words reach. Statuses as pg.h.
 */
#pragma once

#include "functions/refiner/refine.h"
#include "shared/auth/auth.h"
#include "shared/llm/store/store.h"
#include "shared/pg/pg.h"

/* "ref_", the time in base 36, "_", six random digits of base 36. */
struct str refiner_id_new(struct ctx *cx, int64_t now_ms);
/* Whether a text has the form of one. */
bool refiner_id_is_valid(struct str id);

struct begin_row {
    struct str id, analyzer_id, prompt_version, payload, event; /* the last two: JSON */
    const struct llm_digest *hash;
    const struct refinement *refinement;
    bool use_cache;
};

enum begun { BEGUN, BEGUN_HIT, BEGUN_LIMITED, BEGUN_TAKEN };

struct begin_result {
    enum begun begun;
    struct str id, payload; /* HIT: of the answer that is there */
    int64_t wait_s;         /* LIMITED */
};

/* One round trip: cached answer, rate limit, row, first event. */
enum status refinement_begin(struct ctx *cx, struct pg *pg, const struct caller *caller,
                             const struct begin_row *row, struct begin_result *result) MUST_CHECK;

struct finish_row {
    struct str id, payload, event, model_used;
    bool degraded;
    int64_t took_ms, retries, cost_nano;
};

/* ERR_CONFLICT  it ended before */
enum status refinement_finish(struct ctx *cx, struct pg *pg, const struct caller *caller,
                              const struct finish_row *row) MUST_CHECK;

struct stored_refinement {
    struct str id, status, payload; /* "processing", "complete", "failed" */
    int64_t created_ms;
};

/* ERR_NOT_FOUND  no such id, or somebody else's */
enum status refinement_get(struct ctx *cx, struct pg *pg, const struct caller *caller,
                           struct str id, struct stored_refinement *stored) MUST_CHECK;

struct stored_event {
    int64_t sequence;
    struct str type, payload;
};

struct stored_events {
    const struct stored_event *items; /* in order, after the one asked for; at most EVENTS_PAGE */
    size_t count;
    bool is_over; /* no more will come after these */
};

/* ERR_NOT_FOUND  as refinement_get */
enum status events_get(struct ctx *cx, struct pg *pg, const struct caller *caller, struct str id,
                       int64_t after, struct stored_events *events) MUST_CHECK;

struct outbox_event {
    int64_t id, sequence;
    struct str refiner_id, user_id, type, payload;
};

struct outbox {
    const struct outbox_event *events;
    size_t count;
};

/* Takes events that wait, for half a minute. */
enum status outbox_claim(struct ctx *cx, struct pg *pg, struct outbox *outbox) MUST_CHECK;
/* They were sent. */
enum status outbox_done(struct ctx *cx, struct pg *pg, const struct outbox *outbox) MUST_CHECK;
