/*
 * The refiner: an analyzer's JSON in, the refined object out, checked against its schema before it
 * leaves.
 *
 *   POST /refiner                one analysis, bare or wrapped (analysis.h): the refined object
 *   POST /refiner/batch          several (batch.h)
 *   POST /refiner/estimate       what they would cost (estimate.h)
 *   GET  /refiner                what this is; HEAD is the health report without its body
 *   GET  /refiner/health         the health report: no model is asked
 *   GET  /refiner/{id}           a stored answer; 202 while it is being made
 *   GET  /refiner/{id}/events    what happens to it (events.h)
 *   GET  /test-refiner           a page to try it (page/page.h)
 *
 * The same under /api/dreamcut/refiner, where it was of old. All but the descriptions want a user's
 * bearer token. Of POST /refiner and /refiner/batch: ?cache=false makes answers anew, ?enrich=false
 * asks no model; of the first, the header x-refiner-id names the refinement beforehand, so that its
 * events can be followed from the start; an answer that is there already keeps its own id.
 */
#pragma once

#include "functions/endpoint/endpoint.h"
#include "functions/refiner/item.h"

extern const struct endpoint refiner;

/* Of one request; kept until its answer has gone out. */
struct refiner_work {
    struct endpoint_call *call;
    struct item item;
};
