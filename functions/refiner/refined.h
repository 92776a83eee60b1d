/*
 * The refined object: what the refiner answers with, member by member of the output's JSON Schema
 * (schemas/refined.schema.json, refined_schema.h). It is built deterministically (refine.h); a
 * model may afterwards fill its free-text fields, one by one, where the table of `refined_enrich`
 * lets it. What is no member of the output but known after refining stands in `struct refinement`
 * (refine.h).
 *
 * Plain data: texts are views into the arena of the invocation, lists are arrays there.
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/json/json.h"

/* Words of the output, which are English whatever the user's language: enumerator, word.
 * The first is what stands where nothing is said. */
#define MEDIA_LIST(X)                                                                              \
    X(MEDIA_IMAGE, "image")                                                                        \
    X(MEDIA_VIDEO, "video")                                                                        \
    X(MEDIA_AUDIO, "audio")

#define COMPLEXITY_LIST(X)                                                                         \
    X(COMPLEXITY_VERY_SIMPLE, "very_simple")                                                       \
    X(COMPLEXITY_SIMPLE, "simple")                                                                 \
    X(COMPLEXITY_MODERATE, "moderate")                                                             \
    X(COMPLEXITY_COMPLEX, "complex")

#define UTILIZATION_LIST(X)                                                                        \
    X(UTILIZATION_PRIMARY_SUBJECT, "primary_subject")                                              \
    X(UTILIZATION_PRIMARY_FOOTAGE, "primary_footage")                                              \
    X(UTILIZATION_SEED, "seed_for_generation")                                                     \
    X(UTILIZATION_SUPPORTING, "supporting_visual")                                                 \
    X(UTILIZATION_BACKGROUND, "background_element")                                                \
    X(UTILIZATION_REFERENCE, "reference_only")

#define PRIORITY_LIST(X)                                                                           \
    X(PRIORITY_RECOMMENDED, "recommended")                                                         \
    X(PRIORITY_REQUIRED, "required")

#define SEVERITY_LIST(X)                                                                           \
    X(SEVERITY_MINOR, "minor")                                                                     \
    X(SEVERITY_MODERATE, "moderate")                                                               \
    X(SEVERITY_CRITICAL, "critical")

#define IMPACT_LIST(X)                                                                             \
    X(IMPACT_MODERATE, "moderate")                                                                 \
    X(IMPACT_MINOR, "minor")                                                                       \
    X(IMPACT_MAJOR, "major")

#define WORKLOAD_LIST(X)                                                                           \
    X(WORKLOAD_LOW, "low")                                                                         \
    X(WORKLOAD_MEDIUM, "medium")                                                                   \
    X(WORKLOAD_HIGH, "high")

#define COMPLETION_LIST(X)                                                                         \
    X(COMPLETION_PARTIAL, "partial")                                                               \
    X(COMPLETION_COMPLETE, "complete")

#define SESSION_LIST(X)                                                                            \
    X(SESSION_ASSET_FREE, "asset_free")                                                            \
    X(SESSION_ASSET_DRIVEN, "asset_driven")

#define REFINED_ENUMERATOR(name, word) name,
enum media { MEDIA_LIST(REFINED_ENUMERATOR) MEDIA_COUNT };
enum complexity { COMPLEXITY_LIST(REFINED_ENUMERATOR) COMPLEXITY_COUNT };
enum utilization { UTILIZATION_LIST(REFINED_ENUMERATOR) UTILIZATION_COUNT };
enum priority { PRIORITY_LIST(REFINED_ENUMERATOR) PRIORITY_COUNT };
enum severity { SEVERITY_LIST(REFINED_ENUMERATOR) SEVERITY_COUNT };
enum impact { IMPACT_LIST(REFINED_ENUMERATOR) IMPACT_COUNT };
enum workload { WORKLOAD_LIST(REFINED_ENUMERATOR) WORKLOAD_COUNT };
enum completion { COMPLETION_LIST(REFINED_ENUMERATOR) COMPLETION_COUNT };
enum session_mode { SESSION_LIST(REFINED_ENUMERATOR) SESSION_COUNT };
#undef REFINED_ENUMERATOR

const char *media_word(enum media value);
const char *complexity_word(enum complexity value);
const char *utilization_word(enum utilization value);
const char *session_mode_word(enum session_mode value);
const char *completion_word(enum completion value);

enum {
    REFINED_MAX_ASSETS = 64,    /* of one analysis; more is refused */
    REFINED_MAX_ITEMS = 32,     /* of any other list */
    REFINED_MAX_CONFLICTS = 40, /* REFINED_MAX_ITEMS of the analysis and ours */
    REFINED_MAX_BYTES = 2 << 20 /* of the JSON that `refined_write_members` writes */
};

struct texts {
    struct str *at;
    size_t count;
};

/* A number that may be absent. */
struct maybe {
    double value;
    bool is_set;
};

struct refined_request {
    struct str original_prompt; /* the user's own, byte for byte */
    enum media intent;
    struct maybe duration_seconds; /* null in the output if absent */
    struct str aspect_ratio;       /* "9:16"; never empty */
    struct str platform;           /* "general" if none was named; never empty */
    struct maybe image_count;      /* left out if absent */
};

struct refined_content {
    bool needs_explanation, needs_charts, needs_diagrams, needs_educational_content;
    bool requires_visual_aids, is_instructional, needs_data_visualization;
    bool requires_interactive_elements;
    enum complexity complexity;
    struct str category; /* "educational", "entertainment", "general" or the analyzer's */
};

