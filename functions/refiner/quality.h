/*
 * How good a refined object is, judged so that it can fail: an empty or canned concept, texts with
 * placeholders, assets that nobody uses. Reported beside the object; changes nothing in it.
 *
 *   score = (0.35 concept + 0.20 consistency + 0.15 calibration
 *            + 0.15 integration + 0.15 utilisation) of what applies
 *
 * A profile's stock concept is worth 0.6 at most. Integration and utilisation apply where there are
 * assets. Calibration is 1 - |refined - analyzer's confidence|, unknown ones being 0.75 and 0.5. A
 * critical issue (a placeholder, an empty concept) caps the score below D, an analysis that is not
 * complete at D. A from 0.9, B 0.8, C 0.7, D 0.6, else F.
 */
#pragma once

#include "functions/refiner/analysis.h"

enum { QUALITY_MAX_ISSUES = 8 };

struct quality_issue {
    const char *type;     /* "confidence_gap", "placeholder", ... */
    const char *severity; /* "low", "medium", "high", "critical" */
    const char *message, *suggestion;
};

struct quality {
    double score; /* 0 to 1 */
    char grade;   /* A, B, C, D, F */
    double confidence_gap, integration, utilization, consistency, concept;
    bool has_placeholder;
    bool is_valid; /* not F, and no critical issue */
    struct quality_issue issues[QUALITY_MAX_ISSUES];
    size_t issue_count;
};

struct quality quality_assess(struct ctx *cx, const struct analysis *analysis,
                              const struct refined *refined);

/* The value of `_metadata.qualityAssessment`. */
void quality_write(struct json_writer *w, const struct quality *quality,
                   const struct refined *refined);
