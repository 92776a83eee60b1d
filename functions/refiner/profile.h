/*
 * Which creative profile a request fits: whole words of its prompt and of its reformulation, its
 * category, platform, length and assets score for ten profiles; the best is taken if it has a score
 * worth the name and is ahead of the second by a margin. Else it is `general`, which is an answer,
 * not a failure.
 */
#pragma once

#include "functions/refiner/analysis.h"

#define PROFILE_LIST(X)                                                                            \
    X(PROFILE_GENERAL, "general", "General")                                                       \
    X(PROFILE_EDUCATIONAL, "educational_explainer", "Educational Explainer")                       \
    X(PROFILE_ANIME, "anime_mode", "Anime Mode")                                                   \
    X(PROFILE_UGC, "ugc_influencer", "UGC Influencer")                                             \
    X(PROFILE_FINANCE, "finance_explainer", "Finance Explainer")                                   \
    X(PROFILE_CORPORATE, "presentation_corporate", "Corporate Presentation")                       \
    X(PROFILE_RELAXATION, "pleasure_relaxation", "Relaxation")                                     \
    X(PROFILE_ADS, "ads_commercial", "Commercial")                                                 \
    X(PROFILE_DEMO, "demo_product_showcase", "Product Showcase")                                   \
    X(PROFILE_FUNNY, "funny_meme_style", "Funny / Meme")                                           \
    X(PROFILE_DOCUMENTARY, "documentary_storytelling", "Documentary")

#define PROFILE_ENUMERATOR(name, id, title) name,
enum profile { PROFILE_LIST(PROFILE_ENUMERATOR) PROFILE_COUNT };
#undef PROFILE_ENUMERATOR

enum { PROFILE_MAX_FACTORS = 5, PROFILE_MAX_ALTERNATIVES = 2 };

struct profile_alternative {
    enum profile profile;
    double confidence;
};

struct profile_match {
    enum profile profile;
    double confidence;  /* 0 to 0.95; of `general`: 0 */
    const char *method; /* "keywords", "context" (no keyword found), "default" */
    struct str factors[PROFILE_MAX_FACTORS]; /* "keyword: tutorial" */
    size_t factor_count;
    struct profile_alternative alternatives[PROFILE_MAX_ALTERNATIVES]; /* best first */
    size_t alternative_count;
};

const char *profile_id(enum profile profile);
const char *profile_title(enum profile profile);

/* `intent` is the output's; factors live in `cx->arena`. */
struct profile_match profile_detect(struct ctx *cx, const struct analysis *analysis,
                                    enum media intent);

/* The value of `_metadata.profileDetection`; null for `general` with no other near. */
void profile_write(struct json_writer *w, const struct profile_match *match);