struct refined_prompt {
    struct str user_intent_description, reformulated_prompt;
    double clarity_score; /* 1 to 10 */
    struct texts suggested_improvements;
    struct refined_content content;
};

struct refined_edit {
    struct str action;
    enum priority priority;
};

struct refined_asset {
    struct str id;
    enum media type;
    struct str user_description, ai_caption;
    struct texts objects;
    struct str style, mood; /* "unknown" and "neutral" if nothing tells */
    double quality_score;   /* 0 to 1; 0: not rated */
    struct str role;        /* "main visual anchor": of a fixed vocabulary (assets.h) */
    enum utilization utilization;
    struct refined_edit *edits;
    size_t edit_count;
};

struct refined_constraints {
    struct maybe duration_seconds;
    struct str aspect_ratio, platform; /* empty: not the user's wish, left out */
};

struct refined_conflict {
    struct str issue, resolution; /* empty: left out */
    enum severity severity;
};

struct refined_spine {
    struct str intro;
    struct texts core;
    struct str outro;
};

/* Why an asset plays another role than the analyzer gave it. */
struct refined_elevation {
    struct str asset_id, original_role, elevated_role, reason, user_description;
    struct str keyword; /* of the rule: what was found in the description */
    double confidence, quality_threshold;
};

struct refined_summary {
    size_t total_assets, utilized_assets;
    double utilization_rate;                            /* utilized ÷ total; 0 without assets */
    struct texts primary_assets, reference_only_assets; /* ids */
    struct str rationale;
};

struct refined_extensions {
    enum session_mode session_mode;
    struct refined_spine spine;
    struct str scaffolding_name; /* a profile's id: the one member of default_scaffolding */
    struct refined_spine scaffolding;
    struct refined_summary summary;
    struct refined_elevation *elevations;
    size_t elevation_count;
};

struct refined_option {
    struct str id, title, summary; /* `summary` is "short" in JSON; empty: left out */
    struct texts reasons;
    enum workload workload;
    bool has_workload;
};

struct refined_direction {
    struct str core_concept, visual_approach, style_direction, mood_atmosphere;
};

struct refined_targets {
    struct str technical, creative, consistency, polish; /* empty: left out */
};

struct refined_pipeline {
    struct texts workflow_steps;
    struct str estimated_time;
    double success_probability; /* 0 to 1 */
    struct refined_targets targets;
};

struct refined_metrics {
    double overall_confidence; /* 0 to 1 */
    double analysis_quality;   /* 1 to 10 */
    enum completion completion;
    double feasibility_score, asset_utilization_score; /* 0 to 1 */
};

struct refined_challenge {
    struct str type, description;
    enum impact impact;
};

struct refined_recommendation {
    struct str type, recommendation;
    enum priority priority;
};

struct refined {
    struct refined_request request;
    struct refined_prompt prompt;
    struct refined_asset *assets;
    size_t asset_count;
    struct str goal;
    struct refined_constraints constraints;
    struct refined_conflict *conflicts;
    size_t conflict_count;
    struct refined_extensions extensions;
    struct refined_option *options;
    size_t option_count;
    struct refined_direction direction;
    struct refined_pipeline pipeline;
    struct refined_metrics metrics;
    struct refined_challenge *challenges;
    size_t challenge_count;
    struct refined_recommendation *recommendations;
    size_t recommendation_count;
};

/*
 * Writes the members of the output into the object that `w` has open, in the contract's order, so
 * that the caller may add `_metadata`. What is written is valid under the schema, whatever the
 * texts are, as long as those it requires are not empty.
 */
void refined_write_members(struct json_writer *w, const struct refined *refined);

/* ---- what a model may fill ------------------------------------------------------------------- */

enum { REFINED_ENRICHABLE_COUNT = 16 };

/*
 * One free-text field: a text, or a list of texts. Ids, numbers, the user's prompt, roles and
 * constraints are in no row, so no model's answer reaches them.
 */
struct refined_enrichable {
    struct str pointer; /* RFC 6901, within the output: "/creative_direction/core_concept" */
    size_t offset;      /* in `struct refined`, of a `struct str` or `struct texts` */
    bool is_list;
    size_t min_bytes, max_bytes; /* of a text, or of each item */
    size_t min_items, max_items; /* of a list */
};

extern const struct refined_enrichable refined_enrichables[REFINED_ENRICHABLE_COUNT];

/*
 * A text that may stand in the output: valid UTF-8 without control characters but line feed, not
 * blank, and no placeholder ("undefined", "[object Object]", "lorem ipsum", "TODO", "**" and such).
 * A word of these that `prompt` has itself is the user's, and fine: "undefined behaviour in C".
 */
bool refined_text_is_fit(struct str text, struct str prompt);

/*
 * Puts a model's value for one row into the refined object, copied into the arena and trimmed.
 * False if `value` is of another type, out of the row's bounds or unfit; the field then keeps what
 * it has. `value` NULL is absent: false.
 */
bool refined_enrich(struct ctx *cx, struct refined *refined, const struct refined_enrichable *row,
                    const struct json *value);

/* Writes the field's present value: a string or an array of strings. */
void refined_enrichable_write(struct json_writer *w, const struct refined *refined,
                              const struct refined_enrichable *row);
