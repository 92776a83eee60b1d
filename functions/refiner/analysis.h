/*
 * What comes in: the analyzer's JSON, bare or wrapped ({"analyzerJson": ..., "options": ...,
 * "metadata": ...}), read into plain structs. What the user decides is read strictly; what the
 * analyzer advises is read kindly, and each liberty taken is a note:
 *
 *   a null where a value may be absent           absent
 *   a length of 0 seconds                        absent
 *   a text where a list of texts belongs         a list of one
 *   an item of a list of texts that is none      left out
 *   an enum's word in another language or case   the English one (enum_words.h)
 *   an unknown word of advice (priority, impact, workload, complexity, completion)   the middle one
 *   intent `mixed`                               decided by the assets (refine.h)
 *
 * A wrong type, a number out of bounds, an unknown intent or type of asset, a text or list past its
 * limit are faults, each named with its path. Unknown members are ignored. Texts are only data:
 * nothing in them is ever expanded, executed or obeyed.
 */
#pragma once

#include "functions/refiner/refined.h"

enum {
    ANALYSIS_MAX_PROMPT_BYTES = 20000,
    ANALYSIS_MAX_TEXT_BYTES = 4000, /* any other text */
    ANALYSIS_MAX_WORD_BYTES = 200,  /* ids, platforms, roles, ... */
    ANALYSIS_MAX_ITEMS = REFINED_MAX_ITEMS,
    ANALYSIS_MAX_ASSETS = REFINED_MAX_ASSETS,
    ANALYSIS_MAX_NOTES = 64,
    ANALYSIS_MAX_SECONDS = 86400,
    ANALYSIS_MAX_IMAGES = 1000,
};

/* What was read otherwise than it was written. */
struct analysis_note {
    struct str path; /* "assets[2].mood"; in the arena */
    const char *words;
};

enum said { SAID_NOTHING, SAID_NO, SAID_YES };

enum intent { INTENT_NONE, INTENT_IMAGE, INTENT_VIDEO, INTENT_AUDIO, INTENT_MIXED };

struct analysis_asset {
    struct str id;
    enum media type;
    struct str user_description, ai_caption, style, mood, role;
    struct texts objects, edits;
    struct maybe quality_score;
};

/* Needs of the content, each as the analyzer said it; the order is that of `refined_content`. */
struct analysis_content {
    enum said needs_explanation, needs_charts, needs_diagrams, needs_educational_content;
    enum said requires_visual_aids, is_instructional, needs_data_visualization;
    enum said requires_interactive_elements;
    enum complexity complexity;
    bool has_complexity;
    struct str category;
};

/* What the wrapped form adds; zeros in the bare one. */
struct analysis_options {
    enum said use_fallback;
    struct maybe max_retries, timeout_ms;
};

struct analysis {
    struct str id;
    struct str prompt; /* may be empty */
    enum intent intent;
    struct maybe duration_seconds, image_count;
    struct str aspect_ratio, platform;
    struct str user_intent_description, reformulated_prompt;
    struct maybe clarity_score;
    struct texts suggested_improvements;
    struct analysis_content content;
    struct analysis_asset *assets;
    size_t asset_count;
    struct str goal;
    struct refined_constraints
        constraints; /* what the analyzer says; the request's own count first */
    struct refined_conflict *conflicts;
    size_t conflict_count;
    struct refined_option *options;
    size_t option_count;
    struct refined_direction direction;
    struct texts workflow_steps;
    struct str estimated_time;
    struct maybe success_probability;
    struct refined_targets targets;
    struct maybe overall_confidence, analysis_quality, feasibility_score;
    enum completion completion;
    bool has_completion;
    struct refined_challenge *challenges;
    size_t challenge_count;
    struct refined_recommendation *recommendations;
    size_t recommendation_count;
    struct analysis_options wrapper;
    struct str session_id, source; /* of the wrapper's metadata; its userId is never believed */
    struct analysis_note notes[ANALYSIS_MAX_NOTES];
    size_t note_count;
};

/*
 * Reads the body of a request. Texts are views into the JSON tree.
 *
 * ERR_INVALID  at least one fault, each noted with its path (fail_field)
 */
enum status analysis_read(struct ctx *cx, const struct json *root,
                          struct analysis *analysis) MUST_CHECK;
