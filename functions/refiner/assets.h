/*
 * What each file is good for. Its description decides, by the first rule that has a word in it;
 * without one, what is known of its quality. One rule says whether a file can be used at all, and
 * both the session's mode and the summary go by it:
 *
 *   usable   a rule names it, or its quality is above 0.3, or its description or caption has more
 *            than five characters
 *
 * Roles are words of a fixed vocabulary. Image: main visual anchor, secondary visual support,
 * background element, overlay, style reference, seed for generation. Video: primary footage,
 * cutaway, supporting clip. Audio: background track, voiceover, sound effect.
 */
#pragma once

#include "functions/refiner/analysis.h"
#include "functions/refiner/phrases.h"

/* Where a file goes; each file in exactly one place. */
enum asset_use { ASSET_UNUSED, ASSET_PRIMARY, ASSET_REFERENCE };

/* What was found out about one file, beside what the output says of it. */
struct asset_verdict {
    enum asset_use use;
    bool is_branding, is_background;
    bool is_style;    /* a model for the look, not to be seen */
    int64_t seconds;  /* its length by its caption or description; 0: not told */
    struct str label; /* "brown dog on wet sand", else its id: for our sentences */
};

/* Fills the assets, elevations, session mode and summary of `refined`; one verdict per asset. */
struct asset_verdict *assets_judge(struct ctx *cx, const struct analysis *analysis,
                                   enum tongue tongue, struct refined *refined);

/* Below these an edit is required: rules of the contract. */
#define IMAGE_GOOD_QUALITY 0.7
#define AUDIO_GOOD_QUALITY 0.7
#define VIDEO_GOOD_QUALITY 0.6
