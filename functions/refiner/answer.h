/*
 * The answer of a refinement: the refined object and `_metadata`, which says how it came about.
 *
 *   refinerId, processingTimeMs, modelUsed ("none": the rules alone), degraded, degradedReason,
 *   cached, stored, templateUsed, creativeProfile, profileDetection, language, promptVersion,
 *   fieldSources (JSON Pointer -> model or "rules"), attempts, repairs, notes, costNanodollars,
 *   qualityAssessment
 */
#pragma once

#include "functions/refiner/enrich.h"

struct answer_parts {
    struct str id;
    const struct analysis *analysis;
    const struct refinement *refinement;
    const struct enrichment *enrichment;
    int64_t took_ms;
    bool is_stored;
};

/*
 * Writes it and judges it by its schema; `answer` lives in the arena.
 *
 * ERR_INTERNAL  it does not fit: a defect of ours, or of what a model brought in
 */
enum status answer_make(struct ctx *cx, const struct jsonschema *schema,
                        const struct answer_parts *parts, struct str *answer) MUST_CHECK;

/*
 * A stored answer, as given again: `_metadata.cached` is true, the rest as it was.
 *
 * ERR_INTERNAL  it is no answer of ours
 */
enum status answer_again(struct ctx *cx, struct str stored, struct str *answer) MUST_CHECK;

/* What an event tells of it: {"refinerId","modelUsed","processingTimeMs","timestamp",...}. */
struct str answer_event(struct ctx *cx, const struct answer_parts *parts, int64_t now_ms);
